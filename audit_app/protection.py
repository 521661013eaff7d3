"""Triggers that keep the audit trail append-only for everybody who writes to the database.

An entry cannot be updated, deleted or truncated; the end of a chain cannot be deleted or moved back. Both databases
raise an IntegrityError. The triggers guard against mistakes and against the application. The owner of the tables can
drop them; verifying the chain then shows what was changed.

A migration that alters one of the two tables must call `install` again afterwards: on SQLite, Django alters a table by
making a new one, without triggers.

Emptying a test database between tests deletes rows, too. So the test session calls `remove` once after its migrations,
and tests of the protection call `install` inside a transaction that is rolled back.
"""

from collections.abc import Mapping

from django.db.backends.base.base import BaseDatabaseWrapper

ENTRIES = "audit_app_auditentry"
HEADS = "audit_app_audithead"

_POSTGRESQL_FUNCTIONS = """
CREATE OR REPLACE FUNCTION audit_app_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is append-only: % of % refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE OR REPLACE FUNCTION audit_app_only_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.user_id <> OLD.user_id OR NEW.entries < OLD.entries OR NEW.seq < OLD.seq THEN
        RAISE EXCEPTION 'the audit trail is append-only: its end only moves forward'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
"""

_POSTGRESQL: Mapping[str, tuple[str, str]] = {
    "audit_entry_no_change": (ENTRIES, "BEFORE UPDATE OR DELETE ON {} EXECUTE FUNCTION audit_app_refuse()"),
    "audit_entry_no_truncate": (ENTRIES, "BEFORE TRUNCATE ON {} EXECUTE FUNCTION audit_app_refuse()"),
    "audit_head_no_delete": (HEADS, "BEFORE DELETE ON {} EXECUTE FUNCTION audit_app_refuse()"),
    "audit_head_no_truncate": (HEADS, "BEFORE TRUNCATE ON {} EXECUTE FUNCTION audit_app_refuse()"),
    "audit_head_only_forward": (
        HEADS,
        "BEFORE UPDATE ON {} FOR EACH ROW EXECUTE FUNCTION audit_app_only_forward()",
    ),
}

_SQLITE_REFUSAL = "BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END"
_SQLITE: Mapping[str, tuple[str, str]] = {
    "audit_entry_no_update": (ENTRIES, f"BEFORE UPDATE ON {{}} {_SQLITE_REFUSAL}"),
    "audit_entry_no_delete": (ENTRIES, f"BEFORE DELETE ON {{}} {_SQLITE_REFUSAL}"),
    "audit_head_no_delete": (HEADS, f"BEFORE DELETE ON {{}} {_SQLITE_REFUSAL}"),
    "audit_head_only_forward": (
        HEADS,
        "BEFORE UPDATE ON {} WHEN NEW.user_id <> OLD.user_id OR NEW.entries < OLD.entries"
        f" OR NEW.seq < OLD.seq {_SQLITE_REFUSAL}",
    ),
}


def install(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers. Repeating replaces them."""
    remove(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRESQL_FUNCTIONS)
        for name, (table, definition) in _triggers(connection).items():
            cursor.execute(f"CREATE TRIGGER {name} {definition.format(table)}")


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop the triggers. Repeating is harmless."""
    with connection.cursor() as cursor:
        for name, (table, _) in _triggers(connection).items():
            of_table = f" ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{of_table}")


def missing_triggers(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the names of triggers that are missing or disabled."""
    query = (
        f"SELECT tgname FROM pg_trigger WHERE tgenabled IN ('O', 'A')"
        f" AND tgrelid IN ('{ENTRIES}'::regclass, '{HEADS}'::regclass)"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        present = {row[0] for row in cursor.fetchall()}
    return sorted(_triggers(connection).keys() - present)


def _triggers(connection: BaseDatabaseWrapper) -> Mapping[str, tuple[str, str]]:
    return _POSTGRESQL if connection.vendor == "postgresql" else _SQLITE
