"""The command `muniment export`: what leaves the house, in the formats that others read."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from muniment.interfaces.cli._door_parts import refuse_folder_of
from muniment.interfaces.cli.console import console, now, operator_actor, progress_bar
from muniment.interfaces.door.ways_out import Leaving, way_out_of


def export(
    what: Annotated[str, typer.Argument(help="works, parties or usages.")],
    file: Annotated[Path, typer.Argument(help="The file to write.")],
    format_: Annotated[
        str, typer.Option("--format", help="The format: tables (CSV, or XLSX by its ending) ...")
    ] = "tables",
    report: Annotated[str, typer.Option(help="Usages: the number of the report.")] = "",
    person: Annotated[str | None, typer.Option("--by", help="Who asks.")] = None,
) -> None:
    """Write works, parties or the lines of a usage report to a file; no cell of a table runs."""
    way = way_out_of(what, format_)
    refuse_folder_of(file)
    with progress_bar(f"Exporting {what}") as progress:
        leaving = Leaving(operator_actor(person), now(), file, {"report": report}, progress)
        count = way.take(leaving)
    console.print(f"{count:,} lines written to {escape(str(file))}.", soft_wrap=True)


COMMANDS = (export,)
