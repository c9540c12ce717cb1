"""Our own matcher on a task, measured as the peers are: stages in CPU seconds, candidates, one answer a line."""

import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from muniment import __version__
from muniment.interfaces.bench.quality import PREDICTIONS
from muniment.interfaces.bench.stages import OUTCOMES
from muniment.interfaces.bench.tasks import LINES, Task, convert_repertoire, line_batches
from muniment.kernel.words.problems import Progress, silent
from muniment.use.matching.bulk.build import build_index
from muniment.use.matching.bulk.matcher import Matcher, open_matcher

CANDIDATES = pa.schema(
    [
        pa.field("line_id", pa.int64(), nullable=False),
        pa.field("place", pa.int32(), nullable=False),  # from 1, the best first
        pa.field("work_id", pa.int64(), nullable=False),
        pa.field("score", pa.float64(), nullable=False),
    ]
)
"""What every system hands in: its best works for each line."""

BUILD, START, MATCH = "build", "start", "match"
"""The stages: reading the repertoire, indexing and training, done once; opening; answering the lines, Parquet to
Parquet."""

_SURE_PPM = 1_000_000
_ONE_LINE = pa.RecordBatch.from_pylist([{"line_id": 0, "title": "a", "performer": "b", "writers": "c"}], schema=LINES)


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
    """Index the repertoire and match the lines.

    Write `candidates.parquet`, `predictions.parquet`, `outcomes.parquet`, `measures.json`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    clock = Clock()
    with clock.stage(BUILD):
        tables = convert_repertoire(task.folder / "repertoire.parquet", folder / "tables", progress)
        build_index(
            tables.titles, tables.names, tables.codes, folder / "index", progress=progress, recordings=tables.recordings
        )
    with clock.stage(START):
        matcher = open_matcher(folder / "index")
        matcher.match(_ONE_LINE)  # the compiled code is read on first use
    with clock.stage(MATCH):
        bands = _answer(task, matcher, folder, progress)
    clock.keep(folder / "measures.json", system="muniment", version=__version__, lines=sum(bands.values()), bands=bands)


def _answer(task: Task, matcher: Matcher, folder: Path, progress: Progress) -> dict[str, int]:
    """Answer the lines some at a time; return how many each band has."""
    bands: Counter[str] = Counter()
    with ExitStack() as stack:
        candidates = stack.enter_context(pq.ParquetWriter(folder / "candidates.parquet", CANDIDATES))
        predictions = stack.enter_context(pq.ParquetWriter(folder / "predictions.parquet", PREDICTIONS))
        outcomes = stack.enter_context(pq.ParquetWriter(folder / "outcomes.parquet", OUTCOMES))
        for batch in line_batches(task):
            answers = matcher.match(batch)
            candidates.write_table(_candidates(answers))
            score = pc.divide(answers.column("score_ppm").cast(pa.float64()), float(_SURE_PPM))
            columns = [answers.column("line_id"), answers.column("candidate_work_id"), score]
            predictions.write_table(pa.table(columns, schema=PREDICTIONS))
            told = [answers.column(name) for name in ("line_id", "band", "method", "candidate_work_id")]
            outcomes.write_table(pa.table(told, schema=OUTCOMES))
            bands.update({row["values"]: row["counts"] for row in pc.value_counts(answers.column("band")).to_pylist()})
            progress(sum(bands.values()), None)
    return dict(bands)


def _candidates(answers: pa.RecordBatch) -> pa.Table:
    """Return CANDIDATES of some answers: a row a candidate."""
    works, scores = answers.column("candidate_work_ids"), answers.column("candidate_scores_ppm")
    owner = pc.list_parent_indices(works)
    counts = np.asarray(pc.list_value_length(works).to_numpy(), dtype=np.int64)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts) + 1
    score = pc.divide(pc.list_flatten(scores).cast(pa.float64()), float(_SURE_PPM))
    columns = [answers.column("line_id").take(owner), pa.array(place.astype(np.int32)), pc.list_flatten(works), score]
    return pa.table(columns, schema=CANDIDATES)


def predictions_of(lines: pa.Table, candidates: pa.Table) -> pa.Table:
    """Return PREDICTIONS: every line of the task once, with its first candidate if it has one."""
    first = candidates.filter(pc.equal(candidates.column("place"), 1)).select(["line_id", "work_id", "score"])
    joined = lines.select(["line_id"]).join(first, "line_id", join_type="left outer").sort_by("line_id")
    return joined.select(PREDICTIONS.names).cast(PREDICTIONS)
