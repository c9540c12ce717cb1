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
CANDIDATE_ROOM, HIT_ROOM, FORM_ROOM, PATTERNS, SEEN_ROOM = 192, 64, 8, 4, 2048
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
) = range(11)

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
# The people of a line that the index knows.
HITS, HIT_ROWS = next(_slot), next(_slot)
WRITER_HITS, WRITER_OWNERS, WRITER_KINDS, OWNER_BEST = next(_slot), next(_slot), next(_slot), next(_slot)
# The titles looked at, and the candidates.
SEEN, STAMPS = next(_slot), next(_slot)
WORKS, TITLES, TITLE_ROWS, READINGS, CODED, SCORES, EVIDENCE = (next(_slot) for _ in range(7))


def new_room() -> Bundle:
    """Return room for one text or line at a time."""
    long_slots = {
        **dict.fromkeys(
            (TOKEN_FIRST, TOKEN_LAST, TOKEN_GROUP, TOKEN_TAIL, TOKEN_MARK, TOKEN_KEEP, TOKEN_ORDER), TOKENS
        ),
        **dict.fromkeys((NAME_STARTS, NAME_KINDS, NAME_OWNERS), 4 * NAMES + 2),
        **dict.fromkeys((FORM_STARTS, FORM_KINDS), FORM_ROOM + 2),
        **dict.fromkeys((LENGTHS, PATTERN_KINDS, PATTERN_WORDS), PATTERNS),
        **dict.fromkeys((HITS, HIT_ROWS, WRITER_HITS, WRITER_OWNERS, WRITER_KINDS, CODED), HIT_ROOM + 1),
        **dict.fromkeys((SEEN, STAMPS), SEEN_ROOM),
        **dict.fromkeys((WORKS, TITLES, TITLE_ROWS, READINGS, SCORES), CANDIDATE_ROOM),
        COUNTERS: 16,
        OWNER_BEST: 4 * NAMES,
        EVIDENCE: CANDIDATE_ROOM * TABLES,
    }
    hash_slots = {
        TOKEN_HASH: TOKENS,
        BITS: PATTERNS * 256,
        SIGNATURES: PATTERNS,
        PATTERN_HASHES: PATTERNS * TOKENS,
        RAREST: 8,
    }
    letter_slots = {
        NAME_DATA: 16 * LONGEST_TEXT,
        FORM_DATA: 8 * LONGEST_TEXT,
        PATTERN_LETTERS: PATTERNS * LETTERS,
    }
    arrays = {slot: np.zeros(length, np.int64) for slot, length in long_slots.items()}
    arrays |= {slot: np.zeros(length, np.uint64) for slot, length in hash_slots.items()}
    arrays |= {slot: np.zeros(length, np.uint8) for slot, length in letter_slots.items()}
    return Bundle(arrays)
