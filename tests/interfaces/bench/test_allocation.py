"""The benchmark of the division: its load, its comparison, and the proof of conservation; on small numbers."""

from itertools import accumulate

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from muniment.interfaces.bench.allocation.comparing import read_outcome
from muniment.interfaces.bench.allocation.conservation import (
    BATCH,
    check_conservation,
    divide_by_ours,
    divide_by_sql,
    random_batch,
)
from muniment.interfaces.bench.allocation.data import Load, lines_path, make_load, pools_path, shares_path
from muniment.interfaces.bench.allocation.ours import run_ours
from muniment.interfaces.cli import build_app
from muniment.kernel.words.allocation import split_by_shares, split_exactly
from muniment.kernel.words.shares import PPM

SMALL = Load(lines=3_000, pools=3, works=200, holders=50, seed=4)


@pytest.fixture
def load(tmp_path):
    make_load(SMALL, tmp_path / "load")
    return tmp_path / "load"


def test_the_invented_shares_are_the_whole_of_each_work(load):
    parts: dict[int, list[dict[str, int]]] = {}
    for row in pq.read_table(shares_path(load)).to_pylist():
        parts.setdefault(row["work_id"], []).append(row)
    assert len(parts) == SMALL.works
    for of_work in parts.values():
        shares = [row["share_ppm"] for row in of_work]
        assert min(shares) >= 0
        assert list(accumulate(shares)) == [row["until_ppm"] for row in of_work]
        assert sum(shares) == PPM
    assert 5 < sum(row["holder_id"] == 0 for of_work in parts.values() for row in of_work) < 40


def test_the_same_seed_invents_the_same_lines(load, tmp_path):
    make_load(SMALL, tmp_path / "again")
    assert pq.read_table(lines_path(load)).equals(pq.read_table(lines_path(tmp_path / "again")))
    assert pq.read_table(lines_path(load)).num_rows == SMALL.lines


def test_ours_is_equal_for_any_shards_and_sums_to_the_pools(load, tmp_path):
    whole = run_ours(load, tmp_path / "1", shards=1, in_files=False)
    first = read_outcome(load, tmp_path / "1")
    assert (first.row_count, first.difference_micro) == (whole.row_count, 0)
    for shards in (2, 8):
        run_ours(load, tmp_path / str(shards), shards=shards, in_files=True)
        assert read_outcome(load, tmp_path / str(shards)) == first


def test_a_changed_row_is_seen(load, tmp_path):
    run_ours(load, tmp_path / "out", shards=1, in_files=False)
    first = read_outcome(load, tmp_path / "out")
    rows = pq.read_table(tmp_path / "out" / "rows.parquet")
    amounts = rows.column("amount_micro").to_numpy().copy()
    amounts[7] += 1
    pq.write_table(rows.set_column(4, rows.schema.field(4), pa.array(amounts)), tmp_path / "out" / "rows.parquet")
    changed = read_outcome(load, tmp_path / "out")
    assert changed.difference_micro == 1
    assert changed.rows_digest != first.rows_digest
    assert changed.totals_digest == first.totals_digest
    assert pq.read_table(pools_path(load)).num_rows == SMALL.pools


@given(st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_random_distributions_are_divided_as_the_scalar_rules_say(seed):
    batch = random_batch(np.random.default_rng(seed), 6)
    expected = []
    for place, net in enumerate(batch.net.tolist()):
        works = range(int(batch.first_work[place]), int(batch.first_work[place + 1]))
        for work, amount in zip(works, split_exactly(net, batch.points[works].tolist()), strict=True):
            parts = slice(batch.first_part[work], batch.first_part[work + 1])
            expected += split_by_shares(amount, (batch.high_ppm - batch.low_ppm)[parts].tolist())
    assert divide_by_ours(batch).tolist() == expected
    assert divide_by_sql(batch).tolist() == expected


def test_nothing_is_lost_in_a_few_thousand_distributions():
    found = check_conservation(3_000, seed=1)
    assert found.holds
    assert found.distributions == 3_000 < BATCH
    assert found.most_bits > 110


def test_a_lost_micro_unit_is_told(monkeypatch):
    def lossy(batch):
        parts = divide_by_ours(batch)
        parts[0] += 1
        return parts

    monkeypatch.setattr("muniment.interfaces.bench.allocation.conservation.divide_by_sql", lossy)
    found = check_conservation(50, seed=1)
    assert (found.ours, found.sql, found.different) == (0, 1, 1)
    told = CliRunner().invoke(build_app(), ["bench", "conservation", "--count", "50"])
    assert told.exception is not None
    assert "Different between the two" in told.output
