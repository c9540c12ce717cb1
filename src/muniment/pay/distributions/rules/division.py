"""The exact division of a pool, in scalar form; the columnar form is in bulk.py."""

from collections.abc import Sequence
from dataclasses import dataclass

from muniment.kernel.words.allocation import split_by_shares, split_exactly


@dataclass(frozen=True, slots=True)
class Group:
    """The uses of one work (or of one unidentified thing) in one report, as one weight of the pool."""

    key: tuple[int, int, str, int]  # report, work (or the highest number), memory key, split (or -1)
    points: int
    shares_ppm: tuple[int, ...]  # of its split, in the order of the parts; (1_000_000,) where there is none


def divide_pool(net_micro: int, groups: Sequence[Group]) -> dict[tuple[int, int, str, int], list[int]]:
    """Divide a pool to its groups by points, and each group's amount to its share parts; all sums tie exactly.

    Raises:
        ValueError: a net amount with no points at all.
    """
    amounts = split_exactly(net_micro, [group.points for group in groups], [group.key for group in groups])
    return {
        group.key: split_by_shares(amount_micro, group.shares_ppm)
        for group, amount_micro in zip(groups, amounts, strict=True)
    }
