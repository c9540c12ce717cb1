"""Whatever a policy divides sums to what there was, for any figures; and no order of the lines matters."""

from dataclasses import replace
from fractions import Fraction

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from muniment.pay.distributions.rules import (
    Base,
    DeductionRule,
    DurationRule,
    Measure,
    PointsRule,
    deduct,
    points_of,
    work_points,
)
from muniment.pay.distributions.rules.policies.numbers import Direction, Rounding, format_number, parse_number
from muniment.pay.distributions.rules.policies.points import DegressiveBand, whole_weights
from muniment.pay.distributions.rules.policies.pools import (
    FundUsage,
    PoolKind,
    PoolRule,
    divide_claims,
    place_fund,
    place_pools,
)
from muniment.pay.distributions.rules.policies.recipients import SplitPart, SplitRule, Ties, divide
from muniment.pay.distributions.rules.policies.worked import ExampleLine, divide_lines, points_of_line

AMOUNTS = st.integers(0, 10**15)
RATES = st.fractions(0, Fraction(1, 5), max_denominator=10_000)
quick = settings(max_examples=100, deadline=None)


@given(AMOUNTS, st.integers(0, 9), st.sampled_from([1, 10_000]), st.sampled_from(list(Ties)))
@quick
def test_a_split_by_head_with_a_cap_gives_the_whole(amount, heads, quantum, ties):
    parts = (
        SplitPart("featured", share=Fraction(13, 20)),
        SplitPart("other", each=Fraction(7, 100), cap=Fraction(7, 20)),
    )
    rule = SplitRule("performers", "", parts, "pro_rata", ties)
    portions = divide({"performers": rule}, "performers", amount, {"other": heads}, quantum)
    assert sum(portion.amount for portion in portions) == amount
    assert sum(portion.part for portion in portions) == 1
    assert len(portions) == heads + 1


@given(
    st.integers(-(10**15), 10**15),
    st.lists(st.integers(0, 10_000), min_size=1, max_size=6),
    st.lists(st.integers(0, 100), min_size=1, max_size=5),
    st.sampled_from([1, 10_000]),
)
@quick
def test_a_split_of_a_split_gives_the_whole_of_either_sign(amount, weights, inner, quantum):
    assume(any(weights) and any(inner))
    outer = SplitRule(
        "outer",
        "",
        tuple(
            SplitPart(f"group_{at}", weight=Fraction(weight, 100), split="inner" if at == 0 else "")
            for at, weight in enumerate(weights)
        ),
    )
    rules = {"outer": outer, "inner": SplitRule("inner", "", (SplitPart("heads", share=Fraction(1)),))}
    portions = divide(rules, "outer", amount, {"heads": inner}, quantum)
    assert sum(portion.amount for portion in portions) == amount
    for portion in portions:
        if portion.path[0] != "group_0":
            exact = amount * portion.part
            assert abs(portion.amount - exact) < 2 * quantum


def test_what_fills_no_cent_goes_to_somebody_who_has_a_part():
    rule = SplitRule("s", "", (SplitPart("nobody", weight=Fraction(0)), SplitPart("all", weight=Fraction(1))))
    assert [portion.amount for portion in divide({"s": rule}, "s", 12_345, quantum=10_000)] == [0, 12_345]
    points = PointsRule(DurationRule.SECOND, 0, 0, {"feature": 1_000_000})
    lines = [ExampleLine("feature", 0), ExampleLine("feature", 1_000)]
    assert divide_lines(points, 12_345, lines, 10_000) == [0, 12_345]


@given(AMOUNTS, st.lists(st.tuples(st.integers(0, 4), RATES, st.booleans()), max_size=5))
@quick
def test_deductions_of_any_base_and_what_is_left_make_the_amount(amount, rows):
    rules = []
    for at, (base, rate, included) in enumerate(rows):
        of = f"step_{at - 1}" if base > 1 and at else ""
        measure = Measure.LEFT if base < 4 else Measure.TAKEN
        kind = Base.GROSS if base == 0 else Base.NET
        rules.append(
            DeductionRule(f"{at}", f"step_{at}", kind, 0, of=of, measure=measure, rate=rate, is_included=included)
        )
    steps = deduct(amount, rules)
    left = steps[-1].left_micro if steps else amount
    assert sum(step.amount_micro for step in steps) + left == amount
    assert left >= 0
    for step in steps:
        assert 0 <= step.base_micro * step.rule.exact_rate - step.amount_micro < 1


LINES = st.lists(
    st.builds(
        ExampleLine,
        st.sampled_from(["feature", "jingle"]),
        st.none() | st.integers(0, 10_000_000),
        st.integers(1, 10**6),
    ),
    min_size=1,
    max_size=8,
)


@given(AMOUNTS, LINES, st.sampled_from(list(DurationRule)), st.randoms(use_true_random=False))
@quick
def test_lines_divide_the_whole_in_any_order(amount, lines, duration_rule, random):
    rule = PointsRule(
        duration_rule, 180_000, 1, {"feature": 1_500_000, "jingle": 250_000}, block_ms=300_000, first_ms=300_000,
        block_units_ppm=200_000,
    )  # fmt: skip
    parts = divide_lines(rule, amount, lines)
    assert sum(parts) == amount
    total = sum(points_of_line(rule, line) for line in lines)
    for line, part in zip(lines, parts, strict=True):
        assert abs(part - amount * points_of_line(rule, line) / total) < 1
    mixed = list(zip(lines, parts, strict=True))
    random.shuffle(mixed)
    again = divide_lines(rule, amount, [line for line, _ in mixed])
    assert sum(again) == amount
    assert all(abs(other - part) <= 1 for other, (_, part) in zip(again, mixed, strict=True))


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=6), st.randoms(use_true_random=False))
@quick
def test_degressive_points_grow_ever_less_and_know_no_order(some, random):
    bands = (DegressiveBand(1_000, 500_000), DegressiveBand(100_000, 250_000))
    rule = PointsRule(DurationRule.NONE, 0, 0, {"feature": 1_000_000}, degressive=bands)
    points = work_points(rule, some)
    mixed = list(some)
    random.shuffle(mixed)
    assert work_points(rule, mixed) == points <= sum(some)
    assert 0 <= work_points(rule, [*some, 1]) - points <= 1
    capped = PointsRule(DurationRule.NONE, 0, 0, {"feature": 1_000_000}, degressive=bands, event_cap=Fraction(500))
    assert work_points(capped, some) == min(points, 500)


@given(st.integers(0, 10_000_000), st.integers(1, 100))
@quick
def test_weights_in_their_divisor_are_the_weights(duration_ms, count):
    rule = PointsRule(DurationRule.SECOND, 0, 0, {"feature": 1_500_000, "jingle": 250_000})
    for kind, weight_ppm in rule.use_weight_ppm.items():
        found = points_of(rule, duration_ms=duration_ms, use_kind=kind, use_count=count) * rule.point_unit
        assert found == -(-duration_ms // 1_000) * Fraction(weight_ppm, 1_000_000) * count


def pools():
    return (
        PoolRule("radio", PoolKind.CENSUS, ""),
        PoolRule("online", PoolKind.CENSUS, "", fallback="radio"),
        PoolRule("bars", PoolKind.SAMPLE, "", fallback="online"),
        PoolRule("shops", PoolKind.ANALOGY, "", on={"radio": Fraction(2, 3), "bars": Fraction(1, 3)}),
        PoolRule("rest", PoolKind.MARKET_SHARE, "", on={"radio": Fraction(0), "online": Fraction(0)}, fallback="shops"),
    )


@given(st.lists(AMOUNTS, min_size=5, max_size=5), st.lists(st.integers(0, 3), min_size=3, max_size=3))
@quick
def test_the_money_of_every_pool_is_placed_once(amounts, points):
    rules = pools()
    given_amounts = {pool.name: amount for pool, amount in zip(rules, amounts, strict=True)}
    given_points = {pool.name: some for pool, some in zip(rules[:3], points, strict=True)}
    placed = place_pools(rules, given_amounts, given_points)
    for pool in rules:
        assert sum(some.amount_micro for some in placed if some.pool == pool.name) == given_amounts[pool.name]
    for some in placed:
        assert some.way[0] == some.pool
        assert given_points.get(some.on, 0) > 0 if some.on else not given_points["radio"]


@given(st.lists(AMOUNTS, min_size=5, max_size=5), st.lists(st.booleans(), min_size=3, max_size=3))
@quick
def test_funds_of_a_run_are_placed_as_their_pools_are(amounts, used):
    """One fund for each pool, of one period: the very ways that a policy explains, merged by whose usage divides."""
    rules = [replace(pool, funds=(f"{pool.name}/*",)) for pool in pools()]
    nets = {f"{pool.name}/all/2026": amount for pool, amount in zip(rules, amounts, strict=True)}
    has_usage = {f"{pool.name}/all/2026": some for pool, some in zip(rules, used, strict=False)}
    placed = place_pools(
        rules,
        {code.partition("/")[0]: amount for code, amount in nets.items()},
        {code.partition("/")[0]: int(some) for code, some in has_usage.items()},
    )
    for code, amount in nets.items():
        usage = FundUsage(code, tuple(has_usage), lambda some: has_usage.get(some, False), nets)
        found = {one.on: one.amount_micro for one in place_fund(rules, amount, usage) if one.amount_micro}
        expected: dict[str, int] = {}
        for one in placed:
            if one.pool == code.partition("/")[0]:
                expected[one.on] = expected.get(one.on, 0) + one.amount_micro
        assert found == expected
        assert sum(found.values()) == amount


@given(
    AMOUNTS,
    st.dictionaries(st.text("abcdefgh", min_size=1, max_size=3), st.integers(1, 10**6), max_size=8),
    st.integers(0, 100),
    st.integers(100, 1_000),
)
@quick
def test_claims_divide_their_pool_within_the_least_and_the_most(amount, claims, least, most):
    pool = PoolRule("claims", PoolKind.CLAIM_BASED, "", least_claim={"EUR": f"{least}"}, most_claim={"EUR": f"{most}"})
    divided = divide_claims(pool, amount, claims, "EUR")
    assert sum(divided.values()) == amount
    for key in claims:
        assert divided[key] <= most * 1_000_000
        assert divided[key] >= least * 1_000_000 or amount < least * 1_000_000 * len(claims)


@given(st.fractions(), st.sampled_from(["1", "0.01", "100", "0.000001", "5/7"]), st.sampled_from(list(Direction)))
@quick
def test_a_rounded_figure_is_a_multiple_within_one_unit(value, unit, direction):
    rounding = Rounding(parse_number(unit), direction)
    rounded = rounding.apply(value)
    assert (rounded / rounding.unit).denominator == 1
    assert abs(rounded - value) < rounding.unit
    assert rounding.apply(rounded) == rounded
    assert rounding.apply(-value) == -rounded


@given(st.fractions())
@quick
def test_a_shown_number_is_read_again_as_the_same(value):
    assert parse_number(format_number(value)) == value


@given(st.lists(st.fractions(0, 1_000, max_denominator=1_000), min_size=1, max_size=6))
@quick
def test_whole_weights_keep_the_proportion(points):
    weights = whole_weights(points)
    assert [weight * sum(points) for weight in weights] == [point * sum(weights) for point in points]
