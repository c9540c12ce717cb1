"""Writers taken apart, in every style that lists of writers are written in: compiled functions over folded texts.

A list is parted by ; / & | + a spaced dash, or "and". A comma parts names only where nothing else does and every piece
looks like a whole name ("A. Somrin, T. Norpool"), or there are more than two; else it inverts one ("Somrin, Asan").
A name gives its words in alphabetical order, its first letter with the surname, and the surname alone. The surname is
the last word, or what stands before the comma, or what stands before the initials at the end ("SOMRIN A").

Whoever reports may write surnames first ("SOMRIN ASAN TOVIK") or a comma between surnames ("Somrin, Norpool"), which
nothing in the text tells: `reported_forms` gives these readings too, marked, to be asked only if others are unknown.
"""

from numba import njit

from muniment.use.matching.bulk.bundle import i64, u8, u64
from muniment.use.matching.bulk.parse import INITIAL, SURNAME, WHOLE, sorted_form
from muniment.use.matching.bulk.room import (
    LONGEST_TEXT,
    NAME_DATA,
    NAME_KINDS,
    NAME_OWNERS,
    NAME_STARTS,
    NAMES,
    TOKEN_FIRST,
    TOKEN_HASH,
    TOKEN_KEEP,
    TOKEN_LAST,
    TOKEN_MARK,
)
from muniment.use.matching.bulk.texts import BLANK, COLON, COMMA, DASH, OPEN
from muniment.use.matching.bulk.words import ENDING, JOINER, ROLE, joins_names, kind_of, tokens_of

GUESSED = 4
"""Added to the kind of a form that is only one way to read the name."""
_LAST_FORM = 4 * NAMES - 4


@njit(cache=True, nogil=True)
def writer_forms(data, first, last, s):  # type: ignore[no-untyped-def]
    """Write the forms of every writer in a text into `s` (whole, initial and surname, surname); return how many."""
    return _forms(data, first, last, s, False)


@njit(cache=True, nogil=True)
def reported_forms(data, first, last, s):  # type: ignore[no-untyped-def]
    """Write the forms of every writer that a line reports, other readings of it behind, `GUESSED`; return how many."""
    return _forms(data, first, last, s, True)


@njit(cache=True, nogil=True)
def _forms(data, first, last, s, guess):  # type: ignore[no-untyped-def]
    count = tokens_of(data, first, last, s)
    i64(s, NAME_STARTS)[0] = 0
    listed = _is_listed(s, count)
    forms, owner, begin = 0, 0, 0
    for token in range(1, count + 1):
        joiner = token < count and _is_joiner(s, token, count)
        mark = i64(s, TOKEN_MARK)[token] if token < count else BLANK
        if token == count or joiner or _parts(mark) or (listed and mark == COMMA):
            begin = _without_roles(s, begin, token)
            if owner < NAMES and token > begin:
                forms = _one_writer(data, s, count, begin, token, owner, forms, guess)
                owner += 1
            begin = token + 1 if joiner else token
    return forms


@njit(cache=True, nogil=True)
def _parts(mark):  # type: ignore[no-untyped-def]
    return joins_names(mark) or mark in (DASH, COLON, OPEN)


@njit(cache=True, nogil=True)
def _is_joiner(s, token, count):  # type: ignore[no-untyped-def]
    """Say whether a word stands between two names; a single letter is an initial."""
    longer = i64(s, TOKEN_LAST)[token] - i64(s, TOKEN_FIRST)[token] > 1
    return longer and token + 1 < count and kind_of(u64(s, TOKEN_HASH)[token]) & JOINER != 0


@njit(cache=True, nogil=True)
def _is_listed(s, count):  # type: ignore[no-untyped-def]
    """Say whether the commas of a text part names."""
    commas, short, since = 0, False, 0
    for token in range(count):
        mark = i64(s, TOKEN_MARK)[token] if token else BLANK
        if mark == COMMA:
            commas += 1
            short = short or since < 2
            since = 0
        elif _parts(mark) or (token and _is_joiner(s, token, count)):
            return False
        since += 1
    return commas > 1 or (commas == 1 and not short and since > 1)


@njit(cache=True, nogil=True)
def _without_roles(s, begin, end):  # type: ignore[no-untyped-def]
    """Return where the name begins behind "music by", "arr."; the whole if nothing else is there."""
    at = begin
    while at < end and kind_of(u64(s, TOKEN_HASH)[at]) & ROLE:
        at += 1
    return at if at < end or end - begin > 1 else begin


@njit(cache=True, nogil=True)
def _one_writer(data, s, count, begin, end, owner, forms, guess):  # type: ignore[no-untyped-def]
    """Append the forms of the writer who stands in tokens `begin` to `end`."""
    comma = begin
    for token in range(begin + 1, end):
        if i64(s, TOKEN_MARK)[token] == COMMA:
            comma = token
            break
    if comma == begin and end - begin > 2 and kind_of(u64(s, TOKEN_HASH)[end - 1]) & ENDING:
        end -= 1  # "junior" is no surname
    surname, given = (comma - 1, comma) if comma > begin else _surname_of(data, s, begin, end)
    if comma > begin + 1 and kind_of(u64(s, TOKEN_HASH)[surname]) & ENDING:
        surname -= 1
    if end - begin > 1:
        for token in range(count):
            i64(s, TOKEN_KEEP)[token] = 1 if begin <= token < end else 0
        if not _is_letter(data, s, given):
            forms = sorted_form(data, s, count, WHOLE, owner, forms)
        forms = _short_form(data, s, given, surname, INITIAL, owner, forms)
    forms = _short_form(data, s, -1, surname, SURNAME, owner, forms)
    if not guess or end - begin < 2 or forms >= _LAST_FORM:
        return forms
    if comma > begin:  # "Somrin, Norpool": two surnames
        return _short_form(data, s, -1, end - 1, SURNAME + GUESSED, owner, forms) if end - begin == 2 else forms
    if given == begin and not _is_letter(data, s, begin):  # "SOMRIN ASAN TOVIK": the surname first
        forms = _short_form(data, s, begin + 1, begin, INITIAL + GUESSED, owner, forms)
    return forms


@njit(cache=True, nogil=True)
def _surname_of(data, s, begin, end):  # type: ignore[no-untyped-def]
    """Return the tokens of surname and first name where no comma tells: the last and the first, unless initials end."""
    last = end - 1
    while last > begin and _is_letter(data, s, last):
        last -= 1
    if last < end - 1 and not _is_letter(data, s, begin):
        return last, last + 1
    return end - 1, begin


@njit(cache=True, nogil=True)
def _is_letter(data, s, token):  # type: ignore[no-untyped-def]
    """Say whether a token is one letter: an initial. A letter of China or Japan is a name."""
    first, last = i64(s, TOKEN_FIRST)[token], i64(s, TOKEN_LAST)[token]
    return last - first == 1 or (last - first == 2 and data[first] >= 0xC0)


@njit(cache=True, nogil=True)
def _short_form(data, s, given, surname, kind, owner, forms):  # type: ignore[no-untyped-def]
    """Append byte 1, first letter, blank, surname; or byte 2 and the surname alone where `given` is below 0."""
    used = i64(s, NAME_STARTS)[forms]
    if used + i64(s, TOKEN_LAST)[surname] - i64(s, TOKEN_FIRST)[surname] + 8 >= 16 * LONGEST_TEXT:
        return forms
    u8(s, NAME_DATA)[used] = 1 if given >= 0 else 2
    used += 1
    if given >= 0:
        at = i64(s, TOKEN_FIRST)[given]
        u8(s, NAME_DATA)[used] = data[at]
        used += 1
        at += 1
        while at < i64(s, TOKEN_LAST)[given] and data[at] & 0xC0 == 0x80:
            u8(s, NAME_DATA)[used] = data[at]
            used += 1
            at += 1
        u8(s, NAME_DATA)[used] = BLANK
        used += 1
    for at in range(i64(s, TOKEN_FIRST)[surname], i64(s, TOKEN_LAST)[surname]):
        u8(s, NAME_DATA)[used] = data[at]
        used += 1
    i64(s, NAME_KINDS)[forms], i64(s, NAME_OWNERS)[forms] = kind, owner
    i64(s, NAME_STARTS)[forms + 1] = used
    return forms + 1
