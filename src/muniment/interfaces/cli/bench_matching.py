"""The commands `muniment bench matching` and `muniment bench grow`: our matcher and its peers on tasks with a truth."""

import tempfile
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import pyarrow.parquet as pq
import typer

from muniment.interfaces.bench.grow import grow as grow_repertoire
from muniment.interfaces.bench.ours import run_ours
from muniment.interfaces.bench.quality import FLOORS
from muniment.interfaces.bench.report import keep_record, write_page
from muniment.interfaces.bench.sources import URDU_SCRIPTS, isrc_task, names_task, urdu_task, youtube_task
from muniment.interfaces.bench.stages import Contribution, read_contribution
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
from muniment.interfaces.cli.console import console, now, parse_day, print_table, progress_bar
from muniment.kernel.words.problems import UserError


class Kind(StrEnum):
    """The kinds of published data that tasks are made of."""

    YOUTUBE = "youtube"
    ISRC = "isrc"
    URDU = "urdu"
    NAMES = "names"


class UnknownPeer(UserError):
    """A name of no peer."""


class MissingOption(UserError):
    """A kind of task needs one more option."""


def matching(
    task: Annotated[Path, typer.Option(help="The folder: repertoire.parquet, NAME.parquet, truth.parquet.")],
    usage: Annotated[str, typer.Option(help="Which usage: NAME of NAME.parquet.")] = "usage_dirty",
    predictions: Annotated[Path | None, typer.Option(help="Where to write line_id, work_id, score; Parquet.")] = None,
    peers: Annotated[bool, typer.Option("--peers", help="Measure the peers too, on the same lines.")] = False,
    peer: Annotated[list[str] | None, typer.Option(help="Measure this peer; may be repeated.")] = None,
    work: Annotated[Path | None, typer.Option(help="Keep index and candidates in this folder.")] = None,
    reuse: Annotated[bool, typer.Option("--reuse", help="Do not run again a peer whose files --work holds.")] = False,
    results: Annotated[Path | None, typer.Option(help="Keep the figures in this folder, a file a task.")] = None,
    title: Annotated[str, typer.Option(help="What the task is called on the page.")] = "",
    report: Annotated[Path | None, typer.Option(help="Write all figures of --results into this page.")] = None,
    on: Annotated[str | None, typer.Option(help="The day of the measurement; today.")] = None,
    peers_python: Annotated[Path, typer.Option(help="The Python of the peers.")] = Path(".venv-peers/bin/python"),
    peers_scripts: Annotated[Path, typer.Option(help="The folder of the peers' scripts.")] = Path("tools/peers"),
) -> None:
    """Match the lines of a task with the shipped model and measure; see docs/matching-benchmark.md."""
    asked = open_task(task, usage)
    names = peer or (list(PEERS) if peers else [])
    for name in names:
        if name not in PEERS:
            raise UnknownPeer(f"{name!r} is no peer.", f"The peers are {', '.join(PEERS)}.")
    with ExitStack() as stack:
        folder = work or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="muniment-bench-")))
        ours = _run_ours(asked, folder, apart=bool(names))
        if predictions:
            pq.write_table(pq.read_table(ours / "predictions.parquet"), predictions)
            console.print(f"Written: {predictions}")
        measured = [read_result(OURS, asked, ours)] if asked.truth_path.exists() else []
        for name in names:
            if not (reuse and (folder / name / "measures.json").exists()):
                console.print(f"[dim]{TITLES[name]}[/dim]")
                run_peer(name, asked, folder / name, peers_python, peers_scripts)
            measured.append(read_result(name, asked, folder / name))
        told = read_contribution(asked, ours) if asked.truth_path.exists() else None
    _tell(asked, measured)
    if told:
        _tell_contribution(told)
    if results:
        works = pq.ParquetFile(task / "repertoire.parquet").metadata.num_rows
        keep_record(results, asked, title, works, measured, parse_day(on) if on else now().date(), told)
        if report:
            write_page(results, report)
            console.print(f"Written: {report}")


def _run_ours(task: Task, folder: Path, *, apart: bool) -> Path:
    """Run our matcher, beside peers in a process of its own as theirs are; return the folder of its files."""
    if apart:
        run_ours_apart(task, folder / OURS)
        return folder / OURS
    with progress_bar("Matching") as progress:
        run_ours(task, folder, progress)
    return folder


def task(
    kind: Annotated[Kind, typer.Argument(help="What the data is.")],
    source: Annotated[Path, typer.Argument(help="The file, also packed as .gz.")],
    out: Annotated[Path, typer.Option(help="The folder to write the task into.")],
    repertoire: Annotated[Path | None, typer.Option(help="Of another task, for youtube and isrc.")] = None,
    indexed: Annotated[str, typer.Option(help="For urdu: which script is indexed, urdu, hindi or roman.")] = "urdu",
    to_latin: Annotated[bool, typer.Option(help="For names: index the Latin names, or the others.")] = True,
) -> None:
    """Make a task of published data: video titles, ISRCs, Urdu titles in three scripts, names in two."""
    if kind in (Kind.YOUTUBE, Kind.ISRC) and repertoire is None:
        raise MissingOption(f"A task of {kind.value} needs a repertoire.", "Give --repertoire FILE.")
    if kind is Kind.URDU and indexed not in URDU_SCRIPTS:
        raise MissingOption(f"{indexed!r} is no script of the titles.", f"Choose of {', '.join(URDU_SCRIPTS)}.")
    if kind is Kind.URDU:
        urdu_task(source, indexed, out)
    elif kind is Kind.NAMES:
        names_task(source, to_latin, out)
    elif repertoire is not None:
        (youtube_task if kind is Kind.YOUTUBE else isrc_task)(source, repertoire, out)
    lines = pq.ParquetFile(out / "usage.parquet").metadata.num_rows
    console.print(f"{out}: {lines:,} lines. Match them with: muniment bench matching --task {out} --usage usage")


def grow(
    task: Annotated[Path, typer.Option(help="The folder of the task to grow from.")],
    works: Annotated[int, typer.Option(help="How many works the repertoire shall have.")],
    out: Annotated[Path, typer.Option(help="The folder to write the grown task into.")],
    seed: Annotated[int, typer.Option(help="The same seed grows the same repertoire.")] = 1,
) -> None:
    """Grow a task's repertoire by recombination; its lines and their truth stay. See docs/matching-benchmark.md."""
    with progress_bar("Growing") as progress:
        grow_repertoire(task, out, works, seed, progress)
    console.print(f"{out}: {works:,} works.")


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


def _tell_contribution(told: Contribution) -> None:
    """Print what each stage of our matcher contributes, and the misses that remain."""
    rows: list[list[object]] = [
        [
            row.stage,
            row.method,
            f"{100 * row.line_count / max(told.line_count, 1):.2f} %",
            row.matched_count,
            "" if row.precision is None else f"{row.precision:.4f}",
            row.review_count,
            row.review_right_count,
            row.unidentified_count,
        ]
        for row in told.stages
    ]
    headers = ["Stage", "Method", "Lines", "Matched", "Precision", "Review", "of it right", "Unidentified"]
    print_table("What each stage contributes", headers, rows, numbers=tuple(range(2, 8)))
    missed: list[list[object]] = [[row.kind, row.reported, row.line_count] for row in told.misses]
    print_table("Misses", ["What became of the line", "Reported", "Lines"], missed, numbers=(2,))
