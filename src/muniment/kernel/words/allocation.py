"""Dividing a sum so that the parts give the sum again, to the last micro-unit."""

from collections.abc import Sequence

from muniment.kernel.words.shares import PPM


def split_exactly(amount: int, weights: Sequence[int], keys: Sequence[object] | None = None) -> list[int]:
    """Divide `amount` in proportion to `weights` by the largest remainder.

    Each part is first its floor; the units left over go one each to the largest remainders. Equal remainders are
    served in the order of `keys` (the lowest first), or of their place where no keys are given, so the result does
    not depend on the order in which the lines came.

    Args:
        amount: micro-units to divide, of either sign; a negative amount is divided as its opposite.
        weights: one non-negative integer a part; at least one above zero unless `amount` is 0.
        keys: sortable and unique, one a part.

    Returns:
        One integer a part, in the order of `weights`, summing to `amount`.

    Raises:
        ValueError: a negative weight, no weight above zero, or keys that do not fit.
    """
    if amount < 0:
        return [-part for part in split_exactly(-amount, weights, keys)]
    order = list(range(len(weights))) if keys is None else list(keys)
    if len(order) != len(weights):
        raise ValueError(f"{len(order)} keys for {len(weights)} weights")
    if any(weight < 0 for weight in weights):
        raise ValueError("a weight is negative")
    total = sum(weights)
    if total == 0:
        if amount:
            raise ValueError(f"nobody to give {amount} to: every weight is zero")
        return [0] * len(weights)
    parts = [amount * weight // total for weight in weights]
    left = amount - sum(parts)
    remainders = [amount * weight % total for weight in weights]
    ranking = sorted(range(len(weights)), key=lambda at: (-remainders[at], order[at]))
    for at in ranking[:left]:
        parts[at] += 1
    return parts


def share_bounds(shares_ppm: Sequence[int]) -> list[tuple[int, int]]:
    """Return the cumulative (low, high) ppm of each share; the last high must be the whole.

    Raises:
        ValueError: a negative share, or shares that do not sum to exactly 1,000,000.
    """
    bounds, low = [], 0
    for share_ppm in shares_ppm:
        if share_ppm < 0:
            raise ValueError("a share is negative")
        bounds.append((low, low + share_ppm))
        low += share_ppm
    if low != PPM:
        raise ValueError(f"shares sum to {low} ppm, not to {PPM}")
    return bounds


def split_by_shares(amount: int, shares_ppm: Sequence[int]) -> list[int]:
    """Divide `amount` by shares that sum to the whole, each within one micro-unit of its exact part.

    A part is the difference of two floors at cumulative bounds, so the parts telescope to `amount` for any amount
    and need no look at each other. The columnar kernel uses the same formula.
    """
    return [amount * high // PPM - amount * low // PPM for low, high in share_bounds(shares_ppm)]
