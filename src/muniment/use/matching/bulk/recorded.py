"""Known recordings: who recorded which title of a work, and how often a work was recorded under each of its titles."""

from typing import Any

import numpy as np
from numba import njit

from muniment.use.matching.bulk.bundle import i64, lent, u8, u32
from muniment.use.matching.bulk.lookup import ITEMS, NAMES_TEXTS, TITLES_TEXTS, WORK_TITLES, find, more
from muniment.use.matching.bulk.parse import hash_bytes, mix, performer_forms, title_forms
from muniment.use.matching.bulk.room import NAME_DATA, NAME_STARTS

_FORMS, _SPELLINGS = 8, 6
"""So many forms of a title or a name, in each spelling, are looked at; so many further spellings a text has."""


@njit(cache=True, nogil=True)
def recording_key(title, name):  # type: ignore[no-untyped-def]
    """Return the key of a title and a performer, both as numbers."""
    return mix((np.uint64(title) << np.uint64(32)) | np.uint64(name))


@njit(cache=True, nogil=True)
def place_of(columns, work, title):  # type: ignore[no-untyped-def]
    """Return where a title stands in the list of its work, or -1."""
    starts, items = i64(columns, WORK_TITLES), u32(columns, WORK_TITLES + ITEMS)
    low, high = starts[work], starts[work + 1]
    end = high
    while low < high:
        middle = (low + high) >> 1
        if items[middle] < title:
            low = middle + 1
        else:
            high = middle
    return low if low < end and items[low] == title else np.int64(-1)


@njit(cache=True, nogil=True)
def recording_pairs(columns, titles, performers, works, counts, room):  # type: ignore[no-untyped-def]
    """Return (hash, work) of every pair of a title form and a name; count each recording under its title's forms.

    `titles` and `performers` are (data, starts, roman data, roman starts, spelt data, starts, of_row) of the rows of
    `works`. A further spelling of a title is counted, but not paired: nobody recorded it under that.
    """
    hashes, targets, used = np.empty(4 * len(works) + 64, np.uint64), np.empty(4 * len(works) + 64, np.uint32), 0
    ids, names = np.zeros((2 + _SPELLINGS) * _FORMS, np.int64), np.zeros((2 + _SPELLINGS) * _FORMS, np.int64)
    for row in range(len(works)):
        paired, title_count = _title_ids(columns, titles, row, room, ids)
        for form in range(title_count):
            place = place_of(columns, works[row], ids[form])
            if place >= 0:
                counts[place] += 1
        name_count = _name_ids(columns, performers, row, room, names)
        for name in range(name_count):
            for form in range(paired):
                if used == len(hashes):
                    hashes, targets = more(hashes), more(targets)
                hashes[used], targets[used] = recording_key(ids[form], names[name]), works[row]
                used += 1
    return hashes[:used], targets[:used]


@njit(cache=True, nogil=True)
def _title_ids(columns, titles, row, room, ids):  # type: ignore[no-untyped-def]
    """Write the numbers of a title's forms, each once; return how many before further spellings, and how many."""
    forms_at, data, known, paired = i64(room, NAME_STARTS), u8(room, NAME_DATA), 0, 0
    for spelling in range(_spellings(titles, row)):
        text, begin, end = _spelling(titles, row, spelling)
        found = title_forms(text, begin, end, room) if begin < end else 0
        for form in range(min(found, _FORMS)):
            first, last = forms_at[form], forms_at[form + 1]
            known = _once(ids, known, find(columns, TITLES_TEXTS, hash_bytes(data, first, last), data, first, last))
        if spelling == 1:
            paired = known
    return paired, known


@njit(cache=True, nogil=True)
def _name_ids(columns, performers, row, room, ids):  # type: ignore[no-untyped-def]
    """Write the numbers of a performer's forms, each once, and return how many."""
    forms_at, data, known = i64(room, NAME_STARTS), u8(room, NAME_DATA), 0
    for spelling in range(_spellings(performers, row)):
        text, begin, end = _spelling(performers, row, spelling)
        found = performer_forms(text, begin, end, room) if begin < end else 0
        for form in range(min(found, _FORMS)):
            first, last = forms_at[form], forms_at[form + 1]
            known = _once(ids, known, find(columns, NAMES_TEXTS, hash_bytes(data, first, last), data, first, last))
    return known


@njit(cache=True, nogil=True)
def _spellings(texts, row):  # type: ignore[no-untyped-def]
    """Return in how many spellings a text is there: its own, the Latin one, and further ones."""
    return 2 + min(_SPELLINGS, texts[6][row + 1] - texts[6][row])


@njit(cache=True, nogil=True)
def _spelling(texts, row, spelling):  # type: ignore[no-untyped-def]
    """Return where a spelling of a text stands: (data, first, last)."""
    if spelling == 0:
        return lent(texts[0]), texts[1][row], texts[1][row + 1]
    if spelling == 1:
        return lent(texts[2]), texts[3][row], texts[3][row + 1]
    place = texts[6][row] + spelling - 2
    return lent(texts[4]), texts[5][place], texts[5][place + 1]


@njit(cache=True, nogil=True)
def _once(ids, known, number):  # type: ignore[no-untyped-def]
    """Put a number, if it is one, at the end of the list, unless it is there; return the list's length."""
    if number < 0:
        return known
    for at in range(known):
        if ids[at] == number:
            return known
    ids[known] = number
    return known + 1


def no_counts(columns: Any) -> Any:
    """Return a count of nothing for each title of each work."""
    return np.zeros(len(columns("work_titles_items")), np.uint32)
