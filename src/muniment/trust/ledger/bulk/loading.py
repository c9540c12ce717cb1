"""Columns into the tables of the books, and sets of values looked up in them, in the dialect of each database."""

import io
import json
from collections.abc import Sequence
from itertools import repeat
from typing import Any, cast

import pyarrow as pa
import pyarrow.csv as pacsv
from django.db import connection, models

from muniment.trust.batches.bulk import next_ids

type Cells = pa.Array | pa.ChunkedArray | int | str | None
"""A column, or what stands in every row."""

_ROWS_AT_ONCE = 50_000


def load_columns(model: type[models.Model], columns: dict[str, Cells]) -> int:
    """Write rows into the model's table and return how many: COPY of CSV on PostgreSQL, executemany on SQLite.

    `columns` are by the name of the database column, as the database spells their values; a plain value stands for
    the same in every row. At least one is a column. The rows roll back with the caller's transaction.

    Raises:
        django.db.IntegrityError: a constraint or a trigger refused them.
    """
    row_count = next(len(column) for column in columns.values() if isinstance(column, pa.Array | pa.ChunkedArray))
    if not row_count:
        return 0
    names = ", ".join(connection.ops.quote_name(name) for name in columns)
    table = connection.ops.quote_name(model._meta.db_table)
    if connection.vendor == "postgresql":
        _copy(f"COPY {table} ({names}) FROM STDIN (FORMAT csv)", columns, row_count)
    else:
        marks = ", ".join(["?"] * len(columns))
        _insert(f"INSERT INTO {table} ({names}) VALUES ({marks})", columns, row_count)  # noqa: S608 - our own names
    return row_count


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
    with connection.cursor() as cursor:
        for start in range(0, row_count, _ROWS_AT_ONCE):
            cells = [
                column.slice(start, _ROWS_AT_ONCE).to_pylist()
                if isinstance(column, pa.Array | pa.ChunkedArray)
                else repeat(column)
                for column in columns.values()
            ]
            cursor.executemany(statement.replace("?", "%s"), cast(Any, zip(*cells, strict=False)))


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
