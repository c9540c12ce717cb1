"""An adjustment books what was learnt since a run, and nothing else; the past stays as it was booked."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from muniment.interfaces.fsck.adjusted import check_adjustments
from muniment.kernel.words.shares import Right
from muniment.pay.distributions import queries, services
from muniment.pay.distributions.models import Adjustment, Recovery
from muniment.pay.distributions.queries import adjustments
from muniment.pay.distributions.rules import WrongState
from muniment.pay.distributions.services import recoveries
from muniment.rights.parties.services import name_successor
from muniment.rights.works.rules import ShareClaim
from muniment.trust.access.rules import NotAllowed, SamePerson, operator
from muniment.trust.batches.queries import BrokenBatch
from muniment.trust.ledger.queries import balance, balances, list_entries
from muniment.trust.ledger.rules import EntryDraft, TransferDraft, bank, held, payable, recoverable
from muniment.trust.ledger.services import post_entry
from tests.cast import CHEN, DEWI, FARIDA
from tests.pay.distributions.society import AT, RADIO, set_up

pytestmark = pytest.mark.django_db

LATER = AT + timedelta(days=60)
MUCH_LATER = AT + timedelta(days=120)


@pytest.fixture
def society(monkeypatch):
    return set_up(monkeypatch)


def post(society, *, known_at=AT, fund=RADIO, at=AT):
    run = services.draft_run(actor=CHEN, at=at, title="Radio", policy="census-1", fund_codes=[fund], known_at=known_at)
    services.compute_run(actor=CHEN, at=at, run_id=run.id)
    services.approve_run(actor=FARIDA, at=at, run_id=run.id)
    return services.post_run(actor=CHEN, at=at, run_id=run.id)


def adjust(run, *, known_at=LATER, at=LATER):
    row = services.draft_adjustment(actor=CHEN, at=at, run_id=run.id, known_at=known_at)
    services.approve_adjustment(actor=FARIDA, at=at, adjustment_id=row.id)
    return services.post_adjustment(actor=CHEN, at=at, adjustment_id=row.id)


def learn(society, work_id, *shares, known_from=LATER - timedelta(days=1), claim="late"):
    """Claim shares of a work that become known only later."""
    before = society.claims.get(work_id, ())
    society.claims[work_id] = before + tuple(
        ShareClaim(9_000 + len(before) + place, party, Right.PERFORMING, "2136", ppm, claim, known_from, role="CA")
        for place, (party, ppm) in enumerate(shares)
    )


def pay_out(party_id):
    """Pay what a payee is owed, as a payment batch would have done."""
    amount = balance(payable(party_id), "EUR")
    draft = EntryDraft(
        f"paid/{party_id}", "payment", AT.date(), "EUR", (TransferDraft(payable(party_id), bank(), amount),)
    )
    post_entry(actor=CHEN, at=AT, draft=draft)
    return amount


@pytest.fixture
def world(society):
    """Two works; half of the second is claimed by nobody."""
    aigul, bilal = society.member("Aigul Serik"), society.member("Bilal Khan", place=1)
    society.share(1, (aigul, 500_000), (bilal, 500_000))
    society.share(2, (aigul, 500_000))
    society.receive(RADIO, 1_000_000_000)
    society.report(RADIO, 11, [(1, 180, 1), (2, 120, 1), (None, 60, 1)])
    return society, aigul, bilal


def test_a_late_claim_is_paid_from_what_was_held(world):
    society, aigul, bilal = world
    run = post(society)
    before = balances("", "EUR")
    learn(society, 2, (bilal, 300_000))
    row = adjust(run)
    held_before = before[held("UNCLAIMED", "run-1-pool-1")]
    gain = balance(payable(bilal), "EUR") - before[payable(bilal)]
    assert gain == held_before * 300_000 // 500_000
    assert balance(held("UNCLAIMED", "run-1-pool-1"), "EUR") == held_before - gain
    assert balance(payable(aigul), "EUR") == before[payable(aigul)]
    assert (row.moved_micro, row.state) == (gain, "posted")


def test_original_and_adjustment_are_what_a_run_of_then_would_be(world):
    """The same usage at two instants differs by what was learnt between them, and by nothing else."""
    society, _, bilal = world
    run = post(society)
    learn(society, 2, (bilal, 300_000))
    learn(society, 1, (bilal, 250_000), known_from=MUCH_LATER, claim="too late to count")
    adjust(run)
    adjusted = {code: amount for code, amount in balances("", "EUR").items() if not code.startswith("fund/")}
    society.receive(RADIO, 1_000_000_000, key="a second time")
    fresh = post(society, known_at=LATER, at=LATER)
    total = balances("", "EUR")
    for floor in ("payable/", "deduction/"):
        for code in balances(floor, "EUR"):
            assert total[code] == 2 * adjusted[code]
    assert total[held("UNCLAIMED", f"run-{fresh.number}-pool-1")] == adjusted[held("UNCLAIMED", "run-1-pool-1")]


def test_history_stays_and_the_new_entry_points_at_the_old_line(world):
    society, _, bilal = world
    run = post(society)
    before = list_entries(limit=100).rows
    learn(society, 2, (bilal, 300_000))
    row = adjust(run)
    after = list_entries(limit=100).rows
    assert [entry for entry in after if entry.id <= before[0].id] == list(before)
    (added,) = [entry for entry in after if entry.id > before[0].id]
    assert (added.kind, f"batch {row.deltas_batch_id} to batch {row.allocations_batch_id}" in added.memo) == (
        "adjustment", True,
    )  # fmt: skip
    deltas = adjustments.list_deltas(row.id).rows
    assert sum(delta.delta_micro for delta in deltas) == 0
    assert {(delta.reason, delta.work_id, delta.report_id, delta.right) for delta in deltas} == {
        ("late_claim", 2, 11, "PR")
    }
    lines = queries.list_allocations(run.id, work_id=2).rows
    assert {delta.before_micro for delta in deltas} == {0, *(line.amount_micro for line in lines if not line.payee_id)}
    assert services.replay_run(run_id=run.id) == run.digest
    assert services.replay_adjustment(adjustment_id=row.id) == row.digest


def test_a_replay_against_changed_inputs_is_refused_and_names_the_batch(world, settings):
    society, _, bilal = world
    run = post(society)
    learn(society, 2, (bilal, 300_000))
    row = adjust(run)
    matches = Adjustment.objects.get(pk=row.id).matches_batch
    file = Path(settings.MUNIMENT_STORE) / matches.path
    file.write_bytes(file.read_bytes()[:-7] + b"changed")
    with pytest.raises(BrokenBatch, match=str(matches.pk)):
        services.replay_adjustment(adjustment_id=row.id)


def test_money_that_was_paid_out_is_recovered_from_later_amounts_up_to_a_cap(world):
    """Bilal was paid half of the first work; a counter-claim takes it, and half of each later amount settles it."""
    society, aigul, bilal = world
    run = post(society)
    paid = pay_out(bilal)
    learn(society, 1, (aigul, 1_000_000))
    row = adjust(run)
    (debt,) = adjustments.list_recoveries()
    lost = -next(move.amount_micro for move in adjustments.adjusted_payees(row.id) if move.party_id == bilal)
    assert (debt.party_id, debt.open_micro, balance(recoverable(bilal), "EUR")) == (bilal, lost, lost)
    assert 0 < lost <= paid
    assert balance(payable(bilal), "EUR") == 0
    society.claims[3] = ()
    society.share(3, (bilal, 1_000_000))
    society.receive("radio/B", 200_000_000)
    society.report("radio/B", 12, [(3, 60, 1)])
    later = post(society, known_at=LATER, at=LATER, fund="radio/B")
    gained = 200_000_000 * 85 // 100 * 95 // 100
    assert balance(payable(bilal), "EUR") == gained - gained // 2
    assert balance(recoverable(bilal), "EUR") == lost - gained // 2
    services.issue_statements(actor=CHEN, at=LATER, run_id=later.id)
    (statement,) = [row for row in queries.list_statements(run_id=later.id).rows if row.party_id == bilal]
    assert (statement.held_reason, statement.held_micro, statement.payable_micro) == (
        "RECOVERY", gained // 2, gained - gained // 2,
    )  # fmt: skip


def test_statements_of_an_adjustment_tie_below_zero_too(world):
    society, aigul, bilal = world
    run = post(society)
    pay_out(bilal)
    learn(society, 1, (aigul, 1_000_000))
    row = adjust(run)
    services.issue_adjustment_statements(actor=CHEN, at=LATER, adjustment_id=row.id)
    found = queries.list_statements(party_id=bilal).rows
    (statement,) = found
    assert (statement.number, statement.adjustment_id) == ("0001-A0001-000001", row.id)
    assert statement.gross_micro < 0 == statement.payable_micro
    assert statement.closing_micro == statement.opening_micro
    with pytest.raises(WrongState, match="issue statements for adjustment 1"):
        services.issue_adjustment_statements(actor=CHEN, at=LATER, adjustment_id=row.id)


def test_a_counter_claim_holds_the_contested_part_and_its_end_releases_it(world):
    society, _, bilal = world
    run = post(society)
    before = balances("payable/", "EUR")
    learn(society, 1, (bilal, 750_000), known_from=LATER - timedelta(days=9))
    first = adjust(run)
    contested = balance(held("DISPUTE", "run-1-pool-1"), "EUR")
    assert contested > 0
    assert {delta.reason for delta in adjustments.list_deltas(first.id).rows} == {"counter_claim"}
    resolved = tuple(
        claim if claim.claim != "late" else replace(claim, known_to=MUCH_LATER - timedelta(days=1))
        for claim in society.claims[1]
    )
    society.claims[1] = resolved
    second = adjust(run, known_at=MUCH_LATER, at=MUCH_LATER)
    assert balance(held("DISPUTE", "run-1-pool-1"), "EUR") == 0
    assert balances("payable/", "EUR") == before
    assert {delta.reason for delta in adjustments.list_deltas(second.id).rows} == {"conflict_resolved"}
    assert second.number == first.number + 1


def test_a_successor_learnt_late_gets_what_the_predecessor_had(world):
    society, aigul, _ = world
    run = post(society)
    heir = society.member("Heir of Aigul", place=2)
    before = balance(payable(aigul), "EUR")
    name_successor(
        actor=CHEN, at=LATER - timedelta(days=2), predecessor_id=aigul, successor_id=heir, valid_from=date(2026, 1, 1)
    )
    row = adjust(run)
    assert balance(payable(heir), "EUR") == before
    assert balance(payable(aigul), "EUR") == 0
    assert {delta.reason for delta in adjustments.list_deltas(row.id).rows} == {"successor"}


def test_two_persons_and_one_at_a_time(world):
    society, _, bilal = world
    run = post(society)
    learn(society, 2, (bilal, 300_000))
    with pytest.raises(NotAllowed):
        services.draft_adjustment(actor=DEWI, at=LATER, run_id=run.id, known_at=LATER)
    row = services.draft_adjustment(actor=CHEN, at=LATER, run_id=run.id, known_at=LATER)
    with pytest.raises(services.BadAdjustment, match="not booked yet"):
        services.draft_adjustment(actor=CHEN, at=LATER, run_id=run.id, known_at=LATER)
    with pytest.raises(WrongState, match="post adjustment 1: it is computed"):
        services.post_adjustment(actor=CHEN, at=LATER, adjustment_id=row.id)
    with pytest.raises(SamePerson):
        services.approve_adjustment(actor=operator("chen"), at=LATER, adjustment_id=row.id)
    services.approve_adjustment(actor=FARIDA, at=LATER, adjustment_id=row.id)
    services.post_adjustment(actor=CHEN, at=LATER, adjustment_id=row.id)
    with pytest.raises(WrongState):
        services.post_adjustment(actor=CHEN, at=LATER, adjustment_id=row.id)
    with pytest.raises(services.MoneyMovedOn, match="adjustment 1"):
        services.reverse_run(actor=FARIDA, at=LATER, run_id=run.id, reason="late")
    assert Adjustment.objects.count() == 1


def test_what_cannot_be_adjusted_says_why(world):
    society, _, bilal = world
    run = post(society)
    with pytest.raises(services.NothingToAdjust, match="comes to the same"):
        services.draft_adjustment(actor=CHEN, at=LATER, run_id=run.id, known_at=LATER)
    learn(society, 2, (bilal, 300_000))
    with pytest.raises(services.BadAdjustment, match="not before that instant"):
        services.draft_adjustment(actor=CHEN, at=LATER, run_id=run.id, known_at=AT)
    with pytest.raises(services.BadAdjustment, match="future"):
        services.draft_adjustment(actor=CHEN, at=LATER, run_id=run.id, known_at=MUCH_LATER)
    row = services.draft_adjustment(actor=CHEN, at=LATER, run_id=run.id, known_at=LATER)
    services.discard_adjustment(actor=CHEN, at=LATER, adjustment_id=row.id)
    assert services.draft_adjustment(actor=CHEN, at=LATER, run_id=run.id, known_at=LATER).number == 2


def test_what_nobody_can_recover_is_written_off_by_two(world):
    society, aigul, bilal = world
    run = post(society)
    pay_out(bilal)
    learn(society, 1, (aigul, 1_000_000))
    adjust(run)
    (debt,) = adjustments.list_recoveries()
    with pytest.raises(services.TooEarly, match="later amounts"):
        services.settle_by_reserve(actor=CHEN, at=LATER, recovery_id=debt.id)
    over = LATER + timedelta(days=800)
    with pytest.raises(services.NothingOwed, match="reserve is empty"):
        services.settle_by_reserve(actor=CHEN, at=over, recovery_id=debt.id)
    step = services.propose_write_off(actor=CHEN, at=over, recovery_id=debt.id, note="The payee has left.")
    with pytest.raises(SamePerson):
        services.approve_write_off(actor=operator("chen"), at=over, step_id=step)
    services.approve_write_off(actor=FARIDA, at=over, step_id=step)
    assert balance("writeoff", "EUR") == debt.amount_micro
    assert adjustments.list_recoveries() == ()
    found: list[str] = []
    assert check_adjustments(found.append) == "1 adjustments"
    assert found == []
    Recovery.objects.update(amount_micro=debt.amount_micro + 1)
    check_adjustments(found.append)
    assert found == [f"party {bilal} owes 1 by its recoveries, and recoverable/{bilal} holds 0"]


def test_debts_of_the_dead_pass_to_the_heirs_by_their_shares(world):
    society, aigul, bilal = world
    run = post(society)
    pay_out(bilal)
    learn(society, 1, (aigul, 1_000_000))
    adjust(run)
    (debt,) = adjustments.list_recoveries()
    heirs = {bilal: {aigul: 333_333, society.member("Dina Khan", place=2): 666_667}}
    assert recoveries.pass_debts(actor=CHEN, at=LATER, currency="EUR", heirs=heirs) == debt.open_micro
    assert recoveries.pass_debts(actor=CHEN, at=LATER, currency="EUR", heirs=heirs) == 0
    found = adjustments.list_recoveries()
    assert {row.party_id for row in found} == set(heirs[bilal])
    assert sum(row.amount_micro for row in found) == debt.open_micro
    assert [balance(recoverable(row.party_id), "EUR") for row in found] == [row.amount_micro for row in found]
    assert {(row.cap_ppm, row.ends_on) for row in found} == {(debt.cap_ppm, debt.ends_on)}
    assert balance(recoverable(bilal), "EUR") == 0
    wrong: list[str] = []
    check_adjustments(wrong.append)
    assert wrong == []
    (last, _) = found
    step = services.propose_write_off(actor=CHEN, at=LATER, recovery_id=last.id, note="The estate is insolvent.")
    services.approve_write_off(actor=FARIDA, at=LATER, step_id=step)
    assert balance(recoverable(last.party_id), "EUR") == 0
