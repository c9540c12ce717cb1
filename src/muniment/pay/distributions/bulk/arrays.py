"""Arrow columns as numpy arrays of the one width that the compiled functions take."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Int64s = npt.NDArray[np.int64]
Int32s = npt.NDArray[np.int32]

Int = int | np.int64
"""A whole number of 64 bits inside compiled functions, which know no other."""


def int64s(column: pa.ChunkedArray | pa.Array) -> Int64s:
    """Return a column of whole numbers without nulls; not a copy where it is one piece of 64 bits already."""
    return _numpy(column).astype(np.int64, copy=False)


def int32s(column: pa.ChunkedArray | pa.Array) -> Int32s:
    """Return a column of whole numbers of at most 32 bits without nulls."""
    return _numpy(column).astype(np.int32, copy=False)


def _numpy(column: pa.ChunkedArray | pa.Array) -> npt.NDArray[np.int64]:
    values: npt.NDArray[np.int64]
    values = column.to_numpy(zero_copy_only=False) if isinstance(column, pa.Array) else column.to_numpy()
    return values
