"""The commands of `muniment registration` for registrars: examine, publish, decide, and run the clocks."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from muniment.interfaces import registry_office
from muniment.interfaces.cli._registration_estate import print_json
from muniment.interfaces.cli.console import console, now, operator_actor, parse_day, print_table
from muniment.kernel.words.problems import BadFile, UserError
from muniment.rights.registry.queries.applications import ApplicationRow, clocks, get_application
from muniment.rights.registry.rules.examination import Objector, Point
from muniment.rights.registry.services import examination, objections, publicity

Number = Annotated[str, typer.Argument(help="The number of an application, such as A-00000012-34.")]
Objection = Annotated[str, typer.Argument(help="The number of an objection, such as O-00000003-21.")]
Person = Annotated[str | None, typer.Option("--as", help="Who acts; second persons are compared by these names.")]
Version = Annotated[
    int | None, typer.Option(help="Refuse if the application is not at this version any more; else the newest.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class NoApplicationFound(UserError):
    """There is no application of a number."""


class BadPoint(UserError):
    """A point to correct is not written as field and text."""


def add_to(app: typer.Typer) -> None:
    """Add the commands to the group `muniment registration`."""
    commands: tuple[Callable[..., None], ...] = (
        take,
        correct,
        pass_,
        refuse,
        publish,
        object_,
        reply,
        decide,
        close,
        grant,
        run_clocks,
    )
    names = {"pass_": "pass", "object_": "object", "run_clocks": "clocks"}
    for command in commands:
        app.command(name=names.get(command.__name__))(command)


def found(number: str) -> ApplicationRow:
    """Return the application of a number.

    Raises:
        NoApplicationFound: there is none.
    """
    row = get_application(number)
    if row is None:
        raise NoApplicationFound(f"There is no application {number[:40]}.", "See: muniment registration list")
    return row


def version_of(number: str, version: int | None) -> int:
    """Return the version to act on: the one given, else the newest."""
    return found(number).version if version is None else version


def tell(row: ApplicationRow) -> None:
    """Say in a line where an application stands, and which clock runs."""
    stage = f", {row.stage} stage" if row.stage and row.state == "examination" else ""
    due = f"; until {row.due_on}{' (provisional)' if row.due_open_days else ''}" if row.due_on else ""
    number = f"; registration {row.registration_number}" if row.registration_number else ""
    console.print(f"{row.number}: {row.state}{stage}, version {row.version}{due}{number}", soft_wrap=True, markup=False)


def act(
    service: Callable[..., ApplicationRow], number: str, version: int | None, person: str | None, **said: object
) -> None:
    """Do an act on an application, at the version given or the newest, and say where it stands then.

    `said` is what the service takes besides: reasons, points, a statement.
    """
    row = service(
        actor=operator_actor(person),
        at=now(),
        number=number,
        version=version_of(number, version),
        leaves=registry_office.leaves(),
        **said,
    )
    tell(row)


def take(number: Number, version: Version = None, person: Person = None) -> None:
    """Take an application up, to examine it oneself."""
    act(examination.take_application, number, version, person)


def correct(
    number: Number,
    point: Annotated[list[str], typer.Option(help='What to correct, as "sources.0.route: Say by which route."')],
    version: Version = None,
    person: Person = None,
) -> None:
    """Send an application back with the points to correct; each names a field."""
    act(examination.ask_correction, number, version, person, points=[_point(one) for one in point])


def pass_(
    number: Number,
    reason: Annotated[str, typer.Option(help="A note for the file.")] = "",
    version: Version = None,
    person: Person = None,
) -> None:
    """Pass a stage of the examination; who passed the first may not pass the second where a second person is asked."""
    act(examination.pass_stage, number, version, person, reason=reason)


def refuse(
    number: Number,
    reason: Annotated[str, typer.Option(help="Why; the applicant reads it.")],
    version: Version = None,
    person: Person = None,
) -> None:
    """Refuse an application, with reasons."""
    act(examination.refuse_application, number, version, person, reasons=reason)


def publish(number: Number, version: Version = None, person: Person = None) -> None:
    """Publish an accepted application for the working days of its profile."""
    act(publicity.publish_application, number, version, person)


def object_(
    number: Number,
    name: Annotated[str, typer.Option(help="Who objects.")],
    contact: Annotated[str, typer.Option(help="How to reach them; forgotten on erasure.")],
    grounds: Annotated[str, typer.Option(help="Why it must not be registered.")],
    identifier: Annotated[str, typer.Option(help="Their number in a register of firms or persons.")] = "",
    evidence: Annotated[Path | None, typer.Option(help="A file; only its SHA-256 is kept.")] = None,
    person: Person = None,
) -> None:
    """File an objection against an application that is published; after the period it is refused."""
    row = objections.file_objection(
        actor=operator_actor(person),
        at=now(),
        number=number,
        objector=Objector(name=name, contact=contact, identifier=identifier),
        grounds=grounds,
        evidence_sha256="" if evidence is None else _sha256(evidence),
        leaves=registry_office.leaves(),
    )
    console.print(f"{row.number} against {row.application}: {row.state}", soft_wrap=True, markup=False)


def reply(
    number: Number,
    objection: Objection,
    text: Annotated[str, typer.Option(help="What the applicant answers.")],
    version: Version = None,
    person: Person = None,
) -> None:
    """Reply to an objection as the applicant."""
    act(objections.reply_to_objection, number, version, person, objection=objection, reply=text)


def decide(
    number: Number,
    objection: Objection,
    is_upheld: Annotated[bool, typer.Option("--uphold/--reject", help="Uphold it (which refuses), or reject it.")],
    reason: Annotated[str, typer.Option(help="The reasons of the decision.")],
    version: Version = None,
    person: Person = None,
) -> None:
    """Decide an objection, with reasons: upheld, it refuses the application; rejected, the publicity goes on."""
    act(objections.decide_objection, number, version, person, objection=objection, is_upheld=is_upheld, reasons=reason)


def close(number: Number, version: Version = None, person: Person = None) -> None:
    """Close a publicity that is over, and register; the clocks do this by themselves every day."""
    act(publicity.close_publicity, number, version, person)


def grant(number: Number, version: Version = None, person: Person = None) -> None:
    """Register an accepted application of a kind that is not published, such as a change."""
    act(publicity.register_application, number, version, person)


def run_clocks(
    look: Annotated[bool, typer.Option("--look", help="Only show which clocks run; change nothing.")] = False,
    on: Annotated[str, typer.Option(help="With --look: as they stand on this day.")] = "",
    as_json: AsJson = False,
    person: Person = None,
) -> None:
    """Do what days bring: close publicity, lapse corrections and terms that are over; status 1 if one is held up."""
    at = now()
    if not look:
        report = publicity.run_clocks(actor=operator_actor(person), at=at, leaves=registry_office.leaves())
        print_json(report)
        if report.held:
            raise typer.Exit(1)
        return
    rows = clocks(parse_day(on) if on else at.date())
    if as_json:
        print_json(rows)
        return
    cells: list[list[object]] = [
        [
            row.number,
            row.what,
            row.due_on,
            "provisional" if row.is_provisional else row.days_left,
            row.state,
            row.examiner,
            row.title,
        ]
        for row in rows
    ]
    heads = ["Application", "Clock", "Due", "Working days left", "State", "Examiner", "Title"]
    print_table(f"{len(rows)} clocks run", heads, cells, numbers=(3,))


def _point(text: str) -> Point:
    field, colon, said = text.partition(":")
    if not colon or not said.strip() or not field.strip() or " " in field.strip():
        raise BadPoint(f"{text[:60]!r} names no field.", 'Write it as "sources.0.route: Say by which route."')
    return Point(field.strip(), said.strip())


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror}.", "Check its name and who may read it.") from error
