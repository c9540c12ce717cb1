"""Numbers and texts between NumPy and Arrow, without a copy where there need be none.

`pa.array` of a NumPy array first loads all that NumPy knows of masked arrays, a tenth of a second in each
process; arrays over the same memory need nothing of it.
"""

from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Longs = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Ranges = list[tuple[int, int]]
"""Rows as ranges: from which row, up to before which."""
_ROWS_A_RUN = 16


@lru_cache(maxsize=512)
def scalar(text: str) -> pa.StringScalar:
    """Return a text as Arrow holds it: made once, since each making of one looks for a package that may be missing."""
    return pa.scalar(text, pa.string())


def blanks(count: int) -> pa.StringArray:
    """Return a column without a letter."""
    return pa.repeat(scalar(""), count)


def longs(numbers: Longs, there: Flags | None = None) -> pa.Int64Array:
    """Return numbers as Arrow holds them, null where they are not `there`."""
    known = None if there is None else pa.py_buffer(np.packbits(there, bitorder="little"))
    return pa.Array.from_buffers(pa.int64(), len(numbers), [known, pa.py_buffer(np.ascontiguousarray(numbers))])


def flags(chosen: Flags) -> pa.BooleanArray:
    """Return yes and no as Arrow holds them."""
    return pa.Array.from_buffers(pa.bool_(), len(chosen), [None, pa.py_buffer(np.packbits(chosen, bitorder="little"))])


def where(condition: pa.BooleanArray) -> Flags:
    """Return the yes and no of Arrow as NumPy has them."""
    chosen: Flags = condition.to_numpy(zero_copy_only=False)
    return chosen


def text_bounds(texts: pa.StringArray) -> npt.NDArray[np.int32]:
    """Return where each text begins in the column's letters, and where the last one ends."""
    if not len(texts):
        return np.zeros(1, dtype=np.int32)
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int32)
    bounds: npt.NDArray[np.int32] = offsets[texts.offset : texts.offset + len(texts) + 1]
    return bounds


def text_lengths(texts: pa.StringArray) -> npt.NDArray[np.int32]:
    """Return how many bytes each text has."""
    return np.diff(text_bounds(texts))


def is_blank(texts: pa.StringArray) -> bool:
    """Return whether no text of a column has a letter."""
    bounds = text_bounds(texts)
    return bool(bounds[0] == bounds[-1])


def runs(rows: Longs) -> Ranges | None:
    """Return rows as ranges (from, behind) where they are long ones, None where they are not."""
    breaks = np.flatnonzero(np.diff(rows) != 1) + 1
    if len(rows) == 0 or len(breaks) * _ROWS_A_RUN > len(rows):
        return None
    ends = [0, *breaks.tolist(), len(rows)]
    return [(int(rows[begin]), int(rows[end - 1]) + 1) for begin, end in pairwise(ends)]


def gather(values: pa.Array, rows: Longs, ranges: Ranges | None) -> pa.Array:
    """Return the values of these rows; `ranges` are those of `runs`, and one range is not copied at all."""
    if ranges is None:
        return values.take(longs(rows))
    parts = [values.slice(begin, end - begin) for begin, end in ranges]
    return parts[0] if len(parts) == 1 else pa.concat_arrays(parts)


def gather_rows(table: pa.Table, rows: Longs) -> pa.Table:
    """Return these rows of a table; long ranges are not copied."""
    ranges = runs(rows)
    if ranges is None:
        return table.take(longs(rows))
    return pa.concat_tables([table.slice(begin, end - begin) for begin, end in ranges])


def letters_of(texts: pa.StringArray) -> pa.Buffer:
    """Return the letters of a column, one text behind the other."""
    bounds = text_bounds(texts)
    return texts.buffers()[2].slice(int(bounds[0]), int(bounds[-1] - bounds[0]))
