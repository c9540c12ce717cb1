"""The commands `muniment cluster …`: the matcher on many machines; see docs/cluster.md."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from muniment.interfaces.cli.console import console, progress_bar
from muniment.kernel.columns.cluster import Cluster
from muniment.kernel.words.problems import UserError
from muniment.use.matching.bulk.cluster import match_on_spark
from muniment.use.matching.bulk.told import NO_DECISIONS, KnownDecisions, read_decisions, write_decisions
from muniment.use.matching.queries import known_decisions, model_in_force
from muniment.use.matching.rules.choices import Choice, read_choice, write_choice

app = typer.Typer(no_args_is_help=True, help="The same work on many machines, by Apache Spark.")


@app.command()
def match(
    lines: Annotated[list[Path], typer.Option(help="Lines in Parquet, or a folder of them; may be repeated.")],
    index: Annotated[Path, typer.Option(help="The index folder, under this name on every machine.")],
    out: Annotated[Path, typer.Option(help="A new folder for the answers and the sums.")],
    master: Annotated[str, typer.Option(help="The address of the cluster, as in spark://host:7077.")],
    workers: Annotated[int, typer.Option(help="Begin once so many executors have come.")] = 1,
    memory: Annotated[int, typer.Option(help="MiB of an executor, beside the index.")] = 2048,
    python: Annotated[str, typer.Option(help="The Python of the workers.")] = sys.executable,
    decisions: Annotated[
        Path | None, typer.Option(help="Decisions of `cluster decisions`; else the database's.")
    ] = None,
    undecided: Annotated[
        bool, typer.Option("--undecided", help="Leave decisions of people and a model chosen aside.")
    ] = False,
    source: Annotated[str, typer.Option(help="The source of lines that name no report.")] = "",
    setting: Annotated[list[str] | None, typer.Option(help="A setting of Spark, NAME=VALUE; repeatable.")] = None,
) -> None:
    """Match usage lines on a cluster; line for line what one machine answers, decisions of people included."""
    settings = tuple(_setting(text) for text in setting or [])
    known = _decisions(decisions, undecided)
    where = Cluster(master, python=python, memory_mib=memory, workers=workers, settings=settings)
    with progress_bar("Matching on the cluster (tasks)") as progress:
        done = match_on_spark(
            lines=lines,
            index_folder=index,
            out=out,
            cluster=where,
            known=known,
            source_code=source,
            progress=progress,
        )
    console.print(
        f"{done.row_count} lines answered, {done.question_count} of them different, in {done.task_count} parts, "
        f"with {known.decisions.num_rows} decisions of people, by {read_choice(known.choice).version}. "
        f"Written to {out}."
    )


@app.command()
def decisions(out: Annotated[Path, typer.Argument(help="The folder to write them into.")]) -> None:
    """Write what people decided, and the model in force, into a folder for `cluster match --decisions` elsewhere."""
    known = _decisions_here()
    write_decisions(known, out)
    console.print(
        f"{known.decisions.num_rows} decisions of people, {known.sources.num_rows} reports; "
        f"{read_choice(known.choice).version}. Written to {out}."
    )


def _decisions(folder: Path | None, undecided: bool) -> KnownDecisions:
    """Return the decisions of a folder, else of the database; none where they are left aside.

    Raises:
        UserError: both were asked for.
    """
    if folder is not None and undecided:
        raise UserError("Decisions cannot be both given and left aside.", "Leave out --decisions or --undecided.")
    if undecided:
        return NO_DECISIONS
    return _decisions_here() if folder is None else read_decisions(folder)


def _decisions_here() -> KnownDecisions:
    """Return the decisions of the database, with the model in force here.

    Raises:
        ModelGone: the model that was chosen is not kept any more, or does not fit this version.
    """
    here = model_in_force()
    return replace(known_decisions(), choice=write_choice(Choice(here.model, here.asked_ppm)))


def _setting(text: str) -> tuple[str, str]:
    """Read a setting of the command line.

    Raises:
        UserError: it is not written NAME=VALUE.
    """
    name, sign, value = text.partition("=")
    if not (name and sign):
        raise UserError(f"{text!r} is no setting.", "Write it as spark.executor.cores=4.")
    return name, value
