"""Transactions and the database's clock.

SQLite allows one writer at a time and wakes waiters unfairly: some wait for seconds. So on SQLite a lock of this
process surrounds each write transaction; `BEGIN IMMEDIATE` excludes other processes.
"""

import logging
import os
import select
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from django.db import InterfaceError, OperationalError, close_old_connections, connection, transaction

from foundation.database import sessions

# The same as SQLite's own timeout for other processes; see settings/databases.py.
_WRITER_SECONDS = 20.0
# Shorter than the pauses after which firewalls and routers forget a connection.
_TRUSTED_SECONDS = 30.0

logger = logging.getLogger(__name__)
_sqlite_writers = threading.RLock()
_clock: Callable[[], datetime] | None = None


@contextmanager
def write_transaction() -> Iterator[None]:
    """Run the block in one transaction that may write; a nested one is a savepoint.

    Use it for each write that belongs to no user's history. `writing` uses it for those that do.
    """
    with _one_writer(), transaction.atomic():
        yield


def refuse_transaction(why: str) -> None:
    """Raise RuntimeError with `why` when this thread is inside a transaction; that of a test case does not count."""
    if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
        raise RuntimeError(why)


@contextmanager
def _one_writer() -> Iterator[None]:
    if sessions.database_vendor() != "sqlite":
        yield
        return
    if not _sqlite_writers.acquire(timeout=_WRITER_SECONDS):
        raise OperationalError("the database is locked: another thread has been writing for too long")
    try:
        yield
    finally:
        _sqlite_writers.release()


def database_now() -> datetime:
    """Return the time of the database's clock, aware UTC. Due times, leases and sweeps use it, not a host's clock.

    SQLite uses the host's clock. PostgreSQL's clock also advances inside a transaction.
    """
    if _clock is not None:
        return _clock()
    if sessions.database_vendor() == "sqlite":
        return datetime.now(UTC)
    return sessions.server_clock().astimezone(UTC)


@contextmanager
def clock(function: Callable[[], datetime]) -> Iterator[None]:
    """Replace the database's clock with `function` inside the block: for the simulator and for tests."""
    global _clock  # noqa: PLW0603 - one database, one clock
    previous, _clock = _clock, function
    try:
        yield
    finally:
        _clock = previous


def note_opened_file(sender: object, connection: Any, **_: object) -> None:
    """Store which file a connection to SQLite has opened; a receiver of `connection_created`."""
    if connection.vendor == "sqlite":
        connection.opened_file = _file_at(connection.settings_dict["NAME"])


def drop_replaced_connection(**_: object) -> None:
    """Close this thread's connection to an SQLite file that another file has replaced, as after a restore.

    The connection would go on to read and write a file that has no name any more. It costs one `stat` and does
    nothing inside a transaction.
    """
    if sessions.database_vendor() != "sqlite" or connection.connection is None or connection.in_atomic_block:
        return
    current = _file_at(connection.settings_dict["NAME"])
    if current is not None and current != getattr(connection, "opened_file", current):
        logger.warning("another database file has taken the place of %s", connection.settings_dict["NAME"])
        connection.close()


def trust_living_connection(**_: object) -> None:
    """Spare this thread's connection to PostgreSQL Django's question whether it lives, a round trip for each request.

    Its socket says when the server has closed it: then there is something to read where nothing is awaited. After a
    longer pause Django asks as usual, since something between here and the server may have dropped it in silence.
    """
    driver_connection: Any = connection.connection
    if connection.vendor != "postgresql" or driver_connection is None or driver_connection.closed:
        return
    now = monotonic()
    paused = now - getattr(connection, "used_at", float("-inf"))
    connection.used_at = now  # type: ignore[attr-defined]
    if paused < _TRUSTED_SECONDS and not _has_something_to_read(driver_connection.fileno()):
        connection.health_check_done = True  # type: ignore[attr-defined]


def _has_something_to_read(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN | select.POLLRDHUP)
    return bool(poll.poll(0))


def _file_at(path: object) -> tuple[int, int] | None:
    try:
        found = os.stat(str(path))
    except OSError:
        return None
    return found.st_dev, found.st_ino


def drop_broken_connection() -> None:
    """Close this thread's connection if it is unusable; the next statement opens another. Never raises."""
    try:
        close_old_connections()
    except Exception:  # closing talks to the server once more, and drivers raise errors of their own
        logger.warning("a broken connection could not be closed", exc_info=True)
        connection.connection = None


def is_clock_replaced() -> bool:
    """Return whether `clock` replaces the database's clock now."""
    return _clock is not None


_SQLITE_TROUBLE = {"SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_IOERR", "SQLITE_FULL", "SQLITE_CANTOPEN"}
_QUERY_CANCELED = "57014"
_LIMIT_EXCEEDED = "54"  # class: an index entry, a row or a statement is too large


def is_database_trouble(error: BaseException) -> bool:
    """Return whether the database is at fault (deadlock, lock timeout, lost connection, full disk), not the work.

    The work is at fault when its statement timed out or exceeded a limit, broke a constraint or had wrong data, when
    it misused the driver or closed the connection itself: a retry would fail again.
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
    """Return whether this thread's connection is open, or was closed by the work itself inside a transaction."""
    if connection.closed_in_transaction or sessions.database_vendor() == "sqlite":
        return True
    return connection.connection is not None and not connection.connection.closed
