"""The commands `muniment ledger …`: the trial balance by any dimension, and the daily seal."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from django.conf import settings

from muniment.interfaces.cli.console import console, now, operator_actor, parse_day, print_table
from muniment.kernel.formats.tables import write_csv
from muniment.kernel.words.money import format_amount
from muniment.trust.ledger import queries
from muniment.trust.ledger.queries.reports import balance_by
from muniment.trust.ledger.rules.dimensions import DIMENSIONS, dimensions_named
from muniment.trust.ledger.services import keys
from muniment.trust.ledger.services.sealing import seal_day

app = typer.Typer(no_args_is_help=True, help="Ask the books, and seal them.")


@app.command()
def balance(
    by: Annotated[str, typer.Option(help=f"What to group by, such as fund,purpose: {', '.join(DIMENSIONS)}.")] = "kind",
    currency: Annotated[str, typer.Option(help="Only this currency, three letters of ISO 4217.")] = "",
    since: Annotated[str, typer.Option("--from", help="Booked on this day or later.")] = "",
    until: Annotated[str, typer.Option("--to", help="Booked on this day or earlier.")] = "",
    out: Annotated[Path | None, typer.Option(help="Write the rows into this CSV file.")] = None,
) -> None:
    """Show debits and credits by any dimensions; each currency's difference is 0."""
    dimensions = dimensions_named(by)
    rows = balance_by(
        dimensions,
        currency=currency.upper() or None,
        booked_from=parse_day(since) if since else None,
        booked_until=parse_day(until) if until else None,
    )
    headers = [*(dimension.name for dimension in dimensions), "currency", "debit", "credit", "difference"]
    cells: list[list[object]] = [
        [
            *row.values,
            row.currency,
            *(
                format_amount(amount, row.currency)
                for amount in (row.debit_micro, row.credit_micro, row.difference_micro)
            ),
        ]
        for row in rows
    ]
    if out is not None:
        with out.open("wb") as stream:
            write_csv(headers, cells, stream)
        console.print(f"{len(cells)} rows in {out}")
        return
    places = len(dimensions)
    print_table("Trial balance", headers, cells, numbers=(places + 1, places + 2, places + 3))
    for money in sorted({row.currency for row in rows}):
        difference = sum(row.difference_micro for row in rows if row.currency == money)
        console.print(f"{money}: debits less credits {format_amount(difference, money)}")


@app.command()
def seal(
    day: Annotated[str, typer.Option(help="The day to seal, which is over; yesterday (UTC) if none is given.")] = "",
    person: Annotated[str | None, typer.Option("--as", help="Who acts.")] = None,
) -> None:
    """Sign the state of the books at the end of a day; a sealed day gives its seal again."""
    at = now()
    row = seal_day(
        actor=operator_actor(person),
        at=at,
        day=parse_day(day) if day else at.date() - timedelta(days=1),
        secret=keys.secret_key(Path(settings.MUNIMENT_HOME)),
    )
    console.print(f"Seal {row.number} of {row.day}: {row.entry_count} entries up to {row.last_entry}")
    console.print(f"hash       {row.hash}\nsignature  {row.signature}\npublic key {row.public_key}", soft_wrap=True)


@app.command()
def seals(
    limit: Annotated[int, typer.Option(help="How many, newest first.", min=1)] = 30,
    body: Annotated[bool, typer.Option("--body", help="Print what was signed, one seal a line.")] = False,
) -> None:
    """List the sealed days; `muniment fsck` verifies them."""
    found = queries.list_seals(limit)
    if body:
        for row in found.rows:
            console.print(f"{row.public_key} {row.signature} {row.body}", soft_wrap=True, markup=False)
        return
    cells: list[list[object]] = [
        [row.number, row.day, row.entry_count, row.last_entry, row.sealed_by, row.hash] for row in found.rows
    ]
    print_table("Seals", ["Number", "Day", "Entries", "Last entry", "By", "Hash"], cells, numbers=(0, 2, 3))


@app.command()
def key() -> None:
    """Print the public key of the seals; it is made on first use."""
    console.print(keys.public_key(keys.secret_key(Path(settings.MUNIMENT_HOME))).hex())
