"""Whose column is which: guess it from the headers, remember it by a fingerprint, and read rows through it.

A target field is what the importer needs ("title", "isrc"); a mapping says under which header of this file it
stands. The guess compares folded headers with the field's own name and synonyms and with `synonyms.csv`, which has
the usual headers in several languages; it never maps by likeness, so that a wrong column is not read silently.
"""

import csv
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib.resources import files

from muniment.kernel.formats.tables.cells import UnreadableCell, read_cell
from muniment.kernel.formats.tables.rows import TableRow, TableRows
from muniment.kernel.formats.texts import unseen_in, without_unseen
from muniment.kernel.words.names import fold
from muniment.kernel.words.problems import BadFile, Level, Problem

_BRACKETED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")


class FieldKind(StrEnum):
    """What a cell holds; every kind but text is checked and given in one written form (see cells.py)."""

    TEXT = "text"
    DATE = "date"
    INTEGER = "integer"
    DECIMAL = "decimal"
    PERCENT = "percent"
    DURATION = "duration"


@dataclass(frozen=True, slots=True)
class TargetField:
    """A field that an importer wants: its name in our words, how senders head it, whether it must be there."""

    name: str
    synonyms: tuple[str, ...] = ()
    required: bool = False
    kind: FieldKind | str = FieldKind.TEXT


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """Under which header each target field stands; a field that is not named is not in the file.

    `header_line` is the line of the headers where other text stands above them (None: the first line that is filled).
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    header_line: int | None = None


@dataclass(frozen=True, slots=True)
class ChosenMapping:
    """The mapping to read a table through, whence it comes (given, saved, guessed), and its name if it was saved."""

    mapping: ColumnMapping
    source: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class MappedRow:
    """One row by target field (blank where the file has nothing), and what is wrong with it."""

    line: int
    values: Mapping[str, str]
    problems: tuple[Problem, ...] = ()


@cache
def _dictionary() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    with (files(__package__) / "synonyms.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found.setdefault(row["field"], []).append(row["header"])
    return {name: tuple(headers) for name, headers in found.items()}


def synonyms_of(name: str) -> tuple[str, ...]:
    """Return the headers, in several languages, under which senders give the field of this name."""
    return _dictionary().get(name, ())


def _key(header: str) -> str:
    """Return the form of a header that is compared: without what stands in brackets, folded, without blanks."""
    bare = fold(_BRACKETED.sub(" ", header).replace("#", " number ")) or fold(header)
    return bare.replace(" ", "").replace("_", "")


def guess_mapping(headers: Sequence[str], targets: Sequence[TargetField]) -> ColumnMapping:
    """Return the mapping that the headers themselves suggest; each header serves one field at most.

    Earlier targets choose first, and a field's own name goes before its synonyms, in their order.
    """
    by_key: dict[str, str] = {}
    for heading in headers:
        by_key.setdefault(_key(heading), heading)
    columns: dict[str, str] = {}
    taken: set[str] = set()
    for own_words_only in (True, False):
        for target in targets:
            words = (target.name, *target.synonyms) if own_words_only else synonyms_of(target.name)
            header = next((by_key[key] for key in map(_key, words) if by_key.get(key, "") not in taken | {""}), "")
            if header and target.name not in columns:
                columns[target.name] = header
                taken.add(header)
    return ColumnMapping(columns)


def header_fingerprint(headers: Sequence[str]) -> str:
    """Return the SHA-256 (hex) that two files share when they have the same columns, in whatever order and case."""
    return hashlib.sha256("\x1f".join(sorted(map(fold, headers))).encode()).hexdigest()


def fit_columns(columns: Mapping[str, str], headers: Sequence[str]) -> Mapping[str, str] | None:
    """Return remembered columns under the headers of a file, which may differ in case; None where one is not there."""
    by_fold = {fold(header): header for header in reversed(headers)}
    found = {name: header if header in headers else by_fold.get(fold(header), "") for name, header in columns.items()}
    return found if all(found.values()) else None


def check_mapping(
    headers: Sequence[str], mapping: ColumnMapping, targets: Sequence[TargetField]
) -> tuple[Problem, ...]:
    """Return what keeps the mapping from being used: required fields without a column, columns that are not there."""
    found = ", ".join(map(repr, headers))
    problems = [
        Problem(
            1,
            target.name,
            "table.missing_column",
            f"No column gives {target.name.replace('_', ' ')!r}; the columns found are {found}.",
            f"Say which column it is, or head it {target.name!r}.",
        )
        for target in targets
        if target.required and target.name not in mapping.columns
    ]
    problems += [
        Problem(
            1,
            name,
            "table.unknown_column",
            f"The mapping wants a column {header!r}; the columns found are {found}.",
            "Choose a mapping that fits this file, or make a new one.",
        )
        for name, header in mapping.columns.items()
        if header not in headers
    ]
    return tuple(problems)


def map_rows(table: TableRows, mapping: ColumnMapping, targets: Sequence[TargetField]) -> Iterator[MappedRow]:
    """Read the rows of a table through a mapping; each row carries its own problems.

    A missing value of a required field, or a cell that is not what its field holds, is a problem of that row; what
    it says of other fields stands.

    Raises:
        BadFile: at once, where `check_mapping` finds something.
    """
    problems = check_mapping(table.headers, mapping, targets)
    if problems:
        raise BadFile(problems[0].message, problems[0].remedy)
    places = {
        target.name: table.headers.index(mapping.columns[target.name])
        for target in targets
        if target.name in mapping.columns
    }
    return (_map_row(row, places, targets, mapping.columns) for row in table.rows)


def _unseen(line: int, header: str, unseen: str, text: str) -> Problem:
    message = f"The cell has characters that cannot be seen ({unseen}); it is taken as {text[:60]!r}."
    return Problem(line, header, "table.unseen", message, "Write it again without them.", Level.WARNING)


def _map_row(
    row: TableRow, places: Mapping[str, int], targets: Sequence[TargetField], columns: Mapping[str, str]
) -> MappedRow:
    values: dict[str, str] = {}
    problems: list[Problem] = []
    for target in targets:
        place = places.get(target.name)
        text = row.cells[place] if place is not None else ""
        if unseen := unseen_in(text):
            text = without_unseen(text)
            problems.append(_unseen(row.line, columns[target.name], unseen, text))
        try:
            values[target.name] = read_cell(text, target.kind) if text else ""
        except UnreadableCell as error:
            values[target.name] = ""
            problems.append(Problem(row.line, columns[target.name], "table.bad_value", error.message, error.remedy))
            continue
        if target.required and not text:
            problems.append(
                Problem(
                    row.line,
                    columns.get(target.name, target.name),
                    "table.missing_value",
                    f"The row gives no {target.name.replace('_', ' ')}.",
                    "Fill it in and import the corrected rows.",
                )
            )
    return MappedRow(row.line, values, tuple(problems))
