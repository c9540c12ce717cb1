"""The layouts and rules of CWR as data: which field stands where, and what each rule costs and says.

`layout_21.csv` holds CWR 2.1 (facts of CISAC's CWR11-1991R4), `layout_22.csv` the records in which 2.2 (CWR19-1070R1)
differs, `lookups.csv` the codes with labels of our own, `rules_21.csv` the rules in words of our own. Rule numbers
follow the standard's, as in CWR.TR.NWR-11: level TR, record NWR, rule 11 (F: of a field).

Columns of a layout: start and size in characters from 1; format A text, L code of a table, N number, S share, D date,
T duration, C clock time, F flag Y/N/U, B flag Y/N, I IPI name number, J IPI base number, W ISWC, R ISRC, V territory,
Y society; `required` what a blank field costs, `invalid` what an unreadable one costs (else FR), `default` what is
used then.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from muniment.kernel.words.problems import Level, Problem


class Severity(StrEnum):
    """What a broken rule costs, from the whole file down to one field."""

    FILE = "ER"
    GROUP = "GR"
    TRANSACTION = "TR"
    RECORD = "RR"
    FIELD = "FR"


@dataclass(frozen=True, slots=True)
class FieldLayout:
    """One field of a record: where it stands, what it holds, what its absence costs, what stands for it then."""

    name: str
    start: int
    end: int
    form: str
    required: str
    invalid: str
    blank: str | int | None
    codes: str


@dataclass(frozen=True, slots=True)
class RecordLayout:
    """One kind of record: its fields in order and its whole length in characters."""

    kind: str
    fields: tuple[FieldLayout, ...]
    length: int


Layout = Mapping[str, RecordLayout]

_BLANKS: Mapping[str, int | None] = {"S": 0, "N": None, "D": None, "T": None, "V": None}
"""What stands for a blank field of each format; "" for the others."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the standard in our words; `message` and `remedy` have places for what was found."""

    name: str
    severity: Severity
    message: str
    remedy: str


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (files(__package__) / name).open(encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _read_layout(name: str) -> dict[str, RecordLayout]:
    found: dict[str, list[FieldLayout]] = {}
    for row in _rows(name):
        start = int(row["start"]) - 1
        field = FieldLayout(
            name=row["field"],
            start=start,
            end=start + int(row["size"]),
            form=row["format"],
            required=row["required"],
            invalid=row["invalid"] or "FR",
            blank=row["default"] or _BLANKS.get(row["format"], ""),
            codes=row["codes"],
        )
        for kind in row["record"].split("/"):
            found.setdefault(kind, []).append(field)
    return {kind: RecordLayout(kind, tuple(fields), max(f.end for f in fields)) for kind, fields in found.items()}


@cache
def layout_of(version: str) -> Layout:
    """Return the layout of a group's version, "02.10" or "02.20"; KeyError for others."""
    first = _read_layout("layout_21.csv")
    return {"02.10": first, "02.20": {**first, **_read_layout("layout_22.csv")}}[version]


VERSIONS = ("02.10", "02.20")


@cache
def codes_of(table: str) -> Mapping[str, str]:
    """Return a lookup table: code and our label."""
    return {row["code"]: row["label"] for row in _rows("lookups.csv") if row["table"] == table}


@cache
def rules() -> Mapping[str, Rule]:
    """Return every rule that is checked, by its name."""
    return {
        row["id"]: Rule(row["id"], Severity(row["level"]), row["message"], row["remedy"])
        for row in _rows("rules_21.csv")
    }


def severity_of(problem: Problem) -> Severity:
    """Return what the broken rule costs."""
    return rules()[problem.rule].severity


def break_rule(name: str, line: int | None, field: str, **found: object) -> Problem:
    """Return the problem that a broken rule is; `found` fills the places of its text."""
    rule = rules()[name]
    level = Level.WARNING if rule.severity is Severity.FIELD else Level.ERROR
    return Problem(line, field, name, rule.message.format(**found), rule.remedy, level)
