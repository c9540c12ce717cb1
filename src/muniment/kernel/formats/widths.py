"""Records of fixed width by a table: what formats share of which we have only a part of the layout.

A table is a CSV file with the columns record, field, start, size, source and note. `start` and `size` count from 1;
`source` is "told" for what somebody outside found and "ours" for a place that we chose because nobody told it.
Whoever has the real layout puts a file of the same name into a folder and names that in the environment.
"""

import csv
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import BinaryIO

from muniment.kernel.words.problems import BadFile, UserError

PREFIX = 19
"""The bytes before the fields of a detail record: its kind and two numbers of eight digits."""
LONGEST_LINE = 64 * 1024

_OURS = "ours"
_KIND = 3
_LARGEST_PLACE = 10_000


class BadLayout(UserError):
    """A table that was put in place of ours is no layout."""


class Unwritable(UserError):
    """A value does not fit its field, or the layout has no place for it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a field stands: from `start` (0 is the first) up to, not including, `end`."""

    name: str
    start: int
    end: int
    is_ours: bool

    @property
    def size(self) -> int:
        """Return how wide the field is."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Widths:
    """The layout of one format: the fields of each kind of record; widths count bytes of UTF-8 or characters."""

    records: Mapping[str, tuple[Place, ...]]
    in_bytes: bool

    def knows(self, kind: str) -> bool:
        """Say whether a kind of record has a layout."""
        return kind in self.records

    def has(self, kind: str, name: str) -> bool:
        """Say whether a record has a field."""
        return any(place.name == name for place in self.records.get(kind, ()))

    def cut(self, line: bytes) -> dict[str, str]:
        """Return the fields of a line by name, without blanks around them; a kind without layout has none."""
        places = self.records.get(kind_of(line), ())
        if self.in_bytes:
            return {place.name: _text(line[place.start : place.end]) for place in places}
        text = decoded(line)
        return {place.name: text[place.start : place.end].strip() for place in places}

    def join(self, kind: str, prefix: str, values: Mapping[str, str]) -> bytes:
        """Return the line of a record, each value padded with blanks to its place.

        Raises:
            Unwritable: a value does not fit, or has no place.
        """
        line = bytearray(prefix.encode())
        unknown = [name for name, value in values.items() if value and not self.has(kind, name)]
        if unknown or not self.knows(kind):
            raise Unwritable(f"The layout has no place for {kind} {unknown[0] if unknown else ''}.", "Complete it.")
        for place in self.records[kind]:
            cell = values.get(place.name, "").encode()
            if len(cell) > place.size or b"\n" in cell or b"\r" in cell:
                raise Unwritable(
                    f"{kind} {place.name} has {place.size} places; {values[place.name]!r} does not fit.",
                    "Shorten it.",
                )
            line[len(line) :] = b" " * max(0, place.start - len(line))
            line[place.start : place.end] = cell.ljust(place.size)
        return bytes(line)

    def fitting(self, kind: str, name: str, text: str) -> str:
        """Return the beginning of a text that fits its field, never half a letter; "" where there is no such field."""
        size = next((place.size for place in self.records.get(kind, ()) if place.name == name), 0)
        return " ".join(text.split()).encode()[:size].decode("utf-8", "ignore").strip()


def kind_of(line: bytes) -> str:
    """Return the three letters that name a record."""
    return line[:_KIND].decode("latin-1").upper()


def decoded(line: bytes) -> str:
    """Return a line as text: UTF-8, or Latin-1 where it is not."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")


def _text(cut: bytes) -> str:
    return cut.decode("utf-8", "replace").strip()


def widths_of(ours: Traversable, variable: str, *, in_bytes: bool) -> Widths:
    """Return the layout of our table, or of the one of the same name in the folder that `variable` names.

    Raises:
        BadLayout: the other table lacks a column or has a number that is no place.
    """
    folder = os.environ.get(variable, "")
    theirs = Path(folder) / ours.name
    chosen: Traversable = theirs if folder and theirs.is_file() else ours
    with chosen.open(encoding="utf-8") as file:
        return Widths(_records(csv.DictReader(file), ours.name), in_bytes)


def _records(rows: Iterable[Mapping[str, str]], name: str) -> dict[str, tuple[Place, ...]]:
    found: dict[str, dict[str, Place]] = {}
    for number, row in enumerate(rows, 2):
        try:
            start, size = int(row["start"]) - 1, int(row["size"])
            kinds, field = row["record"].split("/"), row["field"].strip()
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise BadLayout(
                f"{name}, line {number}, is no place of a field.", "Give record, field, start and size."
            ) from error
        if not (0 <= start < _LARGEST_PLACE and 0 < size < _LARGEST_PLACE and field):
            raise BadLayout(f"{name}, line {number}: a field cannot stand there.", "Give start and size from 1.")
        for kind in kinds:
            place = Place(field, start, start + size, row.get("source") == _OURS)
            found.setdefault(kind.strip().upper(), {})[field] = place
    return {kind: tuple(sorted(places.values(), key=_start)) for kind, places in found.items()}


def _start(place: Place) -> int:
    return place.start


def lines_of(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that are not blank with their numbers, without their ends.

    Raises:
        BadFile: a line is longer than any record.
    """
    number = 0
    while raw := stream.readline(LONGEST_LINE):
        number += 1
        if len(raw) == LONGEST_LINE and not raw.endswith(b"\n"):
            raise BadFile(f"Line {number:,} is longer than any record.", "Send one record a line.")
        line = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
        line = line.rstrip(b"\r\n\x1a")
        if line.strip(b" \x00"):
            yield number, line


def file_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a file; see `lines_of`."""
    with path.open("rb") as stream:
        yield from lines_of(stream)
