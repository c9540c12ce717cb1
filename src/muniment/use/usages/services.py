"""Writes of usage reports: import, undo, and the mark that they were distributed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

import pyarrow.compute as pc
from django.db import transaction

from muniment.kernel.formats.dsr import DsrTotals
from muniment.kernel.formats.reports import open_report
from muniment.kernel.formats.tables import ColumnMapping
from muniment.kernel.words.money import micro_per_unit
from muniment.kernel.words.period import Period
from muniment.kernel.words.problems import BadFile, Problem, Progress, UserError, silent
from muniment.kernel.words.shares import Right
from muniment.trust.access.rules import Action, Actor, require
from muniment.trust.access.services import record_event
from muniment.trust.batches.queries import choose_mapping, kept_path
from muniment.trust.batches.services import (
    finish_intake,
    mark_undone,
    receive_file,
    save_mapping,
    seal_batch,
)
from muniment.use.usages.bulk import (
    ReadReport,
    check_dsr_report,
    check_table_report,
    head_of_dsr,
    mapping_of,
    read_dsr_report,
    read_table_report,
    require_usable,
    stamped,
    unpacked,
)
from muniment.use.usages.models import ReportFile, UsageReport, UsageSource
from muniment.use.usages.queries import ReportRow, get_report, known_summaries, set_key
from muniment.use.usages.rules import TARGETS, DateOrder, Form, ReportFacts, ReportState, check_facts


class ReportInUse(UserError):
    """The report is part of a distribution, or was undone before."""


@dataclass(frozen=True, slots=True)
class UsageReportReceipt:
    """What an import did. A refused file (no line of it could be used) has no report.

    `problems` are the first ones; all that are kept belong to the intake.
    """

    intake_id: int
    report_id: int | None
    line_count: int
    good_count: int
    bad_count: int
    use_count: int
    problem_count: int
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class UsagePreview:
    """What an import would read: the file's columns, the mapping, the first rows as they are, and problems.

    `layout` is the statement or log that the headers are known to be of, `note` what is odd about it; `currency` is
    what the file or its layout says; `above` are the labels and values that stand above the header.
    """

    headers: tuple[str, ...]
    mapping: ColumnMapping
    saved_as: str
    rows: tuple[tuple[str, ...], ...]
    problems: tuple[Problem, ...]
    layout: str = ""
    note: str = ""
    currency: str = ""
    above: tuple[tuple[str, str], ...] = ()


def kind_of(form: Form) -> str:
    """Return the name under which files of a form are received and their mappings saved."""
    return f"usage.{form.value}"


def import_usage(
    *,
    actor: Actor,
    at: datetime,
    path: Path,
    form: Form | str,
    source_code: str,
    licensee_id: int | None,
    fund_code: str,
    period: Period,
    territory: int,
    right: Right,
    mapping: ColumnMapping | None = None,
    currency: str = "",
    date_order: DateOrder | str = DateOrder.NONE,
    file_name: str | None = None,
    progress: Progress = silent,
) -> UsageReportReceipt:
    """Import one file as one report: its good lines are sealed, the others told in the intake's problems.

    `mapping` None takes the one saved for these headers, else what the headers suggest. `currency` is that of the
    amounts. The reading happens outside the transaction that writes, so that others can work meanwhile.

    Raises:
        NotAllowed: the actor may not write usage.
        InvalidReport, UnknownCurrency: what was said about the report cannot be; nothing is kept.
        DuplicateFile: the file was imported before.
        BadFile: the file cannot be used; it is kept as refused.
    """
    require(actor, Action.USAGE_WRITE)
    facts = ReportFacts(
        Form(form),
        source_code.strip(),
        licensee_id,
        fund_code,
        period,
        territory,
        right,
        currency.strip().upper(),
        DateOrder(date_order),
    )
    check_facts(facts)
    if facts.currency:
        micro_per_unit(facts.currency)
    intake = receive_file(actor=actor, at=at, kind=kind_of(facts.form), path=path, file_name=file_name)
    try:
        read = _read(kept_path(intake.file_digest), intake.file_name, facts, mapping, progress)
    except BadFile as error:
        problem = Problem(None, "", "usage.bad_file", error.message, error.remedy)
        finish_intake(
            actor=actor, at=at, intake_id=intake.id, line_count=0, good_count=0, problems=[problem], state="refused"
        )
        raise
    return _keep(actor, at, intake.id, facts, read)


def _read(
    path: Path, file_name: str, facts: ReportFacts, mapping: ColumnMapping | None, progress: Progress
) -> ReadReport:
    """Read a kept file; its name in the store is a digest, so messages are told the name it came with."""
    try:
        if facts.form is Form.DSR:
            return read_dsr_report(path, facts, progress, known_summaries(head_of_dsr(path), facts.source_code))
        chosen = mapping or _columns_of(path, facts.form)
        return read_table_report(path, facts, chosen, progress)
    except BadFile as error:
        raise BadFile(error.message.replace(path.name, file_name), error.remedy) from error


def check_usage(
    path: Path, *, form: Form | str, facts: ReportFacts, mapping: ColumnMapping | None
) -> Iterator[Problem]:
    """Give every problem that an import of a table would find, as it would say it; nothing is written.

    Of a DSR, whose format has a check of its own, it gives what the import finds beside that. `facts` are what was said
    about the report, `rules.UNSAID` where nothing was.

    Raises:
        BadFile: the file cannot be used.
    """
    if Form(form) is Form.DSR:
        yield from check_dsr_report(path, facts)
    else:
        yield from check_table_report(path, facts, mapping or _columns_of(path, Form(form)))


def _columns_of(path: Path, form: Form) -> ColumnMapping | None:
    """Return the mapping remembered for these headers; None leaves it to the layout and the headers."""
    with unpacked(path) as plain:
        chosen = choose_mapping(kind_of(form), open_report(plain).table.headers, TARGETS)
        return chosen.mapping if chosen.source == "saved" else None


@transaction.atomic
def _keep(actor: Actor, at: datetime, intake_id: int, facts: ReportFacts, read: ReadReport) -> UsageReportReceipt:
    """Write the report, its batch and the end of its intake; a file without a good line is refused whole."""
    good_count = read.lines.num_rows
    state = "imported" if good_count else "refused"
    finish_intake(
        actor=actor,
        at=at,
        intake_id=intake_id,
        line_count=read.line_count,
        good_count=good_count,
        problems=read.problems,
        state=state,
        note="" if read.problem_count == len(read.problems) else f"{read.problem_count} problems in all",
    )
    report_id = _write_report(actor, at, intake_id, facts, read) if good_count else None
    return UsageReportReceipt(
        intake_id,
        report_id,
        read.line_count,
        good_count,
        read.line_count - good_count,
        pc.sum(read.lines.column("use_count")).as_py() or 0,
        read.problem_count,
        read.problems[:200],
    )


def _write_report(actor: Actor, at: datetime, intake_id: int, facts: ReportFacts, read: ReadReport) -> int:
    first_day, end_day = facts.period.valid_from, facts.period.valid_to
    assert first_day is not None, "check_facts has run"
    assert end_day is not None, "check_facts has run"
    source, _created = UsageSource.objects.get_or_create(
        code=facts.source_code, defaults={"name": facts.source_code, "kind": facts.form.value}
    )
    report = UsageReport.objects.create(
        source=source,
        form=facts.form.value,
        licensee_party_id=facts.licensee_id,
        fund_code=facts.fund_code,
        period_from=first_day,
        period_to=end_day,
        territory=facts.territory,
        right=facts.right.value,
        currency=facts.currency or _currency_of(read),
        layout=read.layout,
        intake_id=intake_id,
        state=ReportState.IMPORTED.value,
        line_count=read.lines.num_rows,
        bad_count=read.line_count - read.lines.num_rows,
        use_count=pc.sum(read.lines.column("use_count")).as_py(),
        amount_micro=pc.sum(read.lines.column("amount_micro")).as_py(),
        imported_at=at,
        imported_by=actor.name,
    )
    if read.totals is not None and read.totals.file_count > 1:
        _keep_file(report, read.totals, read)
    batch = seal_batch(at=at, stage="usages", table=stamped(read.lines, report.pk), sum_column="use_count")
    UsageReport.objects.filter(pk=report.pk).update(batch_id=batch.id)
    record_event(
        actor=actor,
        at=at,
        tag="usage.imported",
        subject_kind="usage_report",
        subject_id=report.pk,
        after={
            "source": facts.source_code,
            "fund": facts.fund_code,
            "intake": intake_id,
            "batch": batch.id,
            "lines": report.line_count,
            "uses": report.use_count,
        },
    )
    return report.pk


def _currency_of(read: ReadReport) -> str:
    """Return the one currency of the lines' amounts, "" where there is none or several."""
    found = pc.unique(pc.drop_null(read.lines.column("currency"))).to_pylist()
    return str(found[0]) if len(found) == 1 else ""


def _keep_file(report: UsageReport, totals: DsrTotals, read: ReadReport) -> None:
    """Note a file of several, for the comparison of all."""
    ReportFile.objects.create(
        report=report,
        set_key=set_key(report.source.code, totals.message_id),
        file_number=min(totals.file_number, 2**31 - 1),
        file_count=min(totals.file_count, 2**31 - 1),
        totals=asdict(totals),
        summaries=[asdict(summary) for summary in read.summaries[:10_000]],
    )


def preview_usage(
    path: Path, *, form: Form | str, mapping: ColumnMapping | None = None, rows: int = 10
) -> UsagePreview:
    """Look into a table without importing it; a mapping that does not fit is told as a problem.

    Raises:
        BadFile: the file is no table that can be read.
    """
    form = Form(form)
    with unpacked(path) as plain:
        report = open_report(plain, mapping)
        table = report.table
        chosen = choose_mapping(kind_of(form), table.headers, TARGETS, mapping)
        if chosen.source == "guessed":
            chosen = replace(chosen, mapping=mapping_of(report))
        sample = tuple(row.cells for row, _ in zip(table.rows, range(rows), strict=False))
        problems = list(table.problems)
    try:
        require_usable(table.headers, chosen.mapping)
    except BadFile as error:
        problems.append(Problem(table.header_line, "", "usage.mapping", error.message, error.remedy))
    known = report.known.layout if report.known is not None else None
    if known is not None and not known.usages:
        message = f"A {known.title} names nothing that was used."
        problems.append(Problem(table.header_line, "", "usage.layout", message, "Ask for the report with titles."))
    return UsagePreview(
        table.headers,
        chosen.mapping,
        chosen.name,
        sample,
        tuple(problems),
        layout=known.title if known is not None else "",
        note=known.note if known is not None else "",
        currency=report.currency,
        above=tuple(report.above.items()),
    )


@transaction.atomic
def keep_mapping(
    *, actor: Actor, at: datetime, form: Form | str, name: str, headers: Sequence[str], mapping: ColumnMapping
) -> None:
    """Remember how a sender's columns are read; the next file with these headers is read so without being asked.

    Raises:
        NotAllowed: the actor may not write usage.
        BadFile: the mapping does not fit the headers.
    """
    require(actor, Action.USAGE_WRITE)
    require_usable(headers, mapping)
    save_mapping(actor=actor, at=at, kind=kind_of(Form(form)), name=name, headers=headers, mapping=mapping)


@transaction.atomic
def undo_usage(*, actor: Actor, at: datetime, report_id: int) -> None:
    """Take a report back before it is distributed; its file may be imported again.

    The sealed batch stays, as everything sealed does, but nothing reads it any more.

    Raises:
        NotAllowed: the actor may not undo.
        UnknownReport: no such report.
        ReportInUse: it is distributed, or undone already.
    """
    require(actor, Action.INTAKE_UNDO)
    report = _locked(report_id)
    if report.state != ReportState.IMPORTED:
        raise ReportInUse(
            f"Usage report {report_id} is {report.state}.",
            "Only a report that no distribution has used can be undone.",
        )
    UsageReport.objects.filter(pk=report_id).update(state=ReportState.UNDONE.value)
    mark_undone(actor=actor, at=at, intake_id=report.intake_id)
    record_event(actor=actor, at=at, tag="usage.undone", subject_kind="usage_report", subject_id=report_id)


@transaction.atomic
def mark_distributed(*, actor: Actor, at: datetime, report_ids: Iterable[int]) -> None:
    """Say that a posted distribution has paid for these reports; they can no longer be undone.

    Raises:
        UnknownReport: no such report.
        ReportInUse: one was undone.
    """
    for report_id in sorted(set(report_ids)):
        if _locked(report_id).state == ReportState.UNDONE:
            raise ReportInUse(f"Usage report {report_id} was undone.", "Compute the distribution again without it.")
        UsageReport.objects.filter(pk=report_id).update(state=ReportState.DISTRIBUTED.value)
        record_event(actor=actor, at=at, tag="usage.distributed", subject_kind="usage_report", subject_id=report_id)


def _locked(report_id: int) -> ReportRow:
    UsageReport.objects.select_for_update().filter(pk=report_id).first()
    return get_report(report_id)
