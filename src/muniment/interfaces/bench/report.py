"""The page of the benchmark: tables and pictures of every task that was measured, written by the benchmark itself.

Each run keeps its figures as a JSON file in one folder; the page is made of all of them, so that a task measured again
replaces its own part alone. What people wrote on the page around the marks stays.
"""

import json
import os
import platform
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from muniment.interfaces.bench.charts import Curve, precision_recall_svg
from muniment.interfaces.bench.stages import Contribution
from muniment.interfaces.bench.systems import OURS, TITLES, SystemResult
from muniment.interfaces.bench.tasks import Task

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
DUPLICATES = "duplicates.json"
"""Figures of pairs found by `muniment bench duplicates`: a list of rows with equal keys, shown as they are."""

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Machine:
    """What was measured on."""

    cores: int
    processor: str
    memory_gib: int

    def __str__(self) -> str:
        return f"{self.cores} cores, {self.processor}, {self.memory_gib} GiB of memory"


def this_machine() -> Machine:
    """Return this machine."""
    model = platform.processor() or platform.machine()
    facts = Path("/proc/cpuinfo")
    if facts.exists():
        named = [
            line.split(":", 1)[1].strip() for line in facts.read_text().splitlines() if line.startswith("model name")
        ]
        model = named[0] if named else model
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 0
    return Machine(os.cpu_count() or 1, model, round(memory / 1024**3))


def keep_record(
    folder: Path,
    task: Task,
    title: str,
    works: int,
    results: list[SystemResult],
    on: date,
    told: Contribution | None = None,
) -> Path:
    """Write the figures of one task into `folder`, with what our stages contribute; return the file."""
    folder.mkdir(parents=True, exist_ok=True)
    record: Record = {
        "task": task.name,
        "title": title or task.name,
        "works": works,
        "on": on.isoformat(),
        "machine": str(this_machine()),
        "systems": [result.as_plain() for result in results],
        **(told.as_plain() if told else {}),
    }
    path = folder / f"{task.name}.json"
    path.write_text(json.dumps(record, indent=1) + "\n")
    return path


def write_page(folder: Path, page: Path) -> None:
    """Write the figures of every task of `folder` into the page, and its pictures into `pictures` beside it."""
    records = [json.loads(path.read_text()) for path in folder.glob("*.json") if path.name != DUPLICATES]
    records.sort(key=lambda record: (record["title"], record["task"]))
    pictures = page.parent / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    parts = [part for record in records for part in _section(record, pictures)]
    extra = folder / DUPLICATES
    if extra.exists():
        parts += ["### Duplicates", "", *plain_table(json.loads(extra.read_text())), ""]
    put_figures(page, "\n".join(parts))


def put_figures(page: Path, figures: str) -> None:
    """Write figures between the marks of a page, in place of those that were there."""
    text = page.read_text() if page.exists() else f"# Matching, measured\n\n{BEGIN}\n{END}\n"
    before, rest = text.split(BEGIN, 1) if BEGIN in text else (text + "\n", END + "\n")
    after = rest.split(END, 1)[1]
    page.write_text(f"{before}{BEGIN}\n\n{figures}\n{END}{after}")


def _section(record: Record, pictures: Path) -> Iterator[str]:
    systems = record["systems"]
    first = systems[0]["raw"]
    yield f"### {record['title']}"
    yield ""
    counts = (
        f"{record['works']:,} works, {first['line_count']:,} lines, {first['matchable_count']:,} of them identifiable"
    )
    yield f"{counts}. {record['on']}, {record['machine']}."
    yield ""
    yield from plain_table(list(_quality_rows(systems)))
    yield ""
    yield from plain_table(_speed_rows(systems))
    yield ""
    if record.get("by_stage"):
        yield from plain_table([_stage_row(row) for row in record["by_stage"]])
        yield ""
        yield from plain_table([_miss_row(row) for row in record["misses"]])
        yield ""
    curves = [Curve(_name(system), _curve(system)) for system in systems]
    picture = pictures / f"matching-{record['task']}.svg"
    picture.write_text(precision_recall_svg(record["title"], curves))
    yield f"![Precision over recall: {record['title']}](pictures/{picture.name})"
    yield ""


def _quality_rows(systems: list[Record]) -> Iterator[Record]:
    for system in systems:
        for kind, quality in (("own", system["raw"]), ("calibrated", system["calibrated"])):
            if quality is None:
                continue
            reached = {f"at {floor}": f"{recall:.4f}" for floor, recall, _ in quality["at"]}
            row = {"System": _name(system), "Score": kind, "Recall@1": f"{quality['recall']:.4f}"} | reached
            best = kind == "calibrated" or system["calibrated"] is None
            ranked = {
                f"Among {places}": f"{recall:.4f}" if best else "" for places, recall in system["ranked"] if places > 1
            }
            yield row | ranked


def _speed_rows(systems: list[Record]) -> list[Record]:
    ours = next((system["lines_per_cpu_s"] for system in systems if system["system"] == OURS), None)
    return [
        {
            "System": _name(system),
            "Version": system["version"],
            "Lines per CPU-second": f"{system['lines_per_cpu_s']:,.0f}",
            "Ours is faster by": f"{ours / system['lines_per_cpu_s']:,.1f}" if ours else "",
            "Index and training, CPU s": f"{system['build_cpu_s']:,.1f}",
            "Peak memory, MiB": f"{system['peak_mib']:,}",
        }
        for system in systems
    ]


def _stage_row(row: Record) -> Record:
    return {
        "Stage of ours": f"{row['stage']} ({row['method']})",
        "Lines": f"{row['line_count']:,}",
        "Share, %": f"{100 * row['share']:.2f}",
        "Matched": f"{row['matched_count']:,}",
        "Precision": "" if row["precision"] is None else f"{row['precision']:.4f}",
        "Review": f"{row['review_count']:,}",
        "Unidentified": f"{row['unidentified_count']:,}",
    }


def _miss_row(row: Record) -> Record:
    return {"Missed": row["kind"], "Reported": row["reported"], "Lines": f"{row['line_count']:,}"}


def _curve(system: Record) -> tuple[tuple[float, float], ...]:
    best = system["calibrated"] or system["raw"]
    return tuple((recall, precision) for recall, precision in best["curve"])


def _name(system: Record) -> str:
    return str(TITLES.get(system["system"], system["system"]))


def plain_table(rows: list[Record]) -> Iterator[str]:
    """Yield a table of rows that have equal keys; the first column is set to the left, figures to the right."""
    if not rows:
        return
    names = list(rows[0])
    yield "| " + " | ".join(names) + " |"
    marks = ["---" if not _is_figure(rows[0][name]) else "---:" for name in names]
    yield "| " + " | ".join(marks) + " |"
    for row in rows:
        yield "| " + " | ".join(str(row.get(name, "")) for name in names) + " |"


def _is_figure(cell: object) -> bool:
    return re.fullmatch(r"[0-9,]+(\.[0-9]+)?", str(cell)) is not None
