"""Titles and performers taken apart: compiled functions over folded texts (`texts`), for the index and its questions.

A title gives up to three forms: all of it; its core, without what names a version, a guest or a part and without a
leading article; and its bare core, without any bracket or tail. A name gives its words in alphabetical order, so that
"Somrin, Asan" equals "Asan Somrin". Writers are taken apart in `writers`, words in `words`.
"""

from numba import njit

from muniment.use.matching.bulk.bundle import i64, u8, u64
from muniment.use.matching.bulk.room import (
    LONGEST_TEXT,
    NAME_DATA,
    NAME_KINDS,
    NAME_OWNERS,
    NAME_STARTS,
    NAMES,
    TOKEN_FIRST,
    TOKEN_GROUP,
    TOKEN_HASH,
    TOKEN_KEEP,
    TOKEN_LAST,
    TOKEN_MARK,
    TOKEN_ORDER,
    TOKEN_TAIL,
)
from muniment.use.matching.bulk.texts import BLANK, COMMA, DASH, OPEN
from muniment.use.matching.bulk.words import (
    ARTICLE,
    DRESS,
    FILLER,
    FROM,
    GUEST,
    JOINER,
    MEDLEY,
    NOISE,
    PART_WORD,
    THE,
    VERSION,
    hash_bytes,
    is_year,
    joins_names,
    kind_at,
    kind_of,
    mix,
    tokens_of,
)

__all__ = (
    "BARE",
    "CORE",
    "FULL",
    "INITIAL",
    "PART",
    "SURNAME",
    "WHOLE",
    "drop_dress",
    "hash_bytes",
    "mix",
    "performer_forms",
    "sorted_form",
    "title_forms",
    "tokens_of",
)

FULL, CORE, BARE = 0, 1, 2
WHOLE, PART, INITIAL, SURNAME = 0, 1, 2, 3


@njit(cache=True, nogil=True)
def _write(data, s, count, kind, owner, forms):  # type: ignore[no-untyped-def]
    """Append the kept tokens as one form; return the new number of forms. A form that is there is not said again."""
    used = i64(s, NAME_STARTS)[forms]
    begin = used
    for token in range(count):
        if (
            i64(s, TOKEN_KEEP)[token]
            and used + i64(s, TOKEN_LAST)[token] - i64(s, TOKEN_FIRST)[token] + 1 < 16 * LONGEST_TEXT
        ):
            if used > begin:
                u8(s, NAME_DATA)[used] = BLANK
                used += 1
            for at in range(i64(s, TOKEN_FIRST)[token], i64(s, TOKEN_LAST)[token]):
                u8(s, NAME_DATA)[used] = data[at]
                used += 1
    if used == begin:
        return forms
    for form in range(forms):
        if i64(s, NAME_STARTS)[form + 1] - i64(s, NAME_STARTS)[form] == used - begin:
            same = True
            for at in range(used - begin):
                if u8(s, NAME_DATA)[i64(s, NAME_STARTS)[form] + at] != u8(s, NAME_DATA)[begin + at]:
                    same = False
                    break
            if same:
                return forms
    i64(s, NAME_KINDS)[forms], i64(s, NAME_OWNERS)[forms] = kind, owner
    i64(s, NAME_STARTS)[forms + 1] = used
    return forms + 1


@njit(cache=True, nogil=True)
def title_forms(data, first, last, s):  # type: ignore[no-untyped-def]
    """Write the forms of a title into `s`; return how many."""
    count = tokens_of(data, first, last, s)
    i64(s, NAME_STARTS)[0] = 0
    forms = _write(data, s, count, FULL, 0, 0)
    if _drop_versions(data, s, count):
        forms = _write(data, s, count, CORE, 0, forms)
    if count and _drop_rest(s, count):
        forms = _write(data, s, count, BARE, 0, forms)
    return forms


@njit(cache=True, nogil=True)
def _drop_versions(data, s, count):  # type: ignore[no-untyped-def]
    """Unmark the tokens that name a version, a guest, a part or are a leading article; say whether any were."""
    _drop_brackets(data, s, count)
    tails = i64(s, TOKEN_TAIL)
    tail = tails[count - 1] if count else 0
    while tail > 0 and _is_version_tail(data, s, count, tail):
        for token in range(count):
            if tails[token] == tail:
                i64(s, TOKEN_KEEP)[token] = 0
        tail -= 1
    _drop_guests(s, count)
    _drop_part(data, s, count)
    kept, first = 0, -1
    for token in range(count):
        if i64(s, TOKEN_KEEP)[token]:
            kept += 1
            first = token if first < 0 else first
    if kept > 1 and kind_of(u64(s, TOKEN_HASH)[first]) & ARTICLE:
        i64(s, TOKEN_KEEP)[first] = 0
        kept -= 1
    return 0 < kept < count


@njit(cache=True, nogil=True)
def _drop_brackets(data, s, count):  # type: ignore[no-untyped-def]
    """Unmark the brackets that name a version or a year, or begin with "from", "with", "part"."""
    groups = i64(s, TOKEN_GROUP)
    for token in range(count):
        group = groups[token]
        if group == 0 or i64(s, TOKEN_KEEP)[token] == 0:
            continue
        kind = kind_at(data, s, token)
        opens = token == 0 or groups[token - 1] != group
        year = opens and (token + 1 == count or groups[token + 1] != group) and is_year(data, s, token)
        if year or ((kind & VERSION or (opens and kind & FROM)) and not kind & MEDLEY):
            for other in range(count):
                if groups[other] == group:
                    i64(s, TOKEN_KEEP)[other] = 0


@njit(cache=True, nogil=True)
def _drop_guests(s, count):  # type: ignore[no-untyped-def]
    """Unmark everything from a "feat." outside of brackets on."""
    for token in range(1, count):
        if i64(s, TOKEN_GROUP)[token] == 0 and kind_of(u64(s, TOKEN_HASH)[token]) & GUEST:
            for other in range(token, count):
                i64(s, TOKEN_KEEP)[other] = 0
            return


@njit(cache=True, nogil=True)
def _is_version_tail(data, s, count, tail):  # type: ignore[no-untyped-def]
    opens = True
    for token in range(count):
        if i64(s, TOKEN_TAIL)[token] == tail and i64(s, TOKEN_KEEP)[token]:
            kind = kind_at(data, s, token)
            if kind & VERSION or (opens and kind & FROM):
                return True
            opens = False
    return opens


@njit(cache=True, nogil=True)
def _drop_part(data, s, count):  # type: ignore[no-untyped-def]
    """Unmark a last "part 2", "pt. ii"."""
    last = count - 1
    while last >= 0 and not i64(s, TOKEN_KEEP)[last]:
        last -= 1
    if last < 2 or not i64(s, TOKEN_KEEP)[last - 1] or not kind_of(u64(s, TOKEN_HASH)[last - 1]) & PART_WORD:
        return
    for at in range(i64(s, TOKEN_FIRST)[last], i64(s, TOKEN_LAST)[last]):
        letter = data[at]
        if not (48 <= letter <= 57 or letter in (105, 118, 120)):
            return
    i64(s, TOKEN_KEEP)[last - 1], i64(s, TOKEN_KEEP)[last] = 0, 0


@njit(cache=True, nogil=True)
def _drop_rest(s, count):  # type: ignore[no-untyped-def]
    """Unmark what stands in brackets or behind a spaced dash; say whether something else remains."""
    rest = 0
    for token in range(count):
        if i64(s, TOKEN_KEEP)[token] and i64(s, TOKEN_GROUP)[token] == 0 and i64(s, TOKEN_TAIL)[token] == 0:
            rest += 1
    if rest == 0:
        return False
    for token in range(count):
        if i64(s, TOKEN_GROUP)[token] or i64(s, TOKEN_TAIL)[token]:
            i64(s, TOKEN_KEEP)[token] = 0
    return True


@njit(cache=True, nogil=True)
def sorted_form(data, s, count, kind, owner, forms):  # type: ignore[no-untyped-def]
    """Append the kept tokens in alphabetical order, "the" left out where something else remains."""
    kept, the = _in_order(data, s, count)
    firsts, lasts, out = i64(s, TOKEN_FIRST), i64(s, TOKEN_LAST), u8(s, NAME_DATA)
    used = i64(s, NAME_STARTS)[forms]
    begin = used
    for place in range(kept):
        token = i64(s, TOKEN_ORDER)[place]
        if the < kept and kind_of(u64(s, TOKEN_HASH)[token]) & THE:
            continue
        if used + lasts[token] - firsts[token] + 1 >= 16 * LONGEST_TEXT:
            break
        if used > begin:
            out[used] = BLANK
            used += 1
        for at in range(firsts[token], lasts[token]):
            out[used] = data[at]
            used += 1
    if used == begin:
        return forms
    i64(s, NAME_KINDS)[forms], i64(s, NAME_OWNERS)[forms], i64(s, NAME_STARTS)[forms + 1] = kind, owner, used
    return forms + 1


@njit(cache=True, nogil=True)
def _in_order(data, s, count):  # type: ignore[no-untyped-def]
    """Order the kept tokens by the alphabet; return how many there are and how many of them are "the"."""
    order, kept, the = i64(s, TOKEN_ORDER), 0, 0
    for token in range(count):
        if i64(s, TOKEN_KEEP)[token]:
            place = kept
            while place > 0 and _later(data, s, order[place - 1], token):
                order[place] = order[place - 1]
                place -= 1
            order[place] = token
            kept += 1
            the += 1 if kind_of(u64(s, TOKEN_HASH)[token]) & THE else 0
    return kept, the


@njit(cache=True, nogil=True)
def _later(data, s, one, other):  # type: ignore[no-untyped-def]
    """Say whether token `one` stands behind token `other` in the alphabet."""
    length = min(
        i64(s, TOKEN_LAST)[one] - i64(s, TOKEN_FIRST)[one], i64(s, TOKEN_LAST)[other] - i64(s, TOKEN_FIRST)[other]
    )
    for at in range(length):
        left, right = data[i64(s, TOKEN_FIRST)[one] + at], data[i64(s, TOKEN_FIRST)[other] + at]
        if left != right:
            return left > right
    return i64(s, TOKEN_LAST)[one] - i64(s, TOKEN_FIRST)[one] > i64(s, TOKEN_LAST)[other] - i64(s, TOKEN_FIRST)[other]


@njit(cache=True, nogil=True)
def performer_forms(data, first, last, s):  # type: ignore[no-untyped-def]
    """Write the names in a performer's text into `s`: the whole first, then each of several; return how many."""
    count = tokens_of(data, first, last, s)
    i64(s, NAME_STARTS)[0] = 0
    if count == 0:
        return 0
    several = _several(s, count)
    kept = 0
    for token in range(count):
        i64(s, TOKEN_KEEP)[token] = 0 if _is_noise(s, token, count) else 1
        kept += i64(s, TOKEN_KEEP)[token]
    if kept == 0:
        for token in range(count):
            i64(s, TOKEN_KEEP)[token] = 1
    forms = sorted_form(data, s, count, WHOLE, 0, 0)
    if not several:
        return forms
    owner, begin = 0, 0
    for token in range(1, count + 1):
        joins = token < count and _joins(s, token, count)
        mark = i64(s, TOKEN_MARK)[token] if token < count else BLANK
        if token == count or joins or joins_names(mark) or mark in (COMMA, OPEN, DASH):
            if owner + 1 < NAMES:
                for other in range(count):
                    i64(s, TOKEN_KEEP)[other] = 1 if begin <= other < token and not _is_noise(s, other, count) else 0
                owner += 1
                forms = sorted_form(data, s, count, PART, owner, forms)
            begin = token + 1 if joins else token
    return forms


@njit(cache=True, nogil=True)
def _several(s, count):  # type: ignore[no-untyped-def]
    """Say whether a text names several: one comma alone may invert one name, unless both sides are whole names."""
    commas, joints, since, shortest = 0, 0, 0, count
    for token in range(count):
        mark = i64(s, TOKEN_MARK)[token] if token else BLANK
        if mark == COMMA:
            commas += 1
            shortest = min(shortest, since)
            since = 0
        elif joins_names(mark) or mark in (OPEN, DASH) or (token and _joins(s, token, count)):
            joints += 1
        since += 1
    return joints > 0 or commas > 1 or (commas == 1 and min(shortest, since) > 1)


@njit(cache=True, nogil=True)
def _joins(s, token, count):  # type: ignore[no-untyped-def]
    """Say whether a word joins names, as "and" and "feat" do."""
    return token + 1 < count and kind_of(u64(s, TOKEN_HASH)[token]) & JOINER != 0


@njit(cache=True, nogil=True)
def _is_noise(s, token, count):  # type: ignore[no-untyped-def]
    """Say whether a word belongs to a channel, not to a name: "- Topic", "(Official)", "and friends"."""
    if token == 0 or not kind_of(u64(s, TOKEN_HASH)[token]) & NOISE:
        return False
    mark = i64(s, TOKEN_MARK)[token]
    return (
        mark in (DASH, OPEN)
        or kind_of(u64(s, TOKEN_HASH)[token - 1]) & JOINER != 0
        or (token == count - 1 and mark != BLANK)
    )


@njit(cache=True, nogil=True)
def drop_dress(data, s, count):  # type: ignore[no-untyped-def]
    """Unmark what free text dresses a title in: brackets of versions, "official video" at an end, "12." before it."""
    _drop_brackets(data, s, count)
    begin = 0
    for token in range(1, count + 1):
        if token == count or i64(s, TOKEN_MARK)[token] not in (BLANK, COMMA):
            _drop_run(data, s, begin, token)
            begin = token
    if count > 1 and _is_number(data, s, 0):
        i64(s, TOKEN_KEEP)[0] = 0


@njit(cache=True, nogil=True)
def _drop_run(data, s, begin, end):  # type: ignore[no-untyped-def]
    """Unmark the words at the end of a range, and at its beginning, that only dress it; one must do nothing else."""
    for side in range(2):
        run, dressed = 0, False
        while run < end - begin:
            token = begin + run if side else end - 1 - run
            kind = kind_at(data, s, token)
            if not (kind & (DRESS | FILLER) or is_year(data, s, token)):
                break
            dressed = dressed or kind & DRESS != 0
            run += 1
        if dressed:
            for place in range(run):
                i64(s, TOKEN_KEEP)[begin + place if side else end - 1 - place] = 0


@njit(cache=True, nogil=True)
def _is_number(data, s, token):  # type: ignore[no-untyped-def]
    """Say whether a token is the number of a track: one or two digits."""
    first, last = i64(s, TOKEN_FIRST)[token], i64(s, TOKEN_LAST)[token]
    for at in range(first, last):
        if not 48 <= data[at] <= 57:
            return False
    return last - first <= 2
