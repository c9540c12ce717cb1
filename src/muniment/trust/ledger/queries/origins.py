"""Reads for reports that ask where money came from: its parts in order, and sums taken by the database beside them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import F, Sum

from muniment.trust.ledger.models import Account, Entry, Transfer
from muniment.trust.ledger.rules.origins import EntryFacts, Follower, Part


@dataclass(frozen=True, slots=True)
class Moved:
    """What went from one account to another in a span of days, summed by the database."""

    debit: str
    credit: str
    currency: str
    amount_micro: int


def last_hash() -> str:
    """Return the last link of the chain of entries, which stands for all that is booked; empty for empty books."""
    return Entry.objects.order_by("-id").values_list("hash", flat=True).first() or ""


def transfer_count() -> int:
    """Return about how many transfers there are: the highest number given to one."""
    return Transfer.objects.order_by("-id").values_list("id", flat=True).first() or 0


def first_day() -> date | None:
    """Return the first day that anything was booked for; None for empty books."""
    return Entry.objects.order_by("booked_on").values_list("booked_on", flat=True).first()


def parts(year_of: Callable[[date], int], rights: Mapping[str, str] | None = None) -> Iterator[Part]:
    """Yield every transfer in its parts, each of one origin, from the first that was ever booked.

    The whole chain is read, whatever a report asks of it, because a part is decided by all that came before. Memory
    holds the layers of the accounts that have money, not the transfers.

    Args:
        year_of: the financial year of a day of booking.
        rights: the right of each fund by its code.
    """
    reversed_ids = frozenset(Entry.objects.filter(reverses__isnull=False).values_list("reverses_id", flat=True))
    follower = Follower(year_of, rights, frozenset(found for found in reversed_ids if found is not None))
    codes = dict(Account.objects.values_list("id", "code"))
    rows = Transfer.objects.order_by("entry_id", "id").values_list(
        "entry_id", "id", "debit_id", "credit_id", "amount_micro"
    )
    entries = _entries()
    waiting: list[tuple[int, str, str, int]] = []
    current = 0
    for entry_id, number, debit_id, credit_id, amount_micro in rows.iterator(chunk_size=10_000):
        if entry_id != current and waiting:
            yield from follower.entry(_named(entries, current), waiting)
            waiting = []
        current = entry_id
        waiting.append((number, codes[debit_id], codes[credit_id], amount_micro))
    if waiting:
        yield from follower.entry(_named(entries, current), waiting)


def _entries() -> Iterator[EntryFacts]:
    names = ("id", "idempotency_key", "kind", "booked_on", "currency", "dimensions", "reverses_id")
    for row in Entry.objects.order_by("id").values_list(*names).iterator(chunk_size=10_000):
        yield EntryFacts(*row)


def _named(entries: Iterator[EntryFacts], entry_id: int) -> EntryFacts:
    return next(entry for entry in entries if entry.id == entry_id)


def moved_between(since: date | None = None, until: date | None = None) -> list[Moved]:
    """Return the sums by pair of accounts of what was booked on these days (both included), taken in the database."""
    moved = Transfer.objects.order_by()
    if since is not None:
        moved = moved.filter(entry__booked_on__gte=since)
    if until is not None:
        moved = moved.filter(entry__booked_on__lte=until)
    accounts = {pk: (code, currency) for pk, code, currency in Account.objects.values_list("id", "code", "currency")}
    sums = moved.values(debit_account=F("debit_id"), credit_account=F("credit_id")).annotate(total=Sum("amount_micro"))
    return [
        Moved(accounts[debit_id][0], *accounts[credit_id], int(total))
        for debit_id, credit_id, total in sums.values_list("debit_account", "credit_account", "total").iterator()
    ]
