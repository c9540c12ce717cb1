"""`muniment model`: what the matcher takes agreement to be worth."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from muniment.interfaces.bench.fitting import train_on
from muniment.interfaces.bench.tasks import open_task
from muniment.interfaces.cli.console import console, progress_bar
from muniment.use.matching.rules.scoring import Model, read_model, shipped_model, write_model

app = typer.Typer(help="What the matcher takes agreement to be worth: show it, or train another.", no_args_is_help=True)

FileOption = Annotated[Path | None, typer.Option("--model", help="A model file; without it, the shipped model.")]


@app.command()
def show(model: FileOption = None) -> None:
    """Show what a model was trained on, and which precision each threshold gave on lines held back from it."""
    _print(_read(model))


@app.command()
def train(
    task: Annotated[Path, typer.Option(help="A folder with repertoire.parquet, the usage and truth.parquet.")],
    usage: Annotated[list[str], typer.Option(help="A file of usage lines in it, without .parquet; may be repeated.")],
    out: Annotated[Path, typer.Option(help="Where to write the model.")],
    name: Annotated[str, typer.Option(help="What to call it.")] = "own",
    start: FileOption = None,
) -> None:
    """Fit a model to lines whose works are known, and say what it promises."""
    tasks = [open_task(task, one) for one in usage]
    told = f"{task.name}: {', '.join(usage)}"
    with tempfile.TemporaryDirectory() as room, progress_bar("lines matched") as progress:
        model = train_on(tasks, Path(room), _read(start), name, told, progress)
    out.write_text(write_model(model), encoding="utf-8")
    _print(model)
    console.print(f"Written to {out}.")


def _read(path: Path | None) -> Model:
    return shipped_model() if path is None else read_model(path.read_text(encoding="utf-8"))


def _print(model: Model) -> None:
    console.print(f"Model {model.name}, trained on {model.trained_on}; version {model.version[:12]}")
    table = Table("asked precision", "threshold", "precision held back", "recall held back")
    for promise in model.promises:
        row = (promise.asked_ppm, promise.threshold_ppm, promise.precision_ppm, promise.recall_ppm)
        table.add_row(*(f"{part / 10_000:.2f} %" for part in row))
    console.print(table)
