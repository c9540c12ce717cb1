"""The compiled loop over lines: each line's readings, candidates, evidence and best few works.

Constants are passed as `np.int64(…)`: the compiler would make a function anew for every literal it is called with.
"""

import numpy as np
from numba import njit

from muniment.use.matching.bulk.across import read_spelt, read_spelt_writers, search_across
from muniment.use.matching.bulk.bundle import i64, u32
from muniment.use.matching.bulk.evidence import PERFORMER_NONE, WRITERS_HALF, best_places, margin_row, weigh
from muniment.use.matching.bulk.lookup import CODE_WORKS, CODES_TEXTS, WORK_TITLES, find
from muniment.use.matching.bulk.parse import hash_bytes
from muniment.use.matching.bulk.room import (
    AS_REPORTED,
    CANDIDATE_COUNT,
    CODED,
    COUNTERS,
    EVIDENCE,
    HAS_NAME,
    HIT_ROOM,
    KNOWN_NAME,
    LINE,
    MARGIN,
    PATTERN_COUNT,
    PERFORMER,
    PLACES,
    SCORES,
    SPLIT_BOTH,
    SPLIT_PERFORMER_FIRST,
    SPLIT_TITLE_FIRST,
    SWAPPED,
    TABLES,
    TITLE,
    WORKS,
    WRITERS,
)
from muniment.use.matching.bulk.search import (
    ALIKE_90,
    EQUAL_ROMAN,
    HARDLY_ALIKE,
    NO_TITLE,
    add,
    catalogues,
    equal_titles,
    near_names,
    near_titles,
    read_names,
    read_title,
    read_writers,
    title_row,
)
from muniment.use.matching.bulk.texts import CLOSE, COLON, DASH, OPEN

_CODED_TITLES = 24


@njit(cache=True, nogil=True)
def answer_lines(columns, room, titles, performers, writers, codes, refused, weights, offsets):  # type: ignore[no-untyped-def]
    """Return (count, works, scores, evidence) of the best few candidates of every line.

    `titles`, `performers`, `writers`: ((native data, starts), (roman data, starts)); `codes`: three (data, starts);
    `refused`: (starts, works) that a person said no to, for each line.
    """
    lines = len(titles[0][1]) - 1
    counts = np.zeros(lines, np.int64)
    works = np.zeros((lines, PLACES), np.int64)
    scores = np.zeros((lines, PLACES), np.int64)
    evidence = np.zeros((lines, PLACES, TABLES), np.int16)
    places = np.zeros(PLACES, np.int64)
    for line in range(lines):
        title = slices(titles, line)
        performer = slices(performers, line)
        i64(room, COUNTERS)[CANDIDATE_COUNT], i64(room, COUNTERS)[LINE] = 0, line
        writer = slices(writers, line)
        read_writers(columns, room, writer[0], writer[1])
        read_title(room, title[0], title[1])
        read_names(columns, room, performer[0], performer[1])
        read_spelt_writers(columns, room)
        read_spelt(columns, room, np.int64(AS_REPORTED))
        _coded(columns, room, codes, line)
        found = _readings(columns, room, title, performer, weights, offsets, places)
        found = _allowed(room, refused, line, places, found)
        counts[line] = found
        for place in range(found):
            at = places[place]
            works[line, place], scores[line, place] = i64(room, WORKS)[at], i64(room, SCORES)[at]
            for table in range(TABLES):
                evidence[line, place, table] = i64(room, EVIDENCE)[at * TABLES + table]
        if found > 1:
            evidence[line, 0, MARGIN] = margin_row(scores[line, 0], scores[line, 1])
        for place in range(1, found):
            evidence[line, place, MARGIN] = 7
    return counts, works, scores, evidence


@njit(cache=True, nogil=True)
def slices(column, line):  # type: ignore[no-untyped-def]
    """Return where the text of a line stands, in its script and in Latin letters."""
    native, roman = column
    return (
        (native[0], native[1][line], native[1][line + 1]),
        (roman[0], roman[1][line], roman[1][line + 1]),
    )


@njit(cache=True, nogil=True)
def _readings(columns, room, title, performer, weights, offsets, places):  # type: ignore[no-untyped-def]
    """Read the line as reported, then in other ways while nothing fits; return how many places are filled."""
    _read(columns, room, title, performer, np.int64(AS_REPORTED), weights, offsets, np.int64(1))
    found = best_places(room, places)
    if _fits(room, places, found):
        return found
    dash = _find_mark(title[0], DASH, False)
    if dash < 0:
        dash = _find_mark(title[0], COLON, False)
    if dash >= 0:
        roman_dash = _find_mark(title[1], DASH, False)
        head, tail = _cut(title[0], dash), _cut(title[1], roman_dash)
        reading = np.int64(SPLIT_PERFORMER_FIRST if performer[0][2] <= performer[0][1] else SPLIT_BOTH)
        _read(columns, room, (head[1], tail[1]), (head[0], tail[0]), reading, weights, offsets, np.int64(1))
        last, roman_last = _find_mark(title[0], DASH, True), _find_mark(title[1], DASH, True)
        if last >= 0:
            head, tail = _cut(title[0], last), _cut(title[1], roman_last)
        _read(
            columns,
            room,
            (head[0], tail[0]),
            (head[1], tail[1]),
            np.int64(SPLIT_TITLE_FIRST),
            weights,
            offsets,
            np.int64(0),
        )
    elif performer[0][2] > performer[0][1] and title[0][2] > title[0][1]:
        _read(columns, room, performer, title, np.int64(SWAPPED), weights, offsets, np.int64(0))
    return best_places(room, places)


@njit(cache=True, nogil=True)
def _read(columns, room, title, performer, reading, weights, offsets, wide):  # type: ignore[no-untyped-def]
    """Add and weigh the candidates of one reading; `wide` also looks for what is only nearly equal."""
    first = i64(room, COUNTERS)[CANDIDATE_COUNT] if reading != AS_REPORTED else 0
    if reading != AS_REPORTED:
        read_title(room, title[0], title[1])
        read_names(columns, room, performer[0], performer[1])
        read_spelt(columns, room, reading)
    equal = equal_titles(columns, room, reading)
    weigh(columns, room, first, weights, offsets)
    if _agrees(room, first, EQUAL_ROMAN) or not wide:
        return
    if i64(room, COUNTERS)[HAS_NAME] and not i64(room, COUNTERS)[KNOWN_NAME]:
        near_names(columns, room, performer[0], performer[1])
        equal_titles(columns, room, reading)
    if not equal:
        near_titles(columns, room, reading)
        weigh(columns, room, first, weights, offsets)
        if _agrees(room, first, ALIKE_90):
            return
        catalogues(columns, room, reading)
    weigh(columns, room, first, weights, offsets)
    if search_across(columns, room, performer, first, reading):
        weigh(columns, room, first, weights, offsets)


@njit(cache=True, nogil=True)
def _agrees(room, first, row):  # type: ignore[no-untyped-def]
    """Say whether a candidate from `first` on has the people reported, and a title as near as `row` of TITLE."""
    for at in range(first, i64(room, COUNTERS)[CANDIDATE_COUNT]):
        evidence = i64(room, EVIDENCE)[at * TABLES : at * TABLES + TABLES]
        if evidence[TITLE] <= row and (evidence[PERFORMER] <= 1 or evidence[WRITERS] < WRITERS_HALF):
            return True
    return False


@njit(cache=True, nogil=True)
def _fits(room, places, found):  # type: ignore[no-untyped-def]
    """Say whether the best candidate needs no other reading of the line."""
    if found == 0:
        return False
    evidence = i64(room, EVIDENCE)[places[0] * TABLES : places[0] * TABLES + TABLES]
    named = evidence[PERFORMER] <= 4 or evidence[WRITERS] < WRITERS_HALF
    return evidence[TITLE] < HARDLY_ALIKE and (named or (evidence[TITLE] <= EQUAL_ROMAN and not _splits(evidence)))


@njit(cache=True, nogil=True)
def _splits(evidence):  # type: ignore[no-untyped-def]
    return evidence[PERFORMER] == PERFORMER_NONE


@njit(cache=True, nogil=True)
def _find_mark(text, mark, last):  # type: ignore[no-untyped-def]
    """Return where the first (or last) such mark outside of brackets stands inside a text, or -1."""
    data, first, end = text
    found, depth = -1, 0
    for at in range(first, end):
        if data[at] == OPEN:
            depth += 1
        elif data[at] == CLOSE:
            depth -= 1
        elif data[at] == mark and depth <= 0 and first < at < end - 1 and (found < 0 or last):
            found = at
    return found


@njit(cache=True, nogil=True)
def _cut(text, at):  # type: ignore[no-untyped-def]
    """Return what stands before and behind a place; all of it before where there is none."""
    data, first, last = text
    if at < 0:
        return (data, first, last), (data, last, last)
    return (data, first, at), (data, at + 1, last)


@njit(cache=True, nogil=True)
def _coded(columns, room, codes, line):  # type: ignore[no-untyped-def]
    """Add the works that a code of the line names."""
    i64(room, CODED)[0] = 0
    used = 0
    for kind in range(3):
        data, starts = codes[kind]
        first, last = starts[line], starts[line + 1]
        if last - first <= 2:
            continue
        number = find(columns, CODES_TEXTS, hash_bytes(data, first, last), data, first, last)
        if number < 0:
            continue
        for at in range(i64(columns, CODE_WORKS)[number], i64(columns, CODE_WORKS)[number + 1]):
            if used < HIT_ROOM:
                work = np.int64(u32(columns, CODE_WORKS + 1)[at])
                i64(room, CODED)[used] = work << 3 | (kind + 1)
                used += 1
                i64(room, CODED)[used] = 0
                _add_coded(columns, room, work)


@njit(cache=True, nogil=True)
def _add_coded(columns, room, work):  # type: ignore[no-untyped-def]
    first, last = i64(columns, WORK_TITLES)[work], i64(columns, WORK_TITLES)[work + 1]
    best, chosen = HARDLY_ALIKE + 1, np.int64(-1)
    for at in range(first, min(last, first + _CODED_TITLES)):
        title = np.int64(u32(columns, WORK_TITLES + 1)[at])
        row = title_row(columns, room, title, True)
        if row < best:
            best, chosen = row, title
    row = min(best, HARDLY_ALIKE) if i64(room, COUNTERS)[PATTERN_COUNT] else NO_TITLE
    add(room, work, chosen, np.int64(row), np.int64(AS_REPORTED))


@njit(cache=True, nogil=True)
def _allowed(room, refused, line, places, found):  # type: ignore[no-untyped-def]
    """Leave out the works that a person said no to; return how many places are filled."""
    starts, refused_works = refused
    if starts[line] == starts[line + 1]:
        return found
    kept = 0
    for at in range(i64(room, COUNTERS)[CANDIDATE_COUNT]):
        said_no = False
        for place in range(starts[line], starts[line + 1]):
            said_no = said_no or refused_works[place] == i64(room, WORKS)[at]
        if not said_no:
            i64(room, WORKS)[kept], i64(room, SCORES)[kept] = i64(room, WORKS)[at], i64(room, SCORES)[at]
            for table in range(TABLES):
                i64(room, EVIDENCE)[kept * TABLES + table] = i64(room, EVIDENCE)[at * TABLES + table]
            kept += 1
    i64(room, COUNTERS)[CANDIDATE_COUNT] = kept
    return best_places(room, places)
