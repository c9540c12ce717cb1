"""The allocation kernel: exact, the same as the scalar rules row for row, blind to the order of the lines."""

import random
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.kernel.columns.schemas import ALLOCATIONS, MATCHES, SHARE_PARTS, SHARE_SPLITS, USAGE_LINES
from muniment.kernel.columns.tables import digest_table
from muniment.kernel.words.allocation import split_by_shares, split_exactly
from muniment.pay.distributions import bulk
from muniment.pay.distributions.bulk.dividing import near_quotients, wide_quotients
from muniment.pay.distributions.rules import (
    DurationRule,
    Group,
    PointsRule,
    UnknownUseKind,
    divide_pool,
    points_of,
)

SECONDS = PointsRule(DurationRule.SECOND, 180_000, 0, {"feature": 1_000_000, "background": 250_000})
DAY = date(2026, 7, 1)


def line(line_id, *, report=1, duration_ms=1_000, count=1, kind="feature", on=DAY, territory=586):
    return {
        "line_id": line_id, "report_id": report, "source_line": line_id, "duration_ms": duration_ms,
        "use_count": count, "used_on": on, "territory": territory, "use_kind": kind,
    }  # fmt: skip


def match(line_id, work_id, memory_key="m"):
    band, method = ("matched", "exact") if work_id else ("unidentified", "none")
    return {
        "line_id": line_id, "work_id": work_id, "band": band, "method": method,
        "score_ppm": 0, "reasons": "[]", "memory_key": memory_key,
    }  # fmt: skip


def split(split_id, work_id, right="PR", territory=586, used_from=date(2026, 1, 1), used_to=date(2027, 1, 1)):
    return {
        "split_id": split_id,
        "work_id": work_id,
        "right": right,
        "territory": territory,
        "used_from": used_from,
        "used_to": used_to,
    }


def part(split_id, place, share_ppm, payee_id=None, status="PAYABLE"):
    return {
        "split_id": split_id,
        "part": place,
        "party_id": payee_id,
        "payee_id": payee_id,
        "share_ppm": share_ppm,
        "status": status,
        "role": "",
        "note": "",
    }


def allocate(net_micro, lines, matches, splits, parts, rule=SECONDS, right_of=None):
    reports = {row["report_id"] for row in lines}
    pool = bulk.PoolLines(
        "radio/L/2026-Q3",
        net_micro,
        pa.Table.from_pylist(lines, schema=USAGE_LINES),
        pa.Table.from_pylist(matches, schema=MATCHES),
        right_of or dict.fromkeys(reports, "PR"),
    )
    return bulk.allocate_pool(
        pool,
        rule,
        pa.Table.from_pylist(splits, schema=SHARE_SPLITS),
        pa.Table.from_pylist(parts, schema=SHARE_PARTS),
    )


def test_a_pool_of_three_works_ties_to_the_micro_unit():
    """EUR 100 over 3 minutes, 2 minutes and 1 unidentified minute: 50, 33.333333 and 16.666667."""
    table = allocate(
        100_000_000,
        [line(1, duration_ms=180_000), line(2, duration_ms=120_000), line(3, duration_ms=60_000)],
        [match(1, 7), match(2, 8), match(3, None, "unknown song")],
        [split(0, 7), split(1, 8)],
        [
            part(0, 0, 500_000, 11),
            part(0, 1, 500_000, 12),
            part(1, 0, 600_000, 11),
            part(1, 1, 400_000, status="DISPUTE"),
        ],
    )
    assert table.schema == ALLOCATIONS
    assert [(row["work_id"], row["payee_id"], row["status"], row["amount_micro"]) for row in table.to_pylist()] == [
        (7, 11, "PAYABLE", 25_000_000),
        (7, 12, "PAYABLE", 25_000_000),
        (8, 11, "PAYABLE", 19_999_999),
        (8, None, "DISPUTE", 13_333_334),
        (None, None, "UNMATCHED", 16_666_667),
    ]


def test_the_share_of_the_day_of_use_counts():
    """One work changes hands on 1 August: each use goes to the holder of its day."""
    table = allocate(
        300,
        [line(1, on=date(2026, 7, 31)), line(2, on=date(2026, 8, 1)), line(3, on=date(2026, 8, 2))],
        [match(1, 7), match(2, 7), match(3, 7)],
        [split(0, 7, used_to=date(2026, 8, 1)), split(1, 7, used_from=date(2026, 8, 1))],
        [part(0, 0, 1_000_000, 11), part(1, 0, 1_000_000, 12)],
    )
    assert [(row["payee_id"], row["line_count"], row["amount_micro"]) for row in table.to_pylist()] == [
        (11, 1, 100),
        (12, 2, 200),
    ]


def test_a_pool_without_usage_waits_as_a_whole():
    table = allocate(5_000, [], [], [], [], right_of={})
    assert [(row["status"], row["amount_micro"]) for row in table.to_pylist()] == [("NO_USAGE", 5_000)]


def test_lines_that_earn_nothing_leave_the_pool_waiting():
    table = allocate(5_000, [line(1, duration_ms=0)], [match(1, None)], [], [])
    assert [(row["status"], row["line_count"], row["amount_micro"]) for row in table.to_pylist()] == [
        ("NO_USAGE", 1, 5_000)
    ]


def test_a_line_without_a_match_row_is_refused():
    with pytest.raises(ValueError, match="1 lines, but 0"):
        allocate(5_000, [line(1)], [], [], [])


def test_a_matched_work_without_a_split_is_refused():
    with pytest.raises(ValueError, match="no split"):
        allocate(5_000, [line(1)], [match(1, 7)], [split(0, 7, territory=840)], [part(0, 0, 1_000_000, 11)])


def test_a_use_kind_without_weight_is_refused_by_name():
    with pytest.raises(UnknownUseKind, match="'theme'"):
        allocate(5_000, [line(1, kind="theme")], [match(1, None)], [], [])


def test_points_beyond_64_bits_are_refused():
    with pytest.raises(bulk.TooManyPoints):
        allocate(5_000, [line(1, count=2**62)], [match(1, None)], [], [])


@given(
    st.integers(0, 10**14),
    st.lists(st.integers(0, 10**9), min_size=1, max_size=40).filter(any),
)
@settings(max_examples=200, deadline=None)
def test_the_columnar_division_is_the_scalar_one(net_micro, weights):
    assert bulk.divide_exactly(net_micro, np.array(weights, dtype=np.int64)).tolist() == split_exactly(
        net_micro, weights
    )


@given(st.integers(2**48, 2**62), st.lists(st.integers(0, 2**56), min_size=1, max_size=20).filter(any))
@settings(max_examples=200, deadline=None)
def test_the_division_stays_exact_where_the_guess_would_not(net_micro, weights):
    assert bulk.divide_exactly(net_micro, np.array(weights, dtype=np.int64)).tolist() == split_exactly(
        net_micro, weights
    )


def test_both_roads_of_the_division_agree_at_84_bits():
    generator = np.random.default_rng(1)
    points = generator.integers(0, 2**40, 20_000, dtype=np.int64)
    total = int(points.sum())
    expected = [divmod(12_345_678_901_234 * weight, total) for weight in points.tolist()]
    for quotients in (near_quotients, wide_quotients):
        floors, remainders = quotients(12_345_678_901_234, points, total)
        assert list(zip(floors.tolist(), remainders.tolist(), strict=True)) == expected


@given(st.integers(0, 2**62), st.integers(0, 1_000_000))
@settings(max_examples=200, deadline=None)
def test_a_share_of_any_amount_is_exact(amount, bound):
    low = bulk.parts_between(np.array([amount]), np.array([0]), np.array([bound]))[0]
    high = bulk.parts_between(np.array([amount]), np.array([bound]), np.array([1_000_000]))[0]
    assert [low, high] == split_by_shares(amount, [bound, 1_000_000 - bound])


@given(st.integers(0, 2**32), st.integers(1, 60), st.integers(0, 10**12))
@settings(max_examples=60, deadline=None)
def test_columns_and_rules_agree_row_for_row(seed, size, net_micro):
    """Random lines, works, splits and parts: every row of the kernel is what the scalar rules say."""
    chance = random.Random(seed)
    lines, matches, splits, parts, shares = _random_pool(chance, size)
    table = allocate(net_micro, lines, matches, splits, parts)
    work_of = {row["line_id"]: (row["work_id"], row["memory_key"]) for row in matches}
    split_of = {row["work_id"]: row["split_id"] for row in splits}
    points: dict[tuple[int, int, str, int], int] = {}
    for row in lines:
        work, memory_key = work_of[row["line_id"]]
        key = (row["report_id"], work, "", split_of[work]) if work else (row["report_id"], 2**62, memory_key, -1)
        earned = points_of(
            SECONDS, duration_ms=row["duration_ms"], use_kind=row["use_kind"], use_count=row["use_count"]
        )
        points[key] = points.get(key, 0) + earned
    assert int(pa.compute.sum(table.column("amount_micro")).as_py()) == net_micro
    if not sum(points.values()):
        assert table.column("status").to_pylist() == ["NO_USAGE"]
        return
    expected = divide_pool(
        net_micro, [Group(key, weight, shares.get(key[3], (1_000_000,))) for key, weight in points.items()]
    )
    found: dict[tuple[int, int, str, int], list[int]] = {}
    for row in table.to_pylist():
        split_id = -1 if row["split_id"] is None else row["split_id"]
        key = (row["report_id"], row["work_id"] or 2**62, row["memory_key"], split_id)
        assert row["part"] == len(found.get(key, []))
        found.setdefault(key, []).append(row["amount_micro"])
    assert found == expected
    assert list(found) == sorted(found)
    chance.shuffle(lines)
    chance.shuffle(matches)
    assert digest_table(allocate(net_micro, lines, matches, splits, parts)) == digest_table(table)


def _random_pool(chance, size):
    works = list(range(1, 2 + size // 3))
    lines = [
        line(
            number,
            report=chance.randint(1, 3),
            duration_ms=chance.choice([None, 0, 999, chance.randint(1, 400_000)]),
            count=chance.choice([1, chance.randint(0, 10_000)]),
            kind=chance.choice(["feature", "background"]),
        )
        for number in range(1, size + 1)
    ]
    matches = [match(row["line_id"], chance.choice([None, *works]), f"key {chance.randint(1, 4)}") for row in lines]
    splits, parts, shares = [], [], {}
    for split_id, work in enumerate(works):
        cuts = sorted(chance.sample(range(1, 1_000_000), chance.randint(0, 4)))
        split_shares = [high - low for low, high in zip([0, *cuts], [*cuts, 1_000_000], strict=True)]
        shares[split_id] = tuple(split_shares)
        splits.append(split(split_id, work))
        parts += [part(split_id, place, share, chance.randint(1, 9)) for place, share in enumerate(split_shares)]
    return lines, matches, splits, parts, shares
