"""Bodies of entries in arrays, and their digests, taken portion by portion ahead of whoever writes them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from muniment.kernel.words.digests import digest_bytes
from muniment.trust.ledger.rules import EntryHead, head_json, quoted, tail_json

Ints = npt.NDArray[np.int64]

_FIRST_PORTION = 100_000
_LARGEST_PORTION = 800_000
_GROWTH = 3
"""How many transfers are digested at once: few at first, because the database waits for them; then more, because each
portion costs it a look at the accounts. It takes four times as long for a transfer as its digest does."""


@dataclass(frozen=True, slots=True)
class Bodies:
    """Checked transfers of entries in arrays: codes by place, amounts, and where each entry begins and ends."""

    codes: tuple[str, ...]
    debit: Ints
    credit: Ints
    amount: Ints
    starts: Ints
    ends: Ints
    totals: tuple[int, ...]

    def only(self, places: Sequence[int]) -> "Bodies":
        """Return the bodies at these places, which rise; the codes are those of all."""
        if len(places) == len(self.starts):
            return self
        ranges = [np.arange(self.starts[place], self.ends[place]) for place in places]
        rows = np.concatenate([np.zeros(0, np.int64), *ranges])
        ends = np.cumsum([len(found) for found in ranges], dtype=np.int64)
        starts = ends - (self.ends - self.starts)[list(places)]
        totals = tuple(self.totals[place] for place in places)
        return Bodies(self.codes, self.debit[rows], self.credit[rows], self.amount[rows], starts, ends, totals)


def portions(ends: Ints) -> list[slice]:
    """Return the places of entries in portions, given where each entry ends; no entry is divided."""
    if not len(ends):
        return []
    cuts, size, at = [0], _FIRST_PORTION, _FIRST_PORTION
    while at < ends[-1]:
        cuts.append(int(np.searchsorted(ends, at)) + 1)
        size = min(size * _GROWTH, _LARGEST_PORTION)
        at += size
    return [slice(*pair) for pair in pairwise(np.unique([*cuts, len(ends)]).tolist())]


@contextmanager
def digesting(
    heads: Sequence[EntryHead], bodies: Bodies, parts: Sequence[slice]
) -> Iterator[Iterable[tuple[str, ...]]]:
    """Give the digests of each portion in turn, made in a thread ahead of whoever takes them; of a single one, here."""
    digest = _digester(heads, bodies)
    if len(parts) < 2:
        yield map(digest, parts)
        return
    pool = ThreadPoolExecutor(max_workers=1)
    try:
        yield pool.map(digest, parts)
    finally:
        pool.shutdown(cancel_futures=True)


def digests_of(heads: Sequence[EntryHead], bodies: Bodies) -> tuple[str, ...]:
    """Return the digest of each body."""
    with digesting(heads, bodies, portions(bodies.ends)) as digests:
        return tuple(digest for part in digests for digest in part)


def _digester(heads: Sequence[EntryHead], bodies: Bodies) -> Callable[[slice], tuple[str, ...]]:
    """Return what digests the bodies at some places: the canonical JSON of each is a stretch of a column of text."""
    wide = pa.large_string()
    spelled = pa.array([quoted(code) for code in bodies.codes], wide)
    opening, comma, closing, nothing = (pa.scalar(text, wide) for text in (",[", ",", "]", ""))

    def digest(places: slice) -> tuple[str, ...]:
        first = int(bodies.starts[places.start])
        rows = slice(first, int(bodies.ends[places.stop - 1]))
        sides = (spelled.take(pa.array(side[rows])) for side in (bodies.debit, bodies.credit))
        amounts = pa.array(bodies.amount[rows]).cast(wide)
        texts = pc.binary_join_element_wise(opening, next(sides), comma, next(sides), comma, amounts, closing, nothing)
        _, offsets, data = texts.buffers()
        bounds = np.frombuffer(offsets, np.int64, len(texts) + 1, texts.offset * 8)
        content = memoryview(data)
        begins, stops = (bounds[side[places] - first].tolist() for side in (bodies.starts, bodies.ends))
        return tuple(
            digest_bytes(b"".join((head_json(head), b"[", content[begin + 1 : stop], b"]", tail_json(head))))
            for head, begin, stop in zip(heads[places], begins, stops, strict=True)
        )

    return digest
