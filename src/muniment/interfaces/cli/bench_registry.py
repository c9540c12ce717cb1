"""The command `muniment bench registry`: a registry year, timed act by act."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from django.db import connection

from muniment.interfaces import registry_office
from muniment.interfaces.bench.registry import ActRate, measure_year
from muniment.interfaces.cli.bench_ledger import empty_home
from muniment.interfaces.cli.console import console, print_table, progress_bar
from muniment.interfaces.cli.demo_registry import invented_year
from muniment.interfaces.demo.registry_year import compare


def registry(
    registrations: Annotated[int, typer.Option(help="How many are registered for the first time.", min=20)] = 300,
    seed: Annotated[int, typer.Option(help="The same seed invents the same year.")] = 1,
) -> None:
    """Measure applications a second from deposit to register, and what each act costs, in an invented year."""
    home, year = empty_home(), invented_year(registrations, seed)
    with progress_bar("Acts") as progress:
        rates = measure_year(year, home, registry_office.leaves(), progress)
    cells: list[list[object]] = [
        [one.act, one.count, f"{one.wall_s:.2f}", f"{one.cpu_s:.2f}", f"{1000 * one.cpu_s / one.count:.1f}"]
        for one in rates
    ]
    heads = ["Act", "Times", "Seconds", "CPU s (ours)", "CPU ms each"]
    print_table(f"A registry year on {connection.vendor}", heads, cells, numbers=(1, 2, 3, 4))
    total = ActRate.sum_of(rates)
    applied = year.expected.applied
    console.print(
        f"{applied} applications with {total.count} acts in {total.wall_s:.1f} s, of which {total.cpu_s:.1f} s are our"
        f" own computing: {applied / total.wall_s:.2f} applications a second from end to end,"
        f" {applied / total.cpu_s:.2f} a second of a core."
    )
    wrong = compare(year)
    facts = {
        "database": connection.vendor,
        "registrations": registrations,
        "applications": applied,
        "acts": [asdict(one) for one in rates],
        "differences": len(wrong),
    }
    (home / "bench-registry.json").write_text(json.dumps(facts, indent=2) + "\n")
    if wrong:
        console.print(f"[red]{len(wrong)} figures differ from the plan.[/red]")
        raise typer.Exit(1)
