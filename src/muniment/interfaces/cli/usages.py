"""The commands `muniment usage …`: reports in, looked at, undone."""

from pathlib import Path
from typing import Annotated

import typer
from django.conf import settings

from muniment.interfaces.cli.console import (
    column_pairs,
    console,
    now,
    operator_actor,
    parse_day,
    print_problems,
    print_table,
    progress_bar,
)
from muniment.kernel.formats.tables import ColumnMapping
from muniment.kernel.words.period import Period
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.shares import Right
from muniment.kernel.words.territory import parse_territory
from muniment.rights.parties.queries import get_party_by_code
from muniment.trust.batches.queries import get_intake, list_problems, named_mapping
from muniment.use.matching.services import undo_report
from muniment.use.usages import queries, services
from muniment.use.usages.rules import DateOrder, Form, ReportState

app = typer.Typer(no_args_is_help=True, help="Reports of what was used: radio logs, set lists, streaming reports.")

File = Annotated[Path, typer.Argument(help="The report to read; CSV and DSR may be gzipped.")]
Person = Annotated[str | None, typer.Option("--as", help="Who acts.")]
Column = Annotated[list[str] | None, typer.Option("--column", help="A column of the file, as title=Song; repeatable.")]


@app.command("import")
def import_(
    file: File,
    source: Annotated[str, typer.Option(help="The code of who sent it; a new one is noted.")],
    fund: Annotated[str, typer.Option(help="The code of the fund that pays for it.")],
    from_: Annotated[str, typer.Option("--from", help="The first day of the period.")],
    to: Annotated[str, typer.Option(help="The first day after the period.")],
    form: Annotated[Form, typer.Option(help="How the file is read.")] = Form.TABLE,
    licensee: Annotated[str, typer.Option(help="The code of the licensee.")] = "",
    territory: Annotated[str, typer.Option(help="TIS number or ISO letters; the society's own if left out.")] = "",
    right: Annotated[Right, typer.Option(help="The right that was used.")] = Right.PERFORMING,
    currency: Annotated[str, typer.Option(help="The currency of amounts in the file.")] = "",
    date_order: Annotated[
        DateOrder, typer.Option(help="Which comes first in 03/04/2026: dmy or mdy.")
    ] = DateOrder.NONE,
    mapping: Annotated[str, typer.Option(help="The name of a saved mapping of columns.")] = "",
    column: Column = None,
    save_mapping: Annotated[str, typer.Option(help="Keep the mapping that is used under this name.")] = "",
    person: Person = None,
) -> None:
    """Import one report; good lines are kept, the others are told with line, field and remedy."""
    actor = operator_actor(person)
    chosen = _mapping(form, mapping, column)
    if save_mapping and form is not Form.DSR:
        seen = services.preview_usage(file, form=form, mapping=chosen)
        services.keep_mapping(
            actor=actor, at=now(), form=form, name=save_mapping, headers=seen.headers, mapping=seen.mapping
        )
    with progress_bar(f"Reading {file.name}") as progress:
        receipt = services.import_usage(
            actor=actor,
            at=now(),
            path=file,
            form=form,
            source_code=source,
            licensee_id=get_party_by_code(licensee).id if licensee else None,
            fund_code=fund,
            period=Period(parse_day(from_), parse_day(to)),
            territory=parse_territory(territory or str(settings.MUNIMENT_TERRITORY)),
            right=right,
            mapping=chosen,
            currency=currency,
            date_order=date_order,
            progress=progress,
        )
    _tell(receipt)


def _tell(receipt: services.UsageReportReceipt) -> None:
    """Print what an import did; exit with 1 where lines were lost, with 2 where the file was refused."""
    print_problems(list(receipt.problems))
    if receipt.problem_count > len(receipt.problems):
        console.print(f"… of {receipt.problem_count} problems; all that are kept: muniment usage problems …")
    if receipt.report_id is None:
        console.print("No line could be used: the file was refused as a whole and nothing was written.")
        raise typer.Exit(2)
    console.print(
        f"Report {receipt.report_id} (intake {receipt.intake_id}): {receipt.good_count} of {receipt.line_count} lines"
        f" taken, {receipt.use_count} uses, {receipt.bad_count} lines not taken."
    )
    if receipt.bad_count:
        raise typer.Exit(1)


def _mapping(form: Form, name: str, columns: list[str] | None) -> ColumnMapping | None:
    if name:
        return named_mapping(services.kind_of(form), name)
    if not columns:
        return None
    return ColumnMapping(column_pairs(columns))


@app.command()
def preview(
    file: File,
    form: Annotated[Form, typer.Option(help="How the file would be read.")] = Form.TABLE,
    mapping: Annotated[str, typer.Option(help="The name of a saved mapping of columns.")] = "",
    column: Column = None,
) -> None:
    """Show how a table would be read; write nothing."""
    seen = services.preview_usage(file, form=form, mapping=_mapping(form, mapping, column))
    if seen.layout:
        console.print(f"Its headers are those of a known form: {seen.layout}. {seen.note}".strip())
    print_table("Columns", ["field", "column"], [[field, head] for field, head in seen.mapping.columns.items()])
    print_table("First lines", list(seen.headers), [list(row) for row in seen.rows])
    print_problems(list(seen.problems))


@app.command("list")
def list_(
    source: Annotated[str, typer.Option(help="Only reports of this source.")] = "",
    limit: Annotated[int, typer.Option(help="How many, newest first.")] = 50,
) -> None:
    """List the reports."""
    page = queries.list_reports(source_code=source, limit=limit)
    headers = ["report", "source", "form", "fund", "from", "to", "lines", "uses", "state", "file"]
    rows: list[list[object]] = [
        [
            row.id,
            row.source_code,
            row.form.value,
            row.fund_code,
            row.period_from,
            row.period_to,
            row.line_count,
            row.use_count,
            row.state.value,
            row.file_name,
        ]
        for row in page.rows
    ]
    print_table(f"{page.total} usage reports", headers, rows, numbers=(0, 6, 7))


@app.command()
def show(
    report: Annotated[int, typer.Argument(help="The number of the report.")],
    offset: Annotated[int, typer.Option(help="Leave out so many lines.")] = 0,
    limit: Annotated[int, typer.Option(help="Show so many lines.")] = 20,
) -> None:
    """Show lines of a report: reported beside understood."""
    rows: list[list[object]] = [
        [
            line.source_line,
            line.reported.get("title"),
            line.reported.get("performer"),
            line.reported.get("writers"),
            line.used_on,
            line.use_count,
            line.use_kind,
        ]
        for line in queries.lines(report, offset, limit)
    ]
    found = queries.get_report(report)
    print_table(
        f"Report {report}: {found.file_name}, {found.line_count} lines, {found.state.value}",
        ["line", "title", "performer", "writers", "on", "uses", "use"],
        rows,
        numbers=(0, 5),
    )


@app.command()
def problems(
    intake: Annotated[int, typer.Argument(help="The number of the intake.")],
    limit: Annotated[int, typer.Option(help="How many.")] = 1000,
) -> None:
    """Print what was wrong with a file that came in, of whatever kind."""
    received = get_intake(intake)
    if received is None:
        raise UserError(f"No received file has the number {intake}.", "An import says the number of its intake.")
    print_problems(list(list_problems(intake, limit=limit)), limit=limit)
    console.print(f"{received.file_name}: {received.problem_count} problems, {received.good_count} lines taken.")


@app.command()
def undo(report: Annotated[int, typer.Argument(help="The number of the report.")], person: Person = None) -> None:
    """Take a report back that no distribution has used; its file may be imported again."""
    undo_report(actor=operator_actor(person), at=now(), report_id=report)
    console.print(f"Report {report} is {ReportState.UNDONE.value}.")


@app.command()
def files(report: Annotated[int, typer.Argument(help="The number of one report of the set.")]) -> None:
    """Show the files of a report that its sender parted, and what does not tie over all of them."""
    found = queries.set_of_report(report)
    if found is None:
        console.print(f"Report {report} came in one file.")
        return
    rows: list[list[object]] = [[number, report_id] for number, report_id in found.files]
    print_table(
        f"{found.message_id}: {len(rows)} of {found.file_count} files", ["file", "report"], rows, numbers=(0, 1)
    )
    print_problems(list(found.problems))
    if found.problems:
        raise typer.Exit(1)
    console.print("All files are there, and their sums tie.")
