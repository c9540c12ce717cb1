"""The commands `muniment party …`: member files in, the register to look at and out, bank accounts."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from muniment.interfaces.cli.console import (
    console,
    now,
    operator_actor,
    parse_day,
    print_preview,
    print_problems,
    print_table,
    progress_bar,
)
from muniment.interfaces.cli.duplicates import tell_after_import
from muniment.kernel.formats.tables import Sheet, write_csv, write_xlsx
from muniment.kernel.words.identifiers import format_ipi_base
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.shares import Right, format_percent
from muniment.kernel.words.territory import parse_territory, territory_name
from muniment.pay.payments.queries import get_payment_policy
from muniment.pay.payments.services import notice_bank_changes
from muniment.rights.parties import queries, services
from muniment.rights.parties.queries import PartyRow
from muniment.rights.parties.rules import PartyKind, payee_for
from muniment.trust.batches.queries import named_mapping
from muniment.use.duplicates.rules import PairKind

app = typer.Typer(no_args_is_help=True, help="Members, publishers, societies, licensees, and who is paid for them.")
bank = typer.Typer(no_args_is_help=True, help="Bank accounts: one person proposes, another approves.")
app.add_typer(bank, name="bank")

File = Annotated[Path, typer.Argument(help="The table to read: CSV, TSV or XLSX.", exists=True, dir_okay=False)]
Code = Annotated[str, typer.Argument(help="Code or member number of the party.")]
Person = Annotated[str | None, typer.Option("--as", help="Who acts.")]


@app.command("import")
def import_(
    file: File,
    mapping: Annotated[str, typer.Option(help="The name of a saved mapping of columns.")] = "",
    save_mapping: Annotated[str, typer.Option(help="Keep the mapping that is used under this name.")] = "",
    preview: Annotated[bool, typer.Option("--preview", help="Show how the file would be read; write nothing.")] = False,
    person: Person = None,
) -> None:
    """Import a member file: good lines are kept, bad ones reported (exit status 1 where there are any)."""
    chosen = named_mapping(services.INTAKE_KIND, mapping) if mapping else None
    seen = services.preview_parties_table(file, chosen)
    if preview:
        print_preview(seen)
        return
    actor = operator_actor(person)
    with progress_bar("Importing parties") as progress:
        report = services.import_parties_table(actor=actor, at=now(), path=file, mapping=chosen, progress=progress)
    if save_mapping:
        services.save_parties_mapping(
            actor=actor, at=now(), name=save_mapping, headers=seen.headers, mapping=seen.mapping
        )
    print_problems(list(report.problems))
    console.print(f"Intake {report.intake_id}: {escape(report.summary)}")
    if report.state == "refused":
        raise typer.Exit(2)
    tell_after_import(PairKind.PARTY, report.intake_id, person)
    if report.bad_count:
        raise typer.Exit(1)


@app.command()
def undo(intake: Annotated[int, typer.Argument(help="The number of the intake.")], person: Person = None) -> None:
    """Take back everything that a member file brought, or nothing where something later stands on it."""
    done = services.undo_parties_intake(actor=operator_actor(person), at=now(), intake_id=intake)
    console.print(
        f"Intake {intake} is undone: {done.party_count} parties removed,"
        f" and {done.fact_count} facts about parties that stay."
    )


@app.command("list")
def list_(
    text: Annotated[str, typer.Argument(help="Words of names in any script, or a number.")] = "",
    kind: Annotated[PartyKind | None, typer.Option(help="Only parties of this kind.")] = None,
    limit: Annotated[int, typer.Option(help="Lines at most.")] = 50,
) -> None:
    """Find parties, or list them all."""
    page = queries.find_parties(text, kind, limit=limit)
    rows: list[list[object]] = [[hit.code, hit.kind, hit.name, hit.ipi_name, hit.country] for hit in page.rows]
    print_table(f"{page.total} parties", ["code", "kind", "name", "IPI name number", "country"], rows)


@app.command()
def show(code: Code) -> None:
    """Show everything that is recorded about a party."""
    party = queries.get_party_by_code(code)
    facts: list[list[object]] = [
        ["kind", party.kind],
        ["names", "\n".join(f"{name.name} ({name.kind}, {name.script})" for name in party.names)],
        ["IPI name number", party.ipi_name],
        ["IPI base number", format_ipi_base(party.ipi_base) if party.ipi_base else ""],
        ["ISNI", party.isni],
        ["country", party.country],
        [
            "member",
            "\n".join(f"{row.member_number}, {_period(row.joined_on, row.left_on)}" for row in party.memberships),
        ],
    ]
    print_table(f"{party.code} {party.name}", ["field", "value"], facts)
    _print_facts(party)


def _print_facts(party: PartyRow) -> None:
    mandates: list[list[object]] = [
        [row.right, row.territories, row.work_class, _period(row.valid_from, row.valid_to), _known(row.known_to)]
        for row in party.mandates
    ]
    print_table("Mandates", ["right", "territories", "class", "period", ""], mandates)
    links: list[list[object]] = [
        ["belongs to", row.society_name, row.right or "every right", _period(row.valid_from, row.valid_to)]
        for row in party.affiliations
        if row.known_to is None
    ]
    for word, rows in (("succeeded by", party.successors), ("successor of", party.predecessors)):
        links += [
            [word, row.party_name, f"{format_percent(row.share_ppm)} %", _period(row.valid_from, row.valid_to)]
            for row in rows
            if row.known_to is None
        ]
    if links:
        print_table("Links", ["", "party", "of", "period"], links)
    accounts: list[list[object]] = [
        [row.id, row.iban, row.holder, row.state, row.proposed_by, row.decided_by] for row in party.bank_accounts
    ]
    if accounts:
        print_table("Bank accounts", ["id", "IBAN", "holder", "state", "proposed by", "decided by"], accounts)


def _period(start: object, end: object) -> str:
    return f"{start or '…'} to {end or '…'}"


def _known(until: datetime | None) -> str:
    return f"superseded {until:%Y-%m-%d}" if until else ""


@app.command()
def payee(
    code: Code,
    right: Annotated[Right, typer.Option(help="The right that was used.")] = Right.PERFORMING,
    territory: Annotated[str, typer.Option(help="The place of use: two letters such as PK, or a TIS code.")] = "2136",
    on: Annotated[str, typer.Option(help="The day of use; today if left out.")] = "",
) -> None:
    """Say who is paid for the share of a party."""
    party = queries.get_party_by_code(code)
    at, place = now(), parse_territory(territory)
    facts = queries.party_facts([party.id])[party.id]
    parts = payee_for(facts, right, place, parse_day(on) if on else at.date(), at)
    names = queries.names_of(part.payee_id for part in parts if part.payee_id)
    rows: list[list[object]] = [
        [names[part.payee_id] if part.payee_id else part.reason, f"{format_percent(part.share_ppm)} %"]
        for part in parts
    ]
    print_table(f"{party.name}, {right}, {territory_name(place)}", ["paid", "share"], rows, numbers=(1,))


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="Where to write; the ending .xlsx makes a workbook, any other a CSV.")],
    kind: Annotated[PartyKind | None, typer.Option(help="Only parties of this kind.")] = None,
) -> None:
    """Write the register as a member file; no cell of it runs in a spreadsheet."""
    rows = list(queries.export_rows(kind))
    try:
        if file.suffix.lower() == ".xlsx":
            write_xlsx([Sheet("Parties", queries.EXPORT_HEADERS, rows)], file)
        else:
            with file.open("wb") as stream:
                write_csv(queries.EXPORT_HEADERS, rows, stream)
    except OSError as error:
        raise UserError(f"{file} cannot be written ({error.strerror}).", "Choose another place.") from error
    console.print(f"{len(rows)} lines written to {escape(str(file))}.")


@bank.command()
def propose(
    code: Code,
    iban: Annotated[str, typer.Argument(help="The IBAN.")],
    holder: Annotated[str, typer.Option(help="Who holds the account; the party if left out.")] = "",
    bic: Annotated[str, typer.Option(help="The bank's code.")] = "",
    person: Person = None,
) -> None:
    """Propose where money for a party shall go."""
    party = queries.get_party_by_code(code)
    account_id = services.propose_bank_account(
        actor=operator_actor(person), at=now(), party_id=party.id, iban=iban, holder=holder or party.name, bic=bic
    )
    console.print(f"Account {account_id} is proposed for {escape(party.name)}; a second person approves it.")


@bank.command("list")
def list_proposals() -> None:
    """List the accounts that wait for a second person."""
    rows: list[list[object]] = [
        [row.id, row.party_name, row.iban, row.holder, row.proposed_by] for row in queries.bank_proposals()
    ]
    print_table("Proposed accounts", ["id", "party", "IBAN", "holder", "proposed by"], rows)


@bank.command()
def approve(
    account: Annotated[int, typer.Argument(help="The number of the proposed account.")], person: Person = None
) -> None:
    """Approve a proposed account; the former one becomes replaced."""
    parties = [row.party_id for row in queries.bank_proposals() if row.id == account]
    services.approve_bank_account(actor=operator_actor(person), at=now(), account_id=account)
    console.print(f"Account {account} is approved.")
    _tell(parties, person)


@bank.command()
def approve_all(
    intake: Annotated[int | None, typer.Option(help="Only the accounts that this intake brought.")] = None,
    person: Person = None,
) -> None:
    """Approve every account that waits, as after the import of a member file: all of them, or none."""
    waiting = queries.bank_proposals(intake)
    ids = [row.id for row in waiting]
    count = services.approve_bank_accounts(actor=operator_actor(person), at=now(), account_ids=ids)
    console.print(f"{count} accounts are approved.")
    _tell([row.party_id for row in waiting], person)


def _tell(parties: list[int], person: str | None) -> None:
    """Leave a notice for each payee whose account was changed for another."""
    cooling_days = get_payment_policy().cooling_days
    told = notice_bank_changes(actor=operator_actor(person), at=now(), party_ids=parties, cooling_days=cooling_days)
    if told:
        console.print(f"{told} payees are told of the change; they are paid there after {cooling_days} days.")


@bank.command()
def refuse(
    account: Annotated[int, typer.Argument(help="The number of the proposed account.")], person: Person = None
) -> None:
    """Refuse a proposed account, or take back one's own proposal."""
    services.refuse_bank_account(actor=operator_actor(person), at=now(), account_id=account)
    console.print(f"Account {account} is refused.")
