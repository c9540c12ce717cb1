"""Lines that nobody should send go the whole way: imported, matched, queued, explained; no other line is harmed."""

from pathlib import Path

import pytest

from muniment.trust.access.rules import Role
from muniment.use.matching import queries, services
from muniment.use.matching.rules.review import Verdict
from muniment.use.matching.rules.scoring import Band
from tests.cast import CHEN
from tests.interfaces.browser import login, page
from tests.use.world import AT, import_log, register_repertoire, write_log

pytestmark = pytest.mark.django_db

MILLION = 1_000_000
GOOD = "The Silver Ferry,Garden Collective,3,2026-07-01\n"
LOG = (
    "title,artist,plays,date\n"
    + GOOD
    + f"{'Lantern ' * (MILLION // 8)},{'y' * MILLION},1,2026-07-02\n"
    + "\u202eLantern\u202c \u2067Song\u2069\u200b\ufeff,,2,2026-07-02\n"
    + '"a\x01b\x1f\x7f","' + "\u202e" * 1_000 + '",2,2026-07-02\n'
    + ",,1,2026-07-03\n"
    + GOOD
)  # fmt: skip


def test_lines_that_nobody_should_send_go_the_whole_way(tmp_path: Path) -> None:
    register_repertoire()
    receipt = import_log(write_log(tmp_path, LOG))
    assert receipt.report_id is not None
    run = services.match_report(actor=CHEN, at=AT, report_id=receipt.report_id)
    assert run.line_count == run.matched_count + run.review_count + run.unidentified_count == receipt.good_count == 5
    assert "usage.nothing_to_identify" in {problem.rule for problem in receipt.problems}
    assert run.matched_count == 2
    client = login(Role.DISTRIBUTION)
    assert "Lantern" in page(client, "/office/review/")
    items = queries.queue(band=None, limit=10).rows
    assert max(len(item.title) for item in items) <= MILLION
    for item in items:
        assert page(client, f"/office/review/{item.id}/")
    for match in queries.matches_of(receipt.report_id).to_pylist():
        assert queries.explain_line(match["line_id"]).band is Band(match["band"])
        assert page(client, f"/office/review/why/{match['line_id']}/")
    assert queries.replay_run(run.id).different_count == 0


def test_a_decision_about_a_line_without_end_holds(tmp_path: Path) -> None:
    register_repertoire()
    receipt = import_log(write_log(tmp_path, LOG))
    assert receipt.report_id is not None
    services.match_report(actor=CHEN, at=AT, report_id=receipt.report_id)
    long = max(queries.queue(band=None, limit=10).rows, key=lambda item: len(item.title))
    work_id = next(row["work_id"] for row in queries.matches_of(receipt.report_id).to_pylist() if row["work_id"])
    services.decide(actor=CHEN, at=AT, item_id=long.id, verdict=Verdict.PICK, work_id=work_id)
    run = services.match_report(actor=CHEN, at=AT, report_id=receipt.report_id)
    assert run.matched_count == 3
