"""The trial balance by any dimension: a pure query, summed in the database as far as the dimensions let it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, Sum

from muniment.trust.ledger.models import Account, Transfer
from muniment.trust.ledger.rules.dimensions import Dimension, Posting


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """What was debited and credited for one value in each dimension asked for, in one currency."""

    values: tuple[str, ...]
    currency: str
    debit_micro: int
    credit_micro: int

    @property
    def difference_micro(self) -> int:
        """Debits less credits; over all rows of a currency it is 0."""
        return self.debit_micro - self.credit_micro


@dataclass(frozen=True, slots=True)
class _Account:
    code: str
    currency: str
    kind: str


def balance_by(
    dimensions: Sequence[Dimension],
    *,
    currency: str | None = None,
    booked_from: date | None = None,
    booked_until: date | None = None,
) -> list[BalanceRow]:
    """Return the balance by currency and the dimensions, sorted; a posting counts once, on its own side.

    `booked_from` and `booked_until` are days of booking, both included. Debits and credits of all rows of a currency
    are equal, because each transfer is in the sums twice.
    """
    accounts = {
        pk: _Account(code, money, kind)
        for pk, code, money, kind in Account.objects.values_list("id", "code", "currency", "kind")
    }
    sums: dict[tuple[str, tuple[str, ...]], list[int]] = {}
    needs_entry = any(dimension.needs_entry for dimension in dimensions)
    for debit_id, credit_id, total, *entry in _moved(currency, booked_from, booked_until, needs_entry=needs_entry):
        pair = (accounts[debit_id], accounts[credit_id])
        for side, (account, other) in enumerate((pair, pair[::-1])):
            posting = Posting(account.code, account.kind, other.code, *entry)
            key = (account.currency, tuple(dimension.value(posting) for dimension in dimensions))
            sums.setdefault(key, [0, 0])[side] += int(total)
    return [BalanceRow(values, money, *sums[money, values]) for money, values in sorted(sums)]


def _moved(
    currency: str | None, booked_from: date | None, booked_until: date | None, *, needs_entry: bool
) -> Iterator[tuple[Any, ...]]:
    """Yield sums by pair of accounts: debit, credit, total, and where it is needed what the entry says."""
    moved = Transfer.objects.order_by()
    if currency is not None:
        moved = moved.filter(entry__currency=currency)
    if booked_from is not None:
        moved = moved.filter(entry__booked_on__gte=booked_from)
    if booked_until is not None:
        moved = moved.filter(entry__booked_on__lte=booked_until)
    pair = {"debit_account": F("debit_id"), "credit_account": F("credit_id")}
    if not needs_entry:
        sums = moved.values(**pair).annotate(total=Sum("amount_micro"))
        yield from sums.values_list("debit_account", "credit_account", "total").iterator()
        return
    said = ("entry__kind", "entry__idempotency_key", "entry__booked_on", "entry__dimensions")
    sums = moved.values("entry_id", *said, **pair).annotate(total=Sum("amount_micro"))
    yield from sums.values_list("debit_account", "credit_account", "total", *said).iterator()
