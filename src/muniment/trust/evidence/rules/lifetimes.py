"""Until when algorithms are trusted, and what the archive needs before they or certificates end.

The last days are data: a text with a name and a day a line, of which `DEFAULT` is the one that everybody has until a
registry writes its own. Names are those of hash algorithms, and of the kinds of keys that sign: `rsa` and `ecdsa`, with
`_short` behind them for keys of less than 128 bits of security.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from muniment.kernel.words.problems import UserError
from muniment.trust.evidence.rules.stamps import HASHES

DEFAULT = """\
# Keys below 128 bits of security: deprecated after 2030; all of RSA and ECDSA: disallowed after 2035 (NIST IR 8547,
# draft of November 2024). No end is published for SHA-2 and SHA-3: write one here once it is.
rsa_short 2030-12-31
ecdsa_short 2030-12-31
rsa 2035-12-31
ecdsa 2035-12-31
"""
STAMP_BEFORE = timedelta(days=90)
"""How long before a certificate or the algorithm of a signature ends its token is stamped anew."""
HASH_BEFORE = timedelta(days=365)
"""How long before a hash algorithm ends everything is hashed anew."""
KEY_KINDS = ("rsa", "rsa_short", "ecdsa", "ecdsa_short", "other")
NEVER = datetime.max.replace(tzinfo=UTC)

Lifetimes = Mapping[str, date]
"""The last day on which an algorithm is trusted; one that is not in it is trusted without an end."""


class BadLifetimes(UserError):
    """The list of algorithms' ends cannot be read."""


class NoAlgorithm(UserError):
    """No hash algorithm is trusted for long enough."""


class Renewal(StrEnum):
    """What a token of the archive needs: a token over it, or everything hashed anew (RFC 4998, section 5.2)."""

    STAMP = "timestamp"
    HASH = "hash tree"


@dataclass(frozen=True, slots=True)
class Ageing:
    """What makes a token old: its hash algorithm, what its signature rests on, when its certificates expire."""

    algorithm: str
    signed_with: tuple[str, ...]
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """A renewal, from when it is due, and when it is too late for it."""

    renewal: Renewal
    due_at: datetime
    ends_at: datetime


def read_lifetimes(text: str) -> Lifetimes:
    """Return the last days that a text says.

    Raises:
        BadLifetimes: a line says something else, or names an algorithm twice or one that we do not know.
    """
    found: dict[str, date] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, day = line.strip().partition(" ")
        try:
            last = date.fromisoformat(day.strip())
        except ValueError:
            last = None
        if last is None or name in found or name not in (*HASHES, *KEY_KINDS):
            raise BadLifetimes(
                f"Line {number} of the algorithms' ends is {line.strip()!r}.",
                f"Write a name ({', '.join((*HASHES, *KEY_KINDS))}) and a day such as 2035-12-31, each name once.",
            )
        found[name] = last
    return found


def end_of(lifetimes: Lifetimes, names: Iterable[str]) -> datetime:
    """Return the instant from which the first of some algorithms is not trusted."""
    days = [lifetimes[name] for name in names if lifetimes.get(name, date.max) != date.max]
    return datetime.combine(min(days) + timedelta(days=1), time(), UTC) if days else NEVER


def stamp_end(ageing: Ageing, lifetimes: Lifetimes) -> datetime:
    """Return from when a token proves nothing by itself, whatever becomes of the hash that it is of."""
    return min(ageing.expires_at, end_of(lifetimes, ageing.signed_with))


def next_renewal(ageing: Ageing, lifetimes: Lifetimes) -> Due:
    """Return what a token needs first, and from when; to hash anew makes a new token as well, so it goes first."""
    hash_end, own_end = end_of(lifetimes, [ageing.algorithm]), stamp_end(ageing, lifetimes)
    ends_at = min(hash_end, own_end)
    due = own_end - STAMP_BEFORE
    if hash_end != NEVER and hash_end - HASH_BEFORE <= due:
        return Due(Renewal.HASH, hash_end - HASH_BEFORE, ends_at)
    return Due(Renewal.STAMP, due, ends_at)


def hash_in_use(lifetimes: Lifetimes, at: datetime) -> str:
    """Return the algorithm for what is hashed today: the first whose end is not near.

    Raises:
        NoAlgorithm: the end of all is near.
    """
    for name in HASHES:
        if end_of(lifetimes, [name]) > at + HASH_BEFORE:
            return name
    raise NoAlgorithm("No hash algorithm is trusted for another year.", "Look at the list of the algorithms' ends.")
