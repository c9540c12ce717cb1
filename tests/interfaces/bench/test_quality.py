"""Recall and precision at thresholds, compared with figures worked out by hand."""

import pyarrow as pa
import pytest

from muniment.interfaces.bench.quality import PREDICTIONS, BadPredictions, measure_quality, recall_within

TRUTH = pa.table({"line_id": range(6), "true_work_ids": [[1], [2, 3], [4], [5], [6], []]})
"""Five lines whose work is there, and one whose work is not."""


def answers(*rows: tuple[int, int | None, float]) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(PREDICTIONS.names, row, strict=True)) for row in rows], schema=PREDICTIONS)


def test_recall_is_the_best_that_a_threshold_reaches_at_a_precision() -> None:
    # By descending score: right, right, wrong, right, wrong (a line without a work in the repertoire).
    quality = measure_quality(
        TRUTH, answers((0, 1, 0.9), (1, 3, 0.8), (2, 9, 0.7), (3, 5, 0.6), (5, 1, 0.5), (4, None, 0.0))
    )
    assert (quality.line_count, quality.matchable_count, quality.answer_count) == (6, 5, 5)
    assert (quality.recall, quality.precision) == (3 / 5, 3 / 5)
    assert quality.recall_at(0.999) == quality.recall_at(0.95) == 2 / 5
    assert quality.at[0] == (0.999, 0.4, 0.8)
    assert quality.curve == ((0.2, 1.0), (0.4, 1.0), (0.4, 0.66667), (0.6, 0.75), (0.6, 0.6))


def test_answers_of_one_score_are_accepted_together() -> None:
    quality = measure_quality(TRUTH, answers((0, 1, 0.9), (1, 2, 0.5), (2, 9, 0.5)))
    assert quality.recall_at(0.999) == 1 / 5, "the right answer at 0.5 cannot be had without the wrong one"


def test_no_answer_reaches_nothing() -> None:
    quality = measure_quality(TRUTH, answers((0, None, 0.0)))
    assert (quality.recall, quality.precision, quality.curve) == (0, 0, ())
    assert {recall for _, recall, _ in quality.at} == {0.0}


def test_two_answers_for_a_line_and_answers_for_other_lines_are_refused() -> None:
    with pytest.raises(BadPredictions, match="more than once"):
        measure_quality(TRUTH, answers((0, 1, 0.9), (0, 2, 0.8)))
    with pytest.raises(BadPredictions, match="the truth does not have"):
        measure_quality(TRUTH, answers((77, 1, 0.9)))


def test_recall_among_the_first_candidates() -> None:
    rows = [(0, 1, 9), (0, 2, 1), (1, 1, 2), (1, 2, 3), (2, 1, 8), (2, 2, 7), (2, 3, 4)]
    candidates = pa.Table.from_pylist([dict(zip(("line_id", "place", "work_id"), row, strict=True)) for row in rows])
    assert [recall_within(TRUTH, candidates, places) for places in (1, 2, 3)] == [1 / 5, 2 / 5, 3 / 5]
