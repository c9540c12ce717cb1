"""Policies as data: what is refused, and worked examples of deductions, points and minimums."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.kernel.words.allocation import split_exactly
from muniment.pay.distributions.queries import get_policy, list_policies
from muniment.pay.distributions.rules import (
    BadPolicy,
    Base,
    DeductionRule,
    DurationRule,
    PayeeStanding,
    PointsRule,
    UnknownUseKind,
    deduct,
    parse_policy,
    payee_outcome,
    points_of,
)

GOOD = """
code = "house"
version = 3
title = "House"
description = "For tests."
[points]
duration_rule = "second"
default_duration_ms = 180_000
minimum_duration_ms = 0
[points.use_weight_ppm]
feature = 1_000_000
[[deductions]]
name = "Administration"
account = "administration"
base = "gross"
rate_ppm = 100_000
[minimum_payout]
EUR = "5.00"
"""


def test_the_policies_of_the_package_can_be_read():
    policies = list_policies()
    assert len(policies) >= 15
    assert {"census-1", "concert-1", "flat-1", "performers-1", "streaming-1"} <= {policy.name for policy in policies}
    assert get_policy("census").version == 1
    assert get_policy("census").minimum_micro("EUR") == 5_000_000


def test_a_society_keeps_policies_of_its_own(settings):
    folder = settings.MUNIMENT_HOME / "policies"
    folder.mkdir(parents=True)
    (folder / "house-3.toml").write_text(GOOD)
    (folder / "house-4.toml").write_text(GOOD.replace("version = 3", "version = 4"))
    assert get_policy("house").name == "house-4"
    assert get_policy("house-3").version == 3
    (folder / "house-copy.toml").write_text(GOOD)
    with pytest.raises(BadPolicy, match="house-3 exists twice"):
        list_policies()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('base = "gross"\n', "", r"deductions\[1\]\.base: is not given, and it is never guessed"),
        ('base = "gross"', 'base = "all"', r"deductions\[1\]\.base: 'all' is unknown"),
        ("rate_ppm = 100_000", "rate_ppm = 0.1", r"deductions\[1\]\.rate_ppm: must be a whole number"),
        ("rate_ppm = 100_000", "rate_ppm = 1_000_001", "from 0 to 1000000"),
        ("rate_ppm = 100_000", "rate_ppm = -1", "from 0 to 1000000"),
        ("rate_ppm = 100_000", "rate_pmp = 100_000", r"rate_pmp: is not a key of a policy"),
        ('account = "administration"', 'account = "Ad min"', "is no account name"),
        ('duration_rule = "second"', 'duration_rule = "hour"', r"points\.duration_rule: 'hour' is unknown"),
        ("feature = 1_000_000", "feature = 0", "no kind of use has a weight"),
        ("feature = 1_000_000", "feature = true", "points.use_weight_ppm.feature: must be a whole number"),
        ('EUR = "5.00"', 'EUR = "-5.00"', "minimum_payout.EUR: -5.00 is negative"),
        ('EUR = "5.00"', 'XXQ = "5.00"', "'XXQ' is not a currency"),
        ('EUR = "5.00"', "EUR = 5.0", "minimum_payout.EUR: must be a text"),
        ("version = 3", "version = 0", "version: must be a whole number"),
        ('title = "House"', 'title = ""', "title: must be a text"),
        ("[minimum_payout]", "[minimum]", "minimum: is not a key"),
        ("code =", "code", "not a TOML file"),
    ],
)
def test_a_bad_policy_says_file_key_and_remedy(old, new, words):
    with pytest.raises(BadPolicy, match=words) as refused:
        parse_policy(GOOD.replace(old, new), "house.toml")
    assert refused.value.message.startswith("house.toml")
    assert refused.value.remedy


def test_two_deductions_on_one_account_and_more_than_everything_are_refused():
    second = '[[deductions]]\nname = "B"\naccount = "{}"\nbase = "gross"\nrate_ppm = {}\n[minimum_payout]'
    with pytest.raises(BadPolicy, match="used twice"):
        parse_policy(GOOD.replace("[minimum_payout]", second.format("administration", 1)), "house.toml")
    with pytest.raises(BadPolicy, match="more than 100 %"):
        parse_policy(GOOD.replace("[minimum_payout]", second.format("other", 900_001)), "house.toml")


def test_the_base_of_the_second_deduction_matters():
    """100,000.00 with a reserve of 0.25 %: 1.9 % of the whole is 1,900.00, of what is left 1,895.25."""
    reserve = DeductionRule("Reserve", "reserve", Base.GROSS, 2_500)
    of_gross = deduct(100_000_000_000, [reserve, DeductionRule("Arts", "arts", Base.GROSS, 19_000)])
    of_net = deduct(100_000_000_000, [reserve, DeductionRule("Arts", "arts", Base.NET, 19_000)])
    assert [step.amount_micro for step in of_gross] == [250_000_000, 1_900_000_000]
    assert [step.amount_micro for step in of_net] == [250_000_000, 1_895_250_000]


def test_a_chain_of_deductions_as_old_record_sales_had():
    """2,000.00, less 6.5 %, less 15 % of the rest: 1,589.50 is left."""
    steps = deduct(
        2_000_000_000,
        [DeductionRule("Tax", "tax", Base.GROSS, 65_000), DeductionRule("Costs", "costs", Base.NET, 150_000)],
    )
    assert [step.left_micro for step in steps] == [1_870_000_000, 1_589_500_000]


@given(st.integers(0, 10**15), st.lists(st.tuples(st.booleans(), st.integers(0, 200_000)), max_size=4))
@settings(max_examples=100, deadline=None)
def test_deductions_and_what_is_left_make_the_pool(gross_micro, rates):
    rules = [
        DeductionRule(str(at), f"d{at}", Base.GROSS if on_gross else Base.NET, rate_ppm)
        for at, (on_gross, rate_ppm) in enumerate(rates)
    ]
    steps = deduct(gross_micro, rules)
    left_micro = steps[-1].left_micro if steps else gross_micro
    assert sum(step.amount_micro for step in steps) + left_micro == gross_micro
    assert left_micro >= 0


def seconds(**weights):
    return PointsRule(DurationRule.SECOND, 180_000, 0, weights)


def test_points_per_second_with_weights():
    """Twenty seconds of a jingle at a quarter make 5, three minutes at one and a half make 270."""
    rule = seconds(jingle=250_000, feature=1_500_000)
    unit = rule.weight_unit_ppm
    assert points_of(rule, duration_ms=20_000, use_kind="jingle", use_count=1) * unit == 5_000_000
    assert points_of(rule, duration_ms=180_000, use_kind="feature", use_count=1) * unit == 270_000_000


def test_points_by_started_minute_with_a_minimum():
    rule = PointsRule(DurationRule.STARTED_MINUTE, 240_000, 120_000, {"live": 1_000_000})
    durations = {0: 2, 60_000: 2, 120_000: 2, 120_001: 3, 390_000: 7, None: 4}
    assert {
        duration_ms: points_of(rule, duration_ms=duration_ms, use_kind="live", use_count=1) for duration_ms in durations
    } == durations


def test_an_unknown_duration_counts_as_the_default_and_a_started_second_counts():
    rule = seconds(feature=1_000_000)
    assert points_of(rule, duration_ms=None, use_kind="feature", use_count=2) == 360
    assert points_of(rule, duration_ms=1, use_kind="feature", use_count=1) == 1
    assert points_of(rule, duration_ms=181_001, use_kind="feature", use_count=1) == 182


def test_a_flat_policy_counts_uses():
    rule = get_policy("flat").points
    assert points_of(rule, duration_ms=999_999, use_kind="background", use_count=7) == 7


def test_a_use_kind_without_a_weight_is_no_guess():
    with pytest.raises(UnknownUseKind, match="'theme'"):
        points_of(seconds(feature=1), duration_ms=1, use_kind="theme", use_count=1)


def test_thirds_of_a_hundred_euro():
    """Author, composer and publisher with 4/12 each; the odd cent goes to the first."""
    assert split_exactly(10_000, [4, 4, 4]) == [3_334, 3_333, 3_333]
    assert split_exactly(10_000, [2, 7, 7, 8]) == [833, 2_917, 2_917, 3_333]


def test_decimal_points_divide_ten_thousand():
    """Points of 4.1, 11, 82 and 0.3 in tenths share 10,000.00."""
    assert split_exactly(1_000_000, [41, 110, 820, 3]) == [42_095, 112_936, 841_889, 3_080]


@pytest.mark.parametrize(
    ("has_bank", "before", "waiting", "amount", "outcome"),
    [
        (True, 0, 0, 29_990_000, "BELOW_MIN"),
        (True, 0, 0, 30_000_000, "PAYABLE"),
        (True, 0, 1, 29_999_999, "PAYABLE"),
        (True, 1, 0, 29_999_999, "PAYABLE"),
        (True, 0, 0, 29_999_999, "BELOW_MIN"),
        (False, 0, 0, 90_000_000, "NO_PAYEE"),
    ],
)
def test_the_minimum_is_reached_by_everything_coming(has_bank, before, waiting, amount, outcome):
    """A minimum of 30.00: exactly 30.00 is paid, 29.99 waits, what waited before counts."""
    assert payee_outcome(PayeeStanding(1, has_bank, before, waiting), amount, 30_000_000) == outcome


def rule_of(points):
    """Return the points rule that a text says, with one weight for features."""
    start = GOOD.index("[points]")
    kept = points + "default_duration_ms = 180_000\nminimum_duration_ms = 0\n[points.use_weight]\nfeature = 1\n"
    tables, _, keys = kept.partition("[points.use_weight]")
    text = GOOD[:start] + "[points]\n" + tables + "[points.use_weight]" + keys
    return parse_policy(text + GOOD[GOOD.index("[[deductions]]") :], "house.toml").points


def test_each_started_block_of_five_minutes_counts_as_a_work():
    """6:30 are two works; exactly 5:00 is one."""
    rule = rule_of('duration_rule = "block"\nblock_ms = 300_000\n')
    found = [points_of(rule, duration_ms=ms, use_kind="feature", use_count=1) for ms in (300_000, 300_001, 390_000)]
    assert found == [1, 2, 2]


def test_a_longest_duration_and_the_exact_one():
    rule = rule_of('duration_rule = "millisecond"\nmaximum_duration_ms = 600_000\n')
    found = [points_of(rule, duration_ms=ms, use_kind="feature", use_count=1) for ms in (1, 600_000, 700_000, None)]
    assert found == [1, 600_000, 600_000, 180_000]


def test_uses_weigh_by_the_time_of_day_and_the_station():
    """At night a minute counts half, on the second station double."""
    weights = "".join(
        f'[[points.time_weights]]\nfrom = "{start}"\nto = "{end}"\nweight = "{weight}"\n'
        for start, end, weight in (("00:00", "06:00", "0.5"), ("06:00", "24:00", "1"))
    )
    stations = "[points.station_weight]\nnorth = 1\nsouth = 2\n"
    policy = parse_policy(GOOD.replace("[[deductions]]", weights + stations + "[[deductions]]"), "house.toml")
    rule = policy.points

    def points(minute, station):
        found = points_of(
            rule, duration_ms=60_000, use_kind="feature", use_count=1, minute_of_day=minute, station=station
        )
        return found * rule.point_unit

    assert [points(0, "north"), points(359, "north"), points(360, "north"), points(1_439, "south")] == [30, 30, 60, 120]
    with pytest.raises(UnknownUseKind, match="no time of day"):
        points(None, "north")
    with pytest.raises(UnknownUseKind, match="the station 'nort'"):
        points(1, "nort")
