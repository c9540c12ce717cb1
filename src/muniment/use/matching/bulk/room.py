"""The room in which one text or one line is worked on: arrays of fixed length in one bundle, used again for each.

A slot is named for what its array holds; `COUNTERS` says how far the others are filled.
"""

from itertools import count

import numpy as np

from muniment.use.matching.bulk.bundle import Bundle

LONGEST_TEXT = 400
"""Bytes of a text that are read; what a line holds beyond them says nothing new about which work it is."""
TOKENS = 64
"""Words of a text that are looked at."""
NAMES = 12
"""Names of one text that are looked at."""
LETTERS = 64
"""Letters of a title that are compared one by one."""
CANDIDATE_ROOM, HIT_ROOM, FORM_ROOM, PATTERNS, SEEN_ROOM = 192, 64, 24, 12, 2048
AT_ONCE = 32
"""So many titles or works are brought before the first of them is compared."""
WORD_PATTERN, NAME_PATTERN = PATTERNS - 2, PATTERNS - 1
"""The patterns behind those of titles: a word's, and a name's."""
WORDS_CROSSED, LIKE_WORDS = 8, 12
"""Words of a title that are sought across scripts, and how many like each are kept."""
WAYS = 3
"""So many tables of sounds make skeletons."""
AS_REPORTED, SWAPPED, SPLIT_PERFORMER_FIRST, SPLIT_TITLE_FIRST, SPLIT_BOTH = range(5)
MEDLEY_PART, UNMARKED, ONE_OF_TITLES = range(5, 8)
"""The ways to read a line: the rows of READING."""
SPAN_SHAPE, PLAN_SHAPE = (10, TOKENS + 1), (9, 7)
"""Facts by words, and plans by what they say: the last plan is one that there is no more room for."""
TOP_WORKS = 3
"""Of a title of very many works, so many that were recorded most are candidates whoever is reported."""
PLACES = 5
"""How many candidates a line keeps."""
TABLES = 12
TITLE, PERFORMER, WRITERS, TOGETHER, COMMON, SHARE, RARE, READING, CODE, MARGIN, OWN, RECORDED = range(TABLES)
"""The tables of the model, in the order of a candidate's evidence."""

(
    CANDIDATE_COUNT,
    HIT_COUNT,
    WRITER_COUNT,
    OWNER_COUNT,
    FORM_COUNT,
    PATTERN_COUNT,
    STAMP,
    CHECKED,
    KNOWN_NAME,
    HAS_NAME,
    SINCE,
    LINE,
    NAMES_READ,
    PATTERNS_MADE,
) = range(14)

_slot = count()
# What `parse` takes a text apart into: its tokens, then its forms.
TOKEN_FIRST, TOKEN_LAST, TOKEN_HASH = next(_slot), next(_slot), next(_slot)
TOKEN_GROUP, TOKEN_TAIL, TOKEN_MARK = next(_slot), next(_slot), next(_slot)
TOKEN_KEEP, TOKEN_ORDER = next(_slot), next(_slot)
NAME_DATA, NAME_STARTS, NAME_KINDS, NAME_OWNERS = next(_slot), next(_slot), next(_slot), next(_slot)
# The title of a line: its forms, and the patterns that other titles are compared with.
COUNTERS = next(_slot)
FORM_DATA, FORM_STARTS, FORM_KINDS = next(_slot), next(_slot), next(_slot)
PATTERN_LETTERS, LENGTHS, BITS, PATTERN_KINDS = next(_slot), next(_slot), next(_slot), next(_slot)
SIGNATURES, PATTERN_HASHES, PATTERN_WORDS, RAREST = next(_slot), next(_slot), next(_slot), next(_slot)
PATTERN_SKETCHES, PATTERN_SIGNS = next(_slot), next(_slot)
# The people of a line that the index knows.
HITS, HIT_ROWS = next(_slot), next(_slot)
WRITER_HITS, WRITER_OWNERS, WRITER_KINDS, OWNER_BEST = next(_slot), next(_slot), next(_slot), next(_slot)
# The titles looked at, and the candidates.
SEEN, STAMPS = next(_slot), next(_slot)
WORKS, TITLES, TITLE_ROWS, READINGS, CODED, SCORES, EVIDENCE = (next(_slot) for _ in range(7))
# Across scripts: the further spellings of a batch's titles, performers and writers, each as data, starts, of_row.
SPELT_TITLES, SPELT_PERFORMERS, SPELT_WRITERS = [next(_slot) for _ in range(9)][::3]
# What is compared there: skeletons of patterns, words that are like a word, a text of them, how near a candidate is.
PATTERN_FORMS, SKELETONS, SKELETON_LENGTHS, SCRAP, TAKEN = (next(_slot) for _ in range(5))
LIKE_PLACES, LIKE_SCORES, LIKE_COUNTS, RESPELT, NEARNESS = (next(_slot) for _ in range(5))
# What a candidate was when it was weighed last.
WEIGHED = next(_slot)
# The words of a text, the plans for it and how far they are, and the places of the best candidates.
SPANS, PLANNED, PLANNING, BEST, KEPT = (next(_slot) for _ in range(5))
# What is about to be looked up or compared: hashes and what they are for, numbers of titles or works.
SOUGHT, SOUGHT_HOW, PASSED = next(_slot), next(_slot), next(_slot)
WAITING, BEST_ROWS, BEST_TITLES = next(_slot), next(_slot), next(_slot)
# The works of a title that were recorded most, and how often.
TOP, TOP_RECORDED = next(_slot), next(_slot)
SPELT = tuple((slot, slot + 1, slot + 2) for slot in (SPELT_TITLES, SPELT_PERFORMERS, SPELT_WRITERS))


def new_room() -> Bundle:
    """Return room for one text or line at a time."""
    long_slots = {
        **dict.fromkeys(
            (TOKEN_FIRST, TOKEN_LAST, TOKEN_GROUP, TOKEN_TAIL, TOKEN_MARK, TOKEN_KEEP, TOKEN_ORDER), TOKENS
        ),
        **dict.fromkeys((NAME_STARTS, NAME_KINDS, NAME_OWNERS), 4 * NAMES + 2),
        **dict.fromkeys((FORM_STARTS, FORM_KINDS), FORM_ROOM + 2),
        **dict.fromkeys((LENGTHS, PATTERN_KINDS, PATTERN_WORDS, PATTERN_FORMS, PATTERN_SKETCHES), PATTERNS),
        **dict.fromkeys((HITS, HIT_ROWS, WRITER_HITS, WRITER_OWNERS, WRITER_KINDS, CODED), HIT_ROOM + 1),
        **dict.fromkeys((SEEN, STAMPS), SEEN_ROOM),
        **dict.fromkeys((WORKS, TITLES, TITLE_ROWS, READINGS, SCORES, NEARNESS, WEIGHED), CANDIDATE_ROOM),
        **dict.fromkeys((LIKE_PLACES, LIKE_SCORES), (WORDS_CROSSED + 1) * LIKE_WORDS),
        **dict.fromkeys((slot for column in SPELT for slot in column[1:]), 1),
        LIKE_COUNTS: WORDS_CROSSED + 1,
        SKELETON_LENGTHS: WAYS * PATTERNS,
        TAKEN: WAYS,
        SPANS: SPAN_SHAPE[0] * SPAN_SHAPE[1],
        PLANNED: PLAN_SHAPE[0] * PLAN_SHAPE[1],
        PLANNING: 3,
        SOUGHT_HOW: 4 * NAMES + 2,
        PASSED: AT_ONCE,
        WAITING: AT_ONCE,
        BEST_ROWS: AT_ONCE,
        BEST_TITLES: AT_ONCE,
        **dict.fromkeys((TOP, TOP_RECORDED), TOP_WORKS),
        **dict.fromkeys((BEST, KEPT), CANDIDATE_ROOM),
        COUNTERS: 16,
        OWNER_BEST: 4 * NAMES,
        EVIDENCE: CANDIDATE_ROOM * TABLES,
    }
    hash_slots = {
        TOKEN_HASH: TOKENS,
        BITS: (1 + WAYS) * PATTERNS * 256,  # of letters, then of skeletons
        SIGNATURES: 2 * PATTERNS,
        PATTERN_SIGNS: PATTERNS,
        PATTERN_HASHES: PATTERNS * TOKENS,
        RAREST: 8,
        SOUGHT: 4 * NAMES + 2,
    }
    letter_slots = {
        NAME_DATA: 16 * LONGEST_TEXT,
        FORM_DATA: (FORM_ROOM + 1) * (LONGEST_TEXT + LETTERS),
        PATTERN_LETTERS: PATTERNS * LETTERS,
        SKELETONS: WAYS * PATTERNS * 2 * LETTERS,
        SCRAP: (4 + 2 * WAYS) * LETTERS,
        RESPELT: 4 * LONGEST_TEXT,
        **dict.fromkeys((column[0] for column in SPELT), 1),
    }
    arrays = {slot: np.zeros(length, np.int64) for slot, length in long_slots.items()}
    arrays |= {slot: np.zeros(length, np.uint64) for slot, length in hash_slots.items()}
    arrays |= {slot: np.zeros(length, np.uint8) for slot, length in letter_slots.items()}
    return Bundle(arrays)
