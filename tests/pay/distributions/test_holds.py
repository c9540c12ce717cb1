"""Money that waits has a clock; a legal hold stops it, a closed window releases it exactly, by two persons."""

from datetime import UTC, date, datetime

import pytest

from muniment.pay.distributions import services
from muniment.pay.distributions.queries import hold_ages
from muniment.pay.distributions.rules import parse_policy
from muniment.pay.distributions.rules.holding import age_band, hold_clock, hold_rule
from muniment.pay.distributions.rules.policies.waiting import Release
from muniment.trust.access.rules import NotAllowed, SamePerson, operator
from muniment.trust.ledger.queries import balance, balances
from muniment.trust.ledger.rules import held, payable
from tests.cast import CHEN, DEWI, FARIDA
from tests.pay.distributions.society import RADIO
from tests.pay.distributions.test_adjust import adjust, learn, post, society, world  # noqa: F401 fixtures

pytestmark = pytest.mark.django_db

SCOPE = "run-1-pool-1"
IN_TIME = datetime(2029, 12, 30, tzinfo=UTC)
OVER = datetime(2029, 12, 31, tzinfo=UTC)
HOLDS = """
[[holds]]
reason = "{reason}"
clock = "collection_year_end"
claim_months = 36
release = "{release}"
{target}
"""


def pool_of(run):
    return hold_ages.aged_holds("EUR", on=OVER.date(), reason="UNCLAIMED")[0].pool_id


def with_release(monkeypatch, release, target=""):
    """Let the policy of every run release unclaimed money in one way."""
    from muniment.pay.distributions.queries.policies import get_policy

    text = get_policy("census-1").text + HOLDS.format(
        reason="UNCLAIMED", release=release, target=f'target = "{target}"' if target else ""
    )
    policy = parse_policy(text, "test")
    monkeypatch.setattr("muniment.pay.distributions.services.runs.get_policy", lambda name: policy)
    assert hold_rule(policy, "UNCLAIMED").release == release


def test_the_clock_runs_from_the_end_of_the_year_of_collection(world):  # noqa: F811
    society, _, _ = world  # noqa: F811
    post(society)
    found = {row.hold.reason: row for row in hold_ages.aged_holds("EUR", on=date(2028, 1, 31))}
    unclaimed = found["UNCLAIMED"]
    assert (unclaimed.clock.starts_on, unclaimed.clock.ends_on) == (date(2026, 12, 31), date(2029, 12, 31))
    assert (unclaimed.clock.listed_on, unclaimed.clock.public_on) == (date(2027, 12, 31), date(2028, 12, 31))
    assert (unclaimed.age_days, unclaimed.band) == (396, 2)
    sums = {row.reason: row.total_micro for row in hold_ages.age_sums(found.values())}
    assert sums == {reason: balance(held(reason, SCOPE), "EUR") for reason in ("UNCLAIMED", "UNMATCHED")}


def test_bands_are_those_of_the_page():
    assert [age_band(days) for days in (0, 89, 90, 364, 365, 730, 1_095, 9_999)] == [0, 0, 1, 1, 2, 3, 4, 4]


def test_before_the_window_closes_nothing_is_released(world):  # noqa: F811
    society, _, _ = world  # noqa: F811
    run = post(society)
    with pytest.raises(services.NotExpired, match="in time until 2029-12-31"):
        services.propose_expiry(actor=CHEN, at=IN_TIME, pool_id=pool_of(run), reason="UNCLAIMED")
    with pytest.raises(services.NotExpired, match="without an end"):
        services.propose_expiry(actor=CHEN, at=OVER, pool_id=pool_of(run), reason="DISPUTE")


def test_market_share_goes_to_the_payees_of_the_pool_to_the_micro_unit(world):  # noqa: F811
    society, aigul, _ = world  # noqa: F811
    run = post(society)
    before = balances("payable/", "EUR")
    waiting = balance(held("UNCLAIMED", SCOPE), "EUR")
    number = services.propose_expiry(actor=CHEN, at=OVER, pool_id=pool_of(run), reason="UNCLAIMED")
    with pytest.raises(NotAllowed):
        services.approve_expiry(actor=DEWI, at=OVER, expiry_id=number)
    with pytest.raises(SamePerson):
        services.approve_expiry(actor=operator("chen"), at=OVER, expiry_id=number)
    services.approve_expiry(actor=FARIDA, at=OVER, expiry_id=number)
    gains = {code: amount - before[code] for code, amount in balances("payable/", "EUR").items()}
    assert sum(gains.values()) == waiting
    assert balance(held("UNCLAIMED", SCOPE), "EUR") == 0
    share = gains[payable(aigul)] * sum(before.values()) - before[payable(aigul)] * waiting
    assert abs(share) < sum(before.values())
    with pytest.raises(services.BadExpiry, match="no such proposal"):
        services.approve_expiry(actor=FARIDA, at=OVER, expiry_id=number)


@pytest.mark.parametrize(
    ("release", "target", "account"),
    [
        ("pool_supplement", "", f"fund/{RADIO}"),
        ("pool_supplement", "radio/next", "fund/radio/next"),
        ("reduce_admin_fee", "", "deduction/fee_relief"),
        ("social_fund", "", "deduction/social"),
    ],
)
def test_a_policy_may_send_it_elsewhere(world, monkeypatch, release, target, account):  # noqa: F811
    with_release(monkeypatch, release, target)
    society, _, _ = world  # noqa: F811
    run = post(society)
    waiting, before = balance(held("UNCLAIMED", SCOPE), "EUR"), balance(account, "EUR")
    number = services.propose_expiry(actor=CHEN, at=OVER, pool_id=pool_of(run), reason="UNCLAIMED")
    services.approve_expiry(actor=FARIDA, at=OVER, expiry_id=number)
    assert balance(account, "EUR") == before + waiting
    assert Release(release) in set(Release)


def test_a_legal_hold_stops_releases_and_adjustments_until_another_lifts_it(world):  # noqa: F811
    society, _, bilal = world  # noqa: F811
    run = post(society)
    with pytest.raises(services.BadLegalHold, match="reason"):
        services.set_legal_hold(actor=CHEN, at=OVER, reason="UNCLAIMED", scope=SCOPE, currency="EUR", note=" ")
    stop = services.set_legal_hold(
        actor=CHEN, at=OVER, reason="UNCLAIMED", scope=SCOPE, currency="EUR", note="Court of Almaty, 12/2029"
    )
    with pytest.raises(services.LegalHoldStands):
        services.propose_expiry(actor=CHEN, at=OVER, pool_id=pool_of(run), reason="UNCLAIMED")
    learn(society, 2, (bilal, 300_000))
    with pytest.raises(services.LegalHoldStands):
        adjust(run)
    with pytest.raises(SamePerson):
        services.lift_legal_hold(actor=operator("chen"), at=OVER, legal_hold_id=stop)
    services.lift_legal_hold(actor=FARIDA, at=OVER, legal_hold_id=stop)
    assert hold_ages.list_legal_holds() == ()


def test_a_claim_after_the_window_comes_too_late_and_one_before_reopens_the_money(world):  # noqa: F811
    society, _, bilal = world  # noqa: F811
    run = post(society)
    number = services.propose_expiry(actor=CHEN, at=OVER, pool_id=pool_of(run), reason="UNCLAIMED")
    learn(society, 2, (bilal, 300_000), known_from=OVER)
    in_time = services.draft_adjustment(actor=CHEN, at=OVER, run_id=run.id, known_at=OVER)
    assert in_time.moved_micro > 0
    services.discard_adjustment(actor=CHEN, at=OVER, adjustment_id=in_time.id)
    services.approve_expiry(actor=FARIDA, at=OVER, expiry_id=number)
    with pytest.raises(services.NothingToAdjust, match="1 works that are left out"):
        services.draft_adjustment(actor=CHEN, at=OVER, run_id=run.id, known_at=OVER)
    assert services.replay_run(run_id=run.id) == run.digest


def test_an_open_release_is_withdrawn(world):  # noqa: F811
    society, _, _ = world  # noqa: F811
    run = post(society)
    number = services.propose_expiry(actor=CHEN, at=OVER, pool_id=pool_of(run), reason="UNMATCHED")
    with pytest.raises(services.BadExpiry, match="proposed already"):
        services.propose_expiry(actor=CHEN, at=OVER, pool_id=pool_of(run), reason="UNMATCHED")
    services.withdraw_expiry(actor=CHEN, at=OVER, expiry_id=number)
    assert hold_ages.list_expiries(waiting=True) == ()


def test_a_clock_without_an_end_has_no_days():
    rule = hold_rule(parse_policy_of_census(), "NO_PAYEE")
    clock = hold_clock(rule, received_on=date(2026, 5, 1), distributed_on=date(2026, 10, 5))
    assert (clock.starts_on, clock.ends_on, clock.listed_on) == (date(2026, 10, 5), None, None)
    assert not clock.is_over(date(2099, 1, 1))


def parse_policy_of_census():
    from muniment.pay.distributions.queries.policies import get_policy

    return get_policy("census-1")
