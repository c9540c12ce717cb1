"""Pools by worked figures: fallbacks, analogies, market shares, samples, claims, missing set lists."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from muniment.kernel.words.money import parse_amount
from muniment.pay.distributions.queries import get_policy
from muniment.pay.distributions.rules import BadPolicy, ClockStart, HoldRule, Release
from muniment.pay.distributions.rules.policies.counting import stratum_weights
from muniment.pay.distributions.rules.policies.pools import (
    PoolKind,
    PoolRule,
    Stratum,
    divide_claims,
    place_pools,
    withheld,
)
from muniment.pay.distributions.rules.policies.waiting import clock_start, months_after


def eur(text):
    return parse_amount(text, "EUR")


def placed(policy, amounts, points, currency="EUR"):
    found = place_pools(get_policy(policy).pools, {name: eur(text) for name, text in amounts.items()}, points, currency)
    return [(some.pool, some.on, some.amount_micro) for some in found]


def test_money_without_data_goes_by_the_usage_of_other_pools():
    """Shops: 70 % as the stations, 30 % as the small stations; of these no use was read, so they go as the stations."""
    assert placed("radio", {"shops": "1000"}, {"stations": 9, "small_stations": 3}) == [
        ("shops", "stations", eur("700")),
        ("shops", "small_stations", eur("300")),
    ]
    assert placed("radio", {"shops": "1000"}, {"stations": 9}) == [
        ("shops", "stations", eur("700")),
        ("shops", "stations", eur("300")),
    ]


def test_unclaimed_money_goes_by_what_the_reference_pools_come_to():
    points = {"stations": 9, "small_stations": 3}
    found = placed("radio", {"stations": "900", "small_stations": "300", "unmatched": "80"}, points)
    assert found[2:] == [("unmatched", "stations", eur("60")), ("unmatched", "small_stations", eur("20"))]


def test_without_any_usage_the_money_waits():
    assert placed("radio", {"small_stations": "10"}, {}) == [("small_stations", "", eur("10"))]


def test_a_small_fee_of_an_event_goes_to_the_pool_of_small_events():
    policy = get_policy("setlist").pools
    points = {"events": 5, "small_events": 7}
    for fee, on in {"299.99": "small_events", "300.00": "events"}.items():
        (found,) = place_pools(policy, {"events": parse_amount(fee, "AUD")}, points, "AUD")
        assert found.on == on


def test_an_unknown_pool_is_named():
    with pytest.raises(BadPolicy, match=r"no pool 'shop'\. Do you mean 'shops'"):
        placed("radio", {"shop": "1"}, {})


def test_a_sample_is_raised_by_its_strata():
    """Of 360 bars 30 are read, of 365 clubs 73: a bar stands for twelve, a club for five."""
    strata = (
        Stratum("bars", Fraction(30), Fraction(360), ("BAR-*",)),
        Stratum("clubs", Fraction(73), Fraction(365), ("CLUB-*", "DISCO")),
    )
    pool = PoolRule("live", PoolKind.SAMPLE, "", strata=strata)
    assert stratum_weights(pool, ["BAR-1", "DISCO", "HALL"]) == {"BAR-1": 12, "DISCO": 5}
    halves = PoolRule("live", PoolKind.SAMPLE, "", strata=(replace(strata[0], of=Fraction(45)), strata[1]))
    assert stratum_weights(halves, ["BAR-1", "CLUB-2"]) == {"BAR-1": 3, "CLUB-2": 10}


def test_claims_have_a_least_amount_that_the_others_pay():
    """EUR 100 by 1, 9 and 90 claims, at least 5 each: 5, then 95 by 9 to 90, which gives 8.636364 and 86.363636."""
    pool = PoolRule("claims", PoolKind.CLAIM_BASED, "", least_claim={"EUR": "5"})
    assert divide_claims(pool, eur("100"), {"a": 1, "b": 9, "c": 90}, "EUR") == {
        "a": eur("5"),
        "b": eur("8.636364"),
        "c": eur("86.363636"),
    }
    capped = PoolRule("claims", PoolKind.CLAIM_BASED, "", most_claim={"EUR": "40"})
    assert divide_claims(capped, eur("100"), {"a": 1, "b": 1}, "EUR") == {"a": eur("40"), "b": eur("40"), "": eur("20")}


def test_a_part_of_the_fee_waits_for_each_missing_set_list():
    pool = PoolRule("events", PoolKind.DIRECT, "", withhold=Fraction(1, 5))
    assert [withheld(pool, eur("100"), missing) for missing in (0, 1, 2, 9)] == [0, eur("20"), eur("40"), eur("100")]


def test_a_claim_window_runs_from_its_clock():
    rule = HoldRule("UNMATCHED", ClockStart.COLLECTION_YEAR_END, 36, Release.MARKET_SHARE, publish_months=12)
    starts = clock_start(rule.clock, {ClockStart.RECEIPT: date(2026, 5, 3)})
    assert starts == date(2026, 12, 31)
    assert rule.publishes_on(starts) == date(2027, 12, 31)
    assert rule.ends_on(starts) == date(2029, 12, 31)
    legal = HoldRule("DISPUTE", ClockStart.NOTICE, 36, Release.MARKET_SHARE, is_legal=True)
    assert legal.ends_on(starts) is None


@pytest.mark.parametrize(
    ("received", "year_ends", "expected"),
    [
        (date(2026, 3, 31), (3, 31), date(2026, 3, 31)),
        (date(2026, 4, 1), (3, 31), date(2027, 3, 31)),
        (date(2024, 2, 10), (2, 31), date(2024, 2, 29)),
    ],
)
def test_a_financial_year_may_end_on_any_day(received, year_ends, expected):
    assert clock_start(ClockStart.COLLECTION_YEAR_END, {ClockStart.RECEIPT: received}, year_ends) == expected


def test_months_later_is_the_same_day_or_the_last_of_a_shorter_month():
    assert months_after(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert months_after(date(2026, 12, 31), 36) == date(2029, 12, 31)
    assert months_after(date(2026, 12, 15), 1) == date(2027, 1, 15)
