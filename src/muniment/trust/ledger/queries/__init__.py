"""Reads of the books; every balance is a sum of transfers, taken when it is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import F, QuerySet, Sum
from django.db.models.functions import Left

from muniment.kernel.words.paging import Page
from muniment.trust.ledger.models import Account, Entry, Seal, Transfer
from muniment.trust.ledger.queries.touching import touching
from muniment.trust.ledger.rules import AccountKind, TransferDraft, grows_by_debit
from muniment.trust.ledger.rules.seals import TrialFacts

_FEW = 1_000
"""Up to so many accounts are looked up by the index of transfers."""


@dataclass(frozen=True, slots=True)
class EntryRow:
    """A booked entry without its transfers; `total_micro` is their sum."""

    id: int
    idempotency_key: str
    kind: str
    booked_on: date
    currency: str
    memo: str
    reverses: int | None
    recorded_at: datetime
    recorded_by: str
    transfer_count: int
    total_micro: int
    body_digest: str
    hash: str
    dimensions: str = ""


@dataclass(frozen=True, slots=True)
class TrialRow:
    """What one account has moved: debits, credits, and its balance on the side it grows on."""

    code: str
    currency: str
    kind: AccountKind
    debit_micro: int
    credit_micro: int

    @property
    def balance_micro(self) -> int:
        """The balance, positive on the account's own side."""
        return _signed(self.kind, self.debit_micro, self.credit_micro)


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One movement of an account and its balance after it, positive on the account's own side."""

    entry_id: int
    booked_on: date
    kind: str
    memo: str
    other_code: str
    debit_micro: int
    credit_micro: int
    balance_micro: int


@dataclass(frozen=True, slots=True)
class AccountStatement:
    """Movements of one account in the order of booking, a page of them, with the balance before and after the page."""

    code: str
    currency: str
    kind: AccountKind
    opening_micro: int
    lines: tuple[StatementLine, ...]
    closing_micro: int
    line_count: int


def balance(account_code: str, currency: str) -> int:
    """Return an account's balance, positive on the side it grows on; 0 for an account that was never used."""
    return balances(account_code, currency, exact=True).get(account_code, 0)


def balances(prefix: str, currency: str | None = None, *, exact: bool = False) -> dict[str, int]:
    """Return the balances of the accounts whose code begins with `prefix` ("payable/"), zeros included.

    Liabilities and income are positive by credits, assets and expenses by debits. Without a currency, accounts of
    all currencies are meant, which must then be one for each code.

    Raises:
        ValueError: no currency was named and one code has accounts in two.
    """
    found: dict[str, int] = {}
    for row in _trial_rows(_accounts(prefix, currency, exact=exact)):
        if row.code in found:
            raise ValueError(f"{row.code} is kept in more than one currency; name one")
        found[row.code] = row.balance_micro
    return found


def trial_balance(*, currency: str | None = None, prefix: str = "") -> list[TrialRow]:
    """Return the accounts whose code begins with `prefix` (all, by default) with their debits and credits.

    They come by currency and code. Over all accounts of a currency, debits and credits are equal.
    """
    return _trial_rows(_accounts(prefix, currency, exact=False), all_accounts=not prefix and currency is None)


def account_statement(
    account_code: str, currency: str, *, limit: int = 100, offset: int = 0
) -> AccountStatement | None:
    """Return a page of an account's movements, oldest first, or None for an account that was never used."""
    account = Account.objects.filter(code=account_code, currency=currency).first()
    if account is None:
        return None
    kind = AccountKind(account.kind)
    movements = touching([account.pk]).order_by("id")
    page = list(movements.select_related("entry", "debit", "credit")[offset : offset + limit])
    opening = _sum_before(account, page[0].pk) if page else _sum_before(account, None)
    running, lines = opening, []
    for moved in page:
        is_debit = moved.debit_id == account.pk
        debit, credit = (moved.amount_micro, 0) if is_debit else (0, moved.amount_micro)
        running += _signed(kind, debit, credit)
        other = moved.credit.code if is_debit else moved.debit.code
        entry = moved.entry
        lines.append(StatementLine(entry.pk, entry.booked_on, entry.kind, entry.memo, other, debit, credit, running))
    return AccountStatement(account_code, currency, kind, opening, tuple(lines), running, movements.count())


def list_entries(
    account_code: str | None = None, limit: int = 50, *, offset: int = 0, kind: str = ""
) -> Page[EntryRow]:
    """Return entries, newest first: those that touch one account, those of one kind, or all."""
    entries = Entry.objects.order_by("-id")
    if account_code is not None:
        accounts = list(Account.objects.filter(code=account_code).values_list("id", flat=True))
        entries = entries.filter(pk__in=touching(accounts).values("entry_id"))
    if kind:
        entries = entries.filter(kind=kind)
    return Page(tuple(entry_row(entry) for entry in entries[offset : offset + limit]), entries.count())


def get_entry(entry_id: int) -> EntryRow | None:
    """Return one entry, or None; `transfers_of` has its transfers."""
    entry = Entry.objects.filter(pk=entry_id).first()
    return None if entry is None else entry_row(entry)


def reversal_id(entry_id: int) -> int | None:
    """Return the entry that reverses this one, or None."""
    return Entry.objects.filter(reverses_id=entry_id).values_list("id", flat=True).first()


def transfers_of(entry_id: int, *, limit: int | None = None, offset: int = 0) -> tuple[TransferDraft, ...]:
    """Return the transfers of an entry in their order."""
    moved = Transfer.objects.filter(entry_id=entry_id).order_by("id")
    reserved = Entry.objects.filter(pk=entry_id).values_list("first_transfer", "transfer_count").first()
    if reserved is not None and reserved[0] is not None:
        # the numbers that an entry reserved lead to its rows at once, on any database
        moved = moved.filter(pk__gte=reserved[0], pk__lt=reserved[0] + reserved[1])
    until = None if limit is None else offset + limit
    values = moved.values_list("debit__code", "credit__code", "amount_micro")[offset:until]
    return tuple(TransferDraft(debit, credit, amount) for debit, credit, amount in values)


def entry_row(entry: Entry) -> EntryRow:
    """Return the frozen row of an entry."""
    return EntryRow(
        entry.pk,
        entry.idempotency_key,
        entry.kind,
        entry.booked_on,
        entry.currency,
        entry.memo,
        entry.reverses_id,
        entry.recorded_at,
        entry.recorded_by,
        entry.transfer_count,
        int(entry.total_micro),
        entry.body_digest,
        entry.hash,
        entry.dimensions,
    )


def currencies_booked() -> list[str]:
    """Return the currencies that there are accounts in, in order."""
    return list(Account.objects.order_by("currency").values_list("currency", flat=True).distinct())


def _signed(kind: AccountKind, debit_micro: int, credit_micro: int) -> int:
    return debit_micro - credit_micro if grows_by_debit(kind) else credit_micro - debit_micro


def _accounts(prefix: str, currency: str | None, *, exact: bool) -> QuerySet[Account]:
    accounts = Account.objects.order_by("currency", "code")
    if exact:
        accounts = accounts.filter(code=prefix)
    elif prefix:
        # SQLite's LIKE does not tell capitals from small letters, so the beginnings are compared as they are.
        accounts = accounts.annotate(beginning=Left("code", len(prefix))).filter(beginning=prefix)
    return accounts if currency is None else accounts.filter(currency=currency)


def _trial_rows(accounts: QuerySet[Account], *, all_accounts: bool = False) -> list[TrialRow]:
    rows = list(accounts.values_list("id", "code", "currency", "kind"))
    if all_accounts:
        moved = Transfer.objects.order_by()
        sums = _sums(moved, "debit_id"), _sums(moved, "credit_id")
    else:
        sums = _sums_of([row[0] for row in rows])
    debited, credited = sums
    return [
        TrialRow(code, currency, AccountKind(kind), debited.get(pk, 0), credited.get(pk, 0))
        for pk, code, currency, kind in rows
    ]


def _sums_of(accounts: Sequence[int]) -> tuple[dict[int, int], dict[int, int]]:
    """Return what accounts were debited and credited: a few are looked up, for many the whole table is gone through."""
    if len(accounts) > _FEW:
        among = set(accounts)
        moved = Transfer.objects.order_by()
        debited, credited = (
            {pk: total for pk, total in _sums(moved, side).items() if pk in among} for side in ("debit_id", "credit_id")
        )
        return debited, credited
    moved = touching(accounts).order_by()
    return _sums(moved.filter(debit_id__in=accounts), "debit_id"), _sums(
        moved.filter(credit_id__in=accounts), "credit_id"
    )


def _sums(moved: QuerySet[Transfer], side: str) -> dict[int, int]:
    totals = moved.values(account=F(side)).annotate(total=Sum("amount_micro"))
    return {row["account"]: int(row["total"]) for row in totals}


def _sum_before(account: Account, transfer_id: int | None) -> int:
    """Return the balance of an account before a transfer, or after all of them for None."""
    moved = touching([account.pk]).order_by()
    if transfer_id is not None:
        moved = moved.filter(pk__lt=transfer_id)
    debit = moved.filter(debit=account).aggregate(total=Sum("amount_micro"))["total"] or 0
    credit = moved.filter(credit=account).aggregate(total=Sum("amount_micro"))["total"] or 0
    return _signed(AccountKind(account.kind), int(debit), int(credit))


@dataclass(frozen=True, slots=True)
class SealRow:
    """A sealed day; `body` is the signed text, `signature` and `public_key` are hexadecimal."""

    number: int
    day: date
    last_entry: int
    entry_count: int
    sealed_at: datetime
    sealed_by: str
    public_key: str
    body: str
    signature: str
    hash: str


def seal_row(seal: Seal) -> SealRow:
    """Return the frozen row of a seal."""
    return SealRow(
        seal.pk,
        seal.day,
        seal.last_entry,
        seal.entry_count,
        seal.sealed_at,
        seal.sealed_by,
        seal.public_key,
        seal.body,
        seal.signature,
        seal.hash,
    )


def list_seals(limit: int = 50, *, offset: int = 0) -> Page[SealRow]:
    """Return the sealed days, newest first."""
    seals = Seal.objects.order_by("-id")
    return Page(tuple(seal_row(seal) for seal in seals[offset : offset + limit]), seals.count())


def seals_after(number: int, limit: int) -> tuple[SealRow, ...]:
    """Return the seals behind a number, in their order, at most `limit`."""
    return tuple(seal_row(seal) for seal in Seal.objects.filter(pk__gt=number).order_by("id")[:limit])


def trial_until(entry_id: int) -> list[TrialFacts]:
    """Return what every account that was ever used had moved when the entry was the last one."""
    booked = Transfer.objects.filter(entry_id__lte=entry_id).order_by()
    sides = [
        {row["account"]: int(row["total"]) for row in totals.annotate(total=Sum("amount_micro"))}
        for totals in (booked.values(account=F("debit_id")), booked.values(account=F("credit_id")))
    ]
    return [
        TrialFacts(code, currency, kind, sides[0].get(pk, 0), sides[1].get(pk, 0))
        for pk, code, currency, kind in Account.objects.values_list("id", "code", "currency", "kind")
        if pk in sides[0] or pk in sides[1]
    ]
