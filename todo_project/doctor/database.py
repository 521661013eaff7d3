"""The database: reachable, set up as the log needs it, with this release's tables, and its clock."""

from collections.abc import Iterator
from datetime import UTC, datetime

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor

from foundation.database.sessions import is_durable, isolation_level, journal_mode, server_version
from foundation.database.transactions import database_now
from todo_project import probes
from todo_project.doctor.findings import Finding, fail, ok, warn

CLOCKS_APART_SECONDS = 1.0


def findings() -> Iterator[Finding]:
    """Look at the database; without one there is nothing more to see."""
    answer = probes.database()
    if not answer.ok:
        yield fail("database", f"{place()} does not answer: {answer.reason}", start_command())
        return
    try:
        yield ok("database", f"{place()}, {server_version()}")
        yield journal() if connection.vendor == "sqlite" else isolation()
        yield migrations()
        yield clock()
    except Error as error:
        yield fail("database", f"{place()} went away: {type(error).__name__}", start_command())


def place() -> str:
    """Return where the database is, without credentials."""
    where = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"SQLite {where['NAME']}"
    return f"PostgreSQL {where['HOST'] or 'localhost'}:{where['PORT'] or 5432}/{where['NAME']}"


def start_command() -> str:
    """Return what brings the database back."""
    return "make run" if connection.vendor == "sqlite" else "python -m devstack up postgresql"


def journal() -> Finding:
    """SQLite must keep a write-ahead log, or readers and writers shut each other out."""
    mode = journal_mode()
    if mode == "wal":
        return ok("journal", f"WAL, {durability()}")
    return fail("journal", f"{mode} instead of WAL", "move the data folder to a local disk, then make run")


def durability() -> str:
    """Return what a power failure may take away."""
    if is_durable():
        return "synchronous=FULL: each commit is on the disk"
    return "synchronous=NORMAL: a power failure may take the last commits"


def isolation() -> Finding:
    """READ COMMITTED: what is read after the stream's lock must show every commit before it."""
    level = isolation_level()
    if level == "read committed":
        return ok("isolation", level)
    mend = f"ALTER DATABASE {connection.settings_dict['NAME']} SET default_transaction_isolation TO 'read committed'"
    return fail("isolation", f"{level} instead of read committed", mend)


def migrations() -> Finding:
    """Whether the tables are as this release wants them."""
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if missing:
        return fail("migrations", f"{missing} not applied", "manage.py migrate")
    return ok("migrations", "all applied")


def clock() -> Finding:
    """Due times, leases and sweeps go by the database's clock; a host far from it shows odd times."""
    apart = (database_now() - datetime.now(UTC)).total_seconds()
    if abs(apart) > CLOCKS_APART_SECONDS:
        return warn("clock", f"the database is {apart:+.1f} s from this host", "timedatectl set-ntp true")
    return ok("clock", f"{apart:+.3f} s from this host")
