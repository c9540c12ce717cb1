"""The ways to read a line: as reported first, and others only while nothing fits; compiled functions.

Other readings are tried from the cheapest to the dearest. Ranges of words that are a title of the index, beside words
that are a name of it, come first, whatever stands between them: "Name - Title", "Title (Name)", 'Name "Title"',
"Title by Name", "Name Title". Then texts that are only nearly equal, parted at the first or last mark; then title and
performer exchanged. A text of several titles is a medley: its parts are candidates, and none of them is the work meant.
"""

from typing import Any

import numpy as np
from numba import njit

from muniment.use.matching.bulk.across import read_spelt, search_across
from muniment.use.matching.bulk.bundle import i64, moved
from muniment.use.matching.bulk.evidence import PERFORMER_KNOWN, PERFORMER_NONE, WRITERS_HALF, best_places, weigh
from muniment.use.matching.bulk.likeness import (
    ALIKE_90,
    CUT_OFF,
    EQUAL_BARE,
    EQUAL_ROMAN,
    HARDLY_ALIKE,
    HELD,
    SAME_WORDS,
)
from muniment.use.matching.bulk.lookup import TITLE_WORKS, holds
from muniment.use.matching.bulk.people import near_names, read_names
from muniment.use.matching.bulk.plans import (
    ALL_OF_PERFORMER,
    ALL_OF_TITLE,
    FAMED,
    FLAGS,
    FRESH,
    GUESS,
    HOW,
    LIKELY,
    NAME_FROM,
    NAME_TO,
    OTHER,
    PART,
    TITLE_FROM,
    TITLE_TO,
    WIDE,
    plan_exact,
    plan_known_end,
    plan_medley,
    plan_near,
    write_plan,
)
from muniment.use.matching.bulk.room import (
    AS_REPORTED,
    CANDIDATE_COUNT,
    CODE,
    CODED,
    COUNTERS,
    EVIDENCE,
    HAS_NAME,
    KNOWN_NAME,
    MEDLEY_PART,
    NEARNESS,
    ONE_OF_TITLES,
    PERFORMER,
    READING,
    READINGS,
    SCORES,
    SINCE,
    SPELT_PERFORMERS,
    SPELT_TITLES,
    SWAPPED,
    TABLES,
    TITLE,
    TITLE_ROWS,
    TITLES,
    WEIGHED,
    WORKS,
    WRITERS,
)
from muniment.use.matching.bulk.search import catalogues, equal_titles, near_titles, read_title
from muniment.use.matching.bulk.spans import has_word, slices_of, take_apart
from muniment.use.matching.bulk.texts import BAR, BLANK, COLON, COMMA, DASH, QUOTE, SLASH
from muniment.use.matching.bulk.words import DRESS, MEDLEY

_PARTING = 1 << DASH | 1 << COLON | 1 << BAR | 1 << QUOTE | 1 << COMMA
_ROOM_FOR_MORE = 64
_WHOLE, _ALONE, _MEDLEY, _EXACT, _NEAR, _END = range(6)


@njit(cache=True, nogil=True)
def read_line(columns, room, title, performer, model, places, kept, spans, plans):  # type: ignore[no-untyped-def]
    """Read the line as reported, then in other ways while nothing fits; return how many places are filled.

    The title and the names of the line are read already, and works that a code names are candidates already.
    """
    planned = write_plan(plans, 0, (ALL_OF_TITLE, 0), (ALL_OF_PERFORMER, 0), AS_REPORTED, WIDE | FRESH)
    stage, count, parts, worded, paired, fits = _WHOLE, 0, 0, False, False, False
    while True:
        begin = i64(room, COUNTERS)[CANDIDATE_COUNT] if stage != _WHOLE else 0
        for at in range(planned):
            since = i64(room, COUNTERS)[CANDIDATE_COUNT] if stage != _WHOLE else 0
            _carry_out(columns, room, title, performer, model, spans, plans[at], since)
            if _settle(columns, room, model, plans[at], since):
                paired = True
                break
        found = best_places(room, places)
        if stage == _WHOLE and _has_no_title(room, title, performer):
            title, performer, stage = performer, title, _ALONE
            planned = write_plan(plans, 0, (ALL_OF_TITLE, 0), (ALL_OF_PERFORMER, 0), SWAPPED, WIDE)
        elif stage <= _ALONE:
            fits = _fits(room, places, found)
            if _is_answered(room, title, places, fits):
                return found
            count, paired = take_apart(room, title, spans), False
            _keep_best(room, kept)
            planned, parts, worded = plan_medley(columns, room, title, performer, spans, plans, count)
            stage = _MEDLEY
        elif stage == _MEDLEY:
            if _is_medley(room, model, begin, parts, worded):
                return best_places(room, places)
            planned, stage, paired = plan_exact(columns, room, title, performer, spans, plans, count), _EXACT, False
        elif stage == _EXACT and not (paired or fits):
            planned, stage = plan_near(columns, room, title, performer, spans, plans, count), _NEAR
        elif stage == _NEAR and _lacks_performer(room, places, found):
            planned, stage = plan_known_end(columns, room, title, performer, spans, plans, count), _END
        else:
            return found


@njit(cache=True, nogil=True)
def _has_no_title(room, title, performer):  # type: ignore[no-untyped-def]
    """Say whether all that a line reports may stand in its performer's place."""
    return title[0][2] <= title[0][1] and performer[0][2] > performer[0][1] and i64(room, CODED)[0] == 0


@njit(cache=True, nogil=True)
def _carry_out(columns, room, title, performer, model, spans, plan, first):  # type: ignore[no-untyped-def]
    """Add and weigh the candidates of one reading, from `first` on."""
    weights, offsets = model
    flags, reading = plan[FLAGS], plan[HOW]
    name = _text_of(spans, title, performer, plan[NAME_FROM], plan[NAME_TO])
    spelt = _spelt(plan[NAME_FROM])
    if not flags & FRESH:
        words = _text_of(spans, title, performer, plan[TITLE_FROM], plan[TITLE_TO])
        read_title(room, words[0], words[1])
        read_names(columns, room, name[0], name[1])
        read_spelt(columns, room, _spelt(plan[TITLE_FROM]), spelt)
    i64(room, COUNTERS)[SINCE] = first
    equal = equal_titles(columns, room, reading)
    for at in range(first, i64(room, COUNTERS)[CANDIDATE_COUNT] if plan[OTHER] >= 0 else first):
        if not holds(columns, TITLE_WORKS, plan[OTHER], np.uint32(i64(room, WORKS)[at])):
            i64(room, READINGS)[at] = ONE_OF_TITLES
    weigh(columns, room, first, weights, offsets)
    if not flags & WIDE or agrees(room, first, EQUAL_ROMAN):
        return
    if i64(room, COUNTERS)[HAS_NAME] and not i64(room, COUNTERS)[KNOWN_NAME]:
        near_names(columns, room, name[0], name[1])
        equal_titles(columns, room, reading)
    if not equal and not flags & GUESS:
        near_titles(columns, room, reading)
        weigh(columns, room, first, weights, offsets)
        if agrees(room, first, ALIKE_90):
            return
    if not (equal and flags & GUESS):
        catalogues(columns, room, reading)
    weigh(columns, room, first, weights, offsets)
    if search_across(columns, room, name, spelt, plan[TITLE_FROM] == ALL_OF_TITLE, first, reading):
        weigh(columns, room, first, weights, offsets)


@njit(cache=True, nogil=True)
def _spelt(first):  # type: ignore[no-untyped-def]
    """Return the column of further spellings of the text that a plan means; -1 for a part of a text."""
    if first == ALL_OF_TITLE:
        return np.int64(SPELT_TITLES)
    return np.int64(SPELT_PERFORMERS if first == ALL_OF_PERFORMER else -1)


@njit(cache=True, nogil=True)
def _text_of(spans, title, performer, first, last):  # type: ignore[no-untyped-def]
    """Return the text that a plan means, in both spellings."""
    if first == ALL_OF_TITLE:
        return title
    if first == ALL_OF_PERFORMER:
        return performer
    return slices_of(spans, title, first, last)


@njit(cache=True, nogil=True)
def _settle(columns, room, model, plan, since):  # type: ignore[no-untyped-def]
    """Keep of a reading's candidates what it may say; say whether it needs no other reading beside it.

    Of a part of a medley the best work is kept. Without a mark between them, a name and a title of two different works
    are a guess: the text only holds the title, or, if one of them is a single word, says nothing.
    """
    flags = plan[FLAGS]
    if flags & PART:
        _keep_part(room, since, flags & FAMED != 0)
        return False
    found = agrees(room, since, EQUAL_ROMAN)
    if flags & GUESS:
        kept = since
        for at in range(since, i64(room, COUNTERS)[CANDIDATE_COUNT]):
            famed = i64(room, EVIDENCE)[at * TABLES + PERFORMER] <= 1
            if famed or i64(room, EVIDENCE)[at * TABLES + WRITERS] < WRITERS_HALF or flags & LIKELY:
                move(room, at, kept)
                if not famed:
                    i64(room, TITLE_ROWS)[kept] = max(HELD, i64(room, TITLE_ROWS)[kept])
                kept += 1
        i64(room, COUNTERS)[CANDIDATE_COUNT] = kept
        weights, offsets = model
        weigh(columns, room, since, weights, offsets)
    return found


@njit(cache=True, nogil=True)
def agrees(room, first, row):  # type: ignore[no-untyped-def]
    """Say whether a candidate from `first` on has the people reported, and a title as near as `row` of TITLE."""
    for at in range(first, i64(room, COUNTERS)[CANDIDATE_COUNT]):
        evidence = moved(i64(room, EVIDENCE), at * TABLES)
        if evidence[TITLE] <= row and (evidence[PERFORMER] <= 1 or evidence[WRITERS] < WRITERS_HALF):
            return True
    return False


@njit(cache=True, nogil=True)
def _fits(room, places, found):  # type: ignore[no-untyped-def]
    """Say whether the best candidate needs no other reading of the line."""
    if found == 0:
        return False
    evidence = moved(i64(room, EVIDENCE), places[0] * TABLES)
    named = evidence[PERFORMER] <= 4 or evidence[WRITERS] < WRITERS_HALF
    told = evidence[PERFORMER] != PERFORMER_NONE
    return evidence[TITLE] < HARDLY_ALIKE and (named or (evidence[TITLE] <= EQUAL_ROMAN and told))


@njit(cache=True, nogil=True)
def _is_answered(room, title, places, fits):  # type: ignore[no-untyped-def]
    """Say whether what fits is more than a part of a text that says more."""
    data, first, last = title[0]
    if not fits:
        return last <= first
    row = i64(room, EVIDENCE)[places[0] * TABLES + TITLE]
    if row <= EQUAL_ROMAN:
        return True
    marks = np.int64(0)
    for at in range(first, last):
        if data[at] < BLANK:
            marks |= np.int64(1) << np.int64(data[at])
    if marks & 1 << SLASH:
        return False
    near = row <= ALIKE_90 and not _is_loose(row)
    return near or not (marks & _PARTING or has_word(room, data, first, last, MEDLEY | DRESS))


@njit(cache=True, nogil=True)
def _lacks_performer(room, places, found):  # type: ignore[no-untyped-def]
    """Say whether the best candidate has nobody's support."""
    if found == 0:
        return True
    evidence = moved(i64(room, EVIDENCE), places[0] * TABLES)
    return evidence[PERFORMER] >= PERFORMER_KNOWN and evidence[WRITERS] >= WRITERS_HALF


@njit(cache=True, nogil=True)
def _keep_best(room, kept):  # type: ignore[no-untyped-def]
    """Leave out all but the best candidates, where many readings would leave no room for more."""
    if i64(room, COUNTERS)[CANDIDATE_COUNT] <= _ROOM_FOR_MORE:
        return
    found = best_places(room, kept)
    for at in range(1, found):  # in the order in which they stand
        one, place = kept[at], at
        while place > 0 and kept[place - 1] > one:
            kept[place] = kept[place - 1]
            place -= 1
        kept[place] = one
    for at in range(found):
        move(room, kept[at], at)
    i64(room, COUNTERS)[CANDIDATE_COUNT] = found


@njit(cache=True, nogil=True)
def move(room, start, goal):  # type: ignore[no-untyped-def]
    """Write the candidate that stands at `start` over the one at `goal`."""
    for slot in (WORKS, TITLES, TITLE_ROWS, READINGS, SCORES, NEARNESS, WEIGHED):
        i64(room, slot)[goal] = i64(room, slot)[start]
    for table in range(TABLES):
        i64(room, EVIDENCE)[goal * TABLES + table] = i64(room, EVIDENCE)[start * TABLES + table]


@njit(cache=True, nogil=True)
def _keep_part(room, first, asks_performer):  # type: ignore[no-untyped-def]
    """Keep the best work of one part of a medley, unless another part has it already."""
    best: Any = np.int64(-1)
    for at in range(first, i64(room, COUNTERS)[CANDIDATE_COUNT]):
        named = i64(room, EVIDENCE)[at * TABLES + PERFORMER] <= 1
        equal = i64(room, TITLE_ROWS)[at] <= EQUAL_ROMAN
        if equal and (named or not asks_performer) and (best < 0 or i64(room, SCORES)[at] > i64(room, SCORES)[best]):
            best = at
    i64(room, COUNTERS)[CANDIDATE_COUNT] = first
    for at in range(first):
        if best >= 0 and i64(room, READINGS)[at] == MEDLEY_PART and i64(room, WORKS)[at] == i64(room, WORKS)[best]:
            return
    if best >= 0:
        move(room, best, first)
        i64(room, COUNTERS)[CANDIDATE_COUNT] = first + 1


@njit(cache=True, nogil=True)
def _is_medley(room, model, begin, parts, worded):  # type: ignore[no-untyped-def]
    """Say whether the parts that were found, from `begin` on, make a medley; if not, they are candidates no more.

    A text that calls itself a medley is one with one part known. Where slashes part it and one part is known, it may
    be one: a work whose title it only holds is then taken for a part.
    """
    known = i64(room, COUNTERS)[CANDIDATE_COUNT] - begin
    if known > 1 or (worded and known > 0):
        _drop_loose(room, begin)
        return True
    i64(room, COUNTERS)[CANDIDATE_COUNT] = begin
    if worded or (known and parts > 1):
        _mark_parts(room, model)
    return False


@njit(cache=True, nogil=True)
def _drop_loose(room, since):  # type: ignore[no-untyped-def]
    """Leave out the candidates before `since` that are neither named by a code nor have a title like the whole text."""
    kept = 0
    for at in range(i64(room, COUNTERS)[CANDIDATE_COUNT]):
        row = i64(room, TITLE_ROWS)[at]
        coded = 0 < i64(room, EVIDENCE)[at * TABLES + CODE] < 4
        if at >= since or coded or row <= EQUAL_ROMAN or (row <= ALIKE_90 and not _is_loose(row)):
            move(room, at, kept)
            kept += 1
    i64(room, COUNTERS)[CANDIDATE_COUNT] = kept


@njit(cache=True, nogil=True)
def _mark_parts(room, model):  # type: ignore[no-untyped-def]
    """Say of the candidates whose title is only held by the text that they are a part of what it names."""
    weights, offsets = model
    for at in range(i64(room, COUNTERS)[CANDIDATE_COUNT]):
        if _is_loose(i64(room, TITLE_ROWS)[at]):
            place = at * TABLES + READING
            before = weights[offsets[READING] + i64(room, EVIDENCE)[place]]
            i64(room, SCORES)[at] += weights[offsets[READING] + MEDLEY_PART] - before
            i64(room, EVIDENCE)[place], i64(room, READINGS)[at] = MEDLEY_PART, MEDLEY_PART


@njit(cache=True, nogil=True)
def _is_loose(row):  # type: ignore[no-untyped-def]
    """Say whether a row of TITLE means that one text is only a part of the other."""
    return row in (EQUAL_BARE, CUT_OFF, HELD, SAME_WORDS)
