"""The first rows of a table as the door sees it: from its first 64 KiB, or, of a workbook, by opening it."""

import csv
import io
from dataclasses import dataclass
from itertools import islice

from muniment.kernel.formats.door import Head
from muniment.kernel.formats.tables.delimited import delimiter_of
from muniment.kernel.formats.tables.reading import read_rows
from muniment.kernel.formats.tables.rows import MOST_COLUMNS, TableKind, name_headers
from muniment.kernel.words.problems import BadFile

_ROWS = 40
_LARGEST_WORKBOOK = 64 * 1024**2
_NOT_TABLES = ("<", "{", "[", "%PDF", "%!PS")


@dataclass(frozen=True, slots=True)
class Opening:
    """The rows at the beginning of a table, the first of them its header if nothing stands above it."""

    kind: TableKind
    rows: tuple[tuple[str, ...], ...]

    @property
    def headers(self) -> tuple[str, ...]:
        """Return the first row as usable headers."""
        return name_headers(list(self.rows[0]))


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
        rows = tuple(islice((tuple(row) for row in read if any(cell.strip() for cell in row)), _ROWS))
    except csv.Error:
        return None
    if rows and rows[0][0].lower() == "sep=":
        rows = rows[1:]
    if not rows or not 2 <= max(map(len, rows)) <= MOST_COLUMNS:
        return None
    return Opening(TableKind.TSV if delimiter == "\t" else TableKind.CSV, rows)


def _of_workbook(head: Head) -> Opening | None:
    if head.path is None or head.size_bytes > _LARGEST_WORKBOOK:
        return None
    try:
        table = read_rows(head.path)
        rows = (table.headers, *(row.cells for row in islice(table.rows, _ROWS - 1)))
    except BadFile:
        return None
    return Opening(TableKind.XLSX, rows)
