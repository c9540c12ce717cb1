"""The commands `muniment adjustment …`: what was learnt after a run, booked; and what over-paid payees owe."""

from typing import Annotated

import typer

from muniment.interfaces.cli.console import console, now, operator_actor, parse_instant, print_table, progress_bar
from muniment.kernel.words.money import format_amount, parse_amount
from muniment.kernel.words.shares import format_percent
from muniment.pay.distributions import queries, services
from muniment.pay.distributions.queries import adjustments
from muniment.pay.distributions.queries.adjustments import AdjustmentRow

app = typer.Typer(no_args_is_help=True, help="Book what was learnt after a run was posted.")

Number = Annotated[int, typer.Argument(help="The number of the adjustment.")]
Person = Annotated[str | None, typer.Option("--as", help="Who acts; approvals compare these names.")]


def adjust(
    number: Annotated[int, typer.Argument(help="The number of the posted run.")],
    known_at: Annotated[str, typer.Option(help="The instant whose knowledge counts; now if left out.")] = "",
    title: Annotated[str, typer.Option(help="What members read beside their lines.")] = "",
    rematch: Annotated[bool, typer.Option(help="Take later matches also for lines whose work was known.")] = False,
    person: Person = None,
) -> None:
    """Compute a posted run again as known later, and draft what differs as an adjustment."""
    at = now()
    with progress_bar("Lines divided") as progress:
        row = services.draft_adjustment(
            actor=operator_actor(person),
            at=at,
            run_id=queries.get_run_by_number(number).id,
            known_at=parse_instant(known_at, at),
            title=title,
            rematch=rematch,
            progress=progress,
        )
    _show(row)
    console.print(f"Next, by a second person: muniment adjustment approve {row.number} --as NAME")


app.command("draft")(adjust)


@app.command()
def approve(number: Number, person: Person = None) -> None:
    """Approve an adjustment with what it would write off; not by who drafted it."""
    adjustment_id = adjustments.get_adjustment_by_number(number).id
    row = services.approve_adjustment(actor=operator_actor(person), at=now(), adjustment_id=adjustment_id)
    if row.write_off_micro:
        console.print(f"It may write off {row.currency} {format_amount(row.write_off_micro, row.currency)}.")
    console.print(f"Adjustment {number} is approved by {row.approved_by}. Next: muniment adjustment post {number}")


@app.command()
def post(number: Number, person: Person = None) -> None:
    """Book an approved adjustment: one new entry for each pool that it changes."""
    adjustment_id = adjustments.get_adjustment_by_number(number).id
    services.post_adjustment(actor=operator_actor(person), at=now(), adjustment_id=adjustment_id)
    for code, moved_micro, entry_id in adjustments.entries_of_adjustment(adjustment_id):
        currency = adjustments.get_adjustment(adjustment_id).currency
        console.print(f"{code}: {currency} {format_amount(moved_micro, currency)} changed hands (entry {entry_id}).")
    console.print(f"Adjustment {number} is posted. Next: muniment adjustment statements {number}")


@app.command()
def statements(number: Number, person: Person = None) -> None:
    """Issue the statements of a posted adjustment."""
    row = adjustments.get_adjustment_by_number(number)
    services.issue_adjustment_statements(actor=operator_actor(person), at=now(), adjustment_id=row.id)
    console.print(f"{len(adjustments.adjusted_payees(row.id))} statements of adjustment {number} are issued.")


@app.command()
def discard(number: Number, person: Person = None) -> None:
    """Give up an adjustment that was not posted."""
    adjustment_id = adjustments.get_adjustment_by_number(number).id
    services.discard_adjustment(actor=operator_actor(person), at=now(), adjustment_id=adjustment_id)
    console.print(f"Adjustment {number} is discarded.")


@app.command()
def replay(number: Number) -> None:
    """Compute an adjustment again from its sealed inputs and compare the digest; status 1 if it differs."""
    row = adjustments.get_adjustment_by_number(number)
    digest = services.replay_adjustment(adjustment_id=row.id)
    if digest == row.digest:
        console.print(f"Adjustment {number} replays to the same digest {digest}")
        return
    console.print(f"[red]Adjustment {number} has the digest {row.digest}, and replays to {digest}.[/red]")
    raise typer.Exit(1)


@app.command()
def show(number: Annotated[int | None, typer.Argument(help="The number; none: list all.")] = None) -> None:
    """Show the lines of an adjustment, or list the adjustments."""
    if number is not None:
        _show(adjustments.get_adjustment_by_number(number))
        return
    rows: list[list[object]] = [
        [row.number, row.run_number, row.title, f"{row.known_at:%Y-%m-%d %H:%M}", row.state,
         format_amount(row.moved_micro, row.currency), row.created_by, row.approved_by]
        for row in adjustments.list_adjustments().rows
    ]  # fmt: skip
    heads = ["No.", "Run", "Title", "Known at", "State", "Moved", "Drafted by", "Approved by"]
    print_table("Adjustments", heads, rows, numbers=(0, 1, 5))


@app.command()
def recoveries() -> None:
    """List what over-paid payees owe, and write-offs that wait for a second person."""
    rows: list[list[object]] = [
        [row.id, row.party_name, row.adjustment_number, format_amount(row.amount_micro, row.currency),
         format_amount(row.open_micro, row.currency), row.currency, f"{format_percent(row.cap_ppm)} %", row.ends_on]
        for row in adjustments.list_recoveries()
    ]  # fmt: skip
    heads = ["No.", "Payee", "Adjustment", "Overpaid", "Open", "Currency", "Of each amount", "Until"]
    print_table("Recoveries", heads, rows, numbers=(0, 2, 3, 4))
    for waiting in adjustments.list_write_offs():
        amount = format_amount(waiting.amount_micro, waiting.currency)
        console.print(
            f"Write-off {waiting.id} of {waiting.currency} {amount} ({waiting.party_name}: {waiting.note}), proposed"
            f" by {waiting.proposed_by}, waits: muniment adjustment approve-write-off {waiting.id} --as NAME"
        )


Recovery = Annotated[int, typer.Argument(help="The number of the recovery.")]


@app.command()
def settle(number: Recovery, person: Person = None) -> None:
    """Settle what is open of a recovery whose time is over from the claims reserve."""
    services.settle_by_reserve(actor=operator_actor(person), at=now(), recovery_id=number)
    console.print(f"Recovery {number} is settled from the claims reserve, as far as that reached.")


@app.command()
def write_off(
    number: Recovery,
    note: Annotated[str, typer.Option(help="Why it cannot be recovered; kept in the books.")],
    amount: Annotated[str | None, typer.Option(help="All that is open if left out.")] = None,
    person: Person = None,
) -> None:
    """Propose that the society bears what a payee owes; a second person approves."""
    currency = {row.id: row.currency for row in adjustments.list_recoveries()}.get(number, "")
    micro = None if amount is None else parse_amount(amount, currency)
    step_id = services.propose_write_off(
        actor=operator_actor(person), at=now(), recovery_id=number, note=note, amount_micro=micro
    )
    console.print(f"Proposed. Next: muniment adjustment approve-write-off {step_id} --as NAME")


@app.command()
def approve_write_off(
    number: Annotated[int, typer.Argument(help="The number of the write-off.")], person: Person = None
) -> None:
    """Approve a write-off and book it; not by who proposed it."""
    entry_id = services.approve_write_off(actor=operator_actor(person), at=now(), step_id=number)
    console.print(f"Written off (entry {entry_id}).")


def _show(row: AdjustmentRow) -> None:
    found = adjustments.list_deltas(row.id, limit=40)
    rows: list[list[object]] = [
        [delta.work.title if delta.work else delta.memory_key or "(no work)", delta.right, delta.report_id,
         delta.payee_name or delta.party_name, delta.status, delta.reason,
         format_amount(delta.before_micro, row.currency), format_amount(delta.delta_micro, row.currency),
         delta.origin_row + 1]
        for delta in found.rows
    ]  # fmt: skip
    heads = ["Work", "Right", "Report", "Whose", "Status", "Reason", "Booked", "Difference", "Line"]
    print_table(f"Adjustment {row.number} of run {row.run_number}: {row.state}", heads, rows, numbers=(2, 6, 7, 8))
    console.print(
        f"{found.total} differences; {row.currency} {format_amount(row.moved_micro, row.currency)} change hands;"
        f" {row.left_out_count} works are left out. Digest {row.digest}"
    )
