"""The command `muniment cluster match`: the matcher on many machines; see docs/cluster.md."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from muniment.interfaces.cli.console import console, progress_bar
from muniment.kernel.columns.cluster import Cluster
from muniment.kernel.words.problems import UserError
from muniment.use.matching.bulk.cluster import match_on_spark

NAME = "cluster"
app = typer.Typer(no_args_is_help=True, help="The same work on many machines, by Apache Spark.")


@app.callback()
def cluster() -> None:
    """Keep `match` a command of its own while it is the only one."""


@app.command()
def match(
    lines: Annotated[list[Path], typer.Option(help="Lines in Parquet, or a folder of them; may be repeated.")],
    index: Annotated[Path, typer.Option(help="The index folder, under this name on every machine.")],
    out: Annotated[Path, typer.Option(help="A new folder for the answers and the sums.")],
    master: Annotated[str, typer.Option(help="The address of the cluster, as in spark://host:7077.")],
    workers: Annotated[int, typer.Option(help="Begin once so many executors have come.")] = 1,
    memory: Annotated[int, typer.Option(help="MiB of an executor, beside the index.")] = 2048,
    python: Annotated[str, typer.Option(help="The Python of the workers.")] = sys.executable,
    setting: Annotated[list[str] | None, typer.Option(help="A setting of Spark, NAME=VALUE; repeatable.")] = None,
) -> None:
    """Match usage lines on a cluster; line for line what one machine answers."""
    settings = tuple(_setting(text) for text in setting or [])
    where = Cluster(master, python=python, memory_mib=memory, workers=workers, settings=settings)
    with progress_bar("Matching on the cluster (tasks)") as progress:
        done = match_on_spark(lines=lines, index_folder=index, out=out, cluster=where, progress=progress)
    console.print(
        f"{done.row_count} lines answered, {done.question_count} of them different, in {done.task_count} parts. "
        f"Written to {out}."
    )


def _setting(text: str) -> tuple[str, str]:
    """Read a setting of the command line.

    Raises:
        UserError: it is not written NAME=VALUE.
    """
    name, sign, value = text.partition("=")
    if not (name and sign):
        raise UserError(f"{text!r} is no setting.", "Write it as spark.executor.cores=4.")
    return name, value
