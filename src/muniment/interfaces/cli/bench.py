"""The commands `muniment bench …`: what this machine and this database can do."""

import gzip
import json
import platform
from datetime import date
from pathlib import Path
from typing import Annotated

import pyarrow.parquet as pq
import typer
from django.conf import settings
from django.db import connection

from muniment import __version__
from muniment.interfaces.bench import Measures, measure_matching, measure_pages, peak_memory_mib, real_steps
from muniment.interfaces.cli import installation
from muniment.interfaces.cli.bench_allocation import allocation, conservation
from muniment.interfaces.cli.bench_cluster import cluster
from muniment.interfaces.cli.bench_deposit import deposit
from muniment.interfaces.cli.bench_duplicates import duplicates
from muniment.interfaces.cli.bench_formats import formats
from muniment.interfaces.cli.bench_ledger import ledger, mutations, reports
from muniment.interfaces.cli.bench_log import log, log_mutations
from muniment.interfaces.cli.bench_map import map_
from muniment.interfaces.cli.bench_matching import grow, matching, task
from muniment.interfaces.cli.bench_papers import papers
from muniment.interfaces.cli.bench_register import register
from muniment.interfaces.cli.bench_registry import registry
from muniment.interfaces.cli.bench_scripts import scripts
from muniment.interfaces.cli.bench_statements import statements
from muniment.interfaces.cli.console import console, now, operator_actor, print_table
from muniment.interfaces.cli.demo import refuse_a_society, run_command
from muniment.interfaces.demo import write_demo_files
from muniment.interfaces.demo.quarter import Step, quarter_steps
from muniment.kernel.words.problems import UserError
from muniment.trust.ledger.rules import EntryDraft, TransferDraft, fund, payable
from muniment.trust.ledger.services import post_entries

app = typer.Typer(no_args_is_help=True, help="Measure the stages and the pages on this machine, in an empty home.")
app.command()(matching)
app.command()(task)
app.command()(grow)
app.command()(cluster)
app.command()(scripts)
app.command()(duplicates)
app.command()(formats)
app.command()(ledger)
app.command()(reports)
app.command()(mutations)
app.command()(log)
app.command()(log_mutations)
app.command(name="map")(map_)
app.command()(deposit)
app.command()(register)
app.command()(registry)
app.command()(papers)
app.command()(allocation)
app.command()(conservation)
app.command()(statements)

LEDGER_LOADS = ((20_000, 2), (1_000, 100))
"""How many entries of how many transfers are booked in one call."""


class HomeInUse(UserError):
    """A measurement would write into the home of a society."""


@app.command()
def quarter(
    works: Annotated[int, typer.Option(help="How many works to invent.")] = 20_000,
    members: Annotated[int, typer.Option(help="How many members to invent.")] = 3_000,
    seed: Annotated[int, typer.Option(help="The same seed invents the same society.")] = 1,
) -> None:
    """Measure the quarter of an invented society, the ledger alone, and the pages."""
    home = _empty_home()
    measures = Measures()
    files = home / "files"
    with measures.stage("files invented"):
        manifest = write_demo_files(files, members=members, works=works, seed=seed)
    installation.init()
    for step in quarter_steps(files, manifest, now().date()):
        _run(measures, step)
    _run(measures, Step(("fsck",), "books proved"))
    measure_matching(measures, works)
    _measure_ledger(measures)
    measure_pages(measures)
    _tell(measures, home)


@app.command()
def real(
    repertoire: Annotated[Path, typer.Option(help="The repertoire, in Parquet.")],
    radio_log: Annotated[Path, typer.Option(help="The plays, as CSV or packed CSV.")],
) -> None:
    """Measure a distribution over a real repertoire and a real radio log; see docs/real-data.md."""
    home = _empty_home()
    measures = Measures()
    installation.init()
    works = pq.ParquetFile(repertoire).metadata.num_rows
    lines = _count_lines(radio_log)
    for step in real_steps(home, repertoire.absolute(), radio_log.absolute(), works=works, lines=lines):
        _run(measures, step)
    measure_matching(measures, works)
    _measure_ledger(measures)
    measure_pages(measures)
    _tell(measures, home)


def _empty_home() -> Path:
    """Return the home to measure in.

    Raises:
        HomeInUse: there is something in it.
        NotADemo: the database is elsewhere, and holds a society.
    """
    home = Path(settings.MUNIMENT_HOME)
    if home.exists() and any(home.iterdir()):
        raise HomeInUse(f"{home} is not empty.", "Name an empty folder in MUNIMENT_HOME; the measurement fills it.")
    refuse_a_society(home)
    home.mkdir(parents=True, exist_ok=True)
    return home


def _count_lines(path: Path) -> int:
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
        return sum(1 for _ in file) - 1


def _run(measures: Measures, step: Step) -> None:
    console.print(f"[dim]muniment {' '.join(step.arguments[:2])}[/dim]")
    with measures.stage(step.stage, step.rows, step.unit):
        run_command(step.arguments)


def _measure_ledger(measures: Measures) -> None:
    """Book many small entries and some large ones, in one call each."""
    for entry_count, transfer_count in LEDGER_LOADS:
        drafts = [
            EntryDraft(
                f"bench/{transfer_count}/{number}",
                "bench",
                date(2026, 10, 1),
                settings.MUNIMENT_CURRENCY,
                tuple(TransferDraft(fund("bench"), payable(place + 1), 1) for place in range(transfer_count)),
            )
            for number in range(entry_count)
        ]
        title = f"ledger: entries of {transfer_count} transfers"
        with measures.stage(title, entry_count, "entries"):
            post_entries(actor=operator_actor("bench"), at=now(), drafts=drafts)
        elapsed_ms = measures.rows[-1].elapsed_ms
        measures.add(f"{title}, by transfers", entry_count * transfer_count, "transfers", elapsed_ms)


def _tell(measures: Measures, home: Path) -> None:
    rows: list[list[object]] = [
        [row.stage, row.rows or "", row.unit, row.elapsed_ms, row.rows_per_s, row.peak_mib] for row in measures.rows
    ]
    headers = ["Stage", "Rows", "Unit", "ms", "Rows/s", "Peak MiB"]
    print_table(f"\nMuniment {__version__} on {connection.vendor}", headers, rows, numbers=(1, 3, 4, 5))
    facts = {
        "version": __version__,
        "database": connection.vendor,
        "python": platform.python_version(),
        "peak_mib": peak_memory_mib(),
        "stages": measures.as_plain(),
    }
    (home / "bench.json").write_text(json.dumps(facts, indent=2) + "\n")
    console.print(f"Kept in {home / 'bench.json'}")
