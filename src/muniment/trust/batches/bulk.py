"""The bulk road into the database: COPY on PostgreSQL, executemany on SQLite, inside the caller's transaction."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import batched
from typing import Any, cast

from django.db import connection, models

_SQLITE_ROWS = 10_000
_ID_TRIES = 8


class IdsContended(RuntimeError):
    """Other writers kept taking numbers from the same sequence; trying again is safe."""


def copy_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Write rows into the model's table and return how many; the rows roll back with the caller's transaction.

    `columns` are field names or their column names (`party` and `party_id` both work); every other column must be
    null or have a default in the database, because defaults of Python and `auto_now` are not applied. Values are what
    the field takes: None, dates, aware datetimes, bools, ints, text, plain values for JSON. Constraints of the
    database hold; Django's validators do not run. `rows` is read while the copy is open, so a generator must not ask
    the database anything: reserve ids and look things up before.

    Raises:
        django.db.IntegrityError: a constraint refused a row; nothing of the call remains after the rollback.
    """
    fields = [_field(model, name) for name in columns]
    write = _copy_postgresql if connection.vendor == "postgresql" else _insert_sqlite
    return write(model._meta.db_table, fields, rows)


def next_ids(model: type[models.Model], count: int) -> range:
    """Reserve `count` consecutive primary keys; numbers that are not used leave a gap and do no harm.

    Must run inside a transaction: on SQLite the reservation rolls back with it.

    Raises:
        IdsContended: PostgreSQL only, when other writers broke every attempt at a run without gaps.
    """
    if count == 0:
        return range(0)
    table = model._meta.db_table
    if connection.vendor == "postgresql":
        return _next_ids_postgresql(table, str(model._meta.pk.column), count)
    return _next_ids_sqlite(table, str(model._meta.pk.column), count)


def refresh_statistics(*tables: type[models.Model]) -> None:
    """Let PostgreSQL look at tables that have just been filled, so that its plans fit their size.

    Without it, each row that refers to a table which was small when the session first met it is checked by reading
    that table from end to end. SQLite needs no look.
    """
    if connection.vendor == "postgresql":
        names = ", ".join(connection.ops.quote_name(table._meta.db_table) for table in tables)
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {names}")


def _field(model: type[models.Model], name: str) -> models.Field:  # type: ignore[type-arg]
    for field in model._meta.concrete_fields:
        if name in (field.name, field.attname, field.column):
            return field
    raise ValueError(f"{model.__name__} has no column {name!r}")


_AS_IT_IS = (models.IntegerField, models.CharField, models.TextField, models.AutoField, models.BooleanField)


def _adapters(fields: Sequence[models.Field]) -> list[Callable[[object], object] | None]:  # type: ignore[type-arg]
    """Return for each field how its values become the database's; None where Python's own are."""
    adapters: list[Callable[[object], object] | None] = []
    for field in fields:
        target: models.Field = field.target_field if isinstance(field, models.ForeignKey) else field  # type: ignore[type-arg]
        adapters.append(None if isinstance(target, _AS_IT_IS) else _adapter(target))
    return adapters


def _adapter(field: models.Field) -> Callable[[object], object]:  # type: ignore[type-arg]
    """Return the field's own adapting, which remembers its last answer: a bulk write has one instant in every row."""
    last: object = None
    answer: object = None

    def adapt(value: object) -> object:
        nonlocal last, answer
        if value is not last:
            last, answer = value, field.get_db_prep_save(value, connection)
        return answer

    return adapt


def _adapted(fields: Sequence[models.Field], rows: Iterable[Sequence[object]]) -> Iterator[Sequence[object]]:  # type: ignore[type-arg]
    adapters = [(place, adapt) for place, adapt in enumerate(_adapters(fields)) if adapt is not None]
    if not adapters:
        yield from rows
        return
    for row in rows:
        cells = list(row)
        for place, adapt in adapters:
            if cells[place] is not None:
                cells[place] = adapt(cells[place])
        yield cells


def _copy_postgresql(table: str, fields: Sequence[models.Field], rows: Iterable[Sequence[object]]) -> int:  # type: ignore[type-arg]
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    count = 0
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(f"COPY {connection.ops.quote_name(table)} ({names}) FROM STDIN") as copy,
    ):
        for row in _adapted(fields, rows):
            copy.write_row(row)
            count += 1
    return count


def _insert_sqlite(table: str, fields: Sequence[models.Field], rows: Iterable[Sequence[object]]) -> int:  # type: ignore[type-arg]
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    statement = f"INSERT INTO {connection.ops.quote_name(table)} ({names}) VALUES ({marks})"  # noqa: S608 - names of the model's own columns
    count = 0
    with connection.cursor() as cursor:
        for piece in batched(_adapted(fields, rows), _SQLITE_ROWS):
            cursor.executemany(statement, cast(Any, piece))
            count += len(piece)
    return count


def _next_ids_postgresql(table: str, column: str, count: int) -> range:
    """Take numbers until they follow each other; a gap means that another writer took one in between."""
    with connection.cursor() as cursor:
        for _ in range(_ID_TRIES):
            cursor.execute(
                "SELECT min(n), max(n) FROM"
                " (SELECT nextval(pg_get_serial_sequence(%s, %s)) AS n FROM generate_series(1, %s)) AS taken",
                [table, column, count],
            )
            first, last = cursor.fetchone()
            if last - first + 1 == count:
                return range(first, last + 1)
    raise IdsContended(f"no {count} consecutive numbers for {table} in {_ID_TRIES} attempts")


def _next_ids_sqlite(table: str, column: str, count: int) -> range:
    """Move SQLite's own counter of the table on, in the exclusive transaction that we are in."""
    quoted = connection.ops.quote_name
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(max({quoted(column)}), 0) FROM {quoted(table)}")  # noqa: S608 - the model's own names
        last = cursor.fetchone()[0]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        counter = cursor.fetchone()
        first = max(last, counter[0] if counter else 0) + 1
        if counter:
            cursor.execute("UPDATE sqlite_sequence SET seq = %s WHERE name = %s", [first + count - 1, table])
        else:
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, first + count - 1])
    return range(first, first + count)
