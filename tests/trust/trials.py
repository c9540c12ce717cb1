"""What tests put the database through."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, connection, transaction


@contextmanager
def cut_off() -> Iterator[None]:
    """Run the block in a transaction that is cut off just before it would commit."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def refuse_change(table: str, assignment: str) -> None:
    """Assert that the database refuses to update and to delete a row of `table`, on either database."""
    for statement in (f"UPDATE {table} SET {assignment}", f"DELETE FROM {table}"):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
