"""The commands `muniment columns …`: which column is which, as it was said once and remembered."""

from typing import Annotated

import typer
from rich.markup import escape

from muniment.interfaces.cli.console import console, now, operator_actor, print_table
from muniment.interfaces.door import remembered
from muniment.kernel.formats.door import shown

app = typer.Typer(no_args_is_help=True, help="Columns of tables that were said once and are remembered.")

Number = Annotated[int, typer.Argument(help="The number in the list.")]
Person = Annotated[str | None, typer.Option("--as", help="Who acts.")]


@app.command("list")
def list_() -> None:
    """List what is remembered: a table with the same headers, in whatever order and case, is read so."""
    rows: list[list[object]] = [
        [
            each.row.id,
            _plain(each.row.name),
            each.about.becomes,
            ", ".join(f"{field}={_plain(header)}" for field, header in each.row.columns.items()),
            each.row.saved_by,
        ]
        for each in remembered.remembered_columns()
    ]
    if not rows:
        console.print("No columns are remembered. Say them once: muniment import FILE --column … --save-mapping NAME")
        return
    print_table("Remembered columns", ["number", "name", "about", "columns", "by"], rows, numbers=(0,))


@app.command()
def show(number: Number) -> None:
    """Show remembered columns field by field, and the fields that have none."""
    this = remembered.remembered_of(number)
    rows: list[list[object]] = [[field, _plain(header)] for field, header in this.row.columns.items()]
    print_table(f"{_plain(this.row.name)}: {this.about.becomes}", ["field", "column"], rows)
    console.print(f"Without a column: {', '.join(this.unused) or 'none'}.", soft_wrap=True)
    console.print(f"Remembered {this.row.saved_at:%Y-%m-%d %H:%M} UTC by {escape(this.row.saved_by)}.", soft_wrap=True)


@app.command()
def rename(
    number: Number,
    name: Annotated[str, typer.Argument(help="The new name.")],
    person: Person = None,
) -> None:
    """Give remembered columns another name."""
    remembered.rename_columns(actor=operator_actor(person), at=now(), number=number, name=name)
    console.print(f"Columns {number} are called {_plain(name)} now.")


@app.command()
def forget(
    number: Number,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    person: Person = None,
) -> None:
    """Forget remembered columns; what was imported by them stays."""
    this = remembered.remembered_of(number)
    if not yes and not typer.confirm(f"Forget the columns of “{shown(this.row.name)}”?", default=False, err=True):
        console.print("Nothing was changed.")
        return
    remembered.forget_columns(actor=operator_actor(person), at=now(), number=number)
    console.print(f"Columns {number} are forgotten.")


def _plain(text: str) -> str:
    """Return what a stranger wrote so that it moves nothing in the terminal."""
    return escape(shown(text))
