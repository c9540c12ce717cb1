"""Lets the test runner empty append-only tables between tests that commit.

Django empties all tables after a test with `transaction=True` (a real browser, two connections); the triggers refuse
that, as they should. Around that one act they are taken away and put back.
"""

from collections.abc import Callable

from django.db import connection

from muniment.trust.access.triggers import APPEND_ONLY, create_sql, drop_sql


def let_flush_pass() -> None:
    """Make the current database's flush statements take the triggers away first and put them back last."""
    operations = type(connection.ops)
    plain_flush: Callable[..., list[str]] = operations.sql_flush
    if getattr(plain_flush, "passes_triggers", False):
        return

    def sql_flush(self: object, style: object, tables: list[str], **options: bool) -> list[str]:
        guarded = [table for table in APPEND_ONLY if table in tables]
        vendor = connection.vendor
        away = [statement for table in guarded for statement in drop_sql(vendor, table)]
        back = [statement for table in guarded for statement in create_sql(vendor, table)]
        return [*away, *plain_flush(self, style, tables, **options), *back]

    sql_flush.passes_triggers = True  # type: ignore[attr-defined]
    operations.sql_flush = sql_flush  # type: ignore[method-assign]
