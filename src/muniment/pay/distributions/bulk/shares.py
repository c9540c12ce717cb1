"""The answers of the share question, ready to be asked line by line and to be spread over amounts."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from muniment.kernel.columns.compiled import compiled
from muniment.kernel.words.shares import PPM
from muniment.pay.distributions.bulk.arrays import Int, Int32s, Int64s, int64s
from muniment.pay.distributions.bulk.wide import part_between

WORK, PLACE, FROM, UNTIL = range(4)
"""Columns of the keys of an index; PLACE is the right and the territory in one number."""

NO_WORK, NO_ANSWER, SEVERAL_ANSWERS = -1, -2, -3
"""What a line gets in place of the number of its answer."""

_MIX = np.uint64(0x9E3779B97F4A7C15)
_MIX_PLACE = np.uint64(0xC2B2AE3D27D4EB4F)
_FOLD = np.uint64(29)


@dataclass(frozen=True, slots=True)
class ShareIndex:
    """Answers numbered from 0 in the order of (work, split), which is the order that breaks ties.

    `slots` is an open hash table into the rows of `keys`, which are sorted; `answers` numbers each row of them.
    `work_ids` and `split_ids` are by number, and so are `first` and `after`: the rows of the parts, whose cumulative
    bounds are `low_ppm` and `high_ppm`. `rights` are the codes of the rights. `levels` are the bounds of parts that a
    policy's split divides further, in place of those in ppm; see `splitting.py`.
    """

    rights: dict[str, int]
    slots: Int32s
    keys: Int64s
    answers: Int32s
    work_ids: Int64s
    split_ids: Int64s
    first: Int64s
    after: Int64s
    low_ppm: Int64s
    high_ppm: Int64s
    levels: Int64s | None = None

    def __len__(self) -> int:
        return len(self.work_ids)


def index_shares(splits: pa.Table, parts: pa.Table) -> ShareIndex:
    """Return the index of SHARE_SPLITS and of their SHARE_PARTS, which are sorted by split and part."""
    names = splits.column("right").combine_chunks().dictionary_encode()
    names = names.combine_chunks() if isinstance(names, pa.ChunkedArray) else names
    rights = {name: code for code, name in enumerate(names.dictionary.to_pylist())}
    work_ids, split_ids = int64s(splits.column("work_id")), int64s(splits.column("split_id"))
    keys = np.empty((splits.num_rows, 4), dtype=np.int64)
    keys[:, WORK] = work_ids
    keys[:, PLACE] = (int64s(names.indices) << 32) + int64s(splits.column("territory"))
    keys[:, FROM] = int64s(splits.column("used_from").cast(pa.int32()))
    keys[:, UNTIL] = int64s(splits.column("used_to").cast(pa.int32()))
    numbering = np.lexsort((split_ids, work_ids))
    number = np.empty(len(work_ids), dtype=np.int32)
    number[numbering] = np.arange(len(work_ids), dtype=np.int32)
    order = np.lexsort((keys[:, FROM], keys[:, PLACE], keys[:, WORK]))
    keys = keys[order]
    low_ppm, high_ppm = bounds(parts)
    part_splits = int64s(parts.column("split_id"))
    return ShareIndex(
        rights,
        hash_slots(keys),
        keys,
        number[order],
        work_ids[numbering],
        split_ids[numbering],
        np.searchsorted(part_splits, split_ids[numbering], "left"),
        np.searchsorted(part_splits, split_ids[numbering], "right"),
        low_ppm,
        high_ppm,
    )


def bounds(parts: pa.Table) -> tuple[Int64s, Int64s]:
    """Return the cumulative bounds of each part within its split."""
    split_ids, shares_ppm = int64s(parts.column("split_id")), int64s(parts.column("share_ppm"))
    low_ppm, high_ppm, wrong = cumulative_bounds(split_ids, shares_ppm)
    assert wrong != -1, "share parts are not sorted by split"
    assert wrong != -2, "the parts of a split do not sum to 1,000,000 ppm"
    return low_ppm, high_ppm


@compiled
def cumulative_bounds(owners: Int64s, shares_ppm: Int64s) -> tuple[Int64s, Int64s, Int]:
    """Return the bounds, and 0; -1 if `owners` are not sorted, -2 if the shares of one do not sum to the whole."""
    low_ppm, high_ppm = np.empty(len(owners), np.int64), np.empty(len(owners), np.int64)
    running = np.int64(0)
    for row in range(len(owners)):
        if row and owners[row] != owners[row - 1]:
            if owners[row] < owners[row - 1]:
                return low_ppm, high_ppm, -1
            if running != PPM:
                return low_ppm, high_ppm, -2
            running = np.int64(0)
        low_ppm[row] = running
        running += shares_ppm[row]
        high_ppm[row] = running
    return low_ppm, high_ppm, -2 if len(owners) and running != PPM else 0


@compiled
def _slot_of(work: Int, place: Int, mask: np.uint64) -> Int:
    mixed = np.uint64(work) * _MIX + np.uint64(place) * _MIX_PLACE
    return np.int64((mixed ^ (mixed >> _FOLD)) & mask)


@compiled
def hash_slots(keys: Int64s) -> Int32s:
    """Return a table of at least twice as many slots as keys: -1, or the first row of a key (work, place)."""
    size = 16
    while size < 2 * len(keys):
        size *= 2
    mask = np.uint64(size - 1)
    slots = np.full(size, -1, np.int32)
    for row in range(len(keys)):
        if row and keys[row, WORK] == keys[row - 1, WORK] and keys[row, PLACE] == keys[row - 1, PLACE]:
            continue
        slot = _slot_of(keys[row, WORK], keys[row, PLACE], mask)
        while slots[slot] >= 0:
            slot = (slot + 1) & (size - 1)
        slots[slot] = row
    return slots


@compiled
def find_answers(
    slots: Int32s, keys: Int64s, answers: Int32s, right: Int, works: Int64s, territories: Int32s, days: Int32s
) -> Int32s:
    """Return the number of the answer for each line; NO_WORK where the work is -1, NO_ANSWER, SEVERAL_ANSWERS."""
    found = np.empty(len(works), np.int32)
    mask = np.uint64(len(slots) - 1)
    for line in range(len(works)):
        work, place, day = works[line], (np.int64(right) << 32) + territories[line], days[line]
        found[line] = NO_ANSWER if work >= 0 else NO_WORK
        slot = _slot_of(work, place, mask)
        while work >= 0 and slots[slot] >= 0:
            row = slots[slot]
            if keys[row, WORK] == work and keys[row, PLACE] == place:
                while row < len(keys) and keys[row, WORK] == work and keys[row, PLACE] == place:
                    if keys[row, FROM] <= day < keys[row, UNTIL]:
                        found[line] = answers[row] if found[line] == NO_ANSWER else SEVERAL_ANSWERS
                    row += 1
                break
            slot = (slot + 1) & (len(slots) - 1)
    return found


@compiled
def places_of(answers: Int64s, first: Int64s, after: Int64s) -> tuple[Int64s, Int64s]:
    """Return, for each row to be written, the place of its answer and the row of its part (-1: the answer has none)."""
    size = 0
    for answer in answers:
        size += after[answer] - first[answer] if answer >= 0 else 1
    rows, part_rows = np.empty(size, np.int64), np.full(size, -1, np.int64)
    at = 0
    for place in range(len(answers)):
        answer = answers[place]
        parts = after[answer] - first[answer] if answer >= 0 else 1
        for part in range(parts):
            rows[at] = place
            if answer >= 0:
                part_rows[at] = first[answer] + part
            at += 1
    return rows, part_rows


@compiled
def spread(
    answers: Int64s, amounts: Int64s, first: Int64s, after: Int64s, low_ppm: Int64s, high_ppm: Int64s
) -> tuple[Int64s, Int64s, Int64s]:
    """Divide each amount among the parts of its answer; one whole part where the answer is below zero.

    Returns:
        For each row to be written: the place of its amount, the row of its part (-1: none), and its own amount.
    """
    rows, part_rows = places_of(answers, first, after)
    parts = np.empty(len(rows), np.int64)
    for at in range(len(rows)):
        part = part_rows[at]
        parts[at] = amounts[rows[at]] if part < 0 else part_between(amounts[rows[at]], low_ppm[part], high_ppm[part])
    return rows, part_rows, parts
