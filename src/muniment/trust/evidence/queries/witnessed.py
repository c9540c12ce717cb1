"""Reads of our own witness: the logs that it knows, and what they did wrong."""

from dataclasses import dataclass
from datetime import datetime

from muniment.trust.evidence.models import Misbehaviour, WitnessedLog


@dataclass(frozen=True, slots=True)
class WitnessedRow:
    """A log that our witness signs for: its keys, and the tree it signed last (`cosigned_at` in seconds, 0 never)."""

    origin: str
    keys: tuple[str, ...]
    size: int
    root: str
    cosigned_at: int
    note: str


@dataclass(frozen=True, slots=True)
class MisbehaviourRow:
    """A request that a log signed and that proves a fork, with the checkpoint that we had cosigned before."""

    origin: str
    seen_at: datetime
    reason: str
    request: str
    known: str


def list_witnessed() -> tuple[WitnessedRow, ...]:
    """Return the logs that the witness knows, by origin."""
    return tuple(
        WitnessedRow(row.origin, tuple(row.keys.split()), row.size, row.root, row.cosigned_at, row.note)
        for row in WitnessedLog.objects.order_by("origin")
    )


def list_misbehaviour(origin: str = "") -> tuple[MisbehaviourRow, ...]:
    """Return what logs did wrong, oldest first; of one log or of all."""
    rows = Misbehaviour.objects.select_related("log").order_by("id")
    found = rows.filter(log__origin=origin) if origin else rows
    return tuple(MisbehaviourRow(row.log.origin, row.seen_at, row.reason, row.request, row.known) for row in found)
