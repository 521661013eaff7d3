"""An SQLite database in memory that replaces the configured one and is reset quickly."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from foundation.database.sessions import FOREIGN_KEYS
from todo_project.installation.schema_file import load_schema


class Snapshot:
    """A copy of the migrated, empty database; `restore` resets the database to it."""

    def __init__(self) -> None:
        self._copy = sqlite3.connect(":memory:")
        _raw().backup(self._copy)

    def restore(self) -> None:
        """Discard everything that was written since the copy was made."""
        self._copy.backup(_raw())

    def close(self) -> None:
        """Close the copy."""
        self._copy.close()


@contextmanager
def empty_database() -> Iterator[Snapshot]:
    """Use a migrated database in memory inside the block, whatever database is configured."""
    configured, settings = connections["default"], connections.settings["default"]
    connections.settings["default"] = settings | {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": ":memory:",
        "OPTIONS": {"init_command": FOREIGN_KEYS},
    }
    replaced: BaseDatabaseWrapper = connections.create_connection("default")
    connections["default"] = replaced
    try:
        load_schema()
        call_command("migrate", verbosity=0)
        snapshot = Snapshot()
        yield snapshot
        snapshot.close()
    finally:
        replaced.connection.close()  # Django itself never closes a database in memory
        connections["default"] = configured
        connections.settings["default"] = settings


def _raw() -> sqlite3.Connection:
    connection.ensure_connection()
    raw: sqlite3.Connection = connection.connection
    return raw
