"""Triggers that keep the audit trail append-only for everybody who writes to the database.

An entry or an anchor cannot be updated, replaced, deleted or truncated. The end of a chain only moves forward, and
only to an entry that is there. The line that stays of a forgotten trail cannot be changed at all, and only such a line
lets the entries and the end of its user go. Both databases raise an IntegrityError.

The triggers guard against mistakes and against the application. The owner of the tables can drop them: then
`find_differences` names what is not as it was installed, and verification finds what was changed.

A migration that alters one of the tables must call `remove` before and `install` afterwards: SQLite makes a new table,
without triggers, and the triggers name one another's tables.

Emptying a test database between tests deletes rows, too. So the test session calls `remove` once after its migrations,
and tests of the protection call `install` inside a transaction that is rolled back.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

from audit_app.protection.names import ENTRIES, FORGOTTEN, HEADS, PROTECTED
from audit_app.protection.postgresql import PostgreSQLProtection
from audit_app.protection.sqlite import SQLiteProtection

__all__ = ["ENTRIES", "FORGOTTEN", "HEADS", "PROTECTED", "find_differences", "install", "remove"]


def install(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers. Repeating replaces them.

    Does nothing while a table is missing: a later migration creates it and calls this again.
    """
    remove(connection)
    if set(PROTECTED) <= set(connection.introspection.table_names()):
        _protection_of(connection).install()


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop the triggers. Repeating is harmless."""
    _protection_of(connection).remove()


def find_differences(connection: BaseDatabaseWrapper) -> list[str]:
    """Return what of the protection is missing, off, changed or not ours, one sentence each; empty when all is well.

    It compares what the database executes with what `install` creates, not only the names.
    """
    return _protection_of(connection).find_differences()


def _protection_of(connection: BaseDatabaseWrapper) -> PostgreSQLProtection | SQLiteProtection:
    return (
        PostgreSQLProtection(connection)
        if connection.vendor == "postgresql"
        else SQLiteProtection(connection)
    )
