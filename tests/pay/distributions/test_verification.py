"""The division in SQL, beside the compiled one: on random pools, and on whole runs, also on damaged ones."""

import ast
import random
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from muniment.kernel.columns.schemas import MATCHES, SHARE_PARTS, SHARE_SPLITS, USAGE_LINES
from muniment.kernel.columns.tables import digest_table
from muniment.pay.distributions import bulk, queries, services
from muniment.pay.distributions.models import DistributionRun, HeldTotal, PayeeTotal, Pool
from muniment.pay.distributions.queries import division_sql, payees_sql, splits_sql, verification
from muniment.pay.distributions.rules import DurationRule, PointsRule, UnknownRun
from tests.cast import CHEN
from tests.pay.distributions.society import AT, CONCERT, RADIO, set_up
from tests.pay.distributions.test_bulk import SECONDS, _random_pool, line, match, part, split

EUR = 1_000_000
RULES = (
    SECONDS,
    PointsRule(DurationRule.NONE, 0, 0, {"feature": 3, "background": 0}),
    PointsRule(DurationRule.MILLISECOND, 60_000, 0, {"feature": 6, "background": 4}, maximum_duration_ms=200_000),
    PointsRule(DurationRule.STARTED_MINUTE, 0, 60_000, {"feature": 1_000_000, "background": 600_000}),
    PointsRule(DurationRule.BLOCK, 181_000, 1, {"feature": 15, "background": 10}, block_ms=300_000),
    PointsRule(
        DurationRule.LONG_PLAY, 0, 0, {"feature": 1, "background": 1}, block_ms=60_000, first_ms=300_000,
        first_units_ppm=1_000_000, block_units_ppm=200_000,
    ),
)  # fmt: skip


def both(net_micro, lines, matches, splits, parts, rule=SECONDS):
    """Return the allocations of one pool by the compiled functions and by SQL."""
    tables = {
        "lines": pa.Table.from_pylist(lines, schema=USAGE_LINES),
        "matches": pa.Table.from_pylist(matches, schema=MATCHES),
    }
    pool = bulk.PoolLines("f", net_micro, **tables, right_of={row["report_id"]: "PR" for row in lines})
    shares = {
        "splits": pa.Table.from_pylist(splits, schema=SHARE_SPLITS),
        "parts": pa.Table.from_pylist(parts, schema=SHARE_PARTS),
    }
    opened = division_sql.SqlPool("f", net_micro, **tables, reports=division_sql.report_table(pool.right_of), **shares)
    return bulk.allocate_pool(pool, rule, **shares), division_sql.sql_allocations(opened, rule)


@given(st.integers(0, 2**32), st.integers(1, 60), st.integers(0, 2**62), st.sampled_from(RULES))
@settings(max_examples=60, deadline=None)
def test_two_implementations_agree_in_every_row(seed, size, net_micro, rule):
    lines, matches, splits, parts, _ = _random_pool(random.Random(seed), size)
    compiled, by_sql = both(net_micro, lines, matches, splits, parts, rule)
    assert compiled.to_pylist() == by_sql.to_pylist()
    assert digest_table(compiled) == digest_table(by_sql)
    assert sum(by_sql.column("amount_micro").to_pylist()) == net_micro


def test_both_are_exact_at_125_bits():
    """2^62 micro-units by points that sum to almost 2^62: no product here fits 64 bits."""
    counts = [2**60 + 7, 2**60 - 1, 2**59 + 12_345, 3]
    lines = [line(place, duration_ms=0, count=count) for place, count in enumerate(counts, start=1)]
    shares = [part(place, 0, 1_000_000, 5) for place in range(4)]
    rule = PointsRule(DurationRule.NONE, 0, 0, {"feature": 1_000_000})
    compiled, by_sql = both(
        2**62, lines, [match(place, place) for place in range(1, 5)], [split(place, place + 1) for place in range(4)],
        shares, rule,
    )  # fmt: skip
    assert compiled.to_pylist() == by_sql.to_pylist()
    assert sum(by_sql.column("amount_micro").to_pylist()) == 2**62


def test_sql_uses_nothing_of_the_compiled_division():
    ours = {
        "muniment.pay.distributions.models",
        "muniment.pay.distributions.rules",
        "muniment.pay.distributions.queries.division_sql",
        "muniment.pay.distributions.queries.payees_sql",
        "muniment.pay.distributions.queries.splits_sql",
    }
    modules = (verification, division_sql, payees_sql, splits_sql)
    trees = [ast.parse(Path(module.__file__).read_text()) for module in modules]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    imported = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    imported |= {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    others = {name for name in imported if name.startswith("muniment.pay")} - ours
    assert all(name.startswith("muniment.pay.distributions.rules.policies.") for name in others)
    assert not imported & {"numpy", "numba", "muniment.kernel.columns.compiled", "muniment.kernel.words.allocation"}


@pytest.fixture
def run(db, monkeypatch):
    """Radio with a shared, a half-claimed and an unidentified work; a concert that nobody reported."""
    society = set_up(monkeypatch)
    aigul, bilal = society.member("Aigul"), society.member("Bilal", place=1)
    society.share(7, (aigul, 500_000), (bilal, 500_000))
    society.share(8, (aigul, 250_000))
    society.receive(RADIO, 1_000 * EUR)
    society.receive(CONCERT, 70 * EUR)
    society.report(RADIO, 1, [(7, 240, 1), (8, 60, 1), (None, 100, 1)])
    drafted = services.draft_run(
        actor=CHEN, at=AT, title="Third quarter", policy="census-1", fund_codes=[RADIO, CONCERT], known_at=AT
    )
    return services.compute_run(actor=CHEN, at=AT, run_id=drafted.id)


def test_a_run_is_verified_row_by_row(run):
    found = queries.verify_run(run.id)
    assert found.agrees
    assert found.digest == run.digest
    assert [(pool.fund_code, pool.line_count, pool.row_count) for pool in found.pools] == [
        (RADIO, 3, 5),
        (CONCERT, 0, 1),
    ]


def test_a_changed_sum_in_the_database_is_found(run):
    PayeeTotal.objects.filter(pool__run_id=run.id).order_by("pk")[:1].get()
    total = PayeeTotal.objects.filter(pool__run_id=run.id).first()
    PayeeTotal.objects.filter(pk=total.pk).update(amount_micro=total.amount_micro + 1)
    HeldTotal.objects.filter(pool__run_id=run.id, reason="NO_USAGE").delete()
    found = queries.verify_run(run.id)
    assert not found.agrees
    assert [pool.wrong_totals for pool in found.pools] == [1, 1]
    assert found.digest == run.digest


def test_an_amount_that_was_changed_after_computing_is_found(run):
    pool = Pool.objects.get(run_id=run.id, fund_code=RADIO)
    Pool.objects.filter(pk=pool.pk).update(net_micro=pool.net_micro + 1, gross_micro=pool.gross_micro + 1)
    found = queries.verify_run(run.id)
    assert found.pools[0].missing >= 1
    assert found.pools[0].unexpected == found.pools[0].missing
    assert found.digest != run.digest


def test_a_run_that_was_never_computed_is_refused(run):
    DistributionRun.objects.filter(pk=run.id).update(allocations_batch=None)
    with pytest.raises(UnknownRun, match="no computed run"):
        queries.verify_run(run.id)
