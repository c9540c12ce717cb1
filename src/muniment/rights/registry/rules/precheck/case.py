"""What a check is given and what it finds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from muniment.kernel.words.phrases import phrase_of
from muniment.rights.registry.rules.application import FieldName, Kind, Statement
from muniment.rights.registry.rules.profiles import Profile

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that an examiner would send back: an error stops the application, a warning does not.

    `rule` is a stable name, `field` that of the statement with dots (`sources.0.contract_until_on`), `basis` the rule
    of the profile, its source, and whether that was read.
    """

    rule: str
    level: Level
    field: str
    message: str
    remedy: str
    basis: str


@dataclass(frozen=True, slots=True)
class Known:
    """What the registry knows of a statement beside its text.

    `deposit_exists` says that the deposit it names is here, is not erased, and is the applicant's. The last four are of
    the registration that a later kind is about.
    """

    deposit_exists: bool = False
    deposit_is_likely_duplicate_of: tuple[str, ...] = ()
    registration_of_same_content: str = ""
    registration_state: str = ""
    registration_from_on: date | None = None
    registration_until_on: date | None = None
    is_pledged: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """A statement with all that is needed to judge it."""

    statement: Statement
    profile: Profile
    kind: Kind
    at_on: date
    known: Known


@dataclass(frozen=True, slots=True)
class Found:
    """What a check finds; the basis is added by whoever calls it."""

    rule: str
    field: str
    message: str
    remedy: str
    level: Level = "error"


def found(rule: str, field: str, message: str, remedy: str, level: Level = "error", /, **values: object) -> Found:
    """Return what a check finds; in message and remedy `{name}` stands for a value, `{field}` for the field's name."""
    values["field"] = FieldName(field)
    return Found(rule, field, phrase_of(message, values), phrase_of(remedy, values), level)


Checking = Callable[[Case], Iterator[Found]]
