"""The second person's yes: check that nothing changed since the draft, then book the orders."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from muniment.kernel.words.money import MICRO_PER_CENT
from muniment.kernel.words.problems import UserError
from muniment.pay.payments.models import PaymentBatch, PaymentOrder
from muniment.pay.payments.queries.records import what_is_left
from muniment.pay.payments.rules import BankFacts, BatchState, OrderDraft, orders_digest
from muniment.pay.payments.rules.policy import Method
from muniment.pay.payments.rules.slips import Slip
from muniment.pay.payments.services.drafting import locked_batch
from muniment.pay.payments.services.slips import read_slips
from muniment.pay.payments.services.stopping import refuse_stopped_payees
from muniment.rights.parties.queries import bank_accounts_approved, names_of
from muniment.trust.access.rules import Action, Actor, require, require_second_person
from muniment.trust.access.services import lock_heads, record_event
from muniment.trust.ledger.queries import balances
from muniment.trust.ledger.rules import EntryDraft, TransferDraft, exchange, payable, transit
from muniment.trust.ledger.services import post_entries

_NAMED = 3
_REMEDY = "Cancel this draft and draft the payments again."


class BankChanged(UserError):
    """A payee's bank account is not the one the batch was drafted with."""


class BalanceChanged(UserError):
    """A payee's balance no longer covers the order, or the orders are not those that were drafted."""


@transaction.atomic
def approve_payments(*, actor: Actor, at: datetime, batch_id: int) -> None:
    """Approve a draft and book it: each payee's balance goes down by what the slip takes and by the order.

    What the slip takes goes where its lines say; the order goes into transit at the bank, by way of the exchange
    account where it is in another currency. A batch that orders nothing is settled at once.

    Raises:
        NotAllowed: the actor may not approve payments.
        UnknownPayment, WrongState: no such draft.
        SamePerson: the actor drafted it.
        PayeeStopped: a sanction or the death of a payee became known since the draft.
        BankChanged: a payee's approved account changed since the draft, or is gone.
        BalanceChanged: a payee is owed less than the slip needs, an advance was recouped by another batch meanwhile,
            or the batch was altered behind our back.
    """
    require(actor, Action.PAYMENT_APPROVE)
    batch = locked_batch(batch_id, BatchState.DRAFT)
    require_second_person(batch.created_by, actor)
    lock_heads()  # from here on nobody else books, so the balances hold
    orders = list(PaymentOrder.objects.filter(batch=batch).order_by("party_id"))
    slips = read_slips(batch_id)
    _refuse_altered(batch, orders, slips)
    refuse_stopped_payees([slip.party_id for slip in slips], batch.pay_on, at)
    if batch.method == Method.TRANSFER:
        _refuse_bank_changes(orders)
    currency = batch.source_currency or batch.currency
    _refuse_lower_balances(currency, slips)
    _refuse_recouped(currency, slips)
    entries = post_entries(
        actor=actor, at=at, action=Action.PAYMENT_APPROVE, drafts=_entries(batch, orders, slips, at.date())
    )
    state = BatchState.APPROVED if orders else BatchState.SETTLED
    batch.state, batch.approved_by, batch.approved_at = state.value, actor.name, at
    batch.entry_id = entries[0].id
    batch.save(update_fields=["state", "approved_by", "approved_at", "entry_id"])
    record_event(
        actor=actor,
        at=at,
        tag="payment.approved",
        subject_kind="payment_batch",
        subject_id=batch_id,
        before={"state": BatchState.DRAFT.value},
        after={
            "state": batch.state,
            "digest": batch.digest,
            "total_micro": batch.total_micro,
            "entry_id": entries[0].id,
        },
    )


def _entries(
    batch: PaymentBatch, orders: Sequence[PaymentOrder], slips: Sequence[Slip], booked_on: date
) -> list[EntryDraft]:
    """Return the entry in the currency of the balances, and the one in that of the orders where it is another."""
    source = batch.source_currency
    out = exchange(source, batch.currency) if source else transit(batch.pk)
    taken = [
        TransferDraft(payable(slip.party_id), line.account, -line.amount_micro)
        for slip in slips
        for line in slip.lines
        if line.account and line.amount_micro
    ]
    paid = [TransferDraft(payable(slip.party_id), out, slip.paid_micro) for slip in slips if slip.paid_micro]
    entries = [_entry(batch, f"payment-batch/{batch.pk}", booked_on, source or batch.currency, taken + paid)]
    if source and orders:
        bought = [TransferDraft(out, transit(batch.pk), order.amount_cents * MICRO_PER_CENT) for order in orders]
        entries.append(_entry(batch, f"payment-batch/{batch.pk}/{batch.currency}", booked_on, batch.currency, bought))
    return entries


def _entry(
    batch: PaymentBatch, key: str, booked_on: date, currency: str, transfers: Sequence[TransferDraft]
) -> EntryDraft:
    return EntryDraft(
        idempotency_key=key,
        kind="payment order",
        booked_on=booked_on,
        currency=currency,
        transfers=tuple(transfers),
        memo=f"Payment batch {batch.pk}",
    )


def _refuse_altered(batch: PaymentBatch, orders: Sequence[PaymentOrder], slips: Sequence[Slip]) -> None:
    drafts = [
        OrderDraft(
            order.party_id,
            BankFacts(order.bank_account_id, order.holder, order.iban, order.bic),
            order.balance_micro,
            order.amount_cents,
        )
        for order in orders
    ]
    if orders_digest(batch.currency, drafts, slips) != batch.digest:
        raise BalanceChanged(f"The orders of batch {batch.pk} are not those that were drafted.", _REMEDY)


def _refuse_bank_changes(orders: Sequence[PaymentOrder]) -> None:
    now = bank_accounts_approved([order.party_id for order in orders])
    changed = [
        order.party_id
        for order in orders
        if (bank := now.get(order.party_id)) is None
        or (bank.id, bank.holder, bank.iban, bank.bic) != (order.bank_account_id, order.holder, order.iban, order.bic)
    ]
    if changed:
        raise BankChanged(f"The bank account of {_named(changed)} changed after the draft.", _REMEDY)


def _refuse_lower_balances(currency: str, slips: Sequence[Slip]) -> None:
    owed = balances(payable(0).removesuffix("0"), currency)
    short = [
        slip.party_id
        for slip in slips
        if owed.get(payable(slip.party_id), 0) < slip.booked_micro + slip.kept_micro + slip.paid_micro
    ]
    if short:
        raise BalanceChanged(f"{_named(short)} is owed less now than the draft pays.", _REMEDY)


def _refuse_recouped(currency: str, slips: Sequence[Slip]) -> None:
    """Refuse a batch that would recoup more of an advance, or send more to somebody, than is left of it."""
    wanted: dict[str, int] = {}
    for line in (line for slip in slips for line in slip.lines if line.fact and line.account):
        wanted[line.fact] = wanted.get(line.fact, 0) - line.amount_micro
    if not wanted:
        return
    open_micro = balances("advance/", currency)
    for fact, amount_micro in wanted.items():
        if fact.startswith("advance/") and amount_micro > open_micro.get(fact, 0):
            raise BalanceChanged(f"Less is left of {fact} now than the draft recoups.", _REMEDY)
    left = what_is_left(currency)
    for fact in wanted:
        if left.get(fact, 0) < 0 and not fact.startswith("advance/"):
            raise BalanceChanged(f"The ceiling of {fact} is passed: another batch used it.", _REMEDY)


def _named(party_ids: Sequence[int]) -> str:
    names = names_of(party_ids[:_NAMED])
    shown = ", ".join(names.get(party_id, f"party {party_id}") for party_id in party_ids[:_NAMED])
    return shown if len(party_ids) <= _NAMED else f"{shown} and {len(party_ids) - _NAMED} more"
