"""Which people of the index a line names, as performers and as writers: compiled functions."""

import numpy as np
from numba import njit

from muniment.use.matching.bulk.bundle import ahead, i64, u8, u32, u64
from muniment.use.matching.bulk.keys import half_of, letters_of
from muniment.use.matching.bulk.likeness import alike
from muniment.use.matching.bulk.lookup import NAME_KEYS, NAMES_TEXTS, expect_bucket, expect_prints, find, find_all
from muniment.use.matching.bulk.parse import WHOLE, hash_bytes, performer_forms
from muniment.use.matching.bulk.room import (
    AT_ONCE,
    BITS,
    COUNTERS,
    HAS_NAME,
    HIT_COUNT,
    HIT_ROOM,
    HIT_ROWS,
    HITS,
    KNOWN_NAME,
    LETTERS,
    NAME_DATA,
    NAME_KINDS,
    NAME_OWNERS,
    NAME_PATTERN,
    NAME_STARTS,
    NAMES_READ,
    OWNER_COUNT,
    PASSED,
    PATTERN_LETTERS,
    SOUGHT,
    WRITER_COUNT,
    WRITER_HITS,
    WRITER_KINDS,
    WRITER_OWNERS,
)
from muniment.use.matching.bulk.writers import GUESSED, reported_forms

NAME_EQUAL, NAME_PART, NAME_ALIKE_92, NAME_ALIKE_85 = range(4)
_MILLION = 1_000_000


@njit(cache=True, nogil=True)
def seek(columns, room, base, data, starts, count):  # type: ignore[no-untyped-def]
    """Hash texts that are looked up soon, and have brought what a dictionary knows of them."""
    hashes = u64(room, SOUGHT)
    for form in range(count):
        hashes[form] = hash_bytes(u8(room, data), i64(room, starts)[form], i64(room, starts)[form + 1])
        expect_bucket(columns, base, hashes[form])
    for form in range(count):
        expect_prints(columns, base, hashes[form])


@njit(cache=True, nogil=True)
def read_names(columns, room, native, roman):  # type: ignore[no-untyped-def]
    """Look up the performers of a reading as they are written."""
    i64(room, COUNTERS)[HIT_COUNT], i64(room, COUNTERS)[KNOWN_NAME], i64(room, COUNTERS)[HAS_NAME] = 0, 0, 0
    i64(room, COUNTERS)[NAMES_READ] += 1
    for foreign in range(2):
        text, first, last = roman if foreign else native
        if first < last:
            add_names(columns, room, text, first, last)


@njit(cache=True, nogil=True)
def add_names(columns, room, text, first, last):  # type: ignore[no-untyped-def]
    """Look up the performers in one spelling of them."""
    count = performer_forms(text, first, last, room)
    if count:
        i64(room, COUNTERS)[HAS_NAME] = 1
    seek(columns, room, NAMES_TEXTS, NAME_DATA, NAME_STARTS, count)
    for form in range(count):
        begin, end = i64(room, NAME_STARTS)[form], i64(room, NAME_STARTS)[form + 1]
        number = find(columns, NAMES_TEXTS, u64(room, SOUGHT)[form], u8(room, NAME_DATA), begin, end)
        if number >= 0:
            whole = i64(room, NAME_KINDS)[form] == WHOLE
            if whole:
                i64(room, COUNTERS)[KNOWN_NAME] = 1
            add_hit(room, number, NAME_EQUAL if whole else NAME_PART)


@njit(cache=True, nogil=True)
def add_hit(room, number, row):  # type: ignore[no-untyped-def]
    """Add a name that the index knows; one met twice keeps its better row."""
    count = i64(room, COUNTERS)[HIT_COUNT]
    for at in range(count):
        if i64(room, HITS)[at] == number:
            if row < i64(room, HIT_ROWS)[at]:
                i64(room, HIT_ROWS)[at] = row
                i64(room, COUNTERS)[NAMES_READ] += 1
            return
    if count < HIT_ROOM:
        i64(room, HITS)[count], i64(room, HIT_ROWS)[count] = number, row
        i64(room, COUNTERS)[HIT_COUNT] = count + 1
        i64(room, COUNTERS)[NAMES_READ] += 1


@njit(cache=True, nogil=True)
def near_names(columns, room, native, roman):  # type: ignore[no-untyped-def]
    """Look up the performers of a reading with one letter wrong in either half of the name."""
    for foreign in range(2):
        text, first, last = roman if foreign else native
        count = min(performer_forms(text, first, last, room) if last > first else 0, 4)
        for form in range(count):
            begin, end = i64(room, NAME_STARTS)[form], i64(room, NAME_STARTS)[form + 1]
            _near_name(columns, room, begin, end)


@njit(cache=True, nogil=True)
def _near_name(columns, room, begin, end):  # type: ignore[no-untyped-def]
    base = NAME_PATTERN * LETTERS
    letters = u8(room, PATTERN_LETTERS)
    length = letters_of(u8(room, NAME_DATA), begin, end, letters, base, LETTERS)
    if length < 4 or length >= LETTERS:
        return
    bits = NAME_PATTERN * 256
    for at in range(length):
        u64(room, BITS)[bits + letters[base + at]] |= np.uint64(1) << np.uint64(at)
    keys = u64(room, SOUGHT)
    for which in range(6):
        keys[which] = half_of(letters, base, length, length - 1 + which // 2, which % 2)
        expect_bucket(columns, NAME_KEYS, keys[which])
    for which in range(6):
        expect_prints(columns, NAME_KEYS, keys[which])
    passed, count = i64(room, PASSED), 0
    for which in range(6):
        place, last = find_all(columns, NAME_KEYS, keys[which])
        for at in range(place, last):
            passed[count] = u32(columns, NAME_KEYS + 2)[at]
            ahead(i64(columns, NAMES_TEXTS + 2), passed[count])
            count += 1
            if count == AT_ONCE:
                _compare_passed(columns, room, count, bits, length)
                count = 0
    _compare_passed(columns, room, count, bits, length)
    for at in range(length):
        u64(room, BITS)[bits + letters[base + at]] = 0


@njit(cache=True, nogil=True)
def _compare_passed(columns, room, count, bits, length):  # type: ignore[no-untyped-def]
    """Compare names that keys proposed with the letters of a name, and add those that are nearly equal."""
    passed, data, starts = i64(room, PASSED), u8(columns, NAMES_TEXTS + 3), i64(columns, NAMES_TEXTS + 2)
    for at in range(count):
        ahead(data, starts[passed[at]])
    for at in range(count):
        number = passed[at]
        ratio = alike(room, bits, length, data, starts[number], starts[number + 1])
        if 850_000 <= ratio < _MILLION:
            add_hit(room, number, NAME_ALIKE_92 if ratio >= 920_000 else NAME_ALIKE_85)


@njit(cache=True, nogil=True)
def read_writers(columns, room, native, roman):  # type: ignore[no-untyped-def]
    """Look up the writers of a line."""
    i64(room, COUNTERS)[WRITER_COUNT], i64(room, COUNTERS)[OWNER_COUNT] = 0, 0
    for foreign in range(2):
        text, first, last = roman if foreign else native
        if first < last:
            add_writers(columns, room, text, first, last)


@njit(cache=True, nogil=True)
def add_writers(columns, room, text, first, last):  # type: ignore[no-untyped-def]
    """Look up the writers in one spelling of them."""
    count = reported_forms(text, first, last, room)
    seek(columns, room, NAMES_TEXTS, NAME_DATA, NAME_STARTS, count)
    for form in range(count):
        owner, kind = i64(room, NAME_OWNERS)[form], i64(room, NAME_KINDS)[form]
        i64(room, COUNTERS)[OWNER_COUNT] = max(i64(room, COUNTERS)[OWNER_COUNT], owner + 1)
        if kind >= GUESSED and _is_known(room, owner):
            continue
        begin, end = i64(room, NAME_STARTS)[form], i64(room, NAME_STARTS)[form + 1]
        number = find(columns, NAMES_TEXTS, u64(room, SOUGHT)[form], u8(room, NAME_DATA), begin, end)
        at = i64(room, COUNTERS)[WRITER_COUNT]
        if number >= 0 and at < HIT_ROOM:
            i64(room, WRITER_HITS)[at], i64(room, WRITER_OWNERS)[at] = number, owner
            i64(room, WRITER_KINDS)[at] = max(0, kind % GUESSED - 1)
            i64(room, COUNTERS)[WRITER_COUNT] = at + 1


@njit(cache=True, nogil=True)
def _is_known(room, owner):  # type: ignore[no-untyped-def]
    """Say whether the index has a writer's whole name."""
    for at in range(i64(room, COUNTERS)[WRITER_COUNT]):
        if i64(room, WRITER_OWNERS)[at] == owner and i64(room, WRITER_KINDS)[at] == 0:
            return True
    return False
