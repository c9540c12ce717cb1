"""The form of an application: the fields that its profile asks for, in groups; from a statement to texts and back.

Rows (applicants, sources) are repeated without JavaScript: there is always an empty one at the end, and rows that are
left empty fall away. What cannot be read stays in its box with what is wrong, so that nothing typed is lost.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date

from django.http import QueryDict
from django.utils.functional import Promise

from muniment.interfaces.phrases import in_language
from muniment.interfaces.registry_fields import FIELD_GROUPS, FIELD_NAMES, PART_NAMES, field_label
from muniment.interfaces.registry_form_words import HELP, WORK_KIND_NAMES
from muniment.interfaces.registry_words import registry_word
from muniment.rights.registry.rules.application import (
    Applicant,
    BadStatement,
    Kind,
    NotarialAct,
    Source,
    Statement,
    build_statement,
    statement_text,
)
from muniment.rights.registry.rules.precheck import Finding
from muniment.rights.registry.rules.precheck.fields import WORDS
from muniment.rights.registry.rules.profiles import Need, Profile

_ROWS: Mapping[str, type] = {"applicants": Applicant, "sources": Source}
_RECORDS: Mapping[str, type] = {"notarial_act": NotarialAct, "transferee": Applicant}
_LONG = frozenset({"scenario", "summary", "processing", "sample", "reason", "structure", "authors"})
_COUNTS = frozenset({"record_count", "byte_count"})
_MOST_ROWS = 60
"""So many rows a form takes; longer lists are sent as a file, by the registry's interface."""

Texts = Mapping[str, str]
"""What stands in the boxes, by path: a tick is "1", several words stand on a line each."""


@dataclass(frozen=True, slots=True)
class Note:
    """What is wrong with a box: an error or a warning, and what to do."""

    level: str
    text: str
    remedy: str = ""
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """One input. `way` is line, long, number, date, tick, choice or ticks; `options` are codes with their names."""

    path: str
    label: str
    help: str
    way: str
    text: str
    is_required: bool
    notes: tuple[Note, ...]
    options: tuple[tuple[str, str], ...] = ()

    @property
    def chosen(self) -> tuple[str, ...]:
        """Return the codes that are chosen."""
        return tuple(self.text.split("\n"))


@dataclass(frozen=True, slots=True)
class Row:
    """The boxes of one person, source or act."""

    path: str
    label: str
    boxes: tuple[Box, ...]
    is_new: bool


@dataclass(frozen=True, slots=True)
class Rows:
    """A field of rows; one that `is_repeated` ends with an empty row."""

    path: str
    label: str
    help: str
    is_required: bool
    notes: tuple[Note, ...]
    rows: tuple[Row, ...]
    is_repeated: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Fields under a heading."""

    heading: str | Promise
    items: tuple[Box | Rows, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """What was sent: the texts, the statement without what cannot be read, and what that is."""

    texts: Texts
    statement: Statement
    wrong: tuple[BadStatement, ...]


@dataclass(frozen=True, slots=True)
class _Making:
    profile: Profile
    needs: tuple[str, ...]
    texts: Texts
    notes: Mapping[str, tuple[Note, ...]]
    deposits: tuple[tuple[str, str], ...]


def shown_fields(profile: Profile, kind: Kind) -> tuple[str, ...]:
    """Return the fields that an application of a kind is asked for, without parts of rows."""
    procedure = profile.procedures[kind]
    asked = [name for name, need in profile.fields.items() if "." not in name and need is not Need.ABSENT]
    return (*(asked if procedure.is_whole_form else ()), *procedure.needs)


def texts_of(statement: Statement, shown: Sequence[str]) -> dict[str, str]:
    """Return what stands in the boxes for a statement."""
    found: dict[str, str] = {}
    for name in shown:
        value = getattr(statement, name)
        if name in _ROWS:
            for place, row in enumerate(value):
                found.update(_part_texts(f"{name}.{place}", row))
        elif name in _RECORDS:
            found.update({} if value is None else _part_texts(name, value))
        elif name == "structure":
            found[name] = "\n".join(_column_line(one.name, one.kind, one.meaning) for one in value)
        else:
            found[name] = _text(value)
    return found


def read_form(post: QueryDict, profile: Profile, kind: Kind, before: Statement) -> Read:
    """Return what a form states; fields that it does not show stay as they were."""
    shown = shown_fields(profile, kind)
    texts = _sent_texts(post, profile, shown)
    values: dict[str, object] = json.loads(statement_text(before))
    values.update({name: _value(name, texts) for name in shown})
    wrong: list[BadStatement] = []
    while True:
        try:
            return Read(texts, replace(build_statement(values), subject=profile.subject), tuple(wrong))
        except BadStatement as error:
            wrong.append(error)
            _leave_out(values, error.field.split("."))


def groups_of(
    profile: Profile,
    kind: Kind,
    texts: Texts,
    *,
    findings: Sequence[Finding] = (),
    wrong: Sequence[BadStatement] = (),
    deposits: Sequence[tuple[str, str]] = (),
) -> tuple[Group, ...]:
    """Return the form: its groups of boxes with their texts, and beside each what is wrong with it.

    `deposits` are the numbers and titles of what the applicant deposited.
    """
    notes: dict[str, tuple[Note, ...]] = {}
    for bad in wrong:
        notes[bad.field] = (*notes.get(bad.field, ()), Note("error", in_language(bad.message), in_language(bad.remedy)))
    for one in findings:
        notes[one.field] = (*notes.get(one.field, ()), _note(one))
    needs = profile.procedures[kind].needs
    making = _Making(profile, needs, texts, notes, tuple(deposits))
    shown = set(shown_fields(profile, kind))
    groups = (
        Group(heading, tuple(_item(making, name) for name in names if name in shown)) for heading, names in FIELD_GROUPS
    )
    return tuple(group for group in groups if group.items)


def _note(one: Finding) -> Note:
    return Note(one.level, in_language(one.message), in_language(one.remedy), in_language(one.basis))


def _item(making: _Making, name: str) -> Box | Rows:
    if name not in _ROWS and name not in _RECORDS:
        return _box(making, name)
    rows = tuple(_rows(making, name)) if name in _ROWS else (_row(making, name, name, _RECORDS[name], False),)
    return Rows(
        path=name,
        label=str(FIELD_NAMES[name]),
        help=str(HELP.get(name, "")),
        is_required=_is_required(making, name),
        notes=making.notes.get(name, ()),
        rows=rows,
        is_repeated=name in _ROWS,
    )


def _rows(making: _Making, name: str) -> Iterator[Row]:
    count = len(_places(making.texts, name))
    for place in range(count + 1):
        yield _row(making, f"{name}.{place}", name, _ROWS[name], place == count)


def _row(making: _Making, path: str, name: str, kind: type, is_new: bool) -> Row:
    parts = _parts(making.profile, name, kind)
    return Row(path, field_label(path), tuple(_box(making, f"{path}.{part}") for part in parts), is_new)


def _box(making: _Making, path: str) -> Box:
    name, parent, part = _unnumbered(path), path.partition(".")[0], path.rpartition(".")[2]
    options = _options(making, name)
    below = () if name in _ROWS else tuple(key for key in making.notes if key.startswith(f"{path}."))
    way = "line"
    if name in _LONG:
        way = "long"
    elif part.endswith("_on"):
        way = "date"
    elif name in _COUNTS:
        way = "number"
    elif part.startswith(("is_", "has_")):
        way = "tick"
    elif options:
        way = "ticks" if name == "rights_claimed" else "choice"
    return Box(
        path=path,
        label=str(FIELD_NAMES[path]) if path == parent else str(PART_NAMES[part]),
        help=str(HELP.get(name, "")),
        way=way,
        text=making.texts.get(path, ""),
        is_required=_is_required(making, name),
        notes=tuple(note for key in (path, *below) for note in making.notes.get(key, ())),
        options=options,
    )


def _options(making: _Making, name: str) -> tuple[tuple[str, str], ...]:
    """Return the words that a field is chosen from; none where it is free."""
    if name == "deposit":
        known = dict(making.deposits)
        chosen = making.texts.get("deposit", "")
        if chosen and chosen not in known:
            known[chosen] = ""
        return tuple((number, f"{number} {title}".strip()) for number, title in known.items())
    if name == "work_kind":
        return tuple((code, str(WORK_KIND_NAMES.get(code, code))) for code in WORDS[name])
    return tuple((code, registry_word(code)) for code in WORDS.get(name, ()))


def _is_required(making: _Making, name: str) -> bool:
    parent, _, part = name.partition(".")
    if parent in making.needs:
        return not part or part in ("name", "kind", "identifier")
    return making.profile.fields.get(name) is Need.REQUIRED


def _parts(profile: Profile, name: str, kind: type) -> tuple[str, ...]:
    """Return the parts of a row that are asked for; of whom a right passes to, all but the role."""
    names = tuple(one.name for one in fields(kind))
    if name == "transferee":
        return tuple(part for part in names if part != "role")
    return tuple(part for part in names if profile.fields[f"{name}.{part}"] is not Need.ABSENT)


def _part_texts(path: str, record: object) -> dict[str, str]:
    return {f"{path}.{one.name}": _text(getattr(record, one.name)) for one in fields(record)}  # type: ignore[arg-type]


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return "\n".join(value)
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if value else ""


def _column_line(*parts: str) -> str:
    """Return a column as a line; a tab parts it where a part has a stroke in it."""
    plain = [" ".join(part.split()) for part in parts]
    return ("\t" if any("|" in part for part in plain) else " | ").join(plain).rstrip(" |\t")


def _sent_texts(post: QueryDict, profile: Profile, shown: Sequence[str]) -> dict[str, str]:
    """Return the texts of a form that was sent, without rows that are empty or to be taken out."""
    removed = set(post.getlist("remove"))
    found: dict[str, str] = {}
    for name in shown:
        if name in _ROWS:
            parts = _parts(profile, name, _ROWS[name])
            rows = [
                {part: _clean(post.get(f"{name}.{place}.{part}", "")) for part in parts}
                for place in _places(post, name)
                if f"{name}.{place}" not in removed
            ]
            for place, row in enumerate(row for row in rows if any(row.values())):
                found.update({f"{name}.{place}.{part}": text for part, text in row.items()})
        elif name in _RECORDS:
            for part in _parts(profile, name, _RECORDS[name]):
                found[f"{name}.{part}"] = _clean(post.get(f"{name}.{part}", ""))
        elif name == "rights_claimed":
            found[name] = "\n".join(post.getlist(name))
        else:
            found[name] = _clean(post.get(name, ""))
    return found


def _clean(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _places(names: Texts | QueryDict, name: str) -> list[int]:
    """Return the numbers of the rows of a field that texts are there for."""
    parts = (key.split(".") for key in names if key.startswith(f"{name}."))
    found = {int(part[1]) for part in parts if len(part) == 3 and part[1].isdecimal() and len(part[1]) < 4}
    return sorted(found)[:_MOST_ROWS]


def _value(name: str, texts: Texts) -> object:
    """Return a field as plain values, as JSON would have it."""
    if name in _ROWS:
        return [_record(texts, f"{name}.{place}", _ROWS[name], place) for place in _places(texts, name)]
    if name in _RECORDS:
        record = _record(texts, name, _RECORDS[name], 0)
        return record if any(value for key, value in record.items() if key != "role") else None
    text = texts.get(name, "")
    if name == "structure":
        return [_column(line) for line in text.split("\n") if line.strip()]
    if name in ("authors", "rights_claimed"):
        return [line.strip() for line in text.split("\n") if line.strip()]
    if name in _COUNTS:
        plain = text.replace(",", "").replace(" ", "") or "0"
        return int(plain) if plain.isdecimal() and len(plain) < 25 else text
    if name.endswith("_on"):
        return text or None
    return text == "1" if name.startswith(("is_", "has_")) else text


def _record(texts: Texts, path: str, kind: type, place: int) -> dict[str, object]:
    found: dict[str, object] = {one.name: texts.get(f"{path}.{one.name}", "") for one in fields(kind)}
    for name, value in found.items():
        if name.endswith("_on"):
            found[name] = value or None
    if kind is Applicant and not found["role"]:
        found["role"] = "co_holder" if place else "holder"
    return found


def _column(line: str) -> dict[str, str]:
    parts = [part.strip() for part in line.split("\t" if "\t" in line else "|", 2)]
    return dict(zip(("name", "kind", "meaning"), parts, strict=False))


def _leave_out(values: dict[str, object], path: Sequence[str]) -> None:
    """Take the value at a path out, so that the rest can be read."""
    inner: object = values
    for part in path[:-1]:
        inner = inner[int(part)] if isinstance(inner, list) else inner[part]  # type: ignore[index]
    if isinstance(inner, list):
        inner[int(path[-1])] = ""
    else:
        del inner[path[-1]]  # type: ignore[attr-defined]


def _unnumbered(path: str) -> str:
    return ".".join(part for part in path.split(".") if not part.isdecimal())
