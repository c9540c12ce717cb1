"""`muniment review` and `muniment why`, as a clerk types them."""

from pathlib import Path

import pytest

from muniment.rights.works.queries import ids_by_code
from muniment.use.matching import queries, services
from muniment.use.matching.rules.scoring import Band
from tests.cast import CHEN
from tests.interfaces.cli.keyboard import done, refused
from tests.use.matching.test_review_leases import SONGS, waiting_items
from tests.use.matching.test_review_quality import matched_songs
from tests.use.world import AT, import_log, register_repertoire, write_log

pytestmark = pytest.mark.django_db


def test_many_are_accepted_by_a_command_and_taken_back(tmp_path: Path) -> None:
    waiting_items(tmp_path, currency="PKR")
    shown = done("review", "bulk-accept", "--min-probability", "1", "--preview")
    assert "4 items, 4 lines, 394 uses, 4.00 PKR" in shown
    assert "Amber Well" in shown
    assert queries.list_decisions().total == 0
    assert "3 items with 3 lines are accepted" in done(
        "review", "bulk-accept", "--min-probability", "1", "--text", "e", "--yes"
    )
    assert queries.list_decisions().total == 3
    assert "decided today in bulk" in done("review", "progress")
    (bulk,) = queries.list_bulks().rows
    assert "3 items wait again" in done("review", "bulk-undo", str(bulk.id))
    assert queries.list_decisions().total == 0
    done("review", "bulk-accept", "--min-probability", "100", "--yes")
    assert queries.list_bulks().total == 1


def test_what_cannot_be_accepted_in_bulk_is_refused(tmp_path: Path) -> None:
    waiting_items(tmp_path)
    assert "--preview" in refused("review", "bulk-accept", "--min-probability", "95")
    assert "--preview" in refused("review", "bulk-accept", "--min-probability", "95", "--preview", "--yes")
    assert "percentage" in refused("review", "bulk-accept", "--min-probability", "very", "--yes")
    assert "taken back before" in refused("review", "bulk-undo", "7")
    assert queries.list_decisions().total == 0


def test_a_sample_is_drawn_and_the_quality_shown(tmp_path: Path) -> None:
    assert "Nothing was matched yet" in refused("review", "sample", "5")
    register_repertoire([(f"W-{song}", song, "Quill Ravenhurst", "Kite Sisters", None, None) for song in SONGS])
    matched_songs(tmp_path)
    assert "3 of 4 lines wait for a check (seed 11)" in done("review", "sample", "3", "--seed", "11")
    good, bad, _ = queries.queue(band=Band.MATCHED).rows
    done("match", "decide", str(good.id), "accept")
    done("match", "decide", str(bad.id), "reject")
    shown = done("review", "quality")
    assert "50 %" in shown
    assert "1 checks wait; 0 lapsed." in shown
    assert "1 of 1 lines" in done("review", "sample")
    assert "1 to 5000" in refused("review", "sample", "0")


def test_a_line_says_why(tmp_path: Path) -> None:
    register_repertoire()
    report_id = import_log(write_log(tmp_path, "title,artist\nLantern Song,\n")).report_id
    services.match_report(actor=CHEN, at=AT, report_id=report_id or 0)
    (item_id,) = [item.id for item in queries.queue().rows]
    item = queries.get_item(item_id)
    shown = done("why", str(item.sample_line_id))
    assert "Lantern Song" in shown
    assert "Second:" in shown
    assert "repertoire" in shown
    services.decide(actor=CHEN, at=AT, item_id=item_id, verdict="pick", work_id=ids_by_code(["W-2"])["W-2"])
    services.match_report(actor=CHEN, at=AT, report_id=item.sample_line_id >> 32)
    shown = done("why", str(item.sample_line_id))
    assert "is matched by decision" in shown
    assert "chen decided on 2026-10-08 09:00: pick." in shown
    assert "no line 7" in refused("why", "7")
