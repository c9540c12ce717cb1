"""Similar strings by shared trigrams: the rarest few of a query meet the postings of the vocabulary.

A trigram is three code points packed in one integer, so no two trigrams are confused; a blank at either end marks the
edge of the string, which lets Han titles of two characters be found as well.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.process import cpdist

from muniment.use.matching.bulk.postings import Ints, expand, ragged

Texts = np.ndarray[tuple[int], np.dtype[np.object_]]

_SHIFT = 21
"""Bits of one code point (U+10FFFF needs 21), so three fit an int64."""
_RAREST = 10
"""Trigrams of a query that are looked up; one slip spoils three."""
_ROWS_AT_ONCE = 4_000_000
_ROWS_OF_QUERY = 4_000
"""Postings read for one query; its three rarest trigrams are read however long theirs are."""


@dataclass(frozen=True, slots=True)
class GramIndex:
    """The trigrams of a vocabulary, ascending, and the vocabulary ids that contain each."""

    grams: Ints
    starts: Ints
    owners: Ints
    words: Texts

    def similar(self, queries: list[str], keep: int, at_least: float) -> tuple[Ints, Ints, Ints]:
        """Return (position in `queries`, vocabulary id, similarity in ppm) of the `keep` best candidates of each.

        The similarity is rapidfuzz's ratio (twice the common letters in order, by both lengths), cut at `at_least`
        percent. Rows come by position, then vocabulary id.
        """
        texts = np.array(queries, dtype=object)
        found = [self._scored(texts, *part, at_least) for part in self._candidates(queries, keep)]
        if not found:
            nothing = np.zeros(0, dtype=np.int64)
            return nothing, nothing, nothing
        at, ids, ppm = (np.concatenate(column) for column in zip(*found, strict=True))
        order = np.lexsort((ids, at))
        return at[order], ids[order], ppm[order]

    def _scored(self, texts: Texts, at: Ints, ids: Ints, at_least: float) -> tuple[Ints, Ints, Ints]:
        ppm = similarity_ppm(texts[at], self.words[ids], at_least)
        kept = ppm > 0
        return at[kept], ids[kept], ppm[kept]

    def _candidates(self, queries: list[str], keep: int) -> Iterator[tuple[Ints, Ints]]:
        """Yield (position, vocabulary id) of strings that share many of the rarest trigrams, some queries at a time."""
        at, rows = self._rarest(queries)
        counts = self.starts[rows + 1] - self.starts[rows]
        piece = np.cumsum(counts) // _ROWS_AT_ONCE
        first_of_query = np.searchsorted(at, at)
        piece = piece[first_of_query] if len(piece) else piece
        for number in np.unique(piece):
            part = piece == number
            yield self._most_shared(at[part], rows[part], keep)

    def _rarest(self, queries: list[str]) -> tuple[Ints, Ints]:
        grams, at = grams_of(queries)
        rows = np.searchsorted(self.grams, grams)
        rows[rows == len(self.grams)] = 0
        known = (self.grams[rows] == grams) if len(self.grams) else np.zeros(len(grams), dtype=bool)
        at, rows = at[known], rows[known]
        size = self.starts[rows + 1] - self.starts[rows]
        order = np.lexsort((rows, size, at))
        at, rows, size = at[order], rows[order], size[order]
        first = np.searchsorted(at, at)
        rank = np.arange(len(at)) - first
        read = np.cumsum(size)
        read_of_query = read - (read - size)[first] if len(at) else read
        wanted = (rank < 3) | ((rank < _RAREST) & (read_of_query <= _ROWS_OF_QUERY))
        return at[wanted], rows[wanted]

    def _most_shared(self, at: Ints, rows: Ints, keep: int) -> tuple[Ints, Ints]:
        position, ids = expand(self.starts, self.owners, rows)
        pairs, shared = np.unique((at[position] << 32) | ids, return_counts=True)
        query, ids = pairs >> 32, pairs & 0xFFFFFFFF
        asked = np.bincount(at, minlength=int(at.max()) + 1 if len(at) else 0)
        enough = shared * 10 >= asked[query] * 3
        query, ids, shared = query[enough], ids[enough], shared[enough]
        order = np.lexsort((ids, -shared, query))
        query, ids = query[order], ids[order]
        best = np.arange(len(query)) - np.searchsorted(query, query) < keep
        return query[best], ids[best]


def similarity_ppm(left: Texts, right: Texts, at_least: float = 0) -> Ints:
    """Return the similarity of each pair of strings in ppm, 0 below `at_least` percent."""
    if not len(left):
        return np.zeros(0, dtype=np.int64)
    percent = cpdist(left, right, scorer=fuzz.ratio, score_cutoff=at_least, dtype=np.float32)
    return np.rint(percent.astype(np.float64) * 10_000).astype(np.int64)


def grams_of(texts: list[str]) -> tuple[Ints, Ints]:
    """Return every distinct (trigram, position in `texts`), by position."""
    padded = [f" {text} " for text in texts]
    points = np.frombuffer("".join(padded).encode("utf-32-le"), dtype="<u4").astype(np.int64)
    lengths = np.array([len(text) for text in padded], dtype=np.int64)
    owner = np.repeat(np.arange(len(texts), dtype=np.int64), lengths)
    if len(points) < 3:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    whole = owner[2:] == owner[:-2]
    grams = (points[:-2] << (2 * _SHIFT) | points[1:-1] << _SHIFT | points[2:])[whole]
    owner = owner[:-2][whole]
    starts, distinct = ragged(owner, grams, len(texts))
    return distinct, np.repeat(np.arange(len(texts), dtype=np.int64), np.diff(starts))


def build_grams(texts: list[str]) -> GramIndex:
    """Return the trigram index of a vocabulary; a string's id is its position, an empty string is never found."""
    grams, owners = grams_of(texts)
    vocabulary, rows = np.unique(grams, return_inverse=True)
    starts, values = ragged(rows.astype(np.int64), owners, len(vocabulary))
    return GramIndex(vocabulary, starts, values, np.array(texts, dtype=object))
