"""What works count beside their lines' durations, and groups of owners: beside the scalar rules, and beside SQL."""

import random
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.kernel.columns.schemas import MATCHES, SHARE_PARTS, SHARE_SPLITS, USAGE_LINES
from muniment.pay.distributions import bulk
from muniment.pay.distributions.bulk.counting import counted_totals
from muniment.pay.distributions.queries import division_sql, get_policy
from muniment.pay.distributions.rules import DurationRule, PointsRule, UnknownUseKind, work_points
from muniment.pay.distributions.rules.policies.counting import counted_unit, minute_of_day, raising_of
from muniment.pay.distributions.rules.policies.grouping import SplitPlan, account_parts
from muniment.pay.distributions.rules.policies.numbers import parse_rounding
from muniment.pay.distributions.rules.policies.points import DegressiveBand, TimeWeight
from muniment.pay.distributions.rules.policies.recipients import SplitPart, SplitRule
from tests.pay.distributions.test_bulk import SECONDS, _random_pool, allocate, line, match, part, split

STEPS = (DegressiveBand(100, 500_000), DegressiveBand(400, 250_000))
WORK_RULES = (
    SECONDS,
    replace(SECONDS, degressive=STEPS),
    replace(SECONDS, event_cap=Fraction(701, 3)),
    replace(SECONDS, degressive=STEPS[:1], event_cap=Fraction(300)),
    replace(SECONDS, rounding=parse_rounding("up to 100")),
    replace(SECONDS, degressive=STEPS, event_cap=Fraction(1_000, 7), rounding=parse_rounding("nearest 1")),
    replace(SECONDS, rounding=parse_rounding("even to 0.5")),
    replace(SECONDS, rounding=parse_rounding("down to 3")),
    PointsRule(
        DurationRule.NONE,
        0,
        0,
        {"feature": 3_000_000, "background": 2_000_000},
        degressive=(DegressiveBand(9, 300_000),),
    ),
)
TIMES = ("07:30", "2026-07-01 23:59:59", "2026-07-01T06:00:00Z", "12:05 AM", "5:59 pm", "0:00")
BY_TIME = (TimeWeight(0, 360, 250_000), TimeWeight(360, 1_080, 1_000_000), TimeWeight(1_080, 1_440, 1_500_000))


FIRST = 1 << 32
"""The number of the first report, in the upper half of the ids of its lines."""


def numbered(ordinal, count=1, reported_time=None):
    """Return a line with its id in the first report."""
    return {**line(ordinal, count=count), "line_id": FIRST | ordinal, "reported_time": reported_time}


@pytest.mark.parametrize(
    ("text", "minute"),
    [
        ("07:30", 450),
        ("7:30 PM", 1_170),
        ("2026-07-01 07:30:15", 450),
        ("2026-07-01T07:30:15Z", 450),
        ("12:05 am", 5),
        ("12:05 p.m.", 725),
        ("13:10 PM", 790),
        ("24:00", None),
        ("2026-07-01", None),
        ("1751328000", None),
        ("", None),
        (None, None),
    ],
)
def test_the_time_of_day_is_read_as_the_sender_wrote_it(text, minute):
    assert minute_of_day(text) == minute


@given(st.sampled_from(WORK_RULES), st.lists(st.integers(0, 2**45), max_size=20))
@settings(max_examples=60, deadline=None)
def test_counted_works_are_those_of_the_scalar_rule(rule, totals):
    counted = counted_totals(rule, np.array(totals, dtype=np.int64)).tolist()
    assert [count * counted_unit(rule) for count in counted] == [work_points(rule, [total]) for total in totals]


def test_a_step_a_cap_and_a_rounding_by_hand():
    """250 seconds: 100 whole, 150 by half is 175; capped at 160; up to the next 100 is 200."""
    rule = PointsRule(DurationRule.SECOND, 0, 0, {"feature": 1_000_000}, degressive=STEPS[:1])
    totals = np.array([250], dtype=np.int64)
    for some, expected in (
        (rule, 175),
        (replace(rule, event_cap=Fraction(160)), 160),
        (replace(rule, event_cap=Fraction(160), rounding=parse_rounding("up to 100")), 200),
    ):
        assert counted_totals(some, totals)[0] * counted_unit(some) == expected


def test_a_work_with_two_answers_is_counted_as_one():
    """Two uses of 90 s in two territories: 180 s count as 100 + 40 = 140, not as 90 + 90; each answer has half."""
    rows = allocate(
        240,
        [line(1, duration_ms=90_000), line(2, duration_ms=90_000, territory=528), line(3, duration_ms=100_000)],
        [match(1, 7), match(2, 7), match(3, 8)],
        [split(0, 7), split(1, 7, territory=528), split(2, 8)],
        [part(0, 0, 1_000_000, 1), part(1, 0, 1_000_000, 2), part(2, 0, 1_000_000, 3)],
        PointsRule(DurationRule.SECOND, 0, 0, {"feature": 1_000_000}, degressive=STEPS[:1]),
    ).to_pylist()
    assert [(row["payee_id"], row["amount_micro"]) for row in rows] == [(1, 70), (2, 70), (3, 100)]


def test_a_negative_count_is_refused_with_its_place():
    with pytest.raises(bulk.NegativeUse, match="Use 5 of usage report 1 has a count of -3"):
        allocate(100, [numbered(5, count=-3)], [match(FIRST | 5, 7)], [split(0, 7)], [part(0, 0, 1_000_000, 1)])


def test_a_use_without_a_time_is_refused_with_its_place():
    rule = replace(SECONDS, time_weights=BY_TIME)
    uses = [numbered(1, reported_time="07:30"), numbered(2, reported_time="2026-07-01")]
    with pytest.raises(UnknownUseKind, match="Use 2 of usage report 1 has no time of day"):
        bulk.line_points(pa.Table.from_pylist(uses, schema=USAGE_LINES), rule)


# ---- groups of owners ----

RECORDING = (
    SplitRule("recording", "", (SplitPart("players", share=Fraction(1, 2), split="players"),
                                SplitPart("owner", share=Fraction(1, 2), roles=("RO",)))),
    SplitRule("players", "", (SplitPart("featured", share=Fraction(65, 100), roles=("FP",)),
                              SplitPart("others", each=Fraction(7, 100), cap=Fraction(35, 100), roles=("NP",))),
              left_over="pro_rata"),
)  # fmt: skip
PLANS = (
    SplitPlan({rule.name: rule for rule in RECORDING}, "recording"),
    SplitPlan({"players": RECORDING[1]}, "players"),
    SplitPlan({"rest": SplitRule("rest", "", (SplitPart("a", share=Fraction(1, 3), roles=("RO",)),
                                              SplitPart("b", each=Fraction(1, 10), cap=Fraction(1, 4), roles=("NP",)),
                                              SplitPart("fund", share=Fraction(1, 7), account="fund")),
                                 left_over="a")}, "rest"),
    SplitPlan({"weights": SplitRule("weights", "", (SplitPart("a", weight=Fraction(2), roles=("FP",)),
                                                    SplitPart("b", weight=Fraction(3, 7), roles=("NP", "RO"))))},
              "weights"),
    SplitPlan({"fixed": SplitRule("fixed", "", (SplitPart("a", share=Fraction(5, 8), roles=("FP", "NP")),
                                                SplitPart("b", share=Fraction(3, 8), roles=("RO",))),
                                  rights=("PR",))}, "fixed"),
)  # fmt: skip


def owned(split_id, place, share_ppm, party_id, role, status="PAYABLE"):
    return {**part(split_id, place, share_ppm, party_id, status), "role": role}


def amounts_by_owner(net_micro, plan, parts):
    """Divide an amount over one work of these parts and return amount and status by owner."""
    pool = bulk.PoolLines(
        "f", net_micro, pa.Table.from_pylist([line(1)], schema=USAGE_LINES),
        pa.Table.from_pylist([match(1, 7)], schema=MATCHES), {1: "PR"}, split=plan,
    )  # fmt: skip
    rows = bulk.allocate_pool(
        pool, SECONDS, pa.Table.from_pylist([split(0, 7)], schema=SHARE_SPLITS),
        pa.Table.from_pylist(parts, schema=SHARE_PARTS),
    ).to_pylist()  # fmt: skip
    assert sum(row["share_ppm"] for row in rows) == 1_000_000
    return {(row["party_id"], row["status"]): row["amount_micro"] for row in rows}


def test_performers_by_head_to_the_micro_unit():
    """Half of GBP 200,000 for the owner; of the other half 65/72 and 7/72: 90,277.777777 and 9,722.222223."""
    parts = [owned(0, 0, 500_000, 1, "RO"), owned(0, 1, 300_000, 2, "FP"), owned(0, 2, 200_000, 3, "NP")]
    assert amounts_by_owner(200_000_000_000, PLANS[0], parts) == {
        (1, "PAYABLE"): 100_000_000_000,
        (2, "PAYABLE"): 90_277_777_777,
        (3, "PAYABLE"): 9_722_222_223,
    }


def test_six_others_share_the_cap_by_head_whatever_their_shares():
    parts = [owned(0, 0, 400_000, 1, "FP")] + [owned(0, at, 100_000, 1 + at, "NP") for at in range(1, 7)]
    found = amounts_by_owner(60_000_000, PLANS[1], parts)
    assert found[1, "PAYABLE"] == 39_000_000
    assert {found[owner, "PAYABLE"] for owner in range(2, 8)} == {3_500_000}


def test_a_group_that_nobody_is_in_waits_and_what_nobody_claims_keeps_its_proportion():
    """Of 80 in 100: 5/8 for authors, 3/8 waits for a publisher; the 20 that nobody claims wait as they did."""
    parts = [owned(0, 0, 800_000, 1, "FP"), part(0, 1, 200_000, None, "UNCLAIMED")]
    assert amounts_by_owner(1_000, PLANS[4], parts) == {(1, "PAYABLE"): 500, (None, "UNCLAIMED"): 300}
    rows = dict(amounts_by_owner(1_000, PLANS[4], [owned(0, 0, 1_000_000, 1, "CA")]))
    assert rows == {(1, "PAYABLE"): 0, (None, "UNCLAIMED"): 1_000}


def test_accounts_of_a_split_come_before_points():
    plan = SplitPlan(get_policy("digital").split_rules, "recording")
    assert [(part.account, amount) for part, amount in account_parts(plan.rule, 1_001)] == [
        ("musicians_fund", 25),
        ("vocalists_fund", 25),
    ]
    assert plan.shares((1, 1)) == (Fraction(50, 95), Fraction(45, 95))
    assert plan.shares((1, 0)) == (Fraction(50, 95), 0)


# ---- beside SQL ----


def _dressed(chance, lines, parts, splits):
    """Give times and counts to lines, roles and owners to parts, and a second territory with answers of its own."""
    for row in lines:
        row["reported_time"] = chance.choice(TIMES)
        row["use_count"] = chance.randint(0, 9)
        row["territory"] = chance.choice([586, 528])
    twins = [{**row, "split_id": row["split_id"] + 1_000, "territory": 528} for row in splits]
    both = parts + [{**row, "split_id": row["split_id"] + 1_000} for row in parts]
    for row in both:
        row["role"] = chance.choice(["RO", "FP", "NP", "CA", "FP/NP", ""])
        if chance.random() < 0.15:
            row.update(party_id=None, payee_id=None, role="", status=chance.choice(["UNCLAIMED", "DISPUTE"]))
        elif chance.random() < 0.3:
            row["party_id"] = chance.randint(1, 4)
    return lines, both, splits + twins


@given(st.integers(0, 2**32), st.integers(1, 40), st.integers(0, 2**50), st.sampled_from(WORK_RULES),
       st.sampled_from([None, *PLANS]), st.booleans())  # fmt: skip
@settings(max_examples=30, deadline=None)
def test_compiled_and_sql_agree_in_every_row(seed, size, net_micro, rule, plan, is_raised):
    chance = random.Random(seed)
    lines, matches, splits, parts, _ = _random_pool(chance, size)
    lines, parts, splits = _dressed(chance, lines, parts, splits)
    rule = replace(rule, time_weights=BY_TIME, station_weight_ppm={"one": 4_080_000, "two": 520_000, "three": 0})
    sources = {1: "ONE", 2: "two", 3: "Three"}
    raising = raising_of(get_policy("live-sample"), "raising_factor") if is_raised else None
    factors = {1: Fraction(12), 2: Fraction(5, 2)} if is_raised else {}
    weighing = bulk.Weighing(
        {report: rule.station_weight_of(source) for report, source in sources.items()},
        {1: 24, 2: 5, 3: 2} if is_raised else {},
        raising,
    )
    tables = {
        "lines": pa.Table.from_pylist(lines, schema=USAGE_LINES),
        "matches": pa.Table.from_pylist(matches, schema=MATCHES),
    }
    shares = {
        "splits": pa.Table.from_pylist(splits, schema=SHARE_SPLITS),
        "parts": pa.Table.from_pylist(parts, schema=SHARE_PARTS),
    }
    rights = dict.fromkeys(sources, "PR")
    pool = bulk.PoolLines("f", net_micro, **tables, right_of=rights, weighing=weighing, split=plan)
    reports = division_sql.report_table(rights, sources, factors)
    opened = division_sql.SqlPool("f", net_micro, **tables, reports=reports, **shares, raising=raising, split=plan)
    compiled = bulk.allocate_pool(pool, rule, **shares).to_pylist()
    assert compiled == division_sql.sql_allocations(opened, rule).to_pylist()
    assert sum(row["amount_micro"] for row in compiled) == net_micro
