"""The command `muniment bench statements`."""

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from django.conf import settings
from django.db import connection

from muniment.interfaces.bench.statements import FormRate, Scale, make_run, measure_forms, write_files
from muniment.interfaces.cli import installation
from muniment.interfaces.cli.console import console, now, print_table, progress_bar
from muniment.interfaces.cli.demo import refuse_a_society
from muniment.kernel.formats.statements import LANGUAGES
from muniment.kernel.words.problems import UserError


class HomeInUse(UserError):
    """A measurement would write into the home of a society."""


def statements(
    rows: Annotated[int, typer.Option(help="Rows of the run.", min=20)] = 1_000_000,
    longest: Annotated[int, typer.Option(help="Lines of the longest statement.", min=1)] = 100_000,
    payees: Annotated[int, typer.Option(help="Other payees, who share the rest.", min=2)] = 9_000,
    reports: Annotated[int, typer.Option(help="Usage reports of the run.", min=1, max=12)] = 10,
    count: Annotated[int, typer.Option(help="How many statements are made of each form.", min=1)] = 1_000,
    language: Annotated[str, typer.Option(help=f"One of {', '.join(LANGUAGES)}.")] = "en",
) -> None:
    """Measure how fast statements of a large run are made, in every form, and what memory the longest takes."""
    if language not in LANGUAGES:
        raise UserError(f"Statements are not printed in {language!r}.", f"Write one of {', '.join(LANGUAGES)}.")
    home = Path(settings.MUNIMENT_HOME)
    if home.exists() and any(home.iterdir()):
        raise HomeInUse(f"{home} is not empty.", "Name an empty folder in MUNIMENT_HOME; the measurement fills it.")
    refuse_a_society(home)
    scale = Scale(rows, reports, longest, payees)
    home.mkdir(parents=True, exist_ok=True)
    paths = write_files(home / "files", scale)
    installation.init()
    start = time.perf_counter()
    with progress_bar("Reports") as progress:
        run_id = make_run(paths, scale, now(), progress)
    console.print(f"[dim]a run of about {rows} rows in {time.perf_counter() - start:.0f} s[/dim]")
    rates: list[FormRate] = []
    for rate in measure_forms(run_id, count, language):
        rates.append(rate)
        console.print(f"[dim]{rate.form}: {rate.per_second:.1f} a second of the processor[/dim]")
    headers = ["Form", "Statements", "Lines", "kB each", "Wall s", "CPU s", "A CPU second", "Peak MiB"]
    headers += ["Longest: lines", "MB", "Wall s", "CPU s", "Peak MiB"]
    cells: list[list[object]] = [
        [
            rate.form,
            rate.count,
            rate.line_count,
            f"{rate.byte_count / rate.count / 1_000:.1f}",
            f"{rate.wall_s:.1f}",
            f"{rate.cpu_s:.1f}",
            f"{rate.per_second:.1f}",
            rate.peak_mib,
            rate.longest_lines,
            f"{rate.longest_bytes / 1_000_000:.1f}",
            f"{rate.longest_wall_s:.1f}",
            f"{rate.longest_cpu_s:.1f}",
            rate.longest_peak_mib,
        ]
        for rate in rates
    ]
    print_table(f"Statements on {connection.vendor}", headers, cells, numbers=tuple(range(1, len(headers))))
    facts = {"database": connection.vendor, "rows": rows, "forms": [asdict(rate) for rate in rates]}
    (home / "bench-statements.json").write_text(json.dumps(facts, indent=2) + "\n")
