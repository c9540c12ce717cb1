"""A society's quarter, from its files to paid members. Read this first: it is the whole of Muniment in one page."""

from pathlib import Path

import pytest

from muniment.interfaces.demo import write_demo_files
from muniment.interfaces.fsck import check_all
from muniment.pay.distributions.queries import pools_of, run_sums, statement_documents
from muniment.pay.distributions.services import replay_run
from muniment.trust.ledger.queries import balance, balances, trial_balance
from tests.flows.office import Office, day

pytestmark = pytest.mark.django_db


def test_a_quarter_from_its_files_to_paid_members(tmp_path: Path) -> None:
    # Files come in: members, works, publishers' registrations.
    office = Office(tmp_path, write_demo_files(tmp_path, members=40, works=120, seed=7))
    assert office.import_members(day(0)) >= 40
    assert office.import_works(day(1)) >= 120

    # Licensees are billed and pay; what they paid waits in funds.
    office.licence_and_invoice(day(2))
    office.receive_money(day(30))
    currency = office.manifest.currency
    received = balance("bank", currency)
    assert received > 0

    # They report what they used, and most of it finds its work.
    reports = office.import_usage(day(31))
    matches = office.match(reports, day(31))
    lines = sum(match.line_count for match in matches)
    assert sum(match.matched_count for match in matches) > 0.7 * lines

    # One person computes a run, a second approves it; every pool comes out to the micro-unit.
    run = office.distribute(day(32))
    sums = run_sums(run.id)
    assert sums.gross_micro == sums.deducted_micro + sums.payable_micro + sums.held_micro
    for pool in pools_of(run.id):
        assert pool.gross_micro == pool.deducted_micro + pool.payee_micro + pool.held_micro
    assert balance("deduction/administration", currency) > 0

    # Every payee gets a statement whose lines explain its sum.
    statements = list(statement_documents(run.id))
    assert sum(statement.summary.gross_micro for statement in statements) == sum(
        pool.payee_micro for pool in pools_of(run.id)
    )

    # The bank is asked to pay whole cents; what is below a cent stays on the account.
    owed = sum(balances("payable", currency).values())
    batch = office.pay(day(40))
    residue = balances("payable", currency).values()
    assert all(0 <= amount < 10_000 for amount in residue)
    assert balance(f"transit/{batch}", currency) == owed - sum(residue)
    assert office.confirm(batch, day(42)) > 0
    assert balance(f"transit/{batch}", currency) == 0
    assert balance("bank", currency) == received - owed + sum(residue)

    # Years later an auditor computes the run again and checks the books without our code.
    assert replay_run(run_id=run.id) == run.digest
    assert sum(row.debit_micro - row.credit_micro for row in trial_balance()) == 0
    assert [finding for finding in check_all() if finding.state != "ok"] == []
