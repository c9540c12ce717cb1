"""Arrow columns as numpy arrays of the one width that the compiled functions take."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Int64s = npt.NDArray[np.int64]
Int32s = npt.NDArray[np.int32]

Int = int | np.int64
"""A whole number of 64 bits inside compiled functions, which know no other."""


def int64s(column: pa.ChunkedArray | pa.Array) -> Int64s:
    """Return a column of whole numbers without nulls, to be read only; no copy of one piece of 64 bits."""
    values: Int64s = _locked(_numpy(column).astype(np.int64, copy=False))
    return values


def int32s(column: pa.ChunkedArray | pa.Array) -> Int32s:
    """Return a column of whole numbers of at most 32 bits without nulls, to be read only."""
    values: Int32s = _locked(_numpy(column).astype(np.int32, copy=False))
    return values


def _locked(values: Any) -> Any:
    """Return a view that is always read only: a compiled function is made anew for arrays that can be written."""
    view = values.view()
    view.flags.writeable = False
    return view


def _numpy(column: pa.ChunkedArray | pa.Array) -> Any:
    return column.to_numpy(zero_copy_only=False) if isinstance(column, pa.Array) else column.to_numpy()
