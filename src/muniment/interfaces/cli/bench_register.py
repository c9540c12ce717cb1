"""The command `muniment bench register`: the public pages of a large register, page by page."""

import json
import time
from dataclasses import asdict
from typing import Annotated

import typer
from django.db import connection

from muniment.interfaces.bench.register import invent_register, measure_register
from muniment.interfaces.cli.bench_ledger import empty_home
from muniment.interfaces.cli.console import console, now, print_table
from muniment.interfaces.demo.registry_year import PROFILE
from muniment.rights.registry.bulk import fill_register
from muniment.rights.registry.rules.profiles import get_profile


def register(
    registrations: Annotated[int, typer.Option(help="How many are in the register.", min=20)] = 100_000,
    published: Annotated[int, typer.Option(help="How many applications are public now.", min=0)] = 1_000,
    seed: Annotated[int, typer.Option(help="The same seed invents the same register.")] = 1,
) -> None:
    """Measure search, list, one registration and the feeds in a large invented register."""
    home, at = empty_home(), now()
    start = time.perf_counter()
    sketches = invent_register(registrations, published, at.date(), seed)
    count = fill_register(sketches, get_profile(PROFILE), at)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    console.print(f"{count} applications are written in {time.perf_counter() - start:.0f} s, without a log.")
    times = list(measure_register(at))
    cells: list[list[object]] = [[one.page, one.wall_ms, one.cpu_ms, one.statement_count] for one in times]
    heads = ["Page", "ms", "ms of ours", "Statements"]
    print_table(f"A register of {registrations} on {connection.vendor}", heads, cells, numbers=(1, 2, 3))
    facts = {"database": connection.vendor, "registrations": registrations, "pages": [asdict(one) for one in times]}
    (home / "bench-register.json").write_text(json.dumps(facts, indent=2) + "\n")
