"""An adjustment books what was learnt since a run, and nothing else; the past stays as it was booked."""

from datetime import UTC, datetime, timedelta

import pytest

from muniment.kernel.words.shares import Right
from muniment.pay.distributions import queries, services
from muniment.pay.distributions.models import Adjustment, Recovery
from muniment.pay.distributions.queries import adjustments
from muniment.pay.distributions.rules import WrongState
from muniment.pay.distributions.rules.adjusting import StaleAdjustment
from muniment.rights.parties.services import give_mandate, name_successor
from muniment.rights.works.rules import ShareClaim
from muniment.trust.access.rules import NotAllowed, SamePerson
from muniment.trust.ledger.queries import balance, balances, list_entries, trial_balance
from muniment.trust.ledger.rules import EntryDraft, TransferDraft, bank, held, payable, recoverable
from muniment.trust.ledger.services import post_entry
from tests.cast import CHEN, DEWI, FARIDA
from tests.pay.distributions.society import AT, LONG_AGO, RADIO, set_up

pytestmark = pytest.mark.django_db

LATER = AT + timedelta(days=60)
MUCH_LATER = AT + timedelta(days=120)


@pytest.fixture
def society(monkeypatch):
    return set_up(monkeypatch)


def post(society, *, known_at=AT, fund=RADIO, at=AT):
    run = services.draft_run(
        actor=CHEN, at=at, title="Radio", policy="census-1", fund_codes=[fund], known_at=known_at
    )
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
