"""The session of a database connection: SQLite's PRAGMAs, PostgreSQL's settings, questions about the server.

The settings import this module, so that it reads no settings at import.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cache
from typing import Any, Final

from django.db import Error, connection, transaction

FOREIGN_KEYS: Final = "PRAGMA foreign_keys=ON;"
# The COMMIT of a transaction that begins with this does not wait for the disk: a crash may undo it.
WITHOUT_FLUSH: Final = "SELECT set_config('synchronous_commit', 'off', true)"
_FULL_SYNCHRONOUS: Final = 2
_WITHOUT_LIMITS: Final = (
    "SELECT set_config('statement_timeout', '0', true),"
    " set_config('idle_in_transaction_session_timeout', '0', true)"
)


@cache
def database_vendor() -> str:
    """Return Django's name for the database, such as `postgresql`: a process has one.

    To ask Django's thread-local connection for it takes as long as converting a row, and a write would do so 30 times.
    """
    return str(connection.vendor)


def sqlite_pragmas(synchronous: str) -> str:
    """Return the PRAGMAs that each new connection to SQLite runs first."""
    return f"PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous.upper()}; {FOREIGN_KEYS}"


def keep_pages(*, mebibytes: int) -> None:
    """Set the page cache of this connection to SQLite until it closes; on PostgreSQL do nothing."""
    if connection.vendor == "sqlite":
        _fetch_value(f"PRAGMA cache_size = {-1024 * mebibytes:d}")


@contextmanager
def without_wal() -> Iterator[None]:
    """Have SQLite write what the block commits into the database file, not into its write-ahead log first.

    For a transaction as large as the database: in the log, each page that is read is looked for among all that were
    written. A kill is undone as well, by the file `-journal`. Where another connection has the file open, and on
    PostgreSQL, nothing changes. Called outside a transaction.
    """
    is_switched = connection.vendor == "sqlite" and journal_mode() == "wal" and _switches_to("DELETE")
    try:
        yield
    finally:
        if is_switched:  # otherwise the next connection does it
            _switches_to("WAL")


def _switches_to(mode: str) -> bool:
    with suppress(Error):  # another connection has the file open, or it may not be written
        return str(_fetch_value(f"PRAGMA journal_mode = {mode}")).upper() == mode
    return False


def checkpoint_wal() -> None:
    """Make SQLite move its write-ahead log into the database file, except what a reader still needs."""
    _fetch_value("PRAGMA wal_checkpoint(PASSIVE)")


def journal_mode() -> str:
    """Return SQLite's journal mode: `wal`, if the file system allows it."""
    return str(_fetch_value("PRAGMA journal_mode"))


def is_durable() -> bool:
    """Return whether this connection to SQLite flushes each commit to the disk."""
    return int(str(_fetch_value("PRAGMA synchronous"))) >= _FULL_SYNCHRONOUS


def limit_session(*, statement_ms: int, lock_ms: int) -> None:
    """Set the timeouts of the running PostgreSQL transaction; on SQLite do nothing."""
    if connection.vendor == "postgresql":
        _fetch_value(_limits(statement_ms, lock_ms))


def limit_lock_waits(*, milliseconds: int) -> None:
    """Set how long statements of this PostgreSQL connection wait for a lock; on SQLite do nothing."""
    if connection.vendor == "postgresql":
        _fetch_value(f"SELECT set_config('lock_timeout', '{milliseconds:d}', false)")


@contextmanager
def read_snapshot() -> Iterator[None]:
    """Have all statements of the block see the database as it was at the first of them; it must not write.

    Nobody waits for it: PostgreSQL keeps the old rows, SQLite the pages in its write-ahead log, which grows meanwhile.
    """
    if connection.vendor == "postgresql":
        with transaction.atomic():
            _fetch_value(f"SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; {_WITHOUT_LIMITS}")
            yield
        return
    # Not `atomic`, which would begin by waiting for the right to write.
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def lift_limits() -> None:
    """Have no statement or pause of the running PostgreSQL transaction be cut off; on SQLite do nothing."""
    if connection.vendor == "postgresql":
        _fetch_value(_WITHOUT_LIMITS)


def check_references() -> None:
    """Have PostgreSQL check now what rows of the running transaction refer to, which else waits for COMMIT."""
    if connection.vendor == "postgresql":
        _fetch_value("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


def refresh_statistics() -> None:
    """Have PostgreSQL count what its tables hold, so that it plans well for rows that came at once."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def cancel_statement(wrapper: Any) -> None:
    """Have the database end the statement that another thread runs on its connection, if it runs one. Never raises.

    PostgreSQL is asked by a connection of its own, which takes long where the server does not answer.
    """
    driver_connection = wrapper.connection
    with suppress(Exception):  # it may close meanwhile, and drivers raise errors of their own
        if wrapper.vendor == "sqlite":
            driver_connection.interrupt()
        else:
            driver_connection.cancel()


def limit_statements(*, statement_ms: int, lock_ms: int) -> list[tuple[str, list[object]]]:
    """Return the statements to run before others for the effect of `limit_session` without its round trip."""
    return [(_limits(statement_ms, lock_ms), [])] if database_vendor() == "postgresql" else []


def _limits(statement_ms: int, lock_ms: int) -> str:
    return (
        f"SELECT set_config('statement_timeout', '{statement_ms:d}', true),"
        f" set_config('lock_timeout', '{lock_ms:d}', true)"
    )


def check_connection() -> None:
    """Run a trivial statement. Raises django.db.Error when the database does not answer."""
    _fetch_value("SELECT 1")


def server_version() -> str:
    """Return the version of the database server or of the SQLite library."""
    return str(
        _fetch_value("SELECT sqlite_version()" if connection.vendor == "sqlite" else "SHOW server_version")
    )


def isolation_level() -> str:
    """Return the isolation level of PostgreSQL's transactions, such as `read committed`."""
    return str(_fetch_value("SHOW transaction_isolation"))


def isolation_repair() -> str:
    """Return the statement with which an operator makes `read committed` the default of this database."""
    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    return f"ALTER DATABASE {name} SET default_transaction_isolation TO 'read committed'"


def connection_counts() -> dict[str, int]:
    """Return how many connections this PostgreSQL database has, by their state, and what the server allows as `most`.

    On SQLite return nothing.
    """
    if connection.vendor != "postgresql":
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(state, 'other'), count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() GROUP BY 1"
            " UNION ALL SELECT 'most', setting::bigint FROM pg_settings WHERE name = 'max_connections'"
        )
        return dict(cursor.fetchall())


def server_clock() -> datetime:
    """Return the time of PostgreSQL's clock, which also advances inside a transaction."""
    value = _fetch_value("SELECT clock_timestamp()")
    assert isinstance(value, datetime)  # noqa: S101 - the driver's type for timestamptz
    return value


def _fetch_value(text: str) -> object:
    """Run a statement and return the first value of its first row, or None without a row."""
    with connection.cursor() as cursor:
        cursor.execute(text)
        row = cursor.fetchone() if cursor.description else None
    return None if row is None else row[0]
