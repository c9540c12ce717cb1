"""The allocation kernel: usage lines, matches and shares in, one exact amount for each share part out.

The engine joins and sums integers. Points, quotients and remainders are computed here on int64 columns; no floating
point number ever becomes an amount. The result does not depend on the order of the lines.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from muniment.kernel.columns.engine import query
from muniment.kernel.columns.schemas import ALLOCATIONS
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.shares import PPM
from muniment.pay.distributions.rules import (
    UNIT_MS,
    DurationRule,
    Hold,
    PointsRule,
)

Int64s = npt.NDArray[np.int64]

LARGEST_QUOTIENT = 2**52
"""Below it a float64 guess of a quotient is off by a few units at most."""

LARGEST_TOTAL = 2**60
"""Below it a guess that is off by a few units leaves a remainder that an int64 can hold."""

LARGEST_SUM = 2**62
"""Points of a pool stay below it, so that their sum is an int64."""


class TooManyPoints(UserError):
    """The points of a pool do not fit a 64-bit number."""


@dataclass(frozen=True, slots=True)
class PoolLines:
    """What a pool is divided by: its net amount and the usage lines of its reports with their matches.

    `right_of` names the right of each report by its id. `matches` has one row for each line.
    """

    fund_code: str
    net_micro: int
    lines: pa.Table
    matches: pa.Table
    right_of: Mapping[int, str]

    @property
    def rights(self) -> pa.Table:
        """Return `right_of` as a table to be joined: report_id, right."""
        reports, rights = list(self.right_of), list(self.right_of.values())
        return pa.table({"report_id": pa.array(reports, pa.int64()), "right": pa.array(rights, pa.string())})


def line_points(lines: pa.Table, rule: PointsRule) -> Int64s:
    """Return the points of each usage line; the columnar form of `rules.points_of`.

    Raises:
        UnknownUseKind: a line has a kind of use without a weight.
        TooManyPoints: the sum of the points would not fit.
    """
    kinds = lines.column("use_kind").combine_chunks().dictionary_encode()
    if isinstance(kinds, pa.ChunkedArray):
        kinds = kinds.combine_chunks()
    weights = np.array([rule.weight_of(kind) for kind in kinds.dictionary.to_pylist()], dtype=np.int64)
    weight = weights[_ints(kinds.indices)] if len(weights) else np.zeros(0, dtype=np.int64)
    units = _line_units(lines, rule)
    counts = _ints(lines.column("use_count"))
    if float(np.dot(units.astype(np.float64) * weight, counts.astype(np.float64))) >= LARGEST_SUM:
        raise TooManyPoints(
            "The points of the pool do not fit a 64-bit number.",
            "Check the counts and durations of its reports, or give the use weights a larger common divisor.",
        )
    return units * weight * counts


def _line_units(lines: pa.Table, rule: PointsRule) -> Int64s:
    if rule.duration_rule is DurationRule.NONE:
        return np.ones(lines.num_rows, dtype=np.int64)
    counted_ms = _ints(pc.fill_null(lines.column("duration_ms"), rule.default_duration_ms))
    counted_ms = np.maximum(counted_ms, rule.minimum_duration_ms)
    return -(-counted_ms // UNIT_MS[rule.duration_rule])


def _ints(column: pa.ChunkedArray | pa.Array) -> Int64s:
    values: Int64s = column.to_numpy(zero_copy_only=False) if isinstance(column, pa.Array) else column.to_numpy()
    return values.astype(np.int64, copy=False)


# ---- exact division of a pool ----


def divide_exactly(net_micro: int, points: Int64s) -> Int64s:
    """Divide `net_micro` in proportion to `points` by the largest remainder, ties to the first place.

    The columnar form of `split_exactly` with keys in the order of `points`. The floor of each product of up to 124
    bits is found from a float64 guess, which the remainder in wrapping int64 then corrects; where the bounds for that
    do not hold, Python's own integers compute it.

    Raises:
        ValueError: an amount below zero, or one with no points at all.
    """
    total = int(points.sum())
    if net_micro < 0 or (net_micro and not total):
        raise ValueError(f"cannot divide {net_micro} by {total} points")
    if not total:
        return np.zeros(len(points), dtype=np.int64)
    if net_micro < LARGEST_QUOTIENT and total < LARGEST_TOTAL:
        floors, remainders = _quotients(net_micro, points, total)
    else:
        floors, remainders = _quotients_by_python(net_micro, points, total)
    left = net_micro - int(floors.sum())
    return floors + _largest_first(remainders, left)


def _quotients(net_micro: int, points: Int64s, total: int) -> tuple[Int64s, Int64s]:
    guess = (points.astype(np.float64) * (float(net_micro) / float(total))).astype(np.int64)
    with np.errstate(over="ignore"):
        remainder = points * np.int64(net_micro) - guess * np.int64(total)
    correction = remainder // total
    assert len(correction) == 0 or int(np.abs(correction).max()) <= 4, "the float64 guess is further off than it can be"
    return guess + correction, remainder - correction * total


def _quotients_by_python(net_micro: int, points: Int64s, total: int) -> tuple[Int64s, Int64s]:
    pairs = [divmod(net_micro * weight, total) for weight in points.tolist()]
    floors = np.array([pair[0] for pair in pairs], dtype=np.int64)
    return floors, np.array([pair[1] for pair in pairs], dtype=np.int64)


def _largest_first(remainders: Int64s, left: int) -> Int64s:
    """Return one unit for each of the `left` largest remainders, ties to the first places, else none."""
    units = np.zeros(len(remainders), dtype=np.int64)
    if not left:
        return units
    threshold = np.partition(remainders, len(remainders) - left)[len(remainders) - left]
    above = remainders > threshold
    units[above] = 1
    ties = np.flatnonzero(remainders == threshold)
    units[ties[: left - int(above.sum())]] = 1
    return units


def part_of(amounts: Int64s, low_ppm: Int64s, high_ppm: Int64s) -> Int64s:
    """Return each amount's part between two cumulative bounds; the columnar form of `split_by_shares`.

    An amount is taken apart into millions and the rest, so that no product passes an int64.
    """
    millions, rest = np.divmod(amounts, PPM)
    parts: Int64s = millions * (high_ppm - low_ppm) + rest * high_ppm // PPM - rest * low_ppm // PPM
    return parts


# ---- from lines to allocations ----

_GROUPS = """
    SELECT line.report_id, match.work_id, split.split_id,
           CASE WHEN match.work_id IS NULL THEN match.memory_key ELSE '' END AS memory_key,
           count(*)::BIGINT AS line_count,
           sum(line.use_count)::BIGINT AS use_count,
           sum(line.duration_ms * line.use_count)::BIGINT AS duration_ms,
           sum(line.points)::BIGINT AS points,
           count(*) FILTER (WHERE match.work_id IS NOT NULL AND split.split_id IS NULL)::BIGINT AS without_split
    FROM line
    JOIN match USING (line_id)
    JOIN report ON report.report_id = line.report_id
    LEFT JOIN split ON split.work_id = match.work_id AND split.territory = line.territory
         AND split."right" = report."right" AND split.used_from <= line.used_on AND line.used_on < split.used_to
    GROUP BY 1, 2, 3, 4
    ORDER BY report_id, work_id NULLS LAST, memory_key, split_id NULLS LAST
"""


def group_lines(pool: PoolLines, rule: PointsRule, splits: pa.Table) -> pa.Table:
    """Sum the lines of a pool by report, work (or memory key of what is unidentified) and split.

    Returns:
        report_id, work_id, split_id, memory_key, line_count, use_count, duration_ms, points; in the order of those
        keys, which is the order that breaks ties.

    Raises:
        ValueError: a line without a match row, or a matched work without a split.
    """
    lines = pool.lines
    table = pa.table(
        {
            "line_id": lines.column("line_id"),
            "report_id": lines.column("report_id"),
            "territory": lines.column("territory"),
            "used_on": lines.column("used_on"),
            "use_count": lines.column("use_count"),
            "duration_ms": pc.fill_null(lines.column("duration_ms"), rule.default_duration_ms),
            "points": line_points(lines, rule),
        }
    )
    matches = pool.matches.select(["line_id", "work_id", "memory_key"])
    groups = query(_GROUPS, line=table, match=matches, report=pool.rights, split=splits)
    grouped = int(_ints(groups.column("line_count")).sum())
    if grouped != lines.num_rows:
        raise ValueError(f"{lines.num_rows} lines, but {grouped} after joining matches and splits")
    if int(_ints(groups.column("without_split")).sum()):
        raise ValueError("a matched work has no split for a line's right, territory and day")
    return groups.drop_columns(["without_split"])


def allocate_pool(pool: PoolLines, rule: PointsRule, splits: pa.Table, parts: pa.Table) -> pa.Table:
    """Divide a pool to the micro-unit: by points to works, by shares to parts.

    What is unidentified or in review keeps its points and its money, under UNMATCHED and its memory key. A pool
    without any points becomes one row, held as NO_USAGE.

    Args:
        pool: the lines of one pool with their matches.
        rule: how lines earn points.
        splits: SHARE_SPLITS, covering every matched line.
        parts: SHARE_PARTS of those splits, sorted by split and part.

    Returns:
        ALLOCATIONS, sorted by report, work, memory key, split and part; the amounts sum to `pool.net_micro`.
    """
    groups = group_lines(pool, rule, splits)
    points = _ints(groups.column("points"))
    if not int(points.sum()):
        return _unused_pool(pool)
    amounts = divide_exactly(pool.net_micro, points)
    rows, part_rows = _spread(groups, parts)
    part_low, part_high = _bounds(parts)
    is_split = part_rows >= 0
    low = np.where(is_split, part_low[part_rows], 0)
    high = np.where(is_split, part_high[part_rows], PPM)
    amount = part_of(amounts[rows], low, high)
    assert int(amount.sum()) == pool.net_micro, "the parts of a pool do not sum to it"
    return _allocation_rows(pool, groups, parts, rows, part_rows, amounts[rows], amount)


def _bounds(parts: pa.Table) -> tuple[Int64s, Int64s]:
    """Return the cumulative bounds of each part within its split; one row at least, so that it can be indexed."""
    if parts.num_rows == 0:
        return np.zeros(1, dtype=np.int64), np.full(1, PPM, dtype=np.int64)
    shares = _ints(parts.column("share_ppm"))
    running = np.cumsum(shares)
    starts = _split_starts(parts)
    sizes = np.diff(np.append(starts, parts.num_rows))
    before = np.repeat(running[starts] - shares[starts], sizes)
    high = running - before
    ends = high[starts + sizes - 1]
    assert bool((ends == PPM).all()), "the parts of a split do not sum to 1,000,000 ppm"
    return high - shares, high


def _split_starts(parts: pa.Table) -> Int64s:
    split_ids = _ints(parts.column("split_id"))
    assert bool((np.diff(split_ids) >= 0).all()), "share parts are not sorted by split"
    return np.flatnonzero(np.diff(split_ids, prepend=split_ids[0] - 1)).astype(np.int64)


def _spread(groups: pa.Table, parts: pa.Table) -> tuple[Int64s, Int64s]:
    """Return, for each row to be written, the place of its group and of its part (-1: no split)."""
    wanted = _ints(pc.fill_null(groups.column("split_id"), -1))
    has_split = wanted >= 0
    starts = _split_starts(parts) if parts.num_rows else np.zeros(0, dtype=np.int64)
    sizes = np.diff(np.append(starts, parts.num_rows)).astype(np.int64)
    known = _ints(parts.column("split_id"))[starts] if parts.num_rows else np.zeros(0, dtype=np.int64)
    place = np.searchsorted(known, wanted[has_split])
    if bool((place >= len(known)).any()) or not bool((known[place] == wanted[has_split]).all()):
        raise ValueError("a split has no parts")
    size = np.ones(len(wanted), dtype=np.int64)
    size[has_split] = sizes[place]
    start = np.full(len(wanted), -1, dtype=np.int64)
    start[has_split] = starts[place]
    rows = np.repeat(np.arange(len(wanted), dtype=np.int64), size)
    offset = np.arange(len(rows), dtype=np.int64) - np.repeat(np.cumsum(size) - size, size)
    part_rows = np.where(start[rows] >= 0, start[rows] + offset, -1)
    return rows, part_rows


def _allocation_rows(
    pool: PoolLines,
    groups: pa.Table,
    parts: pa.Table,
    rows: Int64s,
    part_rows: Int64s,
    work_amount: Int64s,
    amount: Int64s,
) -> pa.Table:
    """Put the columns of ALLOCATIONS together from the groups, the parts and the computed amounts."""
    of_group = groups.take(pa.array(rows))
    place = pa.array(part_rows, mask=part_rows < 0)
    of_part = parts.select(["part", "party_id", "payee_id", "status", "share_ppm"]).take(place)
    return pa.table(
        {
            "fund_code": pa.repeat(pool.fund_code, len(rows)),
            "report_id": of_group.column("report_id"),
            "work_id": of_group.column("work_id"),
            "memory_key": of_group.column("memory_key"),
            "split_id": of_group.column("split_id"),
            "part": pc.fill_null(of_part.column("part"), 0),
            "party_id": of_part.column("party_id"),
            "payee_id": of_part.column("payee_id"),
            "status": pc.fill_null(of_part.column("status"), Hold.UNMATCHED.value),
            "share_ppm": pc.fill_null(of_part.column("share_ppm"), PPM),
            "line_count": of_group.column("line_count"),
            "use_count": of_group.column("use_count"),
            "duration_ms": of_group.column("duration_ms"),
            "points": of_group.column("points"),
            "work_amount_micro": work_amount,
            "amount_micro": amount,
        }
    ).cast(ALLOCATIONS)


def _unused_pool(pool: PoolLines) -> pa.Table:
    """Return the one row of a pool that no usage earns anything of: all of it waits."""
    row = {
        "fund_code": pool.fund_code,
        "report_id": 0,
        "work_id": None,
        "memory_key": "",
        "split_id": None,
        "part": 0,
        "party_id": None,
        "payee_id": None,
        "status": Hold.NO_USAGE.value,
        "share_ppm": PPM,
        "line_count": pool.lines.num_rows,
        "use_count": 0,
        "duration_ms": 0,
        "points": 0,
        "work_amount_micro": pool.net_micro,
        "amount_micro": pool.net_micro,
    }
    return pa.Table.from_pylist([row], schema=ALLOCATIONS)
