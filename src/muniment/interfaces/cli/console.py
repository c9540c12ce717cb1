"""What every command shares: the console, a progress bar, the person at the keyboard, the clock."""

import getpass
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from muniment.kernel.formats.tables import TablePreview
from muniment.kernel.words.problems import Problem, UserError
from muniment.kernel.words.problems import Progress as Report
from muniment.trust.access.rules import Actor, operator

_WIDTH = None if sys.stdout.isatty() else 120
"""Where the output is no terminal, its lines are long enough for the tables."""

console = Console(highlight=False, width=_WIDTH)
errors = Console(stderr=True, highlight=False)


def now() -> datetime:
    """Read the clock: here, at the outermost edge, and nowhere further in."""
    return datetime.now(UTC)


def operator_actor(name: str | None = None) -> Actor:
    """Return the person at the keyboard: `name`, else MUNIMENT_OPERATOR, else the login name of the machine.

    Rules that ask for a second person compare these names.
    """
    return operator(name or os.environ.get("MUNIMENT_OPERATOR") or getpass.getuser())


@contextmanager
def progress_bar(title: str) -> Iterator[Report]:
    """Show a bar while the body runs; the body reports rows done, and of how many."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=not console.is_terminal) as bars:
        task = bars.add_task(title, total=None)

        def report(done: int, total: int | None) -> None:
            bars.update(task, completed=done, total=total)

        yield report


def print_table(title: str, headers: list[str], rows: list[list[object]], *, numbers: tuple[int, ...] = ()) -> None:
    """Print rows under headers; the columns at the places `numbers` are set to the right."""
    table = Table(title=title, title_justify="left", show_edge=False)
    for place, header in enumerate(headers):
        table.add_column(header, justify="right" if place in numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    console.print(table)


def print_problems(problems: list[Problem], *, limit: int = 5) -> None:
    """Print the first `limit` problems, one a line, and how many more there are."""
    for problem in problems[:limit]:
        style = "red" if problem.level == "error" else "yellow"
        console.print(f"[{style}]{problem.level}[/{style}]", escape(str(problem)), markup=True, soft_wrap=True)
    if len(problems) > limit:
        console.print(f"… and {len(problems) - limit} more.")


def print_preview(seen: TablePreview) -> None:
    """Print how a table would be read: the columns and whence they are known, the first lines, what is wrong."""
    source = f"saved as {seen.mapping_name}" if seen.mapping_name else seen.mapping_source
    fields = list(seen.mapping.columns)
    print_table(f"Columns ({source})", ["field", "column"], [[name, seen.mapping.columns[name]] for name in fields])
    print_table("First lines", ["line", *fields], [[line.line, *map(line.values.get, fields)] for line in seen.lines])
    print_problems(list(seen.problems))


def fail_with(error: UserError) -> typer.Exit:
    """Print a refusal and return the exit (status 2) to raise."""
    errors.print(f"[red]{escape(error.message)}[/red] {escape(error.remedy)}", soft_wrap=True)
    return typer.Exit(2)


def column_pairs(columns: Sequence[str]) -> dict[str, str]:
    """Return headers by field of options written field=Header.

    Raises:
        UserError: one is written otherwise.
    """
    pairs = [column.partition("=") for column in columns]
    if any(not sign or not header for _, sign, header in pairs):
        raise UserError("A column is written field=Header.", "For example --column title=Song.")
    return {field.strip(): header.strip() for field, _, header in pairs}


def parse_day(text: str) -> date:
    """Read a day of the command line.

    Raises:
        UserError: it is not a date written 2026-09-30.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UserError(f"{text!r} is not a date.", "Write it as 2026-09-30.") from None


def parse_instant(text: str, at: datetime) -> datetime:
    """Read an instant of the command line; where none is given it is `at`.

    Raises:
        UserError: it is none, or has no time zone.
    """
    if not text:
        return at
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(f"{text!r} is not an instant.", "Write it as 2026-10-05T09:00:00+00:00.") from None
    if instant.tzinfo is None:
        raise UserError(f"{text!r} has no time zone.", "Add it, such as +00:00 for UTC.")
    return instant
