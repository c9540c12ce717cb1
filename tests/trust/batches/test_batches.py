"""Received files and sealed batches."""

import hashlib
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.db import transaction

from muniment.kernel.formats.tables import ChosenMapping, ColumnMapping, TargetField, header_fingerprint
from muniment.kernel.words.problems import BadFile, Level, Problem
from muniment.trust.access.queries import list_events
from muniment.trust.access.rules import FIRST_HASH, NotAllowed
from muniment.trust.batches.models import SealedBatch
from muniment.trust.batches.queries import (
    BrokenBatch,
    MappingRow,
    choose_mapping,
    find_mapping,
    get_batch,
    get_intake,
    get_mapping,
    kept_path,
    list_intakes,
    list_mappings,
    list_problems,
    named_mapping,
    open_batch,
)
from muniment.trust.batches.rules import IntakeState
from muniment.trust.batches.services import (
    DuplicateFile,
    UnknownIntake,
    finish_intake,
    mark_undone,
    receive_file,
    save_mapping,
    seal_batch,
)
from tests.cast import CHEN, DEWI, FARIDA
from tests.trust.trials import at_every_statement, cut_off, refuse_change

AT = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
PROBLEM = Problem(3, "title", "empty", "The title is empty.", "Write one.")
TABLE = pa.table(
    {
        "line_id": pa.array([1, 2, 3], pa.int64()),
        "title": pa.array(["Äh", None, "三"], pa.string()),
        "used_on": pa.array([date(2026, 1, 1), None, date(1969, 1, 1)], pa.date32()),
        "amount_micro": pa.array([2**62, None, -5], pa.int64()),
        "live": pa.array([True, False, None], pa.bool_()),
    }
)


@pytest.fixture
def song_list(tmp_path: Path) -> Path:
    """Return a small file."""
    path = tmp_path / "week 12.csv"
    path.write_bytes(b"title\nOne\n\nThree\n")
    return path


def imported(path: Path, kind: str = "usage.table") -> int:
    """Receive a file and say that it was imported with one bad line."""
    intake = receive_file(actor=CHEN, at=AT, kind=kind, path=path)
    finish_intake(actor=CHEN, at=AT, intake_id=intake.id, line_count=3, good_count=2, problems=[PROBLEM])
    return intake.id


@pytest.mark.django_db
def test_a_received_file_is_kept_and_counted(song_list: Path) -> None:
    intake_id = imported(song_list)
    row = get_intake(intake_id)
    assert row is not None
    assert row.file_digest == hashlib.sha256(song_list.read_bytes()).hexdigest()
    assert (row.state, row.byte_count) == (IntakeState.IMPORTED, 17)
    assert (row.line_count, row.good_count, row.bad_count, row.problem_count) == (3, 2, 1, 1)
    assert kept_path(row.file_digest).read_bytes() == song_list.read_bytes()
    assert [path.name for path in kept_path(row.file_digest).parent.iterdir()] == [row.file_digest]
    assert list_problems(intake_id) == (PROBLEM,)
    assert [event.tag for event in list_events().rows] == ["intake.imported"]


@pytest.mark.django_db
def test_the_same_file_is_refused_by_name_until_it_is_undone(song_list: Path) -> None:
    first = imported(song_list)
    with pytest.raises(DuplicateFile, match=rf"2026-03-31 by chen \(intake {first}, week 12.csv\)"):
        receive_file(actor=CHEN, at=AT, kind="usage.table", path=song_list)
    assert imported(song_list, kind="work.table") != first
    mark_undone(actor=CHEN, at=AT, intake_id=first)
    assert imported(song_list) != first
    assert [row.state for row in list_intakes(kind="usage.").rows] == [IntakeState.IMPORTED, IntakeState.UNDONE]
    assert list_intakes(state=IntakeState.UNDONE).total == 1
    assert list_intakes(kind="work.table").total == 1


@pytest.mark.django_db
def test_of_two_who_read_the_same_file_at_once_the_second_is_refused(song_list: Path) -> None:
    mine, yours = (receive_file(actor=CHEN, at=AT, kind="usage.table", path=song_list) for _ in range(2))
    finish_intake(actor=CHEN, at=AT, intake_id=mine.id, line_count=0, good_count=0, problems=[])
    with pytest.raises(DuplicateFile), transaction.atomic():
        finish_intake(actor=CHEN, at=AT, intake_id=yours.id, line_count=0, good_count=0, problems=[])
    with pytest.raises(UnknownIntake, match="is imported"):
        finish_intake(actor=CHEN, at=AT, intake_id=mine.id, line_count=0, good_count=0, problems=[])


@pytest.mark.django_db
def test_a_refused_file_may_come_again(song_list: Path) -> None:
    intake = receive_file(actor=CHEN, at=AT, kind="usage.table", path=song_list, file_name="theirs.csv")
    warning = Problem(None, "", "old", "It is old.", "Send a new one.", Level.WARNING)
    row = finish_intake(
        actor=CHEN,
        at=AT,
        intake_id=intake.id,
        line_count=1,
        good_count=0,
        problems=[warning],
        state="refused",
        note="n",
    )
    assert (row.file_name, row.state, row.note) == ("theirs.csv", IntakeState.REFUSED, "n")
    assert list_problems(intake.id, limit=5) == (warning,)
    assert imported(song_list)


@pytest.mark.django_db
def test_who_may_not_is_refused_and_what_is_missing_is_named(song_list: Path) -> None:
    with pytest.raises(NotAllowed):
        receive_file(actor=DEWI, at=AT, kind="usage.table", path=song_list)
    with pytest.raises(BadFile, match=r"absent\.csv cannot be read"):
        receive_file(actor=CHEN, at=AT, kind="usage.table", path=song_list.with_name("absent.csv"))
    intake_id = imported(song_list)
    with pytest.raises(NotAllowed):
        mark_undone(actor=FARIDA, at=AT, intake_id=intake_id)
    with pytest.raises(UnknownIntake):
        mark_undone(actor=CHEN, at=AT, intake_id=intake_id + 1)
    assert list_intakes().total == 1


@pytest.mark.django_db
def test_a_mapping_is_found_again_by_its_headers() -> None:
    headers, targets = ("Song", "Песня", "Title"), (TargetField("title"),)

    def save(header: str) -> MappingRow:
        mapping = ColumnMapping({"title": header})
        return save_mapping(actor=CHEN, at=AT, kind="usage", name="Radio Bishkek", headers=headers, mapping=mapping)

    assert choose_mapping("usage", headers, targets).source == "guessed"
    save("Song")
    saved = save("Песня")
    assert list_mappings("usage") == (saved,)
    assert get_mapping("usage", "Radio Bishkek") == saved == find_mapping("usage", header_fingerprint(headers[::-1]))
    found = choose_mapping("usage", headers[::-1], targets)
    assert (found.source, found.name, found.mapping.columns) == ("saved", "Radio Bishkek", {"title": "Песня"})
    assert choose_mapping("usage", headers, targets, ColumnMapping({})) == ChosenMapping(ColumnMapping({}), "given")
    assert choose_mapping("works", headers, targets).mapping.columns == {"title": "Title"}
    assert named_mapping("usage", "Radio Bishkek") == found.mapping
    with pytest.raises(BadFile, match="saved as 'x'") as refused:
        named_mapping("usage", "x")
    assert "'Radio Bishkek'" in refused.value.remedy
    with pytest.raises(BadFile) as refused:
        named_mapping("works", "x")
    assert "None is saved yet" in refused.value.remedy


@pytest.mark.django_db
def test_a_sealed_batch_opens_as_it_was(store: Path) -> None:
    first = seal_batch(at=AT, stage="usages", table=TABLE, sum_column="amount_micro")
    second = seal_batch(at=AT, stage="matches", table=TABLE.slice(0, 1), sum_column=None, parents=[first.id])
    assert open_batch(first.id).equals(TABLE)
    assert (first.sum_micro, first.row_count, second.sum_micro, second.parents) == (2**62 - 5, 3, 0, (first.id,))
    assert not Path(first.path).is_absolute()
    assert (store / first.path).exists()
    links = list(SealedBatch.objects.order_by("id").values_list("prev_chain", "chain"))
    assert links == [(FIRST_HASH, first.chain), (first.chain, second.chain)]
    assert get_batch(second.id) == second
    refuse_change("batches_sealedbatch", "row_count = 0")


@pytest.mark.django_db
def test_an_empty_table_can_be_sealed() -> None:
    batch = seal_batch(at=AT, stage="usages", table=TABLE.slice(0, 0), sum_column="amount_micro")
    assert open_batch(batch.id).num_rows == 0


@pytest.mark.django_db
def test_a_sum_beyond_64_bits_is_refused() -> None:
    table = pa.table({"a": pa.array([2**62, 2**62, 2**62], pa.int64())})
    with pytest.raises(OverflowError):
        seal_batch(at=AT, stage="usages", table=table, sum_column="a")
    assert SealedBatch.objects.count() == 0


@pytest.mark.django_db
def test_a_batch_that_was_tampered_with_does_not_open(store: Path) -> None:
    batch = seal_batch(at=AT, stage="usages", table=TABLE, sum_column="amount_micro")
    path = store / batch.path
    pq.write_table(TABLE.slice(0, 2), path)
    with pytest.raises(BrokenBatch, match="it has 2 rows"):
        open_batch(batch.id)
    amounts = pa.array([2**62, None, -6], pa.int64())
    pq.write_table(TABLE.set_column(3, "amount_micro", amounts), path)
    with pytest.raises(BrokenBatch, match="it sums to"):
        open_batch(batch.id)
    pq.write_table(TABLE.set_column(1, "title", pa.array(["Äh", "", "三"])), path)
    with pytest.raises(BrokenBatch, match="not those that were sealed"):
        open_batch(batch.id)
    path.write_bytes(b"PAR1 torn")
    with pytest.raises(BrokenBatch, match="unreadable"):
        open_batch(batch.id)
    path.unlink()
    with pytest.raises(BrokenBatch, match="missing"):
        open_batch(batch.id)
    with pytest.raises(BrokenBatch, match="never sealed"):
        open_batch(batch.id + 1)


@pytest.mark.django_db
def test_a_crash_between_file_and_row_leaves_a_file_that_does_no_harm(store: Path) -> None:
    with cut_off():
        sealed = seal_batch(at=AT, stage="usages", table=TABLE, sum_column=None)
    assert (store / sealed.path).exists()
    assert get_batch(sealed.id) is None
    again = seal_batch(at=AT, stage="usages", table=TABLE, sum_column=None)
    assert open_batch(again.id).equals(TABLE)


@pytest.mark.django_db
def test_a_failure_at_any_statement_leaves_nothing_half_written(song_list: Path) -> None:
    def take_in() -> None:
        imported(song_list)
        seal_batch(at=AT, stage="usages", table=TABLE, sum_column=None)

    failures = 0
    for _ in at_every_statement(take_in):
        failures += 1
        assert (list_intakes().total, SealedBatch.objects.count(), list_events().total) == (0, 0, 0)
    assert failures > 8
    assert list_intakes().rows[0].state is IntakeState.IMPORTED
    assert SealedBatch.objects.count() == 1
