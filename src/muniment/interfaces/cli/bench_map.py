"""The command `muniment bench map`."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from django.db import connection

from muniment.interfaces import evidence_log
from muniment.interfaces.bench.register_map import MapRate, measure_changes, measure_map_proofs
from muniment.interfaces.cli.bench_ledger import empty_home
from muniment.interfaces.cli.console import console, now, operator_actor, print_table
from muniment.interfaces.fsck.mapped import check_map

_ALONE = 200
"""How many changes are made one a tree."""


def map_(
    entries: Annotated[int, typer.Option(help="How many entries, a thousand a tree.", min=1_000)] = 100_000,
    group: Annotated[int, typer.Option(help="How many changes before a tree is signed.", min=1)] = 1_000,
) -> None:
    """Measure changes of the map a second, durable and with SQL, and the size and cost of its proofs."""
    home = empty_home()
    keys = evidence_log.keys()
    loads = [(max(group, entries // 10), group)] * 10 + [(_ALONE, 1)]
    rates: list[MapRate] = []
    for rate in measure_changes(actor=operator_actor(), at=now(), keys=keys, home=home, loads=loads):
        rates.append(rate)
        console.print(f"[dim]{rate.entry_count} entries: {rate.per_second} changes a second, {rate.root[:16]}[/dim]")
    proofs = measure_map_proofs(home=home, policy=evidence_log.policy(), public=keys.leaf_public)
    cells: list[list[object]] = [
        [
            rate.entry_count,
            rate.changes,
            rate.group,
            f"{rate.set_s:.2f}",
            f"{rate.sequenced_s:.2f}",
            rate.per_second,
            rate.root[:16],
        ]
        for rate in rates
    ]
    headers = ["Entries", "Changes", "A tree", "Set s", "Sequenced s", "Changes/s", "Root"]
    print_table(f"The map on {connection.vendor}", headers, cells, numbers=(0, 1, 2, 3, 4, 5))
    console.print(
        f"A proof in a map of {proofs.entry_count}: {proofs.proof_bytes} bytes (longest {proofs.longest_bytes}),"
        f" {proofs.hashes} hashes of the map, made in {proofs.make_ms:.2f} ms, verified in {proofs.verify_us:.0f} µs."
    )
    facts = {"database": connection.vendor, "loads": [asdict(rate) for rate in rates], "proofs": asdict(proofs)}
    (home / "bench-map.json").write_text(json.dumps(facts, indent=2) + "\n")
    broken: list[str] = []
    checked = check_map(broken.append)
    console.print(f"fsck: {checked}, {len(broken)} findings.")
    if broken:
        raise typer.Exit(1)
