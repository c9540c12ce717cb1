"""Lines of a report being gathered into columns, a piece at a time, so that memory follows the finished columns."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from muniment.kernel.columns.schemas import USAGE_LINES
from muniment.kernel.formats.dsr import DsrSummary, DsrTotals
from muniment.kernel.words.problems import Problem
from muniment.use.usages.rules import ReportFacts, Understood, understand

PIECE_LINES = 20_000
KEPT_PROBLEMS = 10_000
_REPORTED = ("title", "performer", "writers", "isrc", "iswc", "source_id", "duration", "count")


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

    def row_of(self, reported: Reported, ordinal: int) -> tuple[object, ...] | None:
        """Return one line as a row of USAGE_LINES, or None and its problems noted."""
        self.line_count += 1
        understood, problems = understand(reported.line, reported.cells, self.facts, self.heads)
        if problems:
            self.note(problems)
        return None if understood is None else _row(ordinal, reported, understood)

    def add(self, reported: Reported) -> None:
        """Take one line, or its problems."""
        row = self.row_of(reported, self.good_count + 1)
        if row is None:
            return
        self.good_count += 1
        self.rows.append(row)
        if len(self.rows) == PIECE_LINES:
            self.close_piece()

    def close_piece(self) -> None:
        """Turn the lists of the piece at hand into columns."""
        if self.rows:
            columns = zip(*self.rows, strict=True)
            arrays = [pa.array(column, kind.type) for column, kind in zip(columns, USAGE_LINES, strict=True)]
            self.pieces.append(pa.RecordBatch.from_arrays(arrays, schema=USAGE_LINES))
            self.rows = []

    def add_piece(self, batch: pa.RecordBatch) -> None:
        """Take lines that are columns already; their `line_id` becomes their place in the report."""
        self.close_piece()
        ids = pa.array(range(self.good_count + 1, self.good_count + batch.num_rows + 1), pa.int64())
        self.pieces.append(batch.set_column(0, USAGE_LINES.field(0), ids))
        self.good_count += batch.num_rows

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
