"""A round of an application stays what it was: only its body and salt may be emptied, and no row goes."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_SAYS = "a round of an application is only erased"
_SAME = " OR ".join(f"NEW.{name} <> OLD.{name}" for name in ("application_id", "place", "commitment", "made_at"))
_CHANGED = f"{_SAME} OR NEW.body <> '' OR NEW.salt <> ''"

_SQLITE = (
    f"CREATE TRIGGER registry_round_only_erased BEFORE UPDATE ON registry_round WHEN {_CHANGED}"
    f" BEGIN SELECT RAISE(ABORT, '{_SAYS}'); END",
)
_POSTGRESQL = (
    "CREATE FUNCTION registry_round_refuse() RETURNS trigger LANGUAGE plpgsql AS $$"
    f" BEGIN RAISE EXCEPTION '{_SAYS}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
    "CREATE TRIGGER registry_round_only_erased BEFORE UPDATE ON registry_round FOR EACH ROW"
    f" WHEN ({_CHANGED}) EXECUTE FUNCTION registry_round_refuse()",
)
_DROP = {
    "sqlite": ("DROP TRIGGER registry_round_only_erased",),
    "postgresql": (
        "DROP TRIGGER registry_round_only_erased ON registry_round",
        "DROP FUNCTION registry_round_refuse()",
    ),
}
_CREATE = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}


def rounds_stay() -> migrations.RunPython:
    """Return the migration step that lets a round be erased and not altered, on either database."""

    def create(_apps: object, editor: BaseDatabaseSchemaEditor) -> None:
        for statement in _CREATE[editor.connection.vendor]:
            editor.execute(statement, params=None)

    def drop(_apps: object, editor: BaseDatabaseSchemaEditor) -> None:
        for statement in _DROP[editor.connection.vendor]:
            editor.execute(statement, params=None)

    return migrations.RunPython(create, drop)
