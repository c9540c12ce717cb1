"""Reads about usage reports and their lines."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings

from muniment.kernel.columns.schemas import USAGE_LINES
from muniment.kernel.columns.tables import read_table
from muniment.kernel.formats.dsr import DsrHead, DsrSummary, DsrTotals, compare_set, missing_files
from muniment.kernel.words.paging import Page
from muniment.kernel.words.problems import Problem, UserError
from muniment.kernel.words.shares import Right
from muniment.trust.batches.queries import get_batch, open_batch
from muniment.use.usages.models import ReportFile, UsageReport, UsageSource
from muniment.use.usages.rules import Form, ReportState

_LINES_AT_ONCE = 10_000


class UnknownReport(UserError):
    """No report has this number, or it was undone."""


@dataclass(frozen=True, slots=True)
class SourceRow:
    """Who sends reports."""

    id: int
    code: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A usage report; its period ends before `period_to`, `line_count` counts the lines that were taken."""

    id: int
    source_code: str
    source_name: str
    form: Form
    licensee_party_id: int | None
    fund_code: str
    period_from: date
    period_to: date
    territory: int
    right: Right
    currency: str
    intake_id: int
    file_name: str
    file_digest: str
    batch_id: int | None
    state: ReportState
    line_count: int
    bad_count: int
    use_count: int
    amount_micro: int | None
    imported_at: datetime
    imported_by: str
    layout: str = ""


@dataclass(frozen=True, slots=True)
class SetRow:
    """A report in several files: which are there (file number and report), which are missing, what does not tie."""

    message_id: str
    file_count: int
    files: tuple[tuple[int, int], ...]
    missing: tuple[int, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line: what was reported and what was understood; `extra` has the file's other columns."""

    line_id: int
    source_line: int
    reported: Mapping[str, str]
    extra: Mapping[str, str]
    isrc: str | None
    iswc: str | None
    duration_ms: int | None
    use_count: int
    used_on: date
    territory: int
    use_kind: str
    amount_micro: int | None
    currency: str | None


def list_sources() -> tuple[SourceRow, ...]:
    """Return the senders of reports by code."""
    return tuple(SourceRow(row.pk, row.code, row.name, row.kind) for row in UsageSource.objects.order_by("code"))


def list_reports(
    *,
    state: ReportState | None = None,
    source_code: str = "",
    fund_codes: Sequence[str] | None = None,
    limit: int | None = 50,
    offset: int = 0,
) -> Page[ReportRow]:
    """Return reports, newest first; `fund_codes` asks for those that the funds pay for."""
    reports = UsageReport.objects.select_related("source", "intake").order_by("-id")
    if state is not None:
        reports = reports.filter(state=state.value)
    if source_code:
        reports = reports.filter(source__code=source_code)
    if fund_codes is not None:
        reports = reports.filter(fund_code__in=list(fund_codes))
    until = None if limit is None else offset + limit
    total = reports.count()
    return Page(tuple(_report_row(report) for report in reports[offset:until]), total)


def get_report(report_id: int) -> ReportRow:
    """Return one report.

    Raises:
        UnknownReport: no such report.
    """
    report = UsageReport.objects.select_related("source", "intake").filter(pk=report_id).first()
    if report is None:
        raise UnknownReport(f"There is no usage report {report_id}.", "List the reports to find its number.")
    return _report_row(report)


def report_of_intake(intake_id: int) -> ReportRow | None:
    """Return the report that a received file became, or None."""
    report = UsageReport.objects.select_related("source", "intake").filter(intake_id=intake_id).first()
    return None if report is None else _report_row(report)


def open_lines(report_ids: Iterable[int]) -> pa.Table:
    """Return the lines of reports, as USAGE_LINES, each batch checked against its seal.

    Raises:
        UnknownReport: a report does not exist or was undone.
        BrokenBatch: a batch is not what was sealed.
    """
    tables = [USAGE_LINES.empty_table()]
    for report_id in report_ids:
        report = get_report(report_id)
        if report.batch_id is None or report.state is ReportState.UNDONE:
            raise UnknownReport(f"Usage report {report_id} was undone.", "Leave it out.")
        tables.append(open_batch(report.batch_id))
    return pa.concat_tables(tables)


def lines(report_id: int, offset: int = 0, limit: int = 50) -> tuple[LineRow, ...]:
    """Return some lines of a report to look at, without checking the whole batch against its seal.

    Raises:
        UnknownReport: no such report, or it has no lines any more.
    """
    report = get_report(report_id)
    batch = None if report.batch_id is None else get_batch(report.batch_id)
    if batch is None:
        raise UnknownReport(f"Usage report {report_id} has no lines.", "Import its file again.")
    table = read_table(Path(settings.MUNIMENT_STORE) / batch.path).slice(offset, limit)
    return tuple(_line_row(row) for row in table.to_pylist())


def iter_lines(report_id: int) -> Iterator[LineRow]:
    """Give all lines of a report in their order, from its batch as it was sealed.

    Raises:
        UnknownReport: no such report, or it has no lines any more.
        BrokenBatch: the batch is not what was sealed.
    """
    for piece in open_lines([report_id]).to_batches(_LINES_AT_ONCE):
        for row in piece.to_pylist():
            yield _line_row(row)


def lines_by_id(line_ids: Sequence[int]) -> dict[int, LineRow]:
    """Return single lines, of whatever reports, to look at."""
    found: dict[int, LineRow] = {}
    for report_id in sorted({line_id >> 32 for line_id in line_ids}):
        batch = get_batch(get_report(report_id).batch_id or 0)
        if batch is not None:
            table = read_table(Path(settings.MUNIMENT_STORE) / batch.path)
            wanted = table.filter(pc.is_in(table.column("line_id"), value_set=pa.array(list(line_ids), pa.int64())))
            found |= {row["line_id"]: _line_row(row) for row in wanted.to_pylist()}
    return found


def _line_row(row: Mapping[str, object]) -> LineRow:
    reported = {
        name.removeprefix("reported_"): str(text)
        for name, text in row.items()
        if name.startswith("reported_") and name != "reported_extra" and text is not None
    }
    understood = {name: row[name] for name in LineRow.__slots__ if name not in ("reported", "extra")}
    extra = json.loads(str(row["reported_extra"])) if row["reported_extra"] else {}
    return LineRow(reported=reported, extra=extra, **understood)  # type: ignore[arg-type]


def _report_row(report: UsageReport) -> ReportRow:
    return ReportRow(
        report.pk,
        report.source.code,
        report.source.name,
        Form(report.form),
        report.licensee_party_id,
        report.fund_code,
        report.period_from,
        report.period_to,
        report.territory,
        Right(report.right),
        report.currency,
        report.intake_id,
        report.intake.file_name,
        report.intake.file_digest,
        report.batch_id,
        ReportState(report.state),
        report.line_count,
        report.bad_count,
        report.use_count,
        report.amount_micro,
        report.imported_at,
        report.imported_by,
        report.layout,
    )


def set_key(source_code: str, message_id: str) -> str:
    """Return what the files of one report have in common: who sent it, and the sender's name for it."""
    return f"{source_code}\t{message_id}"[:300]


def known_summaries(head: DsrHead | None, source_code: str) -> tuple[DsrSummary, ...]:
    """Return the summaries that the other files of a report told, for a file that does not repeat them."""
    if head is None or head.file_count < 2:
        return ()
    files = _files_of(set_key(source_code, head.message_id))
    summaries = [DsrSummary(**row) for file in files for row in file.summaries]
    return tuple({(row.summary_id, row.record, row.line): row for row in summaries}.values())


def set_of_report(report_id: int) -> SetRow | None:
    """Return the set of files that a report is of, compared; None where it came whole."""
    own = ReportFile.objects.filter(report_id=report_id).first()
    if own is None:
        return None
    files = _files_of(own.set_key)
    totals = [DsrTotals(**file.totals) for file in files]
    return SetRow(
        own.set_key.partition("\t")[2],
        own.file_count,
        tuple((file.file_number, file.report_id) for file in files),
        missing_files(totals),
        tuple(compare_set(totals)),
    )


def _files_of(key: str) -> list[ReportFile]:
    files = ReportFile.objects.filter(set_key=key).exclude(report__state=ReportState.UNDONE.value)
    return list(files.order_by("file_number", "id")[:10_000])
