"""The command `muniment bench deposit`."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from muniment.interfaces.bench.deposits import measure_hashing
from muniment.interfaces.cli.bench_ledger import empty_home
from muniment.interfaces.cli.console import print_table


def deposit(
    mebibytes: Annotated[int, typer.Option(help="How large the file is that is hashed.", min=1)] = 1_024,
) -> None:
    """Measure hashing of a large file: SHA-256 alone, with ISCC, and copied into a bag."""
    home = empty_home()
    rates = list(measure_hashing(home, mebibytes))
    cells: list[list[object]] = [
        [one.name, f"{one.wall_s:.2f}", f"{one.cpu_s:.2f}", f"{one.mebibytes / one.wall_s:.0f}"] for one in rates
    ]
    print_table(f"A file of {mebibytes} MiB", ["", "Seconds", "CPU s (ours)", "MiB/s"], cells, numbers=(1, 2, 3))
    facts = {"hashing": [asdict(one) for one in rates]}
    (home / "bench-deposit.json").write_text(json.dumps(facts, indent=2) + "\n")
