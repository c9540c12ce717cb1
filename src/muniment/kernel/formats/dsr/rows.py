"""Rows of a DSR flat file by the columns of their record type.

`records.csv` has, in order, the cells of each record type (facts of DDEX's Basic Audio profile 1.0 to 1.2, of its 1.4
versions as far as known, and the usage records of the UGC profile): `kind` text, number or list, `required` M where a
row is of no use without the cell. A record type is written AS02, AS02.02 or AS0202; a version that the table lacks is
read by the columns of its family, since versions differ at their ends.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files

from muniment.kernel.words.problems import Problem

FAMILY_LETTERS = 4
ALIASES = {"SRHE": "HEAD", "FHEA": "HEAD", "FFOO": "FOOT"}

_DIGITS = 19
_WHOLE = re.compile(r"(-?[0-9]{1,18})(?:\.0*)?")
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class RowShape:
    """The columns of a record type after the record type itself, and which of them are checked."""

    names: tuple[str, ...]
    required: tuple[str, ...]
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DsrRow:
    """One row: its record type without point ("AS0202"), its line, the text of each cell by name."""

    record: str
    line: int
    cells: Mapping[str, str]

    @property
    def family(self) -> str:
        """Return the record type without its version ("AS02")."""
        return self.record[:FAMILY_LETTERS]

    def text(self, name: str) -> str:
        """Return a cell's text with its escapes resolved ("" where the row has none)."""
        text = self.cells.get(name, "")
        return unescape(text.strip()) if text else ""

    def number(self, name: str) -> int | None:
        """Return a whole number (None where the cell is blank)."""
        text = self.cells.get(name, "").strip()
        return int(text) if text else None

    def parts(self, name: str) -> tuple[str, ...]:
        """Return the parts of a repeated cell, without blank ones."""
        text = self.cells.get(name, "")
        return tuple(part for part in map(str.strip, split_parts(text)) if part) if text else ()


@cache
def columns() -> Mapping[str, RowShape]:
    """Return the shape of every record type; a family that has no version of its own stands for its latest."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    with (files(__package__) / "records.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["cell"] != "record_type":
                found.setdefault(row["record"], []).append((row["cell"], row["kind"], row["required"]))
    families = {record[:FAMILY_LETTERS]: cells for record, cells in sorted(found.items())}
    found = {**families, **found}
    return {
        record: RowShape(
            names=tuple(name for name, _, _ in cells),
            required=tuple(name for name, _, required in cells if required),
            numbers=tuple(name for name, kind, _ in cells if kind == "number"),
        )
        for record, cells in found.items()
    }


def unescape(text: str) -> str:
    """Return a cell's text with backslash pairs resolved: a bar or a backslash that is meant as such."""
    return _ESCAPED.sub(r"\1", text) if "\\" in text else text


def escape(text: str) -> str:
    """Return the text as one part of a cell."""
    return text.replace("\\", "\\\\").replace("|", "\\|")


def split_parts(text: str) -> list[str]:
    """Return the parts of a cell that bars divide; a bar behind a backslash divides nothing."""
    if "\\" not in text:
        return text.split("|") if text else []
    parts: list[str] = []
    part: list[str] = []
    letters = iter(text)
    for letter in letters:
        if letter == "\\":
            part.append(next(letters, ""))
        elif letter == "|":
            parts.append("".join(part))
            part = []
        else:
            part.append(letter)
    parts.append("".join(part))
    return parts


@lru_cache(maxsize=256)
def record_type(text: str) -> str:
    """Return a record type in one form: AS02.02 and AS0202 are the same, older names have the newer."""
    plain = text.strip().upper().replace(".", "")
    return ALIASES.get(plain, plain)


def read_row(record: str, line: int, texts: list[str]) -> DsrRow | Problem:
    """Return the row, or why it is of no use; missing cells at its end are blank.

    `record` is in the table, or its family is.
    """
    shape = columns().get(record) or columns()[record[:FAMILY_LETTERS]]
    cells = dict(zip(shape.names, texts, strict=False))
    for name in shape.required:
        if not cells.get(name, "").strip():
            return _useless(record, line, name, "DSR.MISSING", "The cell is blank and the row is of no use without it.")
    for name in shape.numbers:
        text = cells.get(name, "").strip()
        if text and not (text.isascii() and text.isdigit() and len(text) < _DIGITS):
            found = _WHOLE.fullmatch(text)
            if found is None:
                return _useless(record, line, name, "DSR.NUMBER", f"{text[:40]!r} is not a whole number.")
            cells[name] = found[1]
    return DsrRow(record, line, cells)


def _useless(record: str, line: int, name: str, rule: str, message: str) -> Problem:
    return Problem(line, f"{record} {name}", rule, message, "Ask the service for a corrected report.")
