"""The command `muniment demo-data`: write the invented society's files."""

from pathlib import Path
from typing import Annotated

import typer

from muniment.interfaces.cli.console import console, print_table
from muniment.interfaces.demo import write_demo_files
from muniment.kernel.words.problems import UserError


def demo_data(
    out: Annotated[Path, typer.Argument(help="The folder to write into; files of the same name are replaced.")],
    members: Annotated[int, typer.Option(help="How many members the society has.")] = 300,
    works: Annotated[int, typer.Option(help="How many works are registered; usage follows their number.")] = 2000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 1,
) -> None:
    """Write the files that an invented society receives in one quarter; everything in them is invented."""
    try:
        manifest = write_demo_files(out, members=members, works=works, seed=seed)
    except ValueError as error:
        raise UserError(f"These numbers are too small: {error}.", "Ask for more members or works.") from error
    rows: list[list[object]] = [[file.name, file.kind, file.line_count, file.note] for file in manifest.files]
    print_table(manifest.society, ["File", "Kind", "Lines", "What it is"], rows, numbers=(2,))
    console.print(f"{manifest.note} See {out / 'README.txt'}.")


COMMANDS = (demo_data,)
