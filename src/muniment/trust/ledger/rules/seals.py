"""What a daily seal says, without the database: the root over the day's entries, the trial balance, the signed text."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from muniment.kernel.words.digests import canonical_json, digest_value
from muniment.kernel.words.problems import UserError
from muniment.trust.access.rules import instant_text


class CannotSeal(UserError):
    """A day cannot be sealed: it is not over, or a later one is sealed."""


@dataclass(frozen=True, slots=True)
class TrialFacts:
    """What one account has moved up to an entry."""

    code: str
    currency: str
    kind: str
    debit_micro: int
    credit_micro: int


@dataclass(frozen=True, slots=True)
class SealFacts:
    """Everything that a seal says; `entry_count` and `entries_hash` are the chain's up to `last_entry`.

    `audit` and `batches` are the heads of the two other chains at the moment of sealing: count and hash.
    """

    number: int
    previous: str
    day: date
    last_entry: int
    entry_count: int
    entries_hash: str
    merkle_root: str
    trial_digest: str
    totals: tuple[tuple[str, int], ...]
    audit: tuple[int, str]
    batches: tuple[int, str]
    sealed_at: datetime
    sealed_by: str
    public_key: str


def merkle_root(leaves: Sequence[str]) -> str:
    """Return the root of the tree over hashes (hexadecimal), as in RFC 6962: leaves begin with 0, nodes with 1.

    An odd one out goes up as it is; no leaf at all gives the SHA-256 of nothing.
    """
    level = [hashlib.sha256(b"\0" + bytes.fromhex(leaf)).digest() for leaf in leaves]
    if not level:
        return hashlib.sha256().hexdigest()
    while len(level) > 1:
        pairs = [hashlib.sha256(b"\1" + left + right).digest() for left, right in zip(level[::2], level[1::2])]  # noqa: B905 - the odd one follows
        level = pairs + level[len(pairs) * 2 :]
    return level[0].hex()


def trial_digest(rows: Iterable[TrialFacts]) -> str:
    """Return the digest of a trial balance: [currency, code, kind, debits, credits] as canonical JSON, sorted."""
    sorted_rows = sorted((row.currency, row.code, row.kind, row.debit_micro, row.credit_micro) for row in rows)
    return digest_value(tuple(sorted_rows))


def trial_totals(rows: Iterable[TrialFacts]) -> tuple[tuple[str, int], ...]:
    """Return what all accounts of each currency were debited, which is what they were credited, by currency.

    Raises:
        ArithmeticError: debits and credits of a currency differ.
    """
    debits: dict[str, int] = {}
    credits_: dict[str, int] = {}
    for row in rows:
        debits[row.currency] = debits.get(row.currency, 0) + row.debit_micro
        credits_[row.currency] = credits_.get(row.currency, 0) + row.credit_micro
    if debits != credits_:
        raise ArithmeticError("debits and credits differ")
    return tuple(sorted(debits.items()))


def seal_body(facts: SealFacts) -> bytes:
    """Return the text that is signed: canonical JSON of all facts."""
    return canonical_json(
        {
            "number": facts.number,
            "previous": facts.previous,
            "day": facts.day.isoformat(),
            "last_entry": facts.last_entry,
            "entry_count": facts.entry_count,
            "entries_hash": facts.entries_hash,
            "merkle_root": facts.merkle_root,
            "trial_digest": facts.trial_digest,
            "totals": [list(total) for total in facts.totals],
            "audit": list(facts.audit),
            "batches": list(facts.batches),
            "sealed_at": instant_text(facts.sealed_at),
            "sealed_by": facts.sealed_by,
            "public_key": facts.public_key,
        }
    )


def check_day(day: date, at: datetime, last_day: date | None) -> None:
    """Let a day pass that is over (in UTC) and follows the last one that was sealed.

    Raises:
        CannotSeal: it is not.
    """
    if day >= at.date():
        raise CannotSeal(f"{day} is not over.", "Seal it tomorrow; a day ends at midnight, UTC.")
    if last_day is not None and day < last_day:
        raise CannotSeal(f"{last_day} is sealed already, and {day} lies before it.", f"Seal a day after {last_day}.")
