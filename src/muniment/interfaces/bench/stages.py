"""What each stage of our matcher contributes on a task with a truth, and what the misses that remain are.

A stage is where a line's best candidate came from: an identifier, an exact key, a search of the index. A miss is a line
whose work is in the repertoire and was not matched, or a line matched to a work that it is not.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from muniment.interfaces.bench.quality import right_answers
from muniment.interfaces.bench.tasks import Task, read_lines, read_truth
from muniment.kernel.columns.engine import query
from muniment.use.matching.rules.stages import STAGES

OUTCOMES = pa.schema(
    [
        pa.field("line_id", pa.int64(), nullable=False),
        pa.field("band", pa.string(), nullable=False),
        pa.field("method", pa.string(), nullable=False),
        pa.field("work_id", pa.int64()),
    ]
)
"""What our matcher makes of each line: the best candidate, whatever the band."""

_TOLD = """
    SELECT o.line_id, o.band, o.method, r.is_right, t.is_known, coalesce(n.is_near, false) AS is_near,
           CASE WHEN l.isrc <> '' OR l.iswc <> '' OR l.source_id <> '' THEN 'with a code'
                WHEN l.performer <> '' AND l.writers <> '' THEN 'title, performer and writers'
                WHEN l.performer <> '' THEN 'title and performer'
                WHEN l.writers <> '' THEN 'title and writers'
                ELSE 'title only' END AS reported
    FROM outcomes o JOIN truth t USING (line_id) JOIN lines l USING (line_id)
    JOIN "right" r USING (line_id) LEFT JOIN near n USING (line_id)
"""
_STAGES = f"""
    SELECT method, count(*) AS line_count,
           count(*) FILTER (is_right) AS right_count,
           count(*) FILTER (band = 'matched') AS matched_count,
           count(*) FILTER (band = 'matched' AND is_right) AS matched_right_count,
           count(*) FILTER (band = 'review') AS review_count,
           count(*) FILTER (band = 'review' AND is_right) AS review_right_count,
           count(*) FILTER (band = 'unidentified') AS unidentified_count
    FROM ({_TOLD}) GROUP BY method
"""  # noqa: S608 - our own words only
_MISSES = f"""
    SELECT kind, reported, count(*) AS line_count FROM (
        SELECT reported,
               CASE WHEN NOT is_known AND band = 'matched' THEN 'matched, but its work is not in the repertoire'
                    WHEN NOT is_known THEN NULL
                    WHEN band = 'matched' AND NOT is_right THEN 'matched to another work'
                    WHEN band = 'matched' THEN NULL
                    WHEN is_right AND band = 'review' THEN 'right work first, but a person has to look'
                    WHEN is_right THEN 'right work first, but not likely enough to show'
                    WHEN is_near AND band = 'review' THEN 'right work shown, but not first'
                    WHEN is_near THEN 'right work behind another one, and neither likely enough to show'
                    ELSE 'right work not found' END AS kind
        FROM ({_TOLD}))
    WHERE kind IS NOT NULL GROUP BY kind, reported ORDER BY kind, reported
"""  # noqa: S608 - our own words only


@dataclass(frozen=True, slots=True)
class StageRow:
    """What one method answered: lines, those whose first candidate is right, and both again by band."""

    stage: str
    method: str
    line_count: int
    right_count: int
    matched_count: int
    matched_right_count: int
    review_count: int
    review_right_count: int
    unidentified_count: int

    @property
    def precision(self) -> float | None:
        """Return the share of the matched lines that are right; None where none was matched."""
        return self.matched_right_count / self.matched_count if self.matched_count else None


@dataclass(frozen=True, slots=True)
class MissRow:
    """Lines that were missed in one way, by what they report."""

    kind: str
    reported: str
    line_count: int


@dataclass(frozen=True, slots=True)
class Contribution:
    """What the stages contribute to one task, in their order, and the misses that remain."""

    line_count: int
    stages: tuple[StageRow, ...]
    misses: tuple[MissRow, ...]

    def as_plain(self) -> dict[str, object]:
        """Return it for a JSON file."""
        stages = [
            asdict(row) | {"share": row.line_count / max(self.line_count, 1), "precision": row.precision}
            for row in self.stages
        ]
        return {"by_stage": stages, "misses": [asdict(row) for row in self.misses]}


def read_contribution(task: Task, folder: Path) -> Contribution:
    """Measure what our matcher left in `folder` for a task with a truth, and add it to measures.json there.

    Raises:
        NoTask: the task has no truth.
        BadPredictions: a line is not in the truth.
    """
    outcomes = pq.read_table(folder / "outcomes.parquet").cast(OUTCOMES)
    found = contribution_of(read_truth(task), read_lines(task), outcomes, pq.read_table(folder / "candidates.parquet"))
    path = folder / "measures.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | found.as_plain(), indent=2) + "\n")
    return found


def contribution_of(truth: pa.Table, lines: pa.Table, outcomes: pa.Table, candidates: pa.Table) -> Contribution:
    """Return what each stage contributes to `outcomes`, and the misses; `candidates` have line_id and work_id."""
    right = outcomes.select(["line_id"]).append_column("is_right", pa.array(right_answers(truth, outcomes)))
    near = candidates.filter(pa.array(right_answers(truth, candidates))).group_by("line_id").aggregate([])
    known = pc.greater(pc.list_value_length(truth.column("true_work_ids")), 0)
    tables = {
        "outcomes": outcomes,
        "lines": lines,
        "right": right,
        "near": near.append_column("is_near", pa.array(np.ones(len(near), dtype=bool))),
        "truth": pa.table({"line_id": truth.column("line_id"), "is_known": known}),
    }
    stages = {row.pop("method"): row for row in query(_STAGES, **tables).to_pylist()}
    misses = tuple(MissRow(**row) for row in query(_MISSES, **tables).to_pylist())
    rows = tuple(StageRow(STAGES[method], method, **stages[method]) for method in STAGES if method in stages)
    return Contribution(len(outcomes), rows, misses)
