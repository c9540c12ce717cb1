"""The seals: each is signed by a key of the house, follows the one before, and says what the books say."""

import hashlib
import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings

from muniment.interfaces.fsck.reading import ZERO, canonical, head_of, instant, rows, sha256

Report = Callable[[str], None]

_FACTS = (
    *("number", "previous", "day", "last_entry", "entry_count", "entries_hash", "merkle_root", "trial_digest"),
    *("totals", "audit", "batches", "sealed_at", "sealed_by", "public_key"),
)
"""What docs/fsck.md says that a seal says; all of it is signed, and nothing else."""


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether `signature` (64 bytes) is that of `message` by the owner of the Ed25519 key `public` (32 bytes)."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def check_seals(report: Report) -> str:
    """Report seals that were changed, removed or put in another order, and books that are not what was sealed."""
    sealed = rows(
        "SELECT id, day, last_entry, entry_count, sealed_at, sealed_by, public_key, body, signature, hash"
        " FROM ledger_seal ORDER BY id"
    )
    keys, books = _known_keys() if sealed else frozenset[str](), _Books()
    previous, place, last_day = ZERO, 0, None
    for place, row in enumerate(sealed, start=1):
        said = _said(report, row)
        _check_columns(report, place, row, said)
        if said.get("previous") != previous:
            report(f"seal {row[0]} does not follow the seal before it")
        if last_day is not None and row[1] <= last_day:
            report(f"seal {row[0]} is of {row[1]}, and the seal before it of {last_day}")
        if row[6] not in keys:
            report(f"seal {row[0]} is signed by a key that is not in seal_keys.pub")
        _check_books(report, row[0], said, books)
        previous, last_day = row[9], row[1]
    if head_of("seals") != (place, previous):
        report(f"the chain of seals should have {head_of('seals')[0]} links and another end; it has {place}")
    return f"{place} seals" + (f", the last of {last_day}" if last_day else "")


def _known_keys() -> frozenset[str]:
    path = Path(settings.MUNIMENT_HOME) / "seal_keys.pub"
    return frozenset(path.read_text().split()) if path.exists() else frozenset()


def _said(report: Report, row: tuple[Any, ...]) -> dict[str, Any]:
    """Return what a seal says, having checked that this, spelt anew, is its text and is what was signed."""
    body = row[7].encode()
    try:
        said: dict[str, Any] = json.loads(body)
        message = canonical({name: said[name] for name in _FACTS})
        signed = message == body and is_signed(bytes.fromhex(row[6]), message, bytes.fromhex(row[8]))
    except (ValueError, TypeError, KeyError):
        signed, said = False, {}
    if not signed:
        report(f"seal {row[0]} of {row[1]} is not what was signed")
    if sha256(body) != row[9]:
        report(f"seal {row[0]} of {row[1]} has another hash than its text")
    return said


def _check_columns(report: Report, place: int, row: tuple[Any, ...], said: dict[str, Any]) -> None:
    number, day, last_entry, entry_count, at, by, key, *_ = row
    columns = [number, _day(day), last_entry, entry_count, _instant(at), by, key]
    names = ("number", "day", "last_entry", "entry_count", "sealed_at", "sealed_by", "public_key")
    if columns != [said.get(name) for name in names] or number != place:
        report(f"seal {number} says another thing in its columns than in its text")


def _day(day: date | str) -> str:
    return day if isinstance(day, str) else day.isoformat()


def _instant(at: datetime) -> str:
    return instant(at)


class _Books:
    """The books as they grow from seal to seal: what each account moved, and where the last seal ended."""

    def __init__(self) -> None:
        self.last_entry = 0
        self.entry_count = 0
        self.entries_hash = ZERO
        self.moved: dict[int, list[int]] = {}
        self.accounts = {
            number: (currency, code, kind)
            for number, currency, code, kind in rows("SELECT id, currency, code, kind FROM ledger_account")
        }

    def grow(self, last_entry: int) -> list[str]:
        """Take in the entries up to one, and return their hashes."""
        between = (self.last_entry, last_entry)
        links = [
            link for (link,) in rows("SELECT hash FROM ledger_entry WHERE id > %s AND id <= %s ORDER BY id", *between)
        ]
        for side in (0, 1):
            column = ("debit_id", "credit_id")[side]
            for account, total in rows(
                f"SELECT {column}, sum(amount_micro) FROM ledger_transfer"  # noqa: S608 - one of two names above
                f" WHERE entry_id > %s AND entry_id <= %s GROUP BY {column}",
                *between,
            ):
                self.moved.setdefault(account, [0, 0])[side] += int(total)
        self.last_entry, self.entry_count = last_entry, self.entry_count + len(links)
        self.entries_hash = links[-1] if links else self.entries_hash
        return links

    def trial(self) -> list[list[Any]]:
        """Return the trial balance in the order in which it is digested."""
        return sorted(
            [*self.accounts.get(account, ("", "", "")), debit, credit]
            for account, (debit, credit) in self.moved.items()
        )


def _check_books(report: Report, number: int, said: dict[str, Any], books: _Books) -> None:
    last_entry = said.get("last_entry")
    if not isinstance(last_entry, int) or last_entry < books.last_entry:
        report(f"seal {number} ends before the seal before it")
        return
    links = books.grow(last_entry)
    if (said.get("entry_count"), said.get("entries_hash")) != (books.entry_count, books.entries_hash):
        report(f"seal {number}: the chain of entries has other links than were sealed")
    if said.get("merkle_root") != _root([bytes.fromhex(link) for link in links]):
        report(f"seal {number}: the root over its entries is not the one that was sealed")
    trial = books.trial()
    totals: dict[str, int] = {}
    for currency, _, _, debit, _ in trial:
        totals[currency] = totals.get(currency, 0) + debit
    if said.get("trial_digest") != sha256(canonical(trial)) or said.get("totals") != [
        *map(list, sorted(totals.items()))
    ]:
        report(f"seal {number}: the trial balance is not the one that was sealed")
    for chain, table, link in (("audit", "access_auditevent", "hash"), ("batches", "batches_sealedbatch", "chain")):
        if not _was(said.get(chain), table, link):
            report(f"seal {number}: the chain {chain} is not the one that was sealed")


def _was(said: object, table: str, link: str) -> bool:
    """Say whether a chain has the link that a seal says it had, at the place where it had it."""
    if not isinstance(said, list) or len(said) != 2 or not isinstance(said[0], int):
        return False
    if said[0] == 0:
        return bool(said[1] == ZERO)
    key = "seq" if link == "hash" else "id"
    found = rows(f"SELECT {link} FROM {table} ORDER BY {key} LIMIT 1 OFFSET %s", said[0] - 1)  # noqa: S608 - names above
    return bool(found and found[0][0] == said[1])


def _root(leaves: list[bytes]) -> str:
    """Return the root of the tree, from the top: the left part is the largest power of two below the whole."""
    if not leaves:
        return sha256(b"")

    def node(first: int, last: int) -> bytes:
        if last - first == 1:
            return hashlib.sha256(b"\0" + leaves[first]).digest()
        middle = first + (1 << (last - first - 1).bit_length() - 1)
        return hashlib.sha256(b"\1" + node(first, middle) + node(middle, last)).digest()

    return node(0, len(leaves)).hex()
