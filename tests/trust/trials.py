"""What tests put the database through."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction


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


class Failure(OperationalError):
    """Stands for a disk or a connection that fails."""


def at_every_statement(act: Callable[[], None]) -> Iterator[int]:
    """Let `act` fail at its first statement, then at its second, and so on; yield after each failure.

    Ends when `act` gets through without reaching the statement that fails.
    """
    for failing in count(1):
        executed = 0

        def fail(execute: Callable[..., object], *statement: object, at: int = failing) -> object:
            nonlocal executed
            executed += 1
            if executed == at:
                raise Failure
            return execute(*statement)

        try:
            with connection.execute_wrapper(fail), transaction.atomic():
                act()
        except Failure:
            yield failing
        else:
            return
