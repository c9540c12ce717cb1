"""The command `muniment demo-registry`: an invented registry year at full size, its figures, and whether they hold."""

import json
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from django.conf import settings

from muniment.interfaces import evidence_log, registry_office
from muniment.interfaces.cli import installation
from muniment.interfaces.cli._demo_logins import Login, have_logins, make_logins, show_logins
from muniment.interfaces.cli._registration_estate import print_figures
from muniment.interfaces.cli.console import console, now, operator_actor, print_table, progress_bar
from muniment.interfaces.cli.demo import clear_demonstration, finished, refuse_a_society, run_command
from muniment.interfaces.demo.registry_acts import Year
from muniment.interfaces.demo.registry_checks import prove_some
from muniment.interfaces.demo.registry_course import SIZE
from muniment.interfaces.demo.registry_later import LICENCES_MICRO, PLEDGES_MICRO
from muniment.interfaces.demo.registry_plan import invent_year
from muniment.interfaces.demo.registry_year import CURRENCY, PROFILE, YEAR, Run, compare, working_days
from muniment.kernel.words.money import format_amount
from muniment.rights.registry.queries.figures import annual_figures
from muniment.rights.registry.queries.registrations import search_register
from muniment.rights.registry.rules.profiles import get_profile
from muniment.rights.registry.rules.standing import RegistrationState
from muniment.rights.registry.services.papers import registration_certificate
from muniment.trust.access.rules import Role

MARK = "muniment-demo-registry.json"
_CANDIDATES = 50
_DESK = (
    Login("gulnar", Role.REGISTRAR, "registrar: examines, publishes, records licences and pledges"),
    Login("irina", Role.CHIEF_REGISTRAR, "chief registrar: decides objections, registers, revokes"),
    Login("dewi", Role.AUDITOR, "auditor: reads everything, the audit trail too"),
)
_LANGUAGES = ("zh", "en", "ur")


def demo_registry(
    registrations: Annotated[int, typer.Option(help="How many are registered for the first time.", min=20)] = SIZE,
    seed: Annotated[int, typer.Option(help="The same seed invents the same year.")] = 1,
    proofs: Annotated[int, typer.Option(help="How many registrations are verified at the end.", min=0)] = 25,
    certificates: Annotated[int, typer.Option(help="How many certificates are made as PDF.", min=0)] = 3,
    serve: Annotated[bool, typer.Option("--serve", help="Serve the pages at the end.")] = False,
    port: Annotated[int, typer.Option(help="The port of the web pages.", min=1, max=65535)] = 8000,
) -> None:
    """Run an invented registry year, print its figures from the records, and hold them against the plan."""
    home = Path(settings.MUNIMENT_HOME)
    wanted = {"registrations": registrations, "seed": seed}
    year = invented_year(registrations, seed)
    if finished(home, MARK) == wanted:
        console.print(f"This year is in {home} already; nothing is done twice.")
    else:
        refuse_a_society(home)
        clear_demonstration(home, MARK)
        (home / MARK).write_text(json.dumps({"finished": None}))
        installation.init()
        _run(year, home)
        (home / MARK).write_text(json.dumps({"finished": wanted}))
    _tell(year)
    wrong = _held_against_the_plan(year)
    proved = prove_some(home=home, policy=evidence_log.policy(), count=proofs, seed=seed)
    console.print(
        f"{proved.registrations} registrations drawn at random hold by their proofs: leaf, record, and state in the map"
        f" ({proved.leaves} leaves, {proved.entries} entries)."
    )
    _make_certificates(home, certificates)
    run_command(("fsck",))
    if wrong:
        raise typer.Exit(1)
    if serve:
        _serve(home, port)


def invented_year(registrations: int, seed: int, log_every: int = 1) -> Year:
    """Return the year of the pilot's profile and calendar; its log is sequenced every so many working days."""
    profile = get_profile(PROFILE)
    days = working_days(profile.calendar, YEAR)
    return invent_year(profile=profile, days=days, registrations=registrations, seed=seed, log_every=log_every)


def _run(year: Year, home: Path) -> None:
    run = Run(year, home, registry_office.leaves())
    run.register_firms()
    with progress_bar(f"The acts of {year.year}") as progress:
        for done, _ in enumerate(run.run(), start=1):
            if done % 20 == 0 or done == len(year.acts):
                progress(done, len(year.acts))


def _serve(home: Path, port: int) -> None:
    """Make logins for both sides of the registry, if none are made yet, print them, and serve the pages."""
    holder = _busiest_holder()
    member = Login("aigul", Role.MEMBER, "a member: own applications and registrations", holder)
    logins = (*_DESK, *(() if holder is None else (member,)))
    if not have_logins(home):
        make_logins(home, logins)
    show_logins(home, port, logins)
    installation.serve(port=port)


def _busiest_holder() -> int | None:
    """Return the party that holds most among the newest registrations, so that its pages have something to show."""
    rows = search_register(state=RegistrationState.IN_FORCE, limit=_CANDIDATES * 10).rows
    counted = Counter(row.party_id for row in rows if row.party_id is not None)
    return next((party for party, _ in counted.most_common(1)), None)


def _tell(year: Year) -> None:
    verbs = Counter(act.verb for act in year.acts)
    rows: list[list[object]] = [[str(verb), count] for verb, count in sorted(verbs.items(), key=lambda row: -row[1])]
    print_table(f"What was done in {year.year}; everything in it is invented", ["Act", "Times"], rows, numbers=(1,))
    print_figures(annual_figures(year.year))
    stated = f"{SIZE} registrations, {_million(LICENCES_MICRO)} licensed and {_million(PLEDGES_MICRO)} pledged"
    console.print(
        f"The size is that of the pilot's platform, which stated at an early date (about 2023, not found elsewhere):"
        f" {stated}. The figures above are counted from our records of an invented year, and are not the platform's."
    )


def _million(amount_micro: int) -> str:
    return f"{CURRENCY} {format_amount(amount_micro // 1_000_000, CURRENCY).removesuffix('.00')} million"


def _held_against_the_plan(year: Year) -> int:
    """Print every figure that differs from what the generator counted itself; return how many do."""
    found = compare(year)
    if not found:
        console.print("[green]Every figure is what the generator counted while it invented the year.[/green]")
        return 0
    rows: list[list[object]] = [[one.figure, one.planned, one.recorded] for one in found]
    print_table("Figures that differ", ["", "Planned", "Recorded"], rows, numbers=(1, 2))
    return len(found)


def _make_certificates(home: Path, count: int) -> None:
    at = now()
    registry = registry_office.registry(at)
    folder = home / "registration-certificates"
    rows = search_register(state=RegistrationState.IN_FORCE, limit=_CANDIDATES).rows
    standing = [row for row in rows if row.until_on is None or row.until_on >= at.date()]
    for place, row in enumerate(standing[:count]):
        paper = registration_certificate(
            actor=operator_actor(),
            at=at,
            number=row.certificate_number,
            language=_LANGUAGES[place % len(_LANGUAGES)],
            registry=registry,
        )
        folder.mkdir(exist_ok=True)
        (folder / paper.file_name).write_bytes(paper.content)
        console.print(f"{folder / paper.file_name}", soft_wrap=True, markup=False)


COMMANDS = (demo_registry,)
