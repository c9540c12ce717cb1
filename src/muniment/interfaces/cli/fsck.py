"""The command `muniment fsck`: does everything tie?"""

import typer

from muniment.interfaces.cli.console import console, print_table, progress_bar
from muniment.interfaces.fsck import State, check_all


def fsck() -> None:
    """Check the books, the audit trail, the store and the money; exit status 1 if anything is broken."""
    with progress_bar("Checks") as progress:
        findings = check_all(progress)
    print_table("Findings", ["Check", "State", "What"], [[row.name, row.state, row.detail] for row in findings])
    broken = [row for row in findings if row.state is State.BROKEN]
    if broken:
        console.print(f"[red]{len(broken)} things are broken.[/red] Restore a backup, or find out who changed them.")
        raise typer.Exit(1)
    console.print("[green]Everything ties.[/green]")


COMMANDS = (fsck,)
