"""Numbering ids from 0 in their order, and finding the number of each id of a column: by a table, or by a hash."""

from dataclasses import dataclass

import numpy as np

from muniment.kernel.columns.compiled import compiled
from muniment.pay.distributions.bulk.arrays import Int, Int32s, Int64s

UNKNOWN = -1
"""The number of an id that was not numbered."""

_GAPS = 4
_MIX = np.uint64(0x9E3779B97F4A7C15)
_FOLD = np.uint64(32)


@dataclass(frozen=True, slots=True)
class Numbering:
    """Ids, sorted, each once. `table` holds a number at each id less `lowest`, or (`hashed`) at the hash of the id."""

    ids: Int64s
    table: Int32s
    lowest: int
    hashed: bool

    def __len__(self) -> int:
        return len(self.ids)

    def numbers_of(self, ids: Int64s) -> Int32s:
        """Return the number of each id, UNKNOWN for one that was not numbered."""
        found = np.empty(len(ids), dtype=np.int32)
        if self.hashed:
            look_up_hash(self.table, self.ids, ids, found)
        else:
            look_up_table(self.table, self.lowest, ids, found)
        return found


def distinct_ids(ids: Int64s) -> Int64s:
    """Return the ids of a column, sorted, each once."""
    if len(ids) == 0:
        return ids
    lowest, highest = int(ids.min()), int(ids.max())
    if highest - lowest < _GAPS * len(ids):
        seen = np.zeros(highest - lowest + 1, dtype=np.bool_)
        seen[ids - lowest] = True
        found: Int64s = np.flatnonzero(seen) + lowest
        return found
    ordered: Int64s = np.sort(ids)
    distinct: Int64s = ordered[np.append(True, ordered[1:] != ordered[:-1])]
    return distinct


def number_ids(ids: Int64s) -> Numbering:
    """Return the numbering of sorted ids, each once; ids with few gaps need no hash."""
    if len(ids) == 0:
        return Numbering(ids, np.empty(0, dtype=np.int32), 0, hashed=False)
    lowest, highest = int(ids[0]), int(ids[-1])
    if highest - lowest < _GAPS * len(ids):
        table = np.full(highest - lowest + 1, UNKNOWN, dtype=np.int32)
        table[ids - lowest] = np.arange(len(ids), dtype=np.int32)
        return Numbering(ids, table, lowest, hashed=False)
    return Numbering(ids, hash_table(ids), 0, hashed=True)


@compiled
def look_up_table(table: Int32s, lowest: Int, ids: Int64s, found: Int32s) -> None:
    """Put the number of each id into `found`."""
    for place in range(len(ids)):
        at = ids[place] - lowest
        found[place] = table[at] if 0 <= at < len(table) else UNKNOWN


@compiled
def _slot_of(value: Int, mask: np.uint64) -> Int:
    mixed = np.uint64(value) * _MIX
    return np.int64((mixed ^ (mixed >> _FOLD)) & mask)


@compiled
def hash_table(ids: Int64s) -> Int32s:
    """Return an open hash table of at least twice as many slots as ids."""
    size = 16
    while size < 2 * len(ids):
        size *= 2
    table = np.full(size, UNKNOWN, np.int32)
    for number in range(len(ids)):
        slot = _slot_of(ids[number], np.uint64(size - 1))
        while table[slot] != UNKNOWN:
            slot = (slot + 1) & (size - 1)
        table[slot] = number
    return table


@compiled
def look_up_hash(table: Int32s, numbered: Int64s, ids: Int64s, found: Int32s) -> None:
    """Put the number of each id into `found`."""
    mask = np.uint64(len(table) - 1)
    for place in range(len(ids)):
        slot = _slot_of(ids[place], mask)
        while table[slot] != UNKNOWN and numbered[table[slot]] != ids[place]:
            slot = (slot + 1) & (len(table) - 1)
        found[place] = table[slot]
