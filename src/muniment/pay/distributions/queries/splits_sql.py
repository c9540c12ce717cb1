"""How the parts of an answer reach over a work's amount, in SQL: by shares alone, or by a policy's split.

`level` has a row for each part: low1, high1, whole1 cut the work's amount, low2 … whole2 what that leaves, and
low3 … whole3 that again; whole2 is NULL where one cut is all.
"""

import math
from dataclasses import dataclass

from muniment.pay.distributions.rules.policies.grouping import SplitPlan
from muniment.pay.distributions.rules.policies.recipients import LeftOver, SplitPart, SplitRule

LEVELS_OF_SHARES = """
        SELECT split_id, part, party_id, payee_id, status, share_ppm,
               (until_ppm - share_ppm)::HUGEINT AS low1, until_ppm::HUGEINT AS high1, 1000000::HUGEINT AS whole1,
               NULL::HUGEINT AS low2, NULL::HUGEINT AS high2, NULL::HUGEINT AS whole2,
               NULL::HUGEINT AS low3, NULL::HUGEINT AS high3, NULL::HUGEINT AS whole3
        FROM (SELECT *, sum(share_ppm) OVER (PARTITION BY split_id ORDER BY part) AS until_ppm FROM part)
"""


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A group's part of a work as SQL: a product of fractions."""

    uppers: tuple[str, ...]
    lowers: tuple[str, ...]


def _leaves(plan: SplitPlan, rule: SplitRule, way: _Leaf) -> list[_Leaf]:
    """Return the groups of a split and of its splits, in the order of the policy."""
    parts = [part for part in rule.parts if not part.account]
    numbers = [some for part in rule.parts for some in (part.share, part.each, part.cap, part.weight)]
    common = math.lcm(*(number.denominator for number in numbers if number is not None))
    accounts = sum(int((part.share or 0) * common) for part in rule.parts if part.account)
    heads = [_heads(plan, part) for part in parts]
    taken = [_taken(part, count, common) for part, count in zip(parts, heads, strict=True)]
    total, whole = f"({' + '.join(taken)})", f"{common - accounts}::HUGEINT"
    names = [part.to for part in parts]
    by_total = rule.is_weighted or rule.left_over == LeftOver.PRO_RATA
    lower = f"(CASE WHEN {total} > 0 THEN {total} ELSE 1::HUGEINT END)" if by_total else whole
    if not by_total and rule.left_over in names:
        at = names.index(rule.left_over)
        taken[at] = f"({taken[at]} + CASE WHEN {heads[at]} > 0 THEN {whole} - {total} ELSE 0 END)"
    found: list[_Leaf] = []
    for part, upper in zip(parts, taken, strict=True):
        here = _Leaf((*way.uppers, upper), (*way.lowers, lower))
        found += _leaves(plan, plan.rules[part.split], here) if part.split else [here]
    return found


def _heads(plan: SplitPlan, part: SplitPart) -> str:
    if part.split:
        inner = [_heads(plan, leaf) for leaf in plan.rules[part.split].parts if not leaf.account]
        return f"(CASE WHEN {' OR '.join(f'{some} > 0' for some in inner)} THEN 1 ELSE 0 END)"
    return f"heads{next(place for place, group in enumerate(plan.groups) if group.to == part.to)}"


def _taken(part: SplitPart, heads: str, common: int) -> str:
    if part.each is not None:
        each = f"{int(part.each * common)}::HUGEINT * {heads}"
        some = each if part.cap is None else f"least({each}, {int(part.cap * common)}::HUGEINT)"
    else:
        some = f"{int((part.share if part.share is not None else part.weight or 0) * common)}::HUGEINT"
    return f"(CASE WHEN {heads} > 0 THEN {some} ELSE 0::HUGEINT END)"


def levels_of_split(plan: SplitPlan) -> str:
    """Return the SQL of `level` where a policy's split divides each work between groups of its owners.

    It reads `part` with `group_place`, and `split` for the rights. Of a work, the groups stand first in their order,
    then what waits because nobody is in a group, then what nobody claims, in its own proportion.
    """
    leaves = _leaves(plan, plan.rule, _Leaf((), ()))
    lowers = [f"({' * '.join(leaf.lowers)})" for leaf in leaves]
    common = f"({' * '.join(lowers)})"
    others = [
        " * ".join(["1::HUGEINT", *(lower for at, lower in enumerate(lowers) if at != place)])
        for place in range(len(leaves))
    ]
    sizes = [f"(grouped_ppm * {' * '.join(leaf.uppers)} * {other})" for leaf, other in zip(leaves, others, strict=True)]
    groups = range(len(leaves))
    heads = ", ".join(f"count(DISTINCT party_id) FILTER (group_place = {place}) AS heads{place}" for place in groups)
    spans = ", ".join(f"{size} AS size{place}" for place, size in enumerate(sizes))
    starts = [" + ".join(["0::HUGEINT", *(f"size{before}" for before in range(place))]) for place in groups]
    low_of_group = " ".join(f"WHEN {place} THEN {start}" for place, start in enumerate(starts))
    high_of_group = " ".join(f"WHEN {place} THEN {start} + size{place}" for place, start in enumerate(starts))
    each = ", ".join(str(place) for place, group in enumerate(plan.groups) if group.each is not None) or "-1"
    rights = ", ".join(f"'{right}'" for right in plan.rights)
    holds = f'"right" IN ({rights})' if rights else "true"
    return _LEVELS.format(
        heads=heads,
        common=common,
        spans=spans,
        all_sizes=" + ".join(f"size{place}" for place in groups),
        low_of_group=low_of_group,
        high_of_group=high_of_group,
        each=each,
        holds=holds,
        of_shares=LEVELS_OF_SHARES,
    )


_LEVELS = """
        WITH covered AS (
            SELECT part.* FROM part SEMI JOIN (SELECT split_id FROM split WHERE {holds}) AS held
                ON held.split_id = part.split_id
        ), answer AS (
            SELECT split_id, count(*) AS part_count, {heads},
                   coalesce(sum(share_ppm) FILTER (group_place IS NOT NULL), 0)::HUGEINT AS grouped_ppm,
                   coalesce(sum(share_ppm) FILTER (party_id IS NULL), 0)::HUGEINT AS waiting_ppm
            FROM covered GROUP BY split_id
        ), sized AS (
            SELECT *, {common} AS common, {spans} FROM answer
        ), placed AS (
            SELECT *, {all_sizes} AS grouped_size,
                   CASE WHEN grouped_ppm + waiting_ppm = 0 THEN common
                        ELSE grouped_ppm * common - ({all_sizes}) END AS missing,
                   CASE WHEN grouped_ppm + waiting_ppm = 0 THEN common
                        ELSE (grouped_ppm + waiting_ppm) * common END AS whole
            FROM sized
        ), owned AS (
            SELECT *, sum(share_ppm) OVER (PARTITION BY split_id, group_place, party_id) AS owner_ppm,
                   sum(share_ppm) OVER (PARTITION BY split_id, group_place, party_id ORDER BY part) AS owner_until,
                   sum(share_ppm) OVER (PARTITION BY split_id, party_id IS NULL ORDER BY part) AS waiting_until
            FROM covered
        ), owner AS (
            SELECT split_id, group_place, party_id,
                   CASE WHEN group_place IN ({each}) THEN 1 ELSE sum(share_ppm) END::HUGEINT AS weight
            FROM covered WHERE group_place IS NOT NULL GROUP BY split_id, group_place, party_id
        ), ordered AS (
            SELECT *, sum(weight) OVER (PARTITION BY split_id, group_place ORDER BY party_id) AS until_weight,
                   sum(weight) OVER (PARTITION BY split_id, group_place) AS group_weight
            FROM owner
        ), cut AS (
            SELECT owned.split_id, owned.part, owned.party_id, owned.payee_id, owned.status,
                   CASE WHEN owned.party_id IS NULL
                        THEN grouped_size + missing + (waiting_until - owned.share_ppm) * common
                        ELSE CASE owned.group_place {low_of_group} ELSE 0 END END AS low1,
                   CASE WHEN owned.party_id IS NULL THEN grouped_size + missing + waiting_until * common
                        ELSE CASE owned.group_place {high_of_group} ELSE 0 END END AS high1,
                   whole AS whole1,
                   coalesce(until_weight - weight, 0) AS low2, coalesce(until_weight, 1) AS high2,
                   greatest(coalesce(group_weight, 1), 1) AS whole2,
                   CASE WHEN owned.group_place IS NULL THEN 0 ELSE owner_until - owned.share_ppm END AS low3,
                   CASE WHEN owned.group_place IS NULL THEN 1 ELSE owner_until END AS high3,
                   CASE WHEN owned.group_place IS NULL THEN 1 ELSE greatest(owner_ppm, 1) END AS whole3
            FROM owned JOIN placed ON placed.split_id = owned.split_id
            LEFT JOIN ordered ON ordered.split_id = owned.split_id AND ordered.group_place = owned.group_place
                 AND ordered.party_id = owned.party_id
            UNION ALL
            SELECT split_id, part_count, NULL, NULL, 'UNCLAIMED', grouped_size, grouped_size + missing, whole,
                   0, 1, 1, 0, 1, 1
            FROM placed WHERE missing > 0
        ), first_ppm AS (
            SELECT *, 1000000::HUGEINT * high1 // whole1 - 1000000::HUGEINT * low1 // whole1 AS ppm FROM cut
        ), second_ppm AS (
            SELECT * REPLACE (ppm * high2 // whole2 - ppm * low2 // whole2 AS ppm) FROM first_ppm
        )
        SELECT split_id, part, party_id, payee_id, status, (ppm * high3 // whole3 - ppm * low3 // whole3) AS share_ppm,
               low1::HUGEINT AS low1, high1::HUGEINT AS high1, whole1::HUGEINT AS whole1,
               low2::HUGEINT AS low2, high2::HUGEINT AS high2, whole2::HUGEINT AS whole2,
               low3::HUGEINT AS low3, high3::HUGEINT AS high3, whole3::HUGEINT AS whole3
        FROM second_ppm
        UNION ALL BY NAME
        SELECT plain.* FROM ({of_shares}) AS plain ANTI JOIN covered ON covered.split_id = plain.split_id
"""
