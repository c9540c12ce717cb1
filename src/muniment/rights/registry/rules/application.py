"""What an applicant states: one superset of the fields that all pilots and the copyright register ask for.

Every field has a default, so that a draft may be incomplete; which fields must be there is the profile's to say
(`profiles`), and whether they hold up the pre-check's (`precheck`). A statement is kept as canonical JSON with all its
fields, so that the commitment to it can be worked out by anyone who is shown it.
"""

import json
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache

from muniment.kernel.words.digests import Plain, canonical_json
from muniment.kernel.words.phrases import Phrase
from muniment.kernel.words.problems import UserError

MOST_LETTERS = 20_000
MOST_ROWS = 2_000
MOST_COUNT = 2**63 - 1
_HINT = Phrase("Put the value right, or leave the field out.")


@dataclass(frozen=True, slots=True)
class FieldName:
    """A field within what is said of it: `sources.0.kind` is "Sources 1, kind", or what the reader's language says."""

    path: str

    def __str__(self) -> str:
        parts = [str(int(one) + 1) if one.isdigit() else one.replace("_", " ") for one in self.path.split(".")]
        text = ", ".join([" ".join(parts[:2]), *parts[2:]]) if len(parts) > 2 else ", ".join(parts)
        return text[:1].upper() + text[1:]


class BadStatement(UserError):
    """A statement cannot be read; `field` names what is wrong with dots, as `sources.0.kind` (empty: all of it)."""

    def __init__(self, field: str, message: str, remedy: str = _HINT, **values: object) -> None:
        """Say in a template what is wrong; `{field}` stands for the name of the field."""
        super().__init__(message, remedy, field=FieldName(field) if field else Phrase("The statement"), **values)
        self.field = field


class Subject(StrEnum):
    """What is registered."""

    DATA = "data"
    WORK = "work"


class Kind(StrEnum):
    """The five kinds of registration; all but the first have a registration that they are about."""

    FIRST = "first"
    RENEWAL = "renewal"
    CHANGE = "change"
    TRANSFER = "transfer"
    CANCELLATION = "cancellation"


@dataclass(frozen=True, slots=True)
class Applicant:
    """A person of an application: `kind` natural, legal or other; `role` holder, co_holder or agent."""

    name: str = ""
    kind: str = ""
    identifier: str = ""
    role: str = "holder"
    country: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class DataField:
    """A column of a data set: its name, its type in the applicant's words, what it means."""

    name: str = ""
    kind: str = ""
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Where data comes from: `kind` self_collected, licensed or public_mandate.

    What was collected has a route and a method; what was bought or entrusted a counterpart and a contract: the SHA-256
    of its file, and its first and last day.
    """

    kind: str = ""
    route: str = ""
    method: str = ""
    counterpart: str = ""
    contract_sha256: str = ""
    contract_from_on: date | None = None
    contract_until_on: date | None = None


@dataclass(frozen=True, slots=True)
class NotarialAct:
    """A notary's act over the data: office, its number, the hash and how it was made, the day."""

    office: str = ""
    number: str = ""
    algorithm: str = ""
    digest: str = ""
    acted_on: date | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """All that an applicant may state; a field at its default was not stated.

    `update_term` is 1y, 3y or long, `rights_claimed` out of hold, use and operate, `industry` a code of GB/T 4754,
    `deposit` the number of a deposit here. The last fields are of works, and of the later kinds of registration.
    """

    subject: Subject = Subject.DATA
    title: str = ""
    title_latin: str = ""
    industry: str = ""
    scenario: str = ""
    summary: str = ""
    applicants: tuple[Applicant, ...] = ()
    sources: tuple[Source, ...] = ()
    processing: str = ""
    is_substantive: bool = False
    is_wholly_by_ai: bool = False
    structure: tuple[DataField, ...] = ()
    record_count: int = 0
    byte_count: int = 0
    storage_format: str = ""
    update_frequency: str = ""
    update_term: str = ""
    sample: str = ""
    has_personal_data: bool = False
    has_important_data: bool = False
    has_core_data: bool = False
    is_unpublished: bool = False
    is_ownership_disputed: bool = False
    deposit: str = ""
    notarial_act: NotarialAct | None = None
    rights_claimed: tuple[str, ...] = ()
    work_kind: str = ""
    authors: tuple[str, ...] = ()
    created_on: date | None = None
    published_on: date | None = None
    is_derivative: bool = False
    based_on: str = ""
    reason: str = ""
    transferee: Applicant | None = None


STATEMENT_FIELDS: tuple[str, ...] = tuple(one.name for one in fields(Statement))
"""The names of the fields of a statement, in their order."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that two rounds state differently, both as text; empty: not stated."""

    field: str
    before: str
    after: str


def statement_text(statement: Statement) -> str:
    """Return a statement as canonical JSON: all its fields, keys sorted, dates as `2026-11-22`."""
    return canonical_json(_plain(statement)).decode()


def read_statement(text: str) -> Statement:
    """Return what a JSON text states.

    Raises:
        BadStatement: it is not JSON, or a field is unknown, of another type, too long or too large.
    """
    try:
        values = json.loads(text, object_pairs_hook=_once_each)
    except (ValueError, RecursionError) as error:
        raise BadStatement(
            "", "{field} is not JSON ({cause}).", "Send one JSON object.", cause=str(error)[:80]
        ) from None
    return build_statement(values)


def build_statement(values: object) -> Statement:
    """Return what plain values state, as JSON or TOML gives them; dates may be dates or text.

    Raises:
        BadStatement: as `read_statement`.
    """
    return typing.cast("Statement", _build(Statement, values, ""))


def differences(before: Statement, after: Statement) -> tuple[Difference, ...]:
    """Return the fields in which two statements differ, in the order of the fields; rows are compared by place."""
    old, new = dict(_flat(before, "")), dict(_flat(after, ""))
    both = [*old, *(name for name in new if name not in old)]
    both.sort(key=lambda name: STATEMENT_FIELDS.index(name.partition(".")[0]))
    return tuple(
        Difference(name, old.get(name, ""), new.get(name, ""))
        for name in both
        if old.get(name, "") != new.get(name, "")
    )


def _plain(value: object) -> Plain:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    return typing.cast("Plain", value)


def _flat(value: object, path: str) -> Iterator[tuple[str, str]]:
    """Yield each simple value of a statement with its path, as text."""
    if is_dataclass(value):
        for one in fields(value):
            yield from _flat(getattr(value, one.name), f"{path}.{one.name}" if path else one.name)
    elif isinstance(value, tuple) and any(is_dataclass(one) for one in value):
        for place, one in enumerate(value):
            yield from _flat(one, f"{path}.{place}")
    elif isinstance(value, tuple):
        yield path, "; ".join(value)
    elif isinstance(value, bool):
        yield path, "yes" if value else "no"
    elif value is not None and value != 0:
        yield path, str(value)


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


@cache
def _hints(kind: type) -> Mapping[str, object]:
    return typing.get_type_hints(kind)


def _build(hint: object, value: object, path: str) -> object:
    """Return a value as its type hint has it."""
    if typing.get_origin(hint) is types.UnionType:
        return None if value is None else _build(typing.get_args(hint)[0], value, path)
    if typing.get_origin(hint) is tuple:
        return _build_rows(typing.get_args(hint)[0], value, path)
    if hint is str:
        return _text(value, path)
    if hint is bool:
        if not isinstance(value, bool):
            raise BadStatement(path, "{field} is neither true nor false.")
        return value
    if hint is int:
        return _count(value, path)
    if hint is date:
        return _day(value, path)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        if not isinstance(value, str) or value not in set(hint):
            raise BadStatement(path, "{field} is none of these: {words}.", words=tuple(map(str, hint)))
        return hint(value)
    return _build_record(typing.cast("type", hint), value, path)


def _build_record(kind: type, value: object, path: str) -> object:
    if not isinstance(value, Mapping):
        raise BadStatement(path, "{field} is no object with fields.")
    known: dict[str, Field[object]] = {one.name: one for one in fields(kind)}
    dot = f"{path}." if path else ""
    for name in value:
        if name not in known:
            place = f"{dot}{str(name)[:60]}"
            raise BadStatement(place, "{name} is no field of a statement.", "Take it out, or correct it.", name=place)
    hints = _hints(kind)
    assert all(one.default is not MISSING for one in known.values())
    return kind(**{name: _build(hints[name], one, f"{dot}{name}") for name, one in value.items()})


def _build_rows(hint: object, value: object, path: str) -> tuple[object, ...]:
    if not isinstance(value, list | tuple):
        raise BadStatement(path, "{field} is no list.")
    if len(value) > MOST_ROWS:
        raise BadStatement(
            path,
            "{field} has {count} rows; at most {most} are kept.",
            "Put the rest into a file.",
            count=len(value),
            most=MOST_ROWS,
        )
    return tuple(_build(hint, one, f"{path}.{place}") for place, one in enumerate(value))


def _text(value: object, path: str) -> str:
    if not isinstance(value, str):
        raise BadStatement(path, "{field} is no text.")
    if len(value) > MOST_LETTERS:
        raise BadStatement(path, "{field} is longer than {most} letters.", "Shorten it.", most=MOST_LETTERS)
    if any((ord(one) < 32 and one not in "\n\r\t") or ord(one) == 127 or 0xD800 <= ord(one) <= 0xDFFF for one in value):
        raise BadStatement(path, "{field} has letters that cannot be printed.", "Write it again.")
    return value


def _count(value: object, path: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_COUNT:
        raise BadStatement(path, "{field} is no whole number from 0.")
    return value


def _day(value: object, path: str) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        found = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or found.isoformat() != value:
        raise BadStatement(path, "{field} is no date.", "Write it as 2026-11-22.")
    return found
