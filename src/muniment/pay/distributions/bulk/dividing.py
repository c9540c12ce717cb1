"""Dividing one amount by many weights, to the micro-unit: floors first, then a unit for each largest remainder."""

import numpy as np

from muniment.kernel.columns.compiled import compiled
from muniment.kernel.words.problems import UserError
from muniment.pay.distributions.bulk.arrays import Int, Int64s
from muniment.pay.distributions.bulk.wide import NEAR_NET, NEAR_TOTAL, near_quotient, part_between, wide_quotient

LARGEST_SUM = 2**62
"""Points of a pool stay below it, so that their sum is an int64."""

_DIGIT = 11
_BUCKETS = 1 << _DIGIT


class TooManyPoints(UserError):
    """The points of a pool do not fit a 64-bit number."""


class NegativeUse(UserError):
    """A use has a count, a duration or points below zero: what was not used cannot be divided by."""


def negative_points() -> NegativeUse:
    """Return the error of points below zero whose line is not known any more."""
    return NegativeUse("A use earns points below zero.", "Correct the report that counts it, and import it again.")


def too_many_points() -> TooManyPoints:
    """Return the error, with what can be done about it."""
    return TooManyPoints(
        "The points of the pool do not fit a 64-bit number.",
        "Check the counts and durations of its reports, or give the use weights a larger common divisor.",
    )


def sum_points(points: Int64s) -> int:
    """Return the sum of points.

    Raises:
        NegativeUse: a number below zero.
        TooManyPoints: the sum is not below LARGEST_SUM.
    """
    total = int(_checked_sum(points))
    if total == -1:
        raise negative_points()
    if total == -2:
        raise too_many_points()
    return total


@compiled
def _checked_sum(points: Int64s) -> Int:
    """Return the sum; -1 for a number below zero, -2 for a sum past LARGEST_SUM."""
    total = np.int64(0)
    for value in points:
        if value < 0:
            return np.int64(-1)
        if value >= LARGEST_SUM - total:
            return np.int64(-2)
        total += value
    return total


def divide_exactly(net_micro: int, points: Int64s) -> Int64s:
    """Divide `net_micro` in proportion to `points` by the largest remainder, ties to the first place.

    The columnar form of `split_exactly` with keys in the order of `points`; exact for every amount below 2^63 and
    every sum of points below 2^62.

    Raises:
        ValueError: an amount below zero or past 2^63, or one with no points at all.
        NegativeUse, TooManyPoints: see `sum_points`.
    """
    total = sum_points(points)
    if not 0 <= net_micro < 2**63 or (net_micro and not total):
        raise ValueError(f"cannot divide {net_micro} by {total} points")
    if not total:
        return np.zeros(len(points), dtype=np.int64)
    amounts, remainders = quotients(net_micro, points, total)
    left = net_micro - int(amounts.sum())
    assert 0 <= left < max(len(points), 1), "more units are left over than there are parts"
    if left:
        serve_largest(amounts, remainders, left, total.bit_length())
    return amounts


def quotients(net_micro: int, points: Int64s, total: int) -> tuple[Int64s, Int64s]:
    """Return the floor and the remainder of net_micro x points / total for each of `points`."""
    if net_micro < NEAR_NET and total < NEAR_TOTAL:
        return near_quotients(net_micro, points, total)
    return wide_quotients(net_micro, points, total)


@compiled
def near_quotients(net_micro: Int, points: Int64s, total: Int) -> tuple[Int64s, Int64s]:
    """Return floors and remainders within the bounds of `near_quotient`."""
    floors, remainders = np.empty(len(points), np.int64), np.empty(len(points), np.int64)
    per_point = np.float64(net_micro) / np.float64(total)
    for place in range(len(points)):
        floors[place], remainders[place] = near_quotient(net_micro, points[place], total, per_point)
    return floors, remainders


@compiled
def wide_quotients(net_micro: Int, points: Int64s, total: Int) -> tuple[Int64s, Int64s]:
    """Return floors and remainders for products of up to 125 bits."""
    floors, remainders = np.empty(len(points), np.int64), np.empty(len(points), np.int64)
    per_point = np.float64(net_micro) / np.float64(total)
    for place in range(len(points)):
        floors[place], remainders[place] = wide_quotient(net_micro, points[place], total, per_point)
    return floors, remainders


@compiled
def serve_largest(amounts: Int64s, remainders: Int64s, left: Int, bits: Int) -> None:
    """Add one unit to the amounts of the `left` largest remainders, each below 2^bits; ties to the first places.

    The least remainder that is served is found digit by digit, from counts of the digits: no sorting, no copies.
    """
    counts = np.empty(_BUCKETS, np.int64)
    least, wanted, shift = np.int64(0), np.int64(left), np.int64(bits)
    while shift > 0:
        above = shift
        shift = max(shift - _DIGIT, np.int64(0))
        counts[:] = 0
        digit = np.int64((1 << (above - shift)) - 1)
        for remainder in remainders:
            if remainder >> above == least >> above:
                counts[(remainder >> shift) & digit] += 1
        while counts[digit] < wanted:
            wanted -= counts[digit]
            digit -= 1
        least |= digit << shift
    for place in range(len(remainders)):
        if remainders[place] > least:
            amounts[place] += 1
        elif remainders[place] == least and wanted > 0:
            amounts[place] += 1
            wanted -= 1


@compiled
def parts_between(amounts: Int64s, low_ppm: Int64s, high_ppm: Int64s) -> Int64s:
    """Return each amount's part between two cumulative bounds; the columnar form of `split_by_shares`."""
    parts = np.empty(len(amounts), np.int64)
    for place in range(len(amounts)):
        parts[place] = part_between(amounts[place], low_ppm[place], high_ppm[place])
    return parts
