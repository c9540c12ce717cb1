"""Shares of works divided again between groups of owners, as a policy's split says: owner, performers, publishers.

A work's amount is cut three times by cumulative bounds, which telescope: to groups and to what waits, within a group to
its owners, and within an owner to the payees. Bounds are whole numbers of any denominator, so no part is rounded but to
the micro-unit.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa

from muniment.kernel.columns.compiled import compiled
from muniment.kernel.columns.schemas import SHARE_PARTS
from muniment.kernel.words.problems import UserError
from muniment.kernel.words.shares import PPM
from muniment.pay.distributions.bulk.arrays import Int, Int64s, int64s
from muniment.pay.distributions.bulk.dividing import LARGEST_SUM
from muniment.pay.distributions.bulk.shares import ShareIndex, places_of
from muniment.pay.distributions.bulk.wide import wide_quotient
from muniment.pay.distributions.rules import Hold
from muniment.pay.distributions.rules.policies.grouping import NO_GROUP, SplitPlan

_WHOLE = (0, 1, 1)
_NOTHING = (0, 0, 1)
_LEVELS = 9

Span = tuple[int, int, int]


class TooFineSplit(UserError):
    """The parts of a split have denominators that no division can hold."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A part of an answer: its columns of SHARE_PARTS, and from where to where it reaches at each of three levels."""

    part: dict[str, Any]
    spans: tuple[Span, Span, Span]


def split_index(shares: ShareIndex, splits: pa.Table, parts: pa.Table, plan: SplitPlan) -> tuple[ShareIndex, pa.Table]:
    """Return the index and the parts of all answers as a split divides them.

    Each part keeps its place; a part of nobody's that waits for a group stands behind the others of its answer. An
    owner whose role no group names gets nothing.

    Raises:
        TooFineSplit: see there.
    """
    rights = dict(zip(splits.column("split_id").to_pylist(), splits.column("right").to_pylist(), strict=True))
    rows: list[_Row] = []
    for split_id, of_split in groupby(parts.to_pylist(), key=lambda row: row["split_id"]):
        found = list(of_split)
        holds = not plan.rights or rights[split_id] in plan.rights
        rows.extend(_divided(found, plan) if holds else _plain(found))
    table = pa.Table.from_pylist([row.part for row in rows], schema=SHARE_PARTS)
    levels = np.array([sum(row.spans, ()) for row in rows], dtype=np.int64).reshape(len(rows), _LEVELS)
    ids = int64s(table.column("split_id"))
    first = np.searchsorted(ids, shares.split_ids, "left")
    after = np.searchsorted(ids, shares.split_ids, "right")
    return replace(shares, first=first, after=after, levels=levels), table


def _plain(parts: Sequence[dict[str, Any]]) -> Iterator[_Row]:
    low = 0
    for part in parts:
        yield _Row(part, ((low, low + part["share_ppm"], PPM), _WHOLE, _WHOLE))
        low += part["share_ppm"]


def _divided(parts: Sequence[dict[str, Any]], plan: SplitPlan) -> list[_Row]:
    """Divide one answer: groups in their order, then what waits for one, then what waited before, in its proportion."""
    group_of = [NO_GROUP if part["party_id"] is None else plan.group_of(part["role"]) for part in parts]
    members = [[part for part, at in zip(parts, group_of, strict=True) if at == group] for group in _range(plan)]
    of_groups = plan.shares([len({part["party_id"] for part in some}) for some in members])
    grouped_ppm = sum(part["share_ppm"] for some in members for part in some)
    waiting = [part for part in parts if part["party_id"] is None]
    whole_ppm = grouped_ppm + sum(part["share_ppm"] for part in waiting)
    common = math.lcm(*(share.denominator for share in of_groups))
    sizes = [int(grouped_ppm * share * common) for share in of_groups]
    missing = grouped_ppm * common - sum(sizes)
    if not whole_ppm:
        missing, whole_ppm = 1, 1
    whole = whole_ppm * common
    if whole >= LARGEST_SUM:
        raise TooFineSplit(
            f"The split {plan.name} divides works into parts of {whole}.", "Write its shares with fewer digits."
        )
    spans: dict[int, tuple[Span, Span, Span]] = {}
    low = 0
    for group, size in enumerate(sizes):
        each = plan.groups[group].each is not None
        for place, second, third in _within(members[group], each):
            spans[place] = ((low, low + size, whole), second, third)
        low += size
    absent = ((low, low + missing, whole), _WHOLE, _WHOLE)
    low += missing
    for part in waiting:
        spans[part["part"]] = ((low, low + part["share_ppm"] * common, whole), _WHOLE, _WHOLE)
        low += part["share_ppm"] * common
    rows = [_row(part, spans.get(part["part"], (_NOTHING, _WHOLE, _WHOLE))) for part in parts]
    return [*rows, _row(_nobody(parts), absent)] if missing else rows


def _range(plan: SplitPlan) -> range:
    return range(len(plan.groups))


def _within(parts: Sequence[dict[str, Any]], each: bool) -> Iterator[tuple[int, Span, Span]]:
    """Yield the place of each part of a group with its owner's span of the group and its own span of the owner."""
    owners = sorted({part["party_id"] for part in parts})
    of_owner = {owner: [part for part in parts if part["party_id"] == owner] for owner in owners}
    weights = {owner: 1 if each else sum(part["share_ppm"] for part in some) for owner, some in of_owner.items()}
    whole, low = max(sum(weights.values()), 1), 0
    for owner in owners:
        second = (low, low + weights[owner], whole)
        low += weights[owner]
        owned, at = max(sum(part["share_ppm"] for part in of_owner[owner]), 1), 0
        for part in of_owner[owner]:
            yield part["part"], second, (at, at + part["share_ppm"], owned)
            at += part["share_ppm"]


def _nobody(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the part of a group that nobody is in."""
    return {
        "split_id": parts[0]["split_id"],
        "part": len(parts),
        "party_id": None,
        "payee_id": None,
        "share_ppm": 0,
        "status": Hold.UNCLAIMED.value,
        "role": "",
        "note": "nobody of the work is in a group of the policy's split",
    }


def _row(part: dict[str, Any], spans: tuple[Span, Span, Span]) -> _Row:
    """Return a part with its share of the whole work in ppm, cut as its amounts will be."""
    share_ppm = PPM
    for low, high, whole in spans:
        share_ppm = share_ppm * high // whole - share_ppm * low // whole
    return _Row({**part, "share_ppm": share_ppm}, spans)


@compiled
def span_of(amount: Int, low: Int, high: Int, whole: Int) -> Int:
    """Return amount x high // whole - amount x low // whole, for 0 <= low <= high <= whole < 2^62."""
    if low == 0 and high == whole:
        return np.int64(amount)
    per_point = np.float64(amount) / np.float64(whole)
    until, _ = wide_quotient(amount, high, whole, per_point)
    begin, _ = wide_quotient(amount, low, whole, per_point)
    return until - begin


@compiled
def spread_levels(
    answers: Int64s, amounts: Int64s, first: Int64s, after: Int64s, levels: Int64s
) -> tuple[Int64s, Int64s, Int64s]:
    """Divide each amount among the parts of its answer at three levels; as `shares.spread` does at one."""
    rows, part_rows = places_of(answers, first, after)
    parts = np.empty(len(rows), np.int64)
    for at in range(len(rows)):
        amount, part = amounts[rows[at]], part_rows[at]
        for level in range(0, 9 if part >= 0 else 0, 3):
            amount = span_of(amount, levels[part, level], levels[part, level + 1], levels[part, level + 2])
        parts[at] = amount
    return rows, part_rows, parts
