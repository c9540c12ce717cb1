"""Reads a report's file into columns, a piece at a time, so that memory follows the piece and the finished columns."""

import gzip
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from muniment.kernel.columns.schemas import USAGE_LINES
from muniment.kernel.formats.dsr import DsrHead, DsrSale, DsrSummary, DsrTotals, iter_dsr
from muniment.kernel.formats.reports import OpenReport, open_report, require_usages
from muniment.kernel.formats.tables import ColumnMapping, TableRow, at_most, check_mapping, guess_mapping
from muniment.kernel.words.money import format_amount
from muniment.kernel.words.problems import BadFile, Level, Problem, Progress, silent
from muniment.use.usages.rules import (
    IDENTIFYING,
    TARGETS,
    DateOrder,
    Form,
    ReportFacts,
    Understood,
    understand,
)

PIECE_LINES = 20_000
KEPT_PROBLEMS = 10_000
LARGEST_LINES = 5_000_000
"""The most lines of one report: its columns are sealed as one table, which is held in memory until then."""
LARGEST_UNPACKED_BYTES = 8 * 1024**3
_REPORTED = ("title", "performer", "writers", "isrc", "iswc", "source_id", "duration", "count")
_SPLIT = "Split it by month or by station, and import each part as a report of its own."
_GZIP_MARK = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Reported:
    """One line as the file has it: cells by the names of TARGETS, and every other column by its header."""

    line: int
    cells: Mapping[str, str]
    extra: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ReadReport:
    """What was read: lines with `line_id` counting from 1 and no report yet, and what was wrong with the others.

    The first 10,000 problems are kept; `problem_count` counts all. `layout` is the known statement or log that it was
    read as. `totals` and `summaries` are those of a DSR, for the other files of its set.
    """

    lines: pa.Table
    line_count: int
    problems: tuple[Problem, ...]
    problem_count: int
    layout: str = ""
    totals: DsrTotals | None = None
    summaries: tuple[DsrSummary, ...] = ()


@dataclass(slots=True)
class LineColumns:
    """Lines being gathered: Python lists for the piece at hand, Arrow for the pieces that are full."""

    facts: ReportFacts
    heads: Mapping[str, str]
    rows: list[tuple[object, ...]] = field(default_factory=list)
    pieces: list[pa.RecordBatch] = field(default_factory=list)
    line_count: int = 0
    good_count: int = 0
    problems: list[Problem] = field(default_factory=list)
    problem_count: int = 0

    def note(self, problems: Iterable[Problem]) -> None:
        """Count problems, and keep them while there are few."""
        for problem in problems:
            self.problem_count += 1
            if len(self.problems) < KEPT_PROBLEMS:
                self.problems.append(problem)

    def add(self, reported: Reported) -> None:
        """Take one line, or its problems."""
        self.line_count += 1
        understood, problems = understand(reported.line, reported.cells, self.facts, self.heads)
        if problems:
            self.note(problems)
        if understood is None:
            return
        self.good_count += 1
        self.rows.append(_row(self.good_count, reported, understood))
        if len(self.rows) == PIECE_LINES:
            self.close_piece()

    def close_piece(self) -> None:
        """Turn the lists of the piece at hand into columns."""
        if self.rows:
            columns = zip(*self.rows, strict=True)
            arrays = [pa.array(column, kind.type) for column, kind in zip(columns, USAGE_LINES, strict=True)]
            self.pieces.append(pa.RecordBatch.from_arrays(arrays, schema=USAGE_LINES))
            self.rows = []

    def finish(self) -> ReadReport:
        """Return everything that was taken."""
        self.close_piece()
        table = pa.Table.from_batches(self.pieces, schema=USAGE_LINES)
        return ReadReport(table, self.line_count, tuple(self.problems), self.problem_count)


def _row(ordinal: int, reported: Reported, understood: Understood) -> tuple[object, ...]:
    cells = reported.cells
    time = " ".join(text for text in (cells.get("used_at", ""), cells.get("clock", "")) if text)
    extra = {name: text for name, text in reported.extra.items() if text}
    return (
        ordinal,
        0,
        reported.line,
        *[cells.get(name) or None for name in _REPORTED],
        time or None,
        cells.get("territory") or None,
        cells.get("amount") or None,
        cells.get("use") or None,
        json.dumps(extra, ensure_ascii=False, separators=(",", ":")) if extra else None,
        understood.isrc,
        understood.iswc,
        understood.duration_ms,
        understood.use_count,
        understood.used_on,
        understood.territory,
        understood.use_kind,
        understood.amount_micro,
        understood.currency,
    )


def read_table_report(
    path: Path, facts: ReportFacts, mapping: ColumnMapping | None = None, progress: Progress = silent
) -> ReadReport:
    """Read a CSV, TSV or XLSX report, gzipped or not, through a mapping (None: the one its headers suggest).

    Raises:
        BadFile: the file cannot be used, no column identifies works, or it has more than LARGEST_LINES lines.
    """
    with unpacked(path) as plain:
        report = open_report(plain)
        if report.known is not None and mapping is None:
            require_usages(report, path.name)
        table = at_most(report.table, LARGEST_LINES, path.name, _SPLIT)
        chosen = mapping or mapping_of(report)
        require_usable(table.headers, chosen)
        heads = dict(chosen.columns)
        columns = LineColumns(facts_of(report, facts), heads)
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
        for item in iter_dsr(stream, known):
            if isinstance(item, DsrSale):
                if columns.line_count == LARGEST_LINES:
                    raise BadFile(f"{path.name} has more than {LARGEST_LINES:,} sales, the most for one file.", _SPLIT)
                columns.add(_reported_sale(item))
                if columns.line_count % 1_000 == 0:
                    progress(columns.line_count, None)
            elif isinstance(item, DsrTotals):
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


def _reported_sale(sale: DsrSale) -> Reported:
    """Return a sale as a line; its numbers are written as the format writes them."""
    cells = {
        "title": f"{sale.title} ({sale.sub_title})" if sale.sub_title else sale.title,
        "performer": sale.display_artist,
        "writers": "; ".join(sale.composers),
        "isrc": sale.isrc,
        "iswc": sale.iswc,
        "source_id": sale.proprietary_work_id,
        "duration": "" if sale.duration_ms is None else f"{sale.duration_ms} ms",
        "count": str(sale.usages),
        "used_at": sale.used_from,
        "territory": sale.territory,
        "amount": "" if sale.amount_micro is None else format_amount(sale.amount_micro, sale.currency),
        "currency": "" if sale.amount_micro is None else sale.currency,
        "use": "feature" if sale.record == "SU05" else "",
    }
    extra = {
        "resource": sale.dsp_resource_id,
        "sale": sale.sales_transaction_id,
        "summary": sale.summary_id,
        "service": sale.service,
        "commercial_model": sale.commercial_model,
        "release": sale.release_title,
        "work": sale.work_title,
        "amount from": sale.amount_basis.value,
    }
    return Reported(sale.line, cells, extra)


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
