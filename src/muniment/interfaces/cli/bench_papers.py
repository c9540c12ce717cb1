"""The command `muniment bench papers`."""

import json
from typing import Annotated

import typer
from django.db import connection

from muniment.interfaces import evidence_log, registry_office
from muniment.interfaces.bench.paper_mutations import CHANGES, PaperTrial, try_paper_mutations
from muniment.interfaces.bench.papers import Clerk, PaperRate, measure_papers
from muniment.interfaces.cli.bench_ledger import empty_home
from muniment.interfaces.cli.console import console, now, operator_actor, print_table, progress_bar
from muniment.interfaces.cli.demo_registry import invented_year
from muniment.interfaces.demo.registry_year import Run


def papers(
    count: Annotated[int, typer.Option(help="How many papers of each kind are made at most.", min=1)] = 20,
    changes: Annotated[int, typer.Option(help="How many random changes of papers are tried.", min=0)] = 1_000,
    registrations: Annotated[int, typer.Option(help="How many are registered for the first time.", min=20)] = 40,
    seed: Annotated[int, typer.Option(help="The same seed invents the same year and makes the same changes.")] = 1,
) -> None:
    """Measure certificates, extracts and search certificates of an invented year; then change them at random."""
    home, year = empty_home(), invented_year(registrations, seed, log_every=20)
    run = Run(year, home, registry_office.leaves())
    run.register_firms()
    with progress_bar("A registry year") as progress:
        for done, _ in enumerate(run.run(), start=1):
            progress(done, len(year.acts))
    at = now()
    clerk = Clerk(operator_actor(), at, evidence_log.keys(), registry_office.registry(at))
    clerk.sequence()
    trust = registry_office.trust_of(None, None, None)
    rates = measure_papers(clerk, trust, count)
    _tell(rates)
    trial = PaperTrial()
    with progress_bar("Changing papers") as progress:
        for trial in try_paper_mutations({one.kind: one.papers for one in rates}, trust, at, count=changes, seed=seed):
            progress(trial.total, changes)
    _tell_trial(trial, [one.kind for one in rates])
    facts = {
        "database": connection.vendor,
        "papers": [
            {"kind": one.kind, "made_ms": one.made_ms, "verified_ms": one.verified_ms, "per_second": one.per_second}
            for one in rates
        ],
        "changes": {"tried": [[*what, tried] for what, tried in sorted(trial.tried.items())], "missed": trial.missed},
    }
    (home / "bench-papers.json").write_text(json.dumps(facts, indent=2) + "\n")
    if trial.missed:
        raise typer.Exit(1)


def _tell(rates: list[PaperRate]) -> None:
    cells: list[list[object]] = [
        [
            one.kind,
            len(one.papers),
            f"{sum(one.made_ms) / len(one.made_ms):.0f}",
            f"{min(one.made_ms):.0f}",
            f"{one.per_second:.1f}",
            f"{sum(one.verified_ms) / len(one.verified_ms):.0f}",
            f"{sum(map(len, one.papers)) / len(one.papers) / 1000:.0f}",
        ]
        for one in rates
    ]
    heads = ["Paper", "Made", "CPU ms each", "Least", "A second of a core", "Verified, CPU ms", "kB"]
    print_table(f"Papers on {connection.vendor}", heads, cells, numbers=(1, 2, 3, 4, 5, 6))


def _tell_trial(trial: PaperTrial, kinds: list[str]) -> None:
    cells: list[list[object]] = [[name, *(trial.tried[kind, name] for kind in kinds)] for name in CHANGES]
    cells.append(["all", *(sum(trial.tried[kind, name] for name in CHANGES) for kind in kinds)])
    print_table("Changes", ["", *kinds], cells, numbers=tuple(range(1, len(kinds) + 1)))
    for missed in trial.missed[:20]:
        console.print(f"[red]not found[/red] {missed}")
    console.print(f"{trial.total} changes, {len(trial.missed)} not found.")
