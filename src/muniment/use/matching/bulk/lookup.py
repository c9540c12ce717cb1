"""What the index is made of: dictionaries of texts, keys to their numbers, and lists; plain columns, read in place.

A number is found by its hash: the highest bits name a bucket of a directory, the lowest 32 are compared inside it.
A dictionary then compares the text itself; a key only proposes, and what it proposes is compared later.

The columns stand in one bundle; a dictionary, keys or lists are known by the first of their slots:
a dictionary has directory, prints, starts, data; keys have directory, prints, targets; lists have starts, items.
"""

from typing import Any

import numpy as np
from numba import njit

from muniment.use.matching.bulk.bundle import ahead, i64, u8, u32

TITLES_TEXTS, NAMES_TEXTS, CODES_TEXTS = 0, 4, 8
TITLE_KEYS, NAME_KEYS, WORD_KEYS = 12, 15, 18
TITLE_WORKS, WORK_TITLES, NAME_WORKS, WORK_PERFORMERS, WORK_WRITERS, CODE_WORKS = 21, 23, 25, 27, 29, 31
TITLE_KINDS, TITLE_BITS, TITLE_WEIGHTS, CATALOGUE_LETTERS, FACTS = 33, 34, 35, 36, 37
RECORDED_KEYS, WORK_TITLE_COUNTS = 38, 41
SKELETON_KEYS, WORD_STARTS, WORD_DATA = 42, 45, 46
"""The letters of word `n` of WORD_KEYS, and the skeletons under which it is found."""
TITLE_KEY_SKETCHES, SKELETON_SKETCHES = 47, 48
"""Beside each target of TITLE_KEYS and of SKELETON_KEYS the sketch of that title or word, and beside each title of a
work its signature in one number: most are ruled out without being read."""
WORK_TITLE_SIGNS = 49
WORKS_KNOWN, WORKS_PERFORMED, WORDS_READ = 0, 1, 2
"""Of the facts: how many works there are, of how many a performer is known, and how many words are readings."""
DIRECTORY, PRINTS, STARTS, DATA = 0, 1, 2, 3
TARGETS, ITEMS = 2, 1
_PER_BUCKET = 4


def directory_of(hashes: Any) -> Any:
    """Return where the buckets of ascending hashes begin, behind how many bits tell a bucket."""
    bits = max(1, int(len(hashes) // _PER_BUCKET).bit_length())
    tops = (hashes >> np.uint64(64 - bits)).astype(np.int64)
    counts = np.bincount(tops, minlength=1 << bits)
    return np.concatenate(([bits, 0], np.cumsum(counts))).astype(np.uint32)


@njit(cache=True, nogil=True)
def bucket(columns, base, value):  # type: ignore[no-untyped-def]
    """Return the first place and the place behind the last of the bucket of a hash."""
    directory = u32(columns, base + DIRECTORY)
    at = np.int64(value >> np.uint64(64 - np.int64(directory[0])))
    return np.int64(directory[at + 1]), np.int64(directory[at + 2])


@njit(cache=True, nogil=True)
def expect_bucket(columns, base, value):  # type: ignore[no-untyped-def]
    """Have the bucket of a hash brought: the first of two steps before many are looked up."""
    directory = u32(columns, base + DIRECTORY)
    ahead(directory, np.int64(value >> np.uint64(64 - np.int64(directory[0]))) + 1)


@njit(cache=True, nogil=True)
def expect_prints(columns, base, value):  # type: ignore[no-untyped-def]
    """Have what stands in the bucket of a hash brought: the second step."""
    at, _ = bucket(columns, base, value)
    ahead(u32(columns, base + PRINTS), at)


@njit(cache=True, nogil=True)
def expect_targets(columns, base, beside, value):  # type: ignore[no-untyped-def]
    """Have brought what stands in the bucket of a hash, its targets, and what a column holds beside each of them."""
    at, _ = bucket(columns, base, value)
    ahead(u32(columns, base + PRINTS), at)
    ahead(u32(columns, base + TARGETS), at)
    ahead(u32(columns, beside), at)


@njit(cache=True, nogil=True)
def find(columns, base, value, text, first, last):  # type: ignore[no-untyped-def]
    """Return the number of a text whose hash is `value` in a dictionary, or -1."""
    at, end = bucket(columns, base, value)
    prints, starts, data = u32(columns, base + PRINTS), i64(columns, base + STARTS), u8(columns, base + DATA)
    wanted = np.uint32(value & np.uint64(0xFFFFFFFF))
    while at < end:
        if prints[at] == wanted:
            begin = starts[at]
            if starts[at + 1] - begin == last - first:
                same = True
                for place in range(last - first):
                    if data[begin + place] != text[first + place]:
                        same = False
                        break
                if same:
                    return at
        at += 1
    return np.int64(-1)


@njit(cache=True, nogil=True)
def find_all(columns, base, value):  # type: ignore[no-untyped-def]
    """Return the first place and the place behind the last of a hash among the targets of keys."""
    at, end = bucket(columns, base, value)
    prints = u32(columns, base + PRINTS)
    wanted = np.uint32(value & np.uint64(0xFFFFFFFF))
    while at < end and prints[at] != wanted:
        at += 1
    begin = at
    while at < end and prints[at] == wanted:
        at += 1
    return begin, at


@njit(cache=True, nogil=True)
def holds(columns, base, number, item):  # type: ignore[no-untyped-def]
    """Say whether the list of `number` has `item`."""
    starts, items = i64(columns, base), u32(columns, base + ITEMS)
    low, high = starts[number], starts[number + 1]
    end = high
    while low < high:
        middle = (low + high) >> 1
        if items[middle] < item:
            low = middle + 1
        else:
            high = middle
    return low < end and items[low] == item


@njit(cache=True, nogil=True)
def reach(items, low, end, item):  # type: ignore[no-untyped-def]
    """Return the first place from `low` on whose item is not less than `item`, or `end`; a near one is found soonest.

    The steps grow until one is too long, and what it passed is halved.
    """
    step = np.int64(1)
    while low + step <= end and items[low + step - 1] < item:
        low += step
        step <<= 1
    high = min(end, low + step - 1)
    while low < high:
        middle = (low + high) >> 1
        if items[middle] < item:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True)
def more(array):  # type: ignore[no-untyped-def]
    """Return the array with room for twice as much."""
    grown = np.empty(len(array) * 2 + 64, dtype=array.dtype)
    grown[: len(array)] = array
    return grown
