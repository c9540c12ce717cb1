"""Triggers that make a table append-only, in the dialect of each database."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_SQLITE = (
    "CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}"
    " BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
    "CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}"
    " BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END",
)
_SQLITE_DROP = ("DROP TRIGGER {table}_no_update", "DROP TRIGGER {table}_no_delete")

_POSTGRESQL = (
    "CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$"
    " BEGIN RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'integrity_constraint_violation'; END $$",
    "CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}"
    " FOR EACH ROW EXECUTE FUNCTION {table}_refuse()",
    "CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()",
)
_POSTGRESQL_DROP = (
    "DROP TRIGGER {table}_no_change ON {table}",
    "DROP TRIGGER {table}_no_truncate ON {table}",
    "DROP FUNCTION {table}_refuse()",
)

_CREATE = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}
_DROP = {"sqlite": _SQLITE_DROP, "postgresql": _POSTGRESQL_DROP}

APPEND_ONLY = (
    "access_auditevent",
    "batches_sealedbatch",
    "ledger_account",
    "ledger_entry",
    "ledger_transfer",
    "ledger_seal",
    "evidence_loggedleaf",
    "evidence_treehead",
    "evidence_misbehaviour",
    "evidence_timestamp",
    "evidence_archivelist",
    "evidence_mapnode",
    "evidence_maproot",
    "registry_event",
    "registry_recordalversion",
    "registry_registrationversion",
)
"""Every table that has the triggers."""


def create_sql(vendor: str, table: str) -> list[str]:
    """Return the statements that make `table` append-only; `vendor` is sqlite or postgresql."""
    return [statement.format(table=table) for statement in _CREATE[vendor]]


def drop_sql(vendor: str, table: str) -> list[str]:
    """Return the statements that let `table` be changed again; only a migration and the tests' clean-up use them."""
    return [statement.format(table=table) for statement in _DROP[vendor]]


def append_only(table: str) -> migrations.RunPython:
    """Return the migration step that makes `table` append-only on either database."""

    def create(_apps: object, editor: BaseDatabaseSchemaEditor) -> None:
        for statement in create_sql(editor.connection.vendor, table):
            editor.execute(statement, params=None)

    def drop(_apps: object, editor: BaseDatabaseSchemaEditor) -> None:
        for statement in drop_sql(editor.connection.vendor, table):
            editor.execute(statement, params=None)

    return migrations.RunPython(create, drop)
