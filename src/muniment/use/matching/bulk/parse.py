"""Titles and names taken apart: compiled functions over folded texts (`texts`), for the index and for its questions.

A title gives up to three forms: all of it; its core, without what names a version, a guest or a part and without a
leading article; and its bare core, without any bracket or tail. A name gives its words in alphabetical order, so that
"Somrin, Asan" equals "Asan Somrin"; a writer also the first letter with the surname, and the surname alone.
"""

from typing import Any

import numpy as np
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
    TOKENS,
)
from muniment.use.matching.bulk.texts import BLANK, CLOSE, COMMA, DASH, JOIN, OPEN

FULL, CORE, BARE = 0, 1, 2
WHOLE, PART, INITIAL, SURNAME = 0, 1, 2, 3

_VERSION, _FROM, _ARTICLE, _JOINER, _GUEST, _PART_WORD, _NOISE, _THE = 1, 2, 4, 8, 16, 32, 64, 128
_WORDS = {
    _VERSION: "remaster remastered remasters remasterizado remasterise remix remixed mix edit version versione live "
    "acoustic unplugged instrumental karaoke demo mono stereo bonus official video lyric lyrics audio visualizer "
    "extended single session sessions rehearsal outtake reprise radio deluxe explicit clean cover soundtrack vivo "
    "akustik feat ft featuring take album hd hq 4k clip mv performance version version",
    _FROM: "from with pt pts part parts feat ft featuring",
    _ARTICLE: "the a an la le el los las les der die das il lo gli",
    _JOINER: "and und et with vs versus x feat ft featuring avec con mit presents introducing y e og och",
    _GUEST: "feat ft featuring",
    _PART_WORD: "pt pts part parts",
    _NOISE: "topic official vevo friends",
    _THE: "the",
}
_FNV, _PRIME = 0xCBF29CE484222325, 0x100000001B3
_U64 = (1 << 64) - 1


def hash_of(text: bytes) -> int:
    """Return the hash of some bytes, as `hash_bytes` computes it."""
    value = _FNV
    for byte in text:
        value = ((value ^ byte) * _PRIME) & _U64
    value ^= value >> 33
    value = (value * 0xFF51AFD7ED558CCD) & _U64
    value ^= value >> 33
    value = (value * 0xC4CEB9FE1A85EC53) & _U64
    return value ^ (value >> 33)


def _word_table() -> tuple[Any, Any]:
    hashes, kinds = np.zeros(512, dtype=np.uint64), np.zeros(512, dtype=np.int64)
    for kind, words in _WORDS.items():
        for word in words.split():
            value = hash_of(word.encode())
            slot = value & 511
            while hashes[slot] not in (0, value):
                slot = (slot + 1) & 511
            hashes[slot], kinds[slot] = value, kinds[slot] | kind
    return hashes, kinds


_WORD_HASHES, _WORD_KINDS = _word_table()


@njit(cache=True, nogil=True)
def mix(value):  # type: ignore[no-untyped-def]
    """Return the bits of a hash well stirred."""
    value ^= value >> np.uint64(33)
    value *= np.uint64(0xFF51AFD7ED558CCD)
    value ^= value >> np.uint64(33)
    value *= np.uint64(0xC4CEB9FE1A85EC53)
    return value ^ (value >> np.uint64(33))


@njit(cache=True, nogil=True)
def hash_bytes(data, first, last):  # type: ignore[no-untyped-def]
    """Return the hash of some bytes."""
    value = np.uint64(_FNV)
    for at in range(first, last):
        value = (value ^ np.uint64(data[at])) * np.uint64(_PRIME)
    return mix(value)


@njit(cache=True, nogil=True)
def kind_of(value):  # type: ignore[no-untyped-def]
    """Return what is known of the word with this hash, as bits."""
    slot = np.int64(value & np.uint64(511))
    while _WORD_HASHES[slot] != 0:
        if _WORD_HASHES[slot] == value:
            return _WORD_KINDS[slot]
        slot = (slot + 1) & 511
    return 0


@njit(cache=True, nogil=True)
def tokens_of(data, first, last, s):  # type: ignore[no-untyped-def]
    """Fill the tokens of `s` from a folded text; return how many there are."""
    count, at = 0, first
    group, groups, tail, mark = 0, 0, 0, BLANK
    while at < last and count < TOKENS:
        byte = data[at]
        if byte > BLANK:
            begin = at
            while at < last and data[at] > BLANK:
                at += 1
            i64(s, TOKEN_FIRST)[count], i64(s, TOKEN_LAST)[count] = begin, at
            u64(s, TOKEN_HASH)[count] = hash_bytes(data, begin, at)
            (
                i64(s, TOKEN_GROUP)[count],
                i64(s, TOKEN_TAIL)[count],
                i64(s, TOKEN_MARK)[count],
                i64(s, TOKEN_KEEP)[count],
            ) = group, tail, mark, 1
            count, mark = count + 1, BLANK
            continue
        if byte == OPEN:
            groups += 1
            group = groups
        elif byte == CLOSE:
            group = 0
        elif byte == DASH and group == 0 and count > 0:
            tail += 1
        if byte != BLANK:
            mark = byte
        at += 1
    return count


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
    _drop_brackets(s, count)
    tails = i64(s, TOKEN_TAIL)
    tail = tails[count - 1] if count else 0
    while tail > 0 and _is_version_tail(s, count, tail):
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
    if kept > 1 and kind_of(u64(s, TOKEN_HASH)[first]) & _ARTICLE:
        i64(s, TOKEN_KEEP)[first] = 0
        kept -= 1
    return 0 < kept < count


@njit(cache=True, nogil=True)
def _drop_brackets(s, count):  # type: ignore[no-untyped-def]
    """Unmark the brackets that name a version, or begin with "from", "with", "part"."""
    groups = i64(s, TOKEN_GROUP)
    for token in range(count):
        kind, group = kind_of(u64(s, TOKEN_HASH)[token]), groups[token]
        opens = token == 0 or groups[token - 1] != group
        if group and (kind & _VERSION or (opens and kind & _FROM)):
            for other in range(count):
                if groups[other] == group:
                    i64(s, TOKEN_KEEP)[other] = 0


@njit(cache=True, nogil=True)
def _drop_guests(s, count):  # type: ignore[no-untyped-def]
    """Unmark everything from a "feat." outside of brackets on."""
    for token in range(1, count):
        if i64(s, TOKEN_GROUP)[token] == 0 and kind_of(u64(s, TOKEN_HASH)[token]) & _GUEST:
            for other in range(token, count):
                i64(s, TOKEN_KEEP)[other] = 0
            return


@njit(cache=True, nogil=True)
def _is_version_tail(s, count, tail):  # type: ignore[no-untyped-def]
    opens = True
    for token in range(count):
        if i64(s, TOKEN_TAIL)[token] == tail and i64(s, TOKEN_KEEP)[token]:
            kind = kind_of(u64(s, TOKEN_HASH)[token])
            if kind & _VERSION or (opens and kind & _FROM):
                return True
            opens = False
    return opens


@njit(cache=True, nogil=True)
def _drop_part(data, s, count):  # type: ignore[no-untyped-def]
    """Unmark a last "part 2", "pt. ii"."""
    last = count - 1
    while last >= 0 and not i64(s, TOKEN_KEEP)[last]:
        last -= 1
    if last < 2 or not i64(s, TOKEN_KEEP)[last - 1] or not kind_of(u64(s, TOKEN_HASH)[last - 1]) & _PART_WORD:
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
def _sorted_form(data, s, count, kind, owner, forms):  # type: ignore[no-untyped-def]
    """Append the kept tokens in alphabetical order, "the" left out where something else remains."""
    kept, the = _in_order(data, s, count)
    firsts, lasts, out = i64(s, TOKEN_FIRST), i64(s, TOKEN_LAST), u8(s, NAME_DATA)
    used = i64(s, NAME_STARTS)[forms]
    begin = used
    for place in range(kept):
        token = i64(s, TOKEN_ORDER)[place]
        if the < kept and kind_of(u64(s, TOKEN_HASH)[token]) & _THE:
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
            the += 1 if kind_of(u64(s, TOKEN_HASH)[token]) & _THE else 0
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
    forms = _sorted_form(data, s, count, WHOLE, 0, 0)
    if not several:
        return forms
    owner, begin = 0, 0
    for token in range(1, count + 1):
        joins = token < count and _joins(s, token, count)
        if token == count or joins or i64(s, TOKEN_MARK)[token] in (JOIN, COMMA, OPEN, DASH):
            if owner + 1 < NAMES:
                for other in range(count):
                    i64(s, TOKEN_KEEP)[other] = 1 if begin <= other < token and not _is_noise(s, other, count) else 0
                owner += 1
                forms = _sorted_form(data, s, count, PART, owner, forms)
            begin = token + 1 if joins else token
    return forms


@njit(cache=True, nogil=True)
def _several(s, count):  # type: ignore[no-untyped-def]
    """Say whether a text names several: one comma alone may invert one name."""
    commas, joints = 0, 0
    for token in range(1, count):
        mark = i64(s, TOKEN_MARK)[token]
        if mark == COMMA:
            commas += 1
        elif mark in (JOIN, OPEN, DASH) or _joins(s, token, count):
            joints += 1
    return joints > 0 or commas > 1


@njit(cache=True, nogil=True)
def _joins(s, token, count):  # type: ignore[no-untyped-def]
    """Say whether a word joins names, as "and" and "feat" do."""
    return token + 1 < count and kind_of(u64(s, TOKEN_HASH)[token]) & _JOINER != 0


@njit(cache=True, nogil=True)
def _is_noise(s, token, count):  # type: ignore[no-untyped-def]
    """Say whether a word belongs to a channel, not to a name: "- Topic", "(Official)", "and friends"."""
    if token == 0 or not kind_of(u64(s, TOKEN_HASH)[token]) & _NOISE:
        return False
    mark = i64(s, TOKEN_MARK)[token]
    return (
        mark in (DASH, OPEN)
        or kind_of(u64(s, TOKEN_HASH)[token - 1]) & _JOINER != 0
        or (token == count - 1 and mark != BLANK)
    )


@njit(cache=True, nogil=True)
def writer_forms(data, first, last, s):  # type: ignore[no-untyped-def]
    """Write the forms of every writer in a text into `s` (whole, initial and surname, surname); return how many.

    Lists are parted by ; / & | or "and". A comma parts names only where nothing else does and every piece looks like
    a whole name ("A. Somrin, T. Norpool"), or there are more than two; otherwise it inverts one ("Somrin, Asan").
    """
    count = tokens_of(data, first, last, s)
    i64(s, NAME_STARTS)[0] = 0
    joints, commas, short = 0, 0, False
    since = 0
    for token in range(count):
        kind = kind_of(u64(s, TOKEN_HASH)[token])
        if token and i64(s, TOKEN_MARK)[token] == COMMA:
            commas += 1
            short = short or since < 2
            since = 0
        if token and (
            i64(s, TOKEN_MARK)[token] == JOIN
            or (kind & _JOINER and i64(s, TOKEN_LAST)[token] - i64(s, TOKEN_FIRST)[token] > 1)
        ):
            joints += 1
        since += 1
    short = short or since < 2
    listed = joints == 0 and commas > 0 and (commas > 1 or not short)
    forms, owner, begin = 0, 0, 0
    for token in range(1, count + 1):
        joiner = (
            token < count
            and kind_of(u64(s, TOKEN_HASH)[token]) & _JOINER
            and i64(s, TOKEN_LAST)[token] - i64(s, TOKEN_FIRST)[token] > 1
        )
        ends = (
            token == count
            or joiner
            or i64(s, TOKEN_MARK)[token] == JOIN
            or (listed and i64(s, TOKEN_MARK)[token] == COMMA)
        )
        if ends:
            if owner < NAMES and token > begin:
                forms = _one_writer(data, s, count, begin, token, owner, forms)
                owner += 1
            begin = token + 1 if joiner else token
    return forms


@njit(cache=True, nogil=True)
def _one_writer(data, s, count, begin, end, owner, forms):  # type: ignore[no-untyped-def]
    """Append the forms of the writer who stands in tokens `begin` to `end`."""
    comma = begin
    for token in range(begin + 1, end):
        if i64(s, TOKEN_MARK)[token] == COMMA:
            comma = token
            break
    surname, given = (comma - 1, comma) if comma > begin else (end - 1, begin)
    if end - begin > 1:
        for token in range(count):
            i64(s, TOKEN_KEEP)[token] = 1 if begin <= token < end else 0
        if i64(s, TOKEN_LAST)[given] - i64(s, TOKEN_FIRST)[given] > 1:
            forms = _sorted_form(data, s, count, WHOLE, owner, forms)
        forms = _short_form(data, s, given, surname, owner, forms)
    return _short_form(data, s, -1, surname, owner, forms)


@njit(cache=True, nogil=True)
def _short_form(data, s, given, surname, owner, forms):  # type: ignore[no-untyped-def]
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
    i64(s, NAME_KINDS)[forms], i64(s, NAME_OWNERS)[forms] = (INITIAL if given >= 0 else SURNAME), owner
    i64(s, NAME_STARTS)[forms + 1] = used
    return forms + 1
