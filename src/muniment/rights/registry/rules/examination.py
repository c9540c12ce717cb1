"""What examiners ask for, who objects, and how objections end."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Point:
    """Something that the examiner wants corrected: the field of the statement (empty: all of it), and what to do."""

    field: str
    text: str


@dataclass(frozen=True, slots=True)
class Objector:
    """Who objects: the half of an objection that erasure forgets."""

    name: str
    contact: str
    identifier: str = ""


class ObjectionState(StrEnum):
    """How an objection stands; `MOOT` is one that an end of the application left undecided."""

    OPEN = "open"
    UPHELD = "upheld"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    MOOT = "moot"
