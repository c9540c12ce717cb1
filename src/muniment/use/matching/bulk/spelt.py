"""Further Latin spellings of columns of texts: the readings of whatever is written in another script.

Texts in Latin letters have none and cost nothing. A text is cut at the marks that part titles and names, each piece is
read, and the first readings of all pieces give the first spelling, the second ones the second, marks as they were; so
a spelling is taken apart as the text itself is.
"""

import re
from collections.abc import Iterator
from itertools import batched
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from muniment.kernel.words.names import romanise
from muniment.kernel.words.readings import READ_LENGTH, readings
from muniment.use.matching.bulk.texts import MARKS, Bytes, Column, Longs, fold_column

_ROWS_AT_ONCE = 20_000
_MARK = re.compile(f"([{re.escape(''.join(MARKS.values()))}])")


class Spelt(NamedTuple):
    """Spellings one after the other; those of row `n` are the texts from `of_row[n]` on, before `of_row[n + 1]`."""

    data: Bytes
    starts: Longs
    of_row: Longs


def spelt_column(column: pa.Array | pa.ChunkedArray, folded: Column) -> Spelt:
    """Return the further spellings of a column, in Latin letters and folded; `folded` is the column folded."""
    foreign = np.flatnonzero(np.diff(folded.roman.starts))
    counts = np.zeros(len(column), np.int64)
    data, starts = [np.zeros(0, np.uint8)], [np.zeros(1, np.int64)]
    for rows in batched(foreign.tolist(), _ROWS_AT_ONCE):
        found = [spellings(text) for text in column.take(pa.array(rows)).to_pylist()]
        counts[list(rows)] = [len(texts) for texts in found]
        pool = fold_column(pa.array([text for texts in found for text in texts], pa.string())).native
        starts.append(pool.starts[1:] + starts[-1][-1])
        data.append(pool.data)
    return Spelt(np.concatenate(data), np.concatenate(starts), np.concatenate(([0], np.cumsum(counts))))


def spellings(text: str) -> tuple[str, ...]:
    """Return the further Latin spellings of one text, the marks between its pieces untouched."""
    pieces = _MARK.split(text[:READ_LENGTH])
    read = [() if _MARK.fullmatch(piece) else readings(piece) for piece in pieces]
    every = zip(pieces, read, strict=True)
    ways = [list(_ways(piece, found)) for piece, found in every]
    return tuple(
        dict.fromkeys(
            "".join(way[min(place, len(way) - 1)] for way in ways) for place in range(max(map(len, read), default=0))
        )
    )


def _ways(piece: str, found: tuple[str, ...]) -> Iterator[str]:
    """Yield the readings of a piece, or the one spelling it has, between the blanks that it stands between."""
    before, behind = piece[:1].isspace(), piece[-1:].isspace()
    if _MARK.fullmatch(piece):
        yield piece
        return
    for reading in found or (romanise(piece),):
        yield f"{' ' * before}{reading}{' ' * behind}"
