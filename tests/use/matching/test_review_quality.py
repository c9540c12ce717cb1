"""A sample of what the matcher settled by itself goes to people, and says how good the matcher is."""

from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muniment.rights.works.queries import ids_by_code
from muniment.trust.access.rules import NotAllowed
from muniment.use.matching import queries, services
from muniment.use.matching.queries import MatchRunRow, QueueFilter
from muniment.use.matching.rules.quality import CheckFacts, Finding, quality_row, quality_rows, wilson_interval_ppm
from muniment.use.matching.rules.review import ItemState
from muniment.use.matching.rules.scoring import Band, Thresholds
from tests.cast import CHEN, DEWI
from tests.use.world import AT, import_log, register_repertoire, write_log

SONGS = ("Amber Well", "Birch Road", "Clay Bell", "Dusk Ferry")
LATER = AT + timedelta(days=1)


def matched_songs(folder: Path, source: str = "RADIO-ONE", more: str = "") -> MatchRunRow:
    """Have one line of each song matched by title, performer and writer."""
    log = "title,artist,writers,plays\n" + "".join(f"{song},Kite Sisters,Quill Ravenhurst,3\n" for song in SONGS) + more
    receipt = import_log(write_log(folder, log, f"{source}.csv"), source_code=source)
    assert receipt.report_id is not None
    run = services.match_report(actor=CHEN, at=AT, report_id=receipt.report_id)
    assert run.matched_count == run.line_count
    return run


@pytest.fixture
def run(db: None, tmp_path: Path) -> MatchRunRow:
    register_repertoire([(f"W-{song}", song, "Quill Ravenhurst", "Kite Sisters", None, None) for song in SONGS])
    return matched_songs(tmp_path)


def checks() -> tuple[queries.ReviewItemRow, ...]:
    """Return the open checks."""
    return queries.queue(band=Band.MATCHED).rows


def test_a_sample_goes_to_people_and_changes_nothing_yet(run: MatchRunRow) -> None:
    draw = services.draw_checks(actor=CHEN, at=AT, count=3, seed=5)
    assert (draw.population_count, draw.drawn_count, draw.seed) == (4, 3, 5)
    assert queries.queue().total == 0
    shown = checks()
    assert len(shown) == 3
    assert all(item.is_check and (item.line_count, item.use_count) == (1, 3) for item in shown)
    assert all(item.candidates[0].reasons for item in shown)
    assert services.claim_next(actor=CHEN, at=AT) is None
    assert services.claim_next(actor=CHEN, at=AT, chosen=QueueFilter(checks=True)) in {item.id for item in shown}
    again = services.match_report(actor=CHEN, at=LATER, report_id=run.report_id)
    assert (again.matched_count, len(checks())) == (4, 3)
    assert queries.match_quality().open_count == 3


def test_the_same_seed_draws_the_same_lines_and_nothing_twice(run: MatchRunRow) -> None:
    first = services.draw_checks(actor=CHEN, at=AT, count=2, seed=1)
    drawn = {item.title for item in checks()}
    assert first.population_count == 4
    second = services.draw_checks(actor=CHEN, at=AT, count=10, seed=1, report_id=run.report_id)
    assert (second.population_count, second.drawn_count) == (2, 2)
    assert {item.title for item in checks()} == set(SONGS)
    expected = Random(1).sample(range(4), 2)
    assert len(drawn) == len(expected) == 2
    with pytest.raises(services.NothingToCheck, match="left to check"):
        services.draw_checks(actor=CHEN, at=AT, count=1, seed=2)


def test_a_confirmed_and_a_denied_check_tell_the_precision(run: MatchRunRow) -> None:
    services.draw_checks(actor=CHEN, at=AT, count=4, seed=5)
    good, bad, moved, waits = checks()
    services.decide(actor=CHEN, at=AT, item_id=good.id, verdict="accept")
    denied = services.decide(actor=CHEN, at=AT, item_id=bad.id, verdict="reject")
    assert denied.refused == (bad.candidates[0].work_id,)
    picked = services.decide(actor=CHEN, at=AT, item_id=moved.id, verdict="pick", work_id=good.candidates[0].work_id)
    assert picked.refused == (moved.candidates[0].work_id,)
    quality = queries.match_quality()
    assert (quality.whole.judged_count, quality.whole.confirmed_count, quality.open_count) == (3, 1, 1)
    assert sum(row.judged_count for row in quality.rows) == 3
    assert [draw.drawn_count for draw in quality.draws] == [4]
    assert queries.match_quality(model_version="another").whole.judged_count == 0
    services.undo_decision(actor=CHEN, at=AT, decision_id=denied.id)
    assert queries.match_quality().open_count == 2
    assert {item.id for item in checks()} == {bad.id, waits.id}


def test_the_next_matching_obeys_a_denied_check(run: MatchRunRow) -> None:
    services.draw_checks(actor=CHEN, at=AT, count=4, seed=5)
    bad = checks()[0]
    services.decide(actor=CHEN, at=AT, item_id=bad.id, verdict="reject")
    again = services.match_report(actor=CHEN, at=LATER, report_id=run.report_id)
    assert again.matched_count == 3
    matches = queries.matches_of(run.report_id)
    work_ids = set(matches.column("work_id").to_pylist())
    assert bad.candidates[0].work_id not in work_ids
    assert queries.get_item(bad.id).state in (ItemState.REJECTED, ItemState.OPEN)
    assert queries.match_quality().whole.judged_count == 1


def test_equal_lines_of_two_reports_are_one_check(run: MatchRunRow, tmp_path: Path) -> None:
    other = matched_songs(tmp_path, "RADIO-TWO", "Amber Well,Kite Sisters,Quill Ravenhurst,4\n")
    services.draw_checks(actor=CHEN, at=AT, count=4, seed=5)
    item = next(item for item in checks() if item.title == "Amber Well")
    assert (item.line_count, item.use_count) == (3, 10)
    services.undo_report(actor=CHEN, at=AT, report_id=other.report_id)
    assert queries.get_item(item.id).line_count == 1
    services.undo_report(actor=CHEN, at=AT, report_id=run.report_id)
    assert checks() == ()
    assert queries.match_quality().lapsed_count == 4


def test_a_check_whose_line_now_waits_for_a_decision_becomes_one(run: MatchRunRow) -> None:
    services.draw_checks(actor=CHEN, at=AT, count=4, seed=5)
    stricter = Thresholds(matched_ppm=1_000_000)
    services.match_report(actor=CHEN, at=LATER, report_id=run.report_id, thresholds=stricter)
    assert checks() == ()
    assert {item.title for item in queries.queue().rows} == set(SONGS)
    assert queries.match_quality().lapsed_count == 4


def test_what_cannot_be_drawn_is_refused(run: MatchRunRow) -> None:
    with pytest.raises(NotAllowed):
        services.draw_checks(actor=DEWI, at=AT, count=1, seed=1)
    for count in (0, -1, 1_000_000):
        with pytest.raises(services.NothingToCheck):
            services.draw_checks(actor=CHEN, at=AT, count=count, seed=1)
    with pytest.raises(queries.UnknownItem):
        services.draw_checks(actor=CHEN, at=AT, count=1, seed=1, report_id=99)
    assert checks() == ()
    assert ids_by_code(["W-Amber Well"])


@given(judged=st.integers(1, 5_000), share=st.fractions(0, 1))
def test_the_interval_holds_the_share_and_narrows(judged: int, share: object) -> None:
    confirmed = int(judged * share)  # type: ignore[operator]
    low, high = wilson_interval_ppm(confirmed, judged)
    assert 0 <= low <= 1_000_000 * confirmed // judged + 1
    assert 1_000_000 * confirmed // judged <= high + 1 <= 1_000_001
    wider = wilson_interval_ppm(confirmed, judged)
    narrower = wilson_interval_ppm(4 * confirmed, 4 * judged)
    assert narrower[1] - narrower[0] <= wider[1] - wider[0]


def test_the_interval_is_that_of_the_textbook() -> None:
    # By hand for 9 of 10: (0.9 + 3.8415/20 -+ 1.96 sqrt(0.09/10 + 3.8415/400)) / (1 + 3.8415/10)
    low, high = wilson_interval_ppm(9, 10)
    assert (low // 1000, high // 1000) == (595, 982)
    with pytest.raises(ValueError, match="no share"):
        wilson_interval_ppm(1, 0)


def test_predicted_and_realised_stand_side_by_side() -> None:
    confirmed = [CheckFacts(995_000, Finding.CONFIRMED)] * 30
    denied = [CheckFacts(995_000, Finding.DENIED)] * 10
    rest = [CheckFacts(920_000, Finding.OPEN), CheckFacts(1_000_000, Finding.CONFIRMED)]
    rows = {row.floor_ppm: row for row in quality_rows([*confirmed, *denied, *rest])}
    assert (rows[990_000].predicted_ppm, rows[990_000].realised_ppm) == (995_000, 750_000)
    assert rows[990_000].surprises
    assert (rows[900_000].judged_count, rows[900_000].low_ppm, rows[900_000].surprises) == (0, None, False)
    assert (rows[999_000].judged_count, rows[999_000].surprises) == (1, False)
    assert quality_row([]).predicted_ppm is None
