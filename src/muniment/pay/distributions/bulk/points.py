"""What each usage line earns: the columnar form of `rules.points_of`."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from muniment.pay.distributions.bulk.arrays import Int64s, int64s
from muniment.pay.distributions.bulk.dividing import LARGEST_SUM, NegativeUse, too_many_points
from muniment.pay.distributions.rules import DurationRule, PointsRule, UnknownUseKind
from muniment.pay.distributions.rules.policies.counting import minute_of_day

_ORDINAL = (1 << 32) - 1
"""The place of a line in its report: the lower half of its id."""


def line_points(lines: pa.Table, rule: PointsRule) -> Int64s:
    """Return the points of each usage line, without the weight of its station, which is one for the whole report.

    Raises:
        UnknownUseKind: a line has a kind of use without a weight, or no time of day where the policy weighs times.
        NegativeUse: a line has a count or a duration below zero.
        TooManyPoints: the sum of the points would not fit.
    """
    _refuse_negative(lines)
    kinds = lines.column("use_kind").combine_chunks().dictionary_encode()
    kinds = kinds.combine_chunks() if isinstance(kinds, pa.ChunkedArray) else kinds
    weights = np.array([rule.weight_of(kind) for kind in kinds.dictionary.to_pylist()], dtype=np.int64)
    weight = weights[int64s(kinds.indices)] if len(weights) else np.zeros(0, dtype=np.int64)
    if rule.time_weights:
        weight = products(weight, _time_weights(lines, rule))
    return products(line_units(lines, rule) * weight, int64s(lines.column("use_count")))


def _refuse_negative(lines: pa.Table) -> None:
    """Let lines pass that count nothing below zero.

    Raises:
        NegativeUse: one does; the message names its report and its place in it.
    """
    for name, what in (("use_count", "a count"), ("duration_ms", "a duration")):
        least = pc.min(lines.column(name)).as_py()
        if least is not None and least < 0:
            line_id = lines.column("line_id")[pc.index(lines.column(name), least).as_py()].as_py()
            raise NegativeUse(f"{_place(line_id)} has {what} of {least}.", _CORRECT)


_CORRECT = "Undo the report, correct its file, import it again, and compute the run again."


def _place(line_id: int) -> str:
    return f"Use {line_id & _ORDINAL} of usage report {line_id >> 32}"


def _time_weights(lines: pa.Table, rule: PointsRule) -> Int64s:
    """Return the weight of the time of day of each line; a policy that weighs times needs `reported_time`.

    Raises:
        UnknownUseKind: a line has no time of day.
    """
    times = pc.fill_null(lines.column("reported_time"), "").combine_chunks().dictionary_encode()
    times = times.combine_chunks() if isinstance(times, pa.ChunkedArray) else times
    minutes = [minute_of_day(text) for text in times.dictionary.to_pylist()]
    codes = int64s(times.indices)
    if None in minutes:
        unknown = np.array([minute is None for minute in minutes])[codes]
        if bool(unknown.any()):
            line_id = lines.column("line_id")[int(np.argmax(unknown))].as_py()
            raise UnknownUseKind(
                f"{_place(line_id)} has no time of day, and the policy weighs uses by it.",
                "Ask the sender for times, or use a policy without [[points.time_weights]].",
            )
    weights = np.array([rule.time_weight_of(minute) for minute in minutes if minute is not None], dtype=np.int64)
    every = np.zeros(len(minutes), dtype=np.int64)
    every[[place for place, minute in enumerate(minutes) if minute is not None]] = weights
    found: Int64s = every[codes]
    return found


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
