"""The command line: `muniment`, one module for each group of commands.

`_parts` is its table of contents. A module of this folder names either an `app` (a Typer group) or `COMMANDS`, a tuple
of functions that become commands of their own, and is loaded when one of its names is used.
"""

import errno
import os
import sys
from importlib import import_module
from types import ModuleType

import typer

from muniment.interfaces.cli._parts import LazyParts
from muniment.kernel.words.problems import UserError

DEMO = {
    "MUNIMENT_SOCIETY": "Sangat (invented society)",
    "MUNIMENT_CURRENCY": "PKR",
    "MUNIMENT_TERRITORY": "586",
    "MUNIMENT_TIME_ZONE": "Asia/Karachi",
    "MUNIMENT_BANK_IBAN": "PK88INVT0000000000000586",
    "MUNIMENT_BANK_BIC": "INVTPKKA",
}
"""The settings of the invented society, which `muniment demo` and `muniment bench` need before anything is set up."""

DEMO_REGISTRY = {
    "MUNIMENT_SOCIETY": "Yunze Data Registry (invented registry)",
    "MUNIMENT_CURRENCY": "CNY",
    "MUNIMENT_TERRITORY": "156",
    "MUNIMENT_TIME_ZONE": "Asia/Shanghai",
}
"""The settings of the invented registry, which `muniment demo-registry` needs."""

_MISSING = ("no such table", "does not exist", "unable to open database")
_FULL = ("database or disk is full", "No space left on device")
"""What the databases say of a machine that is not ready: SQLite, PostgreSQL."""


def build_app() -> typer.Typer:
    """Return the whole command line; what lies behind a name is loaded, and Django set up, when the name is used."""
    return typer.Typer(
        cls=LazyParts,
        callback=lambda: None,  # Typer asks for a command or a callback; the commands are those of LazyParts
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        help="The whole life of a right.",
    )


def main() -> None:
    """Run `muniment`: exit status 0 done, 1 findings, 2 refused (with the reason on standard error)."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "muniment.settings")
    invented = {"demo": DEMO, "bench": DEMO, "demo-registry": DEMO_REGISTRY}.get("".join(sys.argv[1:2]))
    if invented is not None:
        for name, value in {**invented, "MUNIMENT_HOME": sys.argv[1]}.items():
            os.environ.setdefault(name, value)
    try:
        build_app()()
    except UserError as error:
        sys.exit(_console().fail_with(error).exit_code)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError) as error:
        if error.filename is None:
            raise
        _console().errors.print(f"{error.filename}: {error.strerror}. Check the name and your rights.", markup=False)
        sys.exit(2)
    except Exception as error:
        said = _said_of_machine(error)
        if not said:
            raise
        _console().errors.print(said)
        sys.exit(2)


def _console() -> ModuleType:
    return import_module("muniment.interfaces.cli.console")


def _said_of_machine(error: Exception) -> str:
    """Return what to say where the database has no tables or the disk is full; nothing where it is something else."""
    from django.db import OperationalError, ProgrammingError

    of_database = isinstance(error, OperationalError | ProgrammingError)
    if of_database and any(sign in str(error) for sign in _MISSING):
        return "[red]The database has no tables yet.[/red] Run: muniment init"
    is_full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    if is_full or (of_database and any(sign in str(error) for sign in _FULL)):
        return "[red]The disk is full.[/red] What was begun is undone: make room, and run it again."
    return ""
