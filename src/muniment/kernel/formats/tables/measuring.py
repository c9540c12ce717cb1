"""What a sheet of a workbook would cost to read: its cells, how far they lie, the texts they refer to.

The reader of workbooks holds the whole rectangle, and a copy of a shared text for each cell that refers to it; a
kilobyte can ask for gigabytes of either. A sheet is measured by the letters of its tags where every cell is written as
programs write it, and by a parser where one is not, so that nothing is read that was not measured.
"""

import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import Any, cast

from lxml import etree

from muniment.kernel.words.problems import BadFile

RECTANGLE_CELLS = 50_000_000
"""The largest rectangle that the cells of a sheet may span."""
SPARSE_CELLS = 1_000_000
"""A larger rectangle must have a cell in each `SPARSE_TIMES` of its places."""
SPARSE_TIMES = 50
SHARED_LETTERS = 256 * 1024**2
"""The most letters that the cells of a sheet may have from shared texts, all copies counted."""
MOST_COLUMNS, MOST_ROWS = 16_384, 1_048_576

_CHUNK_BYTES = 1024 * 1024
_LONGEST_CELL_BYTES = 4 * 1024 * 1024
_TEXTS = "xl/sharedstrings.xml"
_CELL = re.compile(rb'<(?:\w+:)?c r="([A-Z]{1,3})(\d{1,7})"')
_ANY_CELL = re.compile(rb"<(?:[^\s<>/:]+:)?c[\s/>]")
_SHARED = re.compile(rb'\st="s"[^<>]*><(?:\w+:)?v>(\d{1,8})</(?:\w+:)?v></(?:\w+:)?c>')
_ANY_SHARED = re.compile(rb"""\st\s*=\s*["']s["']""")
_VALUE = re.compile(rb"<(?:\w+:)?(?:v|is|f)\b")
PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_ROW = re.compile(r"\d{1,7}")


class Unmeasurable(BadFile):
    """A sheet has cells whose place cannot be told."""


@dataclass(slots=True)
class Extent:
    """What was measured of a sheet; `shared` are the numbers of the shared texts that its cells refer to."""

    cells: int = 0
    right: int = 0
    bottom: int = 0
    filled: bool = False
    shared: list[int] = field(default_factory=list)

    @property
    def rectangle(self) -> int:
        """Return how many places there are from the first one of the sheet to the farthest cell; all are walked."""
        return self.right * self.bottom

    @property
    def is_far(self) -> bool:
        """Say whether the cells lie farther apart than those of any table."""
        most = min(RECTANGLE_CELLS, max(SPARSE_CELLS, SPARSE_TIMES * self.cells))
        return self.right > MOST_COLUMNS or self.bottom > MOST_ROWS or self.rectangle > most


class Sheets:
    """The sheets of a workbook by name, measured once each."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        """Look where the sheets lie.

        Raises:
            BadFile: two parts have one name but for large and small letters, which programs read differently.
            KeyError, lxml.etree.XMLSyntaxError: it is no workbook.
        """
        self._archive = archive
        self._names = archive.namelist()
        if len({name.lower() for name in self._names}) < len(self._names):
            raise BadFile("The workbook has two parts of one name.", "Open it and save it again.")
        self._parts = _parts_of_sheets(archive)
        self._extents: dict[str, Extent] = {}

    def part(self, name: str) -> str | None:
        """Return the part of the archive that holds a sheet (None: a sheet of another kind)."""
        part = self._parts.get(name)
        return part if part in self._names else None

    def extent(self, name: str) -> Extent:
        """Return what was measured of a sheet.

        Raises:
            Unmeasurable: the place of a cell cannot be told.
        """
        part = self.part(name)
        if part is None:
            return Extent()
        if part not in self._extents:
            self._extents[part] = _by_letters(self._archive, part) or _parsed(self._archive, part)
        return self._extents[part]

    def shared_letters(self, extent: Extent) -> int:
        """Return how many letters the cells of a sheet have from shared texts, all copies counted."""
        if not extent.shared:
            return 0
        lengths = self._text_lengths
        return sum(lengths[number] for number in extent.shared if number < len(lengths))

    @cached_property
    def _text_lengths(self) -> list[int]:
        part = next((name for name in self._names if name.lower() == _TEXTS), None)
        return parse_part(self._archive, part, _Texts()).lengths if part is not None else []


def _parts_of_sheets(archive: zipfile.ZipFile) -> dict[str, str]:
    links: dict[str, str] = {}
    for attributes in parse_part(archive, "xl/_rels/workbook.xml.rels", _Attributes("Relationship")).found:
        links[attributes.get("Id", "")] = attributes.get("Target", "")
    parts: dict[str, str] = {}
    for attributes in parse_part(archive, "xl/workbook.xml", _Attributes("sheet")).found:
        ids = [value for name, value in attributes.items() if name.rpartition("}")[2] == "id"]
        target = links.get(ids[0], "") if len(ids) == 1 else ""
        parts.setdefault(attributes.get("name", ""), target.removeprefix("/") if target[:1] == "/" else f"xl/{target}")
    return parts


def column_number(letters: str) -> int:
    """Return the number of a spreadsheet column: A is 1, AA is 27."""
    return list(accumulate(letters, lambda number, letter: number * 26 + ord(letter) - 64, initial=0))[-1]


def _windows(archive: zipfile.ZipFile, part: str) -> Iterator[bytes | None]:
    """Give a sheet in pieces that end before a cell, and None where a cell is longer than any."""
    kept = b""
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            window = kept + chunk
            near = max(window.rfind(b"<c "), window.rfind(b":c "))
            cut = window.rfind(b"<", 0, near + 1) if near >= 0 else window.rfind(b"<")
            cut = max(cut, 0)
            yield window[:cut]
            kept = window[cut:]
            if len(kept) > _LONGEST_CELL_BYTES:
                yield None
    yield kept


def _by_letters(archive: zipfile.ZipFile, part: str) -> Extent | None:
    """Measure a sheet whose cells are all written as programs write them; None: one is not."""
    extent = Extent()
    columns: set[bytes] = set()
    for window in _windows(archive, part):
        if window is None:
            return None
        found = _CELL.findall(window)
        shared = _SHARED.findall(window)
        if len(_ANY_CELL.findall(window)) != len(found) or len(_ANY_SHARED.findall(window)) != len(shared):
            return None
        extent.cells += len(found)
        columns.update(letters for letters, _ in found)
        extent.bottom = max([extent.bottom, *(int(digits) for _, digits in found)])
        extent.shared += map(int, shared)
        extent.filled = extent.filled or _VALUE.search(window) is not None
    extent.right = max((column_number(letters.decode()) for letters in columns), default=0)
    return extent


def _parsed(archive: zipfile.ZipFile, part: str) -> Extent:
    return parse_part(archive, part, _Cells()).extent


def parse_part[Target](archive: zipfile.ZipFile, part: str, target: Target) -> Target:
    """Let a target of lxml see every element of a part; no tree is built, no entity is resolved."""
    parser = etree.XMLParser(target=cast(Any, target), resolve_entities=False, no_network=True, load_dtd=False)
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            parser.feed(chunk)
    parser.close()
    return target


class _Attributes:
    """Keeps the attributes of the elements of one local name."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.found: list[dict[str, str]] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Keep the attributes of an element that is looked for."""
        if tag.rpartition("}")[2] == self._name:
            self.found.append(dict(attributes))

    def close(self) -> None:
        """End; lxml asks for it."""


class _Texts:
    """Counts the letters of each shared text."""

    def __init__(self) -> None:
        self.lengths: list[int] = []

    def start(self, tag: str, _attributes: Mapping[str, str]) -> None:
        """Begin to count where a text begins."""
        if tag.rpartition("}")[2] == "si":
            self.lengths.append(0)

    def data(self, text: str) -> None:
        """Count letters."""
        if self.lengths:
            self.lengths[-1] += len(text)

    def close(self) -> None:
        """End; lxml asks for it."""


class _Cells:
    """Finds the place of each cell as the reader of workbooks does: by its own name, or next to the one before."""

    def __init__(self) -> None:
        self.extent = Extent()
        self._row, self._column = 1, 1
        self._refers, self._number = False, ""

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Take the place of a row or cell."""
        match tag.rpartition("}")[2]:
            case "row":
                self._begin_row(attributes.get("r"))
            case "c":
                self._begin_cell(attributes)
            case "v" | "is" | "f":
                self.extent.filled = True
                self._number = ""

    def _begin_row(self, told: str | None) -> None:
        if told is not None:
            if _ROW.fullmatch(told) is None:
                raise Unmeasurable(f"The row {told[:20]!r} has no place.", "Open the workbook and save it again.")
            self._row = int(told)

    def _begin_cell(self, attributes: Mapping[str, str]) -> None:
        line, told = self._row, attributes.get("r")
        if told is not None:
            found = PLACE.fullmatch(told)
            if found is None:
                raise Unmeasurable(f"The cell {told[:20]!r} has no place.", "Open the workbook and save it again.")
            self._column, line = column_number(found[1]), int(found[2])
        self.extent.cells += 1
        self.extent.right, self.extent.bottom = max(self.extent.right, self._column), max(self.extent.bottom, line)
        self._column += 1
        self._refers = attributes.get("t") == "s"

    def data(self, text: str) -> None:
        """Take the number of a shared text."""
        if self._refers:
            self._number += text

    def end(self, tag: str) -> None:
        """End a row, a cell or what it refers to."""
        match tag.rpartition("}")[2]:
            case "row":
                self._row, self._column = self._row + 1, 1
            case "v" if self._refers:
                number = self._number.strip()
                if number.isascii() and number.isdigit() and len(number) < 9:
                    self.extent.shared.append(int(number))
                self._number = ""
            case "c":
                self._refers = False

    def close(self) -> None:
        """End; lxml asks for it."""
