"""The command line: `muniment`, one module for each group of commands.

A module of this folder names either an `app` (a Typer group, shown under its `NAME`, else the module's name) or
`COMMANDS`, a tuple of functions that become commands of their own.
"""

import os
import sys

import typer

DEMO = {
    "MUNIMENT_SOCIETY": "Sangat (invented society)",
    "MUNIMENT_CURRENCY": "PKR",
    "MUNIMENT_TERRITORY": "586",
    "MUNIMENT_TIME_ZONE": "Asia/Karachi",
    "MUNIMENT_BANK_IBAN": "PK88INVT0000000000000586",
    "MUNIMENT_BANK_BIC": "INVTPKKA",
}
"""The settings of the invented society, which `muniment demo` and `muniment bench` need before anything is set up."""


def build_app() -> typer.Typer:
    """Return the whole command line; Django must be set up."""
    from muniment.interfaces import cli as package
    from muniment.interfaces.navigation import modules_of

    whole = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help="The whole life of a right.")
    for module in modules_of(package):
        name = getattr(module, "NAME", module.__name__.rsplit(".", 1)[1].replace("_", "-"))
        if hasattr(module, "app"):
            whole.add_typer(module.app, name=name)
        for command in getattr(module, "COMMANDS", ()):
            whole.command(command.__name__.rstrip("_").replace("_", "-"))(command)
    return whole


def main() -> None:
    """Run `muniment`: exit status 0 done, 1 findings, 2 refused (with the reason on standard error)."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "muniment.settings")
    if sys.argv[1:2] in (["demo"], ["bench"]):
        for name, value in {**DEMO, "MUNIMENT_HOME": sys.argv[1]}.items():
            os.environ.setdefault(name, value)
    import django
    from django.db import OperationalError, ProgrammingError

    django.setup()

    from muniment.interfaces.cli.console import errors, fail_with
    from muniment.kernel.words.problems import UserError

    try:
        build_app()()
    except UserError as error:
        sys.exit(fail_with(error).exit_code)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError) as error:
        if error.filename is None:
            raise
        errors.print(f"{error.filename}: {error.strerror}. Check the name and your rights.", markup=False)
        sys.exit(2)
    except (OperationalError, ProgrammingError) as error:
        if not any(sign in str(error) for sign in ("no such table", "does not exist", "unable to open database")):
            raise
        errors.print("[red]The database has no tables yet.[/red] Run: muniment init")
        sys.exit(2)
