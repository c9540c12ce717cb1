"""The keys under which titles and names are looked for, and the letters that a work's titles have."""

import numpy as np
from numba import njit

from muniment.use.matching.bulk.bundle import i64, u32, u64
from muniment.use.matching.bulk.lookup import TARGETS, WORD_KEYS, find_all, more
from muniment.use.matching.bulk.parse import hash_bytes, mix, tokens_of
from muniment.use.matching.bulk.room import LETTERS, TOKEN_HASH, TOKEN_KEEP, TOKEN_ORDER
from muniment.use.matching.bulk.texts import BLANK

_PREFIX_LETTERS = 12
SKETCHED, LONGEST_SKETCHED = 26, 63
_KEYS_A_TITLE = 16
_FOREIGN_BYTE = 0x80
_SIGNED_TITLES, _SIGNED_FOREIGN = 4, 24


@njit(cache=True, nogil=True)
def letters_of(data, first, last, out, base, most):  # type: ignore[no-untyped-def]
    """Write the bytes of a text but its blanks into `out` from `base` on, at most so many; return how many."""
    used = 0
    for at in range(first, last):
        if data[at] > BLANK and used < most:
            out[base + used] = data[at]
            used += 1
    return used


@njit(cache=True, nogil=True)
def half_key(letters, first, last, length, side):  # type: ignore[no-untyped-def]
    """Return the key of one half of a text of `length` letters; `side` 0 is the first half, 1 the second."""
    return mix(hash_bytes(letters, first, last) ^ np.uint64(2 * length + side + 1000))


@njit(cache=True, nogil=True)
def pair_key(one, other):  # type: ignore[no-untyped-def]
    """Return the key of two words, in any order."""
    return mix((one + other) ^ np.uint64(77))


@njit(cache=True, nogil=True)
def word_key(one):  # type: ignore[no-untyped-def]
    """Return the key of one rare word."""
    return mix(one ^ np.uint64(99))


@njit(cache=True, nogil=True)
def prefix_key(letters, base):  # type: ignore[no-untyped-def]
    """Return the key of the first letters of a long text."""
    return mix(hash_bytes(letters, base, base + _PREFIX_LETTERS) ^ np.uint64(55))


@njit(cache=True, nogil=True)
def word_bits(columns, value):  # type: ignore[no-untyped-def]
    """Return how rare a word is, in bits: 0 for one that no title has."""
    first, last = find_all(columns, WORD_KEYS, value)
    return np.int64(u32(columns, WORD_KEYS + TARGETS)[first]) if first < last else np.int64(0)


@njit(cache=True, nogil=True)
def rarest(words, s, count, most):  # type: ignore[no-untyped-def]
    """Order the first tokens of `s` by rarity, the rarest known words first; return how many of them there are."""
    found = 0
    for token in range(count):
        bits = word_bits(words, u64(s, TOKEN_HASH)[token])
        if bits == 0:
            continue
        place = min(found, most)
        while place > 0 and i64(s, TOKEN_KEEP)[place - 1] < bits:
            if place < most:
                i64(s, TOKEN_KEEP)[place], i64(s, TOKEN_ORDER)[place] = (
                    i64(s, TOKEN_KEEP)[place - 1],
                    i64(s, TOKEN_ORDER)[place - 1],
                )
            place -= 1
        if place < most:
            i64(s, TOKEN_KEEP)[place], i64(s, TOKEN_ORDER)[place] = bits, token
            found = min(found + 1, most)
    return found


@njit(cache=True, nogil=True)
def title_keys(data, starts, words, first_number, s, letters):  # type: ignore[no-untyped-def]
    """Return (hash, title, bits of every title): the keys under which each title is looked for."""
    count = len(starts) - 1
    hashes, targets = np.empty(6 * count + 64, np.uint64), np.empty(6 * count + 64, np.uint32)
    all_bits, used = np.zeros(count, np.uint8), 0
    for number in range(count):
        if used + _KEYS_A_TITLE >= len(hashes):
            hashes, targets = more(hashes), more(targets)
        begin = used
        length = letters_of(data, starts[number], starts[number + 1], letters, 0, LETTERS)
        used = _halves(letters, length, hashes, used)
        if length > _PREFIX_LETTERS:
            hashes[used] = prefix_key(letters, 0)
            used += 1
        tokens = tokens_of(data, starts[number], starts[number + 1], s)
        bits = 0
        for token in range(tokens):
            bits += word_bits(words, u64(s, TOKEN_HASH)[token])
        all_bits[number] = min(bits, 255)
        found = rarest(words, s, tokens, 4)
        for one in range(min(found, 3)):
            hashes[used] = word_key(u64(s, TOKEN_HASH)[i64(s, TOKEN_ORDER)[one]])
            used += 1
        for one in range(found):
            for other in range(one):
                hashes[used] = pair_key(
                    u64(s, TOKEN_HASH)[i64(s, TOKEN_ORDER)[one]], u64(s, TOKEN_HASH)[i64(s, TOKEN_ORDER)[other]]
                )
                used += 1
        targets[begin:used] = first_number + number
    return hashes[:used], targets[:used], all_bits


@njit(cache=True, nogil=True)
def _halves(letters, length, hashes, used):  # type: ignore[no-untyped-def]
    if length >= 4:
        middle = length // 2
        hashes[used] = half_key(letters, 0, middle, length, 0)
        hashes[used + 1] = half_key(letters, middle, length, length, 1)
        return used + 2
    return used


@njit(cache=True, nogil=True)
def half_of(letters, base, length, other, side):  # type: ignore[no-untyped-def]
    """Return the key of a half that a text of `other` letters would share with these."""
    middle = other // 2
    if side == 0:
        return half_key(letters, base, base + min(middle, length), other, 0)
    return half_key(letters, base + max(0, length - (other - middle)), base + length, other, 1)


@njit(cache=True, nogil=True)
def name_keys(data, starts, first_number, letters):  # type: ignore[no-untyped-def]
    """Return (hash, name): the keys under which whole names are looked for."""
    count = len(starts) - 1
    hashes, targets, used = np.empty(2 * count, np.uint64), np.empty(2 * count, np.uint32), 0
    for number in range(count):
        if data[starts[number]] < BLANK:
            continue
        begin = used
        used = _halves(letters, letters_of(data, starts[number], starts[number + 1], letters, 0, LETTERS), hashes, used)
        targets[begin:used] = first_number + number
    return hashes[:used], targets[:used]


@njit(cache=True, nogil=True)
def sketch(letters, base, length):  # type: ignore[no-untyped-def]
    """Return 32 bits that tell which letters a text has, in 26 classes, and above them how many, at most 63."""
    bits = np.int64(min(length, LONGEST_SKETCHED)) << SKETCHED
    for at in range(base, base + length):
        bits |= np.int64(1) << ((np.int64(letters[at]) + 7) % SKETCHED)
    return bits


@njit(cache=True, nogil=True)
def sketches(data, starts, letters):  # type: ignore[no-untyped-def]
    """Return the sketch of every text."""
    out = np.zeros(len(starts) - 1, np.uint32)
    for number in range(len(starts) - 1):
        length = letters_of(data, starts[number], starts[number + 1], letters, 0, LETTERS)
        out[number] = sketch(letters, 0, length)
    return out


@njit(cache=True, nogil=True)
def sign(data, first, last, out, at):  # type: ignore[no-untyped-def]
    """Add to the 128 bits that stand in `out` at `at` those that tell which pairs of letters a text has."""
    before = np.uint64(0)
    for place in range(first, last):
        if data[place] > BLANK:
            letter = np.uint64(data[place])
            if before:
                bit = np.int64(mix(before * np.uint64(257) + letter) >> np.uint64(57))
                out[at + (bit >> 6)] |= np.uint64(1) << np.uint64(bit & 63)
            before = letter


@njit(cache=True, nogil=True)
def sign_once(data, first, last):  # type: ignore[no-untyped-def]
    """Return the 64 bits that tell which pairs of letters a text has."""
    before, bits = np.uint64(0), np.uint64(0)
    for place in range(first, last):
        if data[place] > BLANK:
            letter = np.uint64(data[place])
            if before:
                bits |= np.uint64(1) << (mix(before * np.uint64(257) + letter) >> np.uint64(58))
            before = letter
    return bits


@njit(cache=True, nogil=True)
def signs(data, starts):  # type: ignore[no-untyped-def]
    """Return the 64 bits of each text."""
    out = np.zeros(len(starts) - 1, np.uint64)
    for number in range(len(out)):
        out[number] = sign_once(data, starts[number], starts[number + 1])
    return out


@njit(cache=True, nogil=True)
def signatures(starts, items, title_starts, title_data, is_spelt):  # type: ignore[no-untyped-def]
    """Return the signature of each work, two numbers: of its first few titles and of those in other scripts.

    `is_spelt` says of each title whether it is the spelling of one in another script.
    """
    out = np.zeros(2 * (len(starts) - 1), np.uint64)
    for work in range(len(starts) - 1):
        for at in range(starts[work], min(starts[work + 1], starts[work] + _SIGNED_FOREIGN)):
            title = items[at]
            few = at < starts[work] + _SIGNED_TITLES
            if few or is_spelt[title] or title_data[title_starts[title]] >= _FOREIGN_BYTE:
                sign(title_data, title_starts[title], title_starts[title + 1], out, 2 * work)
    return out
