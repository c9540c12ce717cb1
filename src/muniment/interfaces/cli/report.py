"""The commands `muniment report …`: the yearly transparency report, its postings, and the costs it tells."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from muniment.interfaces.cli.console import console, now, operator_actor, print_problems, print_table
from muniment.interfaces.report_pdf import published_pdf, report_pdf
from muniment.interfaces.report_table import HEADERS, POSTING_HEADERS, posting_rows, report_rows
from muniment.kernel.formats.tables import write_csv
from muniment.kernel.formats.tables.writing import Sheet, write_xlsx
from muniment.kernel.words.money import format_amount
from muniment.kernel.words.problems import UserError
from muniment.pay.distributions.queries.published_reports import PublishedReport, published_report
from muniment.pay.distributions.queries.transparency import iter_postings, transparency_report
from muniment.pay.distributions.rules.figures import FigureKey
from muniment.pay.distributions.services.transparency import prepare_report, publish_report
from muniment.trust.ledger.services.costs import BadCosts, import_costs

app = typer.Typer(no_args_is_help=True, help="Reports of a year, each figure a sum of postings.")

Year = Annotated[int, typer.Option(help="The financial year, named by the calendar year in which it ends.")]


@app.command()
def transparency(
    year: Year,
    form: Annotated[str, typer.Option("--format", help="text, json, csv, xlsx or pdf.")] = "text",
    out: Annotated[Path | None, typer.Option(help="The file to write; needed for xlsx and pdf.")] = None,
    language: Annotated[str, typer.Option(help="Of a PDF: a code such as ur; the society's own if left out.")] = "",
    *,
    published: Annotated[bool, typer.Option("--published", help="As it was last published.")] = False,
) -> None:
    """Show the transparency report of a year; exit status 1 if it does not tie."""
    sealed = _published(year) if published else None
    report = sealed.report if sealed is not None else transparency_report(year)
    rows = list(report_rows(report))
    match form:
        case "text":
            print_table(f"Transparency report {year}", list(HEADERS), [list(row) for row in rows], numbers=(7,))
            console.print(f"{len(report.checks)} checks, difference 0" if report.ties else "The report does not tie.")
        case "json":
            _write(
                json.dumps([dict(zip(HEADERS, row, strict=True)) for row in rows], indent=1, ensure_ascii=False), out
            )
        case "csv":
            _write_csv(rows, out)
        case "xlsx":
            if out is None:
                raise UserError("A workbook needs a file.", "Name it: --out report.xlsx")
            write_xlsx([Sheet(f"Report {year}", HEADERS, rows, widths=(18, 26, 9, 8, 12, 10, 24, 18))], out)
        case "pdf":
            if out is None:
                raise UserError("A PDF needs a file.", "Name it: --out report.pdf")
            out.write_bytes(report_pdf(report, language) if sealed is None else published_pdf(sealed, language))
            console.print(f"Written: {out}")
        case _:
            raise UserError(f"{form!r} is no format.", "Write text, json, csv, xlsx or pdf.")
    if not report.ties:
        raise typer.Exit(1)


def _published(year: int) -> PublishedReport:
    found = published_report(year)
    if found is None:
        raise UserError(f"The report of {year} is not published.", "Leave out --published for the books as they are.")
    return found


def _write(text: str, out: Path | None) -> None:
    if out is None:
        console.print(text, soft_wrap=True, markup=False)
    else:
        out.write_text(text + "\n", encoding="utf-8")
        console.print(f"Written: {out}")


def _write_csv(rows: list[tuple[object, ...]], out: Path | None) -> None:
    if out is None:
        sys.stdout.flush()
        write_csv(HEADERS, rows, sys.stdout.buffer, mark=False)
        return
    with out.open("wb") as stream:
        write_csv(HEADERS, rows, stream)
    console.print(f"{len(rows)} rows in {out}")


@app.command()
def postings(
    year: Year,
    line: Annotated[str, typer.Argument(help="A line of the report, such as paid.")],
    currency: Annotated[str, typer.Option(help="Its currency.")],
    right: Annotated[str, typer.Option(help="Its right.")] = "",
    use: Annotated[str, typer.Option(help="Its use.")] = "",
    collected: Annotated[int, typer.Option(help="Its year of collection.")] = 0,
    detail: Annotated[str, typer.Option(help="Of what it is.")] = "",
    out: Annotated[Path | None, typer.Option(help="Write them into this CSV file.")] = None,
) -> None:
    """Show the postings behind a figure of the report; they sum to it."""
    key = FigureKey(line, currency.upper(), right, use, collected, detail)
    found = list(iter_postings(key, year))
    rows = list(posting_rows(found))
    if out is not None:
        with out.open("wb") as stream:
            write_csv(POSTING_HEADERS, rows, stream)
    else:
        print_table(f"Postings of {line}", list(POSTING_HEADERS), [list(row) for row in rows], numbers=(0, 1, 8))
    total_micro = sum(row.amount_micro for row in found)
    console.print(f"{len(rows)} postings, together {format_amount(total_micro, key.currency, full=True)}")


@app.command()
def costs(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX: reference, kind, category, amount, currency, paid_on …")],
    person: Annotated[str | None, typer.Option("--as", help="Who acts.")] = None,
) -> None:
    """Book a table of costs and of what investments earned."""
    try:
        done = import_costs(actor=operator_actor(person), at=now(), path=file)
    except BadCosts as error:
        print_problems(list(error.problems), limit=20)
        raise
    console.print(f"{done.line_count} lines, {done.booked_count} booked, the others were booked before.")


@app.command()
def prepare(year: Year, person: Annotated[str | None, typer.Option("--as", help="Who acts.")] = None) -> None:
    """Seal the figures of a year's report; another person publishes it."""
    report = prepare_report(actor=operator_actor(person), at=now(), year=year)
    console.print(
        f"The report of {year} is prepared: {len(report.figures)} figures sealed. Next, by a second person: publish it."
    )


@app.command()
def publish(year: Year, person: Annotated[str | None, typer.Option("--as", help="Who acts.")] = None) -> None:
    """Publish the report that another person prepared, if the books still say the same."""
    report = publish_report(actor=operator_actor(person), at=now(), year=year)
    console.print(f"The report of {year} is published: {len(report.figures)} figures.")
