"""A match run is computed again from what it noted: the same, or what differs, or what is not there any more."""

import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from muniment.rights.works.queries import ids_by_code
from muniment.rights.works.services import merge_works
from muniment.trust.batches.queries import open_batch
from muniment.use.matching import queries, services
from muniment.use.matching.models import MatchRun, ReviewItem
from muniment.use.matching.queries import indexes, models
from muniment.use.matching.queries.indexes import IndexGone
from muniment.use.matching.queries.models import ModelGone
from muniment.use.matching.queries.runs import MatchRunRow, UnknownItem
from muniment.use.matching.rules.layers import Layering
from muniment.use.matching.rules.review import Verdict
from muniment.use.matching.rules.scoring import shipped_model
from tests.cast import CHEN
from tests.interfaces.cli.keyboard import done, muniment, refused
from tests.use.world import AT, import_log, register_repertoire, write_log

pytestmark = pytest.mark.django_db

ANY_DELTA = Layering(most_delta_ppm=1_000_000, smallest_base=1)
NEW = ("W-7", "Copper Morning", "Elva Marrow", "Station Four", None, None)
LOG = """title,artist,plays,date
The Silver Ferry,Garden Collective,3,2026-07-01
Lantern Song,,5,2026-07-02
"lantern song!",,1,2026-07-03
Lantern Song,Kite Sisters,1,2026-07-03
Copper Morning,Station Four,2,2026-07-04
"""


def after(hours: int) -> datetime:
    """Return an instant so many hours after the start."""
    return AT + timedelta(hours=hours)


def matched(report_id: int, hours: int) -> MatchRunRow:
    """Match a report, with a delta beside the base however small the repertoire is."""
    index = services.load_index(actor=CHEN, at=after(hours), layering=ANY_DELTA)
    return services.match_report(actor=CHEN, at=after(hours), report_id=report_id, index=index)


@pytest.fixture
def report(tmp_path: Path) -> int:
    """Register the repertoire and import a log; return its report."""
    register_repertoire()
    receipt = import_log(write_log(tmp_path, LOG))
    assert receipt.report_id is not None
    return receipt.report_id


def decide(verdict: Verdict, hours: int, source_code: str = "", work: str = "") -> int:
    """Decide about the line that names only the title; return the decision."""
    item = ReviewItem.objects.get(performer="")
    work_id = ids_by_code([work])[work] if work else None
    return services.decide(
        actor=CHEN, at=after(hours), item_id=item.pk, verdict=verdict, work_id=work_id, source_code=source_code
    ).id


def assert_the_same(run: MatchRunRow) -> None:
    """Replay a run and each of its lines."""
    assert (queries.replay_run(run.id).different_count, queries.replay_run(run.id).line_count) == (0, 5)
    assert queries.latest_match(run.report_id) is not None
    for number in range(1, 6):
        found = queries.replay_line(run.report_id << 32 | number)
        assert (found.line_count, found.differences) == (1, ())


def test_a_run_comes_out_the_same_whatever_changed_since(report: int) -> None:
    first = matched(report, 1)
    undone = decide(Verdict.PICK, 2, work="W-3")
    picked = matched(report, 3)
    services.undo_decision(actor=CHEN, at=after(4), decision_id=undone)
    decide(Verdict.REJECT, 5, source_code="RADIO-ONE")
    register_repertoire([NEW])
    beside = matched(report, 6)
    kept, dropped = (ids_by_code([code])[code] for code in ("W-2", "W-3"))
    merge_works(actor=CHEN, at=after(7), keep_id=kept, drop_id=dropped)
    merged = matched(report, 8)
    assert len({run.index_version for run in (first, beside, merged)}) == 3
    methods = [set(open_batch(run.batch_id).column("method").to_pylist()) for run in (first, picked)]
    assert ["decision" in found for found in methods] == [False, True]
    for run in (first, picked, beside, merged):
        assert queries.replay_run(run.id).different_count == 0
    assert_the_same(merged)


def test_a_decision_that_held_again_later_did_not_hold_in_between(report: int) -> None:
    matched(report, 1)
    decide(Verdict.REJECT, 2)
    second = decide(Verdict.PICK, 3, work="W-3")
    between = matched(report, 4)
    services.undo_decision(actor=CHEN, at=after(5), decision_id=second)
    again = matched(report, 6)
    for run in (between, again):
        assert queries.replay_run(run.id).different_count == 0


def test_another_model_of_today_changes_nothing(report: int, monkeypatch: pytest.MonkeyPatch, store: Path) -> None:
    run = matched(report, 1)
    other = replace(shipped_model(), name="another", start_milli=shipped_model().start_milli - 5_000)
    monkeypatch.setattr(models, "shipped_model", lambda: other)
    assert queries.replay_run(run.id).different_count == 0
    (kept,) = (store / "models").glob("*.json")
    kept.write_text(kept.read_text().replace("start_milli", "begin_milli"))
    with pytest.raises(ModelGone, match="cannot be used by this version"):
        queries.replay_run(run.id)
    kept.unlink()
    with pytest.raises(ModelGone, match="is not kept here"):
        queries.replay_run(run.id)


def test_what_comes_out_otherwise_is_told(report: int) -> None:
    run = matched(report, 1)
    MatchRun.objects.filter(pk=run.id).update(matched_ppm=1_000_000, review_ppm=1_000_000)
    found = queries.replay_run(run.id)
    assert (found.line_count, 0 < found.different_count <= 5) == (5, True)
    assert ("band", "matched") in {(one.name, one.kept) for one in found.differences}
    typed = muniment("match", "replay", str(run.id))
    assert typed.status == 1
    assert "lines differ" in typed.out
    assert muniment("why", str(report << 32 | 1), "--replay").status == 1


def test_the_commands_say_the_same(report: int) -> None:
    run = matched(report, 1)
    assert str(run.id) in done("match", "runs", str(report))
    assert "The same: 5 lines answered again." in done("match", "replay", str(run.id))
    assert "The same: 1 lines answered again." in done("why", str(report << 32 | 1), "--replay")


def test_an_index_that_was_removed_is_named_with_its_day(report: int) -> None:
    run = matched(report, 1)
    register_repertoire([NEW])
    services.load_index(actor=CHEN, at=after(2), afresh=True)
    services.prune_indexes(actor=CHEN, at=after(48), keep_count=1, used_days=0)
    said = refused("match", "replay", str(run.id))
    assert f"Index {run.index_version[:16]} was removed on {after(48):%Y-%m-%d}." in said
    assert "was removed" in refused("why", str(report << 32 | 1), "--replay")


def test_a_delta_that_lost_its_base_is_named(report: int, store: Path) -> None:
    matched(report, 1)
    register_repertoire([NEW])
    run = matched(report, 2)
    (base,) = [row.folder for row in queries.list_indexes() if not row.base_folder]
    shutil.rmtree(store / "indexes" / base)
    with pytest.raises(IndexGone, match="cannot be opened as it was"):
        queries.replay_run(run.id)


def test_a_delta_without_its_list_of_gone_works_is_named(report: int, store: Path) -> None:
    matched(report, 1)
    register_repertoire([NEW])
    run = matched(report, 2)
    (gone,) = (store / "indexes").glob(f"*/{indexes.GONE_FILE}")
    gone.unlink()
    with pytest.raises(IndexGone, match="cannot be opened as it was"):
        queries.replay_run(run.id)


def test_runs_and_indexes_that_never_were_are_told(report: int) -> None:
    run = matched(report, 1)
    MatchRun.objects.filter(pk=run.id).update(index_version="")
    with pytest.raises(IndexGone, match=r"Index \(not noted\) is not known here"):
        queries.replay_run(run.id)
    for number in (0, 404, 1 << 70):
        with pytest.raises(UnknownItem):
            queries.replay_run(number)
        with pytest.raises(UnknownItem):
            queries.replay_line(number)
