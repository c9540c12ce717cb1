"""The command `muniment bench cluster`: what two workers do that one does not; see docs/cluster.md."""

import json
from pathlib import Path
from typing import Annotated

import typer

from muniment.interfaces.bench.cluster import ClusterMeasure, measure_alone, measure_cluster
from muniment.interfaces.cli.console import console, print_table, progress_bar


def cluster(
    lines: Annotated[list[Path], typer.Option(help="Lines in Parquet; may be repeated.")],
    index: Annotated[Path, typer.Option(help="The index folder.")],
    workers: Annotated[list[int] | None, typer.Option(help="A number of workers; may be repeated.")] = None,
    runs: Annotated[int, typer.Option(help="How many runs after the first.", min=1)] = 3,
    memory: Annotated[int, typer.Option(help="MiB of an executor.")] = 1024,
    out: Annotated[Path | None, typer.Option(help="Keep the measures in this JSON file.")] = None,
) -> None:
    """Measure matching on a Spark cluster of this machine's own, each worker with one core."""
    measures = [measure_alone(lines=lines, index_folder=index, runs=runs)]
    for count in workers or [1, 2]:
        with progress_bar(f"Runs with {count} workers") as progress:
            measures.append(
                measure_cluster(
                    lines=lines, index_folder=index, workers=count, runs=runs, memory_mib=memory, progress=progress
                )
            )
    _tell(measures)
    if out is not None:
        out.write_text(json.dumps([measure.as_plain() for measure in measures], indent=2) + "\n")
        console.print(f"Kept in {out}")


def _tell(measures: list[ClusterMeasure]) -> None:
    one = next((measure for measure in measures if measure.workers == 1), None)
    rows: list[list[object]] = [
        [
            measure.workers or "no engine",
            measure.line_count,
            measure.question_count,
            f"{measure.start_s:.1f}",
            f"{measure.first_s:.1f}",
            f"{measure.run_s:.1f}",
            f"{measure.cpu_s:.1f}",
            measure.lines_per_s,
            measure.lines_per_cpu_s,
            f"{one.run_s / measure.run_s:.2f}" if one and measure.workers else "",
        ]
        for measure in measures
    ]
    headers = ["Workers", "Lines", "Different", "Start s", "First s", "Run s", "CPU s", "Lines/s"]
    headers += ["Lines/CPU-s", "Times one"]
    print_table("Matching on a cluster", headers, rows, numbers=tuple(range(10)))
