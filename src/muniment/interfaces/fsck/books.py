"""The ledger: every transfer moves something, every entry is as it was booked, none is missing."""

from collections.abc import Callable, Sequence
from itertools import batched
from typing import Any

from muniment.interfaces.fsck.reading import ZERO, by_key, canonical, head_of, instant, rows, sha256

Report = Callable[[str], None]

_ENTRIES_AT_ONCE = 500
_KINDS = {
    **dict.fromkeys(("bank", "receivable", "advance", "recoverable"), "asset"),
    **dict.fromkeys(("transit", "billed", "fund", "payable", "held", "vat", "tax", "exchange"), "liability"),
    **dict.fromkeys(("deduction", "investment"), "income"),
    **dict.fromkeys(("writeoff", "exchange_difference", "cost"), "expense"),
}
_NEVER_NEGATIVE = ("held/", "transit/")


def check_transfers(report: Report) -> str:
    """Report transfers that move nothing, or between accounts that do not go with their entry."""
    for entry, number, amount in rows("SELECT entry_id, id, amount_micro FROM ledger_transfer WHERE amount_micro <= 0"):
        report(f"entry {entry}: transfer {number} moves {amount}")
    for entry, number in rows("SELECT entry_id, id FROM ledger_transfer WHERE debit_id = credit_id"):
        report(f"entry {entry}: transfer {number} has one account on both sides")
    strays = rows(
        "SELECT t.entry_id, t.id FROM ledger_transfer t"
        " LEFT JOIN ledger_entry e ON e.id = t.entry_id"
        " LEFT JOIN ledger_account d ON d.id = t.debit_id LEFT JOIN ledger_account c ON c.id = t.credit_id"
        " WHERE e.id IS NULL OR d.id IS NULL OR c.id IS NULL OR d.currency <> e.currency OR c.currency <> e.currency"
        " OR t.id < e.first_transfer OR t.id >= e.first_transfer + e.transfer_count"
    )
    for entry, number in strays:
        report(f"entry {entry}: transfer {number} has an account, a currency or a number that is not the entry's")
    counted = rows("SELECT count(*) FROM ledger_transfer")
    return f"{counted[0][0]} transfers"


def check_accounts(report: Report) -> str:
    """Report accounts on the wrong side, holds that gave more than they had, and currencies that do not balance."""
    sums: dict[str, int] = {}
    moved = rows(
        "SELECT a.code, a.currency, a.kind,"
        " coalesce((SELECT sum(amount_micro) FROM ledger_transfer t WHERE t.debit_id = a.id), 0),"
        " coalesce((SELECT sum(amount_micro) FROM ledger_transfer t WHERE t.credit_id = a.id), 0)"
        " FROM ledger_account a"
    )
    for code, currency, kind, debit, credit in moved:
        sums[currency] = sums.get(currency, 0) + int(debit) - int(credit)
        if _KINDS.get(code.partition("/")[0]) != kind:
            report(f"account {code} is kept as {kind}, which its first word does not say")
        if not debit and not credit:
            report(f"account {code} was never used, so it was not made by a booking")
        if code.startswith(_NEVER_NEGATIVE) and credit < debit:
            report(f"account {code} gave {int(debit - credit)} micro-units more than it held")
    for currency, difference in sorted(sums.items()):
        if difference:
            report(f"{currency}: debits and credits differ by {difference} micro-units")
    return f"{len(moved)} accounts in {len(sums)} currencies"


def check_entries(report: Report) -> str:
    """Report entries whose transfers, sums or hashes are not those they were booked with, and breaks of the chain."""
    entries = by_key(
        "SELECT id, idempotency_key, kind, booked_on, currency, memo, reverses_id, recorded_at, recorded_by,"
        " transfer_count, total_micro, body_digest, dimensions, first_transfer, prev_hash, hash"
        " FROM ledger_entry WHERE id > %s ORDER BY id LIMIT %s"
    )
    previous, count, numbered = ZERO, 0, False
    for piece in batched(entries, _ENTRIES_AT_ONCE):
        moved = _transfers_of(piece)
        for entry in piece:
            if numbered and entry[13] is None:
                report(f"entry {entry[0]} does not say the numbers of its transfers, as those before it do")
            numbered = numbered or entry[13] is not None
            _check_entry(report, entry, moved.get(entry[0], []), previous)
            previous, count = entry[-1], count + 1
    if head_of("entries") != (count, previous):
        report(f"the chain of entries should have {head_of('entries')[0]} links and another end; it has {count}")
    return f"{count} entries"


def _transfers_of(entries: Sequence[tuple[Any, ...]]) -> dict[int, list[tuple[int, str, str, int]]]:
    """Return the transfers of entries that follow each other, in their order.

    They are read by the numbers that the entries reserved: those under other numbers are strays (see
    `check_transfers`), and missing here. The oldest entries reserved none, and theirs are read by the entry.
    """
    first, last, column = entries[0][0], entries[-1][0], "t.entry_id"
    if all(entry[13] is not None for entry in entries):
        first, last, column = min(e[13] for e in entries), max(e[13] + e[9] for e in entries), "t.id"
    found: dict[int, list[tuple[int, str, str, int]]] = {}
    for entry, number, debit, credit, amount in rows(
        "SELECT t.entry_id, t.id, d.code, c.code, t.amount_micro FROM ledger_transfer t"  # noqa: S608 - one of two names
        " JOIN ledger_account d ON d.id = t.debit_id JOIN ledger_account c ON c.id = t.credit_id"
        f" WHERE {column} BETWEEN %s AND %s ORDER BY t.entry_id, t.id",
        first,
        last,
    ):
        found.setdefault(entry, []).append((number, debit, credit, amount))
    return found


def _check_entry(report: Report, entry: tuple[Any, ...], moved: list[tuple[int, str, str, int]], previous: str) -> None:
    number, key, kind, booked_on, currency, memo, reverses, at, by, count, total, digest, said, first, *links = entry
    prev_hash, link = links
    if (len(moved), sum(transfer[3] for transfer in moved)) != (count, int(total)):
        report(f"entry {number} has {len(moved)} transfers or a sum that is not the one it was booked with")
    if first is not None and [transfer[0] for transfer in moved] != list(range(first, first + count)):
        report(f"entry {number} has transfers under other numbers than {first} and those after it")
    body = [key, kind, booked_on.isoformat(), currency, memo, reverses, [list(transfer[1:]) for transfer in moved]]
    if sha256(canonical([*body, said] if said else body)) != digest:
        report(f"entry {number} ({key}) is not what was booked")
    if prev_hash != previous:
        report(f"entry {number} does not follow the entry before it: one was removed, added or changed")
    facts = [prev_hash, digest, instant(at), by]
    if sha256(canonical(facts if first is None else [*facts, number, first])) != link:
        report(f"entry {number}: its hash does not fit who booked it, when, and what")
