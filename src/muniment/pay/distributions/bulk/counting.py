"""What a work counts where that is not the sum of its lines: stations, steps, caps, roundings, raised samples."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa

from muniment.kernel.words.allocation import split_exactly
from muniment.kernel.words.shares import PPM
from muniment.pay.distributions.bulk.arrays import Int64s, int64s
from muniment.pay.distributions.bulk.dividing import LARGEST_SUM, too_many_points
from muniment.pay.distributions.bulk.points import products
from muniment.pay.distributions.rules import PointsRule
from muniment.pay.distributions.rules.policies.counting import Raising, counted_unit
from muniment.pay.distributions.rules.policies.numbers import Direction, Rounding


@dataclass(frozen=True, slots=True)
class _Steps:
    """What a policy makes of the line points of a work, in whole numbers of 1 / `parts` of a point.

    `bands` are (edge, weight in ppm); the first `scale` turns line points into these numbers, the last `unit` is what
    one counted point is of them.
    """

    scale: int
    parts: int
    bands: tuple[tuple[int, int], ...]
    cap: int | None
    unit: Fraction
    rounding: Rounding | None

    @property
    def largest(self) -> int:
        """Return the largest number that some step multiplies by."""
        weights = [weight for _, weight in self.bands]
        return max(self.scale, *weights, PPM, 2 * self.unit.denominator, 1)


def _steps(rule: PointsRule) -> _Steps:
    unit, cap = rule.point_unit, rule.event_cap
    parts = unit.denominator * PPM * (cap.denominator if cap is not None else 1)
    counted = counted_unit(rule) * parts
    return _Steps(
        int(unit * parts),
        parts,
        tuple((band.above_units * parts, band.weight_ppm) for band in rule.degressive),
        None if cap is None else int(cap * parts),
        counted,
        rule.rounding,
    )


def counted_totals(rule: PointsRule, totals: Int64s) -> Int64s:
    """Return what works count for whose lines earn these sums of points, in `counted_unit`; as `work_points`.

    Raises:
        TooManyPoints: a number would not fit.
    """
    steps = _steps(rule)
    most = max(int(totals.max(initial=0)) * steps.scale, *(edge for edge, _ in steps.bands), steps.cap or 0)
    exact: Any = totals if most * steps.largest < LARGEST_SUM else totals.astype(object)
    value = exact * steps.scale
    if steps.bands:
        value = _degressive(steps.bands, value)
    if steps.cap is not None:
        value = np.minimum(value, steps.cap)
    counted = _in_units(value, steps)
    if len(counted) and int(counted.max()) >= LARGEST_SUM:
        raise too_many_points()
    found: Int64s = counted.astype(np.int64)
    return found


def _degressive(bands: tuple[tuple[int, int], ...], value: Any) -> Any:
    counted = np.minimum(value, bands[0][0])
    for place, (edge, weight_ppm) in enumerate(bands):
        top = np.minimum(value, bands[place + 1][0]) if place + 1 < len(bands) else value
        counted = counted + np.maximum(top - edge, 0) * weight_ppm // PPM
    return counted


def _in_units(value: Any, steps: _Steps) -> Any:
    """Return values as whole numbers of the unit: exact without a rounding, else rounded as it says."""
    upper, lower = value * steps.unit.denominator, steps.unit.numerator
    if steps.rounding is None:
        return upper // lower
    match steps.rounding.direction:
        case Direction.DOWN:
            return upper // lower
        case Direction.UP:
            return -(-upper // lower)
        case Direction.NEAREST:
            return (2 * upper + lower) // (2 * lower)
        case Direction.EVEN:
            whole, rest = upper // lower, upper % lower
            return whole + ((2 * rest > lower) | ((2 * rest == lower) & (whole % 2 == 1)))


@dataclass(frozen=True, slots=True)
class Weighing:
    """What counts for whole reports and for whole works of a pool, beside what their lines earn.

    `stations` and `strata` are the weights of reports, 1 where one is left out; `raising` is of works.
    """

    stations: Mapping[int, int]
    strata: Mapping[int, int]
    raising: Raising | None


def weigh(
    points: Int64s,
    report_ids: Int64s,
    works: Int64s,
    memory_keys: pa.Array,
    uses: Int64s,
    rule: PointsRule,
    weighing: Weighing,
) -> Int64s:
    """Return what groups of lines count, of the points that their lines earn.

    Args:
        points: of the lines of each group.
        report_ids: the report of each group; groups of one work in one report stand together.
        works: the work of each group, below zero where there is none.
        memory_keys: of the groups without a work.
        uses: of each group, summed over its lines.
        rule: of the policy.
        weighing: what counts for reports and works of the pool.

    Raises:
        TooManyPoints: the sum would not fit.
    """
    points = products(points, _of_reports(report_ids, weighing.stations))
    if not rule.is_of_lines:
        points = _of_works(points, report_ids, works, rule)
    points = products(points, _of_reports(report_ids, weighing.strata))
    if weighing.raising is not None:
        points = products(points, _factors(works, memory_keys, uses, weighing.raising))
    return points


def _of_reports(report_ids: Int64s, weights: Mapping[int, int]) -> Int64s:
    known, places = np.unique(report_ids, return_inverse=True)
    found: Int64s = np.array([weights.get(report_id, 1) for report_id in known.tolist()], dtype=np.int64)[places]
    return found


def _of_works(points: Int64s, report_ids: Int64s, works: Int64s, rule: PointsRule) -> Int64s:
    """Count each work of each report as a whole, and give its groups their parts by the largest remainder."""
    if not len(points):
        return points
    other = (np.diff(report_ids) != 0) | (np.diff(works) != 0) | (works[1:] < 0)
    starts = np.flatnonzero(np.concatenate(([True], other)))
    ends = np.append(starts[1:], len(points))
    counted = counted_totals(rule, np.add.reduceat(points, starts))
    parts = np.empty(len(points), dtype=np.int64)
    parts[starts] = counted
    for place in np.flatnonzero(ends - starts > 1).tolist():
        rows = slice(starts[place], ends[place])
        earned = points[rows].tolist()
        parts[rows] = split_exactly(int(counted[place]), earned) if any(earned) else 0
    return parts


def _factors(works: Int64s, memory_keys: pa.Array, uses: Int64s, raising: Raising) -> Int64s:
    """Return the factor of each group: by how often its work, or its unidentified thing, is reported in the pool."""
    keys = memory_keys.dictionary_encode()
    things = np.where(works >= 0, works, -1 - int64s(keys.indices))
    _, places = np.unique(things, return_inverse=True)
    totals = np.zeros(int(places.max(initial=-1)) + 1, dtype=np.int64)
    np.add.at(totals, places, uses)
    counts, at = np.unique(totals, return_inverse=True)
    factors = [raising.factor(count) for count in counts.tolist()]
    if any(factor >= LARGEST_SUM for factor in factors):
        raise too_many_points()
    found: Int64s = np.array(factors, dtype=np.int64)[at][places]
    return found
