"""The commands `muniment bench matching` and `muniment bench grow`: our matcher and its peers on tasks with a truth."""

import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import pyarrow.parquet as pq
import typer

from muniment.interfaces.bench.ours import run_ours
from muniment.interfaces.bench.quality import FLOORS
from muniment.interfaces.bench.systems import (
    OURS,
    PEERS,
    TITLES,
    SystemResult,
    read_result,
    run_ours_apart,
    run_peer,
)
from muniment.interfaces.bench.tasks import Task, open_task
from muniment.interfaces.cli.console import console, print_table, progress_bar


def matching(
    task: Annotated[Path, typer.Option(help="The folder: repertoire.parquet, NAME.parquet, truth.parquet.")],
    usage: Annotated[str, typer.Option(help="Which usage: NAME of NAME.parquet.")] = "usage_dirty",
    predictions: Annotated[Path | None, typer.Option(help="Where to write line_id, work_id, score; Parquet.")] = None,
    peers: Annotated[bool, typer.Option("--peers", help="Measure the peers too, on the same lines.")] = False,
    peer: Annotated[list[str] | None, typer.Option(help="Only this peer; may be repeated.")] = None,
    work: Annotated[Path | None, typer.Option(help="Keep index and candidates in this folder.")] = None,
    peers_python: Annotated[Path, typer.Option(help="The Python of the peers.")] = Path(".venv-peers/bin/python"),
    peers_scripts: Annotated[Path, typer.Option(help="The folder of the peers' scripts.")] = Path("tools/peers"),
) -> None:
    """Match the lines of a task with the shipped model and measure; see docs/matching-benchmark.md."""
    asked = open_task(task, usage)
    with ExitStack() as stack:
        folder = work or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="muniment-bench-")))
        names = (peer or list(PEERS)) if peers else []
        if names:
            run_ours_apart(asked, folder / OURS)
            ours = folder / OURS
        else:
            ours = folder
            with progress_bar("Matching") as progress:
                run_ours(asked, folder, progress)
        if predictions:
            pq.write_table(pq.read_table(ours / "predictions.parquet"), predictions)
            console.print(f"Written: {predictions}")
        results = [read_result(OURS, asked, ours)] if asked.truth_path.exists() else []
        for name in names:
            console.print(f"[dim]{TITLES[name]}[/dim]")
            run_peer(name, asked, folder / name, peers_python, peers_scripts)
            results.append(read_result(name, asked, folder / name))
    _tell(asked, results)


def _tell(task: Task, results: list[SystemResult]) -> None:
    """Print the figures: each system with its own score, and where that is another, with a calibrated one."""
    rows: list[list[object]] = []
    for result in results:
        for kind, quality in (("own", result.raw), ("calibrated", result.calibrated)):
            if quality is not None:
                reached = [f"{quality.recall:.4f}", *(f"{quality.recall_at(floor):.4f}" for floor in FLOORS)]
                speed = [round(result.lines_per_cpu_s), round(result.build_cpu_s, 1), result.peak_mib]
                rows.append([TITLES[result.system], kind, *reached, *speed])
    headers = ["System", "Score", "Recall@1", *(f"at {floor}" for floor in FLOORS)]
    headers += ["Lines/CPU-s", "Build CPU-s", "Peak MiB"]
    print_table(f"\n{task.name}", headers, rows, numbers=tuple(range(2, len(headers))))
