"""The commands `muniment distribution …`: from a draft to statements, and what waits."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from muniment.interfaces.cli.adjustments import adjust
from muniment.interfaces.cli.console import console, now, operator_actor, parse_instant, print_table, progress_bar
from muniment.interfaces.cli.policies import policies, policy_app
from muniment.interfaces.payee_labels import read_labels
from muniment.kernel.formats.statements import FORMS, LANGUAGES
from muniment.kernel.words.money import format_amount, parse_amount
from muniment.kernel.words.problems import UserError
from muniment.pay.distributions import queries, services
from muniment.pay.distributions.queries import PoolRow, RunRow, hold_ages

app = typer.Typer(no_args_is_help=True, help="Divide the money of funds to those whose works were used.")
app.command()(adjust)
app.command()(policies)
app.add_typer(policy_app, name="policy")

Number = Annotated[int, typer.Argument(help="The number of the run.")]
Person = Annotated[str | None, typer.Option("--as", help="Who acts; approvals compare these names.")]


@app.command()
def draft(
    title: Annotated[str, typer.Option(help="What members read on their statements.")],
    policy: Annotated[str, typer.Option(help="Such as census-1, or census for its newest version.")],
    fund: Annotated[list[str], typer.Option(help="A fund's code, or CODE=AMOUNT for a part of it; may be repeated.")],
    known_at: Annotated[str, typer.Option(help="The instant whose knowledge counts; now if left out.")] = "",
    currency: Annotated[str | None, typer.Option(help="Only where a fund has several.")] = None,
    missing: Annotated[list[str] | None, typer.Option(help="FUND=COUNT of set lists that did not come.")] = None,
    payee_label: Annotated[list[str] | None, typer.Option(help="LABEL=PARTY, such as cheque=W-00001.")] = None,
    person: Person = None,
) -> None:
    """Draft a run: one pool for each fund."""
    at = now()
    codes, amounts = _funds(fund, currency)
    run = services.draft_run(
        actor=operator_actor(person),
        at=at,
        title=title,
        policy=policy,
        fund_codes=codes,
        known_at=parse_instant(known_at, at),
        amounts=amounts,
        currency=currency,
        missing=_counts(missing or []),
        payee_labels=read_labels(payee_label or []),
    )
    _show_pools(run)
    console.print(f"Run {run.number} is drafted. Next: muniment distribution compute {run.number}")


def _counts(texts: Iterable[str]) -> dict[str, int]:
    counts = {}
    for text in texts:
        code, _, count = text.rpartition("=")
        if not code or not count.isdecimal():
            raise UserError(f"{text!r} is no number of set lists.", "Write FUND=2.")
        counts[code] = int(count)
    return counts


def _funds(texts: Iterable[str], currency: str | None) -> tuple[list[str], dict[str, int]]:
    codes, amounts = [], {}
    for text in texts:
        code, given, amount = text.partition("=")
        codes.append(code)
        if given:
            if currency is None:
                raise UserError(f"{text}: an amount needs its currency.", "Add --currency, such as --currency EUR.")
            amounts[code] = parse_amount(amount, currency)
    return codes, amounts


@app.command()
def compute(number: Number, person: Person = None) -> None:
    """Freeze the inputs of a run and divide its pools; nothing is booked."""
    run_id = queries.get_run_by_number(number).id
    with progress_bar("Lines divided") as progress:
        run = services.compute_run(actor=operator_actor(person), at=now(), run_id=run_id, progress=progress)
    _show_pools(run)
    _show_sums(run)
    console.print(f"Digest {run.digest}")
    console.print(f"Next, by a second person: muniment distribution approve {number} --as NAME")


@app.command()
def approve(number: Number, person: Person = None) -> None:
    """Approve a computed run; not by who drafted or computed it."""
    run_id = queries.get_run_by_number(number).id
    run = services.approve_run(actor=operator_actor(person), at=now(), run_id=run_id)
    console.print(f"Run {number} is approved by {run.approved_by}. Next: muniment distribution post {number}")


@app.command()
def post(number: Number, person: Person = None) -> None:
    """Book an approved run: one ledger entry for each pool."""
    run_id = queries.get_run_by_number(number).id
    with progress_bar("Pools booked") as progress:
        run = services.post_run(actor=operator_actor(person), at=now(), run_id=run_id, progress=progress)
    _show_sums(run)
    console.print(f"Run {number} is posted. Next: muniment distribution statements {number}")


@app.command()
def statements(number: Number, person: Person = None) -> None:
    """Issue the numbered statements of a posted run."""
    run_id = queries.get_run_by_number(number).id
    with progress_bar("Statements") as progress:
        services.issue_statements(actor=operator_actor(person), at=now(), run_id=run_id, progress=progress)
    issued = queries.list_statements(run_id=run_id, limit=1)
    console.print(f"{issued.total} statements of run {number} are issued.")


@app.command()
def statement_files(
    number: Number,
    folder: Annotated[Path, typer.Argument(help="Where to write them; files of the same names are overwritten.")],
    form: Annotated[str, typer.Option(help=f"One of {', '.join(FORMS)}.")] = "pdf",
    language: Annotated[str, typer.Option(help=f"One of {', '.join(LANGUAGES)}.")] = "en",
) -> None:
    """Write every statement of a run as a file of its own, to be sent or printed."""
    if form not in FORMS:
        raise UserError(f"A statement is not written as {form!r}.", f"Write one of {', '.join(FORMS)}.")
    if language not in LANGUAGES:
        raise UserError(f"Statements are not printed in {language!r}.", f"Write one of {', '.join(LANGUAGES)}.")
    if not folder.is_dir():
        raise UserError(f"There is no folder {folder}.", "Make it, or choose another.")
    run_id = queries.get_run_by_number(number).id
    total = queries.list_statements(run_id=run_id, limit=1).total
    if not total:
        raise UserError(f"Run {number} has no statements.", f"Issue them: muniment distribution statements {number}")
    with progress_bar("Statements written") as progress:
        for done, document in enumerate(queries.statement_documents(run_id, language), start=1):
            (folder / FORMS[form].file_name(document)).write_bytes(FORMS[form].render(document))
            progress(done, total)
    console.print(f"{total} statements of run {number} are in {folder}.")


@app.command()
def replay(number: Number) -> None:
    """Compute a run again from its frozen inputs and compare the digest; status 1 if it differs."""
    run = queries.get_run_by_number(number)
    with progress_bar("Lines divided") as progress:
        digest = services.replay_run(run_id=run.id, progress=progress)
    if digest == run.digest:
        console.print(f"Run {number} replays to the same digest {digest}")
        return
    console.print(f"[red]Run {number} has the digest {run.digest}, and replays to {digest}.[/red]")
    raise typer.Exit(1)


@app.command()
def verify(number: Number) -> None:
    """Divide a run a second time, in SQL, and compare every row and sum; status 1 if anything differs."""
    run = queries.get_run_by_number(number)
    found = queries.verify_run(run.id)
    rows: list[list[object]] = [
        [
            pool.fund_code,
            pool.line_count,
            pool.row_count,
            pool.missing,
            pool.unexpected,
            pool.wrong_totals,
            format_amount(pool.difference_micro, run.currency),
        ]
        for pool in found.pools
    ]
    heads = ["Fund", "Lines", "Rows", "Only sealed", "Only in SQL", "Wrong sums", f"Off by {run.currency}"]
    print_table(f"Run {number}, divided in SQL", heads, rows, numbers=(1, 2, 3, 4, 5, 6))
    if found.wrong_payees:
        console.print(f"[red]{found.wrong_payees} payees are kept with other amounts or deductions.[/red]")
    if found.agrees:
        console.print(f"Run {number} comes to the same in SQL, row for row: digest {found.digest}")
        return
    console.print(f"[red]Run {number} has the digest {found.kept_digest}; SQL comes to {found.digest}.[/red]")
    raise typer.Exit(1)


@app.command()
def reverse(
    number: Number, reason: Annotated[str, typer.Option(help="Kept in the books.")], person: Person = None
) -> None:
    """Take a posted run back by entries of the opposite; not by who posted it."""
    run_id = queries.get_run_by_number(number).id
    services.reverse_run(actor=operator_actor(person), at=now(), run_id=run_id, reason=reason)
    console.print(f"Run {number} is reversed; the money is in its funds again.")


@app.command()
def discard(number: Number, person: Person = None) -> None:
    """Give up a run that was not posted."""
    services.discard_run(actor=operator_actor(person), at=now(), run_id=queries.get_run_by_number(number).id)
    console.print(f"Run {number} is discarded.")


@app.command()
def show(number: Annotated[int | None, typer.Argument(help="The number of a run; none: list all.")] = None) -> None:
    """Show a run with its pools and sums, or list the runs."""
    if number is None:
        rows: list[list[object]] = [
            [run.number, run.title, run.policy_name, run.currency, run.state, run.created_by, run.approved_by]
            for run in queries.list_runs()
        ]
        heads = ["Run", "Title", "Policy", "Currency", "State", "Drafted by", "Approved by"]
        print_table("Distribution runs", heads, rows, numbers=(0,))
        return
    run = queries.get_run_by_number(number)
    console.print(f"Run {run.number}, {run.title}: {run.state}, policy {run.policy_name}, known at {run.known_at}")
    _show_pools(run)
    _show_sums(run)
    if run.digest:
        console.print(f"Digest {run.digest}")


@app.command()
def holds(
    currency: Annotated[str, typer.Option(help="The currency of the money that waits.")],
    reason: Annotated[str | None, typer.Option(help="UNMATCHED, UNCLAIMED, DISPUTE, NO_USAGE, NO_PAYEE ...")] = None,
) -> None:
    """List the money that waits, the oldest first, with the reason and how long a claim is in time."""
    found = hold_ages.aged_holds(currency, on=now().date(), reason=reason)
    rows: list[list[object]] = [
        [row.hold.reason, row.hold.scope, row.hold.party_name or row.fund_code, row.age_days,
         row.clock.ends_on or "", row.rule.release, row.legal_note, format_amount(row.hold.amount_micro, currency)]
        for row in found
    ]  # fmt: skip
    heads = ["Reason", "Where", "Payee or fund", "Days", "In time until", "Then", "Legal hold", currency]
    print_table("Money on hold", heads, rows, numbers=(3, 7))
    console.print(f"Together {currency} {format_amount(sum(row.hold.amount_micro for row in found), currency)}")


@app.command()
def release(
    currency: Annotated[str, typer.Option(help="The currency of the money that waits.")],
    minimum: Annotated[str | None, typer.Option(help="In place of each policy's minimum; 0 pays out all.")] = None,
    person: Person = None,
) -> None:
    """Move what waits for payees and no longer has to: account approved, minimum reached."""
    least = None if minimum is None else parse_amount(minimum, currency)
    released = services.release_payee_holds(
        actor=operator_actor(person), at=now(), currency=currency, minimum_micro=least
    )
    if released is None:
        console.print("Nothing can be released: accounts are missing or the minimum is not reached.")
        return
    amount = format_amount(released.amount_micro, currency)
    console.print(f"{currency} {amount} of {released.payee_count} payees became payable (entry {released.entry_id}).")


@app.command()
def release_matched(number: Number, person: Person = None) -> None:
    """Divide the unmatched money of a posted run for the lines whose work is known by now."""
    run = queries.get_run_by_number(number)
    released = services.release_matched(actor=operator_actor(person), at=now(), run_id=run.id)
    if not released:
        console.print("No work was found for an unmatched line since the run was computed. Match the reports again.")
    for row in released:
        amount = format_amount(row.amount_micro, row.currency)
        console.print(f"{row.currency} {amount} of {row.payee_count} payees became payable (entry {row.entry_id}).")


def _show_pools(run: RunRow) -> None:
    """Print the pools; the last line sums them."""
    pools = queries.pools_of(run.id)

    def line(name: str, some: Sequence[PoolRow]) -> list[object]:
        amounts = (
            sum(pool.gross_micro for pool in some),
            sum(pool.deducted_micro for pool in some),
            sum(pool.payee_micro for pool in some),
            sum(pool.held_micro for pool in some),
        )
        return [
            name,
            sum(pool.line_count for pool in some),
            *(format_amount(amount, run.currency) for amount in amounts),
        ]

    rows = [line(pool.fund_code, [pool]) for pool in pools]
    heads = ["Fund", "Lines", f"Gross {run.currency}", "Deducted", "Of payees", "Held"]
    print_table(f"Pools of run {run.number}", heads, [*rows, line("Together", pools)], numbers=(1, 2, 3, 4, 5))


def _show_sums(run: RunRow) -> None:
    """Print where the money of a run goes; the parts sum to the gross amount."""
    sums = queries.run_sums(run.id)
    rows: list[list[object]] = [
        ["Deducted from pools", format_amount(sums.deducted_micro - sums.payee_deducted_micro, run.currency)]
    ]
    if sums.payee_deducted_micro:
        rows.append(["Deducted from payees", format_amount(sums.payee_deducted_micro, run.currency)])
    rows.append([f"Payable, of {sums.payee_count} payees", format_amount(sums.payable_micro, run.currency)])
    rows += [[f"Held: {row.reason}", format_amount(row.amount_micro, run.currency)] for row in sums.held]
    parts_micro = sums.deducted_micro + sums.payable_micro + sums.held_micro
    rows.append(["Together", format_amount(parts_micro, run.currency)])
    rows.append(["Gross of the pools", format_amount(sums.gross_micro, run.currency)])
    title = "Where the money goes" + ("" if sums.ties else " (not computed yet)")
    print_table(title, ["", run.currency], rows, numbers=(1,))
