"""Runs with groups of owners and with portions, and what is learnt after them: by figures worked out by hand."""

from datetime import timedelta

import pytest

from muniment.kernel.words.shares import Right
from muniment.pay.distributions import queries, services
from muniment.pay.distributions.services import adjusting, computing, matched
from muniment.rights.works.rules import ShareClaim
from muniment.trust.ledger.queries import balance
from muniment.trust.ledger.rules import held, payable
from tests.cast import CHEN, FARIDA
from tests.pay.distributions.society import AT, set_up

pytestmark = pytest.mark.django_db

RECORDINGS = "recordings/PPL/2026-Q3"
STATIONS, SMALL, SHOPS = "radio/KVARTS/2026-Q3", "small-radio/TAU/2026-Q3", "background/BAZAR/2026-Q3"
LATER = AT + timedelta(days=60)
ONE = 1_000_000


@pytest.fixture
def society(monkeypatch):
    built = set_up(monkeypatch)
    monkeypatch.setattr(computing, "reported_funds", lambda: set(built.reports))
    return built


def posted(policy, currency, *funds):
    run = services.draft_run(
        actor=CHEN, at=AT, title="Q3", policy=policy, fund_codes=funds, known_at=AT, currency=currency
    )
    services.compute_run(actor=CHEN, at=AT, run_id=run.id)
    assert queries.verify_run(run.id).agrees
    services.approve_run(actor=FARIDA, at=AT, run_id=run.id)
    return services.post_run(actor=CHEN, at=AT, run_id=run.id)


def test_a_late_session_musician_takes_seven_percent_by_an_adjustment(society):
    """GBP 425 of the performers: first all for the featured one, then 65/72 and 7/72 of it; the owner keeps 425."""
    owner, featured, session = society.member("Label"), society.member("Dana", place=1), society.member("Emre", place=2)
    society.share(7, (owner, 500_000), role="RO")
    society.share(7, (featured, 300_000), role="FP")
    society.receive(RECORDINGS, 1_000 * ONE, "GBP")
    society.report(RECORDINGS, 11, [(7, 180, 1)])
    run = posted("performers", "GBP", RECORDINGS)
    # a fifth of the work is claimed by nobody: of 850 it keeps 170, and the groups divide 680
    assert balance(held("UNCLAIMED", "run-1-pool-1"), "GBP") == 170 * ONE
    assert balance(payable(featured), "GBP") == balance(payable(owner), "GBP") == 340 * ONE
    late = ShareClaim(9_000, session, Right.PERFORMING, "2136", 200_000, "late", LATER - timedelta(days=1), role="NP")
    society.claims[7] += (late,)
    row = services.draft_adjustment(actor=CHEN, at=LATER, run_id=run.id, known_at=LATER)
    services.approve_adjustment(actor=FARIDA, at=LATER, adjustment_id=row.id)
    services.post_adjustment(actor=CHEN, at=LATER, adjustment_id=row.id)
    assert services.replay_adjustment(adjustment_id=row.id) == adjusting.Adjustment.objects.get(pk=row.id).digest
    assert balance(held("UNCLAIMED", "run-1-pool-1"), "GBP") == 0
    assert balance(payable(owner), "GBP") == 425 * ONE
    assert balance(payable(featured), "GBP") == 383_680_555
    assert balance(payable(session), "GBP") == 41_319_445


def test_unmatched_money_of_each_portion_goes_to_the_work_that_is_found(society, monkeypatch):
    """Shops, CHF 807.50 net: 565.25 by the stations, half unmatched, and 242.25 by the small ones, all unmatched."""
    aigul, bilal = society.member("Aigul"), society.member("Bilal", place=1)
    society.share(1, (aigul, 1_000_000))
    society.share(2, (bilal, 1_000_000))
    society.receive(SHOPS, 1_000 * ONE, "CHF")
    first = society.report(STATIONS, 1, [(1, 60, 1), (None, 60, 1)])
    second = society.report(SMALL, 2, [(None, 30, 1)])
    run = posted("radio", "CHF", SHOPS)
    assert balance(payable(aigul), "CHF") == 282_625_000
    assert balance(held("UNMATCHED", "run-1-pool-1"), "CHF") == 282_625_000 + 242_250_000
    found = {1: society.report("elsewhere", 1, [(1, 60, 1), (2, 60, 1)]), 2: second}
    monkeypatch.setattr(matched, "latest_match", lambda report_id: _Match(found[report_id].matches_batch_id))
    (released,) = services.release_matched(actor=CHEN, at=LATER, run_id=run.id)
    assert released.amount_micro == balance(payable(bilal), "CHF") == 282_625_000
    assert balance(held("UNMATCHED", "run-1-pool-1"), "CHF") == 242_250_000
    assert first.report_id == 1


class _Match:
    def __init__(self, batch_id):
        self.batch_id = batch_id
