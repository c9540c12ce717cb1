"""Deductions, points and the division of a pool, in scalar form; the columnar forms are in bulk.py."""

from collections.abc import Sequence
from dataclasses import dataclass

from muniment.kernel.words.allocation import split_by_shares, split_exactly
from muniment.kernel.words.shares import PPM
from muniment.pay.distributions.rules.policy import UNIT_MS, Base, DeductionRule, DurationRule, PointsRule


@dataclass(frozen=True, slots=True)
class DeductionStep:
    """One deduction as taken: from what base, how much, and what it left of the pool."""

    rule: DeductionRule
    base_micro: int
    amount_micro: int
    left_micro: int


def deduct(gross_micro: int, rules: Sequence[DeductionRule]) -> list[DeductionStep]:
    """Take the deductions from a pool in their order; each is rounded down, in favour of the members."""
    steps: list[DeductionStep] = []
    left_micro = gross_micro
    for rule in rules:
        base_micro = gross_micro if rule.base is Base.GROSS else left_micro
        amount_micro = base_micro * rule.rate_ppm // PPM
        left_micro -= amount_micro
        steps.append(DeductionStep(rule, base_micro, amount_micro, left_micro))
    return steps


def units_of(rule: PointsRule, duration_ms: int | None) -> int:
    """Return the units that a duration counts for; an unknown duration counts as the policy's default."""
    if rule.duration_rule is DurationRule.NONE:
        return 1
    counted_ms = max(rule.default_duration_ms if duration_ms is None else duration_ms, rule.minimum_duration_ms)
    return -(-counted_ms // UNIT_MS[rule.duration_rule])


def points_of(rule: PointsRule, *, duration_ms: int | None, use_kind: str, use_count: int) -> int:
    """Return the points of one usage line.

    Raises:
        UnknownUseKind: see `PointsRule.weight_of`.
    """
    return units_of(rule, duration_ms) * rule.weight_of(use_kind) * use_count


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
