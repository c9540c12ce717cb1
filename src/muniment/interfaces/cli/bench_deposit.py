"""The command `muniment bench deposit`."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from django.db import connection

from muniment.interfaces import evidence_log, registry_office
from muniment.interfaces.bench.deposits import (
    CertificateTrial,
    measure_certificates,
    measure_hashing,
    try_certificate_mutations,
)
from muniment.interfaces.cli.bench_ledger import empty_home
from muniment.interfaces.cli.console import console, now, operator_actor, print_table, progress_bar
from muniment.rights.registry.queries import list_certificates
from muniment.rights.registry.services.certificates import pdf_path


def deposit(
    mebibytes: Annotated[int, typer.Option(help="How large the file is that is hashed.", min=1)] = 1_024,
    certificates: Annotated[int, typer.Option(help="How many certificates are made.", min=1)] = 100,
    changes: Annotated[int, typer.Option(help="How many random changes of a certificate are tried.", min=0)] = 1_000,
    seed: Annotated[int, typer.Option(help="The same seed makes the same changes.")] = 1,
) -> None:
    """Measure hashing of a large file and signing of certificates; then change one at random: is each change found?"""
    home, at = empty_home(), now()
    rates = list(measure_hashing(home, mebibytes))
    cells: list[list[object]] = [
        [one.name, f"{one.wall_s:.2f}", f"{one.cpu_s:.2f}", f"{one.mebibytes / one.wall_s:.0f}"] for one in rates
    ]
    print_table(f"A file of {mebibytes} MiB", ["", "Seconds", "CPU s (ours)", "MiB/s"], cells, numbers=(1, 2, 3))
    keys, registry = evidence_log.keys(), registry_office.registry(at)
    trust = registry_office.trust_of(None, None, None)
    made = measure_certificates(
        actor=operator_actor(), at=at, keys=keys, registry=registry, count=certificates, trust=trust
    )
    rate = made.count / made.make_cpu_s
    console.print(
        f"{made.count} certificates on {connection.vendor}: deposited, issued and logged in {made.issue_s:.1f} s,"
        f" made in {made.make_s:.1f} s ({rate:.1f} a second of a core), verified in {made.verify_s:.1f} s;"
        f" {made.bytes_each} bytes each."
    )
    content = pdf_path(home, list_certificates(limit=1).rows[0].number).read_bytes()
    trial = CertificateTrial()
    with progress_bar("Changing a certificate") as progress:
        for trial in try_certificate_mutations(content, trust, at, count=changes, seed=seed):
            progress(trial.total, changes)
    tried: list[list[object]] = [[kind, count] for kind, count in sorted(trial.tried.items())]
    print_table("Changes", ["", "Tried"], tried, numbers=(1,))
    console.print(f"{trial.total} changes, {len(trial.missed)} not found.")
    facts = {
        "database": connection.vendor,
        "hashing": [asdict(one) for one in rates],
        "certificates": asdict(made),
        "changes": {"tried": dict(trial.tried), "missed": trial.missed},
    }
    (home / "bench-deposit.json").write_text(json.dumps(facts, indent=2) + "\n")
    for missed in trial.missed[:20]:
        console.print(f"[red]not found[/red] {missed}")
    if trial.missed:
        raise typer.Exit(1)
