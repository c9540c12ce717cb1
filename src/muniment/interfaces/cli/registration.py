"""The commands `muniment registration …`: the whole life of a registration, from a file to the register."""

import dataclasses
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import typer

from muniment.interfaces import registry_office
from muniment.interfaces.cli import _registration_claims as claims
from muniment.interfaces.cli import _registration_desk as desk
from muniment.interfaces.cli import _registration_estate as estate
from muniment.interfaces.cli import _registration_pledges as pledges
from muniment.interfaces.cli._registration_desk import AsJson, Number, Person, Version, act, found, tell, version_of
from muniment.interfaces.cli._registration_estate import print_json
from muniment.interfaces.cli.console import console, now, operator_actor, parse_day, print_problems, print_table
from muniment.interfaces.registration_files import ApplicationFile, read_application_file
from muniment.kernel.words.problems import Level, Problem, UserError
from muniment.rights.parties.queries import get_party_by_code
from muniment.rights.registry.queries.applications import (
    ApplicationRow,
    events_of,
    list_applications,
    objections_of,
    rounds_of,
    statement_of,
)
from muniment.rights.registry.queries.prechecks import check_statement
from muniment.rights.registry.rules.application import Applicant, Kind, Statement, differences
from muniment.rights.registry.rules.numbers import OBJECTION
from muniment.rights.registry.rules.profiles import (
    Profile,
    Transition,
    ground_of,
    profile_names,
    profile_on,
    profile_versions,
)
from muniment.rights.registry.rules.standing import State
from muniment.rights.registry.services import applications
from muniment.rights.registry.services.checking import NotReady
from muniment.rights.registry.services.objections import erase_objector

app = typer.Typer(no_args_is_help=True, help="Register data and works: apply, examine, publish, decide, record.")

File = Annotated[Path, typer.Argument(help="An application as TOML or JSON; see docs/registration.md.")]
_MOST_SHOWN = 50


class BadApplication(UserError):
    """An application file has errors, or says too little to be one."""


@app.command()
def profiles(as_json: AsJson = False) -> None:
    """List the profiles: the rules of each registry that applications are made under."""
    rows = [profile_on(name, now().date()) for name in profile_names()]
    if as_json:
        names = ("name", "title", "subject", "version", "from_on")
        print_json([{name: getattr(one, name) for name in names} for one in rows])
        return
    cells: list[list[object]] = [
        [
            one.name,
            one.title,
            " ".join(one.procedures[Kind.FIRST].stages),
            one.procedures[Kind.FIRST].publicity_days or "none",
            f"{one.term_years} years" if one.term_years else "no end",
            ", ".join(str(version.from_on or version.version) for version in profile_versions(one.name)),
        ]
        for one in rows
    ]
    heads = ["Name", "What", "Examination", "Publicity (working days)", "Term", "Versions"]
    print_table(f"{len(rows)} profiles", heads, cells)


@app.command()
def show_profile(
    name: Annotated[str, typer.Argument(help="The name of a profile.")],
    on: Annotated[str, typer.Option(help="As it is on this day; today if left out.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show the rules of a profile on a day, its versions, and for each kind of registration where they are from."""
    profile = profile_on(name, parse_day(on) if on else now().date())
    if as_json:
        print_json(profile)
        return
    facts: list[list[object]] = [
        ["title", profile.title],
        ["subject", profile.subject],
        ["version", profile.version],
        ["from", profile.from_on or "the beginning"],
        ["all versions", "\n".join(_version_line(one) for one in profile_versions(name))],
        ["term", _ground(profile, f"{profile.term_years} years" if profile.term_years else "no end", "term.years")],
        ["capped by the source contract", "yes" if profile.is_capped_by_contract else "no"],
        ["renewal opens", f"{profile.renewal_opens_days} days before the end"],
        ["required fields", ", ".join(one for one, need in profile.fields.items() if need == "required")],
        ["not registered", ", ".join(sorted(profile.refusals))],
        ["checks", ", ".join(sorted(profile.checks))],
        ["effects", "\n".join(profile.effects)],
    ]
    print_table(profile.name, ["", ""], facts)
    cells: list[list[object]] = [
        [
            kind,
            " ".join(one.stages),
            one.publicity_days,
            f"{one.correction_rounds} of {one.correction_days}",
            one.examination_days,
            one.objection_reply_days,
            one.decision_days,
            "yes" if one.needs_second_person else "no",
            ground_of(profile, f"procedures.{kind}").mark,
        ]
        for kind, one in profile.procedures.items()
    ]
    heads = ["Kind", "Stages", "Publicity", "Corrections", "Examination", "Reply", "Decision", "2nd person", "Source"]
    print_table("Periods in working days", heads, cells, numbers=(2, 4, 5, 6))


def _version_line(profile: Profile) -> str:
    """Return a version of a profile in a line: its name, from when it holds, and what becomes of what is examined."""
    if profile.from_on is None:
        return f"{profile.version}, from the beginning"
    running = (
        "is adopted by what is examined" if profile.transition is Transition.ADOPT else "for what is submitted since"
    )
    return f"{profile.version}, from {profile.from_on}, {running}: {profile.transition_said}"


@app.command()
def check(
    file: File,
    profile: Annotated[str, typer.Option(help="The profile, if the file names none.")] = "",
    on: Annotated[str, typer.Option(help="Check as on this day; today if left out.")] = "",
    as_json: AsJson = False,
) -> None:
    """Say what a registry would find wrong in an application, line by line; status 1 if it could not be submitted."""
    given = read_application_file(file)
    day = parse_day(on) if on else now().date()
    problems = [*given.problems, *_findings(given, profile or given.profile, day)]
    if as_json:
        print_json(problems)
    else:
        print_problems(problems, limit=_MOST_SHOWN)
        errors = sum(one.level is Level.ERROR for one in problems)
        console.print(f"{errors} errors, {len(problems) - errors} warnings.")
    if any(one.level is Level.ERROR for one in problems):
        raise typer.Exit(1)


@app.command()
def apply(
    file: File,
    profile: Annotated[str, typer.Option(help="The profile, if the file names none.")] = "",
    registration: Annotated[str, typer.Option(help="What a later kind is about, if the file does not say.")] = "",
    party: Annotated[str, typer.Option(help="The code of the member who applies.")] = "",
    draft: Annotated[bool, typer.Option("--draft", help="Keep it as a draft, and do not submit it.")] = False,
    person: Person = None,
) -> None:
    """Draft an application from a file and submit it; with errors it stays a draft, and each is told by its line."""
    given = _readable(file)
    row = applications.draft_application(
        actor=operator_actor(person),
        at=now(),
        profile=profile or given.profile,
        kind=given.kind,
        statement=given.statement,
        party_id=get_party_by_code(party).id if party else None,
        registration=registration or given.registration,
    )
    if draft:
        tell(row)
        return
    _submit(row, given, person)


@app.command()
def change_draft(number: Number, file: File, version: Version = None, person: Person = None) -> None:
    """Put the statement of a file in the place of a draft's."""
    tell(
        applications.change_draft(
            actor=operator_actor(person),
            at=now(),
            number=number,
            version=version_of(number, version),
            statement=_readable(file).statement,
        )
    )


@app.command()
def submit(number: Number, person: Person = None) -> None:
    """Submit a draft; what the pre-check finds wrong is told field by field."""
    row = found(number)
    _submit(row, ApplicationFile(row.profile, Kind(row.kind), "", Statement()), person)


@app.command(name="list")
def list_(
    state: Annotated[State | None, typer.Option(help="Only those that stand so.")] = None,
    examiner: Annotated[str | None, typer.Option(help="Only this registrar's; an empty name: taken by nobody.")] = None,
    profile: Annotated[str, typer.Option(help="Only of this profile.")] = "",
    kind: Annotated[Kind | None, typer.Option(help="Only of this kind.")] = None,
    search: Annotated[str, typer.Option(help="Words of the title, or a number.")] = "",
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those whose clock has run out.")] = False,
    limit: Annotated[int, typer.Option(help="How many.", min=1)] = 30,
    offset: Annotated[int, typer.Option(help="Leave out so many first.", min=0)] = 0,
    as_json: AsJson = False,
) -> None:
    """List applications."""
    page = list_applications(
        state=state,
        examiner=examiner,
        profile=profile or None,
        kind=kind,
        search=search,
        overdue_on=now().date() if overdue else None,
        limit=limit,
        offset=offset,
    )
    if as_json:
        print_json({"total": page.total, "rows": list(page.rows)})
        return
    cells: list[list[object]] = [
        [row.number, row.profile, row.kind, row.state, row.stage, row.due_on, row.examiner, row.title]
        for row in page.rows
    ]
    heads = ["Number", "Profile", "Kind", "State", "Stage", "Due", "Examiner", "Title"]
    print_table(f"{page.total} applications", heads, cells)


@app.command()
def show(number: Number, as_json: AsJson = False) -> None:
    """Show an application: where it stands, what was done and why, what each round changed, objections."""
    row = found(number)
    events, objections, rounds = events_of(row.number), objections_of(row.number), rounds_of(row.number)
    if as_json:
        print_json(
            {
                "application": row,
                "statement": statement_of(row.number),
                "events": events,
                "objections": objections,
                "rounds": [{"place": one.place, "commitment": one.commitment, "at": one.made_at} for one in rounds],
            }
        )
        return
    tell(row)
    cells: list[list[object]] = [
        [
            one.seq,
            one.at.isoformat(timespec="minutes"),
            one.act,
            one.to_state,
            one.actor,
            "\n".join([*([one.reason] if one.reason else []), *(f"{each.field}: {each.text}" for each in one.points)]),
        ]
        for one in events
    ]
    print_table("What was done", ["", "At", "Act", "State", "By", "Why"], cells, numbers=(0,))
    for before, after in pairwise(rounds):
        if before.statement is not None and after.statement is not None:
            changes: list[list[object]] = [
                [one.field, one.before, one.after] for one in differences(before.statement, after.statement)
            ]
            print_table(f"Round {after.place} changed", ["Field", "Before", "After"], changes)
    if objections:
        filed: list[list[object]] = [
            [one.number, one.state, one.filed_at.date(), one.grounds, one.reply, one.decision] for one in objections
        ]
        print_table("Objections", ["Number", "State", "Filed", "Grounds", "Reply", "Decision"], filed)


@app.command()
def answer(number: Number, file: File, version: Version = None, person: Person = None) -> None:
    """Answer a correction with the whole statement, corrected, from a file."""
    act(applications.answer_correction, number, version, person, statement=_readable(file).statement)


@app.command()
def withdraw(
    number: Number,
    reason: Annotated[str, typer.Option(help="Why; kept in the file.")],
    version: Version = None,
    person: Person = None,
) -> None:
    """Withdraw an application."""
    act(applications.withdraw_application, number, version, person, reason=reason)


Target = Annotated[str, typer.Argument(help="The certificate number or registration number that it is about.")]
Reason = Annotated[str, typer.Option(help="Why; it is part of what is stated.")]


@app.command()
def renew(number: Target, file: File, person: Person = None) -> None:
    """Apply for the renewal of a registration, with what a file states."""
    given = _readable(file)
    _apply_later(number, Kind.RENEWAL, given.statement, person, given)


@app.command()
def change(number: Target, file: File, reason: Reason = "", person: Person = None) -> None:
    """Apply for a change of a registration to what a file states; the holders stay the same."""
    given = _readable(file)
    stated = given.statement if not reason else dataclasses.replace(given.statement, reason=reason)
    _apply_later(number, Kind.CHANGE, stated, person, given)


@app.command()
def transfer(
    number: Target,
    to: Annotated[str, typer.Option(help="The name of the new holder.")],
    identifier: Annotated[str, typer.Option(help="Its number in a register of firms or persons.")],
    reason: Reason,
    holder_kind: Annotated[str, typer.Option("--kind", help="natural, legal or other.")] = "legal",
    country: Annotated[str, typer.Option(help="Two letters.")] = "",
    person: Person = None,
) -> None:
    """Apply for the transfer of a registration to another holder."""
    taker = Applicant(to, holder_kind, identifier, "holder", country)
    stated = dataclasses.replace(_stated(number), transferee=taker, reason=reason)
    _apply_later(number, Kind.TRANSFER, stated, person)


@app.command()
def cancel(number: Target, reason: Reason, person: Person = None) -> None:
    """Apply for the cancellation of a registration."""
    _apply_later(number, Kind.CANCELLATION, dataclasses.replace(_stated(number), reason=reason), person)


@app.command()
def erase(number: Number, person: Person = None) -> None:
    """Forget what an ended application states and who objected, or who made one objection; leaves and events stay."""
    if number.strip().upper().startswith(OBJECTION):
        erase_objector(actor=operator_actor(person), at=now(), objection=number)
        console.print(f"Who made objection {number} is erased; its leaves stay.")
        return
    row = applications.erase_application(actor=operator_actor(person), at=now(), number=number)
    console.print(f"{row.number} is erased; its leaves stay.")


desk.add_to(app)
estate.add_to(app)
claims.add_to(app)
pledges.add_to(app)


def _readable(file: Path) -> ApplicationFile:
    """Return an application file without errors.

    Raises:
        BadApplication: it has some; each is printed.
    """
    given = read_application_file(file)
    if given.problems:
        print_problems(list(given.problems), limit=_MOST_SHOWN)
        raise BadApplication(f"{file} has {len(given.problems)} errors.", "Correct the lines that are told.")
    return given


def _findings(given: ApplicationFile, profile: str, on: date) -> list[Problem]:
    """Return what the pre-check finds, each at the line of its field."""
    if not profile:
        raise BadApplication("The file names no profile.", 'Write profile = "zhejiang", or give --profile.')
    found_wrong = check_statement(given.statement, profile, given.kind, on, registration=given.registration)
    return [_problem(given, one.field, one.rule, one.message, one.remedy, one.level) for one in found_wrong]


def _problem(given: ApplicationFile, field: str, rule: str, message: str, remedy: str, level: str) -> Problem:
    return given.problem(field, rule, message, remedy, Level(level))


def _submit(row: ApplicationRow, given: ApplicationFile, person: str | None) -> None:
    try:
        tell(
            applications.submit_application(
                actor=operator_actor(person),
                at=now(),
                number=row.number,
                version=row.version,
                leaves=registry_office.leaves(),
            )
        )
    except NotReady as error:
        findings = [_problem(given, one.field, one.rule, one.message, one.remedy, one.level) for one in error.findings]
        print_problems(findings, limit=_MOST_SHOWN)
        raise BadApplication(
            f"{row.number} stays a draft: {error.message}",
            f"Correct it, then: muniment registration change-draft {row.number} FILE, and submit {row.number}",
        ) from error


def _stated(number: str) -> Statement:
    """Return what was stated last of a registration; nothing where that is erased."""
    registration = estate.found(number)
    return statement_of(registration.application) or Statement()


def _apply_later(
    number: str, kind: Kind, statement: Statement, person: str | None, given: ApplicationFile | None = None
) -> None:
    """Draft and submit an application of a later kind about a registration, under the profile of that."""
    registration = estate.found(number)
    row = applications.draft_application(
        actor=operator_actor(person),
        at=now(),
        profile=registration.profile,
        kind=kind,
        statement=statement,
        party_id=registration.party_id,
        registration=registration.registration_number,
    )
    _submit(row, given or ApplicationFile(registration.profile, kind, number, statement), person)


def _ground(profile: Profile, said: str, rule: str) -> str:
    ground = ground_of(profile, rule)
    return f"{said} ({ground.mark}: {ground.where})"
