"""Distributions and payments: break one tie of each kind and see it named."""

from pathlib import Path

import pytest
from django.db import connection

from muniment.interfaces.fsck import State, check_all
from muniment.pay.distributions.services import approve_run, compute_run, draft_run, issue_statements, post_run
from muniment.pay.payments.services import confirm_payments
from muniment.trust.ledger.rules import EntryDraft, TransferDraft
from muniment.trust.ledger.services import post_entry
from tests.cast import CHEN, FARIDA
from tests.pay.distributions.society import AT, RADIO, set_up
from tests.pay.payments.world import NOW, approved, drafted, payee, write_confirmations

pytestmark = pytest.mark.django_db

EURO = 1_000_000


def broken(check: str) -> str:
    """Return what one check says is broken, and assert that no other check says anything."""
    rows = [row for row in check_all() if row.state is State.BROKEN]
    assert {row.name for row in rows} <= {check}
    return "\n".join(row.detail for row in rows)


def change(statement: str, *values: object) -> None:
    """Run a statement behind the house's back."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(statement, values)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> int:
    """Distribute a fund to two members, with a work that nobody knows, and return the run's id."""
    society = set_up(monkeypatch)
    society.share(1, (society.member("Aigul"), 600_000), (society.member("Bilal", place=1), 400_000))
    society.receive(RADIO, 1000 * EURO + 7)
    society.report(RADIO, 1, [(1, 180, 3), (None, 60, 1)])
    drafted_run = draft_run(actor=CHEN, at=AT, title="Radio", policy="census-1", fund_codes=[RADIO], known_at=AT)
    compute_run(actor=CHEN, at=AT, run_id=drafted_run.id)
    approve_run(actor=FARIDA, at=AT, run_id=drafted_run.id)
    post_run(actor=CHEN, at=AT, run_id=drafted_run.id)
    issue_statements(actor=CHEN, at=AT, run_id=drafted_run.id)
    return drafted_run.id


def test_a_sound_distribution_ties(run: int) -> None:
    assert broken("") == ""
    assert {row.name: row.detail for row in check_all()}["distributions"] == "1 runs, 1 pools"


def test_a_changed_payee_total_is_named(run: int) -> None:
    change("UPDATE distributions_payeetotal SET amount_micro = amount_micro + 1")
    assert f"run 1, pool {RADIO}: {1000 * EURO + 7} is not" in broken_in("distributions")


def test_a_changed_hold_is_named(run: int) -> None:
    change("UPDATE distributions_heldtotal SET amount_micro = amount_micro + 1")
    assert "is held for UNMATCHED, and the allocations say" in broken("distributions")


def test_a_changed_deduction_is_named(run: int) -> None:
    change("UPDATE distributions_deduction SET amount_micro = amount_micro + 1")
    assert "its deductions sum to" in broken("distributions")


def test_a_pool_that_says_another_net_amount_is_named(run: int) -> None:
    change("UPDATE distributions_pool SET net_micro = net_micro - 1, gross_micro = gross_micro - 1")
    found = broken("distributions")
    assert "the allocations do not sum to its net amount" in found
    assert "does not take" in found


def test_a_pool_without_its_entry_is_named(run: int) -> None:
    change("UPDATE distributions_pool SET entry_id = NULL")
    assert "is booked without an entry" in broken("distributions")


def test_a_changed_statement_is_named(run: int) -> None:
    change(
        "UPDATE distributions_statement SET gross_micro = gross_micro + 1, payable_micro = payable_micro + 1,"
        " closing_micro = closing_micro + 1"
    )
    assert "run 1: its statements sum to" in broken("statements")


def broken_in(check: str) -> str:
    """Return what one check says is broken, whatever the others say."""
    return "\n".join(row.detail for row in check_all() if row.name == check and row.state is State.BROKEN)


def test_sound_payments_tie_at_every_stage(tmp_path: Path) -> None:
    payee("Aigul", balance_micro=12 * EURO, account=1)
    payee("Bilal", balance_micro=34 * EURO + 5, account=2)
    batch_id = approved()
    assert broken("") == ""
    with connection.cursor() as cursor:
        cursor.execute("SELECT end_to_end_id FROM payments_paymentorder ORDER BY id")
        first, second = (row[0] for row in cursor.fetchall())
    confirm_payments(actor=FARIDA, at=NOW, path=write_confirmations(tmp_path, f"{first},paid,2026-10-21,"))
    assert broken("") == ""
    confirm_payments(
        actor=FARIDA, at=NOW, path=write_confirmations(tmp_path, f"{second},returned,2026-10-21,closed", name="b.csv")
    )
    assert broken("") == ""
    change("UPDATE payments_paymentorder SET state = 'ordered' WHERE end_to_end_id = %s", first)
    assert f"payment batch {batch_id}: 0 is in transit, and {12 * EURO} is still to be confirmed" in broken("payments")


def test_orders_that_do_not_sum_to_their_batch_are_named() -> None:
    payee("Aigul", balance_micro=12 * EURO, account=1)
    batch_id = drafted()
    change("UPDATE payments_paymentbatch SET total_micro = total_micro + 10000")
    assert f"payment batch {batch_id}: its orders sum to {12 * EURO}" in broken("payments")


def test_money_in_transit_without_an_order_is_named() -> None:
    payee("Aigul", balance_micro=12 * EURO, account=1)
    batch_id = approved()
    stray = (TransferDraft("fund/radio", f"transit/{batch_id}", 5),)
    post_entry(actor=CHEN, at=NOW, draft=EntryDraft("stray", "test", NOW.date(), "EUR", stray))
    assert f"{12 * EURO + 5} went into transit/{batch_id}" in broken("payments")
