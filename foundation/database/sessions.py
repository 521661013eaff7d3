"""The session of a database connection: SQLite's PRAGMAs, PostgreSQL's settings, and what a server says of itself.

Imported by settings too: nothing here reads them when it is imported.
"""

from datetime import datetime
from typing import Final

from django.db import connection

FOREIGN_KEYS: Final = "PRAGMA foreign_keys=ON;"
# A transaction that begins with it is not waited for until it is on the disk: a crash may take it back.
WITHOUT_FLUSH: Final = "SELECT set_config('synchronous_commit', 'off', true); "
_FULL_SYNCHRONOUS: Final = 2


def sqlite_pragmas(synchronous: str) -> str:
    """Return the text that each new connection to SQLite runs first."""
    return f"PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous.upper()}; {FOREIGN_KEYS}"


def keep_pages(*, mebibytes: int) -> None:
    """Let this connection to SQLite keep so much of the file in memory until it closes; elsewhere do nothing."""
    if connection.vendor == "sqlite":
        _ask(f"PRAGMA cache_size = {-1024 * mebibytes:d}")


def checkpoint_wal() -> None:
    """Have SQLite move what its write-ahead log holds into the database file, as far as no reader needs it."""
    _ask("PRAGMA wal_checkpoint(PASSIVE)")


def journal_mode() -> str:
    """Return how SQLite keeps its journal: `wal`, if the file's disk allows it."""
    return str(_ask("PRAGMA journal_mode"))


def is_durable() -> bool:
    """Whether this connection to SQLite flushes each commit to the disk."""
    return int(str(_ask("PRAGMA synchronous"))) >= _FULL_SYNCHRONOUS


def limit_session(*, statement_ms: int, lock_ms: int) -> None:
    """Bound the statements of the running PostgreSQL transaction; elsewhere do nothing."""
    if connection.vendor == "postgresql":
        _ask(_limits(statement_ms, lock_ms))


def bounded(*, statement_ms: int, lock_ms: int) -> str:
    """Return the text that does what `limit_session` does at the beginning of a statement; saves a round trip."""
    return f"{_limits(statement_ms, lock_ms)}; " if connection.vendor == "postgresql" else ""


def _limits(statement_ms: int, lock_ms: int) -> str:
    return (
        f"SELECT set_config('statement_timeout', '{statement_ms:d}', true),"
        f" set_config('lock_timeout', '{lock_ms:d}', true)"
    )


def check_connection() -> None:
    """Have the database answer. Raises django.db.Error when it does not."""
    _ask("SELECT 1")


def server_version() -> str:
    """Return the version that the database says it is."""
    return str(_ask("SELECT sqlite_version()" if connection.vendor == "sqlite" else "SHOW server_version"))


def isolation_level() -> str:
    """Return the isolation of PostgreSQL's transactions, such as `read committed`."""
    return str(_ask("SHOW transaction_isolation"))


def isolation_repair() -> str:
    """Return the statement by which an operator makes `read committed` the default of this database."""
    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    return f"ALTER DATABASE {name} SET default_transaction_isolation TO 'read committed'"


def server_clock() -> datetime:
    """Return PostgreSQL's clock, which goes on inside a transaction."""
    value = _ask("SELECT clock_timestamp()")
    assert isinstance(value, datetime)  # noqa: S101 - what the driver makes of it
    return value


def _ask(text: str) -> object:
    """Run a statement; return the first value of its first row, None without any."""
    with connection.cursor() as cursor:
        cursor.execute(text)
        row = cursor.fetchone() if cursor.description else None
    return None if row is None else row[0]
