"""Transactions and the database's clock.

SQLite lets one writer in at a time and wakes waiters unfairly (seconds at the tail), so on SQLite a lock of
this process goes around each write transaction; other processes are held off by `BEGIN IMMEDIATE`.
"""

import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.db import InterfaceError, OperationalError, close_old_connections, connection, transaction

from foundation.database import sessions

# As long as SQLite itself waits for other processes; see settings/databases.py.
_WRITER_SECONDS = 20.0

logger = logging.getLogger(__name__)
_sqlite_writers = threading.RLock()
_clock: Callable[[], datetime] | None = None


@contextmanager
def write_transaction() -> Iterator[None]:
    """Run the block in one transaction that may write; nesting makes a savepoint.

    Use it for every write that belongs to no user's history; `writing` uses it for those that do.
    """
    with _one_writer(), transaction.atomic():
        yield


@contextmanager
def _one_writer() -> Iterator[None]:
    if connection.vendor != "sqlite":
        yield
        return
    if not _sqlite_writers.acquire(timeout=_WRITER_SECONDS):
        raise OperationalError("the database is locked: another thread has been writing for too long")
    try:
        yield
    finally:
        _sqlite_writers.release()


def database_now() -> datetime:
    """Return the database's clock, aware UTC: due times, leases and sweeps go by it, not by a host's.

    On SQLite the database has the host's clock. Inside a PostgreSQL transaction the clock goes on.
    """
    if _clock is not None:
        return _clock()
    if connection.vendor == "sqlite":
        return datetime.now(UTC)
    return sessions.server_clock().astimezone(UTC)


@contextmanager
def clock(function: Callable[[], datetime]) -> Iterator[None]:
    """Let `function` be the database's clock inside the block: for the simulator and for tests of time."""
    global _clock  # noqa: PLW0603 - one database, one clock
    previous, _clock = _clock, function
    try:
        yield
    finally:
        _clock = previous


def note_opened_file(sender: object, connection: Any, **_: object) -> None:
    """Remember which file a connection to SQLite has opened: a receiver of `connection_created`."""
    if connection.vendor == "sqlite":
        connection.opened_file = _file_at(connection.settings_dict["NAME"])


def drop_replaced_connection(**_: object) -> None:
    """Close this thread's connection to an SQLite file in whose place another lies now, as after a restore.

    What it would go on to read and write is a file that has no name any more. Costs one look at the file system; does
    nothing inside a transaction.
    """
    if connection.vendor != "sqlite" or connection.connection is None or connection.in_atomic_block:
        return
    there = _file_at(connection.settings_dict["NAME"])
    if there is not None and there != getattr(connection, "opened_file", there):
        logger.warning("another database file has taken the place of %s", connection.settings_dict["NAME"])
        connection.close()


def _file_at(path: object) -> tuple[int, int] | None:
    try:
        found = os.stat(str(path))
    except OSError:
        return None
    return found.st_dev, found.st_ino


def drop_broken_connection() -> None:
    """Close this thread's connection if it no longer serves; the next statement opens another. Never raises."""
    try:
        close_old_connections()
    except Exception:  # closing asks the server once more, and drivers have errors of their own
        logger.warning("a broken connection could not be closed", exc_info=True)
        connection.connection = None


def is_clock_replaced() -> bool:
    """Whether a simulator's or a test's clock stands in for the database's."""
    return _clock is not None


_SQLITE_TROUBLE = {"SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_IOERR", "SQLITE_FULL", "SQLITE_CANTOPEN"}
_QUERY_CANCELED = "57014"
_LIMIT_EXCEEDED = "54"  # class: an index entry, a row or a statement is too large


def is_database_trouble(error: BaseException) -> bool:
    """Whether to blame the database (deadlock, lock timeout, lost connection, full disk), not what was asked.

    A statement that ran out of its time or exceeds a limit, like an integrity or data error, comes with the
    work and would come again; so does misuse of a driver, and a connection that the work itself has closed.
    """
    if isinstance(error, InterfaceError):
        return not _is_open()
    if not isinstance(error, OperationalError):
        return False
    sqlite_name = getattr(error.__cause__, "sqlite_errorname", None)
    if sqlite_name is not None:
        return "_".join(sqlite_name.split("_")[:2]) in _SQLITE_TROUBLE
    code = getattr(error.__cause__, "pgcode", None) or ""
    return code != _QUERY_CANCELED and not code.startswith(_LIMIT_EXCEEDED)


def _is_open() -> bool:
    """Whether this thread's connection serves still, or whoever uses it has closed it amid a transaction."""
    if connection.closed_in_transaction or connection.vendor == "sqlite":
        return True
    return connection.connection is not None and not connection.connection.closed
