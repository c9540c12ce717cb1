"""The commands of `muniment payments` about what is on file for payees, and about single payments."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from muniment.interfaces.cli.console import console, now, operator_actor, parse_day, print_problems, print_table
from muniment.kernel.words.money import format_amount, parse_amount
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.shares import format_percent
from muniment.pay.payments import queries, services
from muniment.pay.payments.rules.drafts import KINDS, AdvanceDraft, RedirectionDraft, format_rate, parse_rate, read_fact
from muniment.pay.payments.rules.policy import PaymentPolicy, parse_payment_policy
from muniment.pay.payments.rules.words import explain_policy
from muniment.rights.parties.queries import party_meant

Number = Annotated[int, typer.Argument(help="The number of what was proposed.")]
Batch = Annotated[int, typer.Argument(help="The number of the payment batch.")]
Payee = Annotated[str, typer.Argument(help="The payee: code, IPI name number or whole name.")]
Person = Annotated[str | None, typer.Option("--as", help="Who acts; approvals compare these names.")]
Day = Annotated[str, typer.Option(help="A day such as 2026-10-24; today if left out.")]
Words = Annotated[str, typer.Option()]


def add_to(app: typer.Typer) -> None:
    """Add the commands to the group `muniment payments`."""
    commands: tuple[Callable[..., None], ...] = (
        policies,
        explain,
        check,
        record,
        import_facts,
        payee,
        proposals,
        approve_fact,
        refuse_fact,
        end,
        rate,
        slip,
        resume,
        exchange,
    )
    for command in commands:
        app.command(command.__name__.replace("_", "-"))(command)


def policies() -> None:
    """List the payment policies."""
    rows: list[list[object]] = [
        [policy.name, policy.title, " ".join(policy.order), policy.digest[:12]]
        for policy in queries.list_payment_policies()
    ]
    print_table("Payment policies", ["Name", "Title", "Order", "Digest"], rows)


def explain(name: Annotated[str, typer.Argument(help="A policy, such as plain or plain-1.")] = "plain") -> None:
    """Say in words what a payment policy does, step by step."""
    _print_policy(queries.get_payment_policy(name))


def check(file: Annotated[Path, typer.Argument(help="A TOML file.")]) -> None:
    """Read a payment policy and say what it does, or what is wrong with it: file, line and key."""
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UserError(f"{file.name} is not a text in UTF-8.", "Save it as UTF-8.") from None
    _print_policy(parse_payment_policy(text, file.name))


def record(
    kind: Annotated[str, typer.Argument(help=f"{', '.join(KINDS)}.")],
    payee: Payee,
    to: Words = "",
    share: Words = "",
    amount: Words = "",
    instalment: Words = "",
    protected: Words = "",
    currency: Words = "",
    priority: Words = "",
    sources: Words = "",
    crossed: Words = "",
    document: Words = "",
    country: Words = "",
    rate: Words = "",
    method: Words = "",
    valid_from: Words = "",
    valid_to: Words = "",
    person: Person = None,
) -> None:
    """Put a fact on file for a payee; what sends money elsewhere waits for a second person."""
    values = {key: value for key, value in locals().items() if isinstance(value, str) and key != "person"}
    at = now()
    draft = read_fact(values, party_meant, at.date())
    number = services.write_fact(actor=operator_actor(person), at=at, draft=draft)
    if isinstance(draft, AdvanceDraft | RedirectionDraft):
        what = "advance" if isinstance(draft, AdvanceDraft) else "redirection"
        console.print(
            f"Proposed as {what} {number}. Next, by a second person: "
            f"muniment payments approve-fact {what} {number} --as NAME"
        )
    else:
        console.print("It is on file.")


def import_facts(file: Annotated[Path, typer.Argument(help="CSV or XLSX.")], person: Person = None) -> None:
    """Take in a table of facts, one a line; status 1 if a line could not be used."""
    report = services.import_facts(actor=operator_actor(person), at=now(), path=file)
    print_problems(list(report.problems))
    console.print(
        f"{report.recorded_count} recorded, {report.proposed_count} wait for a second person, "
        f"{report.error_count} not used (intake {report.intake_id})."
    )
    if report.error_count:
        raise typer.Exit(1)


def payee(payee: Payee) -> None:
    """Show what is on file for a payee."""
    file = queries.payee_file(party_meant(payee))
    console.print(file.name, style="bold")
    _print_advances(file.advances)
    _print_redirections(file.redirections)
    rows: list[list[object]] = [
        [row.id, row.kind, row.number, row.country, row.valid_from, row.valid_to, "ended" if row.known_to else ""]
        for row in file.documents
    ]
    if rows:
        print_table("Documents", ["No.", "Kind", "Document", "Country", "From", "To", ""], rows)
    if file.terms:
        console.print(f"Paid in {file.terms.currency} by {file.terms.method}.")
    for notice in file.notices:
        console.print(
            f"Account …{notice.iban_end} changed {notice.changed_at:%Y-%m-%d}, paid to from {notice.pays_from}."
        )


def proposals() -> None:
    """List the advances and redirections that wait for a second person."""
    advances, redirections = queries.open_proposals()
    _print_advances(advances)
    _print_redirections(redirections)
    if not advances and not redirections:
        console.print("Nothing waits.")


def approve_fact(
    what: Annotated[str, typer.Argument(help="advance or redirection.")], number: Number, person: Person = None
) -> None:
    """Approve an advance or a redirection; not by who proposed it."""
    act = _act(what, services.approve_advance, services.approve_redirection)
    act(actor=operator_actor(person), at=now(), number=number)
    console.print(f"The {what} {number} is approved.")


def refuse_fact(
    what: Annotated[str, typer.Argument(help="advance or redirection.")], number: Number, person: Person = None
) -> None:
    """Refuse an advance or a redirection, or take back one's own."""
    act = _act(what, services.refuse_advance, services.refuse_redirection)
    act(actor=operator_actor(person), at=now(), number=number)
    console.print(f"The {what} {number} is refused.")


def end(
    what: Annotated[str, typer.Argument(help="advance, redirection or document.")],
    number: Number,
    on: Day = "",
    person: Person = None,
) -> None:
    """Let a fact hold only up to a day; what is left of an advance is written off."""
    at, actor = now(), operator_actor(person)
    day = parse_day(on) if on else at.date()
    if what == "document":
        services.end_document(actor=actor, at=at, document_id=number, on=day)
    else:
        _act(what, services.end_advance, services.end_redirection)(actor=actor, at=at, number=number, on=day)
    console.print(f"The {what} {number} ends on {day}.")


def rate(
    base: Annotated[str, typer.Argument(help="The currency of the balances.")],
    quote: Annotated[str, typer.Argument(help="The currency that is paid.")],
    value: Annotated[str, typer.Argument(help="How many units of the second one unit of the first buys.")],
    source: Annotated[str, typer.Option(help="Who published the rate.")],
    on: Day = "",
    person: Person = None,
) -> None:
    """Put an exchange rate on file."""
    at = now()
    services.record_rate(
        actor=operator_actor(person),
        at=at,
        base=base,
        quote=quote,
        rate_nano=parse_rate(value),
        source=source,
        on=parse_day(on) if on else at.date(),
    )
    console.print(f"1 {base} = {format_rate(parse_rate(value))} {quote}, by {source}.")


def slip(
    batch: Batch,
    payee: Payee,
    csv: Annotated[Path | None, typer.Option(help="Write the statement of the payment here as CSV.")] = None,
) -> None:
    """Explain a payment: every step from the balance to the amount paid."""
    found = queries.get_slip(batch, party_meant(payee))
    rows: list[list[object]] = [["balance", "", "", "", "", format_amount(found.balance_micro, found.currency)]]
    for line in found.lines:
        share = "" if line.rate_ppm is None else f"{format_percent(line.rate_ppm)} %"
        reason = f"{line.reason} to {line.to_name}" if line.to_name else line.reason
        shown = [format_amount(amount, found.currency) for amount in (line.base_micro, line.amount_micro)]
        rows.append([line.step, reason, share, line.document, *shown])
    rows.append(["net", "", "", "", "", format_amount(found.net_micro, found.currency)])
    rows.append(["paid", found.end_to_end_id, "", "", "", format_amount(found.paid_micro, found.currency)])
    headers = ["Step", "Reason", "Rate", "Document", "Base", found.currency]
    print_table(
        f"{found.party_name}, payment batch {batch}, policy {found.policy_name}", headers, rows, numbers=(2, 4, 5)
    )
    if found.held:
        until = f" until {found.held_until}" if found.held_until else ""
        console.print(f"Held{until}: {found.held.value}. {found.held_detail}".strip())
    if csv:
        csv.write_bytes(queries.slip_csv(found))
        console.print(f"The statement of the payment is in {csv}.")


def resume(batch: Batch) -> None:
    """Say how far a batch has come and what is to be done next; asking changes nothing."""
    console.print(queries.next_act(batch))


def exchange(
    batch: Batch,
    cost: Annotated[str, typer.Argument(help="What the bank took, in the currency of the balances.")],
    on: Day = "",
    person: Person = None,
) -> None:
    """Book what changing the money of a batch really cost."""
    at = now()
    currency = queries.get_batch(batch).source_currency
    more = services.settle_exchange(
        actor=operator_actor(person),
        at=at,
        batch_id=batch,
        cost_micro=parse_amount(cost, currency),
        on=parse_day(on) if on else at.date(),
    )
    console.print(f"Booked; {currency} {format_amount(more, currency)} more than the rate said.")


def _act[Act](what: str, advance: Act, redirection: Act) -> Act:
    acts = {"advance": advance, "redirection": redirection}
    if what not in acts:
        raise UserError(f"{what!r} cannot be decided on.", f"Write one of: {', '.join(acts)}.")
    return acts[what]


def _print_policy(policy: PaymentPolicy) -> None:
    console.print(f"{policy.name}: {policy.title}", style="bold")
    for sentence in explain_policy(policy):
        console.print(f"  {sentence}", markup=False)


def _print_advances(advances: tuple[queries.AdvanceRow, ...]) -> None:
    rows: list[list[object]] = [
        [
            row.number,
            row.party_name,
            format_amount(row.amount_micro, row.currency),
            format_amount(row.left_micro, row.currency),
            format_amount(row.instalment_micro, row.currency),
            row.currency,
            row.sources,
            "ended" if row.known_to else row.state,
        ]
        for row in advances
    ]
    if rows:
        headers = ["No.", "Payee", "Amount", "Left", "Instalment", "Currency", "Sources", "State"]
        print_table("Advances", headers, rows, numbers=(2, 3, 4))


def _print_redirections(redirections: tuple[queries.RedirectionRow, ...]) -> None:
    rows: list[list[object]] = [
        [
            row.number,
            row.kind,
            row.party_name,
            row.to_party_name,
            f"{format_percent(row.share_ppm)} %",
            "" if row.left_micro is None else format_amount(row.left_micro, row.currency),
            row.document,
            row.valid_to,
            "ended" if row.known_to else row.state,
        ]
        for row in redirections
    ]
    if rows:
        headers = ["No.", "Kind", "From", "To", "Share", "Left", "Document", "Ends", "State"]
        print_table("Redirections", headers, rows, numbers=(4, 5))
