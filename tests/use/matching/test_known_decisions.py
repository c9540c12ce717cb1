"""What people decided leaves the database whole: as a cluster needs it, and as one machine reads it."""

from pathlib import Path

import pyarrow as pa
import pytest

from muniment.kernel.columns.cluster import EVERYBODY
from muniment.rights.works.queries import ids_by_code
from muniment.rights.works.services import merge_works
from muniment.use.matching import queries, services
from muniment.use.matching.bulk.told import read_decisions, told_by
from muniment.use.matching.rules.choices import USUAL, Choice, read_choice
from muniment.use.matching.rules.review import Verdict
from muniment.use.matching.rules.scoring import shipped_model
from tests.cast import CHEN
from tests.interfaces.cli.keyboard import done
from tests.use.world import AT, import_log, register_repertoire, write_log

pytestmark = pytest.mark.django_db

LOG = "title,artist,plays,date\nLantern Song,,5,2026-07-02\nThe Silver Ferry,,1,2026-07-03\n"


@pytest.fixture
def decided(tmp_path: Path) -> int:
    """Decide for one source and for all: two works picked, one refused; return the report."""
    register_repertoire()
    receipt = import_log(write_log(tmp_path, LOG))
    assert receipt.report_id is not None
    services.match_report(actor=CHEN, at=AT, report_id=receipt.report_id)
    works = ids_by_code(["W-2", "W-3", "W-5"])
    items = {item.title: item.id for item in queries.queue(band=None).rows}
    for title, source, code in (
        ("Lantern Song", "", None),
        ("Lantern Song", "RADIO-ONE", "W-3"),
        ("The Silver Ferry", "CINEMA", "W-5"),
    ):
        services.decide(
            actor=CHEN,
            at=AT,
            item_id=items[title],
            verdict=Verdict.PICK if code else Verdict.REJECT,
            work_id=works[code] if code else None,
            source_code=source,
        )
    return receipt.report_id


def in_order(table: pa.Table) -> list[tuple[object, ...]]:
    """Return the rows of a table of decisions, in an order of their own."""
    return sorted(
        tuple(row[name] for name in ("memory_key", "rank", "work_id", "is_work")) for row in table.to_pylist()
    )


def test_every_decision_is_known_with_its_source(decided: int) -> None:
    known = queries.known_decisions()
    assert known.sources.to_pylist() == [{"report_id": decided, "source_code": "RADIO-ONE"}]
    for source in ("RADIO-ONE", "CINEMA", "NOBODY"):
        rows = [
            (row["memory_key"], 0 if row["source_code"] else 1, row["work_id"], row["is_work"])
            for row in known.decisions.to_pylist()
            if row["source_code"] in ("", source)
        ]
        assert sorted(rows) == in_order(queries.decisions_for(source))


def test_a_work_that_was_merged_is_known_as_the_one_it_leads_to(decided: int) -> None:
    kept, dropped = (ids_by_code([code])[code] for code in ("W-5", "W-3"))
    merge_works(actor=CHEN, at=AT, keep_id=kept, drop_id=dropped)
    assert dropped not in queries.known_decisions().decisions.column("work_id").to_pylist()
    assert decided


def test_of_two_speakers_the_source_itself_is_heard_first(decided: int) -> None:
    known = queries.known_decisions()
    works = ids_by_code(["W-2", "W-3"])
    told = told_by(known, known.sources).remarks.to_pylist()
    own = [row for row in told if row["circle"] == "RADIO-ONE"]
    assert [(row["said_work_ids"], row["said_is_work"]) for row in own] == [
        ([works["W-3"], works["W-2"], works["W-3"]], [True, False, False])
    ]
    assert {row["circle"] for row in told} == {EVERYBODY, "RADIO-ONE", "CINEMA"}
    assert decided


def test_the_command_writes_what_the_cluster_reads(decided: int, tmp_path: Path) -> None:
    folder = tmp_path / "decisions"
    assert "4 decisions of people, 1 reports;" in done("cluster", "decisions", str(folder))
    assert read_decisions(folder).decisions.sort_by("work_id") == queries.known_decisions().decisions.sort_by("work_id")
    assert decided


def test_decisions_leave_with_the_model_in_force(decided: int, tmp_path: Path) -> None:
    """Workers answer what this machine would: by the model, and for the precision, that somebody chose."""
    services.choose_model(actor=CHEN, at=AT, model=None, asked_ppm=980_000)
    assert "for 98 %" in done("cluster", "decisions", str(tmp_path / "decisions"))
    assert read_choice(read_decisions(tmp_path / "decisions").choice) == Choice(shipped_model(), 980_000)
    services.choose_model(actor=CHEN, at=AT, model=None, asked_ppm=990_000)
    assert "for 99 %" in done("cluster", "decisions", str(tmp_path / "decisions"))
    assert read_decisions(tmp_path / "decisions").choice == USUAL
    assert decided
