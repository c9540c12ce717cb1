"""The commands `muniment index …`: what the matcher reads; build it, check it, remove what nobody needs."""

from datetime import UTC
from typing import Annotated

import typer
from rich.markup import escape

from muniment.interfaces.cli.console import console, errors, now, operator_actor, print_table, progress_bar
from muniment.use.matching import queries, services
from muniment.use.matching.rules.layers import Layering

app = typer.Typer(no_args_is_help=True, help="The index that usage is matched against: build, check and prune it.")

Person = Annotated[str | None, typer.Option("--as", help="Who acts.")]
_MIB = 1 << 20


@app.command()
def status() -> None:
    """List the indexes, the newest first, with the last match run that used each."""
    rows: list[list[object]] = [
        [
            row.folder[:12],
            "delta" if row.base_folder else "base",
            row.base_folder[:12],
            row.work_count,
            row.gone_count,
            f"{row.byte_count / _MIB:.1f}",
            f"{row.built_at.astimezone(UTC):%Y-%m-%d %H:%M}",
            "" if row.used_at is None else f"{row.used_at.astimezone(UTC):%Y-%m-%d %H:%M}",
            row.version[:12],
        ]
        for row in queries.list_indexes()
    ]
    headers = ["repertoire", "kind", "beside", "works", "gone", "MiB", "built (UTC)", "last used", "version"]
    print_table(f"{len(rows)} indexes in {queries.index_room()}", headers, rows, numbers=(3, 4, 5))


@app.command()
def build(
    afresh: Annotated[bool, typer.Option("--afresh", help="A new base, even where a delta would do.")] = False,
    most_delta: Annotated[float, typer.Option(min=0, max=100, help="Largest delta, in percent of the base.")] = 5,
    person: Person = None,
) -> None:
    """Bring the index up to date: index what changed beside the base, or build a new base."""
    with progress_bar("Building the index") as progress:
        index = services.load_index(
            actor=operator_actor(person),
            at=now(),
            layering=Layering(most_delta_ppm=round(most_delta * 10_000)),
            afresh=afresh,
            progress=progress,
        )
    console.print(f"The index of {len(index.work_ids)} works is ready, version {index.version[:12]}.")


@app.command()
def check() -> None:
    """Read every byte of every index; exit status 1 where one is not what was written."""
    bad = 0
    for row, fault in queries.check_indexes():
        bad += bool(fault)
        (errors if fault else console).print(escape(fault or f"{row.folder}: good."), soft_wrap=True)
    if bad:
        errors.print("A broken index is never used. Build it again: muniment index build")
        raise typer.Exit(1)


@app.command()
def prune(
    keep: Annotated[int, typer.Option(min=1, help="How many of the newest stay.")] = 3,
    used_days: Annotated[int, typer.Option(min=0, help="What a match run of so many days used stays.")] = 30,
    person: Person = None,
) -> None:
    """Remove old indexes; any of them can be built again from the database of its day."""
    rows = services.prune_indexes(actor=operator_actor(person), at=now(), keep_count=keep, used_days=used_days)
    size = sum(row.byte_count for row in rows) / _MIB
    console.print(f"{len(rows)} indexes removed, {size:.1f} MiB.")
