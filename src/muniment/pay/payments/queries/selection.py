"""Who would be paid now: balances, what is on file, bank accounts, and what is left of advances."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import batched

from django.db.models import Q, QuerySet, Sum

from muniment.kernel.words.money import MICRO_PER_CENT, currency_exponent
from muniment.kernel.words.problems import UserError
from muniment.pay.payments.models import PaymentLine, PaymentOrder, PaymentSlip
from muniment.pay.payments.queries.policies import DEFAULT_POLICY, get_payment_policy
from muniment.pay.payments.queries.records import rate_on, records_of, what_is_left
from muniment.pay.payments.rules import BankFacts, BatchState, OrderState, PayeeFacts, Selection, select_orders
from muniment.pay.payments.rules.facts import Advance, Document, PayeeRecord, Redirection, source_of
from muniment.pay.payments.rules.policy import Method
from muniment.pay.payments.rules.slips import Occasion
from muniment.rights.parties.queries import bank_accounts_approved, bank_changes, party_hits
from muniment.rights.parties.rules.values import PartyKind
from muniment.trust.ledger.queries import account_statement, balances
from muniment.trust.ledger.rules import payable

PAYABLE = payable(0).removesuffix("0")
_LOOK_UP = 500
_NOTHING = PayeeRecord()
_MOVEMENTS = 100_000
_INCOME = ("fund/", "held/")
"""What is debited to a payee in favour of these was taken back; other debits are payments, which slips account for."""


class NoRate(UserError):
    """No rate between the two currencies is on file for the day."""


def occasion_of(
    currency: str,
    *,
    at: datetime,
    on: date,
    minimum_micro: int = 0,
    policy: str = DEFAULT_POLICY,
    pay_currency: str = "",
    method: Method = Method.TRANSFER,
) -> Occasion:
    """Return what all payments of a batch share, with the newest rate up to `on` where the currencies differ.

    Raises:
        UnknownCurrency: a currency is not one of ISO 4217.
        BadPaymentPolicy: no such policy.
        NoRate: the currencies differ and no rate is on file.
    """
    currency_exponent(currency)
    pay_currency = pay_currency or currency
    currency_exponent(pay_currency)
    rate = rate_on(currency, pay_currency, on) if pay_currency != currency else None
    if pay_currency != currency and rate is None:
        raise NoRate(
            f"No rate from {currency} to {pay_currency} is on file up to {on}.",
            f"Record one: muniment payments rate {currency} {pay_currency} RATE --source WHO --on {on}.",
        )
    return Occasion(get_payment_policy(policy), currency, pay_currency, method, on, at, rate, minimum_micro)


def preview_selection(occasion: Occasion) -> Selection:
    """Return who would get an order now, and who not and why; writes nothing.

    Raises:
        BadPaymentPolicy: the policy has no minimum, fee or rate for a payee, and none is guessed.
    """
    return select_orders(_payees(occasion), occasion, what_is_left(occasion.currency))


def _payees(occasion: Occasion) -> Iterator[PayeeFacts]:
    currency = occasion.currency
    owed = {int(code.removeprefix(PAYABLE)): amount for code, amount in balances(PAYABLE, currency).items() if amount}
    hits = party_hits(owed)
    banks = _banks(owed, occasion.method, {party_id: hit.name for party_id, hit in hits.items()})
    drafted = set(_slips_in(currency).filter(batch__state=BatchState.DRAFT.value).values_list("party_id", flat=True))
    returned = _returned_accounts(owed)
    cooling = timedelta(days=occasion.policy.cooling_days)
    changed = bank_changes(owed) if cooling else {}
    cleared, taxed = _cleared(currency), _taxed(currency)
    records = records_of(owed)
    for party_id, balance_micro in owed.items():
        record = records.get(party_id, _NOTHING)
        hit = hits.get(party_id)
        is_society = hit is not None and hit.kind is PartyKind.SOCIETY  # taxed by agreement, when its run is settled
        if hit is not None and hit.country:
            record = replace(record, country=hit.country)
        if _asks_for_sources(record):
            record = replace(record, by_source=_by_source(party_id, currency))
        yield PayeeFacts(
            party_id=party_id,
            balance_micro=balance_micro,
            bank=banks.get(party_id),
            in_draft=party_id in drafted,
            returned_account_ids=returned.get(party_id, frozenset()),
            cooling_until=(changed[party_id] + cooling).date() if party_id in changed else None,
            record=record,
            cleared_micro=cleared.get(party_id, 0),
            taxed_micro=max(0, balance_micro) if is_society else taxed.get(party_id, 0),
        )


def _banks(party_ids: Iterable[int], method: Method, names: dict[int, str]) -> dict[int, BankFacts]:
    """Return where the money goes; a cheque needs a name only."""
    if method is Method.CHEQUE:
        return {party_id: BankFacts(0, name, "", "") for party_id, name in names.items()}
    return {
        party_id: BankFacts(bank.id, bank.holder, bank.iban, bank.bic)
        for party_id, bank in bank_accounts_approved(party_ids).items()
    }


def of_balances(currency: str, path: str = "") -> Q:
    """Return the condition that a batch pays balances in a currency; `path` leads to the batch, as `batch__`."""
    same = Q(**{f"{path}source_currency": "", f"{path}currency": currency})
    return same | Q(**{f"{path}source_currency": currency})


def _cleared(currency: str) -> dict[int, int]:
    """Return for each party what came back from the bank and was not paid again: it went through every step before."""
    returned = PaymentOrder.objects.filter(state=OrderState.RETURNED.value, currency=currency).order_by()
    sums = returned.values_list("party_id").annotate(total=Sum("amount_cents"))
    found = {party_id: int(total) * MICRO_PER_CENT for party_id, total in sums}
    if not found:
        return {}
    spent = _slips_in(currency).filter(cleared_micro__gt=0).order_by()
    for party_id, total in spent.values_list("party_id").annotate(total=Sum("cleared_micro")):
        found[party_id] = found.get(party_id, 0) - int(total)
    return found


def _taxed(currency: str) -> dict[int, int]:
    """Return for each party what others were directed to send after tax, and was not paid on yet."""
    lines = PaymentLine.objects.filter(
        of_balances(currency, "slip__batch__"), taxed=True, account__startswith=PAYABLE
    ).exclude(slip__batch__state__in=[BatchState.DRAFT.value, BatchState.CANCELLED.value])
    sums = lines.order_by().values_list("account").annotate(total=Sum("amount_micro"))
    found = {int(account.removeprefix(PAYABLE)): -int(total) for account, total in sums}
    if not found:
        return {}
    spent = _slips_in(currency).filter(taxed_micro__gt=0).order_by()
    for party_id, total in spent.values_list("party_id").annotate(total=Sum("taxed_micro")):
        found[party_id] = found.get(party_id, 0) - int(total)
    return {party_id: amount for party_id, amount in found.items() if amount > 0}


def _slips_in(currency: str) -> QuerySet[PaymentSlip]:
    slips = PaymentSlip.objects.filter(of_balances(currency, "batch__"), held="")
    return slips.exclude(batch__state=BatchState.CANCELLED.value)


def _asks_for_sources(record: PayeeRecord) -> bool:
    facts: list[Advance | Redirection | Document] = [*record.advances, *record.redirections, *record.documents]
    return any(fact.sources for fact in facts)


def _by_source(party_id: int, currency: str) -> dict[str, int]:
    """Return from which sources the money on an account came: what the last payment kept, and what came in since."""
    last = _slips_in(currency).filter(party_id=party_id).exclude(batch__state=BatchState.DRAFT.value)
    slip = last.select_related("batch").order_by("-batch__entry_id", "-id").first()
    found: dict[str, int] = dict(slip.left_by_source) if slip else {}
    since = (slip.batch.seen_entry_id or 0) if slip else 0
    movements = account_statement(payable(party_id), currency, limit=_MOVEMENTS)
    for line in movements.lines if movements else ():
        source = source_of(line.other_code)
        taken_back = line.debit_micro if line.other_code.startswith(_INCOME) else 0
        if line.entry_id > since and source:
            found[source] = found.get(source, 0) + line.credit_micro - taken_back
    return found


def _returned_accounts(party_ids: Iterable[int]) -> dict[int, frozenset[int]]:
    """Return for each party the accounts whose last order came back."""
    last: dict[tuple[int, int], str] = {}
    for piece in batched(party_ids, _LOOK_UP):
        orders = PaymentOrder.objects.filter(party_id__in=piece).exclude(batch__state=BatchState.CANCELLED.value)
        for party_id, account_id, state in orders.order_by("id").values_list("party_id", "bank_account_id", "state"):
            last[party_id, account_id] = state
    found: dict[int, set[int]] = {}
    for (party_id, account_id), state in last.items():
        if state == OrderState.RETURNED:
            found.setdefault(party_id, set()).add(account_id)
    return {party_id: frozenset(ids) for party_id, ids in found.items()}
