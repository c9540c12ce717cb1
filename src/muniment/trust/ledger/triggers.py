"""What the database itself refuses in a transfer: no such entry or account, another currency, a number not reserved.

An entry says how many transfers it has and the number of the first, so a transfer that is slipped into an old entry
has no number left. PostgreSQL looks at all rows of a statement at once, SQLite at each row.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from muniment.trust.access.triggers import create_sql, drop_sql

SIDES_INDEX = "ledger_transfer_sides"
_WAITING_KIB = 256 * 1024
_MANY_NEW = 100_000

_SQLITE = (
    "CREATE TRIGGER ledger_transfer_fits AFTER INSERT ON ledger_transfer WHEN NOT EXISTS ("
    "SELECT 1 FROM ledger_entry e, ledger_account d, ledger_account c"
    " WHERE e.id = NEW.entry_id AND d.id = NEW.debit_id AND c.id = NEW.credit_id"
    " AND d.currency = e.currency AND c.currency = e.currency"
    " AND NEW.id >= e.first_transfer AND NEW.id < e.first_transfer + e.transfer_count)"
    " BEGIN SELECT RAISE(ABORT, 'a transfer does not fit its entry: number, accounts or currency'); END",
)
_SQLITE_DROP = ("DROP TRIGGER ledger_transfer_fits",)

_POSTGRESQL_FUNCTION = (
    "CREATE OR REPLACE FUNCTION ledger_transfer_fit() RETURNS trigger LANGUAGE plpgsql SET work_mem = '128MB'"
    " SET jit = off AS $$"  # compiling the question takes longer than asking it
    " DECLARE strays bigint; BEGIN"
    # spelt as a text, so that it is planned for as many rows as there are, not as the first statement had; counted,
    # because whoever asks whether one exists gets a plan that is good for the first few rows
    " EXECUTE 'SELECT"
    " (SELECT count(*) FROM"
    " (SELECT entry_id, debit_id, min(id) AS low, max(id) AS high FROM fresh GROUP BY entry_id, debit_id) t"
    " LEFT JOIN ledger_entry e ON e.id = t.entry_id LEFT JOIN ledger_account a ON a.id = t.debit_id"
    " WHERE (a.currency = e.currency AND t.low >= e.first_transfer"
    " AND t.high < e.first_transfer + e.transfer_count) IS NOT TRUE)"
    " + (SELECT count(*) FROM fresh t"
    " LEFT JOIN ledger_entry e ON e.id = t.entry_id LEFT JOIN ledger_account a ON a.id = t.credit_id"
    " WHERE (a.currency = e.currency) IS NOT TRUE)' INTO strays;"
    " IF strays > 0 THEN RAISE EXCEPTION 'a transfer does not fit its entry: number, accounts or currency'"
    " USING ERRCODE = 'integrity_constraint_violation'; END IF;"
    " RETURN NULL; END $$"
)
_POSTGRESQL = (
    _POSTGRESQL_FUNCTION,
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


def _narrow(editor: BaseDatabaseSchemaEditor, method: str) -> None:
    """Have PostgreSQL look at new transfers with the function above, and find those of an entry by an index `method`.

    The index keeps its name. Transfers lie in the order of their entries, so a summary of each stretch of the table
    finds them; SQLite has no such index and keeps the usual one.
    """
    if editor.connection.vendor != "postgresql":
        return
    editor.execute(_POSTGRESQL_FUNCTION, params=None)
    with editor.connection.cursor() as cursor:
        found = editor.connection.introspection.get_constraints(cursor, "ledger_transfer")
    for name, facts in found.items():
        if facts["index"] and facts["columns"] == ["entry_id"]:
            editor.execute(f"DROP INDEX {editor.quote_name(name)}", params=None)
            editor.execute(f"CREATE INDEX {editor.quote_name(name)} ON ledger_transfer USING {method}", params=None)


def narrowed() -> migrations.RunPython:
    """Return the migration step that makes posting on PostgreSQL cheap: one look at a statement, a smaller index."""
    return migrations.RunPython(
        lambda _apps, editor: _narrow(editor, "brin (entry_id) WITH (pages_per_range = 32, autosummarize = on)"),
        lambda _apps, editor: _narrow(editor, "btree (entry_id)"),
    )


def _look_again(editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute(_POSTGRESQL_FUNCTION, params=None)


def looked_at_twice() -> migrations.RunPython:
    """Return the migration step that has PostgreSQL go through new transfers twice, once for each side of them."""
    return migrations.RunPython(lambda _apps, editor: _look_again(editor), migrations.RunPython.noop)


def _index_sides(editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor != "postgresql":
        return
    with editor.connection.cursor() as cursor:
        found = editor.connection.introspection.get_constraints(cursor, "ledger_transfer")
    for name, facts in found.items():
        if facts["index"] and facts["columns"] in (["debit_id"], ["credit_id"]):
            editor.execute(f"DROP INDEX {editor.quote_name(name)}", params=None)
    editor.execute(
        f"CREATE INDEX {SIDES_INDEX} ON ledger_transfer USING gin ((ARRAY[debit_id, credit_id]))"
        f" WITH (fastupdate = on, gin_pending_list_limit = {_WAITING_KIB})",
        params=None,
    )
    editor.execute(
        "ALTER TABLE ledger_transfer SET (autovacuum_vacuum_insert_scale_factor = 0,"
        f" autovacuum_vacuum_insert_threshold = {_MANY_NEW})",
        params=None,
    )


def _index_each_side(editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor != "postgresql":
        return
    editor.execute(f"DROP INDEX {SIDES_INDEX}", params=None)
    for side in ("debit_id", "credit_id"):
        editor.execute(f"CREATE INDEX ledger_transfer_{side} ON ledger_transfer ({side})", params=None)
    editor.execute(
        "ALTER TABLE ledger_transfer RESET (autovacuum_vacuum_insert_scale_factor, autovacuum_vacuum_insert_threshold)",
        params=None,
    )


def both_sides_indexed() -> migrations.RunPython:
    """Return the migration step that has PostgreSQL keep one index over both accounts of a transfer.

    It is an inverted index in place of a tree for each side. New rows wait in a list at its end, which every question
    reads too, until the seal of the day or the server's cleaner sorts them in; the cleaner comes after every hundred
    thousand.
    """
    return migrations.RunPython(
        lambda _apps, editor: _index_sides(editor), lambda _apps, editor: _index_each_side(editor)
    )
