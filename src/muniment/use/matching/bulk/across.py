"""Across scripts: compiled functions that find and compare what sounds alike, but is spelt in another alphabet.

Two texts are as near as their letters are alike and their skeletons are alike, half each: a script that leaves vowels
out, or has no p, changes letters, and seldom the skeleton. What is only near is never equal. Words of a title are
sought by their skeletons among the words of all titles, then titles by those words; the performers of the works so
found are compared one by one.

Constants are passed as `np.int64(…)`: the compiler would make a function anew for every literal it is called with.
"""

import numpy as np
from numba import njit

from muniment.use.matching.bulk.build import ROMAN_TITLE
from muniment.use.matching.bulk.bundle import i64, moved, u8, u32, u64
from muniment.use.matching.bulk.keys import letters_of, pair_key, sketch, word_bits, word_key
from muniment.use.matching.bulk.likeness import (
    ALIKE_50,
    ALIKE_70,
    ALIKE_80,
    ALIKE_85,
    ALIKE_90,
    ALIKE_95,
    EQUAL_BARE,
    HARDLY_ALIKE,
    alike,
    can_be_alike,
)
from muniment.use.matching.bulk.lookup import (
    FACTS,
    ITEMS,
    NAMES_TEXTS,
    SKELETON_KEYS,
    SKELETON_SKETCHES,
    STARTS,
    TARGETS,
    TITLE_KEYS,
    TITLE_KINDS,
    TITLES_TEXTS,
    WORD_DATA,
    WORD_KEYS,
    WORD_STARTS,
    WORDS_READ,
    WORK_PERFORMERS,
    find,
    find_all,
)
from muniment.use.matching.bulk.parse import performer_forms
from muniment.use.matching.bulk.people import NAME_ALIKE_85, NAME_ALIKE_92, add_hit, add_names, add_writers
from muniment.use.matching.bulk.room import (
    BITS,
    CANDIDATE_COUNT,
    CHECKED,
    COUNTERS,
    EVIDENCE,
    FORM_DATA,
    FORM_STARTS,
    HAS_NAME,
    LENGTHS,
    LETTERS,
    LIKE_COUNTS,
    LIKE_PLACES,
    LIKE_SCORES,
    LIKE_WORDS,
    LINE,
    LONGEST_TEXT,
    NAME_DATA,
    NAME_PATTERN,
    NAME_STARTS,
    NEARNESS,
    OWNER_COUNT,
    PATTERN_COUNT,
    PATTERN_FORMS,
    PATTERN_HASHES,
    PATTERN_KINDS,
    PATTERN_LETTERS,
    PATTERN_SKETCHES,
    PATTERN_WORDS,
    PATTERNS,
    PERFORMER,
    RAREST,
    READINGS,
    RESPELT,
    SCRAP,
    SKELETON_LENGTHS,
    SKELETONS,
    SPELT_WRITERS,
    STAMP,
    TABLES,
    TAKEN,
    TITLE,
    TITLE_ROWS,
    TITLES,
    TOKEN_FIRST,
    TOKEN_HASH,
    TOKEN_LAST,
    TOKENS,
    WAYS,
    WEIGHED,
    WORD_PATTERN,
    WORDS_CROSSED,
    WORKS,
    WRITERS,
)
from muniment.use.matching.bulk.search import add_title, add_works, is_new, make_patterns
from muniment.use.matching.bulk.texts import BLANK
from muniment.use.matching.bulk.vocabulary import READ, WRITTEN, skeleton_by, skeleton_key
from muniment.use.matching.bulk.words import hash_bytes, tokens_of

_FOREIGN_BYTE = 0x80
_LEAST_WORD, _LEAST_LATIN_WORD = 500_000, 600_000
_LEAST_TITLE, _LEAST_NAME, _NEAR_NAME = 500_000, 850_000, 920_000
_SURE_WORD = 920_000
_COMMON_BITS, _LEAST_CLASSES = 12, 2
_WORDS_A_KEY, _LATIN_WORDS_A_KEY, _WORDS_A_WORD, _TITLES_A_LINE = 512, 128, 4_096, 600
_JOINED_LETTERS = 24
_NAMED_WORKS, _NAMES_A_WORK, _TURNS = 48, 24, 4
_ANYBODY = 3
_OWN, _MILLION = (1 + 2 * WAYS) * LETTERS, 1_000_000
_CLASSES = np.frombuffer(b"abkmnrst", dtype=np.uint8).copy()


@njit(cache=True, nogil=True)
def read_spelt(columns, room, title, performer):  # type: ignore[no-untyped-def]
    """Add to a title and its performers their further spellings in Latin letters.

    `title`, `performer`: the column of spellings that each stands in, or -1 for a part of a text, which has none.
    """
    if title >= 0:
        first, last = _rows(room, title)
        for row in range(first, last):
            begin, end = i64(room, title + 1)[row], i64(room, title + 1)[row + 1]
            if begin < end:
                add_title(room, u8(room, title), begin, end, np.int64(1))
    if performer >= 0:
        first, last = _rows(room, performer)
        for row in range(first, last):
            begin, end = i64(room, performer + 1)[row], i64(room, performer + 1)[row + 1]
            if begin < end:
                add_names(columns, room, u8(room, performer), begin, end)


@njit(cache=True, nogil=True)
def read_spelt_writers(columns, room):  # type: ignore[no-untyped-def]
    """Look up the writers of a line in their further spellings."""
    column = np.int64(SPELT_WRITERS)
    first, last = _rows(room, column)
    for row in range(first, last):
        begin, end = i64(room, column + 1)[row], i64(room, column + 1)[row + 1]
        if begin < end:
            add_writers(columns, room, u8(room, column), begin, end)


@njit(cache=True, nogil=True)
def _rows(room, column):  # type: ignore[no-untyped-def]
    of_row, line = i64(room, column + 2), i64(room, COUNTERS)[LINE]
    return of_row[line], of_row[line + 1]


@njit(cache=True, nogil=True)
def search_across(columns, room, performer, spelt, whole, first, reading):  # type: ignore[no-untyped-def]
    """Add what sounds like the title where nothing fits yet, and the performers who sound like the one reported.

    `spelt`: the column of the performer's further spellings, or -1; `whole`: the title is all of a text. A title in
    Latin letters is compared with readings of other scripts only, and if no title is spelt like it. Say whether
    anything was compared.
    """
    foreign, patterns = np.int64(0), i64(room, COUNTERS)[PATTERN_COUNT]
    for pattern in range(patterns):
        foreign = max(foreign, i64(room, PATTERN_KINDS)[pattern])
    if patterns == 0 or (not foreign and i64(columns, FACTS)[WORDS_READ] == 0):
        return False
    if _fits(room, first):
        return False
    make_patterns(room)
    if not foreign and not (whole and _is_unlike(columns, room, first) and _has_rare_word(columns, room)):
        return False
    i64(room, COUNTERS)[STAMP] += 1
    i64(room, COUNTERS)[CHECKED] = 0
    for pattern in range(patterns):
        _write_skeleton(room, pattern)
    for pattern in range(patterns):
        if i64(room, PATTERN_KINDS)[pattern] or not foreign:
            _search_words(columns, room, pattern, foreign, reading)
    _compare(columns, room, first, foreign, reading)
    if i64(room, COUNTERS)[HAS_NAME]:
        _search_names(columns, room, performer, spelt, first)
    for pattern in range(patterns):
        _erase_skeleton(room, pattern)
    return True


@njit(cache=True, nogil=True)
def _fits(room, first):  # type: ignore[no-untyped-def]
    """Say whether a candidate has a title much alike and, where anybody is reported, one of the people."""
    nobody = i64(room, COUNTERS)[HAS_NAME] == 0 and i64(room, COUNTERS)[OWNER_COUNT] == 0
    for at in range(first, i64(room, COUNTERS)[CANDIDATE_COUNT]):
        evidence = moved(i64(room, EVIDENCE), at * TABLES)
        agrees = nobody or evidence[PERFORMER] <= _ANYBODY or evidence[WRITERS] < _ANYBODY
        if agrees and evidence[TITLE] <= (ALIKE_95 if nobody else ALIKE_85):
            return True
    return False


@njit(cache=True, nogil=True)
def _is_unlike(columns, room, first):  # type: ignore[no-untyped-def]
    """Say whether no candidate has a title of the same script that is spelt much like the reported one."""
    for at in range(first, i64(room, COUNTERS)[CANDIDATE_COUNT]):
        title = i64(room, TITLES)[at]
        if title >= 0 and i64(room, TITLE_ROWS)[at] <= ALIKE_80 and u8(columns, TITLE_KINDS)[title] != ROMAN_TITLE:
            return False
    return True


@njit(cache=True, nogil=True)
def _has_rare_word(columns, room):  # type: ignore[no-untyped-def]
    """Say whether a title has a word that few titles have: one that many have is no spelling of a foreign one."""
    for pattern in range(i64(room, COUNTERS)[PATTERN_COUNT]):
        for word in range(i64(room, PATTERN_WORDS)[pattern]):
            if not _is_common(columns, u64(room, PATTERN_HASHES)[pattern * TOKENS + word]):
                return True
    return False


@njit(cache=True, nogil=True)
def _is_common(columns, word):  # type: ignore[no-untyped-def]
    return 0 < word_bits(columns, word) <= _COMMON_BITS


@njit(cache=True, nogil=True)
def _write_skeleton(room, pattern):  # type: ignore[no-untyped-def]
    """Make the skeletons of a pattern's letters patterns, too, one for each way to make them."""
    base = pattern * LETTERS
    for way in range(WAYS):
        at = way * PATTERNS + pattern
        skeleton = moved(u8(room, SKELETONS), at * 2 * LETTERS)
        length = skeleton_by(way, u8(room, PATTERN_LETTERS), base, base + i64(room, LENGTHS)[pattern], skeleton)
        i64(room, SKELETON_LENGTHS)[at] = min(length, LETTERS)
        for place in range(min(length, LETTERS)):
            u64(room, BITS)[(PATTERNS + at) * 256 + skeleton[place]] |= np.uint64(1) << np.uint64(place)


@njit(cache=True, nogil=True)
def _erase_skeleton(room, pattern):  # type: ignore[no-untyped-def]
    for way in range(WAYS):
        at = way * PATTERNS + pattern
        for place in range(i64(room, SKELETON_LENGTHS)[at]):
            u64(room, BITS)[(PATTERNS + at) * 256 + u8(room, SKELETONS)[at * 2 * LETTERS + place]] = 0
        i64(room, SKELETON_LENGTHS)[at] = 0


@njit(cache=True, nogil=True)
def _write_pattern(room, pattern, text, first, last):  # type: ignore[no-untyped-def]
    """Make the letters and the skeleton of a word or a name a pattern; return how many letters it has."""
    base = pattern * LETTERS
    length = letters_of(text, first, last, u8(room, PATTERN_LETTERS), base, LETTERS)
    i64(room, LENGTHS)[pattern] = length
    i64(room, PATTERN_SKETCHES)[pattern] = sketch(u8(room, PATTERN_LETTERS), base, length)
    for at in range(length):
        u64(room, BITS)[pattern * 256 + u8(room, PATTERN_LETTERS)[base + at]] |= np.uint64(1) << np.uint64(at)
    _write_skeleton(room, pattern)
    return length


@njit(cache=True, nogil=True)
def _is_again(room, pattern, way):  # type: ignore[no-untyped-def]
    """Say whether an earlier way made the same skeleton of a pattern: it finds the same words again."""
    own, skeletons = way * PATTERNS + pattern, u8(room, SKELETONS)
    for earlier in range(way):
        at = earlier * PATTERNS + pattern
        same = i64(room, SKELETON_LENGTHS)[at] == i64(room, SKELETON_LENGTHS)[own]
        for place in range(i64(room, SKELETON_LENGTHS)[own] if same else 0):
            same = same and skeletons[at * 2 * LETTERS + place] == skeletons[own * 2 * LETTERS + place]
        if same:
            return True
    return False


@njit(cache=True, nogil=True)
def _erase_pattern(room, pattern):  # type: ignore[no-untyped-def]
    for at in range(i64(room, LENGTHS)[pattern]):
        u64(room, BITS)[pattern * 256 + u8(room, PATTERN_LETTERS)[pattern * LETTERS + at]] = 0
    i64(room, LENGTHS)[pattern] = 0
    _erase_skeleton(room, pattern)


@njit(cache=True, nogil=True)
def _take_text(room, data, first, last):  # type: ignore[no-untyped-def]
    """Make the skeletons of a text for `_nearness`; say whether it is in Latin letters."""
    if first == last or data[first] >= _FOREIGN_BYTE:
        return False
    letters = u8(room, SCRAP)
    length = letters_of(data, first, last, letters, 0, LETTERS)
    for way in range(WAYS):
        begin = (1 + 2 * way) * LETTERS
        classes = skeleton_by(way, letters, 0, length, moved(letters, begin))
        i64(room, TAKEN)[way] = min(LETTERS, classes)
    return True


@njit(cache=True, nogil=True)
def _nearness(room, pattern, letters):  # type: ignore[no-untyped-def]
    """Return how near a pattern and the text just taken are, in ppm: `letters` and skeletons alike, half each."""
    best = 0
    for way in range(WAYS):
        at, begin, classes = way * PATTERNS + pattern, (1 + 2 * way) * LETTERS, i64(room, TAKEN)[way]
        own = i64(room, SKELETON_LENGTHS)[at]
        best = max(best, alike(room, (PATTERNS + at) * 256, own, u8(room, SCRAP), begin, begin + classes))
    return (letters + best) // 2


@njit(cache=True, nogil=True)
def _letters_alike(room, pattern, data, first, last):  # type: ignore[no-untyped-def]
    return alike(room, pattern * 256, i64(room, LENGTHS)[pattern], data, first, last)


@njit(cache=True, nogil=True)
def _title_nearness(columns, room, title, foreign):  # type: ignore[no-untyped-def]
    """Return how near a title is to the one reported; 0 where both are Latin, or it is in another script still."""
    if not foreign and u8(columns, TITLE_KINDS)[title] != ROMAN_TITLE:
        return 0
    data = u8(columns, TITLES_TEXTS + 3)
    first, last = i64(columns, TITLES_TEXTS + STARTS)[title], i64(columns, TITLES_TEXTS + STARTS)[title + 1]
    best = 0
    for pattern in range(i64(room, COUNTERS)[PATTERN_COUNT] if _take_text(room, data, first, last) else 0):
        if i64(room, PATTERN_KINDS)[pattern] or not foreign:
            best = max(best, _nearness(room, pattern, _letters_alike(room, pattern, data, first, last)))
    return best


@njit(cache=True, nogil=True)
def _row(nearness):  # type: ignore[no-untyped-def]
    """Return the row of TITLE of a nearness: at best alike, however near."""
    if nearness >= 900_000:
        return ALIKE_90
    if nearness >= 850_000:
        return ALIKE_85
    if nearness >= 800_000:
        return ALIKE_80
    if nearness >= 700_000:
        return ALIKE_70
    return ALIKE_50 if nearness >= _LEAST_TITLE else HARDLY_ALIKE


@njit(cache=True, nogil=True)
def _search_words(columns, room, pattern, foreign, reading):  # type: ignore[no-untyped-def]
    """Add the works of titles that are made of words which sound like those of a pattern."""
    form = i64(room, PATTERN_FORMS)[pattern]
    begin, end = i64(room, FORM_STARTS)[form], i64(room, FORM_STARTS)[form + 1]
    text = u8(room, FORM_DATA)
    count = min(tokens_of(text, begin, end, room), WORDS_CROSSED)
    for token in range(count):
        i64(room, LIKE_COUNTS)[token] = 0
        if foreign or not _is_common(columns, u64(room, TOKEN_HASH)[token]):
            first, last = i64(room, TOKEN_FIRST)[token], i64(room, TOKEN_LAST)[token]
            _find_words(columns, room, text, first, last, foreign, token, np.int64(2 if count > 1 else LIKE_WORDS))
    if count > 1:
        _try_together(columns, room, text, count, foreign, reading)
        _try_pairs(columns, room, count, foreign, reading)
        count = 0
    if i64(room, LENGTHS)[pattern] <= _JOINED_LETTERS or count == 1:
        if count == 0:
            _find_words(columns, room, text, begin, end, foreign, np.int64(WORDS_CROSSED), np.int64(LIKE_WORDS))
        _try_alone(columns, room, np.int64(0 if count == 1 else WORDS_CROSSED), foreign, reading)


@njit(cache=True, nogil=True)
def _find_words(columns, room, text, first, last, foreign, slot, most):  # type: ignore[no-untyped-def]
    """Keep in `slot` the words of the index that sound most like a word, blanks in it left out."""
    i64(room, LIKE_COUNTS)[slot] = 0
    pattern = np.int64(WORD_PATTERN)
    if _write_pattern(room, pattern, text, first, last) > 1:
        base, length, left = pattern * LETTERS, i64(room, LENGTHS)[pattern], np.int64(_WORDS_A_WORD)
        least = 1 if foreign or most == LIKE_WORDS else _LEAST_CLASSES  # of a word that stands among others
        for way in range(WAYS):
            at = way * PATTERNS + pattern
            classes = i64(room, SKELETON_LENGTHS)[at]
            if classes < least or _is_again(room, pattern, way):
                continue
            skeleton = moved(u8(room, SKELETONS), at * 2 * LETTERS)
            left = _try_key(columns, room, skeleton, classes, foreign, slot, most, left)
        sure = i64(room, LIKE_COUNTS)[slot] and i64(room, LIKE_SCORES)[slot * LIKE_WORDS] >= _SURE_WORD
        if foreign and not sure:
            for way in range(WAYS):
                if not _is_again(room, pattern, way):
                    _try_neighbours(columns, room, way, base, length, slot, most, left)
    _erase_pattern(room, pattern)


@njit(cache=True, nogil=True)
def _try_neighbours(columns, room, way, base, length, slot, most, left):  # type: ignore[no-untyped-def]
    """Try the skeletons with one class more, less or another, if they are long enough to say anything."""
    own, made = moved(u8(room, SCRAP), _OWN), moved(u8(room, SCRAP), _OWN + 2 * LETTERS)
    classes = skeleton_by(way, u8(room, PATTERN_LETTERS), base, base + length, own)
    if classes < 3 or classes > LETTERS // 2:
        return
    for at in range(classes + 1):
        for sound in range(-1, 2 * len(_CLASSES)):
            more = sound >= len(_CLASSES)
            if not more and (at == classes or classes < 4):
                continue
            used = np.int64(0)
            for place in range(at):
                made[used] = own[place]
                used += 1
            if sound >= 0:
                made[used] = _CLASSES[sound % len(_CLASSES)]
                used += 1
            for place in range(at if more else at + 1, classes):
                made[used] = own[place]
                used += 1
            left = _try_key(columns, room, made, used, np.int64(1), slot, most, left)


@njit(cache=True, nogil=True)
def _try_key(columns, room, skeleton, classes, foreign, slot, most, left):  # type: ignore[no-untyped-def]
    """Compare the words with a skeleton, of those left to compare; return how many are left now."""
    if classes == 0:
        return left
    worst = np.int64(_LEAST_WORD if foreign else _LEAST_LATIN_WORD)
    for where in (READ, WRITTEN):
        if where == WRITTEN and not foreign:
            break
        at, last = find_all(columns, SKELETON_KEYS, skeleton_key(skeleton, classes, where))
        last = min(last, at + min(left, np.int64(_WORDS_A_KEY if foreign else _LATIN_WORDS_A_KEY)))
        left -= last - at
        for place in range(at, last):
            word = np.int64(u32(columns, SKELETON_KEYS + TARGETS)[place])
            _keep_word(columns, room, word, np.int64(u32(columns, SKELETON_SKETCHES)[place]), slot, most, worst)
    return left


@njit(cache=True, nogil=True)
def _keep_word(columns, room, word, its_sketch, slot, most, worst):  # type: ignore[no-untyped-def]
    """Keep a word if it is among those that sound most like the word pattern, the nearest first."""
    base, count = slot * LIKE_WORDS, i64(room, LIKE_COUNTS)[slot]
    places, scores = i64(room, LIKE_PLACES), i64(room, LIKE_SCORES)
    for at in range(base, base + count):
        if places[at] == word:
            return
    least = scores[base + count - 1] + 1 if count == most else worst
    if not can_be_alike(room, np.int64(WORD_PATTERN), its_sketch, 2 * least - _MILLION):  # its letters; half counts
        return
    data, first, last = u8(columns, WORD_DATA), i64(columns, WORD_STARTS)[word], i64(columns, WORD_STARTS)[word + 1]
    letters = _letters_alike(room, np.int64(WORD_PATTERN), data, first, last)
    if (letters + _MILLION) // 2 < least or not _take_text(room, data, first, last):
        return
    score = _nearness(room, np.int64(WORD_PATTERN), letters)
    if score < least:
        return
    at = base + min(count, most)
    while at > base and scores[at - 1] < score:
        if at < base + most:
            scores[at], places[at] = scores[at - 1], places[at - 1]
        at -= 1
    if at < base + most:
        scores[at], places[at] = score, word
        i64(room, LIKE_COUNTS)[slot] = min(count + 1, most)


@njit(cache=True, nogil=True)
def _try_alone(columns, room, slot, foreign, reading):  # type: ignore[no-untyped-def]
    """Add the works whose titles are one of the words in `slot` and nothing else."""
    data, starts = u8(columns, WORD_DATA), i64(columns, WORD_STARTS)
    for at in range(slot * LIKE_WORDS, slot * LIKE_WORDS + i64(room, LIKE_COUNTS)[slot]):
        word = i64(room, LIKE_PLACES)[at]
        _try_text(columns, room, data, starts[word], starts[word + 1], foreign, reading)


@njit(cache=True, nogil=True)
def _try_text(columns, room, data, first, last, foreign, reading):  # type: ignore[no-untyped-def]
    title = find(columns, TITLES_TEXTS, hash_bytes(data, first, last), data, first, last)
    if title >= 0 and is_new(room, title):
        _add_near(columns, room, title, foreign, np.int64(ALIKE_50), reading)


@njit(cache=True, nogil=True)
def _add_near(columns, room, title, foreign, worst, reading):  # type: ignore[no-untyped-def]
    i64(room, COUNTERS)[CHECKED] += 1
    row = _row(_title_nearness(columns, room, title, foreign))
    if row <= worst:
        add_works(columns, room, title, row, reading)


@njit(cache=True, nogil=True)
def _try_together(columns, room, text, count, foreign, reading):  # type: ignore[no-untyped-def]
    """Add the works of the title that consists of the nearest words in their order."""
    made, used = u8(room, RESPELT), np.int64(0)
    words, starts = u8(columns, WORD_DATA), i64(columns, WORD_STARTS)
    for token in range(count):
        if used:
            made[used] = BLANK
            used += 1
        if i64(room, LIKE_COUNTS)[token]:
            word = i64(room, LIKE_PLACES)[token * LIKE_WORDS]
            for at in range(starts[word], min(starts[word + 1], starts[word] + LETTERS)):
                made[used] = words[at]
                used += 1
        else:
            first, last = i64(room, TOKEN_FIRST)[token], i64(room, TOKEN_LAST)[token]
            for at in range(first, min(last, first + LETTERS)):
                made[used] = text[at]
                used += 1
    _try_text(columns, room, made, np.int64(0), used, foreign, reading)


@njit(cache=True, nogil=True)
def _try_pairs(columns, room, count, foreign, reading):  # type: ignore[no-untyped-def]
    """Look for titles by the words found: pairs of the rarest of them, and the rarest alone."""
    rare, order = 0, u64(room, RAREST)
    for _ in range(min(4, count)):
        chosen, most = -1, np.int64(-1)
        for token in range(count):
            taken = i64(room, LIKE_COUNTS)[token] == 0
            for at in range(rare):
                taken = taken or np.int64(order[at]) == token
            if not taken:
                bits = _bits(columns, room, token * LIKE_WORDS)
                if bits > most:
                    chosen, most = token, bits
        if chosen >= 0:
            order[rare] = np.uint64(chosen)
            rare += 1
    for one in range(rare):
        for other in range(one):
            _try_pair(columns, room, np.int64(order[one]), np.int64(order[other]), foreign, reading)
        if one < 2:
            value = _hash(columns, room, np.int64(order[one]) * LIKE_WORDS)
            _try_titles(columns, room, word_key(value), foreign, reading)


@njit(cache=True, nogil=True)
def _try_pair(columns, room, one, other, foreign, reading):  # type: ignore[no-untyped-def]
    for left in range(one * LIKE_WORDS, one * LIKE_WORDS + i64(room, LIKE_COUNTS)[one]):
        for right in range(other * LIKE_WORDS, other * LIKE_WORDS + i64(room, LIKE_COUNTS)[other]):
            key = pair_key(_hash(columns, room, left), _hash(columns, room, right))
            _try_titles(columns, room, key, foreign, reading)


@njit(cache=True, nogil=True)
def _hash(columns, room, like):  # type: ignore[no-untyped-def]
    word = i64(room, LIKE_PLACES)[like]
    return hash_bytes(u8(columns, WORD_DATA), i64(columns, WORD_STARTS)[word], i64(columns, WORD_STARTS)[word + 1])


@njit(cache=True, nogil=True)
def _bits(columns, room, like):  # type: ignore[no-untyped-def]
    return np.int64(u32(columns, WORD_KEYS + TARGETS)[i64(room, LIKE_PLACES)[like]])


@njit(cache=True, nogil=True)
def _try_titles(columns, room, key, foreign, reading):  # type: ignore[no-untyped-def]
    """Compare the titles that a key proposes and add the works of those that are near."""
    at, last = find_all(columns, TITLE_KEYS, key)
    for place in range(at, last):
        title = np.int64(u32(columns, TITLE_KEYS + TARGETS)[place])
        if i64(room, COUNTERS)[CHECKED] < _TITLES_A_LINE and is_new(room, title):
            _add_near(columns, room, title, foreign, np.int64(ALIKE_70), reading)


@njit(cache=True, nogil=True)
def _compare(columns, room, first, foreign, reading):  # type: ignore[no-untyped-def]
    """Give each candidate whose title is not equal the row of its nearness, if that is better, and its nearness."""
    for at in range(first, i64(room, COUNTERS)[CANDIDATE_COUNT]):
        title, row = i64(room, TITLES)[at], i64(room, TITLE_ROWS)[at]
        if title >= 0 and row > EQUAL_BARE and i64(room, READINGS)[at] == reading:
            nearness = _title_nearness(columns, room, title, foreign)
            i64(room, TITLE_ROWS)[at] = min(row, _row(nearness))
            i64(room, NEARNESS)[at], i64(room, WEIGHED)[at] = nearness // 10_000, 0


@njit(cache=True, nogil=True)
def _search_names(columns, room, performer, spelt, first):  # type: ignore[no-untyped-def]
    """Add to the performers known those of the candidates' works who sound like the one reported."""
    native, roman = performer
    if spelt >= 0:
        begin, end = _rows(room, spelt)
        for row in range(begin, end):
            at, last = i64(room, spelt + 1)[row], i64(room, spelt + 1)[row + 1]
            _search_name(columns, room, u8(room, spelt), at, last, first, np.int64(1))
    if roman[1] < roman[2]:
        _search_name(columns, room, roman[0], roman[1], roman[2], first, np.int64(1))
    elif native[1] < native[2]:
        _search_name(columns, room, native[0], native[1], native[2], first, np.int64(0))


@njit(cache=True, nogil=True)
def _search_name(columns, room, text, begin, end, first, foreign):  # type: ignore[no-untyped-def]
    """Compare one spelling of the performer with the performers of likely works, its words in any order but parted."""
    if begin >= end or performer_forms(text, begin, end, room) == 0:
        return
    data, first_byte, last_byte = u8(room, NAME_DATA), i64(room, NAME_STARTS)[0], i64(room, NAME_STARTS)[1]
    name, length = u8(room, RESPELT), min(last_byte - first_byte, LONGEST_TEXT)
    for at in range(length):
        name[at] = data[first_byte + at]
    cut = np.int64(0)
    for _ in range(_TURNS):
        name[length] = BLANK
        for at in range(cut):
            name[length + 1 + at] = name[at]
        _write_pattern(room, np.int64(NAME_PATTERN), name, cut, length + cut)
        _compare_names(columns, room, first, foreign)
        _erase_pattern(room, np.int64(NAME_PATTERN))
        cut += 1
        while cut < length and name[cut - 1] != BLANK:
            cut += 1
        if cut >= length:
            return


@njit(cache=True, nogil=True)
def _is_latin(columns, title):  # type: ignore[no-untyped-def]
    """Say whether a title is written in Latin letters, and is no spelling of one in another script."""
    if title < 0:
        return True
    first = u8(columns, TITLES_TEXTS + 3)[i64(columns, TITLES_TEXTS + STARTS)[title]]
    return u8(columns, TITLE_KINDS)[title] != ROMAN_TITLE and first < _FOREIGN_BYTE


@njit(cache=True, nogil=True)
def _compare_names(columns, room, first, foreign):  # type: ignore[no-untyped-def]
    """Add the performers of likely works whose names are near the name pattern; `foreign`: it is of another script."""
    data, starts = u8(columns, NAMES_TEXTS + 3), i64(columns, NAMES_TEXTS + STARTS)
    lists, items, looked_at = i64(columns, WORK_PERFORMERS), u32(columns, WORK_PERFORMERS + ITEMS), 0
    for at in range(first, i64(room, COUNTERS)[CANDIDATE_COUNT]):
        if i64(room, TITLE_ROWS)[at] > ALIKE_70 or looked_at == _NAMED_WORKS:
            continue
        if not foreign and _is_latin(columns, i64(room, TITLES)[at]):
            continue
        work = i64(room, WORKS)[at]
        last = min(lists[work + 1], lists[work] + _NAMES_A_WORK)
        crosses = foreign > 0
        for place in range(lists[work], last):
            crosses = crosses or data[starts[items[place]]] >= _FOREIGN_BYTE
        if not crosses:
            continue
        looked_at += 1
        for place in range(lists[work], last):
            name = np.int64(items[place])
            if _take_text(room, data, starts[name], starts[name + 1]):
                letters = _letters_alike(room, np.int64(NAME_PATTERN), data, starts[name], starts[name + 1])
                near = _nearness(room, np.int64(NAME_PATTERN), letters)
                if near >= _LEAST_NAME:
                    add_hit(room, name, NAME_ALIKE_92 if near >= _NEAR_NAME else NAME_ALIKE_85)
