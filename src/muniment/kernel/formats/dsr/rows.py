"""Rows of a DSR flat file by the cells of their record type, and the same rows written again byte for byte.

A record type is written AS02, AS02.02 or AS0202; a version that the tables lack is read by the cells of its family,
since versions differ at their ends. Bars part repeated cells; a backslash before a bar makes it a letter.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from muniment.kernel.formats.dsr.tables import FAMILY_LETTERS, RecordShape, shapes
from muniment.kernel.words.problems import Problem

ALIASES = {"SRHE": "HEAD", "FHEA": "HEAD", "FFOO": "FOOT"}
ASK = "Ask the service for a corrected report."

_DIGITS = 16
_WHOLE = re.compile(r"(-?[0-9]{1,15})(?:\.0*)?")
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class DsrRow:
    """One row: its record type without point ("AS0202"), its line, its cells behind the record type as they stand."""

    record: str
    line: int
    cells: tuple[str, ...]
    shape: RecordShape

    @property
    def family(self) -> str:
        """Return the record type without its version ("AS02")."""
        return self.record[:FAMILY_LETTERS]

    def raw(self, meaning: str) -> str:
        """Return the cell of a meaning as it stands ("" where the row has none)."""
        place = self.shape.places.get(meaning, -1)
        return self.cells[place] if 0 <= place < len(self.cells) else ""

    def text(self, meaning: str) -> str:
        """Return a cell's text with its escapes resolved ("" where the row has none)."""
        text = self.raw(meaning)
        return unescape(text.strip()) if text else ""

    def number(self, meaning: str) -> int | None:
        """Return a whole number (None where the cell is blank); `read_row` has seen that it is one."""
        text = self.raw(meaning).strip()
        found = _WHOLE.fullmatch(text)
        return int(found[1]) if found else None

    def parts(self, meaning: str) -> tuple[str, ...]:
        """Return the parts of a repeated cell, without blank ones."""
        text = self.raw(meaning)
        return tuple(part for part in map(str.strip, split_parts(text)) if part) if text else ()


@dataclass(frozen=True, slots=True)
class DsrLine:
    """A line as it stands: the record type as written, the cells behind it, the line end; comments have no cells."""

    name: str
    cells: tuple[str, ...]
    ending: str = "\n"

    @property
    def record(self) -> str:
        """Return the record type in one form, or "" of a comment or blank line."""
        return "" if not self.name.strip() or self.name.startswith("#") else record_type(self.name)


def plain_lines(lines: Iterable[str]) -> Iterator[DsrLine]:
    """Yield the lines of a report without understanding them; a comment keeps its tabs in its name."""
    for line in lines:
        content = line.rstrip("\r\n")
        ending = line[len(content) :]
        if not content.strip() or content.startswith("#"):
            yield DsrLine(content, (), ending)
        else:
            name, *cells = content.split("\t")
            yield DsrLine(name, tuple(cells), ending)


def write_lines(lines: Iterable[DsrLine]) -> Iterator[bytes]:
    """Yield the bytes of lines: what `plain_lines` read comes out as it was."""
    for line in lines:
        yield ("\t".join((line.name, *line.cells)) + line.ending).encode()


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


def shape_of(record: str) -> RecordShape:
    """Return the shape of a record type or of its family; KeyError where the tables have neither."""
    return shapes().get(record) or shapes()[record[:FAMILY_LETTERS]]


def read_row(record: str, line: int, cells: list[str]) -> DsrRow | Problem:
    """Return the row, or why it is of no use; missing cells at its end are blank."""
    shape = shape_of(record)
    for place in shape.needed:
        if place >= len(cells) or not cells[place].strip():
            message = "The cell is blank and the row is of no use without it."
            return useless(record, line, shape.columns[place].name, "DSR.MISSING", message)
    for place in shape.numbers:
        text = cells[place].strip() if place < len(cells) else ""
        whole = text.isascii() and text.isdigit() and len(text) < _DIGITS
        if text and not whole and _WHOLE.fullmatch(text) is None:
            message = f"{text[:40]!r} is not a whole number."
            return useless(record, line, shape.columns[place].name, "DSR.NUMBER", message)
    return DsrRow(record, line, tuple(cells), shape)


def useless(record: str, line: int, name: str, rule: str, message: str) -> Problem:
    """Return the problem of a row that cannot be used because of one cell."""
    return Problem(line, f"{record} {name}", rule, message, ASK)
