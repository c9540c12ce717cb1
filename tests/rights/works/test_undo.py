"""Undoing an intake: its facts are closed, what it replaced holds again, and the past keeps its answers."""

from pathlib import Path

import pytest

from muniment.rights.works import queries, services
from muniment.trust.access.rules import NotAllowed
from muniment.trust.batches.queries import get_intake
from muniment.trust.batches.rules import IntakeState
from muniment.trust.batches.services import UnknownIntake, receive_file
from tests.cast import CHEN, DEWI
from tests.rights.works.samples import (
    AT,
    ISWC,
    LATER,
    RIVAL,
    STILL_LATER,
    answer,
    sample_work,
    write_cwr_file,
    write_table,
)

pytestmark = pytest.mark.django_db


def test_an_undone_file_is_gone_from_every_list_and_may_come_again(tmp_path: Path) -> None:
    file = write_cwr_file(tmp_path / "a.V21", [sample_work()])
    intake_id = services.import_cwr(actor=CHEN, at=AT, path=file).intake_id
    [hit] = queries.find_works("river").rows
    done = services.undo_works_intake(actor=CHEN, at=LATER, intake_id=intake_id)
    assert (done.work_count, done.kept_work_count, done.restored_line_count) == (1, 0, 0)
    assert (
        queries.find_works("river").total == queries.find_works("").total == queries.repertoire().titles.num_rows == 0
    )
    assert answer(hit.id) == {"UNCLAIMED": 1_000_000}
    assert answer(hit.id, known_at=AT)["SUB PUBLISHER"] == 500_000
    assert queries.titles_of([hit.id]) == {hit.id: "RIVER SONG"}
    again = services.import_cwr(actor=CHEN, at=STILL_LATER, path=file)
    assert again.work_count == 1
    assert queries.find_works("river").total == 1


def test_undoing_a_revision_restores_what_it_replaced(tmp_path: Path) -> None:
    services.import_cwr(actor=CHEN, at=AT, path=write_cwr_file(tmp_path / "a.V21", [sample_work()]))
    [hit] = queries.find_works("").rows
    before = answer(hit.id, "MR", 276)
    file = write_cwr_file(tmp_path / "b.V21", [sample_work(kind="REV", publisher=RIVAL, iswc=ISWC)])
    intake_id = services.import_cwr(actor=CHEN, at=LATER, path=file).intake_id
    revised = answer(hit.id, "MR", 276)
    assert queries.get_work(hit.id).iswc == ISWC
    done = services.undo_works_intake(actor=CHEN, at=STILL_LATER, intake_id=intake_id)
    assert (done.work_count, done.restored_line_count) == (0, 7)
    assert answer(hit.id, "MR", 276) == before != revised
    assert answer(hit.id, "MR", 276, LATER) == revised
    work = queries.get_work(hit.id)
    assert work.iswc is None
    assert len(work.contributions) == 3


def test_undoing_an_earlier_file_leaves_a_later_one_alone(tmp_path: Path) -> None:
    first = services.import_cwr(actor=CHEN, at=AT, path=write_cwr_file(tmp_path / "a.V21", [sample_work()]))
    file = write_cwr_file(tmp_path / "b.V21", [sample_work(kind="REV", publisher=RIVAL)])
    services.import_cwr(actor=CHEN, at=LATER, path=file)
    [hit] = queries.find_works("").rows
    revised = answer(hit.id, "MR", 276)
    done = services.undo_works_intake(actor=CHEN, at=STILL_LATER, intake_id=first.intake_id)
    assert (done.work_count, done.kept_work_count) == (0, 1)
    assert answer(hit.id, "MR", 276) == revised


def test_undoing_both_revisions_one_by_one_comes_back_to_the_first(tmp_path: Path) -> None:
    intakes = []
    works = [sample_work(), sample_work(kind="REV", publisher=RIVAL), sample_work(kind="REV", title="RIVER SONGS")]
    for name, at, work in zip("abc", (AT, LATER, STILL_LATER), works, strict=True):
        file = write_cwr_file(tmp_path / f"{name}.V21", [work])
        intakes.append(services.import_cwr(actor=CHEN, at=at, path=file).intake_id)
    [hit] = queries.find_works("").rows
    first = answer(hit.id, "MR", 276, AT)
    assert answer(hit.id, "MR", 276) == first
    services.undo_works_intake(actor=CHEN, at=STILL_LATER, intake_id=intakes[1])
    services.undo_works_intake(actor=CHEN, at=STILL_LATER, intake_id=intakes[2])
    assert answer(hit.id, "MR", 276) == first


def test_a_work_that_others_speak_of_stays(tmp_path: Path) -> None:
    file = write_table(tmp_path, f"W1,River,,{ISWC},,Asan,,CA,100,100,", "W2,Sea,,,,Asan,,CA,100,100,")
    intake_id = services.import_works_table(actor=CHEN, at=AT, path=file, claim="own").intake_id
    other = write_cwr_file(tmp_path / "b.V21", [sample_work(iswc=ISWC)])
    services.import_cwr(actor=CHEN, at=LATER, path=other)
    done = services.undo_works_intake(actor=CHEN, at=STILL_LATER, intake_id=intake_id)
    assert (done.work_count, done.kept_work_count) == (1, 1)
    [hit] = queries.find_works("").rows
    assert {row.claim for row in queries.get_work(hit.id).contributions} == {"FIRST PUBLISHER"}
    assert queries.list_conflicts().total == 0


def test_an_undo_is_refused_to_whom_it_is_not_given_and_for_what_is_no_file_of_works(tmp_path: Path) -> None:
    file = write_cwr_file(tmp_path / "a.V21", [sample_work()])
    intake_id = services.import_cwr(actor=CHEN, at=AT, path=file).intake_id
    with pytest.raises(NotAllowed):
        services.undo_works_intake(actor=DEWI, at=LATER, intake_id=intake_id)
    other = receive_file(actor=CHEN, at=AT, kind="parties", path=file)
    with pytest.raises(services.NotAWorksIntake):
        services.undo_works_intake(actor=CHEN, at=LATER, intake_id=other.id)
    services.undo_works_intake(actor=CHEN, at=LATER, intake_id=intake_id)
    with pytest.raises(UnknownIntake):
        services.undo_works_intake(actor=CHEN, at=LATER, intake_id=intake_id)
    intake = get_intake(intake_id)
    assert intake is not None
    assert intake.state is IntakeState.UNDONE
