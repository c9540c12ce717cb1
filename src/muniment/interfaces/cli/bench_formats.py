"""The command `muniment bench formats`: how fast a CWR file is read and checked, and that nothing of it is lost."""

import json
import platform
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from muniment.interfaces.bench.formats import (
    FormatMeasure,
    RoundTrip,
    measure_reader,
    run_round_trip,
    works_of_size,
    write_invented_cwr,
)
from muniment.interfaces.cli.console import console, print_table

_MEGABYTE = 1_000_000


def formats(
    megabytes: Annotated[list[int] | None, typer.Option(help="Sizes of files in MB; may be repeated.", min=1)] = None,
    large: Annotated[bool, typer.Option("--large", help="Read a file of 1 GB as well.")] = False,
    works: Annotated[int, typer.Option(help="How many works make the round trip; 0 leaves it out.", min=0)] = 100_000,
    seed: Annotated[int, typer.Option(help="The same seed invents the same works.")] = 1,
    peers: Annotated[bool, typer.Option("--peers/--no-peers", help="Measure other programs beside.")] = True,
    peers_python: Annotated[Path, typer.Option(help="The Python of the peers.")] = Path(".venv-peers/bin/python"),
    scripts: Annotated[Path, typer.Option(help="The folder of the readers' scripts.")] = Path("tools/peers"),
    out: Annotated[Path | None, typer.Option(help="Where to keep the figures, as JSON.")] = None,
    work: Annotated[Path | None, typer.Option(help="A folder with room; temporary files otherwise.")] = None,
) -> None:
    """Read and check invented CWR files of several sizes; read, store and write one, and compare; see docs/cwr.md."""
    sizes = [*(megabytes or [1, 100]), *([1000] if large else [])]
    measured: list[FormatMeasure] = []
    trip: RoundTrip | None = None
    with tempfile.TemporaryDirectory(prefix="muniment-bench-", dir=work) as name:
        path = Path(name) / "invented.V21"
        for size in sizes:
            records = write_invented_cwr(path, works=works_of_size(size * _MEGABYTE, seed), seed=seed)
            ours = scripts / "cwr_muniment.py"
            measured.append(measure_reader("muniment", path, records, Path(sys.executable), ours))
            if peers and size == min(sizes):
                measured.append(measure_reader("CWR-API", path, records, peers_python, scripts / "cwr_api.py"))
        if works:
            write_invented_cwr(path, works=works, seed=seed)
            trip = run_round_trip(path)
    _tell(measured, trip)
    if out:
        facts = {
            "machine": platform.platform(),
            "python": platform.python_version(),
            "readings": [asdict(measure) | {"records_per_s": measure.records_per_s} for measure in measured],
            "round_trip": asdict(trip) if trip else None,
        }
        out.write_text(json.dumps(facts, indent=2) + "\n")
    if trip and trip.first_difference is not None:
        raise typer.Exit(2)


def _tell(measured: list[FormatMeasure], trip: RoundTrip | None) -> None:
    headers = ["Reader", "MB", "Records", "Transactions", "Findings", "ms", "CPU ms", "Records/s of CPU", "Peak MiB"]
    rows: list[list[object]] = [
        [
            *(m.system, round(m.size / _MEGABYTE, 1), m.record_count, m.transaction_count, m.problem_count),
            *(m.elapsed_ms, m.cpu_ms, m.records_per_s, m.peak_mib),
        ]
        for m in measured
        if not m.failed
    ]
    print_table("CWR, read and checked", headers, rows, numbers=(1, 2, 3, 4, 5, 6, 7, 8))
    for failed in (m for m in measured if m.failed):
        console.print(f"{failed.system} does not read the file: {failed.failed}")
    if trip:
        told = "every byte the same" if trip.first_difference is None else f"another line {trip.first_difference:,}"
        console.print(
            f"Round trip: {trip.transaction_count:,} transactions, {trip.record_count:,} records read, stored and"
            f" written: {told}"
        )
