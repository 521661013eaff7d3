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

CLOCKS_APART_SECONDS = 1.0


def check_database() -> Iterator[Finding]:
    """Look at the database; without one there is nothing more to see."""
    answer = probes.database()
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
            "database", f"{database_location()} went away: {type(error).__name__}", database_start_command()
        )


def database_location() -> str:
    """Return where the database is, without credentials."""
    where = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"SQLite {where['NAME']}"
    return f"PostgreSQL {where['HOST'] or 'localhost'}:{where['PORT'] or 5432}/{where['NAME']}"


def database_start_command() -> str:
    """Return what brings the database back."""
    return "make run" if connection.vendor == "sqlite" else "python -m devstack up postgresql"


def check_journal() -> Finding:
    """SQLite must keep a write-ahead log, or readers and writers shut each other out."""
    mode = journal_mode()
    if mode == "wal":
        return ok("journal", f"WAL, {describe_durability()}")
    return fail("journal", f"{mode} instead of WAL", "move the data folder to a local disk, then make run")


def describe_durability() -> str:
    """Return what a power failure may take away."""
    if is_durable():
        return "synchronous=FULL: each commit is on the disk"
    return "synchronous=NORMAL: a power failure may take the last commits"


def check_isolation_level() -> Finding:
    """READ COMMITTED: what is read after the stream's lock must show every commit before it."""
    level = isolation_level()
    if level == "read committed":
        return ok("isolation", level)
    return fail("isolation", f"{level} instead of read committed", isolation_repair())


def check_migrations() -> Finding:
    """Whether the tables are as this release wants them."""
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if missing:
        return fail("migrations", f"{missing} not applied", "manage.py migrate")
    return ok("migrations", "all applied")


def check_clock() -> Finding:
    """Due times, leases and sweeps go by the database's clock; a host far from it shows odd times."""
    apart = (database_now() - datetime.now(UTC)).total_seconds()
    if abs(apart) > CLOCKS_APART_SECONDS:
        return warn("clock", f"the database is {apart:+.1f} s from this host", "timedatectl set-ntp true")
    return ok("clock", f"{apart:+.3f} s from this host")
