"""The words of all titles: how rare each is, its letters, and the skeletons under which other scripts find it."""

from typing import Any

import numpy as np
from numba import njit

from muniment.kernel.words.readings.skeleton import (
    SOUNDS,
    SOUNDS_OF_THE_CONTINENT,
    SOUNDS_WITHOUT_FINAL_LIQUIDS,
    skeleton_into,
)
from muniment.use.matching.bulk.bundle import i64, u64
from muniment.use.matching.bulk.lookup import more
from muniment.use.matching.bulk.parts import take_ranges
from muniment.use.matching.bulk.room import LETTERS, TOKEN_FIRST, TOKEN_HASH, TOKEN_LAST, WAYS
from muniment.use.matching.bulk.texts import Pool
from muniment.use.matching.bulk.words import hash_bytes, mix, tokens_of

WRITTEN, READ = 1, 2
"""Where a word stands: in titles as they are written, in spellings of titles in other scripts; as bits."""
_WORLD = 200_000
_SOUNDS = np.stack([SOUNDS, SOUNDS_WITHOUT_FINAL_LIQUIDS, SOUNDS_OF_THE_CONTINENT])
write_skeleton: Any = njit(cache=True, nogil=True)(skeleton_into)


@njit(cache=True, nogil=True)
def skeleton_by(way, source, first, last, target):  # type: ignore[no-untyped-def]
    """Write the skeleton of some letters by one of the tables of sounds; return its length, at most twice theirs."""
    return write_skeleton(source, first, last, _SOUNDS[way], target)


@njit(cache=True, nogil=True)
def skeleton_key(skeleton, length, where):  # type: ignore[no-untyped-def]
    """Return the key of a skeleton, of words that are WRITTEN or of those that are READ."""
    return mix(hash_bytes(skeleton, 0, length) ^ np.uint64(300 + where))


@njit(cache=True, nogil=True)
def words_of(data, starts, chosen, s):  # type: ignore[no-untyped-def]
    """Return (hash, first byte, length) of every word of the chosen texts, once a text it stands in."""
    hashes, firsts = np.empty(4 * len(starts) + 64, np.uint64), np.empty(4 * len(starts) + 64, np.uint32)
    lengths, used = np.empty(4 * len(starts) + 64, np.uint16), 0
    for number in range(len(starts) - 1):
        if not chosen[number]:
            continue
        count = tokens_of(data, starts[number], starts[number + 1], s)
        if used + count >= len(hashes):
            hashes, firsts, lengths = more(hashes), more(firsts), more(lengths)
        for token in range(count):
            first = i64(s, TOKEN_FIRST)[token]
            hashes[used], firsts[used] = u64(s, TOKEN_HASH)[token], first
            lengths[used] = i64(s, TOKEN_LAST)[token] - first
            used += 1
    return hashes[:used], firsts[:used], lengths[:used]


@njit(cache=True, nogil=True)
def skeleton_keys(data, starts, where):  # type: ignore[no-untyped-def]
    """Return (hash, word): the keys of the words' skeletons; a word without letters has none."""
    hashes, targets, used = np.empty(1024, np.uint64), np.empty(1024, np.uint32), 0
    target, made = np.empty(2 * LETTERS, np.uint8), np.empty(WAYS, np.uint64)
    for word in range(len(starts) - 1):
        if starts[word + 1] - starts[word] > LETTERS or data[starts[word]] >= 0x80:
            continue
        if used + 2 * WAYS >= len(hashes):
            hashes, targets = more(hashes), more(targets)
        for bit in (WRITTEN, READ):
            for way in range(WAYS if where[word] & bit else 0):
                length = skeleton_by(way, data, starts[word], starts[word + 1], target)
                made[way] = skeleton_key(target, length, bit)
                again = length == 0
                for before in range(way):
                    again = again or made[before] == made[way]
                if not again:
                    hashes[used], targets[used] = made[way], word
                    used += 1
    return hashes[:used], targets[:used]


class Words:
    """Counts words over all titles and tells how rare each is; keeps the letters of each once."""

    def __init__(self) -> None:
        """Begin with no word."""
        self._hashes, self._counts = np.zeros(0, np.uint64), np.zeros(0, np.int64)
        self._firsts, self._lengths, self._where = np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.uint8)
        self._pieces: list[Any] = []
        self._used = 0

    def add(self, texts: Pool, spelt: Any, room: Any) -> None:
        """Count the words of some titles; `spelt` says which are spellings of titles in other scripts."""
        for where, chosen in ((WRITTEN, ~spelt), (READ, spelt)):
            if chosen.any():
                self._add(texts, where, *words_of(texts.data, texts.starts, chosen, room))

    def _add(self, texts: Pool, where: int, hashes: Any, firsts: Any, lengths: Any) -> None:
        fresh, rows, counts = np.unique(hashes, return_index=True, return_counts=True)
        both = np.concatenate([self._hashes, fresh])
        merged, source, places = np.unique(both, return_index=True, return_inverse=True)
        known = len(self._hashes)
        new = source[source >= known] - known  # of words met before, the first of both stands in the known half
        letters = take_ranges(texts.data, firsts.astype(np.int64), lengths.astype(np.int64), rows[new])
        new_lengths = lengths[rows].astype(np.int64)
        new_firsts = np.zeros(len(fresh), np.int64)
        new_firsts[new] = self._used + np.concatenate(([0], np.cumsum(new_lengths[new])[:-1]))
        self._pieces.append(letters)
        self._used += len(letters)
        self._firsts = np.concatenate([self._firsts, new_firsts])[source]
        self._lengths = np.concatenate([self._lengths, new_lengths])[source]
        both_counts, both_where = np.concatenate([self._counts, counts]), np.zeros(len(merged), np.uint8)
        self._counts = np.bincount(places, weights=both_counts, minlength=len(merged)).astype(np.int64)
        both_where[places[:known]] = self._where
        both_where[places[known:]] |= np.uint8(where)
        self._hashes, self._where = merged, both_where

    def table(self, titles: int) -> tuple[Any, Any]:
        """Return (hashes ascending, bits): log2 of all titles over those with the word, between 1 and 31.

        A small repertoire is a sample of the world's titles: what is common there is not known from it.
        """
        rarity = np.log2(max(titles, _WORLD)) - np.log2(np.maximum(self._counts, 1)) + 1
        return self._hashes, np.clip(np.round(rarity), 1, 31).astype(np.uint32)

    def texts(self) -> tuple[Pool, Any]:
        """Return the letters of the words in the order of their hashes, and where each stands, as bits."""
        whole = np.concatenate([np.zeros(0, np.uint8), *self._pieces])
        data = take_ranges(whole, self._firsts, self._lengths, np.arange(len(self._hashes)))
        return Pool(data, np.concatenate(([0], np.cumsum(self._lengths)))), self._where

    def by_skeleton(self) -> tuple[Any, Any]:
        """Return (hashes ascending, words) of the keys of skeletons; under one key the commonest words come first."""
        texts, where = self.texts()
        hashes, words = skeleton_keys(texts.data, texts.starts, where)
        order = np.lexsort((words, -self._counts[words], hashes))
        return hashes[order], words[order]
