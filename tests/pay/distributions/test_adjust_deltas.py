"""Deltas in columns: exact, zero for each fund, and never more than what was learnt."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.kernel.columns.schemas import ALLOCATIONS
from muniment.pay.distributions.services.deltas import BOOKED, DELTAS, Released, booked_rows, deltas_of

FUND = "radio/F"


def allocation(work, part, party, payee, status, amount, **facts):
    row = {
        "fund_code": FUND, "report_id": 11, "work_id": work, "memory_key": "" if work else f"key {part}",
        "split_id": work, "part": part, "party_id": party, "payee_id": payee, "status": status, "share_ppm": 500_000,
        "line_count": 1, "use_count": 1, "duration_ms": 1_000, "points": 1, "work_amount_micro": amount,
        "amount_micro": amount,
    }  # fmt: skip
    return row | facts


def table(*rows):
    return pa.Table.from_pylist(list(rows), schema=ALLOCATIONS)


def deltas(before, after, *, least=0, expired=None, booked=None):
    return deltas_of(
        booked=booked_rows(before, [], []) if booked is None else booked,
        target=after,
        allocations=before,
        rights=pa.table({"report_id": [11], "right": ["PR"]}),
        expired=BOOKED.empty_table() if expired is None else expired,
        de_minimis_micro=least,
    )


def work(number, *parts):
    """Return the rows of a work: (owner or None, amount); without an owner the part is unclaimed."""
    return [
        allocation(number, place, owner, owner, "PAYABLE" if owner else "UNCLAIMED", amount)
        for place, (owner, amount) in enumerate(parts)
    ]


def test_nothing_learnt_no_delta():
    same = table(*work(1, (7, 60), (None, 40)))
    found, left_out = deltas(same, same)
    assert (found.num_rows, left_out, found.schema) == (0, 0, DELTAS)


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ([(7, 60), (None, 40)], [(7, 60), (8, 40)], "late_claim"),
        ([(7, 60), (8, 40)], [(7, 50), (8, 50)], "corrected_share"),
        ([(7, 60), (8, 40)], [(7, 61), (8, 39)], "rounding"),
    ],
)
def test_each_delta_says_why_and_points_at_the_old_line(before, after, reason):
    found, _ = deltas(table(*work(1, *before)), table(*work(1, *after)))
    rows = found.to_pylist()
    assert {row["reason"] for row in rows} == {reason}
    assert sum(row["delta_micro"] for row in rows) == 0
    assert all(0 <= row["origin_row"] < len(before) for row in rows)


def test_another_payee_of_the_same_owner_is_a_successor():
    before = table(allocation(1, 0, 7, 7, "PAYABLE", 100))
    after = table(allocation(1, 0, 7, 9, "PAYABLE", 100))
    rows = deltas(before, after)[0].to_pylist()
    assert {(row["payee_id"], row["delta_micro"], row["reason"]) for row in rows} == {
        (7, -100, "successor"),
        (9, 100, "successor"),
    }


def test_small_works_are_left_out_only_together_with_what_they_are_worth():
    before = table(*work(1, (7, 60), (8, 40)), *work(2, (7, 1_000), (8, 1_000)))
    after = table(*work(1, (7, 55), (8, 45)), *work(2, (7, 500), (8, 1_500)))
    found, left_out = deltas(before, after, least=100)
    assert ({row["work_id"] for row in found.to_pylist()}, left_out) == ({2}, 1)
    shifted = table(*work(1, (7, 55), (8, 46)), *work(2, (7, 500), (8, 1_499)))
    found, left_out = deltas(before, shifted, least=100)
    assert ({row["work_id"] for row in found.to_pylist()}, left_out) == ({1, 2}, 0)


def test_a_released_hold_gives_nothing_back():
    before, after = table(*work(1, (7, 60), (None, 40))), table(*work(1, (7, 60), (8, 40)))
    gone = booked_rows(table(allocation(1, 1, None, None, "UNCLAIMED", 40)), [], [])
    found, left_out = deltas(before, after, expired=gone)
    assert (found.num_rows, left_out) == (0, 1)


def test_what_was_released_as_found_counts_as_booked():
    before = table(allocation(None, 0, None, None, "UNMATCHED", 100))
    keys = pa.table({"report_id": [11], "memory_key": ["key 0"], "amount_micro": [100]})
    then = table(*work(3, (7, 100)))
    booked = booked_rows(before, [], [Released(FUND, keys, then)])
    assert [(row["work_id"], row["status"], row["amount_micro"]) for row in booked.to_pylist()] == [(3, "PAYABLE", 100)]
    assert deltas(before, then, booked=booked)[0].num_rows == 0


shares = st.lists(st.tuples(st.sampled_from([None, 7, 8, 9]), st.integers(0, 10**9)), min_size=1, max_size=4)


@given(st.lists(shares, min_size=1, max_size=4), st.lists(shares, min_size=4, max_size=4), st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_booked_and_deltas_are_the_target_and_every_fund_sums_to_zero(before, after, least):
    """Whatever is learnt: without a de minimis the two add up to the target; with one they still sum to zero."""
    total = sum(amount for parts in before for _, amount in parts)
    first = table(*(row for number, parts in enumerate(before, 1) for row in work(number, *parts)))
    rest = total - sum(amount for parts in after[: len(before)] for _, amount in parts)
    then = [*(row for number, parts in enumerate(after[: len(before)], 1) for row in work(number, *parts))]
    then.append(allocation(99, 0, 5, 5, "PAYABLE", rest))
    target = table(*then)
    exact, _ = deltas(first, target)
    booked = booked_rows(first, [exact], [])
    assert booked.to_pylist() == booked_rows(target, [], []).to_pylist()
    kept, _ = deltas(first, target, least=least)
    assert sum(kept.column("delta_micro").to_pylist()) == 0
