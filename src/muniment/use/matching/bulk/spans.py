"""A title as free text: its words with what parts them, and the ranges of words that may be a title or a name.

The words of a text that is foreign stand in two spellings, its own and Latin letters; a range means the same words in
both. `spans` is an array of one row a fact, one column a word (or, for the last two, a segment).
"""

import numpy as np
from numba import njit

from muniment.use.matching.bulk.bundle import i64, u8, u64
from muniment.use.matching.bulk.lookup import TITLES_TEXTS, find
from muniment.use.matching.bulk.parse import drop_dress, hash_bytes
from muniment.use.matching.bulk.room import (
    LONGEST_TEXT,
    NAME_DATA,
    TOKEN_FIRST,
    TOKEN_GROUP,
    TOKEN_HASH,
    TOKEN_KEEP,
    TOKEN_LAST,
    TOKEN_MARK,
)
from muniment.use.matching.bulk.texts import BAR, BLANK, COLON, DASH, QUOTE, SLASH
from muniment.use.matching.bulk.words import ARTICLE, kind_at, kind_of, tokens_of

FIRST, LAST, ROMAN_FIRST, ROMAN_LAST, GROUP, MARK, KEEP, KIND, BEGIN, END = range(10)
SEGMENTS = 8
"""Segments that are looked at."""


@njit(cache=True, nogil=True)
def take_apart(room, title, spans):  # type: ignore[no-untyped-def]
    """Fill `spans` from a text in both spellings; return how many words it has."""
    data, first, last = title[0]
    count = tokens_of(data, first, last, room)
    drop_dress(data, room, count)
    for token in range(count):
        spans[FIRST, token], spans[LAST, token] = i64(room, TOKEN_FIRST)[token], i64(room, TOKEN_LAST)[token]
        spans[GROUP, token], spans[MARK, token] = i64(room, TOKEN_GROUP)[token], i64(room, TOKEN_MARK)[token]
        spans[KEEP, token] = i64(room, TOKEN_KEEP)[token]
        spans[KIND, token] = kind_at(data, room, token)
        spans[ROMAN_FIRST, token], spans[ROMAN_LAST, token] = 0, 0
    data, first, last = title[1]
    if last > first and tokens_of(data, first, last, room) == count:
        for token in range(count):
            spans[ROMAN_FIRST, token] = i64(room, TOKEN_FIRST)[token]
            spans[ROMAN_LAST, token] = i64(room, TOKEN_LAST)[token]
    return count


@njit(cache=True, nogil=True)
def segments_of(spans, count):  # type: ignore[no-untyped-def]
    """Find the segments: what stands between dashes, colons, bars, slashes, quotation marks, brackets."""
    segments, begin = 0, 0
    for token in range(1, count + 1):
        if (token == count or parted(spans, token)) and segments < SEGMENTS:
            spans[BEGIN, segments], spans[END, segments] = begin, token
            segments, begin = segments + 1, token
    return segments


@njit(cache=True, nogil=True)
def parted(spans, token):  # type: ignore[no-untyped-def]
    """Say whether a mark that parts title and performer stands before a word."""
    return spans[GROUP, token] != spans[GROUP, token - 1] or spans[MARK, token] in (DASH, COLON, BAR, SLASH, QUOTE)


@njit(cache=True, nogil=True)
def slices_of(spans, title, first, last):  # type: ignore[no-untyped-def]
    """Return where words `first` to `last` stand, in both spellings, as `kernel.slices` gives a whole text."""
    native, roman = title
    return (
        (native[0], spans[FIRST, first], spans[LAST, last - 1]),
        (roman[0], spans[ROMAN_FIRST, first], spans[ROMAN_LAST, last - 1]),
    )


@njit(cache=True, nogil=True)
def trimmed(spans, first, last):  # type: ignore[no-untyped-def]
    """Return a range of words without the dress at its ends; all of it if nothing else is there."""
    begin, end = first, last
    while begin < end and not spans[KEEP, begin]:
        begin += 1
    while end > begin and not spans[KEEP, end - 1]:
        end -= 1
    return (begin, end) if begin < end else (first, last)


@njit(cache=True, nogil=True)
def is_title(columns, room, title, spans, first, last):  # type: ignore[no-untyped-def]
    """Say whether the index has a title of just these words, with or without a leading article."""
    return title_of(columns, room, title, spans, first, last) >= 0


@njit(cache=True, nogil=True)
def title_of(columns, room, title, spans, first, last):  # type: ignore[no-untyped-def]
    """Return the number of the title of just these words, with or without a leading article; -1 if there is none."""
    number = _number(columns, room, title[0][0], spans, FIRST, first, last)
    if number < 0 and title[1][2] > title[1][1] and spans[ROMAN_LAST, first]:
        number = _number(columns, room, title[1][0], spans, ROMAN_FIRST, first, last)
    if number < 0 and last - first > 1 and spans[KIND, first] & ARTICLE:
        number = _number(columns, room, title[0][0], spans, FIRST, first + 1, last)
    return number


@njit(cache=True, nogil=True)
def _number(columns, room, data, spans, row, first, last):  # type: ignore[no-untyped-def]
    out, used = u8(room, NAME_DATA), 0
    for token in range(first, last):
        if used + spans[row + 1, token] - spans[row, token] >= LONGEST_TEXT:
            return np.int64(-1)
        if used:
            out[used] = BLANK
            used += 1
        for at in range(spans[row, token], spans[row + 1, token]):
            out[used] = data[at]
            used += 1
    return find(columns, TITLES_TEXTS, hash_bytes(out, 0, used), out, 0, used)


@njit(cache=True, nogil=True)
def has_word(room, data, first, last, kinds):  # type: ignore[no-untyped-def]
    """Say whether a text has a word of some kinds."""
    count = tokens_of(data, first, last, room)
    known = 0
    for token in range(count):
        known |= kind_of(u64(room, TOKEN_HASH)[token])
    return known & kinds != 0
