"""The tables of this release as one file of SQL, from which an empty SQLite database is made at once.

Carrying out every migration on an empty file takes seconds, since SQLite makes a table anew for most changes of one.
`devstack/schema_file.py` writes the file from a database that was migrated, a test keeps it up to date, and migrations
stay the only way for every database that is not empty and for PostgreSQL.
"""

from collections.abc import Iterator
from pathlib import Path
from sqlite3 import complete_statement
from typing import Final

from django.db import connection

from foundation.database.migrations_state import applied_migrations, installed_migrations
from foundation.database.transactions import write_transaction

_FILE: Final = Path(__file__).with_name("sqlite_schema.sql")


class _OtherPackages(Exception):
    """The file has migrations that the installed packages do not have."""


def load_schema() -> bool:
    """Make the tables of an empty SQLite database from the file, in one transaction; return whether it was done.

    Nothing is done when the database has tables, or when a package of another version is installed than the one whose
    migrations the file contains. Migrations that are newer than the file are still to be applied. A failure leaves the
    database empty.
    """
    if connection.vendor != "sqlite" or _has_tables():
        return False
    try:
        with write_transaction():
            if _has_tables():  # of another process, which was quicker
                return False
            _execute_file()
    except _OtherPackages:
        return False
    return True


def _has_tables() -> bool:
    return bool(connection.introspection.table_names())


def _execute_file() -> None:
    with connection.cursor() as cursor:
        for statement in _statements(_FILE.read_text(encoding="utf-8")):
            cursor.execute(statement)
    if not applied_migrations() <= installed_migrations():
        raise _OtherPackages


def _statements(text: str) -> Iterator[str]:
    """Yield each statement; a trigger contains semicolons of its own."""
    statement = ""
    for line in text.splitlines(keepends=True):
        statement += line
        if complete_statement(statement):
            yield statement
            statement = ""
