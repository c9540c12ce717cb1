"""The commands `muniment bench log` and `muniment bench log-mutations`."""

import json
import secrets
from dataclasses import asdict
from typing import Annotated

import typer
from django.db import connection

from muniment.interfaces import evidence_log
from muniment.interfaces.bench.evidence import AppendRate, measure_appends, measure_proofs
from muniment.interfaces.bench.log_mutations import LogTrial, try_log_mutations
from muniment.interfaces.cli.bench_ledger import empty_home
from muniment.interfaces.cli.console import console, now, operator_actor, print_table, progress_bar
from muniment.trust.evidence import services
from muniment.trust.evidence.queries import last_head
from muniment.trust.evidence.services import register_map
from muniment.trust.evidence.services.recovery import compare


def log(
    leaves: Annotated[int, typer.Option(help="How many leaves in groups of 1,000.", min=1_000)] = 100_000,
) -> None:
    """Measure appends a second, durable and with SQL, in groups of 1, 100 and 1,000; then proofs."""
    home = empty_home()
    keys = evidence_log.keys()
    groups = {1: max(1, leaves // 500), 100: max(1, leaves // 1_000), 1_000: leaves // 1_000}
    rates: list[AppendRate] = []
    for rate in measure_appends(actor=operator_actor(), at=now(), keys=keys, home=home, groups=groups):
        rates.append(rate)
        console.print(f"[dim]groups of {rate.group}: {rate.per_second} a second[/dim]")
    head = last_head()
    assert head is not None, "the measurement has appended"
    proof = measure_proofs(home=home, policy=evidence_log.policy(), size=head.size)
    differences = compare(home, keys)
    cells: list[list[object]] = [
        [
            rate.group,
            rate.leaves,
            f"{rate.queued_s:.2f}",
            f"{rate.sequenced_s:.2f}",
            f"{rate.cpu_s:.2f}",
            rate.per_second,
        ]
        for rate in rates
    ]
    headers = ["Groups of", "Leaves", "Queued s", "Sequenced s", "CPU s (ours)", "Leaves/s"]
    print_table(f"Appending on {connection.vendor}", headers, cells, numbers=(0, 1, 2, 3, 4, 5))
    console.print(
        f"A proof in a tree of {proof.size}: {proof.proof_bytes} bytes, made in {proof.make_ms:.2f} ms,"
        f" verified in {proof.verify_ms:.2f} ms."
    )
    console.print(f"{len(differences)} differences between files and database.")
    facts = {
        "database": connection.vendor,
        "appends": [asdict(rate) | {"per_second": rate.per_second} for rate in rates],
        "proof": asdict(proof),
    }
    (home / "bench-log.json").write_text(json.dumps(facts, indent=2) + "\n")
    if differences:
        raise typer.Exit(1)


def log_mutations(
    count: Annotated[int, typer.Option(help="How many mutations.", min=1)] = 10_000,
    seed: Annotated[int, typer.Option(help="The same seed makes the same mutations.")] = 1,
) -> None:
    """Change rows and files of a log at random, behind every guard, and see whether fsck finds each."""
    home, at, keys = empty_home(), now(), evidence_log.keys()
    for place, group in enumerate((40, 230, 30)):
        for number in range(group):
            subject = f"invented/{group}/{number}"
            services.log_record(at=at, subject=subject, record={}, keys=keys, entropy=secrets.token_bytes)
            register_map.set_entry(at=at, key=f"invented/{number}", value={"status": "in_force", "version": place})
        services.sequence(actor=operator_actor(), at=at, keys=keys, home=home, entropy=secrets.token_bytes)
    services.log_record(at=at, subject="invented/waits", record={}, keys=keys, entropy=secrets.token_bytes)
    register_map.set_entries(at=at, entries={f"invented/{number}": {"status": "lapsed"} for number in (7, 777)})
    trial = LogTrial()
    with progress_bar("Mutations") as progress:
        for trial in try_log_mutations(home=home, count=count, seed=seed):
            progress(trial.total, count)
    cells: list[list[object]] = [[kind, tried] for kind, tried in sorted(trial.tried.items())]
    print_table(f"Mutations on {connection.vendor}", ["What", "How many"], cells, numbers=(1,))
    for missed in trial.missed[:20]:
        console.print(f"[red]not found[/red] {missed}")
    console.print(
        f"{trial.total} mutations, {trial.refused} refused by the database itself, {len(trial.missed)} not found."
    )
    if trial.missed:
        raise typer.Exit(1)
