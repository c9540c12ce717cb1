"""The command `muniment demo`: an invented society's quarter, from its files to paid members, and then the pages."""

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from django.conf import settings
from django.db import connection
from typer.main import get_command

from muniment.interfaces.cli import build_app, installation
from muniment.interfaces.cli._demo_logins import Login, make_logins, show_logins
from muniment.interfaces.cli.console import console, now, print_table
from muniment.interfaces.demo import read_manifest, write_demo_files
from muniment.interfaces.demo.quarter import quarter_steps
from muniment.interfaces.demo.where_money_is import MoneyTable, money_table
from muniment.kernel.words.money import format_amount
from muniment.kernel.words.problems import UserError
from muniment.pay.distributions.queries import payees_of
from muniment.rights.parties.queries import find_parties, get_party
from muniment.trust.access.rules import Role

MARK = "muniment-demo.json"
_PARTIES = "parties_party"
_CAST = (
    Login("chen", Role.DISTRIBUTION, "staff: imports, matches, distributes, pays"),
    Login("farida", Role.FINANCE, "staff: the second person, who approves"),
    Login("dewi", Role.AUDITOR, "auditor: reads everything, the audit trail too"),
    Login("aigul", Role.MEMBER, "a member: own works and statements"),
    Login("bilal", Role.MEMBER, "a publisher: own works and statements"),
)
_KINDS = {"aigul": "writer", "bilal": "publisher"}


class NotADemo(UserError):
    """The folder holds something else than a demonstration."""


def demo(
    members: Annotated[int, typer.Option(help="How many members to invent.", min=10)] = 300,
    works: Annotated[int, typer.Option(help="How many works to invent.", min=25)] = 2000,
    seed: Annotated[int, typer.Option(help="The same seed invents the same society.")] = 1,
    port: Annotated[int, typer.Option(help="The port of the web pages.", min=1, max=65535)] = 8000,
    serve: Annotated[bool, typer.Option(help="Serve the pages at the end, else prove the books and stop.")] = True,
) -> None:
    """Invent a society, take it through a quarter, and serve its pages; everything in it is invented."""
    home = Path(settings.MUNIMENT_HOME)
    wanted = {"members": members, "works": works, "seed": seed}
    if finished(home) == wanted:
        console.print(f"The quarter of this society is in {home} already; nothing is done twice.")
    else:
        refuse_a_society(home)
        clear_demonstration(home)
        (home / MARK).write_text(json.dumps({"finished": None}))
        _run_quarter(home, **wanted)
        (home / MARK).write_text(json.dumps({"finished": wanted}))
    table = money_table(settings.MUNIMENT_CURRENCY)
    _show(table)
    if not table.ties:
        raise typer.Exit(1)
    if serve:
        show_logins(home, port, _CAST)
        installation.serve(port=port)
    else:
        run_command(("fsck",))


def run_command(arguments: tuple[str, ...]) -> None:
    """Run a command of ours in this process, as if it had been typed.

    Raises:
        Exit: the command ended with another status than 0; an import that told of bad lines (1) has still been done.
    """
    status = get_command(build_app()).main(list(arguments), prog_name="muniment", standalone_mode=False)
    if isinstance(status, int) and status and not (status == 1 and "import" in arguments):
        raise typer.Exit(status)


def finished(home: Path, mark: str = MARK) -> dict[str, int] | None:
    """Return with which arguments the demonstration in a home was finished, None if it was not."""
    path = home / mark
    wanted: dict[str, int] | None = json.loads(path.read_text())["finished"] if path.exists() else None
    return wanted


def refuse_a_society(home: Path) -> None:
    """Refuse to write into a database outside of `home` that holds a society; one inside goes with the home."""
    database = connection.settings_dict["NAME"]
    if Path(database).is_relative_to(home) or _PARTIES not in connection.introspection.table_names():
        return
    if find_parties(limit=1).total:
        raise NotADemo(
            f"The database {database} holds a society already.",
            "Name an empty database in MUNIMENT_DATABASE_URL, or none: one in the home is made then.",
        )


def clear_demonstration(home: Path, mark: str = MARK) -> None:
    """Take away an unfinished or other demonstration; refuse to touch any other folder.

    The mark stays until the last, so that what is interrupted here is still known for a demonstration.

    Raises:
        NotADemo: the folder is not empty, and has no mark.
    """
    if home.exists() and any(home.iterdir()):
        if not (home / mark).exists():
            raise NotADemo(f"{home} is not empty and not a demonstration.", "Name another folder in MUNIMENT_HOME.")
        console.print(f"Taking away the demonstration in {home} to make a new one.")
        for path in home.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name != mark:
                path.unlink()
    home.mkdir(parents=True, exist_ok=True)


def _run_quarter(home: Path, *, members: int, works: int, seed: int) -> None:
    """Make the files, run every command of the quarter, make the logins."""
    files = home / "files"
    with console.status("Inventing a society and the files it receives"):
        write_demo_files(files, members=members, works=works, seed=seed)
    manifest = read_manifest(files)
    installation.init()
    for step in quarter_steps(files, manifest, now().date()):
        console.print(f"[bold]$ muniment {_shown(step.arguments)}[/bold]", soft_wrap=True)
        run_command(step.arguments)
    parties = {name: _best_paid(kind) for name, kind in _KINDS.items()}
    make_logins(home, [replace(one, party_id=parties.get(one.name)) for one in _CAST])
    console.print(f"{len(_CAST)} logins of {manifest.society} are made.")


def _shown(arguments: tuple[str, ...]) -> str:
    """Return the command as one would type it, with paths from here."""
    here = f"{Path.cwd()}{os.sep}"
    words = [word.removeprefix(here) for word in arguments]
    return " ".join(f'"{word}"' if " " in word else word for word in words).replace("[", r"\[")


def _best_paid(kind: str) -> int:
    """Return the party of a kind that the first run gives most to, so that its pages have something to show."""
    for payee in payees_of(1, limit=10_000):
        if get_party(payee.party_id).kind == kind:
            return payee.party_id
    raise NotADemo(f"No {kind} was paid anything.", "Take another seed or more works.")


def _show(table: MoneyTable) -> None:
    currency = settings.MUNIMENT_CURRENCY
    rows: list[list[object]] = [[place, format_amount(amount, currency, full=True)] for place, amount in table.places]
    total = sum(amount for _, amount in table.places)
    rows.append(["[bold]Sum of the places[/bold]", f"[bold]{format_amount(total, currency, full=True)}[/bold]"])
    received = format_amount(table.received_micro, currency, full=True)
    rows.append(["[bold]Received from licensees[/bold]", f"[bold]{received}[/bold]"])
    print_table(f"\nWhere the money of the quarter is ({currency})", ["Place", "Amount"], rows, numbers=(1,))
    console.print("[green]The sums tie.[/green]" if table.ties else "[red]The sums do not tie.[/red]")


COMMANDS = (demo,)
