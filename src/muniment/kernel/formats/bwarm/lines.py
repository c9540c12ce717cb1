"""The lines of one table: cut into cells, every cell checked, a bad line told and left out."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from muniment.kernel.formats.bwarm.cells import BadCell, read_date, reader_of, split_values
from muniment.kernel.formats.bwarm.layout import CellLayout, TableLayout
from muniment.kernel.formats.bwarm.rules import TABLE
from muniment.kernel.formats.texts import CONTROLS, LONGEST_TEXT, MARKS, UNUSUAL
from muniment.kernel.words.problems import Level, Problem

LONGEST_LINE_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Line:
    """A line that can be used: its number and its cells in the order of the layout, checked; flags are "true" or ""."""

    number: int
    cells: list[str]


type _Check = tuple[int, CellLayout, Callable[[str], str]]


def read_lines(path: Path, layout: TableLayout) -> Iterator[Line | Problem]:
    """Yield the lines of a table and what is wrong with it, in the order of lines.

    A first line with the names of the cells is a header, which may order them otherwise; lines with # are comments,
    or such a header.
    """
    reader = _TableReader(path.name, layout)
    with path.open("rb") as file:
        for number, raw in enumerate(_raw_lines(file), 1):
            yield from reader.read(number, raw)


def _raw_lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines of a file; of one that does not end, the beginning, which is too long."""
    while raw := file.readline(LONGEST_LINE_BYTES + 1):
        yield raw
        while len(raw) > LONGEST_LINE_BYTES and not raw.endswith(b"\n"):
            raw = file.readline(LONGEST_LINE_BYTES)
            if not raw:
                return


class _TableReader:
    """Reads the lines of one table, of which it keeps nothing but the order of cells."""

    def __init__(self, file_name: str, layout: TableLayout) -> None:
        self._name = file_name
        self._layout = layout
        self._count = len(layout.cells)
        self._order: list[int] | None = None
        self._required = [(place, cell) for place, cell in enumerate(layout.cells) if cell.required]
        self._checks: list[_Check] = [
            (place, cell, read) for place, cell in enumerate(layout.cells) if (read := reader_of(cell.form)) is not None
        ]
        self._places = layout.places

    def read(self, number: int, raw: bytes) -> Iterator[Line | Problem]:
        """Yield what one line gives: problems, and itself where it can be used."""
        if len(raw) > LONGEST_LINE_BYTES:
            yield self._broken("BW-24", number, "", "The line is more than a million bytes long.")
            return
        try:
            text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            yield self._broken("BW-10", number, "", f"Byte {error.start + 1} of the line does not belong to UTF-8.")
            return
        text = text.rstrip("\r\n")
        if not text.strip() or self._is_header(number, text):
            return
        problems: list[Problem] = []
        if not text.isascii() or not text.replace("\t", " ").isprintable():
            text = self._usual(number, text, problems)
        cells = text.split("\t")
        if len(cells) != self._count:
            cells = self._fitted(number, cells, problems)
        if not problems or problems[-1].level is not Level.ERROR:
            self._check(number, cells, problems)
        yield from problems
        if not any(problem.level is Level.ERROR for problem in problems):
            yield Line(number, cells)

    def _is_header(self, number: int, text: str) -> bool:
        """Say whether the line is a comment or a header; a header that orders the cells otherwise is remembered."""
        if text[0] != "#" and number > 1:
            return False
        names = [name.strip().casefold() for name in text.lstrip("#").split("\t")]
        ours = [cell.cell.casefold() for cell in self._layout.cells]
        if names[0] in ours and len(set(names) & set(ours)) >= min(2, self._count):
            order = [names.index(name) if name in names else -1 for name in ours]
            self._order = order if order != list(range(self._count)) else None
            return True
        return text[0] == "#"

    def _usual(self, number: int, text: str, problems: list[Problem]) -> str:
        if UNUSUAL.search(text) is None:
            return text
        if CONTROLS.search(text) is not None:
            problems.append(self._broken("BW-10", number, "", "The line has a control character."))
            return text
        problems.append(self._broken("BW-11", number, "", "The line has marks that turn its direction."))
        return MARKS.sub("", text)

    def _fitted(self, number: int, cells: list[str], problems: list[Problem]) -> list[str]:
        """Return the cells in the order of the layout; cells missing at the end are blank."""
        if self._order is not None:
            return [cells[place].strip() if 0 <= place < len(cells) else "" for place in self._order]
        if len(cells) > self._count and any(cell.strip() for cell in cells[self._count :]):
            message = f"The line has {len(cells)} cells; the table has {self._count}."
            problems.append(self._broken("BW-06", number, "", message))
        if len(cells) <= max(place for place, _cell in self._required):
            message = f"The line has {len(cells)} cells of {self._count}."
            problems.append(self._broken("BW-06", number, "", message))
        return (cells + [""] * self._count)[: self._count]

    def _check(self, number: int, cells: list[str], problems: list[Problem]) -> None:
        """Check the cells and write what they mean in their places."""
        if self._order is not None and len(cells) == self._count:
            cells[:] = [cells[place] if place >= 0 else "" for place in self._order]
        for place, cell in self._required:
            if not cells[place].strip():
                problems.append(self._broken("BW-07", number, cell.cell, f"{cell.cell} is not filled in."))
        for place, cell, read in self._checks:
            text = cells[place]
            if text:
                cells[place] = self._value(number, cell, text.strip(), read, problems)
        if max(map(len, cells)) > LONGEST_TEXT:
            self._cut(number, cells, problems)
        if "valid_until" in self._places:
            self._check_period(number, cells, problems)

    def _value(
        self, number: int, cell: CellLayout, text: str, read: Callable[[str], str], problems: list[Problem]
    ) -> str:
        if "|" not in text and cell.form != "territory":
            return self._one_value(number, cell, text, read, problems)
        values: list[str] = []
        told = len(problems)
        for part in split_values(text):
            values.append(self._one_value(number, cell, part, read, problems))
        if cell.form == "territory" and not any(values) and told == len(problems):
            message = f"{text[:80]} is no territory of its own."
            problems.append(self._broken(self._ruled("BW-20"), number, cell.cell, message))
        return "|".join(filter(None, values))

    def _one_value(
        self, number: int, cell: CellLayout, text: str, read: Callable[[str], str], problems: list[Problem]
    ) -> str:
        try:
            return read(text)
        except BadCell as error:
            rule, message = error.args
            problems.append(self._broken(self._ruled(rule), number, cell.cell, message))
            return ""

    def _ruled(self, rule: str) -> str:
        """Return the rule as it holds in this table: a day or place that money goes by costs the line."""
        if self._layout.table == "shares" and rule == "BW-18":
            return "BW-17"
        return "BW-12" if self._layout.table != "shares" and rule == "BW-20" else rule

    def _cut(self, number: int, cells: list[str], problems: list[Problem]) -> None:
        for place, cell in enumerate(self._layout.cells):
            if len(cells[place]) > LONGEST_TEXT and not cell.repeats:
                problems.append(self._broken("BW-23", number, cell.cell, f"{cell.cell} is {len(cells[place]):,} long."))
                cells[place] = cells[place][:LONGEST_TEXT]

    def _check_period(self, number: int, cells: Sequence[str], problems: list[Problem]) -> None:
        first, last = cells[self._places["valid_from"]], cells[self._places["valid_until"]]
        if first and last and read_date(last) < read_date(first):
            problems.append(self._broken("BW-19", number, "ValidityEndDate", f"The share ends on {last}."))

    def _broken(self, rule: str, number: int, cell: str, message: str) -> Problem:
        return TABLE.broken(rule, number, f"{self._name} {cell}".strip(), message)
