"""What an intake and a sealed batch are, without the database."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from muniment.kernel.words.digests import digest_value
from muniment.trust.access.rules import Action, instant_text


class IntakeState(StrEnum):
    """Where a received file stands."""

    RECEIVED = "received"
    IMPORTED = "imported"
    REFUSED = "refused"
    UNDONE = "undone"


INTAKE_ACTIONS = frozenset(
    {
        Action.PARTY_WRITE,
        Action.WORK_WRITE,
        Action.LICENCE_WRITE,
        Action.USAGE_WRITE,
        Action.MONEY_RECEIVE,
        Action.PAYMENT_CONFIRM,
    }
)
"""Whoever may do one of these may hand in a file; the service that reads it checks what it changes."""

KEPT_PROBLEMS = 10_000
"""How many problems of one file are kept; the counts always tell all."""


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """What a sealed batch says of itself."""

    stage: str
    path: str
    row_count: int
    sum_column: str
    sum_micro: int
    digest: str
    parents: tuple[int, ...]
    sealed_at: datetime


def batch_chain(prev_chain: str, facts: BatchFacts) -> str:
    """Return the link of a batch: SHA-256 of the canonical JSON list of the previous link and every field."""
    return digest_value(
        [
            prev_chain,
            facts.stage,
            facts.path,
            facts.row_count,
            facts.sum_column,
            facts.sum_micro,
            facts.digest,
            list(facts.parents),
            instant_text(facts.sealed_at),
        ]
    )
