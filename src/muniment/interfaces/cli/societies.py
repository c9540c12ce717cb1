"""The commands `muniment society …`: agreements with sister societies, money to them and from them."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from muniment.interfaces.cli.console import console, now, operator_actor, print_table
from muniment.interfaces.society_table import HEADERS, outgoing_rows
from muniment.kernel.formats.tables import parse_date, write_csv
from muniment.kernel.words.money import format_amount, parse_amount
from muniment.kernel.words.shares import format_percent, parse_percent
from muniment.pay.distributions import queries, services
from muniment.pay.distributions.queries import societies
from muniment.pay.distributions.queries.crd import outgoing_crd
from muniment.pay.distributions.rules.societies import Direction, IncomingKind, TaxTreatment
from muniment.pay.payments.queries import DEFAULT_POLICY
from muniment.pay.payments.services import settle_societies_of
from muniment.rights.parties.queries import party_meant

app = typer.Typer(no_args_is_help=True, help="Sister societies: agreements, money to them and from them.")

Society = Annotated[str, typer.Argument(help="The society's code or whole name.")]
Number = Annotated[int, typer.Argument(help="Its number.")]
Person = Annotated[str | None, typer.Option("--as", help="Who acts; approvals compare these names.")]
Percent = Annotated[str, typer.Option(help="In percent.")]


def _day(text: str) -> date | None:
    return parse_date(text) if text else None


@app.command()
def agree(
    society: Society,
    direction: Annotated[Direction, typer.Option(help="outgoing: for its members; incoming: for ours.")],
    approved_by: Annotated[str, typer.Option(help="Who checked it against the document; not who records it.")],
    document: Annotated[str, typer.Option(help="The agreement, with its date.")] = "",
    right: Annotated[str, typer.Option(help="PR, MR or SR; all if left out.")] = "",
    territories: Annotated[str, typer.Option(help="TIS codes, such as 2136 -840.")] = "2136",
    use: Annotated[str, typer.Option(help="A kind of use; all if left out.")] = "",
    valid_from: Annotated[str, typer.Option(help="The first day.")] = "",
    valid_to: Annotated[str, typer.Option(help="The first day without it.")] = "",
    fee: Percent = "0",
    cultural: Percent = "0",
    tax_rate: Percent = "0",
    tax: Annotated[TaxTreatment, typer.Option(help="How tax is handled.")] = TaxTreatment.GROSS,
    person: Person = None,
) -> None:
    """Record what was agreed with a society."""
    draft = services.AgreementDraft(
        society_id=party_meant(society),
        direction=direction,
        right=right,
        territories=territories,
        use_kind=use,
        valid_from=_day(valid_from),
        valid_to=_day(valid_to),
        fee_ppm=parse_percent(fee),
        cultural_ppm=parse_percent(cultural),
        tax_ppm=parse_percent(tax_rate),
        tax=tax,
        document=document,
    )
    number = services.record_agreement(actor=operator_actor(person), at=now(), draft=draft, approved_by=approved_by)
    console.print(f"Agreement {number} is recorded.")


@app.command()
def end(
    number: Number, valid_to: Annotated[str, typer.Option(help="The first day without it.")], person: Person = None
) -> None:
    """Let an agreement end; the row of before stays for runs of before."""
    new = services.end_agreement(
        actor=operator_actor(person), at=now(), agreement_id=number, valid_to=parse_date(valid_to)
    )
    console.print(f"Agreement {number} ends on {valid_to} (now number {new}).")


@app.command()
def agreements(past: Annotated[bool, typer.Option(help="Also rows that later ones replaced.")] = False) -> None:
    """List the agreements."""
    rows: list[list[object]] = [
        [row.id, row.society_name, row.direction, row.right or "all", row.territories, row.use_kind or "all",
         row.valid_from or "", row.valid_to or "", format_percent(row.fee_ppm), format_percent(row.cultural_ppm),
         f"{row.tax} {format_percent(row.tax_ppm)}", row.document]
        for row in societies.list_agreements(with_past=past)
    ]  # fmt: skip
    heads = ["No.", "Society", "Money", "Right", "Territories", "Use", "From", "To"]
    heads += ["Fee %", "Cultural %", "Tax %", "By"]
    print_table("Agreements", heads, rows, numbers=(0, 8, 9))


@app.command()
def settle(
    number: Annotated[int, typer.Argument(help="The number of the run.")],
    policy: Annotated[str, typer.Option(help="The payment policy whose withholding applies.")] = DEFAULT_POLICY,
    person: Person = None,
) -> None:
    """Give societies back what a run deducted beyond what they agreed to, and withhold the tax that applies."""
    run = queries.get_run_by_number(number)
    settled = settle_societies_of(actor=operator_actor(person), at=now(), run_id=run.id, policy=policy)
    for society_id, row in settled.items():
        back, tax = (format_amount(micro, run.currency) for micro in (row.refund_micro, row.tax_micro))
        console.print(f"Party {society_id} gets back {run.currency} {back}; {run.currency} {tax} of tax are withheld.")
    console.print(f"Societies of run {number} are settled.")


@app.command()
def outgoing(
    number: Annotated[int, typer.Argument(help="The number of the run.")],
    society: Annotated[str, typer.Option(help="Write this society's statement.")] = "",
    path: Annotated[Path | None, typer.Option(help="The CSV file to write it to.")] = None,
) -> None:
    """List what a run came to for each society, or write one society's statement as CSV."""
    run = queries.get_run_by_number(number)
    if society and path is not None:
        statement = societies.outgoing_statement(run.id, party_meant(society))
        with path.open("wb") as stream:
            count = write_csv(HEADERS, outgoing_rows(statement), stream)
        console.print(f"{count} lines are in {path}.")
        return
    rows: list[list[object]] = [
        [row.society_id, row.society_name, row.outcome, format_amount(row.amount_micro, run.currency),
         "" if row.refund_micro is None else format_amount(row.refund_micro, run.currency),
         format_amount(row.total_micro, run.currency)]
        for row in societies.list_outgoing(run.id)
    ]  # fmt: skip
    heads = ["Party", "Society", "State", "Of the run", "Deductions back", run.currency]
    print_table(f"Societies of run {number}", heads, rows, numbers=(0, 3, 4, 5))


@app.command()
def crd(
    number: Annotated[int, typer.Argument(help="The number of the run.")],
    folder: Annotated[Path, typer.Argument(help="The folder to write into.", exists=True, file_okay=False)],
    society: Annotated[str, typer.Option(help="One society; every society of the run if left out.")] = "",
    sender: Annotated[str, typer.Option(help="Our own code at CISAC.")] = "",
) -> None:
    """Write the societies' statements of a run as CRD 3.0, by its unofficial layout."""
    run = queries.get_run_by_number(number)
    chosen = [party_meant(society)] if society else [row.society_id for row in societies.list_outgoing(run.id)]
    for society_id in chosen:
        file = outgoing_crd(run.id, society_id, sender_society=sender)
        path = folder / file.name
        with path.open("wb") as stream:
            stream.writelines(file.lines)
        total = format_amount(file.total_micro, run.currency)
        console.print(f"{file.line_count} lines, {run.currency} {total} are in {path}.")


@app.command()
def receive(
    society: Society,
    path: Annotated[Path, typer.Argument(help="The society's statement: CSV, XLSX or CRD.")],
    amount: Annotated[str, typer.Option(help="What the bank received.")],
    currency: Annotated[str, typer.Option(help="In which currency.")],
    reference: Annotated[str, typer.Option(help="The number that the society gave its statement.")],
    received_on: Annotated[str, typer.Option(help="The day of the bank.")],
    kind: Annotated[IncomingKind, typer.Option(help="Why the money came.")] = IncomingKind.REGULAR,
    person: Person = None,
) -> None:
    """Take in money from a sister society with its statement; refused as a whole where a line is wrong."""
    row = services.receive_statement(
        actor=operator_actor(person),
        at=now(),
        society_id=party_meant(society),
        kind=kind,
        reference=reference,
        path=path,
        amount_micro=parse_amount(amount, currency),
        currency=currency,
        received_on=parse_date(received_on),
    )
    console.print(f"Statement {row.number}: {row.line_count} lines sum to the money that came.")
    console.print(f"Next, by a second person: muniment society approve {row.number} --as NAME")


@app.command()
def approve(number: Number, fee: Percent = "0", cultural: Percent = "0", person: Person = None) -> None:
    """Approve that a society's money is distributed; a deduction only as agreed."""
    services.approve_incoming(
        actor=operator_actor(person),
        at=now(),
        number=number,
        fee_ppm=parse_percent(fee),
        cultural_ppm=parse_percent(cultural),
    )
    console.print(f"Statement {number} is approved. Next: muniment society post {number}")


@app.command()
def post(number: Number, person: Person = None) -> None:
    """Distribute a society's approved money to members."""
    row = services.post_incoming(actor=operator_actor(person), at=now(), number=number)
    deducted = format_amount(row.deducted_micro, row.currency)
    console.print(f"Statement {number} is distributed (entry {row.entry_id}); deducted {row.currency} {deducted}.")


@app.command()
def incoming() -> None:
    """List the statements of sister societies."""
    rows: list[list[object]] = [
        [row.number, row.society_name, row.kind, row.reference, row.received_on, row.state, row.currency,
         format_amount(row.amount_micro, row.currency), format_amount(row.tax_micro, row.currency),
         format_amount(row.deducted_micro, row.currency)]
        for row in societies.list_incoming(limit=200).rows
    ]  # fmt: skip
    heads = ["No.", "Society", "Kind", "Reference", "Received", "State", "", "Amount", "Tax before", "Deducted"]
    print_table("Money from societies", heads, rows, numbers=(0, 7, 8, 9))
