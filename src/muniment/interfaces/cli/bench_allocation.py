"""The commands `muniment bench allocation` and `muniment bench conservation`: the division of pools, and its proof."""

import json
import platform
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from muniment.interfaces.bench.allocation.conservation import check_conservation
from muniment.interfaces.bench.allocation.data import Load, make_load
from muniment.interfaces.bench.allocation.ours import run_ours
from muniment.interfaces.bench.allocation.running import PEERS, Measured, measure_ours, measure_peer
from muniment.interfaces.cli.console import console, print_table, progress_bar
from muniment.kernel.words.problems import UserError


class Unequal(UserError):
    """Two systems came to different rows, or a sum does not tie."""


def allocation(
    lines: Annotated[int, typer.Option(help="How many usage lines to invent.", min=1)] = 2_000_000,
    pools: Annotated[int, typer.Option(help="Over how many pools.", min=1)] = 40,
    works: Annotated[int, typer.Option(help="How many works have shares.", min=1)] = 2_000_000,
    holders: Annotated[int, typer.Option(help="How many holders share them.", min=1)] = 300_000,
    seed: Annotated[int, typer.Option(help="The same seed invents the same lines.")] = 1,
    shards: Annotated[list[int] | None, typer.Option(help="Cut each pool so; may be repeated.", min=1)] = None,
    in_files: Annotated[bool, typer.Option("--in-files", help="Keep cut lines in files, not in memory.")] = False,
    peers: Annotated[bool, typer.Option("--peers/--no-peers", help="Measure DuckDB and Polars beside.")] = True,
    out: Annotated[Path | None, typer.Option(help="Where to keep the figures, as JSON.")] = None,
    work: Annotated[Path | None, typer.Option(help="A folder with room; temporary files otherwise.")] = None,
    load: Annotated[Path | None, typer.Option(help="Divide the files of this folder, by ours alone.")] = None,
    into: Annotated[Path | None, typer.Option(help="With --load: where to leave rows, totals and measures.")] = None,
    peers_python: Annotated[Path, typer.Option(help="The Python of the peers.")] = Path(".venv-peers/bin/python"),
    peers_scripts: Annotated[Path, typer.Option(help="The folder of the peers' scripts.")] = Path("tools/peers"),
) -> None:
    """Divide invented pools by ours, DuckDB and Polars, on the same files; status 2 if any digest differs."""
    if load is not None and into is not None:
        divided = run_ours(load, into, shards=(shards or [1])[0], in_files=in_files)
        console.print(
            f"{divided.line_count:,} lines, {divided.group_count:,} works of pools, {divided.row_count:,} rows"
        )
        return
    asked = Load(lines, pools, works, holders, seed)
    with tempfile.TemporaryDirectory(prefix="muniment-bench-", dir=work) as name:
        folder = Path(name)
        with progress_bar("Lines invented") as progress:
            make_load(asked, folder / "load", progress)
        measured = [
            measure_ours(folder / "load", folder / "out", lines, shards=count, in_files=in_files)
            for count in shards or [1]
        ]
        for peer in PEERS if peers else ():
            measured.append(measure_peer(peer, folder / "load", folder / "out", lines, peers_python, peers_scripts))
    _tell(asked, measured)
    if out:
        figures = {
            "machine": platform.platform(),
            "load": _plain(asked),
            "systems": [row.as_plain() for row in measured],
        }
        out.write_text(json.dumps(figures, indent=2) + "\n")
        console.print(f"Written: {out}")
    _require_equal(measured)


def conservation(
    count: Annotated[int, typer.Option(help="How many random distributions.", min=1)] = 100_000,
    seed: Annotated[int, typer.Option(help="The same seed makes the same distributions.")] = 1,
) -> None:
    """Divide random distributions by both implementations: does each give away what came in? Status 2 if not."""
    with progress_bar("Distributions divided") as progress:
        found = check_conservation(count, seed, progress)
    rows: list[list[object]] = [
        ["Distributions", found.distributions],
        ["Parts of works", found.parts],
        ["Widest product, in bits", found.most_bits],
        ["Off, by the compiled division", found.ours],
        ["Off, by SQL", found.sql],
        ["Different between the two", found.different],
    ]
    print_table("Paid + held + deducted = what came in", ["", "Count"], rows, numbers=(1,))
    if not found.holds:
        raise Unequal("Not every distribution ties.", "Report it with the seed.")
    console.print(f"{found.distributions:,} distributions, 0 micro-units off, 0 parts different.")


def _plain(load: Load) -> dict[str, int]:
    return {name: getattr(load, name) for name in load.__slots__}


def _tell(load: Load, measured: list[Measured]) -> None:
    rows: list[list[object]] = [
        [
            f"{row.title} {row.version}",
            row.cpu_s,
            row.wall_s,
            row.peak_mib,
            f"{row.lines / row.wall_s:,.0f}",
            f"{row.outcome.row_count / row.wall_s:,.0f}",
            row.outcome.rows_digest[:16],
            row.outcome.totals_digest[:16],
        ]
        for row in measured
    ]
    heads = ["System", "CPU s", "Wall s", "Peak MiB", "Lines/s", "Rows/s", "Rows' digest", "Totals' digest"]
    title = f"\n{load.lines:,} lines, {load.pools} pools, {measured[0].outcome.row_count:,} statement rows"
    print_table(title, heads, rows, numbers=(1, 2, 3, 4, 5))


def _require_equal(measured: list[Measured]) -> None:
    """Say that all came to the same.

    Raises:
        Unequal: see there.
    """
    first = measured[0].outcome
    for row in measured:
        if row.outcome.difference_micro:
            raise Unequal(f"{row.title} is off by {row.outcome.difference_micro} micro-units.", "Report it.")
        if row.outcome != first:
            raise Unequal(f"{row.title} and {measured[0].title} came to different rows or totals.", "Report it.")
    console.print(f"All {len(measured)} agree in every row and total; each sums to its pools, to the micro-unit.")
