"""How right answers are: recall and precision at every threshold, and the best recall that a precision allows.

Recall counts the lines whose work is in the repertoire. Precision counts every answer, those on lines without a work in
the repertoire included. Answers of one score are accepted together or not at all.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from muniment.kernel.words.problems import UserError

FLOORS = (0.999, 0.99, 0.98, 0.95)
"""The precisions at which recall is told."""

_CURVE_POINTS = 300

PREDICTIONS = pa.schema(
    [pa.field("line_id", pa.int64(), nullable=False), pa.field("work_id", pa.int64()), pa.field("score", pa.float64())]
)
"""One answer a line: the likeliest work, null where there is none, and how sure it is; higher is surer."""


class BadPredictions(UserError):
    """Answers that cannot be measured."""


@dataclass(frozen=True, slots=True)
class Quality:
    """What a system reaches on one task. `at` has (precision floor, recall, threshold), `curve` (recall, precision)."""

    line_count: int
    matchable_count: int
    answer_count: int
    recall: float
    precision: float
    at: tuple[tuple[float, float, float | None], ...]
    curve: tuple[tuple[float, float], ...]

    def recall_at(self, floor: float) -> float:
        """Return the recall at one of FLOORS."""
        return next(recall for known, recall, _ in self.at if known == floor)


def right_answers(truth: pa.Table, answers: pa.Table) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Say for each row of (line_id, work_id) whether the work is one of the line's true ones.

    Raises:
        BadPredictions: a line is not in the truth.
    """
    known = pc.is_in(answers.column("line_id"), value_set=truth.column("line_id").combine_chunks())
    if not pc.all(known, min_count=0).as_py():
        raise BadPredictions("An answer is for a line that the truth does not have.", "Match the lines of this task.")
    lists = truth.column("true_work_ids").combine_chunks()
    line = truth.column("line_id").combine_chunks().take(pc.list_parent_indices(lists))
    pairs = pa.table({"line_id": line, "work_id": pc.list_flatten(lists).cast(pa.int64())})
    pairs = pairs.group_by(["line_id", "work_id"]).aggregate([])
    pairs = pairs.append_column("right", pa.array(np.ones(len(pairs), dtype=bool)))
    asked = answers.select(["line_id", "work_id"]).append_column("row", pa.array(np.arange(len(answers))))
    joined = asked.join(pairs, ["line_id", "work_id"], join_type="left outer").sort_by("row")
    return np.asarray(pc.fill_null(joined.column("right"), False).to_numpy(), dtype=bool)


def measure_quality(truth: pa.Table, predictions: pa.Table) -> Quality:
    """Measure PREDICTIONS, one row a line at most, against the truth (line_id, true_work_ids).

    Raises:
        BadPredictions: a line is answered twice, or is not in the truth.
    """
    given = predictions.filter(pc.is_valid(predictions.column("work_id")))
    if pc.count_distinct(given.column("line_id")).as_py() != len(given):
        raise BadPredictions("A line is answered more than once.", "Keep the surest answer of each line.")
    matchable = int(pc.sum(pc.greater(pc.list_value_length(truth.column("true_work_ids")), 0)).as_py() or 0)
    score = np.asarray(given.column("score").to_numpy(), dtype=np.float64)
    order = np.argsort(-score, kind="stable")
    right = np.cumsum(right_answers(truth, given)[order])
    score = score[order]
    last = np.flatnonzero(np.append(score[1:] != score[:-1], True)) if len(score) else np.zeros(0, dtype=np.int64)
    recall = right[last] / max(matchable, 1)
    precision = right[last] / (last + 1)
    at = []
    for floor in FLOORS:
        good = np.flatnonzero(precision >= floor)
        best = good[np.argmax(recall[good])] if len(good) else None
        at.append((floor, 0.0, None) if best is None else (floor, float(recall[best]), float(score[last[best]])))
    total = int(right[-1]) if len(right) else 0
    return Quality(
        len(truth),
        matchable,
        len(given),
        total / max(matchable, 1),
        total / max(len(given), 1),
        tuple(at),
        tuple(_thinned(recall, precision)),
    )


def recall_within(truth: pa.Table, candidates: pa.Table, places: int) -> float:
    """Return the share of the matchable lines whose work is among the first `places` candidates (place from 1)."""
    matchable = int(pc.sum(pc.greater(pc.list_value_length(truth.column("true_work_ids")), 0)).as_py() or 0)
    near = candidates.filter(pc.less_equal(candidates.column("place"), places))
    found = near.filter(pa.array(right_answers(truth, near)))
    return float(pc.count_distinct(found.column("line_id")).as_py() / max(matchable, 1))


def _thinned(
    recall: np.ndarray[tuple[int], np.dtype[np.float64]], precision: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> list[tuple[float, float]]:
    """Return points of the curve, evenly over its length; the last one is always among them."""
    count = len(recall)
    rows = np.unique(np.linspace(0, max(count - 1, 0), min(count, _CURVE_POINTS)).round().astype(np.int64))
    return [(round(float(recall[row]), 5), round(float(precision[row]), 5)) for row in rows]
