"""Open a statement or log: find its header, also below lines about the whole, and say which layout it is of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from muniment.kernel.formats.reports.layouts import KnownTable, known_table
from muniment.kernel.formats.tables import ColumnMapping, TableRows, read_rows
from muniment.kernel.formats.tables.opening import open_table
from muniment.kernel.words.problems import BadFile

_LINES_ABOVE = 15


@dataclass(frozen=True, slots=True)
class OpenReport:
    """A table with its layout (None: of no known one) and what lines above the header say, label by label."""

    table: TableRows
    known: KnownTable | None
    above: Mapping[str, str] = field(default_factory=dict)

    @property
    def currency(self) -> str:
        """Return the currency of the amounts where the lines above or the layout say it, "" otherwise."""
        told = self.above.get("currency", "")
        if len(told) == 3 and told.isascii() and told.isalpha():
            return told.upper()
        return self.known.layout.currency if self.known else ""


def open_report(path: Path, mapping: ColumnMapping | None = None) -> OpenReport:
    """Open a table of any kind; a header below other lines is found where a layout or a kind of table knows it.

    A mapping that says on which line the headers stand is followed, and no layout is asked.

    Raises:
        BadFile: the file is no table that can be used.
    """
    if mapping is not None and mapping.header_line is not None:
        return OpenReport(read_rows(path, header_line=mapping.header_line), None)
    table = read_rows(path)
    known = known_table(table.headers)
    if known is not None:
        return OpenReport(table, known)
    opening = [(table.header_line, table.headers), *((row.line, row.cells) for row in _first_rows(path))]
    for place, (line, cells) in enumerate(opening):
        if line > table.header_line and known_table(cells) is not None:
            below = read_rows(path, header_line=line)
            return OpenReport(below, known_table(below.headers), _labels(opening[:place]))
    return OpenReport(open_table(path, mapping), None)


def _first_rows(path: Path) -> "Sequence[_Line]":
    """Return the first lines of a text table by its own separator, however many cells they have."""
    from muniment.kernel.formats.tables import sniff
    from muniment.kernel.formats.tables.delimited import read_opening
    from muniment.kernel.formats.tables.rows import TableKind, name_headers

    if sniff(path) is TableKind.XLSX:
        from muniment.kernel.formats.tables.workbooks import first_rows

        return [_Line(line, name_headers(list(cells))) for line, cells in first_rows(path, _LINES_ABOVE)]
    text = read_opening(path).decode("utf-8-sig", errors="replace")
    lines = text.splitlines()[:_LINES_ABOVE]
    widest = max(lines, key=lambda line: max(line.count(mark) for mark in ",;\t|"), default="")
    delimiter = max("\t;,|", key=widest.count)
    return [
        _Line(number, tuple(cell.strip().strip('"') for cell in line.split(delimiter)))
        for number, line in enumerate(lines, 1)
    ]


@dataclass(frozen=True, slots=True)
class _Line:
    """A line and its cells."""

    line: int
    cells: tuple[str, ...]


def _labels(lines: Sequence[tuple[int, Sequence[str]]]) -> dict[str, str]:
    """Return what lines of a label and a value say, by the label in small letters."""
    found: dict[str, str] = {}
    for _, cells in lines:
        filled = [cell.strip() for cell in cells if cell.strip()]
        if len(filled) == 2:
            found.setdefault(filled[0].rstrip(":").lower(), filled[1])
    return found


def require_usages(report: OpenReport, name: str) -> KnownTable:
    """Return the layout of a report whose lines are usages.

    Raises:
        BadFile: its headers are of no layout, or of one that names nothing that was used.
    """
    if report.known is None:
        raise BadFile(f"{name}: its columns are of no known statement or log.", "Say which column is which.")
    if not report.known.layout.usages:
        raise BadFile(
            f"{name} is a {report.known.layout.title}: it names nothing that was used.",
            "Ask the sender for the report that has titles.",
        )
    return report.known
