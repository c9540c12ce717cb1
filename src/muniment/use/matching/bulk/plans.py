"""Which other readings of a line are worth trying: compiled functions that plan them, from the cheapest to the dearest.

A plan names the words that may be the title, those that may be the name, and how to look. Planning asks the index
whether words are a title or a name of it, and nothing more; `readings` carries plans out, in one place, for every call
of what looks for candidates is compiled into its caller once more.
"""

import numpy as np
from numba import njit

from muniment.use.matching.bulk.bundle import i64
from muniment.use.matching.bulk.people import read_names
from muniment.use.matching.bulk.room import (
    AS_REPORTED,
    COUNTERS,
    HIT_COUNT,
    KNOWN_NAME,
    MEDLEY_PART,
    PLAN_SHAPE,
    PLANNING,
    SPLIT_BOTH,
    SPLIT_PERFORMER_FIRST,
    SPLIT_TITLE_FIRST,
    SWAPPED,
    UNMARKED,
)
from muniment.use.matching.bulk.spans import (
    BEGIN,
    END,
    FIRST,
    KEEP,
    KIND,
    LAST,
    MARK,
    is_title,
    parted,
    segments_of,
    slices_of,
    title_of,
    trimmed,
)
from muniment.use.matching.bulk.texts import BAR, BLANK, COLON, COMMA, DASH, JOIN, QUOTE, SLASH
from muniment.use.matching.bulk.words import BY, JOINER, MEDLEY

TITLE_FROM, TITLE_TO, NAME_FROM, NAME_TO, HOW, FLAGS, OTHER = range(7)
"""The columns of a plan: ranges of words, the row of READING, what else is to be known, and another title there is."""
ALL_OF_TITLE, ALL_OF_PERFORMER = -1, -2
"""In place of a first word: the whole text that is reported as title, or as performer."""
WIDE, FRESH, GUESS, LIKELY, PART, FAMED = 1, 2, 4, 8, 16, 32
"""Look also for what is nearly equal; the texts are read already; no mark stands between title and name; both are of
several words; a part of a medley; it counts only if the performer is known for it."""
PLANS = PLAN_SHAPE[0] - 1
_NOBODY, _SOMEBODY, _SOMEBODY_KNOWN = range(3)
_PLANNED, _ASKED, _TOLD = range(3)
_MOST_ASKED = 10
_LONG = 5


@njit(cache=True, nogil=True)
def write_plan(plans, at, title, name, reading, flags):  # type: ignore[no-untyped-def]
    """Write a plan; return how many there are."""
    plans[at, TITLE_FROM], plans[at, TITLE_TO] = title
    plans[at, NAME_FROM], plans[at, NAME_TO] = name
    plans[at, HOW], plans[at, FLAGS], plans[at, OTHER] = reading, flags, -1
    return at + 1


@njit(cache=True, nogil=True)
def is_known(columns, room, name):  # type: ignore[no-untyped-def]
    """Say whether the index knows a name or one of several; `KNOWN_NAME` then says whether it knows the whole."""
    read_names(columns, room, name[0], name[1])
    return i64(room, COUNTERS)[HIT_COUNT] > 0


@njit(cache=True, nogil=True)
def plan_exact(columns, room, title, performer, spans, plans, count):  # type: ignore[no-untyped-def]
    """Plan pairs of a range of words that is a title with one that is a name, whatever stands between them."""
    state = i64(room, PLANNING)
    state[_PLANNED], state[_ASKED], state[_TOLD] = 0, 0, _NOBODY
    begin, end = trimmed(spans, 0, count)
    if end - begin < count and is_title(columns, room, title, spans, begin, end):
        state[_PLANNED] = write_plan(plans, 0, (begin, end), (ALL_OF_PERFORMER, 0), AS_REPORTED, 0)
    state[_TOLD] = _told(columns, room, performer)
    segments = segments_of(spans, count)
    cut = _first_mark(spans, count)
    if cut and is_title(columns, room, title, spans, cut, count):
        _pair(columns, room, title, spans, plans, state, (cut, count), trimmed(spans, 0, cut), True)
    for here in range(segments if segments > 1 else 0):
        begin, end = _title_in(columns, room, title, spans, here)
        for step in range(1, 2 * segments if begin < end else 1):  # the neighbours first, the one before at first
            there = here - (step + 1) // 2 if step % 2 else here + step // 2
            if 0 <= there < segments and not _is_dress(spans, spans[BEGIN, there], spans[END, there]):
                name = trimmed(spans, spans[BEGIN, there], spans[END, there])
                _pair(columns, room, title, spans, plans, state, (begin, end), name, True)
    if state[_TOLD] != _SOMEBODY_KNOWN:
        for here in range(segments):
            _inside(columns, room, title, spans, plans, state, spans[BEGIN, here], spans[END, here])
        if segments > 1:
            _inside(columns, room, title, spans, plans, state, 0, count)
    for here in range(segments if segments > 1 and state[_PLANNED] else 0):
        _tell_of_other(columns, room, title, spans, plans[: state[_PLANNED]], here)
    return state[_PLANNED]


@njit(cache=True, nogil=True)
def _title_in(columns, room, title, spans, here):  # type: ignore[no-untyped-def]
    """Return the words of a segment that are a title of the index, with or without dress; none if they are not."""
    begin, end = spans[BEGIN, here], spans[END, here]
    if _is_dress(spans, begin, end):
        return end, end
    if not is_title(columns, room, title, spans, begin, end):
        begin, end = trimmed(spans, begin, end)
        if not is_title(columns, room, title, spans, begin, end):
            return end, end
    return begin, end


@njit(cache=True, nogil=True)
def _tell_of_other(columns, room, title, spans, plans, here):  # type: ignore[no-untyped-def]
    """Say of the plans that leave a segment out that it is a title, too, if it is one of several words and no name."""
    begin, end = trimmed(spans, spans[BEGIN, here], spans[END, here])
    if end - begin < 2 or _is_dress(spans, begin, end):
        return
    left_out = False
    for plan in plans:
        left_out = left_out or _leaves_out(plan, begin, end)
    other = title_of(columns, room, title, spans, begin, end) if left_out else np.int64(-1)
    if other < 0 or (is_known(columns, room, slices_of(spans, title, begin, end)) and i64(room, COUNTERS)[KNOWN_NAME]):
        return
    for plan in plans:
        if _leaves_out(plan, begin, end):
            plan[OTHER] = other


@njit(cache=True, nogil=True)
def _leaves_out(plan, begin, end):  # type: ignore[no-untyped-def]
    """Say whether a range of words is neither in the title of a plan nor in its name."""
    in_title = begin < plan[TITLE_TO] and plan[TITLE_FROM] < end
    return not in_title and not (begin < plan[NAME_TO] and plan[NAME_FROM] < end)


@njit(cache=True, nogil=True)
def _told(columns, room, performer):  # type: ignore[no-untyped-def]
    """Say whether a line reports a performer, and whether it is a name of several words that the index knows."""
    data, first, last = performer[0]
    if last <= first:
        return _NOBODY
    words = 1
    for at in range(first, last):
        words += 1 if data[at] <= BLANK else 0
    return _SOMEBODY_KNOWN if words > 1 and is_known(columns, room, performer) else _SOMEBODY


@njit(cache=True, nogil=True)
def _is_dress(spans, begin, end):  # type: ignore[no-untyped-def]
    """Say whether a range of words only dresses a title."""
    return not spans[KEEP, trimmed(spans, begin, end)[0]]


@njit(cache=True, nogil=True)
def _inside(columns, room, title, spans, plans, state, begin, end):  # type: ignore[no-untyped-def]
    """Plan pairs of a title and a name that stand in one range of words, one at each end."""
    begin, end = trimmed(spans, begin, end)
    if end - begin < 2 or (end - begin == 2 and not (_is_long(spans, begin) and _is_long(spans, begin + 1))):
        return
    for side in range(2):
        for step in range(1, end - begin):
            cut = end - step if side else begin + step
            if spans[MARK, cut] == JOIN:
                continue  # "A & B" are two names, or one title
            behind = cut + 1 if spans[KIND, cut] & BY and cut + 1 < end else cut
            words, name = ((begin, cut), (behind, end)) if side else ((behind, end), (begin, cut))
            if is_title(columns, room, title, spans, words[0], words[1]):
                _pair(columns, room, title, spans, plans, state, words, name, behind > cut)


@njit(cache=True, nogil=True)
def _is_long(spans, token):  # type: ignore[no-untyped-def]
    """Say whether one word may be a whole name or title: five letters, or two that are not Latin."""
    return spans[LAST, token] - spans[FIRST, token] >= _LONG


@njit(cache=True, nogil=True)
def _pair(columns, room, title, spans, plans, state, words, name, marked):  # type: ignore[no-untyped-def]
    """Plan to read some words as the title and others as the name, if the index knows the name."""
    if state[_PLANNED] >= PLANS or state[_ASKED] >= _MOST_ASKED:
        return
    state[_ASKED] += 1
    if not is_known(columns, room, slices_of(spans, title, name[0], name[1])):
        return
    flags = 0
    if not marked:
        whole = i64(room, COUNTERS)[KNOWN_NAME] > 0
        if not whole and words[1] - words[0] == 1:
            return  # one word beside what holds a name somewhere: "She" of "She & Him"
        flags = GUESS
        long_enough = name[1] - name[0] > 1 and words[1] - words[0] > 1 and whole
        if long_enough:
            flags |= LIKELY
    first = SPLIT_BOTH if state[_TOLD] else SPLIT_PERFORMER_FIRST
    reading = SPLIT_TITLE_FIRST if words[0] < name[0] else first
    if not marked:
        reading = UNMARKED
    state[_PLANNED] = write_plan(plans, state[_PLANNED], words, name, reading, flags)


@njit(cache=True, nogil=True)
def plan_near(columns, room, title, performer, spans, plans, count):  # type: ignore[no-untyped-def]
    """Plan what may be only nearly equal: both sides of a mark, or title and performer exchanged."""
    told = performer[0][2] > performer[0][1]
    cut = _first_mark(spans, count)
    if cut == 0:
        if not told:
            return 0
        wide = WIDE if is_known(columns, room, title) and i64(room, COUNTERS)[KNOWN_NAME] else 0
        return write_plan(plans, 0, (ALL_OF_PERFORMER, 0), (ALL_OF_TITLE, 0), SWAPPED, wide)
    last = cut
    for token in range(cut + 1, count):
        if parted(spans, token) and spans[MARK, token] == spans[MARK, cut]:
            last = token
    reading = SPLIT_BOTH if told else SPLIT_PERFORMER_FIRST
    unknown = not is_known(columns, room, slices_of(spans, title, 0, cut))
    guess = GUESS | LIKELY if spans[MARK, cut] in (QUOTE, SLASH) and told and unknown else 0
    planned = write_plan(plans, 0, (cut, count), (0, cut), reading, WIDE | guess)
    wide = WIDE if unknown and is_known(columns, room, slices_of(spans, title, last, count)) else 0
    guess = GUESS | LIKELY if spans[MARK, cut] in (QUOTE, SLASH) and told and not wide else 0
    return write_plan(plans, planned, (0, last), (last, count), SPLIT_TITLE_FIRST, wide | guess)


@njit(cache=True, nogil=True)
def _first_mark(spans, count):  # type: ignore[no-untyped-def]
    """Return the word behind the first mark that parts title and performer best, or 0."""
    for mark in (DASH, BAR, QUOTE, COLON, SLASH):
        for token in range(1, count):
            if spans[MARK, token] == mark and parted(spans, token):
                return token
    return 0


@njit(cache=True, nogil=True)
def plan_known_end(columns, room, title, performer, spans, plans, count):  # type: ignore[no-untyped-def]
    """Plan to read the longest name of two to five words at an end as the performer, the rest as the title."""
    told = _told(columns, room, performer)
    if told == _SOMEBODY_KNOWN:
        return 0
    begin, end = trimmed(spans, 0, count)
    for length in range(min(5, end - begin - 1), 1, -1):
        for side in range(2):
            name = (end - length, end) if side else (begin, begin + length)
            if is_known(columns, room, slices_of(spans, title, name[0], name[1])) and i64(room, COUNTERS)[KNOWN_NAME]:
                words = (begin, name[0]) if side else (name[1], end)
                return write_plan(plans, 0, words, name, UNMARKED, WIDE | GUESS)
    return 0


@njit(cache=True, nogil=True)
def plan_medley(columns, room, title, performer, spans, plans, count):  # type: ignore[no-untyped-def]
    """Plan the parts of a text that names several works; return (plans, parts, does it call itself a medley).

    Slashes part it into titles; or all marks do, if it calls itself a medley or the performer is known for the parts.
    """
    worded, slashed, several = False, False, False
    for token in range(count):
        worded = worded or spans[KIND, token] & MEDLEY != 0
        slashed = slashed or spans[MARK, token] == SLASH
        several = several or (token > 0 and (spans[MARK, token] == COMMA or parted(spans, token)))
    if not (worded or slashed or several):
        return 0, 0, False
    name, begin, known = _performer_of(columns, room, title, performer, spans, count, slashed)
    flags = PART if worded or slashed else PART | FAMED
    if flags & FAMED and not known:
        return 0, 0, False
    planned, parts, first = 0, 0, begin
    for token in range(begin + 1, count + 1):
        joined = token < count and worded and spans[KIND, token] & JOINER and spans[MARK, token] == BLANK
        if token < count and not joined and not _ends_part(spans, token, slashed, worded):
            continue
        words = _part(spans, first, token)
        first = token + 1 if joined else token
        parts += 1 if words[0] < words[1] else 0
        if words[0] < words[1] and planned < PLANS and is_title(columns, room, title, spans, words[0], words[1]):
            planned = write_plan(plans, planned, words, name, MEDLEY_PART, flags)
    return planned, 0 if flags & FAMED else parts, worded


@njit(cache=True, nogil=True)
def _ends_part(spans, token, slashed, worded):  # type: ignore[no-untyped-def]
    """Say whether a mark before a word parts two works."""
    mark = spans[MARK, token]
    if mark == SLASH or (worded and mark == JOIN):
        return True
    return (worded or not slashed) and (mark == COMMA or parted(spans, token))


@njit(cache=True, nogil=True)
def _part(spans, first, last):  # type: ignore[no-untyped-def]
    """Return a part without the words that only say that it is one, and without its dress; empty if that is all."""
    while first < last and spans[KIND, first] & MEDLEY:
        first += 1
    while last > first and spans[KIND, last - 1] & MEDLEY:
        last -= 1
    begin, end = trimmed(spans, first, last)
    return (begin, end) if begin < end and spans[KEEP, begin] else (first, first)


@njit(cache=True, nogil=True)
def _performer_of(columns, room, title, performer, spans, count, slashed):  # type: ignore[no-untyped-def]
    """Return the performer of a medley, where its parts begin, and whether the index knows the name.

    It is the one reported, or else a known name that stands before a dash or colon.
    """
    if performer[0][2] > performer[0][1] and is_known(columns, room, performer):
        return (ALL_OF_PERFORMER, 0), 0, True
    for token in range(1, count):
        if slashed and spans[MARK, token] == SLASH:
            break
        if spans[MARK, token] in (DASH, COLON) and parted(spans, token):
            known = is_known(columns, room, slices_of(spans, title, 0, token))
            return ((0, token), token, True) if known else ((ALL_OF_PERFORMER, 0), 0, False)
    return (ALL_OF_PERFORMER, 0), 0, False
