"""What each stage of a match run contributed, in lines and plays."""

from pathlib import Path

import pytest

from muniment.rights.works.queries import ids_by_code
from muniment.use.matching import queries, services
from muniment.use.matching.bulk.matcher import METHODS
from muniment.use.matching.queries import StageCount, UnknownItem
from muniment.use.matching.rules.review import Verdict
from muniment.use.matching.rules.scoring import Band
from muniment.use.matching.rules.stages import STAGES
from tests.cast import CHEN
from tests.interfaces.cli.keyboard import done, refused
from tests.use.world import AT, ISRC, import_log, register_repertoire, write_log

LOG = f"""title,artist,isrc,plays,date
The Silver Ferry,Garden Collective,{ISRC},3,2026-07-01
Lantern Song,Kite Sisters,,4,2026-07-01
Lantern Song,,,5,2026-07-02
Lantern Song,,,6,2026-07-03
Nothing Like It,Nobody At All,,7,2026-07-04
"""


def test_every_method_has_a_stage() -> None:
    assert set(STAGES) == {*METHODS, "decision"}


@pytest.mark.django_db
def test_lines_and_plays_are_counted_by_stage_and_band(tmp_path: Path) -> None:
    register_repertoire()
    report = import_log(write_log(tmp_path, LOG)).report_id
    assert report is not None
    services.match_report(actor=CHEN, at=AT, report_id=report)
    item = next(row for row in queries.queue(band=None).rows if row.title == "Lantern Song")
    work_id = ids_by_code(["W-3"])["W-3"]
    services.decide(actor=CHEN, at=AT, item_id=item.id, verdict=Verdict.PICK, work_id=work_id)
    run = services.match_report(actor=CHEN, at=AT, report_id=report)
    assert queries.stage_counts(run.id) == (
        StageCount("identifier", "isrc", Band.MATCHED, 1, 3),
        StageCount("memory", "decision", Band.MATCHED, 2, 11),
        StageCount("exact key", "exact", Band.MATCHED, 1, 4),
        StageCount("none", "none", Band.UNIDENTIFIED, 1, 7),
    )
    shown = done("match", "report", str(run.id))
    assert f"Match run {run.id}: 5 lines, 25 plays" in shown
    assert "memory decision matched 2 40.00 % 11 44.00 %" in shown


@pytest.mark.django_db
def test_a_run_that_never_was_is_told() -> None:
    with pytest.raises(UnknownItem):
        queries.stage_counts(404)
    assert "no match run 404" in refused("match", "report", "404")
