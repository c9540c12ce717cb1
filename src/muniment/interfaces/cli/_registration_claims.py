"""The commands of `muniment registration` about who stands behind a registration: codes, and claims made with one."""

from typing import Annotated

import typer

from muniment.interfaces import registry_office
from muniment.interfaces.cli._registration_estate import AsJson, Number, Person, print_json
from muniment.interfaces.cli.console import console, now, operator_actor, print_table
from muniment.rights.parties.queries import get_party
from muniment.rights.registry.queries.claims import list_claims
from muniment.rights.registry.rules.claims import ClaimState
from muniment.rights.registry.services import claims as services

_MOST_SHOWN = 200


def add_to(app: typer.Typer) -> None:
    """Add the commands to the group `muniment registration`."""
    for command in (claim_code, claims, grant_claim, refuse_claim):
        app.command()(command)


def claim_code(
    number: Number,
    days: Annotated[int, typer.Option(help="For how many days it is good.", min=1)] = services.CODE_DAYS,
    person: Person = None,
) -> None:
    """Print a one-time code with which the holder takes up a registration that no member stands behind."""
    issued = services.issue_claim(
        actor=operator_actor(person), at=now(), number=number, days=days, leaves=registry_office.leaves()
    )
    console.print(f"{issued.code}\nGood up to {issued.claim.until_on}, once; it is not shown again.", markup=False)


def claims(
    state: Annotated[ClaimState, typer.Option(help="Only those that stand so.")] = ClaimState.ASKED,
    as_json: AsJson = False,
) -> None:
    """List the members who ask for a registration with its code, and wait for a registrar."""
    page = list_claims(state=state, limit=_MOST_SHOWN)
    if as_json:
        print_json(page.rows)
        return
    cells: list[list[object]] = [
        [
            one.registration,
            ", ".join(one.holders),
            "" if one.party_id is None else get_party(one.party_id).name,
            one.asked_at,
            one.until_on,
        ]
        for one in page.rows
    ]
    print_table(f"{page.total} claims, {state}", ["Certificate", "Holders", "Member", "Asked", "Code until"], cells)


def grant_claim(number: Number, person: Person = None) -> None:
    """Have the member who asks for a registration stand behind it."""
    services.grant_claim(actor=operator_actor(person), at=now(), number=number, leaves=registry_office.leaves())
    console.print(f"The member stands behind {number} now.", markup=False)


def refuse_claim(
    number: Number, reason: Annotated[str, typer.Option(help="Why; the member reads it.")], person: Person = None
) -> None:
    """Refuse the member who asks for a registration."""
    services.refuse_claim(
        actor=operator_actor(person), at=now(), number=number, reason=reason, leaves=registry_office.leaves()
    )
    console.print(f"The claim to {number} is refused.", markup=False)
