"""From the lines of a pool to its allocations."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from muniment.kernel.columns.schemas import ALLOCATIONS
from muniment.kernel.words.shares import PPM
from muniment.pay.distributions.bulk.arrays import Int64s
from muniment.pay.distributions.bulk.dividing import divide_exactly, sum_points
from muniment.pay.distributions.bulk.grouping import DURATION, LINES, POINTS, USES, Groups, PoolLines, group_lines
from muniment.pay.distributions.bulk.shares import ShareIndex, index_shares, spread
from muniment.pay.distributions.bulk.splitting import split_index, spread_levels
from muniment.pay.distributions.rules import Hold, PointsRule


def allocate_pool(pool: PoolLines, rule: PointsRule, splits: pa.Table, parts: pa.Table) -> pa.Table:
    """Divide a pool to the micro-unit: by points to works, by shares to parts; see `allocate`.

    Args:
        pool: the lines of one pool with their matches.
        rule: how lines earn points.
        splits: SHARE_SPLITS, covering every matched line.
        parts: SHARE_PARTS of those splits, sorted by split and part.
    """
    shares = index_shares(splits, parts)
    if pool.split is not None:
        shares, parts = split_index(shares, splits, parts, pool.split)
    return allocate(pool, rule, shares, parts)


def allocate(pool: PoolLines, rule: PointsRule, shares: ShareIndex, parts: pa.Table) -> pa.Table:
    """Divide a pool, with the index of its shares made once for all pools of a run that have one split or none.

    What is unidentified or in review keeps its points and its money, under UNMATCHED and its memory key. A pool
    without any points becomes one row, held as NO_USAGE; one that waits for a reason, under that.

    Returns:
        ALLOCATIONS, sorted by report, work, memory key, split and part; the amounts sum to `pool.net_micro`.
    """
    if pool.reason:
        return _undivided(pool, pool.reason)
    groups = group_lines(pool, rule, shares)
    points = np.ascontiguousarray(groups.sums[:, POINTS])
    if not sum_points(points):
        return _undivided(pool, Hold.NO_USAGE.value)
    identified = groups.answers[groups.answers >= 0]
    if bool((shares.first[identified] == shares.after[identified]).any()):
        raise ValueError("a split has no parts")
    amounts = divide_exactly(pool.net_micro, points)
    if shares.levels is None:
        rows, part_rows, parts_micro = spread(
            groups.answers, amounts, shares.first, shares.after, shares.low_ppm, shares.high_ppm
        )
    else:
        rows, part_rows, parts_micro = spread_levels(groups.answers, amounts, shares.first, shares.after, shares.levels)
    assert int(parts_micro.sum()) == pool.net_micro, "the parts of a pool do not sum to it"
    return _allocation_rows(pool, groups, shares, parts, rows, part_rows, amounts, parts_micro)


def _allocation_rows(
    pool: PoolLines,
    groups: Groups,
    shares: ShareIndex,
    parts: pa.Table,
    rows: Int64s,
    part_rows: Int64s,
    amounts: Int64s,
    parts_micro: Int64s,
) -> pa.Table:
    """Put the columns of ALLOCATIONS together from the groups, the parts and the computed amounts."""
    answers = groups.answers[rows]
    unidentified = answers < 0
    known = np.maximum(answers, 0)
    of_part = parts.select(["part", "party_id", "payee_id", "status", "share_ppm"]).take(
        pa.array(part_rows, mask=unidentified)
    )
    work_ids = shares.work_ids if len(shares) else np.zeros(1, dtype=np.int64)
    split_ids = shares.split_ids if len(shares) else np.zeros(1, dtype=np.int64)
    return pa.table(
        {
            "fund_code": pa.repeat(pool.fund_code, len(rows)),
            "report_id": groups.report_ids[rows],
            "work_id": pa.array(work_ids[known], mask=unidentified),
            "memory_key": groups.memory_keys.take(pa.array(rows)),
            "split_id": pa.array(split_ids[known], mask=unidentified),
            "part": pc.fill_null(of_part.column("part"), 0),
            "party_id": of_part.column("party_id"),
            "payee_id": of_part.column("payee_id"),
            "status": pc.fill_null(of_part.column("status"), Hold.UNMATCHED.value),
            "share_ppm": pc.fill_null(of_part.column("share_ppm"), PPM),
            "line_count": groups.sums[rows, LINES],
            "use_count": groups.sums[rows, USES],
            "duration_ms": groups.sums[rows, DURATION],
            "points": groups.sums[rows, POINTS],
            "work_amount_micro": amounts[rows],
            "amount_micro": parts_micro,
        }
    ).cast(ALLOCATIONS)


def _undivided(pool: PoolLines, reason: str) -> pa.Table:
    """Return the one row of a pool whose whole amount waits, such as one that no usage earns anything of."""
    row = {
        "fund_code": pool.fund_code,
        "report_id": 0,
        "work_id": None,
        "memory_key": "",
        "split_id": None,
        "part": 0,
        "party_id": None,
        "payee_id": None,
        "status": reason,
        "share_ppm": PPM,
        "line_count": pool.lines.num_rows,
        "use_count": 0,
        "duration_ms": 0,
        "points": 0,
        "work_amount_micro": pool.net_micro,
        "amount_micro": pool.net_micro,
    }
    return pa.Table.from_pylist([row], schema=ALLOCATIONS)
