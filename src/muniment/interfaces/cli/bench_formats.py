"""The command `muniment bench formats`: how fast CWR and DSR files are read, and that nothing of a CWR is lost."""

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
    write_invented_dsr,
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
    only: Annotated[str, typer.Option(help="cwr or dsr; both if left out.")] = "",
    out: Annotated[Path | None, typer.Option(help="Where to keep the figures, as JSON.")] = None,
    work: Annotated[Path | None, typer.Option(help="A folder with room; temporary files otherwise.")] = None,
) -> None:
    """Read and check invented CWR files of several sizes; read, store and write one, and compare; see docs/cwr.md.

    Then read invented sales reports of the same sizes into Parquet; see docs/dsr.md.
    """
    sizes = [*(megabytes or [1, 100]), *([1000] if large else [])]
    measured: list[FormatMeasure] = []
    reports: list[FormatMeasure] = []
    trip: RoundTrip | None = None
    with tempfile.TemporaryDirectory(prefix="muniment-bench-", dir=work) as name:
        path = Path(name) / "invented.V21"
        for size in sizes if only != "dsr" else ():
            records = write_invented_cwr(path, works=works_of_size(size * _MEGABYTE, seed), seed=seed)
            ours = scripts / "cwr_muniment.py"
            measured.append(measure_reader("muniment", path, records, Path(sys.executable), ours))
            if peers and size == min(sizes):
                measured.append(measure_reader("CWR-API", path, records, peers_python, scripts / "cwr_api.py"))
        if only != "cwr":
            reports = _measure_reports(Path(name), sizes, scripts, seed)
        if works and only != "dsr":
            write_invented_cwr(path, works=works, seed=seed)
            trip = run_round_trip(path)
    _tell(measured, trip)
    _tell_reports(reports)
    if out:
        facts = {
            "machine": platform.platform(),
            "python": platform.python_version(),
            "readings": [asdict(measure) | {"records_per_s": measure.records_per_s} for measure in measured],
            "reports": [asdict(measure) | {"lines_per_s": measure.records_per_s} for measure in reports],
            "round_trip": asdict(trip) if trip else None,
        }
        out.write_text(json.dumps(facts, indent=2) + "\n")
    if trip and trip.first_difference is not None:
        raise typer.Exit(2)


def _measure_reports(folder: Path, sizes: list[int], scripts: Path, seed: int) -> list[FormatMeasure]:
    """Read sales reports into Parquet, the smallest also line by line, each in a process of its own."""
    measured: list[FormatMeasure] = []
    path, script = folder / "invented.tsv", scripts / "dsr_muniment.py"
    for size in sizes:
        lines = write_invented_dsr(path, size=size * _MEGABYTE, seed=seed)
        measured.append(measure_reader("muniment", path, lines, Path(sys.executable), script))
        if size == min(sizes):
            measured.append(measure_reader("line by line", path, lines, Path(sys.executable), script, "lines"))
        path.unlink()
    return measured


def _tell_reports(measured: list[FormatMeasure]) -> None:
    headers = ["Reader", "MB", "Lines", "Sales", "Findings", "ms", "CPU ms", "Lines/s of CPU", "Peak MiB"]
    rows: list[list[object]] = [
        [
            *(m.system, round(m.size / _MEGABYTE, 1), m.record_count, m.transaction_count, m.problem_count),
            *(m.elapsed_ms, m.cpu_ms, m.records_per_s, m.peak_mib),
        ]
        for m in measured
        if not m.failed
    ]
    if measured:
        print_table("DSR, read into Parquet", headers, rows, numbers=(1, 2, 3, 4, 5, 6, 7, 8))
    for failed in (m for m in measured if m.failed):
        console.print(f"{failed.system} does not read the file: {failed.failed}")


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
    if rows:
        print_table("CWR, read and checked", headers, rows, numbers=(1, 2, 3, 4, 5, 6, 7, 8))
    for failed in (m for m in measured if m.failed):
        console.print(f"{failed.system} does not read the file: {failed.failed}")
    if trip:
        told = "every byte the same" if trip.first_difference is None else f"another line {trip.first_difference:,}"
        console.print(
            f"Round trip: {trip.transaction_count:,} transactions, {trip.record_count:,} records read, stored and"
            f" written: {told}"
        )
