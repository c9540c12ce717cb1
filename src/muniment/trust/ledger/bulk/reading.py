"""Columns of numbers out of the books: binary COPY on PostgreSQL, rows on SQLite."""

import numpy as np
import numpy.typing as npt
from django.db import connection

_OPENING, _END = 19, 2
"""Bytes before the first row and after the last in PostgreSQL's COPY BINARY (see its manual, COPY, File Formats)."""


def read_numbers(statement: str, after: int, until: int, most: int, width: int) -> npt.NDArray[np.int64]:
    """Return at most `most` rows of `width` whole numbers of 64 bits, none of them null.

    Args:
        statement: a SELECT of our own with two places for numbers (%s), which are `after` and `until`.
    """
    sql = f"{statement.replace('%s', '{}').format(int(after), int(until))} LIMIT {int(most)}"
    if connection.vendor != "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return np.array(cursor.fetchall(), np.int64).reshape(-1, width)
    copied = f"COPY ({sql}) TO STDOUT (FORMAT binary)"
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(copied) as copy:
        content = b"".join(bytes(piece) for piece in copy)
    row = np.dtype([("count", ">i2"), *((f"{part}{place}", kind) for place in range(width)
                                        for part, kind in (("len", ">i4"), ("v", ">i8")))])  # fmt: skip
    rows = np.frombuffer(content[_OPENING:-_END], row)
    if any((rows[f"len{place}"] != 8).any() for place in range(width)):
        raise TypeError("a column is not of whole numbers of 64 bits")
    return np.column_stack([rows[f"v{place}"].astype(np.int64) for place in range(width)])
