"""A report is matched, people decide, and the next matching knows it."""

from pathlib import Path

import pytest

from muniment.rights.works.queries import ids_by_code
from muniment.trust.access.rules import NotAllowed
from muniment.trust.batches.queries import get_batch
from muniment.use.matching import queries, services
from muniment.use.matching.queries import MatchRunRow, ReviewItemRow
from muniment.use.matching.rules.review import ItemState, Verdict
from muniment.use.matching.rules.scoring import Band
from muniment.use.usages.queries import UnknownReport, get_report
from tests.cast import CHEN, DEWI, FARIDA
from tests.use.world import AT, import_log, register_repertoire, write_log

pytestmark = pytest.mark.django_db

LOG = (
    "title,artist,plays,date\n"
    "The Silver Ferry,Garden Collective,3,2026-07-01\n"
    "Lantern Song,,5,2026-07-02\n"
    "LANTERN SONG,,2,2026-07-03\n"
    "Unheard Of,Nobody,1,2026-07-04\n"
)


def import_and_match(folder: Path, text: str = LOG, **changes: object) -> MatchRunRow:
    """Import a log and match it."""
    receipt = import_log(write_log(folder, text, f"{len(text)}.csv"), **changes)
    assert receipt.report_id is not None
    return services.match_report(actor=CHEN, at=AT, report_id=receipt.report_id)


def again(run: MatchRunRow) -> MatchRunRow:
    """Match the same report once more."""
    return services.match_report(actor=CHEN, at=AT, report_id=run.report_id)


def lantern() -> ReviewItemRow:
    """Return the item of the two equal lines."""
    (item,) = queries.queue().rows
    assert item.title == "Lantern Song"
    return item


@pytest.fixture
def run(tmp_path: Path) -> MatchRunRow:
    register_repertoire()
    return import_and_match(tmp_path)


def test_a_match_run_seals_its_matches_and_counts(run: MatchRunRow) -> None:
    assert (run.line_count, run.matched_count, run.review_count, run.unidentified_count) == (4, 1, 2, 1)
    assert (run.matched_uses, run.review_uses, run.unidentified_uses, run.distinct_count) == (3, 7, 1, 3)
    batch = get_batch(run.batch_id)
    assert batch is not None
    assert batch.parents == (get_report(run.report_id).batch_id,)
    matches = queries.matches_of(run.report_id)
    assert matches.num_rows == 4
    assert matches.column("work_id").to_pylist() == [ids_by_code(["W-1"])["W-1"], None, None, None]
    assert queries.latest_match(run.report_id) == run


def test_equal_lines_are_one_item_and_one_decision_settles_them(run: MatchRunRow) -> None:
    item = lantern()
    assert (item.line_count, item.use_count, len(item.candidates)) == (2, 7, 2)
    assert "title equal" in [reason for reason, _ in item.candidates[0].reasons]
    work_id = ids_by_code(["W-3"])["W-3"]
    services.decide(actor=CHEN, at=AT, item_id=item.id, verdict=Verdict.PICK, work_id=work_id)
    assert queries.queue().total == 0
    second = again(run)
    assert (second.matched_count, second.review_count) == (3, 0)
    found = queries.matches_of(run.report_id)
    assert found.column("work_id").to_pylist()[1:3] == [work_id, work_id]
    assert found.column("method").to_pylist()[1] == "decision"
    settled = queries.get_item(item.id)
    assert (settled.state, settled.line_count) == (ItemState.PICKED, 2)


def test_accept_reject_and_undo(run: MatchRunRow) -> None:
    item = lantern()
    accepted = services.decide(actor=CHEN, at=AT, item_id=item.id, verdict="accept")
    assert accepted.work_id == item.candidates[0].work_id
    with pytest.raises(services.AlreadyDecided):
        services.decide(actor=CHEN, at=AT, item_id=item.id, verdict="reject")
    services.undo_decision(actor=CHEN, at=AT, decision_id=accepted.id)
    with pytest.raises(queries.UnknownItem):
        services.undo_decision(actor=CHEN, at=AT, decision_id=accepted.id)
    rejected = services.decide(actor=CHEN, at=AT, item_id=item.id, verdict="reject")
    assert set(rejected.refused) == {candidate.work_id for candidate in item.candidates}
    assert [row.title for row in queries.unidentified().rows] == ["Lantern Song", "Unheard Of"]
    third = again(run)
    assert (third.matched_count, third.review_count, third.unidentified_count) == (1, 0, 3)
    assert queries.queue().total == 0
    picked = services.decide(actor=CHEN, at=AT, item_id=item.id, verdict="pick", work_id=item.candidates[1].work_id)
    assert picked.refused == (item.candidates[0].work_id,)
    assert queries.list_decisions().total == 1
    assert again(run).matched_count == 3


def test_a_decision_for_one_source_leaves_others_alone(run: MatchRunRow, tmp_path: Path) -> None:
    item = lantern()
    services.decide(actor=CHEN, at=AT, item_id=item.id, verdict="accept", source_code="RADIO-ONE")
    other = import_and_match(tmp_path, LOG + "Lantern Song,,9,2026-07-05\n", source_code="RADIO-TWO")
    assert other.review_count == 3
    assert again(run).review_count == 0


def test_items_of_several_reports_sum_and_an_undone_report_leaves(run: MatchRunRow, tmp_path: Path) -> None:
    other = import_and_match(tmp_path, LOG + "Lantern Song,,9,2026-07-05\n", source_code="RADIO-TWO")
    assert (lantern().line_count, lantern().use_count) == (5, 23)
    assert queries.queue(report_id=other.report_id).rows[0].id == lantern().id
    services.undo_report(actor=CHEN, at=AT, report_id=other.report_id)
    assert (lantern().line_count, lantern().use_count) == (2, 7)
    services.undo_report(actor=CHEN, at=AT, report_id=run.report_id)
    assert queries.queue().total == 0
    assert queries.unidentified().total == 0
    with pytest.raises(UnknownReport):
        again(run)


def test_the_queue_is_searched_and_ordered_by_weight(run: MatchRunRow, tmp_path: Path) -> None:
    import_and_match(tmp_path, "title,plays\nThe Silver Ferry,1000\n", source_code="RADIO-TWO")
    assert [item.title for item in queries.queue().rows] == ["The Silver Ferry", "Lantern Song"]
    assert [item.title for item in queries.queue(text="lantern").rows] == ["Lantern Song"]
    assert queries.queue(text="nothing such").total == 0
    assert queries.queue(limit=1, offset=1).rows[0].title == "Lantern Song"
    assert queries.queue(band=Band.UNIDENTIFIED).rows[0].title == "Unheard Of"


def test_a_new_work_settles_what_waited(run: MatchRunRow) -> None:
    register_repertoire([("W-9", "Unheard Of", "Zed Quill", "Nobody", None, None)])
    assert again(run).unidentified_count == 0
    assert queries.unidentified().total == 0


@pytest.mark.parametrize("actor", [DEWI, FARIDA])
def test_only_who_may_matches_and_decides(run: MatchRunRow, actor: object) -> None:
    item = lantern()
    with pytest.raises(NotAllowed):
        services.match_report(actor=actor, at=AT, report_id=run.report_id)  # type: ignore[arg-type]
    with pytest.raises(NotAllowed):
        services.decide(actor=actor, at=AT, item_id=item.id, verdict="accept")  # type: ignore[arg-type]
    assert queries.list_decisions().total == 0


def test_what_cannot_be_decided_is_refused(run: MatchRunRow) -> None:
    unheard = queries.unidentified().rows[0]
    with pytest.raises(queries.UnknownItem, match="no candidate"):
        services.decide(actor=CHEN, at=AT, item_id=unheard.id, verdict="accept")
    with pytest.raises(queries.UnknownItem, match="No work was picked"):
        services.decide(actor=CHEN, at=AT, item_id=unheard.id, verdict="pick")
    with pytest.raises(queries.UnknownItem):
        services.decide(actor=CHEN, at=AT, item_id=10_000, verdict="accept")
    assert queries.get_item(unheard.id).state is ItemState.OPEN
