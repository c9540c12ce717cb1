"""The division a second time, in SQL, from the frozen inputs of a run alone; nothing of the first one is used here.

Two implementations that were written apart, one in loops over columns and one in joins and windows over 128-bit
integers, hardly make the same mistake. A test holds that this module imports nothing of the compiled one.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from muniment.kernel.columns.engine import query
from muniment.kernel.columns.schemas import ALLOCATIONS, MATCHES, USAGE_LINES
from muniment.kernel.columns.tables import digest_table
from muniment.kernel.words.digests import Plain, digest_value
from muniment.pay.distributions.models import DistributionRun, HeldTotal, PayeeTotal, Pool, PoolReport
from muniment.pay.distributions.rules import DurationRule, PointsRule, Policy, UnknownRun, parse_policy
from muniment.trust.access.rules import instant_text
from muniment.trust.batches.queries import open_batch

_LINES = ("line_id", "report_id", "duration_ms", "use_count", "used_on", "territory", "use_kind")
_MATCHES = ("line_id", "work_id", "memory_key")


@dataclass(frozen=True, slots=True)
class PoolCheck:
    """What SQL made of one pool, beside what the run has sealed and booked.

    `missing` rows are sealed and not found, `unexpected` ones found and not sealed; both count a row that differs.
    `difference_micro` is deducted + of payees + held, less the gross amount. `wrong_totals` counts the sums by payee
    and by hold that the run keeps in the database and that are not those of the rows.
    """

    fund_code: str
    line_count: int
    row_count: int
    missing: int
    unexpected: int
    difference_micro: int
    wrong_totals: int

    @property
    def agrees(self) -> bool:
        """Return whether every row and sum is the same."""
        return not (self.missing or self.unexpected or self.difference_micro or self.wrong_totals)


@dataclass(frozen=True, slots=True)
class Verification:
    """A run computed in SQL: each pool, and the digest that comes out beside the one that the run has."""

    run_number: int
    pools: tuple[PoolCheck, ...]
    digest: str
    kept_digest: str

    @property
    def agrees(self) -> bool:
        """Return whether both implementations came to the same."""
        return self.digest == self.kept_digest and all(pool.agrees for pool in self.pools)


def verify_run(run_id: int) -> Verification:
    """Compute a run in SQL from its frozen inputs and compare every row, every sum and the digest.

    Raises:
        UnknownRun: there is no such run, or it was never computed.
        BrokenBatch: a frozen input or the sealed result is missing or changed.
    """
    run = DistributionRun.objects.filter(pk=run_id).first()
    if run is None or run.allocations_batch_id is None:
        raise UnknownRun(f"There is no computed run with the id {run_id}.", "Compute it first.")
    policy = parse_policy(run.policy_text, f"policy of run {run.number}")
    sealed = open_batch(run.allocations_batch_id)
    splits, parts = open_batch(run.splits_batch_id or 0), open_batch(run.parts_batch_id or 0)
    pools = list(Pool.objects.filter(run=run).order_by("ordinal"))
    tables, checks = [ALLOCATIONS.empty_table()], []
    for pool in pools:
        lines, matches, reports = _pool_tables(pool)
        rows = sql_allocations(pool.fund_code, pool.net_micro, policy.points, lines, matches, reports, splits, parts)
        tables.append(rows)
        checks.append(_check(pool, lines.num_rows, rows, sealed))
    found = pa.concat_tables(tables).combine_chunks()
    outcomes = sql_outcomes(found, open_batch(run.payees_batch_id or 0), policy.minimum_micro(run.currency))
    return Verification(run.number, tuple(checks), _digest(run, policy, pools, found, outcomes), run.digest)


def _digest(run: DistributionRun, policy: Policy, pools: list[Pool], found: pa.Table, outcomes: pa.Table) -> str:
    """Return the digest of a run over everything that decided it and everything it came to."""
    amounts: list[Plain] = [[pool.fund_code, pool.gross_micro, pool.net_micro] for pool in pools]
    return digest_value(
        {
            "run": run.number,
            "currency": run.currency,
            "known_at": instant_text(run.known_at),
            "policy": policy.digest,
            "pools": amounts,
            "allocations": digest_table(found),
            "outcomes": digest_table(outcomes),
        }
    )


def _pool_tables(pool: Pool) -> tuple[pa.Table, pa.Table, pa.Table]:
    """Open the sealed lines and matches of a pool, and return them with the right of each report."""
    reports = list(PoolReport.objects.filter(pool=pool).order_by("report_id"))
    lines = [pa.schema([USAGE_LINES.field(name) for name in _LINES]).empty_table()]
    matches = [pa.schema([MATCHES.field(name) for name in _MATCHES]).empty_table()]
    lines += [open_batch(report.lines_batch_id).select(_LINES) for report in reports]
    matches += [open_batch(report.matches_batch_id).select(_MATCHES) for report in reports]
    rights = pa.table(
        {
            "report_id": pa.array([report.report_id for report in reports], pa.int64()),
            "right": pa.array([report.right for report in reports], pa.string()),
        }
    )
    return pa.concat_tables(lines), pa.concat_tables(matches), rights


# ---- points ----


def _units(rule: PointsRule) -> str:
    """Return the SQL for the units of a line's duration `spent_ms`, already the default where none was reported."""
    if rule.duration_rule is DurationRule.NONE:
        return "1::HUGEINT"
    spent = f"greatest(spent_ms, {rule.minimum_duration_ms})"
    if rule.maximum_duration_ms is not None:
        spent = f"least({spent}, {rule.maximum_duration_ms})"
    if rule.duration_rule is DurationRule.LONG_PLAY:
        beyond = f"greatest({spent} - {rule.first_ms}, 0)"
        blocks = f"(({beyond} + {rule.block_ms} - 1) // {rule.block_ms})"
        first, further = rule.first_units_ppm, rule.block_units_ppm
        return f"(({first} + {blocks}::HUGEINT * {further}) // greatest(gcd({first}, {further}), 1))"
    unit_ms = {
        DurationRule.SECOND: 1_000,
        DurationRule.STARTED_MINUTE: 60_000,
        DurationRule.MILLISECOND: 1,
        DurationRule.BLOCK: rule.block_ms,
    }[rule.duration_rule]
    return f"(({spent} + {unit_ms} - 1) // {unit_ms})::HUGEINT"


_ALLOCATIONS = """
    WITH weighed AS (
        SELECT use_kind, weight_ppm // (SELECT list_reduce(list(weight_ppm), lambda one, other: gcd(one, other))
                                        FROM weight) AS weight
        FROM weight
    ), earned AS (
        SELECT line.report_id, match.work_id, split.split_id, line.use_count,
               CASE WHEN match.work_id IS NULL THEN match.memory_key ELSE '' END AS memory_key,
               coalesce(line.duration_ms, {default_ms}) AS spent_ms, weighed.weight
        FROM line
        JOIN match ON match.line_id = line.line_id
        JOIN report ON report.report_id = line.report_id
        JOIN weighed ON weighed.use_kind = line.use_kind
        LEFT JOIN split ON split.work_id = match.work_id AND split.territory = line.territory
             AND split."right" = report."right" AND split.used_from <= line.used_on AND line.used_on < split.used_to
    ), work AS (
        SELECT report_id, work_id, split_id, memory_key, count(*) AS line_count, sum(use_count) AS use_count,
               sum(spent_ms::HUGEINT * use_count) AS duration_ms,
               sum({units} * weight * use_count) AS points
        FROM earned GROUP BY ALL
    ), whole AS (
        SELECT coalesce(sum(points), 0) AS whole_points, coalesce(sum(line_count), 0) AS all_lines FROM work
    ), floored AS (
        SELECT *, points * {net_micro}::HUGEINT // whole_points AS floor_micro,
               points * {net_micro}::HUGEINT % whole_points AS remainder
        FROM work, whole WHERE whole_points > 0
    ), ranked AS (
        SELECT *, {net_micro}::HUGEINT - sum(floor_micro) OVER () AS units,
               row_number() OVER (ORDER BY remainder DESC, report_id, work_id NULLS LAST, memory_key,
                                           split_id NULLS LAST) AS place
        FROM floored
    ), divided AS (
        SELECT *, floor_micro + CASE WHEN place <= units THEN 1 ELSE 0 END AS work_amount_micro FROM ranked
    ), bounded AS (
        SELECT *, sum(share_ppm) OVER (PARTITION BY split_id ORDER BY part) AS until_ppm FROM part
    ), spread AS (
        SELECT report_id, work_id, memory_key, divided.split_id, coalesce(part, 0) AS part, party_id, payee_id,
               coalesce(status, 'UNMATCHED') AS status, coalesce(share_ppm, 1000000) AS share_ppm,
               line_count, use_count, duration_ms, points, work_amount_micro,
               work_amount_micro * coalesce(until_ppm, 1000000)::HUGEINT // 1000000
               - work_amount_micro * coalesce(until_ppm - share_ppm, 0)::HUGEINT // 1000000 AS amount_micro
        FROM divided LEFT JOIN bounded ON bounded.split_id = divided.split_id
        UNION ALL BY NAME
        SELECT 0 AS report_id, '' AS memory_key, 0 AS part, 'NO_USAGE' AS status, 1000000 AS share_ppm,
               all_lines AS line_count, 0 AS use_count, 0 AS duration_ms, 0 AS points,
               {net_micro} AS work_amount_micro, {net_micro} AS amount_micro
        FROM whole WHERE whole_points = 0
    )
    SELECT fund_code, report_id, work_id, memory_key, split_id, part, party_id, payee_id, status, share_ppm,
           line_count::BIGINT AS line_count, use_count::BIGINT AS use_count, duration_ms::BIGINT AS duration_ms,
           points::BIGINT AS points, work_amount_micro::BIGINT AS work_amount_micro,
           amount_micro::BIGINT AS amount_micro
    FROM spread, fund
    ORDER BY report_id, work_id NULLS LAST, memory_key, split_id NULLS LAST, part
"""


def sql_allocations(
    fund_code: str,
    net_micro: int,
    rule: PointsRule,
    lines: pa.Table,
    matches: pa.Table,
    reports: pa.Table,
    splits: pa.Table,
    parts: pa.Table,
) -> pa.Table:
    """Return ALLOCATIONS of one pool, worked out by the query engine from its lines to its last micro-unit.

    Args:
        fund_code: the pool's.
        net_micro: the amount that is divided.
        rule: how lines earn points.
        lines: USAGE_LINES, at least what a division reads.
        matches: MATCHES, one row a line.
        reports: the right of each report: report_id, right.
        splits: SHARE_SPLITS.
        parts: SHARE_PARTS of those splits.
    """
    sql = _ALLOCATIONS.format(default_ms=rule.default_duration_ms, units=_units(rule), net_micro=int(net_micro))
    weights = pa.table(
        {
            "use_kind": pa.array(rule.use_weight_ppm.keys(), pa.string()),
            "weight_ppm": pa.array(rule.use_weight_ppm.values(), pa.int64()),
        }
    )
    return query(
        sql,
        line=lines,
        match=matches,
        report=reports,
        split=splits,
        part=parts,
        weight=weights,
        fund=pa.table({"fund_code": pa.array([fund_code], pa.string())}),
    ).cast(ALLOCATIONS)


_OUTCOMES = """
    WITH coming AS (
        SELECT payee_id AS party_id, sum(amount_micro) AS amount_micro, sum(line_count) AS line_count
        FROM allocation WHERE status = 'PAYABLE' GROUP BY 1 HAVING sum(amount_micro) > 0
    )
    SELECT party_id, amount_micro::BIGINT AS amount_micro, line_count::BIGINT AS line_count,
           CASE WHEN NOT has_bank THEN 'NO_PAYEE'
                WHEN payable_before_micro + held_before_micro + amount_micro < {minimum_micro} THEN 'BELOW_MIN'
                ELSE 'PAYABLE' END AS outcome
    FROM coming JOIN payee USING (party_id) ORDER BY party_id
"""

_OUTCOME_COLUMNS = pa.schema(
    [
        pa.field("party_id", pa.int64(), nullable=False),
        pa.field("amount_micro", pa.int64(), nullable=False),
        pa.field("line_count", pa.int64(), nullable=False),
        pa.field("outcome", pa.string(), nullable=False),
    ]
)


def sql_outcomes(allocations: pa.Table, payees: pa.Table, minimum_micro: int) -> pa.Table:
    """Return what each payee gets and whether it is paid or waits, by PAYEES and the least amount that is paid."""
    sql = _OUTCOMES.format(minimum_micro=int(minimum_micro))
    return query(sql, allocation=allocations, payee=payees).cast(_OUTCOME_COLUMNS)


# ---- comparing ----

_DIFFERENT = """
    SELECT (SELECT count(*) FROM (SELECT * FROM of_pool EXCEPT ALL SELECT * FROM found)) AS missing,
           (SELECT count(*) FROM (SELECT * FROM found EXCEPT ALL SELECT * FROM of_pool)) AS unexpected
    FROM (SELECT 1)
"""

_SUMS = """
    SELECT CASE WHEN status = 'PAYABLE' THEN payee_id::VARCHAR ELSE status END AS place,
           sum(amount_micro)::BIGINT AS amount_micro, sum(line_count)::BIGINT AS line_count
    FROM found GROUP BY 1
"""


def _check(pool: Pool, line_count: int, rows: pa.Table, sealed: pa.Table) -> PoolCheck:
    fund = pa.table({"fund_code": pa.array([pool.fund_code], pa.string())})
    of_pool = query("SELECT sealed.* FROM sealed SEMI JOIN fund USING (fund_code)", sealed=sealed, fund=fund)
    different = query(_DIFFERENT, of_pool=of_pool, found=rows).to_pylist()[0]
    sums = {row["place"]: (row["amount_micro"], row["line_count"]) for row in query(_SUMS, found=rows).to_pylist()}
    given_micro = sum(amount for amount, _ in sums.values())
    expected = {place: sum_of for place, sum_of in sums.items() if not place.isdigit() or sum_of[0] > 0}
    kept = dict(_kept_totals(pool))
    wrong = {place for place in {*expected, *kept} if expected.get(place) != kept.get(place)}
    return PoolCheck(
        pool.fund_code,
        line_count,
        rows.num_rows,
        different["missing"],
        different["unexpected"],
        pool.deducted_micro + given_micro - pool.gross_micro,
        len(wrong),
    )


def _kept_totals(pool: Pool) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the sums that the database keeps of a pool: by payee, and by reason of what is held."""
    for party_id, *sums in PayeeTotal.objects.filter(pool=pool).values_list("party_id", "amount_micro", "line_count"):
        yield str(party_id), (sums[0], sums[1])
    for reason, *sums in HeldTotal.objects.filter(pool=pool).values_list("reason", "amount_micro", "line_count"):
        yield reason, (sums[0], sums[1])
