"""Reads a report's file into columns: a table by its mapping, a sales report by its format."""

import gzip
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from muniment.kernel.columns.schemas import USAGE_LINES
from muniment.kernel.formats.dsr import DsrHead, DsrSummary, DsrTotals, iter_dsr, read_tables
from muniment.kernel.formats.reports import OpenReport, missing_columns, open_report, require_usages
from muniment.kernel.formats.tables import ColumnMapping, TableRow, TableRows, at_most, check_mapping, guess_mapping
from muniment.kernel.words.period import Period
from muniment.kernel.words.problems import BadFile, Level, Problem, Progress, silent
from muniment.use.usages.bulk.lines import LineColumns, ReadReport, Reported
from muniment.use.usages.bulk.sales import add_sales, odd_sales
from muniment.use.usages.rules import (
    IDENTIFYING,
    ONCE_A_FILE,
    TARGETS,
    UNSAID,
    DateOrder,
    Form,
    ReportFacts,
    understand,
)

LARGEST_LINES = 5_000_000
"""The most lines of one report: its columns are sealed as one table, which is held in memory until then."""
LARGEST_UNPACKED_BYTES = 8 * 1024**3
_SPLIT = "Split it by month or by station, and import each part as a report of its own."
_GZIP_MARK = b"\x1f\x8b"


def read_table_report(
    path: Path, facts: ReportFacts, mapping: ColumnMapping | None = None, progress: Progress = silent
) -> ReadReport:
    """Read a CSV, TSV or XLSX report, gzipped or not, through a mapping (None: the one its headers suggest).

    Raises:
        BadFile: the file cannot be used, no column identifies works, or it has more than LARGEST_LINES lines.
    """
    with unpacked(path) as plain:
        report, table, chosen = _opened(plain, path.name, mapping)
        columns = LineColumns(facts_of(report, facts), dict(chosen.columns))
        columns.note(_lacking(report, mapping))
        for reported in _reported(table.rows, table.headers, chosen):
            columns.add(reported)
            if columns.line_count % 1_000 == 0:
                progress(columns.line_count, table.total_lines)
        lost = {problem.line for problem in table.problems if problem.level is Level.ERROR}
        columns.line_count += len(lost)
        columns.note(table.problems)
        progress(columns.line_count, columns.line_count)
        layout = report.known.layout.name if report.known is not None else ""
        return replace(columns.finish(), layout=layout)


def check_table_report(
    path: Path, facts: ReportFacts = UNSAID, mapping: ColumnMapping | None = None
) -> Iterator[Problem]:
    """Give everything that `read_table_report` would find wrong, in the order of the lines, and keep nothing.

    Raises:
        BadFile: as `read_table_report`.
    """
    with unpacked(path) as plain:
        report, table, chosen = _opened(plain, path.name, mapping)
        yield from _lacking(report, mapping)
        known, heads, said, once = facts_of(report, facts), dict(chosen.columns), 0, set[str]()
        for reported in _reported(table.rows, table.headers, chosen):
            yield from table.problems[said:]
            said = len(table.problems)
            for problem in understand(reported.line, reported.cells, known, heads)[1]:
                if problem.rule not in once:
                    yield problem
                if problem.rule in ONCE_A_FILE:
                    once.add(problem.rule)
        yield from table.problems[said:]


def _opened(path: Path, file_name: str, mapping: ColumnMapping | None) -> tuple[OpenReport, TableRows, ColumnMapping]:
    """Open a report, and return its table and which of its columns is which.

    Raises:
        BadFile: it cannot be used, no column identifies works, or it has more than LARGEST_LINES lines.
    """
    report = open_report(path, mapping)
    if report.known is not None and mapping is None:
        require_usages(report, file_name)
    table = at_most(report.table, LARGEST_LINES, file_name, _SPLIT)
    chosen = mapping or mapping_of(report)
    require_usable(table.headers, chosen)
    return report, table, chosen


def _lacking(report: OpenReport, mapping: ColumnMapping | None) -> Iterator[Problem]:
    """Warn of columns that the report's layout has and the file has not, where it is read by its layout."""
    if report.known is not None and mapping is None:
        yield from missing_columns(report.known, report.table.header_line)


def mapping_of(report: OpenReport) -> ColumnMapping:
    """Return how a report's layout reads its columns, or what its headers suggest."""
    return report.known.mapping if report.known is not None else guess_mapping(report.table.headers, TARGETS)


def facts_of(report: OpenReport, facts: ReportFacts) -> ReportFacts:
    """Return what the clerk said, with what the layout knows where the clerk said nothing."""
    if report.known is None:
        return facts
    layout = report.known.layout
    use = layout.use if facts.form is Form.TABLE and not facts.use else facts.use
    order = facts.date_order if facts.date_order is not DateOrder.NONE else DateOrder(layout.date_order)
    return replace(facts, currency=facts.currency or report.currency, date_order=order, use=use)


def head_of_dsr(path: Path) -> DsrHead | None:
    """Return the head of a DSR, None where it has none that can be read."""
    try:
        with path.open("rb") as stream:
            found = next((item for item in iter_dsr(stream) if isinstance(item, DsrHead)), None)
    except BadFile:
        return None
    return found


def read_dsr_report(
    path: Path, facts: ReportFacts, progress: Progress = silent, known: Iterable[DsrSummary] = ()
) -> ReadReport:
    """Read a DSR flat file of any profile, gzipped or not: one line for each use of a recording, work or cue.

    `known` are summaries of other files of the same report.

    Raises:
        BadFile: it is no DSR file, is damaged, or has more than LARGEST_LINES sales.
    """
    columns = LineColumns(facts, {})
    lost: set[int] = set()
    totals: DsrTotals | None = None
    summaries: list[DsrSummary] = []
    with path.open("rb") as stream:
        for piece in read_tables(stream, known):
            if columns.line_count + piece.sales.num_rows > LARGEST_LINES:
                raise BadFile(f"{path.name} has more than {LARGEST_LINES:,} sales, the most for one file.", _SPLIT)
            add_sales(columns, piece.sales)
            progress(columns.line_count, None)
            for item in piece.items:
                if isinstance(item, DsrTotals):
                    totals = item
                elif isinstance(item, DsrSummary):
                    summaries.append(item)
                elif isinstance(item, Problem):
                    columns.note([item])
                    if item.line is not None and item.level is Level.ERROR:
                        lost.add(item.line)
    columns.line_count += len(lost)
    progress(columns.line_count, columns.line_count)
    return replace(columns.finish(), totals=totals, summaries=tuple(summaries))


def check_dsr_report(path: Path, facts: ReportFacts = UNSAID) -> Iterator[Problem]:
    """Give what an import would find wrong with the sales of a DSR, beside what breaks the standard.

    Raises:
        BadFile: it is no DSR file, or is damaged.
    """
    start, end = facts.period.valid_from or date.min, facts.period.valid_to or date.max
    known = replace(facts, form=Form.DSR, period=Period(start, end))
    with path.open("rb") as stream:
        for piece in read_tables(stream, ()):
            for reported in odd_sales(piece.sales, known):
                yield from understand(reported.line, reported.cells, known, {})[1]


def require_usable(headers: Sequence[str], mapping: ColumnMapping) -> None:
    """Let a mapping pass that fits the headers and identifies works.

    Raises:
        BadFile: it names a column that is not there, or none of title, ISRC, ISWC and work code.
    """
    problems = check_mapping(headers, mapping, TARGETS)
    if problems:
        raise BadFile(problems[0].message, problems[0].remedy)
    if not any(name in mapping.columns for name in IDENTIFYING):
        raise BadFile(
            f"No column gives the title; the columns found are {', '.join(map(repr, headers))}.",
            "Say which column is the title, the ISRC, the ISWC or the work code.",
        )


def _reported(rows: Iterable[TableRow], headers: Sequence[str], mapping: ColumnMapping) -> Iterator[Reported]:
    places = [(name, headers.index(header)) for name, header in mapping.columns.items()]
    taken = {place for _, place in places}
    others = [(header, place) for place, header in enumerate(headers) if place not in taken]
    for row in rows:
        cells = row.cells
        yield Reported(
            row.line,
            {name: cells[place] for name, place in places},
            {header: cells[place] for header, place in others},
        )


@contextmanager
def unpacked(path: Path) -> Iterator[Path]:
    """Give the file itself, or for the body's time an unpacked copy of a gzipped one.

    Raises:
        BadFile: the packed file is cut off, damaged, or unpacks to more than 8 GiB.
    """
    try:
        with path.open("rb") as file:
            packed = file.read(2) == _GZIP_MARK
    except OSError as error:
        raise BadFile(f"{path.name} cannot be read ({error.strerror}).", "Check its name and permissions.") from error
    if not packed:
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / (path.name.removesuffix(".gz") or "report")
        _unpack(path, plain)
        yield plain


def _unpack(path: Path, plain: Path) -> None:
    try:
        with gzip.open(path, "rb") as source, plain.open("wb") as target:
            while piece := source.read(1024 * 1024):
                target.write(piece)
                if target.tell() > LARGEST_UNPACKED_BYTES:
                    raise BadFile(f"{path.name} unpacks to more than 8 GiB.", "Send it in parts.")
    except (OSError, EOFError) as error:
        raise BadFile(f"{path.name} is a damaged or truncated gzip file.", "Ask the sender for it again.") from error


def stamped(lines: pa.Table, report_id: int) -> pa.Table:
    """Return the lines with their report and final ids: report << 32 | ordinal."""
    ids = pc.add(lines.column("line_id"), pa.scalar(report_id << 32, pa.int64()))
    reports = pa.chunked_array([pa.array([report_id] * len(chunk), pa.int64()) for chunk in ids.chunks], pa.int64())
    table = lines.set_column(0, USAGE_LINES.field(0), ids).set_column(1, USAGE_LINES.field(1), reports)
    return table.cast(USAGE_LINES)
