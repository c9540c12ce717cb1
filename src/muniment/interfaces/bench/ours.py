"""Our own matcher on a task, measured as the peers are: stages in CPU seconds, candidates, one answer a line."""

import json
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from muniment.interfaces.bench.quality import PREDICTIONS
from muniment.interfaces.bench.tasks import QUERY_TEXTS, Task, convert_repertoire, read_lines
from muniment.kernel.columns.schemas import USAGE_LINES
from muniment.kernel.words.problems import Progress, silent
from muniment.use.matching.bulk.match import DECISIONS, match_lines
from muniment.use.matching.bulk.repertoire import RepertoireIndex, build_index
from muniment.use.matching.rules.scoring import SURE_PPM, Thresholds

CANDIDATES = pa.schema(
    [
        pa.field("line_id", pa.int64(), nullable=False),
        pa.field("place", pa.int32(), nullable=False),  # from 1, the best first
        pa.field("work_id", pa.int64(), nullable=False),
        pa.field("score", pa.float64(), nullable=False),
    ]
)
"""What every system hands in: its best works for each line."""

BUILD, MATCH = "build", "match"
"""The stages: reading the repertoire, indexing and training, done once; answering the lines, Parquet to Parquet."""


@dataclass(slots=True)
class Clock:
    """CPU and wall seconds of this process by stage."""

    stages: dict[str, dict[str, float]] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Measure the body."""
        cpu, wall = time.process_time(), time.perf_counter()
        yield
        self.stages[name] = {"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - wall}

    def keep(self, path: Path, **facts: object) -> None:
        """Write what was measured, with the highest resident memory of the process so far."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        peak_mib = peak // (1024 * 1024) if sys.platform == "darwin" else peak // 1024
        path.write_text(json.dumps({"stages": self.stages, "peak_mib": peak_mib, **facts}, indent=2) + "\n")


def run_ours(task: Task, folder: Path, progress: Progress = silent) -> None:
    """Index the repertoire and match the lines; write `candidates.parquet`, `predictions.parquet`, `measures.json`."""
    folder.mkdir(parents=True, exist_ok=True)
    clock = Clock()
    with clock.stage(BUILD):
        tables = convert_repertoire(task.folder / "repertoire.parquet", folder / "tables", progress)
        index = build_index(tables.titles, tables.names, tables.codes)
    with clock.stage(MATCH):
        lines = read_lines(task)
        candidates, bands = _answers(lines, index, progress)
        pq.write_table(candidates, folder / "candidates.parquet")
        pq.write_table(predictions_of(lines, candidates), folder / "predictions.parquet")
    clock.keep(folder / "measures.json", system="muniment", lines=len(lines), bands=bands)


def predictions_of(lines: pa.Table, candidates: pa.Table) -> pa.Table:
    """Return PREDICTIONS: every line of the task once, with its first candidate if it has one."""
    first = candidates.filter(pc.equal(candidates.column("place"), 1)).select(["line_id", "work_id", "score"])
    joined = lines.select(["line_id"]).join(first, "line_id", join_type="left outer").sort_by("line_id")
    return joined.select(PREDICTIONS.names).cast(PREDICTIONS)


def _answers(lines: pa.Table, index: RepertoireIndex, progress: Progress) -> tuple[pa.Table, dict[str, int]]:
    """Return CANDIDATES and how many lines each band has."""
    matched = match_lines(_as_usage(lines), index, DECISIONS.empty_table(), Thresholds(), progress)
    keys = matched.matches.select(["line_id", "memory_key"])
    joined = keys.join(matched.candidates, "memory_key", join_type="inner")
    score = pc.divide(joined.column("score_ppm").cast(pa.float64()), float(SURE_PPM))
    columns = [joined.column("line_id"), joined.column("place"), joined.column("work_id"), score]
    candidates = pa.table(columns, schema=CANDIDATES).sort_by([("line_id", "ascending"), ("place", "ascending")])
    counts = pc.value_counts(matched.matches.column("band"))
    return candidates, {row["values"]: row["counts"] for row in counts.to_pylist()}


def _as_usage(lines: pa.Table) -> pa.Table:
    """Return the lines as a report's: USAGE_LINES."""
    given = {f"reported_{name}": lines.column(name) for name in QUERY_TEXTS}
    given |= {name: lines.column(name) for name in ("line_id", "isrc", "iswc")}
    for name, value in (("report_id", 1), ("source_line", 1), ("use_count", 1), ("territory", 2136)):
        given[name] = pa.repeat(pa.scalar(value, USAGE_LINES.field(name).type), len(lines))
    given["used_on"] = pa.repeat(pa.scalar(0, pa.date32()), len(lines))
    given["use_kind"] = pa.repeat("feature", len(lines))
    return pa.table(
        [given.get(field.name, pa.nulls(len(lines), field.type)) for field in USAGE_LINES], schema=USAGE_LINES
    )
