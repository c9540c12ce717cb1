"""A split at work in a run: which part of a work's amount each group of its owners gets, by their roles.

A group of the policy names the roles of those who are in it; a group with an account is no one of the work, and has its
part of the whole pool first. A group that nobody of a work is in gives its part to whom `left_over` says; else that
part waits, for somebody of the group may come.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from muniment.kernel.words.allocation import split_exactly
from muniment.pay.distributions.rules.policies.points import whole_weights
from muniment.pay.distributions.rules.policies.recipients import LeftOver, SplitPart, SplitRule

NO_GROUP = -1


@dataclass(frozen=True)
class SplitPlan:
    """A split of a pool with the splits of its parts; `rights` are those it holds for, all where it names none."""

    rules: Mapping[str, SplitRule]
    name: str

    @property
    def rule(self) -> SplitRule:
        """Return the split itself."""
        return self.rules[self.name]

    @property
    def rights(self) -> tuple[str, ...]:
        """Return the rights that the split holds for; empty is all."""
        return self.rule.rights

    @cached_property
    def groups(self) -> tuple[SplitPart, ...]:
        """Return the parts that owners can be in, in the order of the policy, through splits of splits."""
        return tuple(self._leaves(self.rule))

    def _leaves(self, rule: SplitRule) -> Iterator[SplitPart]:
        for part in rule.parts:
            if part.split:
                yield from self._leaves(self.rules[part.split])
            elif not part.account:
                yield part

    def group_of(self, roles: str) -> int:
        """Return the place of the first group that one of the roles, such as "CA/E", is of; else NO_GROUP."""
        held = set(roles.split("/"))
        return next((place for place, part in enumerate(self.groups) if held & set(part.roles)), NO_GROUP)

    def shares(self, heads: Sequence[int]) -> tuple[Fraction, ...]:
        """Return the exact part of a work's amount for each group; what they do not sum to of 1 waits.

        Args:
            heads: how many owners of the work are in each group.
        """
        count = {part.to: some for part, some in zip(self.groups, heads, strict=True)}
        found = dict(self._walk(self.rule, Fraction(1), count))
        return tuple(found.get(part.to, Fraction(0)) for part in self.groups)

    def _walk(self, rule: SplitRule, of: Fraction, count: Mapping[str, int]) -> Iterator[tuple[str, Fraction]]:
        parts = [part for part in rule.parts if not part.account]
        for part, share in zip(parts, _shares(rule, parts, [self._heads(part, count) for part in parts]), strict=True):
            if part.split:
                yield from self._walk(self.rules[part.split], of * share, count)
            else:
                yield part.to, of * share

    def _heads(self, part: SplitPart, count: Mapping[str, int]) -> int:
        """Return the heads of a group; one that is divided further has one as soon as anybody is in it."""
        if not part.split:
            return count[part.to]
        return int(any(count[leaf.to] for leaf in self._leaves(self.rules[part.split])))


def _shares(rule: SplitRule, parts: Sequence[SplitPart], heads: Sequence[int]) -> list[Fraction]:
    """Return what each part takes of what the accounts have left."""
    taken = [_taken(part, some) for part, some in zip(parts, heads, strict=True)]
    total, whole = sum(taken, Fraction(0)), 1 - account_share(rule)
    if rule.is_weighted or (rule.left_over == LeftOver.PRO_RATA and total):
        return [share / total if total else Fraction(0) for share in taken]
    names = [part.to for part in parts]
    if rule.left_over in names and heads[names.index(rule.left_over)]:
        taken[names.index(rule.left_over)] += whole - total
    return [share / whole for share in taken]


def _taken(part: SplitPart, heads: int) -> Fraction:
    if not heads:
        return Fraction(0)
    if part.each is not None:
        return part.each * heads if part.cap is None else min(part.each * heads, part.cap)
    return (part.share if part.share is not None else part.weight) or Fraction(0)


def account_share(rule: SplitRule) -> Fraction:
    """Return what the accounts of a split take of the whole."""
    return sum((part.share for part in rule.parts if part.account and part.share is not None), Fraction(0))


def account_parts(rule: SplitRule, net_micro: int) -> list[tuple[SplitPart, int]]:
    """Return what each account of a split gets of a pool's net amount, by the largest remainder beside the rest."""
    parts = [part for part in rule.parts if part.account]
    if not parts:
        return []
    shares = [part.share or Fraction(0) for part in parts]
    amounts = split_exactly(net_micro, whole_weights([*shares, 1 - account_share(rule)]))
    return list(zip(parts, amounts[:-1], strict=True))
