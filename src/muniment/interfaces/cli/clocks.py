"""The command `muniment clocks`: what is due and what is late on a day."""

from typing import Annotated

import typer

from muniment.interfaces.cli.console import console, now, parse_day, print_table
from muniment.kernel.words.money import format_amount
from muniment.pay.distributions.queries.clocks import clocks_on
from muniment.pay.distributions.rules.reporting import Flag


def clocks(
    on: Annotated[str, typer.Option(help="The day to look at; today (UTC) if none is given.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Also what is in time.")] = False,
) -> None:
    """Show the clocks that a society is held to: what is due or late, how long, how much; status 1 if one is late."""
    day = parse_day(on) if on else now().date()
    rows = clocks_on(day)
    cells: list[list[object]] = [
        [
            row.flag,
            row.clock.code,
            f"{row.what} {row.name}".strip(),
            row.reason,
            row.ends_on,
            row.days_over or "",
            row.currency,
            format_amount(row.amount_micro, row.currency) if row.currency else "",
        ]
        for row in rows
        if everything or row.flag is not Flag.IN_TIME
    ]
    headers = ["Flag", "Clock", "Of", "Waits for", "Last day", "Days over", "Currency", "Amount"]
    print_table(f"Clocks on {day}", headers, cells, numbers=(5, 7))
    late = sum(row.flag is Flag.LATE for row in rows)
    console.print(f"{late} late, {len(rows)} clocks in all")
    if late:
        raise typer.Exit(1)


COMMANDS = (clocks,)
