"""Columns into the tables of the books, and sets of values looked up in them, in the dialect of each database."""

import io
import json
from collections.abc import Iterator, Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pacsv
from django.db import connection, models

from muniment.trust.batches.bulk import next_ids
from muniment.trust.ledger.triggers import SIDES_INDEX

type Cells = pa.Array | pa.ChunkedArray | int | str | None
"""A column, or what stands in every row."""

_ROWS_AT_ONCE = 50_000
_ROOM = "SET LOCAL work_mem = '256MB'"
"""The rows of a statement that a trigger looks at as a whole stay in memory, until the transaction ends."""
_CELLS_OF_A_STATEMENT = 500
"""How many values one INSERT on SQLite carries: a statement for each row costs more than the writing of it."""


def load_columns(model: type[models.Model], columns: dict[str, Cells]) -> int:
    """Write rows into the model's table and return how many: COPY on PostgreSQL, INSERT of many rows each on SQLite.

    `columns` are by the name of the database column, as the database spells their values; a plain value stands for
    the same in every row. At least one is a column. The rows roll back with the caller's transaction. Columns that
    are all 64-bit numbers must be so in the database too: they are copied as they lie in memory.

    Raises:
        django.db.IntegrityError: a constraint or a trigger refused them.
    """
    row_count = next(len(column) for column in columns.values() if isinstance(column, pa.Array | pa.ChunkedArray))
    if not row_count:
        return 0
    names = ", ".join(connection.ops.quote_name(name) for name in columns)
    table = connection.ops.quote_name(model._meta.db_table)
    if connection.vendor != "postgresql":
        _insert(f"INSERT INTO {table} ({names}) VALUES ", columns, row_count)  # noqa: S608 - our own names
    elif all(isinstance(column, pa.Array) and pa.types.is_int64(column.type) for column in columns.values()):
        _copy_numbers(f"COPY {table} ({names}) FROM STDIN (FORMAT binary)", columns)
    else:
        _copy(f"COPY {table} ({names}) FROM STDIN (FORMAT csv)", columns, row_count)
    return row_count


def binary_rows(columns: Sequence[npt.NDArray[np.int64]]) -> Iterator[memoryview]:
    """Yield rows of numbers piece by piece as PostgreSQL's COPY BINARY has them, opening and end included.

    A row is the count of its columns (2 bytes), then for each the length of its value (4 bytes, always 8) and the
    value (8 bytes), all with the highest byte first.
    """
    fields = [
        (f"{part}{place}", kind) for place in range(len(columns)) for part, kind in (("len", ">i4"), ("v", ">i8"))
    ]
    yield memoryview(b"PGCOPY\n\xff\r\n\0" + bytes(8))
    for start in range(0, len(columns[0]), _ROWS_AT_ONCE):
        pieces = [column[start : start + _ROWS_AT_ONCE] for column in columns]
        rows = np.empty(len(pieces[0]), np.dtype([("count", ">i2"), *fields]))
        rows["count"] = len(columns)
        for place, piece in enumerate(pieces):
            rows[f"len{place}"] = 8
            rows[f"v{place}"] = piece
        yield memoryview(rows.tobytes())
    yield memoryview(b"\xff\xff")


def _copy_numbers(statement: str, columns: dict[str, Cells]) -> None:
    numbers = [cast(pa.Array, column).to_numpy() for column in columns.values()]
    with connection.cursor() as cursor, connection.wrap_database_errors:
        if len(numbers[0]) > _ROWS_AT_ONCE:
            cursor.execute(_ROOM)
        with cursor.copy(statement) as copy:
            for piece in binary_rows(numbers):
                copy.write(piece)


def _copy(statement: str, columns: dict[str, Cells], row_count: int) -> None:
    table = pa.table(
        {
            name: column if isinstance(column, pa.Array | pa.ChunkedArray) else _repeated(column, row_count)
            for name, column in columns.items()
        }
    )
    options = pacsv.WriteOptions(include_header=False)
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        for start in range(0, row_count, _ROWS_AT_ONCE):
            piece = io.BytesIO()
            pacsv.write_csv(table.slice(start, _ROWS_AT_ONCE), piece, options)
            copy.write(piece.getbuffer())


def _repeated(value: int | str | None, row_count: int) -> pa.Array:
    return pa.nulls(row_count, pa.string()) if value is None else pa.repeat(value, row_count)


def _insert(statement: str, columns: dict[str, Cells], row_count: int) -> None:
    width = len(columns)
    row, together = f"({', '.join(['%s'] * width)})", max(1, _CELLS_OF_A_STATEMENT // width)
    with connection.cursor() as cursor:
        for start in range(0, row_count, together * 500):
            count = min(together * 500, row_count - start)
            cells: list[Any] = [None] * (count * width)
            for place, column in enumerate(columns.values()):
                cells[place::width] = _listed(column, start, count)
            whole = count // together * together
            size = together * width
            many = [cells[at : at + size] for at in range(0, whole * width, size)]
            if many:
                cursor.executemany(statement + ", ".join([row] * together), many)
            if whole < count:
                cursor.execute(statement + ", ".join([row] * (count - whole)), cells[whole * width :])


def _listed(column: Cells, start: int, count: int) -> list[Any]:
    """Return a stretch of a column as plain values; numbers without gaps by way of numpy, which is quicker."""
    if not isinstance(column, pa.Array | pa.ChunkedArray):
        return [column] * count
    piece = column.slice(start, count)
    if pa.types.is_int64(piece.type) and not piece.null_count:
        return cast(list[Any], piece.to_numpy().tolist())
    return cast(list[Any], piece.to_pylist())


def reserve(model: type[models.Model], count: int) -> int:
    """Reserve `count` primary keys that follow each other and return the first; the caller holds the chains' lock.

    That lock makes us the only one who takes numbers of the books, so PostgreSQL's counter is moved in two steps.
    """
    if connection.vendor != "postgresql":
        return next_ids(model, count).start
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [model._meta.db_table, model._meta.pk.column])
        (sequence,) = cursor.fetchone()
        cursor.execute("SELECT nextval(%s::regclass)", [sequence])
        (first,) = cursor.fetchone()
        if count > 1:
            cursor.execute("SELECT setval(%s::regclass, %s)", [sequence, first + count - 1])
    return int(first)


def rows_with(model: type[models.Model], wanted: str, values: Sequence[str], columns: Sequence[str]) -> list[Any]:
    """Return `columns` of the rows whose text column `wanted` is one of `values`, however many: one statement."""
    if not values:
        return []
    quoted = connection.ops.quote_name
    names = ", ".join(quoted(column) for column in columns)
    given = (
        "json_array_elements_text(%s::json) AS given(value)" if connection.vendor == "postgresql" else "json_each(%s)"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {names} FROM {quoted(model._meta.db_table)}"  # noqa: S608 - our own names
            f" WHERE {quoted(wanted)} IN (SELECT value FROM {given})",
            [json.dumps(list(values), ensure_ascii=False)],
        )
        return list(cursor.fetchall())


def sort_sides_in() -> int:
    """Have PostgreSQL sort new transfers into the index of accounts; return how many pages of them waited."""
    if connection.vendor != "postgresql":
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT gin_clean_pending_list(%s::regclass)", [SIDES_INDEX])
        (page_count,) = cursor.fetchone()
    return int(page_count)
