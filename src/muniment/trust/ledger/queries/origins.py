"""Reads for reports that ask where money came from: its parts in order, and sums taken by the database beside them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
from django.db import connection

from muniment.trust.ledger.bulk.following import ColumnFollower, PartColumns
from muniment.trust.ledger.bulk.reading import read_numbers
from muniment.trust.ledger.models import Account, Entry, Transfer
from muniment.trust.ledger.rules.origins import EntryFacts, Part


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


LONG_BOOKS = 30_000
"""From how many transfers on the compiled loop is quicker than the rules, which need no compiling."""

_TRANSFERS_AT_ONCE = 250_000
_READ = (
    "SELECT entry_id, id, debit_id, credit_id, amount_micro FROM ledger_transfer WHERE id > %s AND id <= %s ORDER BY id"
)


def part_columns(
    year_of: Callable[[date], int], rights: Mapping[str, str] | None = None, *, is_compiled: bool | None = None
) -> Iterator[PartColumns]:
    """Yield every transfer in its parts, each of one origin, from the first that was ever booked, piece by piece.

    The whole chain is read, whatever a report asks of it, because a part is decided by all that came before. Memory
    holds the layers of the accounts that have money, not the transfers.

    Args:
        year_of: the financial year of a day of booking.
        rights: the right of each fund by its code.
        is_compiled: whether the compiled loop follows the money; where it is left out, it does so in long books.
    """
    last = transfer_count()
    accounts = dict(Account.objects.values_list("id", "code"))
    reversed_ids = set(Entry.objects.filter(reverses__isnull=False).values_list("reverses_id", flat=True)) - {None}
    chosen = last > LONG_BOOKS if is_compiled is None else is_compiled
    follower = ColumnFollower(
        year_of, rights or {}, [found for found in reversed_ids if found is not None], accounts, is_compiled=chosen
    )
    entries = _entries()
    for rows in _transfers(last):
        numbers, place = np.unique(rows[:, 0], return_inverse=True)
        wanted = set(numbers.tolist())
        found: list[EntryFacts] = []
        while len(found) < len(numbers):
            entry = next(entries)
            if entry.id in wanted:
                found.append(entry)
        yield follower.feed(found, np.column_stack([place, rows[:, 1:]]))


def parts(year_of: Callable[[date], int], rights: Mapping[str, str] | None = None) -> Iterator[Part]:
    """Yield the parts of `part_columns` one by one."""
    for columns in part_columns(year_of, rights):
        yield from map(columns.part, range(len(columns.entry)))


def _transfers(last: int) -> Iterator[npt.NDArray[np.int64]]:
    """Yield all transfers up to a number in their order, many at once, never a part of an entry.

    Numbers rise with the entries, because whoever books holds the lock of the chain when they are given.
    """
    rest = np.empty((0, 5), np.int64)
    done = 0
    while done < last:
        found = read_numbers(_READ, done, last, _TRANSFERS_AT_ONCE, 5)
        if not len(found):
            break
        done = int(found[-1, 1])
        rows = np.concatenate([rest, found])
        cut = len(rows) if done >= last else int(np.searchsorted(rows[:, 0], rows[-1, 0]))
        if cut:
            yield rows[:cut]
        rest = rows[cut:]
    if len(rest):
        yield rest


def _entries() -> Iterator[EntryFacts]:
    names = ("id", "idempotency_key", "kind", "booked_on", "currency", "dimensions", "reverses_id")
    for row in Entry.objects.order_by("id").values_list(*names).iterator(chunk_size=10_000):
        yield EntryFacts(*row)


_KINDS = (
    ("payable/%", "payable/-"), ("transit/%", "transit/-"), ("receivable/%", "receivable/-"),
    ("advance/%", "advance/-"), ("recoverable/%", "recoverable/-"), ("held/%/party-%", "held/-/party-"),
    ("held/%", "held/-/-"),
)  # fmt: skip
"""Accounts of which there are as many as payees, and what they are called together."""


def moved_between(since: date, until: date) -> tuple[list[Moved], list[Moved]]:
    """Return what was moved in the days from `since` to `until`, and up to `until` at all, summed in the database.

    The sums are by pairs of accounts; the accounts of payees and licensees are told together, as `payable/-`.
    """
    kinds = " ".join("WHEN code LIKE %s THEN %s" for _ in _KINDS)
    statement = (
        f"WITH kind AS MATERIALIZED (SELECT id, currency, CASE {kinds} ELSE code END AS name FROM ledger_account),"  # noqa: S608 - our own names
        " place AS MATERIALIZED (SELECT id, min(id) OVER (PARTITION BY currency, name) AS first FROM kind)"
        " SELECT d.first, c.first, CASE WHEN e.booked_on >= %s THEN 1 ELSE 0 END AS is_late, sum(t.amount_micro)"
        " FROM ledger_transfer t JOIN ledger_entry e ON e.id = t.entry_id"
        " JOIN place d ON d.id = t.debit_id JOIN place c ON c.id = t.credit_id"
        " WHERE e.booked_on <= %s GROUP BY 1, 2, 3"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*(text for kind in _KINDS for text in kind), since, until])
        rows = cursor.fetchall()
    wanted = {pk for row in rows for pk in row[:2]}
    accounts = {pk: (code, currency) for pk, code, currency in Account.objects.values_list("id", "code", "currency")
                if pk in wanted}  # fmt: skip
    found = [
        (Moved(_told(accounts[debit][0]), _told(accounts[credit][0]), accounts[credit][1], int(total)), is_late)
        for debit, credit, is_late, total in rows
    ]
    return [moved for moved, is_late in found if is_late], [moved for moved, _ in found]


def _told(code: str) -> str:
    """Return what an account is called in sums: itself, or what all of its kind are called together."""
    word, _, rest = code.partition("/")
    if word == "held":
        return "held/-/party-" if "/party-" in code else "held/-/-"
    return f"{word}/-" if rest and f"{word}/%" in dict(_KINDS) else code
