"""The commands `muniment payments …`: from balances to files for the bank, and the bank's answers.

What is on file for payees (advances, letters, documents …) is in `_payee_commands.py`.
"""

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from muniment.interfaces.cli import _payee_commands as payee_commands
from muniment.interfaces.cli.console import console, now, operator_actor, parse_day, print_problems, print_table
from muniment.kernel.words.money import format_amount, parse_amount
from muniment.pay.payments import queries, services
from muniment.pay.payments.rules import SkippedPayee
from muniment.pay.payments.rules.policy import Method
from muniment.rights.parties.queries import names_of

app = typer.Typer(no_args_is_help=True, help="Pay what payees are owed, and read what the bank made of it.")

Number = Annotated[int, typer.Argument(help="The number of the payment batch.")]
Person = Annotated[str | None, typer.Option("--as", help="Who acts; approvals compare these names.")]
Currency = Annotated[str, typer.Option(help="Three letters of ISO 4217.")]
Policy = Annotated[str, typer.Option(help="The payment policy: plain, or plain-1 for that very version.")]
PayIn = Annotated[str, typer.Option(help="The currency that the payees get, if it is another.")]
Way = Annotated[Method, typer.Option(help="transfer or cheque.")]
_SHOWN = 5


class Form(StrEnum):
    """The files that a bank may be sent."""

    CSV = "csv"
    PAIN001 = "pain.001"


@app.command()
def draft(
    currency: Currency,
    on: Annotated[str, typer.Option(help="The day the bank is asked to pay; today if left out.")] = "",
    minimum: Annotated[str, typer.Option(help="Balances below this amount wait, whatever the policy says.")] = "0",
    policy: Policy = queries.DEFAULT_POLICY,
    pay_in: PayIn = "",
    method: Way = Method.TRANSFER,
    person: Person = None,
) -> None:
    """Draft an order for every payee who can be paid; nothing is booked."""
    at = now()
    day = parse_day(on) if on else at.date()
    report = services.draft_payments(
        actor=operator_actor(person),
        at=at,
        currency=currency,
        on=day,
        minimum_micro=parse_amount(minimum, currency),
        policy=policy,
        pay_currency=pay_in,
        method=method,
    )
    _print_skipped(report.skipped, currency)
    if report.batch_id is None:
        console.print("Nobody can be paid now; nothing was written.")
        return
    _print_batch(report.batch_id)
    console.print(f"Next, by a second person: muniment payments approve {report.batch_id} --as NAME")


@app.command()
def approve(number: Number, person: Person = None) -> None:
    """Approve a draft and book its orders; not by who drafted it."""
    services.approve_payments(actor=operator_actor(person), at=now(), batch_id=number)
    _print_batch(number)
    console.print(f"Next: muniment payments export {number} FILE")


@app.command()
def cancel(number: Number, person: Person = None) -> None:
    """Take a draft back; nothing had been booked."""
    services.cancel_payments(actor=operator_actor(person), at=now(), batch_id=number)
    console.print(f"Payment batch {number} is cancelled.")


@app.command()
def export(
    number: Number,
    file: Annotated[Path, typer.Argument(help="Where to write; an existing file is overwritten.")],
    form: Annotated[Form, typer.Option(help="csv, or pain.001 (ISO 20022 XML).")] = Form.PAIN001,
    person: Person = None,
) -> None:
    """Write the orders of an approved batch for the bank; again gives the same bytes."""
    actor, at = operator_actor(person), now()
    if form is Form.CSV:
        content = services.export_csv(actor=actor, at=at, batch_id=number)
    else:
        content = services.export_pain001(actor=actor, at=at, batch_id=number, debtor=queries.society_account())
    file.write_bytes(content)
    console.print(f"Payment batch {number} is in {file} ({len(content)} bytes). Next: muniment payments confirm FILE")


@app.command()
def confirm(
    file: Annotated[Path, typer.Argument(help="The bank's answer: CSV, XLSX or pain.002 (XML).")],
    person: Person = None,
) -> None:
    """Book what the bank says was paid or returned; status 1 if a line could not be used."""
    report = services.confirm_payments(actor=operator_actor(person), at=now(), path=file)
    print_problems(list(report.problems))
    console.print(
        f"{report.paid_count} paid, {report.returned_count} returned, {report.repeated_count} known already, "
        f"{report.error_count} not used (intake {report.intake_id})."
    )
    if report.error_count:
        raise typer.Exit(1)


@app.command()
def show(number: Annotated[int | None, typer.Argument(help="The number of a batch; none: list all.")] = None) -> None:
    """Show a batch with its orders, or list the batches."""
    if number is not None:
        _print_batch(number)
        return
    rows: list[list[object]] = [
        [
            batch.id,
            batch.state,
            batch.pay_on,
            batch.currency,
            batch.order_count,
            format_amount(batch.total_micro, batch.currency),
            batch.created_by,
            batch.approved_by,
        ]
        for batch in queries.list_batches(limit=_SHOWN).rows
    ]
    headers = ["No.", "State", "Pay on", "Currency", "Orders", "Sum", "Drafted by", "Approved by"]
    print_table("Payment batches", headers, rows, numbers=(0, 4, 5))


@app.command()
def waiting(
    currency: Currency,
    minimum: Annotated[str, typer.Option(help="Balances below this amount wait, whatever the policy says.")] = "0",
    policy: Policy = queries.DEFAULT_POLICY,
    on: Annotated[str, typer.Option(help="The day of the payment; today if left out.")] = "",
    pay_in: PayIn = "",
    method: Way = Method.TRANSFER,
) -> None:
    """List the payees with a balance who would get no order now, and why."""
    at = now()
    occasion = queries.occasion_of(
        currency,
        at=at,
        on=parse_day(on) if on else at.date(),
        minimum_micro=parse_amount(minimum, currency),
        policy=policy,
        pay_currency=pay_in,
        method=method,
    )
    _print_skipped(queries.preview_selection(occasion).skipped, currency, limit=None)


def _print_batch(number: int) -> None:
    batch = queries.get_batch(number)
    orders = queries.list_orders(number, limit=_SHOWN)
    rows: list[list[object]] = [
        [
            order.end_to_end_id,
            order.holder,
            order.iban,
            format_amount(order.amount_micro, order.currency),
            order.state,
            _last_day(order),
            order.reason,
        ]
        for order in orders.rows
    ]
    title = (
        f"Payment batch {number}: {batch.state}, {batch.order_count} orders, "
        f"{batch.currency} {format_amount(batch.total_micro, batch.currency)}, pay on {batch.pay_on}"
    )
    print_table(title, ["End-to-end id", "Holder", "IBAN", "Amount", "State", "On", "Reason"], rows, numbers=(3,))
    if orders.total > _SHOWN:
        console.print(f"… and {orders.total - _SHOWN} more orders.")


def _last_day(order: queries.OrderRow) -> date | None:
    return order.returned_on or order.paid_on


def _print_skipped(skipped: tuple[SkippedPayee, ...], currency: str, *, limit: int | None = _SHOWN) -> None:
    shown = skipped if limit is None else skipped[:limit]
    if not shown:
        return
    names = names_of([payee.party_id for payee in shown])
    rows: list[list[object]] = [
        [names.get(payee.party_id, payee.party_id), format_amount(payee.balance_micro, currency), _why(payee)]
        for payee in shown
    ]
    print_table(f"{len(skipped)} payees get no order", ["Payee", "Balance", "Why"], rows, numbers=(1,))


def _why(payee: SkippedPayee) -> str:
    until = f"until {payee.until}" if payee.until else ""
    return ", ".join(part for part in (payee.reason.value, payee.detail, until) if part)


payee_commands.add_to(app)
