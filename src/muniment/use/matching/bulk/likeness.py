"""How alike two texts are: compiled functions that compare a pattern of the line with a text of the index.

A sketch bounds how alike they can be before the text is read.
"""

import numpy as np
from numba import njit

from muniment.use.matching.bulk.bundle import i64, u8, u64
from muniment.use.matching.bulk.keys import LONGEST_SKETCHED, SKETCHED
from muniment.use.matching.bulk.lookup import TITLES_TEXTS
from muniment.use.matching.bulk.parse import tokens_of
from muniment.use.matching.bulk.room import (
    BITS,
    COUNTERS,
    LENGTHS,
    LETTERS,
    PATTERN_COUNT,
    PATTERN_HASHES,
    PATTERN_LETTERS,
    PATTERN_SKETCHES,
    PATTERN_WORDS,
    TOKEN_HASH,
    TOKENS,
)
from muniment.use.matching.bulk.texts import BLANK

(
    EQUAL,
    EQUAL_ROMAN,
    EQUAL_BARE,
    ALIKE_95,
    SAME_WORDS,
    CUT_OFF,
    ALIKE_90,
    ALIKE_85,
    ALIKE_80,
    HELD,
    ALIKE_70,
    ALIKE_50,
) = range(12)
HARDLY_ALIKE, NO_TITLE = 12, 13
_MILLION = 1_000_000
_CUT_FROM = 14


@njit(cache=True, nogil=True)
def in_common(room, base, length, data, first, last):  # type: ignore[no-untyped-def]
    """Return the length of the longest common subsequence of a pattern and a text, and how many letters the text has.

    Hyyrö's bit-parallel algorithm (Bit-parallel LCS-length computation revisited, 2004). Blanks are no letter of any
    pattern and change nothing, so most texts need no question in the loop.
    """
    row, count, bits = ~np.uint64(0), 0, u64(room, BITS)
    for at in range(first, last):
        letter = data[at]
        if count == LETTERS:
            break
        count += letter > BLANK
        match = row & bits[base + letter]
        row = (row + match) | (row - match)
    missing = row | ~((np.uint64(1) << np.uint64(length)) - np.uint64(1)) if length < 64 else row
    return 64 - ones(missing), count


@njit(cache=True, nogil=True)
def alike(room, base, length, data, first, last):  # type: ignore[no-untyped-def]
    """Return how alike a pattern and a text are in ppm: twice the longest common subsequence over both lengths."""
    common, count = in_common(room, base, length, data, first, last)
    return 2 * common * _MILLION // (length + count) if length + count else 0


@njit(cache=True, nogil=True)
def ones(value):  # type: ignore[no-untyped-def]
    """Return how many bits of a number are set."""
    value = value - ((value >> np.uint64(1)) & np.uint64(0x5555555555555555))
    value = (value & np.uint64(0x3333333333333333)) + ((value >> np.uint64(2)) & np.uint64(0x3333333333333333))
    value = (value + (value >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((value * np.uint64(0x0101010101010101)) >> np.uint64(56))


@njit(cache=True, nogil=True)
def may_be_alike(room, other, by_words):  # type: ignore[no-untyped-def]
    """Say whether a title with this sketch can be ALIKE_70 or better."""
    count = other >> SKETCHED
    if count == LONGEST_SKETCHED:
        return True
    for pattern in range(i64(room, COUNTERS)[PATTERN_COUNT]):
        length, common = i64(room, LENGTHS)[pattern], _most_in_common(room, pattern, other)
        if 20 * common >= 7 * (length + count):
            return True
        if by_words and 5 * common >= length + count and (length == count or 10 * common >= 8 * min(length, count)):
            return True
    return False


@njit(cache=True, nogil=True)
def can_be_alike(room, pattern, other, least):  # type: ignore[no-untyped-def]
    """Say whether a pattern and a text with this sketch can be as alike as `least`, in ppm, or more."""
    length, count = i64(room, LENGTHS)[pattern], other >> SKETCHED
    return count == LONGEST_SKETCHED or 2 * _most_in_common(room, pattern, other) * _MILLION >= least * (length + count)


@njit(cache=True, nogil=True)
def _most_in_common(room, pattern, other):  # type: ignore[no-untyped-def]
    """Return how many letters a pattern and a text with this sketch have in common at most.

    A letter that only one of two texts has is in no common subsequence of theirs.
    """
    classes = (np.int64(1) << SKETCHED) - 1
    mine, theirs = i64(room, PATTERN_SKETCHES)[pattern] & classes, other & classes
    only_mine, only_theirs = ones(np.uint64(mine & ~theirs)), ones(np.uint64(theirs & ~mine))
    return min(i64(room, LENGTHS)[pattern] - only_mine, (other >> SKETCHED) - only_theirs)


@njit(cache=True, nogil=True)
def title_row(columns, room, title, by_words):  # type: ignore[no-untyped-def]
    """Return how a title is like the reported one: the row of TITLE."""
    first, last = i64(columns, TITLES_TEXTS + 2)[title], i64(columns, TITLES_TEXTS + 2)[title + 1]
    best = HARDLY_ALIKE
    for pattern in range(i64(room, COUNTERS)[PATTERN_COUNT]):
        length = i64(room, LENGTHS)[pattern]
        if not by_words and abs(last - first - length) > length // 2 + 4:
            continue
        common, count = in_common(room, pattern * 256, length, u8(columns, TITLES_TEXTS + 3), first, last)
        both, letters = 200 * common, max(1, length + count)  # compared in per cent: to divide would take as long again
        row = HARDLY_ALIKE
        if both >= 95 * letters:
            row = ALIKE_95
        elif both >= 90 * letters:
            row = ALIKE_90
        elif both >= 85 * letters:
            row = ALIKE_85
        elif both >= 80 * letters:
            row = ALIKE_80
        elif both >= 70 * letters:
            row = ALIKE_70
        elif both >= 50 * letters:
            row = ALIKE_50
        held = length == count or 10 * common >= 8 * min(length, count)
        if by_words and row > SAME_WORDS and both >= 40 * letters and held:
            row = min(row, _by_words(columns, room, pattern, first, last))
        best = min(best, row)
    return best


@njit(cache=True, nogil=True)
def _by_words(columns, room, pattern, first, last):  # type: ignore[no-untyped-def]
    """Return the row of a title by its words: the same in another order, cut off, one holding the other, or none."""
    length = i64(room, LENGTHS)[pattern]
    long_enough = length >= _CUT_FROM and last - first > length
    if long_enough and _begins(room, pattern * LETTERS, length, u8(columns, TITLES_TEXTS + 3), first, last):
        return CUT_OFF
    mine = i64(room, PATTERN_WORDS)[pattern]
    theirs = tokens_of(u8(columns, TITLES_TEXTS + 3), first, last, room)
    shared = 0
    for token in range(theirs):
        for other in range(mine):
            if u64(room, TOKEN_HASH)[token] == u64(room, PATTERN_HASHES)[pattern * TOKENS + other]:
                shared += 1
                break
    if shared >= 2 and shared == theirs and theirs == mine:
        return SAME_WORDS
    if shared >= 2 and shared in (theirs, mine):
        return HELD
    return HARDLY_ALIKE


@njit(cache=True, nogil=True)
def _begins(room, base, length, data, first, last):  # type: ignore[no-untyped-def]
    """Say whether a text begins with these letters, blanks left out."""
    at = 0
    for place in range(first, last):
        if data[place] > BLANK:
            if at == length:
                return True
            if data[place] != u8(room, PATTERN_LETTERS)[base + at]:
                return False
            at += 1
    return at == length
