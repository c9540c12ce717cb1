"""The first rows of a table as the door sees it: from its first 64 KiB, or, of a workbook, by opening it."""

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

from muniment.kernel.formats.door import Head, head_of
from muniment.kernel.formats.tables.delimited import delimiter_of
from muniment.kernel.formats.tables.kinds import tell_kind
from muniment.kernel.formats.tables.mapping import ColumnMapping
from muniment.kernel.formats.tables.reading import read_rows
from muniment.kernel.formats.tables.rows import MOST_COLUMNS, TableKind, TableRows, name_headers
from muniment.kernel.words.problems import BadFile, Level, Problem

_ROWS = 40
_ROWS_ABOVE = 15
_LARGEST_WORKBOOK = 64 * 1024**2
_NOT_TABLES = ("<", "{", "[", "%PDF", "%!PS")


class _Reader(Protocol):
    """A reader of CSV that knows its line."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...


@dataclass(frozen=True, slots=True)
class Opening:
    """The rows at the beginning of a table, each with its line; the first is the header if nothing stands above it."""

    kind: TableKind
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]

    @property
    def headers(self) -> tuple[str, ...]:
        """Return the first row as usable headers."""
        return name_headers(list(self.rows[0]))

    def below(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Give the rows below the first that could be headers as well: the line, and the row as usable headers.

        Only the first rows are looked at, and those with two names at least.
        """
        for line, row in islice(zip(self.lines, self.rows, strict=True), 1, _ROWS_ABOVE + 1):
            if sum(bool(cell.strip()) for cell in row) > 1:
                yield line, name_headers(list(row))

    @property
    def usual_width(self) -> tuple[int, int]:
        """Return how many cells most rows of more than one have, and how many rows have so many."""
        widths = Counter(len(row) for row in self.rows if sum(bool(cell.strip()) for cell in row) > 1)
        return max(widths.items(), key=lambda each: (each[1], each[0]), default=(0, 0))


def opening_of(head: Head) -> Opening | None:
    """Return the first rows of what may be a table; None: it is none, or none that can be opened."""
    if "xl/workbook.xml" in head.members:
        return _of_workbook(head)
    text = head.text
    if head.start.startswith(b"PK") or "\x00" in text or text.lstrip()[:4].startswith(_NOT_TABLES):
        return None
    whole = text if len(head.start) < 64 * 1024 else text[: text.rfind("\n") + 1]
    delimiter = delimiter_of(whole)
    try:
        read = csv.reader(io.StringIO(whole, newline=""), delimiter=delimiter)
        numbered = tuple(islice(_numbered(read), _ROWS))
    except csv.Error:
        return None
    if numbered and numbered[0][1][0].lower() == "sep=":
        numbered = numbered[1:]
    rows = tuple(row for _line, row in numbered)
    if not rows or not 2 <= max(map(len, rows)) <= MOST_COLUMNS:
        return None
    kind = TableKind.TSV if delimiter == "\t" else TableKind.CSV
    return Opening(kind, rows, tuple(line for line, _row in numbered))


def _numbered(reader: "_Reader") -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the rows that hold something, each with the line it begins on."""
    begins = 1
    for row in reader:
        if any(cell.strip() for cell in row):
            yield begins, tuple(row)
        begins = reader.line_num + 1


def _of_workbook(head: Head) -> Opening | None:
    if head.path is None or head.size_bytes > _LARGEST_WORKBOOK:
        return None
    try:
        from muniment.kernel.formats.tables.workbooks import first_rows  # its parsers are slow to load

        numbered = first_rows(head.path, _ROWS)
    except BadFile:
        return None
    if not numbered:
        return None
    return Opening(TableKind.XLSX, tuple(row for _line, row in numbered), tuple(line for line, _row in numbered))


def open_table(path: Path, mapping: ColumnMapping | None = None) -> TableRows:
    """Open a table whose header may stand below lines of other text.

    Where a mapping says it, its line is taken. Without one, the first row is the header, but where it tells no kind of
    table and a row below does: then this one is, and a warning says so.

    Raises:
        BadFile: the file cannot be used.
    """
    if mapping is not None:
        return read_rows(path, header_line=mapping.header_line)
    table = read_rows(path)
    if tell_kind(table.headers) is not None:
        return table
    opening = opening_of(head_of(path))
    line = next((line for line, headers in opening.below() if tell_kind(headers)), None) if opening else None
    if line is None:
        return table
    below = read_rows(path, header_line=line)
    message = f"The columns are named on line {line}; what stands above is not read."
    below.problems.append(Problem(line, "", "table.above_header", message, "Nothing to do if it is so.", Level.WARNING))
    return below
