"""The commands of `muniment registration` about what is registered: search, licences and pledges, extract, figures."""

import dataclasses
import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated

import typer
from django.conf import settings

from muniment.interfaces import registry_office
from muniment.interfaces.cli.console import console, now, operator_actor, parse_day, parse_instant, print_table
from muniment.kernel.words.money import format_amount, parse_amount
from muniment.kernel.words.problems import UserError
from muniment.rights.registry.queries.figures import AnnualFigures, annual_figures
from muniment.rights.registry.queries.registrations import (
    ExtractRow,
    RecordalRow,
    RecordalVersionRow,
    RegistrationRow,
    get_registration,
    registration_as_of,
    search_register,
)
from muniment.rights.registry.rules.estate import Counterpart
from muniment.rights.registry.rules.standing import RegistrationState
from muniment.rights.registry.services import recordals, registrations
from muniment.rights.registry.services.recordals import Terms
from muniment.trust.access.rules import plain

Number = Annotated[str, typer.Argument(help="A certificate number or a registration number.")]
Person = Annotated[str | None, typer.Option("--as", help="Who acts; second persons are compared by these names.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Day = Annotated[str, typer.Option(help="A day such as 2026-11-22.")]
Amount = Annotated[str, typer.Option(help="An amount such as 12000.50.")]
Currency = Annotated[str, typer.Option(help="Its currency, such as CNY.")]
Name = Annotated[str, typer.Option("--to", help="The name of the other party.")]
Identifier = Annotated[str, typer.Option(help="Its number in a register of firms or persons; shown to nobody.")]


class NoRegistrationFound(UserError):
    """There is no registration of a number, or none on that day."""


def add_to(app: typer.Typer) -> None:
    """Add the commands to the group `muniment registration`."""
    commands: tuple[Callable[..., None], ...] = (
        register,
        revoke,
        licence,
        pledge,
        consent,
        discharge,
        extract,
        figures,
        erase_holders,
    )
    for command in commands:
        app.command()(command)


def print_json(value: object) -> None:
    """Print rows as JSON: days and instants as ISO text, amounts as whole micro-units."""
    typer.echo(json.dumps(plain_rows(value), ensure_ascii=False, indent=1))


def plain_rows(value: object) -> object:
    """Return frozen rows as what JSON knows."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain_rows(getattr(value, one.name)) for one in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain_rows(one) for name, one in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(map(str, value))
    if isinstance(value, tuple | list):
        return [plain_rows(one) for one in value]
    return plain(value)


def found(number: str) -> RegistrationRow:
    """Return the registration of a number.

    Raises:
        NoRegistrationFound: there is none.
    """
    row = get_registration(number)
    if row is None:
        raise NoRegistrationFound(
            f"There is no registration {number[:40]}.", "Search: muniment registration register WORD"
        )
    return row


def register(
    text: Annotated[str, typer.Argument(help="Words of the title, or a number; nothing: all.")] = "",
    holder: Annotated[str, typer.Option(help="A name of a holder.")] = "",
    profile: Annotated[str, typer.Option(help="Only of this profile.")] = "",
    state: Annotated[RegistrationState | None, typer.Option(help="Only those that stand so.")] = None,
    industry: Annotated[str, typer.Option(help="A code of GB/T 4754, or how it begins.")] = "",
    limit: Annotated[int, typer.Option(help="How many.", min=1)] = 30,
    offset: Annotated[int, typer.Option(help="Leave out so many first.", min=0)] = 0,
    as_json: AsJson = False,
) -> None:
    """Search the register, newest first; only what is registered is in it."""
    page = search_register(text, holder, profile or None, state, industry, limit=limit, offset=offset)
    if as_json:
        print_json({"total": page.total, "rows": [plain_rows(row) for row in page.rows]})
        return
    cells: list[list[object]] = [
        [row.certificate_number, row.registration_number, row.state, row.until_on, row.title, ", ".join(row.holders)]
        for row in page.rows
    ]
    heads = ["Certificate", "Registration", "State", "Until", "Title", "Holders"]
    print_table(f"{page.total} registrations", heads, cells)


def revoke(
    number: Number, reason: Annotated[str, typer.Option(help="Why; the register shows it.")], person: Person = None
) -> None:
    """Revoke a registration: the chief registrar's act, with reasons; its licences and pledges end with it."""
    row = registrations.revoke_registration(
        actor=operator_actor(person), at=now(), number=number, reason=reason, leaves=registry_office.leaves()
    )
    console.print(f"{row.certificate_number} is {row.state}.")


def licence(
    number: Number,
    to: Name,
    from_on: Annotated[str, typer.Option("--from", help="Its first day; today if left out.")] = "",
    until_on: Annotated[str, typer.Option("--until", help="Its last day; until it is ended if left out.")] = "",
    amount: Amount = "",
    currency: Currency = "",
    identifier: Identifier = "",
    description: Annotated[str, typer.Option(help="Use, region, terms in words.")] = "",
    exclusive: Annotated[bool, typer.Option("--exclusive", help="No other licence beside it.")] = False,
    agreed: Annotated[str, typer.Option("--consent", help="The creditors' document, if it is pledged.")] = "",
    person: Person = None,
) -> None:
    """Record a licence on a registration."""
    at = now()
    row = recordals.record_licence(
        actor=operator_actor(person),
        at=at,
        number=number,
        licensee=Counterpart(to, identifier),
        terms=_terms(at.date(), from_on, until_on, amount, currency, description, exclusive),
        leaves=registry_office.leaves(),
        consent=agreed,
    )
    tell_recordal(row)


def pledge(
    number: Number,
    to: Name,
    amount: Amount,
    currency: Currency = "",
    from_on: Annotated[str, typer.Option("--from", help="Its first day; today if left out.")] = "",
    until_on: Annotated[str, typer.Option("--until", help="When the debt is due, if that is known.")] = "",
    identifier: Identifier = "",
    description: Annotated[str, typer.Option(help="The agreement that it secures.")] = "",
    rank: Annotated[int | None, typer.Option(help="The rank that was agreed on; it must be the next.", min=1)] = None,
    person: Person = None,
) -> None:
    """Record a pledge on a registration, behind those that there are; the amount is the most that it secures."""
    at = now()
    row = recordals.record_pledge(
        actor=operator_actor(person),
        at=at,
        number=number,
        creditor=Counterpart(to, identifier),
        terms=_terms(at.date(), from_on, until_on, amount, currency, description),
        leaves=registry_office.leaves(),
        rank=rank,
    )
    tell_recordal(row)


def consent(
    recordal: Annotated[str, typer.Argument(help="The number of a pledge.")],
    application: Annotated[str, typer.Argument(help="The application that its creditor agrees to.")],
    document: Annotated[str, typer.Option(help="The document: its date, number or hash.")],
    person: Person = None,
) -> None:
    """Record that a creditor agrees to a transfer or a cancellation; without it neither is registered."""
    row = recordals.record_consent(
        actor=operator_actor(person),
        at=now(),
        number=recordal,
        application=application,
        document=document,
        leaves=registry_office.leaves(),
    )
    console.print(f"The creditor of {row.number} agrees to {application}.")


def discharge(
    recordal: Annotated[str, typer.Argument(help="The number of a licence or a pledge.")],
    reason: Annotated[str, typer.Option(help="The creditor's discharge, or why the licence is over.")],
    on: Annotated[str, typer.Option(help="The day it ended; today if left out.")] = "",
    person: Person = None,
) -> None:
    """End a licence, or discharge a pledge."""
    row = recordals.end_recordal(
        actor=operator_actor(person),
        at=now(),
        number=recordal,
        reason=reason,
        leaves=registry_office.leaves(),
        ended_on=parse_day(on) if on else None,
    )
    tell_recordal(row)


def extract(
    number: Number,
    on: Annotated[str, typer.Option(help="What held on this day; today if left out.")] = "",
    known_at: Annotated[str, typer.Option(help="As known at this instant; all that is known if left out.")] = "",
    as_json: AsJson = False,
) -> None:
    """Print what the register says of a registration on a day: holders, term, licences, pledges by rank, history."""
    at = now()
    day = parse_day(on) if on else at.date()
    row = registration_as_of(number, day, parse_instant(known_at, at) if known_at else None)
    if row is None:
        found(number)
        raise NoRegistrationFound(f"The register says nothing of {number} on {day}.", "Ask for a later day.")
    if as_json:
        print_json(row)
        return
    _print_extract(row)


def figures(
    year: Annotated[int, typer.Argument(help="The year, by days in UTC.", min=1, max=9999)],
    profile: Annotated[str, typer.Option(help="Only of this profile.")] = "",
    as_json: AsJson = False,
) -> None:
    """Count a year from the records: applications, registrations, refusals, objections, licences, pledges."""
    row = annual_figures(year, profile or None)
    if as_json:
        print_json(row)
        return
    print_figures(row)


def print_figures(row: AnnualFigures) -> None:
    """Print the figures of a year as a table."""
    licences = "; ".join(map(str, row.licence_amounts)) or "none"
    pledges = "; ".join(map(str, row.pledge_amounts)) or "none"
    cells: list[list[object]] = [
        ["Applications of all kinds", row.applied],
        ["Registered for the first time", row.registered],
        ["Refused", row.refused],
        ["Withdrawn, or not corrected in time", row.withdrawn],
        ["Objections, of these upheld", f"{row.objected}, {row.objections_upheld}"],
        ["Renewed, changed, transferred", f"{row.renewed}, {row.changed}, {row.transferred}"],
        ["Cancelled, revoked, lapsed", f"{row.cancelled}, {row.revoked}, {row.lapsed}"],
        ["Licences recorded", row.licences],
        ["their price", licences],
        ["Pledges recorded", row.pledges],
        ["the most that they secured when recorded", pledges],
        [
            "Pledges amended, assigned, subordinated",
            f"{row.pledges_amended}, {row.pledges_assigned}, {row.pledges_subordinated}",
        ],
        ["Days from submission to registration (median)", row.median_days_to_registration],
        ["Industries", ", ".join(f"{one.name}: {one.count}" for one in row.by_industry[:8])],
        ["Profiles", ", ".join(f"{one.name}: {one.count}" for one in row.by_profile)],
    ]
    print_table(f"The year {row.year}, from the records", ["", ""], cells)


def erase_holders(number: Number, person: Person = None) -> None:
    """Forget identifiers and addresses of a registration's holders, past and present; names and proofs stay."""
    row = registrations.erase_holders(actor=operator_actor(person), at=now(), number=number)
    console.print(f"Identifiers and addresses of the holders of {row.certificate_number} are erased.")


def _terms(
    today: date,
    from_on: str,
    until_on: str,
    amount: str,
    currency: str,
    description: str,
    exclusive: bool = False,
) -> Terms:
    code = (currency or settings.MUNIMENT_CURRENCY) if amount else ""
    return Terms(
        from_on=parse_day(from_on) if from_on else today,
        until_on=parse_day(until_on) if until_on else None,
        amount_micro=parse_amount(amount, code) if amount else None,
        currency=code,
        description=description,
        is_exclusive=exclusive,
    )


def tell_recordal(row: RecordalRow) -> None:
    """Say in a line how a licence or a pledge stands."""
    console.print(
        f"{row.number}: {row.kind} {row.rank} on {row.registration}, {row.state}; {amount_text(row) or 'no amount'}.",
        soft_wrap=True,
        markup=False,
    )


def amount_text(row: RecordalRow | RecordalVersionRow) -> str:
    """Return the amount of a recordal with its currency, nothing where it has none."""
    return "" if row.amount_micro is None else f"{row.currency} {format_amount(row.amount_micro, row.currency)}"


def _print_extract(row: ExtractRow) -> None:
    facts: list[list[object]] = [
        ["registration number", row.registration_number],
        ["state", row.state],
        ["title", row.title],
        ["holders", "\n".join(f"{one.name} ({one.role})" for one in row.holders)],
        ["profile", row.profile],
        ["registered on", row.registered_on],
        ["until", row.until_on],
        ["application", row.application],
        ["as known at", "today" if row.known_at is None else row.known_at.isoformat()],
    ]
    print_table(f"{row.certificate_number} on {row.on}", ["", ""], facts)
    for title, rows in (("Licences", row.licences), ("Pledges, by rank", row.pledges)):
        cells: list[list[object]] = [
            [one.number, one.rank, one.counterpart, amount_text(one), one.from_on, one.until_on, one.leaf_index]
            for one in rows
        ]
        heads = ["Number", "Rank", "To", "Amount", "From", "Until", "Leaf"]
        print_table(f"{title}: {len(rows)}", heads, cells, numbers=(1, 3, 6))
    history: list[list[object]] = [
        [one.place, one.cause, one.valid_from_on, one.state, one.until_on, one.title] for one in row.history
    ]
    print_table("History", ["", "Cause", "From", "State", "Until", "Title"], history, numbers=(0,))
