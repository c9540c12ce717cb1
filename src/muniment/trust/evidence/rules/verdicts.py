"""What checking a signed PDF comes to: steps that hold, fail, or cannot be said as nobody told us whom to trust."""

from dataclasses import dataclass, field
from enum import StrEnum

from cryptography import x509

from muniment.trust.evidence.rules.lifetimes import Lifetimes
from muniment.trust.evidence.rules.policies import Policy
from muniment.trust.evidence.rules.revocation import RevocationList


class State(StrEnum):
    """What a step comes to."""

    HOLDS = "holds"
    UNKNOWN = "unknown"
    FAILS = "fails"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was checked: its name, what it came to, and what exactly."""

    name: str
    state: State
    detail: str


@dataclass(frozen=True, slots=True)
class Trust:
    """Whom to believe: the log and its witnesses (None: as the certificate says), the registry's roots, the
    authorities' roots, the lists of revoked certificates that we have beside those that a paper brings, and until when
    algorithms of timestamps are trusted."""

    policy: Policy | None = None
    roots: tuple[x509.Certificate, ...] = ()
    stamp_roots: tuple[x509.Certificate, ...] = ()
    lists: tuple[RevocationList, ...] = ()
    lifetimes: Lifetimes = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Every step, and what the paper says of itself: `kind`, `number`, `depositor`, `title`, …"""

    steps: tuple[Step, ...]
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def state(self) -> State:
        """Fails if a step fails, holds if every step holds."""
        states = {step.state for step in self.steps}
        return next(state for state in (State.FAILS, State.UNKNOWN, State.HOLDS) if state in states)


@dataclass(frozen=True, slots=True)
class Evidence:
    """An evidence record of a tree, with the checkpoint that it is of (None: the one that the paper brings), and, where
    that is a later tree than the paper's own, the proof of a leaf of the paper in it."""

    record: bytes
    checkpoint: bytes | None = None
    proof: str | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """A file that is said to be of the deposit: its name and the SHA-256 of its bytes, hexadecimal."""

    name: str
    sha256: str
