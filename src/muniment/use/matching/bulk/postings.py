"""From strings to the rows that carry them: exact lookup, strings compared as strings."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Postings:
    """A vocabulary of distinct strings, and for each the ascending distinct owners that carry it.

    A word's id is its position in `words`, and what `id_of` says.
    """

    words: list[str]
    id_of: dict[str, int]
    starts: Ints
    owners: Ints

    def ids_of(self, words: Sequence[str]) -> Ints:
        """Return the vocabulary id of each word, -1 where it is not in the vocabulary."""
        find = self.id_of.get
        return np.fromiter((find(word, -1) for word in words), dtype=np.int64, count=len(words))

    def counts(self, ids: Ints) -> Ints:
        """Return how many owners each vocabulary id has."""
        return self.starts[ids + 1] - self.starts[ids]

    def expand(self, ids: Ints) -> tuple[Ints, Ints]:
        """Return every (position in `ids`, owner); an id of -1 has none."""
        known = np.flatnonzero(ids >= 0)
        at, values = expand(self.starts, self.owners, ids[known])
        return known[at], values


def expand(starts: Ints, values: Ints, ids: Ints) -> tuple[Ints, Ints]:
    """Return every (position in `ids`, value) of the ragged rows `values[starts[id]:starts[id + 1]]`."""
    counts = starts[ids + 1] - starts[ids]
    at = np.repeat(np.arange(len(ids), dtype=np.int64), counts)
    begin = np.cumsum(counts) - counts
    inside = np.arange(int(counts.sum()), dtype=np.int64) - np.repeat(begin, counts)
    return at, values[np.repeat(starts[ids], counts) + inside]


def ragged(rows: Ints, values: Ints, row_count: int) -> tuple[Ints, Ints]:
    """Return (starts, values) of the distinct pairs, grouped by row and ascending inside a row."""
    order = np.lexsort((values, rows))
    rows, values = rows[order], values[order]
    if len(rows):
        fresh = np.concatenate(([True], (rows[1:] != rows[:-1]) | (values[1:] != values[:-1])))
        rows, values = rows[fresh], values[fresh]
    starts = np.zeros(row_count + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=row_count), out=starts[1:])
    return starts, values


def build_postings(words: pa.Array, owners: Ints) -> Postings:
    """Return the postings of the pairs (word, owner), the vocabulary in order of first appearance."""
    encoded = words.dictionary_encode()
    vocabulary = encoded.dictionary.to_pylist()
    rows = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    starts, values = ragged(rows, owners, len(vocabulary))
    return Postings(vocabulary, {word: number for number, word in enumerate(vocabulary)}, starts, values)
