"""`muniment model`: what the matcher takes agreement to be worth, and how precise it is asked to be."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from muniment.interfaces.bench.fitting import train_on, train_on_lines
from muniment.interfaces.bench.free_text import Asked
from muniment.interfaces.bench.tasks import open_task
from muniment.interfaces.cli.console import console, now, operator_actor, progress_bar
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.shares import format_percent, parse_percent
from muniment.use.matching import queries, services
from muniment.use.matching.queries import ModelInForce
from muniment.use.matching.rules.scoring import (
    USUAL_PRECISION_PPM,
    BadModel,
    Model,
    read_model,
    shipped_model,
    write_model,
)

app = typer.Typer(
    help="What the matcher takes agreement to be worth: show it, train another, choose one.", no_args_is_help=True
)

Person = Annotated[str | None, typer.Option("--as", help="Who acts.")]


@app.command()
def show(
    model: Annotated[Path | None, typer.Option("--model", help="A model file; without it, the model in force.")] = None,
) -> None:
    """Show what a model was trained on, and which precision each threshold gave on lines held back from it."""
    if model is not None:
        _print(_read(model))
        return
    _print_in_force(queries.model_in_force())


@app.command()
def train(
    out: Annotated[Path, typer.Option(help="Where to write the model.")],
    task: Annotated[
        Path | None, typer.Option(help="A folder with repertoire.parquet, the usage and truth.parquet.")
    ] = None,
    usage: Annotated[
        list[str] | None, typer.Option(help="A file of usage lines in it, without .parquet; may be repeated.")
    ] = None,
    decisions: Annotated[
        bool, typer.Option("--decisions", help="Learn from what people decided here, instead of from a task.")
    ] = False,
    name: Annotated[str, typer.Option(help="What to call it.")] = "own",
    start: Annotated[
        Path | None, typer.Option("--model", help="The model to begin from; without it, the shipped model.")
    ] = None,
    person: Person = None,
) -> None:
    """Fit a model to lines whose works are known, and say what it promises."""
    if decisions == bool(task and usage):
        raise UserError("Say what to learn from.", "Give --task with --usage, or --decisions.")
    first = shipped_model() if start is None else _read(start)
    if task is not None and usage:
        tasks = [open_task(task, one) for one in usage]
        told = f"{task.name}: {', '.join(usage)}"
        with tempfile.TemporaryDirectory() as room, progress_bar("lines matched") as progress:
            model = train_on(tasks, Path(room), first, name, told, progress)
    else:
        model = _train_on_decisions(first, name, person)
    out.write_text(write_model(model), encoding="utf-8")
    _print(model)
    console.print(f"Written to {out}.")


def _train_on_decisions(start: Model, name: str, person: str | None) -> Model:
    """Return a model fitted to the decisions that hold, with the repertoire as it is now."""
    found, at = queries.labelled_lines(), now()
    asked = Asked(found.lines, [frozenset() if work is None else frozenset({work}) for work in found.works])
    told = f"{len(found.works)} decisions of {at:%Y-%m-%d}"
    index = services.load_index(actor=operator_actor(person), at=at)
    with progress_bar("lines matched") as progress:
        return train_on_lines(asked, index, start, name, told, progress)


@app.command()
def use(
    model: Annotated[Path | None, typer.Argument(help="The model file to match with.")] = None,
    shipped: Annotated[bool, typer.Option("--shipped", help="Match with the model that comes with Muniment.")] = False,
    precision: Annotated[str, typer.Option(help="The precision to ask for, in percent; alone: of the same model.")] = (
        format_percent(USUAL_PRECISION_PPM)
    ),
    person: Person = None,
) -> None:
    """Choose which model matches from now on, and the precision that it is asked for."""
    if model is not None and shipped:
        raise UserError("A model file and the shipped model are two.", "Give one of them.")
    chosen = None if model is None else _read(model)
    if model is None and not shipped:
        before = queries.model_in_force()
        chosen = None if before.is_shipped else before.model
    in_force = services.choose_model(
        actor=operator_actor(person), at=now(), model=chosen, asked_ppm=parse_percent(precision)
    )
    _print_in_force(in_force)
    console.print("It holds from the next matching on: muniment match --all")


def _read(path: Path) -> Model:
    """Return the model of a file.

    Raises:
        BadModel: it holds none.
    """
    try:
        return read_model(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise BadModel(f"{path} is no text: {error}.", "Give a file that muniment model train wrote.") from error


def _print_in_force(found: ModelInForce) -> None:
    _print(found.model)
    who = f"chosen by {found.chosen_by} on {found.chosen_at:%Y-%m-%d %H:%M}" if found.chosen_at else "as it comes"
    console.print(
        f"In force, {who}: asked for {format_percent(found.asked_ppm)} %, so matched from a probability of"
        f" {found.thresholds.matched_ppm / 10_000:.2f} %.",
        markup=False,
    )


def _print(model: Model) -> None:
    told = f"Model {model.name}, trained on {model.trained_on}; version {model.version[:12]}"
    console.print(told, markup=False)
    table = Table("asked precision", "threshold", "precision held back", "recall held back")
    for promise in model.promises:
        row = (promise.asked_ppm, promise.threshold_ppm, promise.precision_ppm, promise.recall_ppm)
        table.add_row(*(f"{part / 10_000:.2f} %" for part in row))
    console.print(table)
