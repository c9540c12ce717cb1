"""The commands `muniment licence …`: tariffs, licensees, licences, invoices, receipts, arrears and funds."""

from pathlib import Path
from typing import Annotated

import typer

from muniment.interfaces.cli.console import (
    console,
    now,
    operator_actor,
    parse_day,
    print_problems,
    print_table,
    progress_bar,
)
from muniment.kernel.words.money import format_amount, parse_amount
from muniment.kernel.words.problems import BadFile
from muniment.trade.licensing import queries, services
from muniment.trade.licensing.queries import InvoiceRow
from muniment.trade.licensing.rules.fees import NOTHING_DECLARED, Basis, read_square_metres
from muniment.trade.licensing.rules.invoices import period_name, read_period
from muniment.trade.licensing.services import TableReport

app = typer.Typer(no_args_is_help=True, help="License the use of music, invoice it, and receive the money.")
tariff = typer.Typer(no_args_is_help=True, help="Tariffs as data.")
licensee = typer.Typer(no_args_is_help=True, help="Users of music.")
invoice = typer.Typer(no_args_is_help=True, help="Invoices.")
receipt = typer.Typer(no_args_is_help=True, help="Money received.")
app.add_typer(tariff, name="tariff")
app.add_typer(licensee, name="licensee")
app.add_typer(invoice, name="invoice")
app.add_typer(receipt, name="receipt")

File = Annotated[Path, typer.Argument(help="The file to read.")]
Person = Annotated[str | None, typer.Option("--as", help="Who acts.")]
Day = Annotated[str, typer.Option(help="A day such as 2026-10-02; today if left out.")]


@tariff.command("publish")
def publish(file: File, person: Person = None) -> None:
    """Publish the tariffs of a TOML file; a tariff that has not changed keeps its version."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise BadFile(f"{file} cannot be read ({error.strerror}).", "Check its name and permissions.") from error
    except UnicodeDecodeError as error:
        raise BadFile(f"{file} is not UTF-8 text.", "Save it as UTF-8.") from error
    rows = services.publish_tariffs(actor=operator_actor(person), at=now(), text=text)
    print_table(
        "Tariffs",
        ["Code", "Version", "Kind", "Currency", "From", "Title"],
        [[row.code, row.version, row.terms.kind, row.currency, row.valid_from, row.title] for row in rows],
        numbers=(1,),
    )


@tariff.command("list")
def list_tariffs() -> None:
    """List every version of every tariff."""
    print_table(
        "Tariffs",
        ["Code", "Version", "Kind", "Currency", "From", "To", "Title"],
        [
            [row.code, row.version, row.terms.kind, row.currency, row.valid_from, row.valid_to, row.title]
            for row in queries.list_tariffs()
        ],
        numbers=(1,),
    )


@licensee.command("import")
def import_licensees(file: File, person: Person = None) -> None:
    """Register the licensees of a CSV or XLSX table."""
    with progress_bar("Licensees") as progress:
        report = services.import_licensees_table(actor=operator_actor(person), at=now(), path=file, progress=progress)
    _show_report(report, "licensees")


@app.command("import")
def import_licences(file: File, person: Person = None) -> None:
    """Grant the licences of a CSV or XLSX table."""
    with progress_bar("Licences") as progress:
        report = services.import_licences_table(actor=operator_actor(person), at=now(), path=file, progress=progress)
    _show_report(report, "licences")


@app.command("list")
def list_licences() -> None:
    """List the licences."""
    print_table(
        "Licences",
        ["Licence", "Licensee", "Tariff", "Fund", "From", "To"],
        [
            [
                row.code,
                row.licensee_code,
                row.tariff_code,
                row.fund_kind,
                row.valid_from,
                row.valid_to,
            ]
            for row in queries.list_licences()
        ],
    )


@invoice.command("issue")
def issue(
    period: Annotated[str, typer.Argument(help="A year, quarter or month: 2026, 2026-Q3 or 2026-07.")],
    licence: Annotated[list[str] | None, typer.Option(help="Only this licence; may be repeated.")] = None,
    issued_on: Day = "",
    due_on: Annotated[str, typer.Option(help="When it is due; 30 days after the issue if left out.")] = "",
    revenue: Annotated[str, typer.Option(help="The declared revenue (one licence).")] = "",
    units: Annotated[int | None, typer.Option(help="The declared units: plays, tickets (one licence).")] = None,
    area: Annotated[str, typer.Option(help="The declared square metres (one licence).")] = "",
    seats: Annotated[int | None, typer.Option(help="The declared seats (one licence).")] = None,
    days: Annotated[int | None, typer.Option(help="The declared days of use (one licence).")] = None,
    person: Person = None,
) -> None:
    """Invoice every licence in force, or those named, for a period."""
    at = now()
    period_from, period_to = read_period(period)
    issued = parse_day(issued_on) if issued_on else at.date()
    due = parse_day(due_on) if due_on else None
    if licence and len(licence) == 1:
        declared = _declared(licence[0], revenue, units, area, seats, days)
        one = services.issue_invoice(
            actor=operator_actor(person),
            at=at,
            licence_code=licence[0],
            period_from=period_from,
            period_to=period_to,
            issued_on=issued,
            due_on=due,
            declared=declared,
        )
        _show_invoices([one])
        return
    if any(value not in ("", None) for value in (revenue, units, area, seats, days)):
        raise typer.BadParameter("figures can be declared for one licence only; name it with --licence")
    report = services.issue_invoices(
        actor=operator_actor(person),
        at=at,
        period_from=period_from,
        period_to=period_to,
        issued_on=issued,
        due_on=due,
        licence_codes=licence,
    )
    _show_invoices(list(report.invoices))
    for code, error in report.refusals:
        console.print(f"[yellow]{code}[/yellow] {error}", soft_wrap=True)


def _declared(code: str, revenue: str, units: int | None, area: str, seats: int | None, days: int | None) -> Basis:
    if not (revenue or area) and units is None and seats is None and days is None:
        return NOTHING_DECLARED
    licence = queries.get_licence(code)
    currency = queries.tariff_in_force(licence.tariff_code, licence.valid_from).currency
    return Basis(
        revenue_micro=parse_amount(revenue, currency) if revenue else None,
        units=units,
        area_dm2=read_square_metres(area) if area else None,
        seats=seats,
        days=days,
    )


@invoice.command("list")
def list_invoices(limit: Annotated[int, typer.Option(help="How many, the newest first.")] = 50) -> None:
    """List invoices with what is open of each."""
    _show_invoices(list(queries.list_invoices(limit=limit).rows))


@invoice.command("cancel")
def cancel(
    number: Annotated[str, typer.Argument(help="The number of the invoice.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept in the books.")],
    on: Day = "",
    person: Person = None,
) -> None:
    """Take back an invoice that nobody paid."""
    at = now()
    day = parse_day(on) if on else at.date()
    row = services.cancel_invoice(actor=operator_actor(person), at=at, number=number, on=day, reason=reason)
    console.print(f"{row.number} is cancelled; its days may be invoiced again.")


@receipt.command("import")
def import_receipts(file: File, person: Person = None) -> None:
    """Post the receipts of a CSV or XLSX table: reference, invoice or fund, amount, currency, day."""
    with progress_bar("Receipts") as progress:
        report = services.import_receipts_table(actor=operator_actor(person), at=now(), path=file, progress=progress)
    _show_report(report, "receipts")


@receipt.command("reverse")
def reverse(
    reference: Annotated[str, typer.Argument(help="The reference of the receipt.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept in the books.")],
    on: Day = "",
    person: Person = None,
) -> None:
    """Take back a receipt that was posted wrongly."""
    at = now()
    day = parse_day(on) if on else at.date()
    row = services.reverse_receipt(actor=operator_actor(person), at=at, reference=reference, on=day, reason=reason)
    console.print(f"{row.reference} is reversed; {row.invoice_number} is open again.")


@app.command()
def arrears(on: Day = "") -> None:
    """List what was due before a day and not paid by then."""
    day = parse_day(on) if on else now().date()
    rows = queries.arrears(day)
    print_table(
        f"Arrears on {day}",
        ["Invoice", "Licensee", "Due", "Days late", "Total", "Paid", "Open", ""],
        [
            [
                row.number,
                row.licensee_code,
                row.due_on,
                row.days_late,
                format_amount(row.total_micro, row.currency),
                format_amount(row.paid_micro, row.currency),
                format_amount(row.open_micro, row.currency),
                row.currency,
            ]
            for row in rows
        ],
        numbers=(3, 4, 5, 6),
    )


@app.command()
def funds() -> None:
    """List the funds: what was received and not distributed, and what is still to come."""
    print_table(
        "Funds",
        ["Fund", "Licensee", "To distribute", "Still to come", ""],
        [
            [
                row.fund_code,
                row.licensee_name,
                format_amount(row.balance_micro, row.currency),
                format_amount(row.billed_micro, row.currency),
                row.currency,
            ]
            for row in queries.funds()
        ],
        numbers=(2, 3),
    )


def _show_invoices(rows: list[InvoiceRow]) -> None:
    print_table(
        "Invoices",
        ["Invoice", "Licensee", "Period", "Net", "Tax", "Open", "", "State"],
        [
            [
                row.number,
                row.licensee_code,
                period_name(row.period_from, row.period_to),
                format_amount(row.amount_micro, row.currency),
                format_amount(row.vat_micro, row.currency),
                format_amount(row.open_micro, row.currency),
                row.currency,
                row.state,
            ]
            for row in rows
        ],
        numbers=(3, 4, 5),
    )


def _show_report(report: TableReport, what: str) -> None:
    """Print what became of a table; exit status 1 where lines were left out."""
    console.print(f"Intake {report.intake.id}: {report.good_count} of {report.line_count} {what} taken.")
    print_problems(list(report.problems))
    if report.good_count < report.line_count:
        raise typer.Exit(1)
