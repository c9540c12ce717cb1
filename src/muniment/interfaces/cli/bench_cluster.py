"""The command `muniment bench cluster`: what two workers do that one does not; see docs/cluster.md."""

import json
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from muniment.interfaces.bench.cluster import (
    ClusterMeasure,
    make_work,
    measure_alone,
    measure_cluster,
    middle_of,
    write_cluster_page,
)
from muniment.interfaces.bench.report import this_machine
from muniment.interfaces.bench.tasks import open_task
from muniment.interfaces.cli.console import console, now, print_table, progress_bar
from muniment.kernel.words.problems import UserError
from muniment.use.matching.bulk.index import open_index


def cluster(
    lines: Annotated[list[Path] | None, typer.Option(help="Lines in Parquet; may be repeated.")] = None,
    index: Annotated[Path | None, typer.Option(help="The index folder.")] = None,
    task: Annotated[Path | None, typer.Option(help="Instead: a task folder, indexed, its lines made many.")] = None,
    usage: Annotated[str, typer.Option(help="Of the task: which usage.")] = "usage_dirty",
    times: Annotated[int, typer.Option(help="Of the task: how often its lines are asked.", min=1)] = 1,
    work: Annotated[Path | None, typer.Option(help="Of the task: keep index and lines in this folder.")] = None,
    workers: Annotated[list[int] | None, typer.Option(help="A number of workers; may be repeated.")] = None,
    runs: Annotated[int, typer.Option(help="How many runs after the first.", min=1)] = 3,
    turns: Annotated[int, typer.Option(help="How often each number of workers has its turn.", min=1)] = 1,
    confined: Annotated[bool, typer.Option("--confined", help="Each worker has one core for all it does.")] = False,
    memory: Annotated[int, typer.Option(help="MiB of an executor.")] = 1024,
    no_process: Annotated[bool, typer.Option("--no-process", help="Leave out one process without an engine.")] = False,
    out: Annotated[Path | None, typer.Option(help="Keep the measures in this JSON file.")] = None,
    report: Annotated[Path | None, typer.Option(help="Write the table into this page, between its marks.")] = None,
) -> None:
    """Measure matching on a Spark cluster of this machine's own, each worker with one core."""
    with ExitStack() as stack:
        if task is not None:
            folder = work or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="muniment-bench-")))
            with progress_bar("Making index and lines") as progress:
                lines, index = make_work(open_task(task, usage), times, folder, progress)
        if not lines or index is None:
            raise UserError("There is nothing to match.", "Give --lines and --index, or --task.")
        measures = [] if no_process else [measure_alone(lines=lines, index_folder=index, runs=runs)]
        for count in (workers or [1, 2]) * turns:
            with progress_bar(f"Runs with {count} workers") as progress:
                measures.append(
                    measure_cluster(
                        lines=lines,
                        index_folder=index,
                        workers=count,
                        runs=runs,
                        memory_mib=memory,
                        confined=confined,
                        progress=progress,
                    )
                )
        work_count = len(open_index(index).work_ids)
    middle = middle_of(measures)
    _tell(middle)
    facts = {"machine": str(this_machine()), "works": f"{work_count:,}", "on": now().date().isoformat()}
    if confined:
        facts |= {"cores": "one for each worker's Java and Python together"}
    if out is not None:
        kept = facts | {"measures": [measure.as_plain() for measure in measures]}
        out.write_text(json.dumps(kept, indent=2) + "\n")
        console.print(f"Kept in {out}")
    if report is not None:
        write_cluster_page(report, middle, facts)
        console.print(f"Written: {report}")


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
            f"{measure.index_mib} of {measure.index_seen_mib}",
        ]
        for measure in measures
    ]
    headers = ["Workers", "Lines", "Different", "Start s", "First s", "Run s", "CPU s", "Lines/s"]
    headers += ["Lines/CPU-s", "Times one", "Index MiB, taken of seen"]
    print_table("Matching on a cluster", headers, rows, numbers=tuple(range(11)))
