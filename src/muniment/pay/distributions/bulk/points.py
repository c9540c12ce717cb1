"""What each usage line earns: the columnar form of `rules.points_of`."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from muniment.pay.distributions.bulk.arrays import Int64s, int64s
from muniment.pay.distributions.bulk.dividing import LARGEST_SUM, too_many_points
from muniment.pay.distributions.rules import DurationRule, PointsRule


def line_points(lines: pa.Table, rule: PointsRule) -> Int64s:
    """Return the points of each usage line.

    Raises:
        UnknownUseKind: a line has a kind of use without a weight.
        TooManyPoints: the sum of the points would not fit.
    """
    kinds = lines.column("use_kind").combine_chunks().dictionary_encode()
    kinds = kinds.combine_chunks() if isinstance(kinds, pa.ChunkedArray) else kinds
    weights = np.array([rule.weight_of(kind) for kind in kinds.dictionary.to_pylist()], dtype=np.int64)
    weight = weights[int64s(kinds.indices)] if len(weights) else np.zeros(0, dtype=np.int64)
    return products(line_units(lines, rule) * weight, int64s(lines.column("use_count")))


def line_units(lines: pa.Table, rule: PointsRule) -> Int64s:
    """Return the units that the duration of each line counts for."""
    if rule.duration_rule is DurationRule.NONE:
        return np.ones(lines.num_rows, dtype=np.int64)
    counted_ms = np.maximum(counted_durations(lines, rule), rule.minimum_duration_ms)
    if rule.maximum_duration_ms is not None:
        counted_ms = np.minimum(counted_ms, rule.maximum_duration_ms)
    if rule.duration_rule is DurationRule.LONG_PLAY:
        further = np.maximum(0, -(-(counted_ms - rule.first_ms) // rule.block_ms))
        units: Int64s = (rule.first_units_ppm + further * rule.block_units_ppm) // rule.duration_unit_ppm
        return units
    return -(-counted_ms // rule.unit_ms)


def counted_durations(lines: pa.Table, rule: PointsRule) -> Int64s:
    """Return the duration of each line in milliseconds; what was not reported counts as the policy's default."""
    return int64s(pc.fill_null(lines.column("duration_ms"), rule.default_duration_ms))


def products(ones: Int64s, others: Int64s) -> Int64s:
    """Return the products, whose sum is an int64.

    Raises:
        TooManyPoints: the sum of the products may pass LARGEST_SUM.
    """
    if float(np.dot(np.abs(ones.astype(np.float64)), np.abs(others.astype(np.float64)))) >= LARGEST_SUM:
        raise too_many_points()
    return ones * others
