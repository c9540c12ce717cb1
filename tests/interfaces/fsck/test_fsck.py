"""Break one thing of each kind, as somebody with the keys to the machine could, and see it named."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.db import IntegrityError, connection, transaction

from muniment.interfaces.fsck import CHECKS, State, check_all
from muniment.interfaces.fsck.reading import table_digest
from muniment.kernel.columns.tables import digest_table
from muniment.trust.access.services import record_event
from muniment.trust.access.triggers import create_sql, drop_sql
from muniment.trust.batches.services import finish_intake, receive_file, seal_batch
from muniment.trust.ledger.rules import EntryDraft, TransferDraft
from muniment.trust.ledger.services import post_entries
from muniment.trust.ledger.triggers import drop_guard
from tests.cast import CHEN

AT = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
TABLE = pa.table(
    {
        "id": pa.array([1, 2, None], pa.int64()),
        "small": pa.array([-1, 2, 3], pa.int32()),
        "title": pa.array(["Äh", None, ""], pa.string()),
        "used_on": pa.array([date(2026, 1, 1), None, date(1969, 1, 1)], pa.date32()),
        "live": pa.array([True, None, False], pa.bool_()),
    }
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def house(tmp_path: Path) -> None:
    """Fill the books, the trail and the store with a little of everything."""
    for number in range(3):
        record_event(actor=CHEN, at=AT, tag="work.changed", subject_kind="work", subject_id=number, after={"n": number})
    post_entries(
        actor=CHEN,
        at=AT,
        drafts=[
            EntryDraft(
                f"k{number}",
                "receipt",
                date(2026, 3, 31),
                "EUR",
                (TransferDraft("bank", "fund/دل", number), TransferDraft("fund/دل", "payable/1", 1)),
                "",
            )
            for number in (1, 2, 3)
        ],
    )
    first = seal_batch(at=AT, stage="usages", table=TABLE, sum_column="id")
    seal_batch(at=AT, stage="matches", table=TABLE.slice(1), sum_column=None, parents=[first.id])
    sent = tmp_path / "sent.csv"
    sent.write_text("title\nOne\n")
    intake = receive_file(actor=CHEN, at=AT, kind="usage.table", path=sent)
    finish_intake(actor=CHEN, at=AT, intake_id=intake.id, line_count=1, good_count=1, problems=[])


@contextmanager
def unguarded(table: str) -> Iterator[None]:
    """Take the triggers of a table away for a moment, as its owner can."""
    with connection.cursor() as cursor:
        for statement in drop_sql(connection.vendor, table):
            cursor.execute(statement)
    yield
    with connection.cursor() as cursor:
        for statement in create_sql(connection.vendor, table):
            cursor.execute(statement)


def tamper(table: str, statement: str) -> None:
    """Run a statement behind the house's back."""
    with unguarded(table), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(statement)


def broken() -> dict[str, str]:
    """Return what is broken: the check's name and all its details."""
    found: dict[str, str] = {}
    for row in check_all():
        if row.state is State.BROKEN:
            found[row.name] = f"{found.get(row.name, '')}{row.detail}\n"
    return found


def entry_id(key: str) -> int:
    """Return the number of an entry."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM ledger_entry WHERE idempotency_key = %s", [key])
        number: int = cursor.fetchone()[0]
        return number


def test_a_sound_house_has_one_good_row_for_each_check() -> None:
    findings = check_all()
    assert [(row.name, row.state) for row in findings] == [(name, State.OK) for name, _ in CHECKS]
    assert {row.name: row.detail for row in findings}["entries"] == "3 entries"


def test_the_two_digests_of_a_table_agree() -> None:
    for table in (TABLE, TABLE.slice(0, 0), TABLE.slice(1), pa.concat_tables([TABLE, TABLE.slice(2)])):
        assert table_digest(table) == digest_table(table)


@pytest.mark.parametrize(
    ("table", "statement", "check", "word"),
    [
        ("ledger_transfer", "UPDATE ledger_transfer SET amount_micro = 7 WHERE amount_micro = 3", "entries", "k3"),
        ("ledger_entry", "UPDATE ledger_entry SET memo = 'x' WHERE idempotency_key = 'k2'", "entries", "k2"),
        ("ledger_entry", "UPDATE ledger_entry SET recorded_by = 'x' WHERE idempotency_key = 'k2'", "entries", "who"),
        ("ledger_account", "UPDATE ledger_account SET code = 'payable/2' WHERE code = 'payable/1'", "entries", "k1"),
        ("ledger_account", "UPDATE ledger_account SET currency = 'PKR' WHERE code = 'bank'", "transfers", "currency"),
        ("ledger_account", "UPDATE ledger_account SET kind = 'income' WHERE code = 'bank'", "accounts", "bank"),
        ("access_auditevent", "UPDATE access_auditevent SET after = '{}' WHERE seq = 2", "audit trail", "event 2"),
        ("access_auditevent", "DELETE FROM access_auditevent WHERE seq = 2", "audit trail", "event 3"),
        ("access_auditevent", "DELETE FROM access_auditevent WHERE seq = 5", "audit trail", "should end with event 5"),
        ("batches_sealedbatch", "UPDATE batches_sealedbatch SET row_count = 9", "batch chain", "not what was sealed"),
        ("batches_sealedbatch", "UPDATE batches_sealedbatch SET row_count = 9", "batch files", "9"),
        ("batches_sealedbatch", "DELETE FROM batches_sealedbatch WHERE stage = 'usages'", "batch chain", "not follow"),
    ],
)
def test_what_is_changed_is_named(table: str, statement: str, check: str, word: str) -> None:
    tamper(table, statement)
    assert word in broken()[check]


def test_a_removed_last_entry_is_missed() -> None:
    number = entry_id("k3")
    tamper("ledger_transfer", f"DELETE FROM ledger_transfer WHERE entry_id = {number}")
    assert f"entry {number}" in broken()["entries"]
    tamper("ledger_entry", f"DELETE FROM ledger_entry WHERE id = {number}")
    assert "should have 3 links" in broken()["entries"]


def test_a_transfer_slipped_into_an_old_entry_is_found() -> None:
    number = entry_id("k1")
    slip = (
        "INSERT INTO ledger_transfer (entry_id, debit_id, credit_id, amount_micro)"
        " SELECT entry_id, debit_id, credit_id, 5 FROM ledger_transfer WHERE entry_id = %s AND amount_micro = 1"
        " ORDER BY id LIMIT 1"
    )
    with pytest.raises(IntegrityError, match="does not fit"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(slip, [number])
    with connection.cursor() as cursor:
        for statement in drop_guard(connection.vendor):
            cursor.execute(statement)
        cursor.execute(slip, [number])
    assert f"entry {number}: transfer" in broken()["transfers"]


def test_a_hold_that_gave_more_than_it_held_is_named() -> None:
    given = EntryDraft("g", "test", AT.date(), "EUR", (TransferDraft("held/DISPUTE/run-1", "payable/1", 9),))
    post_entries(actor=CHEN, at=AT, drafts=[given])
    assert "held/DISPUTE/run-1 gave 9 micro-units more" in broken()["accounts"]


def test_files_that_were_changed_or_lost_are_named(store: Path) -> None:
    usages, matches = next(store.glob("usages/*")), next(store.glob("matches/*"))
    pq.write_table(TABLE.set_column(2, "title", pa.array(["Äh", "", ""])), usages)
    matches.unlink()
    next(store.glob("files/*")).write_text("something else")
    found = broken()
    assert "does not hold the rows" in found["batch files"]
    assert "missing" in found["batch files"]
    assert "was changed" in found["received files"]
    next(store.glob("files/*")).unlink()
    assert "is missing" in broken()["received files"]


def test_an_orphan_is_counted_and_breaks_nothing(store: Path) -> None:
    (store / "usages" / "left.parquet.unfinished").write_bytes(b"half")
    findings = {row.name: row for row in check_all()}
    assert findings["orphans"].state is State.OK
    assert "usages/left.parquet.unfinished" in findings["orphans"].detail
