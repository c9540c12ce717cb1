"""The commands of `muniment registration` that change a pledge, and show what became of a licence or a pledge."""

from typing import Annotated

import typer

from muniment.interfaces import registry_office
from muniment.interfaces.cli._registration_estate import (
    AsJson,
    Identifier,
    Name,
    Person,
    amount_text,
    print_json,
    tell_recordal,
)
from muniment.interfaces.cli.console import now, operator_actor, parse_day, print_table
from muniment.kernel.words.money import parse_amount
from muniment.rights.registry.queries.registrations import RecordalRow, get_recordal, recordal_versions
from muniment.rights.registry.rules.estate import Counterpart
from muniment.rights.registry.services import pledges
from muniment.rights.registry.services.recordals import NoRecordal

Pledge = Annotated[str, typer.Argument(help="The number of a pledge.")]
Document = Annotated[str, typer.Option(help="The agreement: its day, number or hash.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands to the group `muniment registration`."""
    for command in (amend, assign, subordinate, recordal):
        app.command()(command)


def amend(
    number: Pledge,
    document: Document,
    amount: Annotated[str, typer.Option(help="The most that it secures; as it is if left out.")] = "",
    currency: Annotated[str, typer.Option(help="Its currency; as it is if left out.")] = "",
    until_on: Annotated[str, typer.Option("--until", help="Its last day, or `open`; as it is if left out.")] = "",
    description: Annotated[str | None, typer.Option(help="What it secures; as it is if left out.")] = None,
    agreed: Annotated[str, typer.Option("--consent", help="Of the creditors behind it, if it secures more.")] = "",
    person: Person = None,
) -> None:
    """Change what a pledge secures, until when or what for; its rank stays."""
    row = _found(number)
    code = currency.upper() or row.currency
    last = row.until_on if not until_on else None if until_on == "open" else parse_day(until_on)
    to = pledges.Amended(
        parse_amount(amount, code) if amount else row.amount_micro or 0,
        code,
        last,
        row.description if description is None else description,
    )
    tell_recordal(
        pledges.amend_pledge(
            actor=operator_actor(person),
            at=now(),
            number=number,
            to=to,
            document=document,
            consent=agreed,
            leaves=registry_office.leaves(),
        )
    )


def assign(number: Pledge, to: Name, document: Document, identifier: Identifier = "", person: Person = None) -> None:
    """Put the creditor to whom a pledge was assigned in the place of the old one; rank and amount stay."""
    tell_recordal(
        pledges.assign_pledge(
            actor=operator_actor(person),
            at=now(),
            number=number,
            creditor=Counterpart(to, identifier),
            document=document,
            leaves=registry_office.leaves(),
        )
    )


def subordinate(
    number: Pledge,
    behind: Annotated[str, typer.Option(help="The pledge of a later rank on the same registration.")],
    document: Document,
    person: Person = None,
) -> None:
    """Have a pledge step behind another, as its creditor agrees; those between advance by one."""
    tell_recordal(
        pledges.subordinate_pledge(
            actor=operator_actor(person),
            at=now(),
            number=number,
            behind=behind,
            document=document,
            leaves=registry_office.leaves(),
        )
    )


def recordal(
    number: Annotated[str, typer.Argument(help="The number of a licence or a pledge.")], as_json: AsJson = False
) -> None:
    """Show what the register said of a licence or a pledge, act by act."""
    row, versions = _found(number), recordal_versions(number)
    if as_json:
        print_json(versions)
        return
    tell_recordal(row)
    cells: list[list[object]] = [
        [one.act, one.recorded_at.date(), one.rank, one.counterpart, amount_text(one), one.until_on, one.document]
        for one in versions
    ]
    print_table("What became of it", ["Act", "On", "Rank", "To", "Amount", "Until", "Document"], cells, numbers=(2, 4))


def _found(number: str) -> RecordalRow:
    row = get_recordal(number)
    if row is None:
        raise NoRecordal("There is no recordal {number!r}.", "Compare it with the extract.", number=number[:40])
    return row
