"""The commands `muniment hold …`: legal holds, money whose claim window has closed, the published list."""

from pathlib import Path
from typing import Annotated

import typer

from muniment.interfaces.cli.console import console, now, operator_actor, parse_day, print_table
from muniment.interfaces.unclaimed_table import HEADERS, unclaimed_row
from muniment.kernel.formats.tables import write_csv
from muniment.kernel.words.money import format_amount
from muniment.kernel.words.problems import UserError
from muniment.pay.distributions import queries, services
from muniment.pay.distributions.queries import hold_ages, published
from muniment.pay.distributions.queries.late import late_reasons
from muniment.pay.distributions.services import late
from muniment.pay.distributions.services.causes import CauseReport
from muniment.pay.payments.queries import DEFAULT_POLICY
from muniment.pay.payments.services import review_daily, review_payees

app = typer.Typer(no_args_is_help=True, help="Money that waits: legal holds, expired windows, the published list.")

Number = Annotated[int, typer.Argument(help="Its number.")]
Person = Annotated[str | None, typer.Option("--as", help="Who acts; approvals compare these names.")]


@app.command()
def stop(
    account: Annotated[str, typer.Argument(help="REASON/SCOPE, such as DISPUTE/run-3-pool-1.")],
    currency: Annotated[str, typer.Option(help="The currency of the account.")],
    note: Annotated[str, typer.Option(help="The order, or the office that asks for it.")],
    person: Person = None,
) -> None:
    """Put a legal hold on an account of held money."""
    reason, _, scope = account.removeprefix("held/").partition("/")
    number = services.set_legal_hold(
        actor=operator_actor(person), at=now(), reason=reason, scope=scope, currency=currency, note=note
    )
    console.print(f"Legal hold {number} is on held/{reason}/{scope}.")


@app.command()
def lift(number: Number, person: Person = None) -> None:
    """Lift a legal hold; not by who set it."""
    services.lift_legal_hold(actor=operator_actor(person), at=now(), legal_hold_id=number)
    console.print(f"Legal hold {number} is lifted.")


@app.command()
def review(
    currency: Annotated[str, typer.Option(help="Three letters of ISO 4217.")],
    policy: Annotated[str, typer.Option(help="The payment policy that may ask for tax forms.")] = DEFAULT_POLICY,
    on: Annotated[str, typer.Option(help="The day that documents have to hold on; today if left out.")] = "",
    person: Person = None,
) -> None:
    """Hold what payees have coming for a sanction, a death or a missing tax form; let it go where that has ended."""
    day = parse_day(on) if on else None
    found = review_payees(actor=operator_actor(person), at=now(), currency=currency, on=day, policy=policy)
    _tell_review(currency, found)


def _tell_review(currency: str, found: CauseReport) -> None:
    held = format_amount(found.held_micro, currency)
    console.print(f"{currency} {held} wait on {found.held_count} accounts for what is on file about their payees.")
    if found.passed_micro:
        passed = format_amount(found.passed_micro, currency)
        console.print(f"{currency} {passed} that payees who died owed is owed by their heirs now.")
    if found.release:
        released = format_amount(found.release.amount_micro, currency)
        console.print(f"{currency} {released} are payable again (entry {found.release.entry_id}).")


@app.command()
def daily(person: Person = None) -> None:
    """Review payees in every currency, where a payment policy says that it is done every day; for a nightly job."""
    done = review_daily(actor=operator_actor(person), at=now())
    if done is None:
        console.print('No payment policy says review_holds = "daily"; nothing was looked at.')
        return
    for row in done.currencies:
        _tell_review(row.currency, row.report)
    console.print(f"Reviewed as {done.policy} says: {len(done.currencies)} currencies.")


@app.command()
def explain(
    fund: Annotated[str, typer.Argument(help="The fund's code.")],
    currency: Annotated[str, typer.Option(help="Three letters of ISO 4217.")],
    note: Annotated[str, typer.Option(help="Why its money is not distributed in time; empty withdraws the reason.")],
    person: Person = None,
) -> None:
    """Write why the money of a fund is late where it waits on no hold; the clocks show it as late with a reason."""
    actor, at = operator_actor(person), now()
    if note.strip():
        late.explain_late_fund(actor=actor, at=at, fund_code=fund, currency=currency, note=note)
        console.print(f"The reason for {fund} in {currency} is written.")
        return
    late.withdraw_late_reason(actor=actor, at=at, fund_code=fund, currency=currency)
    console.print(f"The reason for {fund} in {currency} is withdrawn.")


@app.command()
def explained() -> None:
    """List the written reasons for late funds."""
    rows: list[list[object]] = [
        [row.fund_code, row.currency, row.note, row.written_by, row.written_at.date()] for row in late_reasons()
    ]
    print_table("Late funds with a reason", ["Fund", "Currency", "Reason", "By", "On"], rows)


@app.command()
def stops() -> None:
    """List the legal holds in force."""
    rows: list[list[object]] = [
        [row.id, row.reason, row.scope, row.currency, row.note, row.set_by] for row in hold_ages.list_legal_holds()
    ]
    print_table("Legal holds", ["No.", "Reason", "Where", "Currency", "Note", "Set by"], rows, numbers=(0,))


@app.command()
def expire(
    number: Annotated[int, typer.Argument(help="The number of the run.")],
    pool: Annotated[int, typer.Option(help="The pool's place in the run, from 1.")],
    reason: Annotated[str, typer.Option(help="UNMATCHED, UNCLAIMED ...")],
    goal: Annotated[str, typer.Option(help="For a pool supplement, the fund that gets it.")] = "",
    person: Person = None,
) -> None:
    """Propose to release a pool's money whose claim window has closed, by the run's policy."""
    pools = {row.ordinal: row.id for row in queries.pools_of(queries.get_run_by_number(number).id)}
    if pool not in pools:
        raise UserError(f"Run {number} has no pool {pool}.", f"Look at muniment distribution show {number}.")
    found = services.propose_expiry(
        actor=operator_actor(person), at=now(), pool_id=pools[pool], reason=reason, goal=goal
    )
    console.print(f"Proposed. Next, by a second person: muniment hold approve {found} --as NAME")


@app.command()
def approve(number: Number, person: Person = None) -> None:
    """Approve and book a proposed release; not by who proposed it."""
    entry_id = services.approve_expiry(actor=operator_actor(person), at=now(), expiry_id=number)
    console.print(f"Released (entry {entry_id}).")


@app.command()
def withdraw(number: Number, person: Person = None) -> None:
    """Withdraw a proposed release."""
    services.withdraw_expiry(actor=operator_actor(person), at=now(), expiry_id=number)
    console.print(f"Proposal {number} is withdrawn.")


@app.command()
def expiries() -> None:
    """List releases of money whose window has closed, proposed and booked."""
    rows: list[list[object]] = [
        [row.id, row.reason, row.run_number, row.fund_code, row.release, row.goal, row.proposed_by, row.approved_by,
         format_amount(row.amount_micro, row.currency)]
        for row in hold_ages.list_expiries()
    ]  # fmt: skip
    heads = ["No.", "Reason", "Run", "Fund", "By", "To", "Proposed by", "Approved by", "Amount"]
    print_table("Released after the window", heads, rows, numbers=(0, 2, 8))


@app.command()
def publish(person: Person = None) -> None:
    """Seal the list of unclaimed works as of now; pages show what is due."""
    count = services.publish_unclaimed(actor=operator_actor(person), at=now())
    console.print(f"The list has {count} items.")


@app.command("list")
def list_(
    path: Annotated[Path, typer.Argument(help="The CSV file to write.")],
    audience: Annotated[published.Audience, typer.Option(help="Whose view.")] = published.Audience.PUBLIC,
) -> None:
    """Write the published list as CSV; only the office's has amounts."""
    items = published.iter_unclaimed(audience, on=now().date())
    with_amounts = audience is published.Audience.OFFICE
    with path.open("wb") as stream:
        count = write_csv(HEADERS, (unclaimed_row(item, with_amounts=with_amounts) for item in items), stream)
    console.print(f"{count} items are in {path}.")


@app.command()
def claims() -> None:
    """List the claims on the list that wait for an answer."""
    rows: list[list[object]] = [
        [row.id, row.title, row.party_name, row.run_number, row.report_id, row.note]
        for row in published.list_claims(open_only=True, limit=500).rows
    ]
    heads = ["No.", "Title", "Claimant", "Run", "Report", "Why"]
    print_table("Claims on the list", heads, rows, numbers=(0, 3, 4))


@app.command()
def answer(
    number: Number,
    text: Annotated[str, typer.Argument(help="What the claimant reads.")],
    refuse: Annotated[bool, typer.Option(help="Refuse; else the claim is accepted.")] = False,
    person: Person = None,
) -> None:
    """Answer a claim on the list. Record the share or the match, then adjust the run."""
    services.decide_claim(actor=operator_actor(person), at=now(), claim_id=number, accept=not refuse, answer=text)
    console.print(f"Claim {number} is {'refused' if refuse else 'accepted'}.")
