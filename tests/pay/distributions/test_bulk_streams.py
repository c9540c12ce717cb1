"""Pools larger than memory: the same rows for any order, any batches, any shards, in memory and in files."""

import random

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.kernel.columns.tables import digest_table
from muniment.kernel.words.allocation import split_by_shares, split_exactly
from muniment.kernel.words.shares import PPM
from muniment.pay.distributions.bulk import TooManyPoints
from muniment.pay.distributions.bulk.dividing import NegativeUse
from muniment.pay.distributions.bulk.streams import (
    POOL_LINES,
    POOLS,
    STATEMENT_ROWS,
    WORK_SHARES,
    BadPool,
    BadShares,
    divide_stream,
)


def divide(lines, pools, shares, *, batch=7, **options):
    rows = [STATEMENT_ROWS.empty_table()]
    table = pa.Table.from_pylist(lines, schema=POOL_LINES)
    streamed = divide_stream(
        table.to_batches(max_chunksize=batch),
        pa.Table.from_pylist(pools, schema=POOLS),
        pa.Table.from_pylist(shares, schema=WORK_SHARES),
        rows.append,
        **options,
    )
    return pa.concat_tables(rows), streamed


def line(pool_id, work_id, points):
    return {"pool_id": pool_id, "work_id": work_id, "points": points}


def share(work_id, part, holder_id, share_ppm):
    return {"work_id": work_id, "part": part, "holder_id": holder_id, "share_ppm": share_ppm}


def random_load(seed):
    """Return lines, pools and shares; work and holder numbers with few gaps, or with wide ones."""
    chance = random.Random(seed)
    gap = chance.choice([1, 3, 10**12])
    works = [gap * number for number in range(1, chance.randint(2, 12))]
    pools = [
        {"pool_id": number * 5, "net_micro": chance.choice([0, 1, chance.randint(0, 10**15)])} for number in (2, 1)
    ]
    lines = [line(pool["pool_id"], chance.choice(works), chance.randint(1, 10**6)) for pool in pools]
    lines += [
        line(
            chance.choice(pools)["pool_id"], chance.choice(works), chance.choice([0, 1, 1, 2, chance.randint(0, 10**9)])
        )
        for _ in range(chance.randint(0, 60))
    ]
    shares = []
    for work in works:
        cuts = sorted(chance.sample(range(1, PPM), chance.randint(0, 4)))
        sizes = [high - low for low, high in zip([0, *cuts], [*cuts, PPM], strict=True)]
        shares += [share(work, part, gap * chance.randint(0, 5), size) for part, size in enumerate(sizes)]
    return lines, pools, shares


def scalar_rows(lines, pools, shares):
    """Divide by the scalar rules: the meaning of it all in a few lines."""
    rows = []
    for pool in sorted(pools, key=lambda pool: pool["pool_id"]):
        points = {}
        for row in lines:
            if row["pool_id"] == pool["pool_id"] and row["points"]:
                points[row["work_id"]] = points.get(row["work_id"], 0) + row["points"]
        works = sorted(points)
        amounts = split_exactly(pool["net_micro"], [points[work] for work in works], works)
        for work, amount in zip(works, amounts, strict=True):
            of_work = [row for row in shares if row["work_id"] == work]
            parts = split_by_shares(amount, [row["share_ppm"] for row in of_work])
            rows += [
                (pool["pool_id"], work, row["part"], row["holder_id"], part)
                for row, part in zip(of_work, parts, strict=True)
            ]
    return rows


@given(st.integers(0, 2**32), st.integers(1, 50))
@settings(max_examples=60, deadline=None)
def test_a_stream_comes_to_what_the_scalar_rules_say(seed, batch):
    lines, pools, shares = random_load(seed)
    rows, streamed = divide(lines, pools, shares, batch=batch)
    assert list(zip(*rows.to_pydict().values(), strict=True)) == scalar_rows(lines, pools, shares)
    assert streamed.row_count == rows.num_rows
    totals = {}
    for row in rows.to_pylist():
        totals[row["holder_id"]] = totals.get(row["holder_id"], 0) + row["amount_micro"]
    assert {row["holder_id"]: row["amount_micro"] for row in streamed.totals.to_pylist()} == {
        holder: amount for holder, amount in sorted(totals.items()) if amount
    }
    assert sum(totals.values()) == sum(pool["net_micro"] for pool in pools)


@given(st.integers(0, 2**32), st.sampled_from([1, 2, 3, 8]), st.booleans(), st.integers(1, 50))
@settings(max_examples=40, deadline=None)
def test_shards_and_order_change_nothing(tmp_path_factory, seed, shards, in_files, batch):
    lines, pools, shares = random_load(seed)
    rows, streamed = divide(lines, pools, shares)
    random.Random(seed).shuffle(lines)
    folder = tmp_path_factory.mktemp("cut") if in_files else None
    again, streamed_again = divide(lines, pools, shares, batch=batch, shards=shards, folder=folder)
    assert digest_table(again) == digest_table(rows)
    assert digest_table(streamed_again.totals) == digest_table(streamed.totals)
    assert folder is None or list(folder.iterdir()) == []


def test_a_work_without_shares_is_refused_by_its_number():
    with pytest.raises(BadPool, match="work 9, which has no shares"):
        divide([line(1, 9, 5)], [{"pool_id": 1, "net_micro": 10}], [share(1, 0, 1, PPM)])


def test_a_line_of_another_pool_is_refused():
    with pytest.raises(BadPool, match="pool 2, which is not one of the run"):
        divide([line(2, 1, 5)], [{"pool_id": 1, "net_micro": 10}], [share(1, 0, 1, PPM)])


def test_money_that_nobody_earned_is_refused():
    with pytest.raises(BadPool, match="Pool 1 has money"):
        divide([line(1, 1, 0)], [{"pool_id": 1, "net_micro": 10}], [share(1, 0, 1, PPM)])


@pytest.mark.parametrize(
    "shares",
    [
        [share(1, 0, 1, PPM - 1)],
        [share(1, 0, 1, PPM), share(1, 1, 2, 1)],
        [share(1, 0, 1, PPM + 1), share(1, 1, 1, -1)],
        [share(2, 0, 1, PPM), share(1, 0, 1, PPM)],
        [share(1, 0, 1, 500_000), share(2, 0, 1, PPM)],
    ],
)
def test_shares_that_are_not_the_whole_are_refused(shares):
    with pytest.raises(BadShares, match=r"work [12] "):
        divide([line(1, 1, 1)], [{"pool_id": 1, "net_micro": 10}], shares)


def test_points_below_zero_are_refused():
    with pytest.raises(NegativeUse, match="below zero"):
        divide([line(1, 1, 5), line(1, 1, -1)], [{"pool_id": 1, "net_micro": 10}], [share(1, 0, 1, PPM)])


@pytest.mark.parametrize("points", [[2**62], [2**61, 2**61], [2**62 - 1, 1]])
def test_points_that_do_not_fit_are_refused(points):
    with pytest.raises(TooManyPoints):
        divide([line(1, 1, one) for one in points], [{"pool_id": 1, "net_micro": 10}], [share(1, 0, 1, PPM)])
