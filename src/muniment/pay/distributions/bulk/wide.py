"""Exact quotients of 128-bit products, compiled: guess in floating point, then correct by the integer remainder.

No guess ever becomes a result. What is returned satisfies net x weight = quotient x total + remainder with
0 <= remainder < total, in integers, or it is corrected further.
"""

import numpy as np

from muniment.kernel.columns.compiled import compiled
from muniment.pay.distributions.bulk.arrays import Int

NEAR_NET = 2**52
"""Below it the guess of a quotient is off by a few units at most."""

NEAR_TOTAL = 2**60
"""Below it a guess that is off by a few units leaves a remainder that 64 bits hold."""

_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_TWO_64 = 2.0**64
_LARGEST_GUESS = 9.2e18
_LARGEST = np.int64(2**63 - 1)


@compiled
def near_quotient(net: Int, weight: Int, total: Int, per_point: float) -> tuple[Int, Int]:
    """Return (quotient, remainder) of net x weight / total; `per_point` is about net / total.

    Only for net < NEAR_NET, total < NEAR_TOTAL and 0 <= weight <= total: the product wraps, its difference does not.
    """
    quotient = np.int64(np.float64(weight) * per_point)
    remainder = net * weight - quotient * total
    while remainder < 0:
        quotient -= 1
        remainder += total
    while remainder >= total:
        quotient += 1
        remainder -= total
    return quotient, remainder


@compiled
def high_product(one: Int, other: Int) -> Int:
    """Return the upper 64 bits of the product of two numbers below 2^63, both at least zero."""
    a, b = np.uint64(one), np.uint64(other)
    a_low, a_high, b_low, b_high = a & _LOW, a >> _HALF, b & _LOW, b >> _HALF
    middle = a_high * b_low + ((a_low * b_low) >> _HALF)
    other_middle = a_low * b_high + (middle & _LOW)
    return np.int64(a_high * b_high + (middle >> _HALF) + (other_middle >> _HALF))


@compiled
def wide_quotient(net: Int, weight: Int, total: Int, per_point: float) -> tuple[Int, Int]:
    """Return (quotient, remainder) of net x weight / total for any net < 2^63 and 0 <= weight <= total < 2^62.

    The remainder is kept in two words. While it does not fit one, its size in floating point corrects the guess, which
    takes 50 bits off the error each time; a remainder of one word is corrected by an integer division.
    """
    product_high = high_product(net, weight)
    product_low = np.uint64(net) * np.uint64(weight)
    quotient = np.int64(min(np.float64(weight) * per_point, _LARGEST_GUESS))
    while True:
        taken_low = np.uint64(quotient) * np.uint64(total)
        low = product_low - taken_low
        high = product_high - high_product(quotient, total)
        if product_low < taken_low:
            high -= 1
        remainder = np.int64(low)
        if (high == 0 and remainder >= 0) or (high == -1 and remainder < 0):
            step = remainder // total
            return quotient + step, remainder - step * total
        guess = (np.float64(high) * _TWO_64 + np.float64(low)) / np.float64(total)
        step = np.int64(min(max(guess, -_LARGEST_GUESS), _LARGEST_GUESS))
        quotient = max(quotient + min(step, _LARGEST - quotient), np.int64(0))


@compiled
def part_between(amount: Int, low_ppm: Int, high_ppm: Int) -> Int:
    """Return amount x high // 10^6 - amount x low // 10^6 for an amount of at least zero, without a wide product."""
    millions = amount // 1_000_000
    rest = amount - millions * 1_000_000
    return millions * (high_ppm - low_ppm) + rest * high_ppm // 1_000_000 - rest * low_ppm // 1_000_000
