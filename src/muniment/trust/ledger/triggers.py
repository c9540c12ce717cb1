"""What the database itself refuses in a transfer: no such entry or account, another currency, a number not reserved.

An entry says how many transfers it has and the number of the first, so a transfer that is slipped into an old entry
has no number left. PostgreSQL looks at all rows of a statement at once, SQLite at each row.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from muniment.trust.access.triggers import create_sql, drop_sql

_SQLITE = (
    "CREATE TRIGGER ledger_transfer_fits AFTER INSERT ON ledger_transfer WHEN NOT EXISTS ("
    "SELECT 1 FROM ledger_entry e, ledger_account d, ledger_account c"
    " WHERE e.id = NEW.entry_id AND d.id = NEW.debit_id AND c.id = NEW.credit_id"
    " AND d.currency = e.currency AND c.currency = e.currency"
    " AND NEW.id >= e.first_transfer AND NEW.id < e.first_transfer + e.transfer_count)"
    " BEGIN SELECT RAISE(ABORT, 'a transfer does not fit its entry: number, accounts or currency'); END",
)
_SQLITE_DROP = ("DROP TRIGGER ledger_transfer_fits",)

_POSTGRESQL = (
    "CREATE FUNCTION ledger_transfer_fit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " IF EXISTS (SELECT 1 FROM fresh t LEFT JOIN ledger_entry e ON e.id = t.entry_id"
    " LEFT JOIN ledger_account d ON d.id = t.debit_id LEFT JOIN ledger_account c ON c.id = t.credit_id"
    " WHERE (d.currency = e.currency AND c.currency = e.currency"
    " AND t.id >= e.first_transfer AND t.id < e.first_transfer + e.transfer_count) IS NOT TRUE)"
    " THEN RAISE EXCEPTION 'a transfer does not fit its entry: number, accounts or currency'"
    " USING ERRCODE = 'integrity_constraint_violation'; END IF;"
    " RETURN NULL; END $$",
    "CREATE TRIGGER ledger_transfer_fits AFTER INSERT ON ledger_transfer REFERENCING NEW TABLE AS fresh"
    " FOR EACH STATEMENT EXECUTE FUNCTION ledger_transfer_fit()",
)
_POSTGRESQL_DROP = (
    "DROP TRIGGER ledger_transfer_fits ON ledger_transfer",
    "DROP FUNCTION ledger_transfer_fit()",
)

_CREATE = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}
_DROP = {"sqlite": _SQLITE_DROP, "postgresql": _POSTGRESQL_DROP}


def create_guard(vendor: str) -> list[str]:
    """Return the statements that make the database refuse transfers that do not fit; sqlite or postgresql."""
    return list(_CREATE[vendor])


def drop_guard(vendor: str) -> list[str]:
    """Return the statements that let any transfer in again."""
    return list(_DROP[vendor])


def _run(editor: BaseDatabaseSchemaEditor, statements: list[str]) -> None:
    for statement in statements:
        editor.execute(statement, params=None)


def guarded() -> migrations.RunPython:
    """Return the migration step that has the database look at every transfer."""
    return migrations.RunPython(
        lambda _apps, editor: _run(editor, create_guard(editor.connection.vendor)),
        lambda _apps, editor: _run(editor, drop_guard(editor.connection.vendor)),
    )


def unlocked(table: str) -> migrations.RunPython:
    """Return the migration step that lets an append-only table be changed, for a change of its columns."""
    return migrations.RunPython(
        lambda _apps, editor: _run(editor, drop_sql(editor.connection.vendor, table)),
        lambda _apps, editor: _run(editor, create_sql(editor.connection.vendor, table)),
    )
