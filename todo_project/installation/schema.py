"""The tables of this release: one process at a time makes them, and an older release leaves a newer schema alone."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from foundation.database.sessions import limit_lock_waits
from foundation.database.sql import try_to_hold_for_session
from todo_project.installation.patience import HeldByAnother
from todo_project.installation.schema_file import load_schema

LOCK_MILLISECONDS = 5000
_HELD = "another process prepares this database"


@dataclass(frozen=True)
class SchemaChange:
    """The migrations that were applied, as `app.name`; `is_newer` when the schema is of a newer release than this."""

    applied: tuple[str, ...] = ()
    is_newer: bool = False


@contextmanager
def hold_schema() -> Iterator[None]:
    """Be the only one in such a block, among all processes with this database; then close this thread's connection.

    The lock ends with the connection, or on SQLite with the process, however it ends. Raises HeldByAnother.
    """
    if connection.vendor == "sqlite":
        with _hold_folder(Path(connection.settings_dict["NAME"]).parent):
            yield
        return
    if not try_to_hold_for_session("schema"):
        raise HeldByAnother(_HELD)
    try:
        yield
    finally:
        connection.close()


def migrate_schema() -> SchemaChange:
    """Apply missing migrations, and return which they were. Hold the schema meanwhile.

    What follows migrations, such as the rights of the platform's role, is done again also when none is missing: an
    earlier process may have been killed in between. When the schema is newer nothing is done: this release knows
    neither its tables nor who may do what with them. A statement waits five seconds for a lock, then raises
    OperationalError; its migration is undone.
    """
    # Whatever TODO_DATABASE_URL says: who waits for a table keeps all others from it.
    limit_lock_waits(milliseconds=LOCK_MILLISECONDS)
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if not plan and _is_newer(executor.loader):
        return SchemaChange(is_newer=True)
    load_schema()
    call_command("migrate", verbosity=0, interactive=False)
    return SchemaChange(applied=tuple(f"{step.app_label}.{step.name}" for step, _ in plan))


def _is_newer(loader: MigrationLoader) -> bool:
    """Return whether migrations of our apps were applied that this release does not have."""
    ours = {name.rpartition(".")[2] for name in settings.PROJECT_APPS}
    return any(
        app in ours and (app, name) not in loader.graph.nodes for app, name in loader.applied_migrations
    )


@contextmanager
def _hold_folder(folder: Path) -> Iterator[None]:
    """Hold the folder of the database file. The file itself has locks of SQLite, which a second opening would drop."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HeldByAnother(_HELD) from None
        yield
    finally:
        os.close(descriptor)
