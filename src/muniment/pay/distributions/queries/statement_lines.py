"""The lines of statements, read from a run's allocations without reading the run.

The sealed allocations lie in the order of pools. The first statement that is asked of a run puts a copy of their
payable rows, with the names that are printed, into the order of payees; from then on a statement is a stretch of that
file. The copy is derived: it may be deleted at any time, and its sums are compared with what was posted.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, overload

import pyarrow as pa
from django.conf import settings

from muniment.kernel.columns.engine import sort_files
from muniment.kernel.columns.keyed import KeyedFile
from muniment.kernel.columns.schemas import SHARE_PARTS, STATEMENT_LINES
from muniment.kernel.formats.statements import LineFacts, LongLines, StatementLine, UsageReference, UsageSum
from muniment.pay.distributions.queries.adjustments import AdjustmentRow
from muniment.pay.distributions.queries.runs import PoolRow, RunRow
from muniment.pay.distributions.queries.statement_names import Name, names_table, sealed_names
from muniment.pay.distributions.queries.statement_words import PHRASES
from muniment.trust.batches.queries import get_batch
from muniment.use.usages.queries import ReportRow

ROWS_AT_ONCE = 8_192
"""Rows of a row group: what is read at least for a statement."""

_LINES_AT_ONCE = 2_000
_DAY = timedelta(days=1)
_FACTS = ("fund_code", "report_id", "role", "amount_micro")

_IN_ORDER = """
    SELECT allocation.payee_id, allocation.fund_code, allocation.report_id, allocation.work_id, allocation.split_id,
           allocation.part, allocation.party_id, allocation.share_ppm, allocation.line_count, allocation.use_count,
           allocation.duration_ms, allocation.points, allocation.work_amount_micro, allocation.amount_micro,
           coalesce(part.role, '') AS role, coalesce(part.note, '') AS note,
           coalesce(work.name, '') AS work_title, coalesce(work.code, '') AS work_code,
           coalesce(work.number, '') AS iswc, coalesce(owner.name, '') AS owner_name
    FROM allocation
    LEFT JOIN part ON part.split_id = allocation.split_id AND part.part = allocation.part
    LEFT JOIN name AS work ON work.kind = 'work' AND work.id = allocation.work_id
    LEFT JOIN name AS owner ON owner.kind = 'party' AND owner.id = allocation.party_id
    WHERE allocation.status = 'PAYABLE'
    ORDER BY allocation.payee_id, allocation.fund_code, allocation.amount_micro DESC, allocation.report_id,
             allocation.work_id, allocation.split_id, allocation.part
"""


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What every document of a run shares; `names` are those of reports and the society, where they were sealed."""

    run: RunRow
    pools: Mapping[str, PoolRow]
    reports: Mapping[int, ReportRow]
    names: Mapping[tuple[str, int], Name]
    language: str
    adjustment: AdjustmentRow | None = None

    @property
    def period(self) -> tuple[date, date]:
        """Return the first and the last day that the run's usage reports speak of."""
        if not self.reports:
            return self.run.known_at.date(), self.run.known_at.date()
        reports = self.reports.values()
        return min(row.period_from for row in reports), max(row.period_to for row in reports) - _DAY

    def usage(self, report_id: int) -> UsageReference:
        """Return a usage report as a statement refers to it."""
        report, name = self.reports[report_id], self.names.get(("report", report_id))
        return UsageReference(
            report.id,
            report.source_name if name is None else name.name,
            report.period_from,
            report.period_to - _DAY,
            report.file_name,
            report.file_digest,
        )

    def rule_note(self, note: str, *, owner_name: str, for_another: bool) -> str:
        """Say which rule made a line different: the share's own note, or for whom the payee collects."""
        if not for_another:
            return note
        owner = PHRASES[self.language]["owner"].format(name=owner_name)
        return owner if self.adjustment is None else f"{owner}; {note}"


def ordered_lines(run: RunRow) -> KeyedFile | None:
    """Return the run's payable rows in the order of payees, put in order now if they never were; None: not computed.

    Neither the allocations nor the copy are checked against a seal; posting and fsck do that, and a statement compares
    its lines with what was posted.
    """
    batch, parts = get_batch(run.allocations_batch_id or 0), get_batch(run.parts_batch_id or 0)
    if batch is None:
        return None
    store, names = Path(settings.MUNIMENT_STORE), sealed_names(run)
    version = "now" if names is None else names.digest[:24]
    path = store / "derived" / "statements" / f"{batch.digest[:24]}-{version}.parquet"
    if not path.exists():
        sort_files(
            _IN_ORDER,
            path,
            rows_at_once=ROWS_AT_ONCE,
            allocation=store / batch.path,
            part=SHARE_PARTS.empty_table() if parts is None else store / parts.path,
            name=names_table(run) if names is None else store / names.path,
        )
    return KeyedFile(path, "payee_id")


@dataclass(frozen=True, slots=True)
class FundLines:
    """Where the lines of one fund lie in the file, and what is known of them."""

    fund_code: str
    rows: range
    facts: LineFacts


def funds_of_payee(facts: RunFacts, file: KeyedFile, party_id: int) -> list[FundLines]:
    """Return the lines of a payee by fund, in the order of the file; only some columns of them are read."""
    rows = file.rows_of(party_id)
    sums: dict[str, Counter[int]] = {}
    counts: Counter[str] = Counter()
    codes: dict[str, set[str]] = {}
    for piece in file.pieces(rows, _FACTS):
        grouped = piece.group_by(["fund_code", "report_id", "role"], use_threads=False).aggregate(
            [("amount_micro", "sum"), ("amount_micro", "count")]
        )
        for row in grouped.to_pylist():
            fund_code, report_id = row["fund_code"], row["report_id"]
            sums.setdefault(fund_code, Counter())[report_id] += row["amount_micro_sum"]
            counts[fund_code] += row["amount_micro_count"]
            codes.setdefault(fund_code, set()).update((row["role"], facts.reports[report_id].right.value))
    found, first = [], rows.start
    for fund_code in sorted(sums):
        of_fund, count = sums[fund_code], counts[fund_code]
        usages = tuple(UsageSum(facts.usage(number), of_fund[number]) for number in sorted(of_fund))
        known = LineFacts(sum(of_fund.values()), count, frozenset(codes[fund_code]), usages)
        found.append(FundLines(fund_code, range(first, first + count), known))
        first += count
    return found


class StoredLines(LongLines):
    """The lines of one payee and fund, read from the file some thousands at a time."""

    def __init__(self, facts: RunFacts, file: KeyedFile, stored: FundLines) -> None:
        self._run, self._file, self._stored = facts, file, stored
        self._usages = {found.usage.number: found.usage for found in stored.facts.usages}

    @property
    def facts(self) -> LineFacts:
        """Return what is known of the lines."""
        return self._stored.facts

    def __len__(self) -> int:
        return len(self._stored.rows)

    def __iter__(self) -> Iterator[StatementLine]:
        return self._read(self._stored.rows)

    @overload
    def __getitem__(self, place: int) -> StatementLine: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[StatementLine]: ...
    def __getitem__(self, place: int | slice) -> StatementLine | Sequence[StatementLine]:
        if isinstance(place, slice):
            return tuple(self._read(self._stored.rows[place]))
        row = self._stored.rows[place]
        return next(self._read(range(row, row + 1)))

    def _read(self, rows: range) -> Iterator[StatementLine]:
        for piece in self._file.pieces(rows, STATEMENT_LINES.names):
            for start in range(0, piece.num_rows, _LINES_AT_ONCE):
                yield from self._lines(piece.slice(start, _LINES_AT_ONCE))

    def _lines(self, piece: pa.Table) -> Iterator[StatementLine]:
        rights = {number: report.right.value for number, report in self._run.reports.items()}
        for row in rows_of(piece):
            yield StatementLine(
                work_title=row["work_title"],
                work_code=row["work_code"],
                iswc=row["iswc"],
                role=row["role"],
                right=rights[row["report_id"]],
                share_ppm=row["share_ppm"],
                usage=self._usages[row["report_id"]],
                use_count=row["use_count"],
                duration_ms=row["duration_ms"],
                points=row["points"],
                work_amount_micro=row["work_amount_micro"],
                amount_micro=row["amount_micro"],
                rule_note=self._run.rule_note(
                    row["note"], owner_name=row["owner_name"], for_another=row["party_id"] != row["payee_id"]
                ),
            )


def rows_of(table: pa.Table) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table as mappings."""
    names = table.column_names
    for values in zip(*(column.to_pylist() for column in table.columns), strict=True):
        yield dict(zip(names, values, strict=True))
