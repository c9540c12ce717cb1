"""Which works a line may mean: compiled functions from a reading of a line to candidates.

Equal titles come first, with the names that the line reports; then names that are nearly equal; then titles that are
nearly equal, found by halves, first letters and rare words; then the catalogues of the people named.
"""

import numpy as np
from numba import njit

from muniment.use.matching.bulk.build import BARE_TITLE, NATIVE_TITLE, ROMAN_TITLE
from muniment.use.matching.bulk.bundle import ahead, i64, u8, u32, u64
from muniment.use.matching.bulk.keys import (
    half_of,
    letters_of,
    pair_key,
    prefix_key,
    rarest,
    sign,
    sign_once,
    sketch,
    word_key,
)
from muniment.use.matching.bulk.likeness import (
    ALIKE_70,
    EQUAL,
    EQUAL_BARE,
    EQUAL_ROMAN,
    HARDLY_ALIKE,
    may_be_alike,
    ones,
    title_row,
)
from muniment.use.matching.bulk.lookup import (
    CATALOGUE_LETTERS,
    DATA,
    NAME_WORKS,
    STARTS,
    TITLE_KEY_SKETCHES,
    TITLE_KEYS,
    TITLE_KINDS,
    TITLE_WORKS,
    TITLES_TEXTS,
    WORK_PERFORMERS,
    WORK_TITLE_SIGNS,
    WORK_TITLES,
    WORK_WRITERS,
    expect_bucket,
    expect_targets,
    find,
    find_all,
    reach,
)
from muniment.use.matching.bulk.parse import BARE, title_forms, tokens_of
from muniment.use.matching.bulk.people import seek
from muniment.use.matching.bulk.room import (
    AT_ONCE,
    BEST_ROWS,
    BEST_TITLES,
    BITS,
    CANDIDATE_COUNT,
    CANDIDATE_ROOM,
    CHECKED,
    COUNTERS,
    FORM_COUNT,
    FORM_DATA,
    FORM_KINDS,
    FORM_ROOM,
    FORM_STARTS,
    HIT_COUNT,
    HITS,
    LENGTHS,
    LETTERS,
    NAME_DATA,
    NAME_KINDS,
    NAME_STARTS,
    NEARNESS,
    PASSED,
    PATTERN_COUNT,
    PATTERN_FORMS,
    PATTERN_HASHES,
    PATTERN_KINDS,
    PATTERN_LETTERS,
    PATTERN_SIGNS,
    PATTERN_SKETCHES,
    PATTERN_WORDS,
    PATTERNS_MADE,
    RAREST,
    READINGS,
    SEEN,
    SEEN_ROOM,
    SIGNATURES,
    SINCE,
    SOUGHT,
    SOUGHT_HOW,
    STAMP,
    STAMPS,
    TITLE_ROWS,
    TITLES,
    TOKEN_HASH,
    TOKEN_ORDER,
    TOKENS,
    TOP,
    TOP_RECORDED,
    TOP_WORKS,
    WAITING,
    WEIGHED,
    WORD_PATTERN,
    WORKS,
    WRITER_COUNT,
    WRITER_HITS,
    WRITER_KINDS,
)

_ALL_WORKS = 16
_ALL_NEAR_WORKS = 4
_LOOKED_AT = 4_096
_LONGEST_CATALOGUE = 3_000
_CHECKS = 400
_TITLES_A_WORK = 48
_FAR = 16
"""So many works ahead of the one that is looked at are brought."""
_PREFIX = 12


@njit(cache=True, nogil=True)
def read_title(room, native, roman):  # type: ignore[no-untyped-def]
    """Take the title of a reading apart: its forms, and which of them are patterns to compare other titles with."""
    for pattern in range(i64(room, COUNTERS)[PATTERNS_MADE]):
        for at in range(i64(room, LENGTHS)[pattern]):
            u64(room, BITS)[pattern * 256 + u8(room, PATTERN_LETTERS)[pattern * LETTERS + at]] = 0
    i64(room, COUNTERS)[FORM_COUNT], i64(room, COUNTERS)[PATTERN_COUNT], i64(room, COUNTERS)[PATTERNS_MADE] = 0, 0, 0
    i64(room, FORM_STARTS)[0] = 0
    for foreign in range(2):
        text, first, last = roman if foreign else native
        if first < last:
            add_title(room, text, first, last, foreign)


@njit(cache=True, nogil=True)
def add_title(room, text, first, last, foreign):  # type: ignore[no-untyped-def]
    """Add one spelling of the title: `foreign` is 0 for its own script."""
    count = title_forms(text, first, last, room)
    for form in range(count):
        at = i64(room, COUNTERS)[FORM_COUNT]
        if at == FORM_ROOM:
            break
        used = i64(room, FORM_STARTS)[at]
        for place in range(i64(room, NAME_STARTS)[form], i64(room, NAME_STARTS)[form + 1]):
            u8(room, FORM_DATA)[used] = u8(room, NAME_DATA)[place]
            used += 1
        i64(room, FORM_STARTS)[at + 1] = used
        bare = i64(room, NAME_KINDS)[form] == BARE
        i64(room, FORM_KINDS)[at] = ROMAN_TITLE if foreign else (BARE_TITLE if bare else NATIVE_TITLE)
        i64(room, COUNTERS)[FORM_COUNT] = at + 1
        if form == min(1, count - 1):
            _add_pattern(room, at, foreign)


@njit(cache=True, nogil=True)
def _add_pattern(room, form, foreign):  # type: ignore[no-untyped-def]
    pattern = i64(room, COUNTERS)[PATTERN_COUNT]
    if pattern < WORD_PATTERN:
        i64(room, PATTERN_FORMS)[pattern], i64(room, PATTERN_KINDS)[pattern] = form, foreign
        i64(room, COUNTERS)[PATTERN_COUNT] = pattern + 1


@njit(cache=True, nogil=True)
def make_patterns(room):  # type: ignore[no-untyped-def]
    """Make the patterns of the title, if that was not done: a line whose title is equal to one needs none."""
    for pattern in range(i64(room, COUNTERS)[PATTERNS_MADE], i64(room, COUNTERS)[PATTERN_COUNT]):
        form = i64(room, PATTERN_FORMS)[pattern]
        _make_pattern(room, pattern, i64(room, FORM_STARTS)[form], i64(room, FORM_STARTS)[form + 1])
    i64(room, COUNTERS)[PATTERNS_MADE] = i64(room, COUNTERS)[PATTERN_COUNT]


@njit(cache=True, nogil=True)
def _make_pattern(room, pattern, first, last):  # type: ignore[no-untyped-def]
    base = pattern * LETTERS
    length = letters_of(u8(room, FORM_DATA), first, last, u8(room, PATTERN_LETTERS), base, LETTERS)
    i64(room, LENGTHS)[pattern] = length
    for at in range(length):
        u64(room, BITS)[pattern * 256 + u8(room, PATTERN_LETTERS)[base + at]] |= np.uint64(1) << np.uint64(at)
    i64(room, PATTERN_SKETCHES)[pattern] = sketch(u8(room, PATTERN_LETTERS), base, length)
    u64(room, PATTERN_SIGNS)[pattern] = sign_once(u8(room, FORM_DATA), first, last)
    u64(room, SIGNATURES)[2 * pattern] = u64(room, SIGNATURES)[2 * pattern + 1] = 0
    sign(u8(room, FORM_DATA), first, last, u64(room, SIGNATURES), 2 * pattern)
    count = tokens_of(u8(room, FORM_DATA), first, last, room)
    for token in range(count):
        u64(room, PATTERN_HASHES)[pattern * TOKENS + token] = u64(room, TOKEN_HASH)[token]
    i64(room, PATTERN_WORDS)[pattern] = count


@njit(cache=True, nogil=True)
def equal_titles(columns, room, reading):  # type: ignore[no-untyped-def]
    """Add the works that have an equal title; say whether there was one."""
    found = False
    seek(columns, room, TITLES_TEXTS, FORM_DATA, FORM_STARTS, i64(room, COUNTERS)[FORM_COUNT])
    for form in range(i64(room, COUNTERS)[FORM_COUNT]):
        begin, end = i64(room, FORM_STARTS)[form], i64(room, FORM_STARTS)[form + 1]
        title = find(columns, TITLES_TEXTS, u64(room, SOUGHT)[form], u8(room, FORM_DATA), begin, end)
        if title >= 0:
            kind = max(i64(room, FORM_KINDS)[form], np.int64(u8(columns, TITLE_KINDS)[title]))
            row = EQUAL if kind == NATIVE_TITLE else (EQUAL_ROMAN if kind == ROMAN_TITLE else EQUAL_BARE)
            add_works(columns, room, title, row, reading)
            found = found or row != EQUAL_BARE
    return found


@njit(cache=True, nogil=True)
def add_works(columns, room, title, row, reading):  # type: ignore[no-untyped-def]
    """Add the works of a title: all if they are few, else those of the people named and the most recorded ones."""
    first, last = i64(columns, TITLE_WORKS)[title], i64(columns, TITLE_WORKS)[title + 1]
    if last - first <= (_ALL_WORKS if row <= EQUAL_BARE else _ALL_NEAR_WORKS):
        for at in range(first, last):
            add(columns, room, np.int64(u32(columns, TITLE_WORKS + 1)[at]), title, row, reading)
        return
    for hit in range(i64(room, COUNTERS)[HIT_COUNT]):
        _add_shared(columns, room, title, i64(room, HITS)[hit], row, reading)
    for hit in range(i64(room, COUNTERS)[WRITER_COUNT]):
        if i64(room, WRITER_KINDS)[hit] < 2:
            _add_shared(columns, room, title, i64(room, WRITER_HITS)[hit], row, reading)
    _add_most_recorded(columns, room, title, row, reading)


@njit(cache=True, nogil=True)
def _add_most_recorded(columns, room, title, row, reading):  # type: ignore[no-untyped-def]
    """Add the few works of a title that were recorded most, of equals the lower number."""
    starts, items = i64(columns, WORK_PERFORMERS), u32(columns, TITLE_WORKS + 1)
    first, last = i64(columns, TITLE_WORKS)[title], i64(columns, TITLE_WORKS)[title + 1]
    last = min(last, first + _LOOKED_AT)
    top, most = i64(room, TOP), i64(room, TOP_RECORDED)
    wanted, found = TOP_WORKS if row <= EQUAL_BARE else 1, 0
    for at in range(first, last):
        ahead(starts, items[min(at + _FAR, last - 1)])
        work = np.int64(items[at])
        recorded = starts[work + 1] - starts[work]
        place = found
        while place > 0 and most[place - 1] < recorded:
            if place < wanted:
                top[place], most[place] = top[place - 1], most[place - 1]
            place -= 1
        if place < wanted:
            top[place], most[place] = work, recorded
            found = min(found + 1, wanted)
    for place in range(found):
        add(columns, room, top[place], title, row, reading)


@njit(cache=True, nogil=True)
def _add_shared(columns, room, title, name, row, reading):  # type: ignore[no-untyped-def]
    """Add the works that have both a title and a name: both lists ascend, and the shorter one is walked."""
    few, at, last = u32(columns, NAME_WORKS + 1), i64(columns, NAME_WORKS)[name], i64(columns, NAME_WORKS)[name + 1]
    many, place, end = (
        u32(columns, TITLE_WORKS + 1),
        i64(columns, TITLE_WORKS)[title],
        i64(columns, TITLE_WORKS)[title + 1],
    )
    if last - at > end - place:
        few, at, last, many, place, end = many, place, end, few, at, last
    for one in range(at, min(last, at + _LOOKED_AT)):
        place = reach(many, place, end, few[one])
        if place == end:
            return
        if many[place] == few[one]:
            add(columns, room, np.int64(few[one]), title, row, reading)


@njit(cache=True, nogil=True)
def add(columns, room, work, title, row, reading):  # type: ignore[no-untyped-def]
    """Add a candidate; a work met twice in one reading of the line keeps its better title."""
    count = i64(room, COUNTERS)[CANDIDATE_COUNT]
    for at in range(i64(room, COUNTERS)[SINCE], count):
        if i64(room, WORKS)[at] == work:
            if row < i64(room, TITLE_ROWS)[at]:
                i64(room, TITLE_ROWS)[at], i64(room, TITLES)[at] = row, title
            return
    if count < CANDIDATE_ROOM:
        i64(room, WORKS)[count], i64(room, TITLES)[count], i64(room, TITLE_ROWS)[count] = work, title, row
        i64(room, READINGS)[count], i64(room, NEARNESS)[count], i64(room, WEIGHED)[count] = reading, 0, 0
        i64(room, COUNTERS)[CANDIDATE_COUNT] = count + 1
        for lists in (WORK_PERFORMERS, WORK_WRITERS, WORK_TITLES):  # it is weighed soon
            ahead(i64(columns, lists), work)


@njit(cache=True, nogil=True)
def near_titles(columns, room, reading):  # type: ignore[no-untyped-def]
    """Add the works whose titles are nearly equal."""
    i64(room, COUNTERS)[STAMP] += 1
    i64(room, COUNTERS)[CHECKED] = 0
    make_patterns(room)
    keys = u64(room, SOUGHT)
    for pattern in range(i64(room, COUNTERS)[PATTERN_COUNT]):
        count, waiting = _keys_of(columns, room, pattern), 0
        for at in range(count):
            expect_bucket(columns, TITLE_KEYS, keys[at])
        for at in range(count):
            expect_targets(columns, TITLE_KEYS, TITLE_KEY_SKETCHES, keys[at])
        for at in range(count):
            waiting = _check(columns, room, keys[at], i64(room, SOUGHT_HOW)[at], waiting, reading)
        _compare_passed(columns, room, waiting, reading)


@njit(cache=True, nogil=True)
def _keys_of(columns, room, pattern):  # type: ignore[no-untyped-def]
    """Write the keys of titles that are like a pattern, and whether by their words; return how many there are."""
    letters, base, length = u8(room, PATTERN_LETTERS), pattern * LETTERS, i64(room, LENGTHS)[pattern]
    keys, by_words, used = u64(room, SOUGHT), i64(room, SOUGHT_HOW), 0
    if length >= 4:
        for other in range(length - 1, length + 2):
            for side in range(2):
                keys[used], by_words[used] = half_of(letters, base, length, other, side), 0
                used += 1
    if length >= _PREFIX:
        keys[used], by_words[used] = prefix_key(letters, base), 1
        used += 1
    count = i64(room, PATTERN_WORDS)[pattern]
    for token in range(count):
        u64(room, TOKEN_HASH)[token] = u64(room, PATTERN_HASHES)[pattern * TOKENS + token]
    found = rarest(columns, room, count, 4)
    for one in range(found):
        u64(room, RAREST)[one] = u64(room, TOKEN_HASH)[i64(room, TOKEN_ORDER)[one]]
    for one in range(found):
        for other in range(one):
            keys[used], by_words[used] = pair_key(u64(room, RAREST)[one], u64(room, RAREST)[other]), 1
            used += 1
        if one < 2:
            keys[used], by_words[used] = word_key(u64(room, RAREST)[one]), 1
            used += 1
    return used


@njit(cache=True, nogil=True)
def _check(columns, room, key, by_words, waiting, reading):  # type: ignore[no-untyped-def]
    """Put the titles that a key proposes, and that may be alike, behind those that wait to be compared.

    Whether the key is one of words stands in the lowest bit. As soon as as many wait as are brought at once, they are
    compared; return how many wait.
    """
    first, last = find_all(columns, TITLE_KEYS, key)
    passed = i64(room, PASSED)
    for at in range(first, last):
        title = np.int64(u32(columns, TITLE_KEYS + 2)[at])
        if not may_be_alike(room, np.int64(u32(columns, TITLE_KEY_SKETCHES)[at]), by_words > 0):
            continue
        if i64(room, COUNTERS)[CHECKED] < _CHECKS and is_new(room, title):
            i64(room, COUNTERS)[CHECKED] += 1
            passed[waiting] = title << 1 | by_words
            ahead(i64(columns, TITLES_TEXTS + 2), title)
            waiting += 1
            if waiting == AT_ONCE:
                _compare_passed(columns, room, waiting, reading)
                waiting = 0
    return waiting


@njit(cache=True, nogil=True)
def _compare_passed(columns, room, count, reading):  # type: ignore[no-untyped-def]
    """Compare the titles that keys proposed and sketches did not rule out; add the works of those that are alike."""
    passed = i64(room, PASSED)
    for at in range(count):
        ahead(u8(columns, TITLES_TEXTS + 3), i64(columns, TITLES_TEXTS + 2)[passed[at] >> 1])
    for at in range(count):
        title = passed[at] >> 1
        row = title_row(columns, room, title, passed[at] & 1 > 0)
        if row <= ALIKE_70:
            add_works(columns, room, title, row, reading)


@njit(cache=True, nogil=True)
def is_new(room, number):  # type: ignore[no-untyped-def]
    """Say whether a number was not met since the stamp last changed."""
    slot = (number * 2654435761) & (SEEN_ROOM - 1)
    for _ in range(8):
        if i64(room, STAMPS)[slot] != i64(room, COUNTERS)[STAMP]:
            i64(room, STAMPS)[slot], i64(room, SEEN)[slot] = i64(room, COUNTERS)[STAMP], number
            return True
        if i64(room, SEEN)[slot] == number:
            return False
        slot = (slot + 1) & (SEEN_ROOM - 1)
    return True


@njit(cache=True, nogil=True)
def catalogues(columns, room, reading):  # type: ignore[no-untyped-def]
    """Add the works of the people named whose titles are somewhat alike."""
    make_patterns(room)
    for hit in range(i64(room, COUNTERS)[HIT_COUNT]):
        _catalogue(columns, room, i64(room, HITS)[hit], reading)
    for hit in range(i64(room, COUNTERS)[WRITER_COUNT]):
        if i64(room, WRITER_KINDS)[hit] < 2:
            _catalogue(columns, room, i64(room, WRITER_HITS)[hit], reading)


@njit(cache=True, nogil=True)
def _catalogue(columns, room, name, reading):  # type: ignore[no-untyped-def]
    first, last = i64(columns, NAME_WORKS)[name], i64(columns, NAME_WORKS)[name + 1]
    if last - first > _LONGEST_CATALOGUE:
        return
    letters = u64(columns, CATALOGUE_LETTERS)
    for pattern in range(i64(room, COUNTERS)[PATTERN_COUNT]):
        low, high = u64(room, SIGNATURES)[2 * pattern], u64(room, SIGNATURES)[2 * pattern + 1]
        wanted, count = 2 * (ones(low) + ones(high)), 0
        for at in range(first, last):
            if 3 * (ones(low & letters[2 * at]) + ones(high & letters[2 * at + 1])) >= wanted:
                work = np.int64(u32(columns, NAME_WORKS + 1)[at])
                i64(room, PASSED)[count] = work
                ahead(i64(columns, WORK_TITLES), work)
                count += 1
                if count == AT_ONCE:
                    _best_titles(columns, room, pattern, count, reading)
                    count = 0
        _best_titles(columns, room, pattern, count, reading)


@njit(cache=True, nogil=True)
def _best_titles(columns, room, pattern, count, reading):  # type: ignore[no-untyped-def]
    """Add those works of a catalogue that have a title like a pattern, each by the best of its titles."""
    lists, signs = i64(columns, WORK_TITLES), u64(columns, WORK_TITLE_SIGNS)
    passed, rows, waiting = i64(room, PASSED), i64(room, BEST_ROWS), 0
    for at in range(count):
        rows[at] = HARDLY_ALIKE
        ahead(signs, lists[passed[at]])
        ahead(u32(columns, WORK_TITLES + 1), lists[passed[at]])
    mine = u64(room, PATTERN_SIGNS)[pattern]
    pairs = ones(mine)
    for at in range(count):
        first, last = lists[passed[at]], lists[passed[at] + 1]
        for place in range(first, min(last, first + _TITLES_A_WORK)):
            if 640 * ones(mine & signs[place]) < pairs * (220 + 6 * ones(signs[place])):
                continue  # half of the pairs, and more the likelier it is that they are there by chance
            title = np.int64(u32(columns, WORK_TITLES + 1)[place])
            i64(room, WAITING)[waiting] = title * AT_ONCE + at
            ahead(i64(columns, TITLES_TEXTS + STARTS), title)
            waiting += 1
            if waiting == AT_ONCE:
                _compare_waiting(columns, room, waiting)
                waiting = 0
    _compare_waiting(columns, room, waiting)
    for at in range(count):
        if rows[at] < HARDLY_ALIKE:
            add(columns, room, passed[at], i64(room, BEST_TITLES)[at], rows[at], reading)


@njit(cache=True, nogil=True)
def _compare_waiting(columns, room, count):  # type: ignore[no-untyped-def]
    """Compare titles of works; each work keeps its best one."""
    waiting, rows = i64(room, WAITING), i64(room, BEST_ROWS)
    for one in range(count):
        ahead(u8(columns, TITLES_TEXTS + DATA), i64(columns, TITLES_TEXTS + STARTS)[waiting[one] // AT_ONCE])
    for one in range(count):
        title, at = waiting[one] // AT_ONCE, waiting[one] % AT_ONCE
        row = title_row(columns, room, title, True)
        if row < rows[at]:
            rows[at], i64(room, BEST_TITLES)[at] = row, title
