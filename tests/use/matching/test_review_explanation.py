"""A line says why it was matched as it was."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.use.matching import queries, services
from muniment.use.matching.queries import MatchRunRow
from muniment.use.matching.rules.explanation import (
    Separation,
    log_odds_milli,
    probability_ppm,
    separations,
    waterfall,
)
from muniment.use.matching.rules.scoring import Band
from tests.cast import CHEN
from tests.use.world import AT, import_log, register_repertoire, write_log

LOG = (
    "title,artist,plays,date\n"
    "The Silver Ferry,Garden Collective,3,2026-07-01\n"
    "Lantern Song,,5,2026-07-02\n"
    "Qwxyz,Nobody,1,2026-07-04\n"
)
REASONS = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(-9_000, 9_000)), max_size=8)


@pytest.fixture
def run(db: None, tmp_path: Path) -> MatchRunRow:
    register_repertoire()
    receipt = import_log(write_log(tmp_path, LOG))
    assert receipt.report_id is not None
    return services.match_report(actor=CHEN, at=AT, report_id=receipt.report_id)


def line(run: MatchRunRow, place: int) -> int:
    """Return the number of a report's line by its place."""
    found: list[int] = queries.matches_of(run.report_id).column("line_id").to_pylist()
    return found[place]


def test_a_matched_line_tells_its_steps_and_its_run(run: MatchRunRow) -> None:
    why = queries.explain_line(line(run, 0))
    assert (why.band, why.run, why.decision, why.item_id) == (Band.MATCHED, run, None, None)
    assert why.best is not None
    assert [(step.text, step.weight) for step in why.steps] == list(why.best.reasons)
    assert why.steps[0].from_weight == 0
    assert why.steps[-1].to_weight == sum(step.weight for step in why.steps)


def test_a_line_in_review_tells_what_set_the_best_apart(run: MatchRunRow) -> None:
    why = queries.explain_line(line(run, 1))
    assert (why.band, why.item_id) == (Band.REVIEW, queries.queue().rows[0].id)
    assert why.best is not None
    assert why.second is not None
    assert why.second.reasons
    gap = sum(weight for _, weight in why.best.reasons) - sum(weight for _, weight in why.second.reasons)
    assert sum(one.gap for one in why.apart) == gap


def test_a_decision_explains_itself(run: MatchRunRow) -> None:
    item = queries.queue().rows[0]
    decision = services.decide(actor=CHEN, at=AT, item_id=item.id, verdict="accept")
    before = queries.explain_line(line(run, 1))
    assert before.decision == decision
    assert before.method != "decision"
    again = services.match_report(actor=CHEN, at=AT, report_id=run.report_id)
    why = queries.explain_line(line(again, 1))
    assert (why.band, why.method, why.steps, why.apart) == (Band.MATCHED, "decision", (), ())
    assert why.decision == decision


def test_a_line_without_a_candidate_is_explained_too(run: MatchRunRow) -> None:
    why = queries.explain_line(line(run, 2))
    assert (why.band, why.best, why.second, why.steps) == (Band.UNIDENTIFIED, None, None, ())


@pytest.mark.parametrize("number", [0, -1, 7, (99 << 32) + 1, 1 << 70])
def test_a_line_that_is_not_there_is_refused(run: MatchRunRow, number: int) -> None:
    with pytest.raises(queries.UnknownItem):
        queries.explain_line(number)


@given(REASONS)
def test_the_steps_of_a_waterfall_join(reasons: list[tuple[str, int]]) -> None:
    steps = waterfall(reasons)
    assert all(one.to_weight == other.from_weight for one, other in pairwise(steps))
    assert sum(step.weight for step in steps) == (steps[-1].to_weight if steps else 0)


@given(REASONS, REASONS)
def test_what_sets_apart_adds_up_to_the_distance(best: list[tuple[str, int]], second: list[tuple[str, int]]) -> None:
    apart = separations(best, second)
    assert sum(one.gap for one in apart) == sum(w for _, w in best) - sum(w for _, w in second)
    assert [abs(one.gap) for one in apart] == sorted((abs(one.gap) for one in apart), reverse=True)


@given(st.integers(1_000, 999_000))
def test_log_odds_and_probability_undo_each_other(share_ppm: int) -> None:
    assert abs(probability_ppm(log_odds_milli(share_ppm)) - share_ppm) <= 125


def test_separations_name_both_sides() -> None:
    best, second = (
        [("start", -3000), ("title equal", 4000), ("performer equal", 2000)],
        [("start", -3000), ("title cut", 900)],
    )
    assert separations(best, second) == (
        Separation(("title equal", 4000), None),
        Separation(("performer equal", 2000), None),
        Separation(None, ("title cut", 900)),
    )
    assert probability_ppm(0) == 500_000
