"""What a table is once it is read: headers, and rows of text that know their line."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from muniment.kernel.words.problems import BadFile, Problem

MOST_COLUMNS = 16_384
"""The most columns that a table may have: as many as a sheet of a workbook."""


class TableKind(StrEnum):
    """The forms of table that are read."""

    CSV = "csv"
    TSV = "tsv"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: `line` as an editor or a spreadsheet counts (from 1), one trimmed text per header."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableRows:
    """A table being read.

    `rows` can be walked once. `problems` grows while they are walked and is complete when they end: it holds what
    is wrong with the table itself (a row that was cut off, a formula without a value), and a row with an error is
    not among `rows`. `total_lines` is what a progress bar may count to.
    """

    kind: TableKind
    headers: tuple[str, ...]
    header_line: int
    rows: Iterator[TableRow]
    problems: list[Problem] = field(default_factory=list)
    total_lines: int | None = None


def at_most(table: TableRows, largest: int, name: str, remedy: str) -> TableRows:
    """Return the table for somebody who can take `largest` lines below its header, and no more.

    A table that is known to be longer is refused at once; where the length shows only while rows are walked, the walk
    ends in the refusal. `name` is the file's, `remedy` says how to send less at a time.

    Raises:
        BadFile: the table is longer.
    """

    def counted(rows: Iterator[TableRow]) -> Iterator[TableRow]:
        for count, row in enumerate(rows, 1):
            if count > largest:
                raise BadFile(f"{name} has more than {largest:,} lines, which is the most for one file.", remedy)
            yield row

    known = (table.total_lines or 0) - table.header_line
    if known > largest:
        raise BadFile(f"{name} has {known:,} lines; one file may have {largest:,}.", remedy)
    return replace(table, rows=counted(table.rows))


def without_header(file_name: str, line: int | None) -> BadFile:
    """Return the refusal of a table that has no header, or none on the line that was said."""
    if line is not None:
        return BadFile(f"{file_name} has no line {line:,}.", "Say on which line the names of the columns stand.")
    return BadFile(f"{file_name} has no header row.", "Write the names of the columns into the first row.")


def name_headers(cells: list[str]) -> tuple[str, ...]:
    """Return usable headers: trimmed, a blank one named for its place, a repeated one numbered.

    Raises:
        BadFile: there are more than `MOST_COLUMNS`.
    """
    width = max((place for place, cell in enumerate(cells, 1) if cell.strip()), default=0)
    if width > MOST_COLUMNS:
        raise BadFile(
            f"The header names {width:,} columns, and a table may have {MOST_COLUMNS:,}.",
            "Leave out the columns that nobody reads, or write what they hold into rows.",
        )
    names: list[str] = []
    taken: set[str] = set()
    numbers: dict[str, int] = {}
    for place, cell in enumerate(cells[:width], 1):
        name = repeated = " ".join(cell.split()) or f"column {place}"
        while name in taken:
            numbers[repeated] = numbers.get(repeated, 1) + 1
            name = f"{repeated} ({numbers[repeated]})"
        taken.add(name)
        names.append(name)
    return tuple(names)


def fit_row(line: int, cells: list[str], headers: tuple[str, ...]) -> TableRow | Problem:
    """Return the row with exactly one cell per header; cells beyond the last header that are not blank are an error."""
    width = len(headers)
    trimmed = [cell.strip() for cell in cells]
    extra = [cell for cell in trimmed[width:] if cell]
    if extra:
        return Problem(
            line,
            f"column {width + 1}",
            "table.too_many_cells",
            f"The row has {len(trimmed)} cells and the header {width}; {extra[0][:40]!r} stands under no header.",
            "Put cells that contain the separator in quotation marks, or name the column.",
        )
    return TableRow(line, tuple(trimmed[:width] + [""] * (width - len(trimmed))))
