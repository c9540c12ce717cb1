"""The commands `muniment bench ledger`, `muniment bench reports` and `muniment bench mutations`."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from django.conf import settings
from django.db import connection

from muniment.interfaces.bench.ledger_mutations import KEYS, Trial, drop_guards, fill_books, try_mutations
from muniment.interfaces.bench.ledger_posting import SHAPES, PostingRate, measure_posting
from muniment.interfaces.bench.reports import book_a_year, measure_reports
from muniment.interfaces.cli import installation
from muniment.interfaces.cli.console import console, now, print_table, progress_bar
from muniment.interfaces.cli.demo import refuse_a_society
from muniment.kernel.words.problems import UserError


class HomeInUse(UserError):
    """A measurement would write into the home of a society."""


def empty_home() -> Path:
    """Return the home with empty tables in it.

    Raises:
        HomeInUse: something is in it already.
    """
    home = Path(settings.MUNIMENT_HOME)
    if home.exists() and any(home.iterdir()):
        raise HomeInUse(f"{home} is not empty.", "Name an empty folder in MUNIMENT_HOME; the measurement fills it.")
    refuse_a_society(home)
    home.mkdir(parents=True, exist_ok=True)
    installation.init()
    return home


def ledger(
    transfers: Annotated[int, typer.Option(help="How many transfers are booked in one call.", min=1)] = 1_000_000,
    payees: Annotated[int, typer.Option(help="Among how many payees.", min=1)] = 100_000,
    sizes: Annotated[str, typer.Option(help="Transfers of an entry, one load each.")] = ",".join(map(str, SHAPES)),
) -> None:
    """Measure how many transfers a second the books take in, with every check."""
    home = empty_home()
    rates: list[PostingRate] = []
    for rate in measure_posting(
        transfers=transfers,
        payees=payees,
        currency=settings.MUNIMENT_CURRENCY,
        at=now(),
        shapes=tuple(int(size) for size in sizes.split(",")),
    ):
        rates.append(rate)
        console.print(f"[dim]entries of {rate.entry_size}: {rate.per_second} a second[/dim]")
    cells: list[list[object]] = [
        [
            rate.entry_size,
            rate.transfers,
            f"{rate.wall_s:.2f}",
            f"{rate.cpu_s:.2f}",
            f"{rate.server_cpu_s:.2f}",
            rate.per_second,
            rate.per_cpu_second,
            rate.peak_mib,
            "yes" if rate.balanced else "NO",
        ]
        for rate in rates
    ]
    headers = [
        "Entries of",
        "Transfers",
        "Wall s",
        "CPU s",
        "Server CPU s",
        "Transfers/s",
        "Per CPU s",
        "MiB",
        "Balanced",
    ]
    print_table(f"Posting on {connection.vendor}", headers, cells, numbers=tuple(range(8)))
    facts = {
        "database": connection.vendor,
        "loads": [
            asdict(rate) | {"per_second": rate.per_second, "per_cpu_second": rate.per_cpu_second} for rate in rates
        ],
    }
    (home / "bench-ledger.json").write_text(json.dumps(facts, indent=2) + "\n")


def reports(
    transfers: Annotated[int, typer.Option(help="About how many transfers the year has.", min=1)] = 1_000_000,
    payees: Annotated[int, typer.Option(help="Among how many payees.", min=1)] = 50_000,
    seed: Annotated[int, typer.Option(help="The same seed books the same year.")] = 1,
) -> None:
    """Book a year and measure what its reports cost; status 1 if the report does not tie."""
    home = empty_home()
    currency = settings.MUNIMENT_CURRENCY
    booked = book_a_year(transfers=transfers, payees=payees, currency=currency, at=now(), seed=seed)
    costs = list(measure_reports(currency))
    cells: list[list[object]] = [
        [cost.question, f"{cost.wall_s:.2f}", f"{cost.cpu_s:.2f}", cost.peak_mib, cost.answer] for cost in costs
    ]
    headers = ["Question", "Wall s", "CPU s", "MiB", "Answer"]
    print_table(f"Reports of {booked} transfers on {connection.vendor}", headers, cells, numbers=(1, 2, 3))
    facts = {"database": connection.vendor, "transfers": booked, "questions": [asdict(cost) for cost in costs]}
    (home / "bench-reports.json").write_text(json.dumps(facts, indent=2) + "\n")
    if costs[0].answer != "ties":
        raise typer.Exit(1)


def mutations(
    count: Annotated[int, typer.Option(help="How many mutations.", min=1)] = 10_000,
    seed: Annotated[int, typer.Option(help="The same seed makes the same mutations.")] = 1,
) -> None:
    """Change rows of a ledger at random, behind every guard, and see whether fsck finds each; status 1 if not."""
    fill_books(empty_home(), seed)
    drop_guards()
    trial = Trial()
    with progress_bar("Mutations") as progress:
        for trial in try_mutations(count, seed):
            progress(trial.total, count)
    kinds = sorted({kind for kind, _ in trial.tried})
    cells: list[list[object]] = [[table, *(trial.tried[kind, table] for kind in kinds)] for table in KEYS]
    print_table(f"Mutations on {connection.vendor}", ["Table", *kinds], cells, numbers=tuple(range(1, len(kinds) + 1)))
    named = ", ".join(f"{name or 'nobody'} {found}" for name, found in trial.found_by.most_common())
    console.print(f"Found first by: {named}. Refused by the database itself: {trial.refused}.")
    for missed in trial.missed[:20]:
        console.print(f"[red]not found[/red] {missed.kind} {missed.table} {missed.detail}")
    console.print(f"{trial.total} mutations, {len(trial.missed)} not found.")
    if trial.missed:
        raise typer.Exit(1)
