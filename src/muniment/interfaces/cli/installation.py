"""Commands for the engineer who installs: `init`, `serve`, `version`."""

import subprocess
import sys
from typing import Annotated

import typer
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from muniment import __version__
from muniment.interfaces.cli.console import console
from muniment.kernel.words.problems import UserError


class OldTables(UserError):
    """The tables of the database are those of an older version, or not there yet."""


def init() -> None:
    """Create or update the tables of the database; safe to run again."""
    settings.MUNIMENT_HOME.mkdir(parents=True, exist_ok=True)
    call_command("migrate", interactive=False, verbosity=0)
    console.print(f"The database is ready: {settings.DATABASES['default']['NAME']}")


def serve(
    port: Annotated[int, typer.Option(help="The port to listen on.", min=1, max=65535)] = 8000,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    workers: Annotated[int, typer.Option(help="How many processes answer.", min=1)] = 2,
) -> None:
    """Serve the web pages and the API until interrupted."""
    steps = MigrationExecutor(connection)
    if steps.migration_plan(steps.loader.graph.leaf_nodes()):
        raise OldTables("The tables of the database are not those of this version.", "Run: muniment init")
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)]
    command += ["--workers", str(workers), "--backpressure", "32", "--no-ws"]
    command += ["--blocking-threads", "2", "--log-level", "warning", "muniment.wsgi:application"]
    console.print(f"Serving on http://{host}:{port}/ (stop with Ctrl+C)")
    raise typer.Exit(subprocess.call(command))  # noqa: S603 - our own interpreter and our own words


def version() -> None:
    """Print the version."""
    console.print(__version__)


COMMANDS = (init, serve, version)
