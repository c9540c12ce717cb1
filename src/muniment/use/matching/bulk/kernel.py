"""The compiled loop over lines: each line's readings, candidates, evidence and best few works.

Constants are passed as `np.int64(…)`: the compiler would make a function anew for every literal it is called with.
"""

import numpy as np
from numba import njit

from muniment.use.matching.bulk.across import read_spelt, read_spelt_writers
from muniment.use.matching.bulk.bundle import i64, i64_shaped, lent, u32
from muniment.use.matching.bulk.evidence import best_places, margin_row
from muniment.use.matching.bulk.likeness import HARDLY_ALIKE, NO_TITLE, title_row
from muniment.use.matching.bulk.lookup import CODE_WORKS, CODES_TEXTS, WORK_TITLES, find
from muniment.use.matching.bulk.people import read_names, read_writers
from muniment.use.matching.bulk.readings import move, read_line
from muniment.use.matching.bulk.room import (
    AS_REPORTED,
    BEST,
    CANDIDATE_COUNT,
    CODED,
    COUNTERS,
    EVIDENCE,
    HIT_ROOM,
    KEPT,
    LINE,
    MARGIN,
    PATTERN_COUNT,
    PLACES,
    PLAN_SHAPE,
    PLANNED,
    SCORES,
    SINCE,
    SPAN_SHAPE,
    SPANS,
    SPELT_PERFORMERS,
    SPELT_TITLES,
    TABLES,
    WORKS,
)
from muniment.use.matching.bulk.search import add, make_patterns, read_title
from muniment.use.matching.bulk.words import hash_bytes

_CODED_TITLES = 24
_KEPT = 24


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
    places, kept = i64_shaped(room, BEST, PLACES), i64_shaped(room, KEPT, _KEPT)
    spans, plans = i64_shaped(room, SPANS, SPAN_SHAPE), i64_shaped(room, PLANNED, PLAN_SHAPE)
    model = lent(weights), lent(offsets)
    for line in range(lines):
        title = slices(titles, line)
        performer = slices(performers, line)
        counters = i64(room, COUNTERS)
        counters[CANDIDATE_COUNT], counters[SINCE], counters[LINE] = 0, 0, line
        writer = slices(writers, line)
        read_writers(columns, room, writer[0], writer[1])
        read_title(room, title[0], title[1])
        read_names(columns, room, performer[0], performer[1])
        read_spelt_writers(columns, room)
        read_spelt(columns, room, np.int64(SPELT_TITLES), np.int64(SPELT_PERFORMERS))
        _coded(columns, room, codes, line)
        found = read_line(columns, room, title, performer, model, places, kept, spans, plans)
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
        (lent(native[0]), native[1][line], native[1][line + 1]),
        (lent(roman[0]), roman[1][line], roman[1][line + 1]),
    )


@njit(cache=True, nogil=True)
def _coded(columns, room, codes, line):  # type: ignore[no-untyped-def]
    """Add the works that a code of the line names."""
    i64(room, CODED)[0] = 0
    used = 0
    for kind in range(3):
        data, starts = lent(codes[kind][0]), codes[kind][1]
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
    make_patterns(room)
    first, last = i64(columns, WORK_TITLES)[work], i64(columns, WORK_TITLES)[work + 1]
    best, chosen = HARDLY_ALIKE + 1, np.int64(-1)
    for at in range(first, min(last, first + _CODED_TITLES)):
        title = np.int64(u32(columns, WORK_TITLES + 1)[at])
        row = title_row(columns, room, title, True)
        if row < best:
            best, chosen = row, title
    row = min(best, HARDLY_ALIKE) if i64(room, COUNTERS)[PATTERN_COUNT] else NO_TITLE
    add(columns, room, work, chosen, np.int64(row), np.int64(AS_REPORTED))


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
            move(room, at, kept)
            kept += 1
    i64(room, COUNTERS)[CANDIDATE_COUNT] = kept
    return best_places(room, places)
