"""The database: reachable, set up as the log needs it, with this release's tables, and its clock."""

from collections.abc import Iterator
from datetime import UTC, datetime

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from foundation.database.sessions import (
    is_durable,
    isolation_level,
    isolation_repair,
    journal_mode,
    server_version,
)
from foundation.database.transactions import database_now
from todo_project.doctor.findings import Finding, fail, ok, warn
from todo_project.health import probes

MAX_CLOCK_DIFFERENCE_SECONDS = 1.0


def check_database() -> Iterator[Finding]:
    """Check the database; when it does not answer, this is the only finding."""
    answer = probes.ask_database()
    if not answer.ok:
        yield fail(
            "database", f"{database_location()} does not answer: {answer.reason}", database_start_command()
        )
        return
    try:
        yield ok("database", f"{database_location()}, {server_version()}")
        yield check_journal() if connection.vendor == "sqlite" else check_isolation_level()
        yield check_migrations()
        yield check_clock()
    except Error as error:
        yield fail(
            "database",
            f"{database_location()} stopped answering: {type(error).__name__}",
            database_start_command(),
        )


def database_location() -> str:
    """Return where the database is, without credentials."""
    where = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"SQLite {where['NAME']}"
    return f"PostgreSQL {where['HOST'] or 'localhost'}:{where['PORT'] or 5432}/{where['NAME']}"


def database_start_command() -> str:
    """Return the command that starts the database."""
    return "make run" if connection.vendor == "sqlite" else "python -m devstack up postgresql"


def check_journal() -> Finding:
    """SQLite must use a write-ahead log, because otherwise readers and writers block each other."""
    mode = journal_mode()
    if mode == "wal":
        return ok("journal", f"WAL, {describe_durability()}")
    return fail("journal", f"{mode} instead of WAL", "move the data folder to a local disk, then make run")


def describe_durability() -> str:
    """Return what a power failure may lose."""
    if is_durable():
        return "synchronous=FULL: each commit is on the disk"
    return "synchronous=NORMAL: a power failure may take the last commits"


def check_isolation_level() -> Finding:
    """Must be READ COMMITTED: a read after locking the stream must see every earlier commit."""
    level = isolation_level()
    if level == "read committed":
        return ok("isolation", level)
    return fail("isolation", f"{level} instead of read committed", isolation_repair())


def check_migrations() -> Finding:
    """Whether all migrations of this release are applied."""
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if missing:
        return fail("migrations", f"{missing} not applied", "manage.py migrate")
    return ok("migrations", "all applied")


def check_clock() -> Finding:
    """Due times, leases and sweeps use the database's clock; times look wrong on a host whose clock differs."""
    difference = (database_now() - datetime.now(UTC)).total_seconds()
    if abs(difference) > MAX_CLOCK_DIFFERENCE_SECONDS:
        return warn(
            "clock", f"the database is {difference:+.1f} s from this host", "timedatectl set-ntp true"
        )
    return ok("clock", f"{difference:+.3f} s from this host")
