"""What speaks for each candidate: compiled functions that fill its row of every table of the model, and rank by it."""

import numpy as np
from numba import njit

from muniment.use.matching.bulk.build import ROMAN_TITLE
from muniment.use.matching.bulk.bundle import ahead, i64, moved, u8, u32
from muniment.use.matching.bulk.likeness import (
    ALIKE_70,
    ALIKE_85,
    ALIKE_90,
    ALIKE_95,
    CUT_OFF,
    EQUAL_BARE,
    EQUAL_ROMAN,
    HELD,
    SAME_WORDS,
)
from muniment.use.matching.bulk.lookup import (
    FACTS,
    ITEMS,
    RECORDED_KEYS,
    TARGETS,
    TITLE_BITS,
    TITLE_KINDS,
    TITLE_WEIGHTS,
    TITLE_WORKS,
    WORK_PERFORMERS,
    WORK_TITLE_COUNTS,
    WORK_TITLES,
    WORK_WRITERS,
    WORKS_KNOWN,
    WORKS_PERFORMED,
    find_all,
    holds,
)
from muniment.use.matching.bulk.people import NAME_ALIKE_85
from muniment.use.matching.bulk.recorded import place_of, recording_key
from muniment.use.matching.bulk.room import (
    CANDIDATE_COUNT,
    CODE,
    CODED,
    COMMON,
    COUNTERS,
    EVIDENCE,
    HAS_NAME,
    HIT_COUNT,
    HIT_ROOM,
    HIT_ROWS,
    HITS,
    KNOWN_NAME,
    MARGIN,
    NAMES_READ,
    NEARNESS,
    OWN,
    OWNER_BEST,
    OWNER_COUNT,
    PERFORMER,
    RARE,
    READING,
    READINGS,
    RECORDED,
    SCORES,
    SHARE,
    TABLES,
    TITLE,
    TITLE_ROWS,
    TITLES,
    TOGETHER,
    WEIGHED,
    WORKS,
    WRITER_COUNT,
    WRITER_HITS,
    WRITER_KINDS,
    WRITER_OWNERS,
    WRITERS,
)

PERFORMER_WROTE, PERFORMER_KNOWN, PERFORMER_NEW, PERFORMER_NONE, WORK_WITHOUT_PERFORMER = 4, 5, 6, 7, 8
WRITERS_HALF, WRITERS_SOME, WRITERS_OTHER, WRITERS_NONE, WORK_WITHOUT_WRITER = 3, 4, 5, 6, 7
TITLE_CLASSES, PERFORMER_CLASSES, WRITER_CLASSES = 4, 5, 4
SHARE_ROWS, COMMON_ROWS, RARE_ROWS, MARGIN_ROWS, OWN_ROWS = 6, 4, 8, 8, 6
OTHER_CODE = 4
ALONE = 0
_MANY_NAMES = 1 << 20


@njit(cache=True, nogil=True)
def weigh(columns, room, first, weights, offsets):  # type: ignore[no-untyped-def]
    """Fill the evidence and the scores of the candidates from `first` on, but of those that are as they were."""
    for at in range(first, i64(room, COUNTERS)[CANDIDATE_COUNT]):
        if i64(room, WEIGHED)[at] == 0:
            _bring_people(columns, i64(room, WORKS)[at])
    for at in range(first, i64(room, COUNTERS)[CANDIDATE_COUNT]):
        work, title, title_row = i64(room, WORKS)[at], i64(room, TITLES)[at], i64(room, TITLE_ROWS)[at]
        seen = ((title + 1) * 16 + title_row) * _MANY_NAMES + i64(room, COUNTERS)[NAMES_READ] % _MANY_NAMES + 1
        if i64(room, WEIGHED)[at] == seen:
            continue
        i64(room, WEIGHED)[at] = seen
        evidence = moved(i64(room, EVIDENCE), at * TABLES)
        performer, writers = _performer(columns, room, work), _writers(columns, room, work)
        agrees = performer <= NAME_ALIKE_85 or writers < WRITERS_HALF
        evidence[TITLE], evidence[PERFORMER], evidence[WRITERS] = title_row, performer, writers
        evidence[TOGETHER] = _together(title_row, performer, writers)
        evidence[COMMON] = _common(columns, title) + (COMMON_ROWS if agrees else 0)
        evidence[SHARE] = _share(columns, work, title) + (SHARE_ROWS if agrees else 0)
        evidence[RARE] = _rare(columns, title) + (RARE_ROWS if agrees else 0)
        evidence[READING] = i64(room, READINGS)[at]
        evidence[CODE] = _code(room, work)
        evidence[MARGIN] = ALONE
        own = _own(columns, work, title)
        evidence[OWN] = own + (OWN_ROWS if agrees else 0)
        evidence[RECORDED] = _recorded(columns, room, work, title, own) if performer <= NAME_ALIKE_85 else 0
        total = i64(room, NEARNESS)[at]  # too little to tell more than equals apart
        for table in range(TABLES):
            total += weights[offsets[table] + evidence[table]]
        i64(room, SCORES)[at] = total


@njit(cache=True, nogil=True)
def _bring_people(columns, work):  # type: ignore[no-untyped-def]
    """Have the people and the titles of a work brought, where searching for one begins."""
    for lists in (WORK_PERFORMERS, WORK_WRITERS, WORK_TITLES):
        starts = i64(columns, lists)
        ahead(u32(columns, lists + ITEMS), (starts[work] + starts[work + 1]) >> 1)
    ahead(u32(columns, WORK_TITLE_COUNTS), i64(columns, WORK_TITLES)[work])


@njit(cache=True, nogil=True)
def _performer(columns, room, work):  # type: ignore[no-untyped-def]
    """Return the row of PERFORMER."""
    if not i64(room, COUNTERS)[HAS_NAME]:
        return PERFORMER_NONE
    best = PERFORMER_NEW
    for hit in range(i64(room, COUNTERS)[HIT_COUNT]):
        name, row = np.uint32(i64(room, HITS)[hit]), i64(room, HIT_ROWS)[hit]
        if row < best and holds(columns, WORK_PERFORMERS, work, name):
            best = row
        elif best > PERFORMER_WROTE and row <= 1 and holds(columns, WORK_WRITERS, work, name):
            best = PERFORMER_WROTE
    if best <= PERFORMER_WROTE:
        return best
    if i64(columns, WORK_PERFORMERS)[work] == i64(columns, WORK_PERFORMERS)[work + 1]:
        return WORK_WITHOUT_PERFORMER
    return PERFORMER_KNOWN if i64(room, COUNTERS)[KNOWN_NAME] else PERFORMER_NEW


@njit(cache=True, nogil=True)
def _writers(columns, room, work):  # type: ignore[no-untyped-def]
    """Return the row of WRITERS: how many of the reported writers the work has, and by which form of their names."""
    owners = i64(room, COUNTERS)[OWNER_COUNT]
    if owners == 0:
        return WRITERS_NONE
    if i64(columns, WORK_WRITERS)[work] == i64(columns, WORK_WRITERS)[work + 1]:
        return WORK_WITHOUT_WRITER
    for owner in range(owners):
        i64(room, OWNER_BEST)[owner] = 9
    for hit in range(i64(room, COUNTERS)[WRITER_COUNT]):
        owner, kind = i64(room, WRITER_OWNERS)[hit], i64(room, WRITER_KINDS)[hit]
        if kind < i64(room, OWNER_BEST)[owner] and holds(
            columns, WORK_WRITERS, work, np.uint32(i64(room, WRITER_HITS)[hit])
        ):
            i64(room, OWNER_BEST)[owner] = kind
    found, worst = 0, 0
    for owner in range(owners):
        if i64(room, OWNER_BEST)[owner] < 9:
            found += 1
            worst = max(worst, i64(room, OWNER_BEST)[owner])
    if found == owners:
        return worst
    if 2 * found >= owners:
        return WRITERS_HALF
    return WRITERS_SOME if found else WRITERS_OTHER


@njit(cache=True, nogil=True)
def _together(title, performer, writers):  # type: ignore[no-untyped-def]
    """Return the row of TOGETHER: the classes of title, performer and writers in one number."""
    if title <= EQUAL_ROMAN:
        of_title = 0
    elif title in (ALIKE_95, SAME_WORDS, ALIKE_90, CUT_OFF, EQUAL_BARE):
        of_title = 1
    elif title in (ALIKE_85, HELD) or title < ALIKE_70:
        of_title = 2
    else:
        of_title = 3
    if performer <= 1:
        of_performer = 0
    elif performer <= NAME_ALIKE_85:
        of_performer = 1
    elif performer == PERFORMER_WROTE:
        of_performer = 2
    elif performer in (PERFORMER_NONE, WORK_WITHOUT_PERFORMER):
        of_performer = 3
    else:
        of_performer = 4
    if writers < WRITERS_HALF:
        of_writers = 0
    elif writers in (WRITERS_HALF, WRITERS_SOME):
        of_writers = 1
    elif writers == WRITERS_OTHER:
        of_writers = 3
    else:
        of_writers = 2
    return (of_title * PERFORMER_CLASSES + of_performer) * WRITER_CLASSES + of_writers


@njit(cache=True, nogil=True)
def _common(columns, title):  # type: ignore[no-untyped-def]
    """Return the row of COMMON: how many works have the title."""
    if title < 0:
        return 0
    works = i64(columns, TITLE_WORKS)[title + 1] - i64(columns, TITLE_WORKS)[title]
    if works <= 1:
        return 0
    return 1 if works <= 3 else (2 if works <= 10 else 3)


@njit(cache=True, nogil=True)
def _share(columns, work, title):  # type: ignore[no-untyped-def]
    """Return the row of SHARE: which part of the recordings under the title are of this work."""
    if title < 0:
        return 0
    recorded = i64(columns, WORK_PERFORMERS)[work + 1] - i64(columns, WORK_PERFORMERS)[work] + 1
    per_mille = recorded * 1000 // max(1, np.int64(u32(columns, TITLE_WEIGHTS)[title]))
    if per_mille >= 950:
        if recorded == 1:
            facts = i64(columns, FACTS)  # where performers are seldom known, their absence says nothing
            return 0 if 2 * facts[WORKS_PERFORMED] >= facts[WORKS_KNOWN] else 1
        return 1 if recorded <= 5 else 2
    if per_mille >= 750:
        return 3
    return 4 if per_mille >= 400 else 5


@njit(cache=True, nogil=True)
def _own(columns, work, title):  # type: ignore[no-untyped-def]
    """Return the row of OWN: which part of the work's recordings have this title."""
    if title < 0:
        return 0
    starts, counts = i64(columns, WORK_TITLES), u32(columns, WORK_TITLE_COUNTS)
    most = np.int64(0)
    for at in range(starts[work], min(starts[work + 1], starts[work] + 64)):
        most = max(most, np.int64(counts[at]))
    place = place_of(columns, work, title)
    if most == 0 or place < 0:
        return 0
    per_mille = 1000 * np.int64(counts[place]) // most
    if per_mille >= 900:
        return 1
    if per_mille >= 300:
        return 2
    if per_mille >= 100:
        return 3
    return 4 if per_mille >= 20 else 5


@njit(cache=True, nogil=True)
def _recorded(columns, room, work, title, own):  # type: ignore[no-untyped-def]
    """Return the row of RECORDED for a performer who agrees: whether he is known to have recorded this very title.

    Of a title that is itself only a spelling nobody can say that he has not.
    """
    if own == 0:
        return 3
    for hit in range(i64(room, COUNTERS)[HIT_COUNT]):
        first, last = find_all(columns, RECORDED_KEYS, recording_key(title, i64(room, HITS)[hit]))
        for at in range(first, last):
            if u32(columns, RECORDED_KEYS + TARGETS)[at] == work:
                return 1
    return 0 if u8(columns, TITLE_KINDS)[title] == ROMAN_TITLE else 2


@njit(cache=True, nogil=True)
def _rare(columns, title):  # type: ignore[no-untyped-def]
    """Return the row of RARE: how much the words of the title say."""
    if title < 0:
        return 0
    bits = np.int64(u8(columns, TITLE_BITS)[title])
    return min(RARE_ROWS - 1, bits // 7)


@njit(cache=True, nogil=True)
def _code(room, work):  # type: ignore[no-untyped-def]
    """Return the row of CODE: which code of the line names the work, if any does."""
    named = 0
    for at in range(HIT_ROOM):
        if i64(room, CODED)[at] == 0:
            break
        if i64(room, CODED)[at] >> 3 == work:
            return i64(room, CODED)[at] & 7
        named = OTHER_CODE
    return named


@njit(cache=True, nogil=True)
def best_places(room, places):  # type: ignore[no-untyped-def]
    """Write the best candidates into `places`, by (score, work number), each work once; return how many."""
    found = 0
    for at in range(i64(room, COUNTERS)[CANDIDATE_COUNT]):
        score, work = i64(room, SCORES)[at], i64(room, WORKS)[at]
        place, again = found, -1
        for other in range(found):
            if i64(room, WORKS)[places[other]] == work:
                again = other
        if again >= 0:
            kept = places[again]
            if score <= i64(room, SCORES)[kept]:
                continue
            for other in range(again, found - 1):
                places[other] = places[other + 1]
            found -= 1
            place = found
        while place > 0 and _before(room, at, places[place - 1]):
            if place < len(places):
                places[place] = places[place - 1]
            place -= 1
        if place < len(places):
            places[place] = at
            found = min(found + 1, len(places))
    return found


@njit(cache=True, nogil=True)
def _before(room, one, other):  # type: ignore[no-untyped-def]
    if i64(room, SCORES)[one] != i64(room, SCORES)[other]:
        return i64(room, SCORES)[one] > i64(room, SCORES)[other]
    return i64(room, WORKS)[one] < i64(room, WORKS)[other]


@njit(cache=True, nogil=True)
def margin_row(best, second):  # type: ignore[no-untyped-def]
    """Return the row of MARGIN: how far a score, in thousandths of log-odds, stands before the runner-up's."""
    lead = best - second
    if lead >= 6000:
        return 1
    if lead >= 4000:
        return 2
    if lead >= 2500:
        return 3
    if lead >= 1500:
        return 4
    if lead >= 800:
        return 5
    return 6 if lead >= 300 else 7
