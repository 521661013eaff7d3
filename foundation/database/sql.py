"""Pieces of SQL for PostgreSQL and SQLite, used by statements that the ORM cannot express."""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from itertools import groupby, takewhile
from typing import Any, cast

from django.db import connection
from django.db.transaction import mark_for_rollback_on_error

from foundation.database import transactions
from foundation.database.prepared import postpone_message, run_message
from foundation.database.sessions import database_vendor

SqlRow = tuple[Any, ...]
Params = Sequence[Any]
Statement = tuple[str, Params]
# A statement, or a function that runs its own.
Work = Statement | Callable[[], object]
WHOLE_SECONDS = len("2026-01-31T09:00:00")


def fetch(sql: str, params: Params) -> list[SqlRow]:
    """Run a statement and return its rows."""
    return _run([(sql, params)])


def execute(sql: str, params: Params) -> None:
    """Run a statement."""
    _run([(sql, params)])


def run_together(works: Sequence[Work]) -> list[SqlRow]:
    """Run all in order and return the rows of the last one. On PostgreSQL, adjacent statements take one round trip.

    Each statement sees the effects of those before it, and what others had committed when it began. After a
    database error the surrounding `atomic` block must roll back, as with the ORM.
    """
    rows: list[SqlRow] = []
    with mark_for_rollback_on_error():
        for is_statement, some in groupby(works, key=_is_statement):
            if is_statement:
                rows = _run(cast(list[Statement], list(some)))
            else:
                for work in cast(Iterator[Callable[[], object]], some):
                    work()
                rows = []
    return rows


def run_by_commit(works: Sequence[Work]) -> None:
    """As `run_together`, where nobody reads rows. On PostgreSQL the last statements share the next round trip.

    That is the one of the next statement, or of COMMIT; their errors are raised there.
    """
    if database_vendor() != "postgresql" or not connection.in_atomic_block:
        run_together(works)
        return
    last = list(takewhile(_is_statement, reversed(works)))[::-1]
    if len(last) < len(works):
        run_together(works[: len(works) - len(last)])
    if last:
        postpone_message(cast(list[Statement], last))


def _is_statement(work: Work) -> bool:
    return isinstance(work, tuple)


def _run(statements: list[Statement]) -> list[SqlRow]:
    if database_vendor() == "postgresql":
        return run_message(statements)
    with connection.cursor() as cursor:
        for text, given in statements:
            cursor.execute(text, given)
        return [] if cursor.description is None else list(cursor.fetchall())


def values(rows: Sequence[Sequence[object]]) -> tuple[str, list[Any]]:
    """Return `VALUES (%s, …), …` and its parameters; all rows have the same length."""
    one = f"({', '.join(['%s'] * len(rows[0]))})"
    return f"VALUES {', '.join([one] * len(rows))}", [item for row in rows for item in row]


def table_of(rows: Sequence[Sequence[object]], *types: str) -> tuple[str, list[Any]]:
    """Return a SELECT of rows for a common table expression, and its parameters; at least one row.

    On PostgreSQL it has one array for each column, of these types: the text is the same for any number of rows, so that
    the statement can be prepared.
    """
    if database_vendor() != "postgresql":
        return values(rows)
    arrays = ", ".join(f"%s::{type_}[]" for type_ in types)
    return f"SELECT * FROM unnest({arrays})", [list(column) for column in zip(*rows, strict=True)]


def in_list(items: Sequence[object]) -> str:
    """Return `(%s, …)` with one placeholder for each item."""
    return f"({', '.join(['%s'] * len(items))})"


def id_condition(column: str, ids: Sequence[int]) -> tuple[str, list[object]]:
    """Return the SQL condition `column IN (ids)` and its parameters.

    On PostgreSQL it has one parameter, an array: planning a long list takes long.
    """
    if database_vendor() == "postgresql":
        return f"{column} = ANY(%s::bigint[])", [f"{{{','.join(map(str, ids))}}}"]
    return f"{column} IN {in_list(ids)}", list(ids)


@cache
def copy_statement(table: str, columns: tuple[str, ...]) -> str:
    """Return PostgreSQL's COPY of rows that follow in its text format."""
    return f"COPY {table} ({', '.join(columns)}) FROM STDIN"


@cache
def select_table(table: str, columns: tuple[str, ...], *, order: str) -> str:
    """Return the SELECT of all rows of a table; names are quoted already."""
    return f"SELECT {', '.join(columns)} FROM {table} ORDER BY {order}"


@cache
def insert_row_of(table: str, columns: tuple[str, ...]) -> str:
    """Return the INSERT of one row, whose values are its parameters; names are quoted already."""
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {in_list(columns)}"


def bytewise(column: str) -> str:
    """Return the expression that orders by a text column as bytes do, on both databases."""
    return f'{column} COLLATE "C"' if database_vendor() == "postgresql" else column


def select_last_key(table: str, column: str) -> Statement:
    """Return the SELECT of the highest key that the database has given to a row; null or no row where none was."""
    if database_vendor() == "postgresql":
        return "SELECT pg_sequence_last_value(pg_get_serial_sequence(%s, %s)::regclass)", [table, column]
    return "SELECT seq FROM sqlite_sequence WHERE name = %s", [table]


def set_last_key(table: str, column: str, last: int) -> list[Statement]:
    """Return the statements after which the database gives keys above `last` to new rows."""
    if database_vendor() == "postgresql":
        return [("SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [table, column, last])]
    return [
        ("DELETE FROM sqlite_sequence WHERE name = %s", [table]),
        ("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, last]),
    ]


def select_indexes(tables: Sequence[str]) -> Statement:
    """Return the SELECT of (name, definition) of the indexes of tables, in the order in which they were made.

    Those that a constraint has are left out. Names come as a statement takes them.
    """
    if database_vendor() == "postgresql":
        return (
            "SELECT CAST(CAST(x.indexrelid AS regclass) AS text), pg_get_indexdef(x.indexrelid) FROM pg_index x"
            " WHERE x.indrelid = ANY(%s::regclass[])"
            " AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = x.indexrelid) ORDER BY x.indexrelid"
        ), [_quoted_names(tables)]
    return (
        "SELECT '\"' || name || '\"', sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        f" AND tbl_name {among_texts()} ORDER BY rowid"
    ), [text_list(tables)]


def select_references(tables: Sequence[str]) -> Statement:
    """Return the SELECT of (table, name, definition) of the foreign keys of tables; PostgreSQL only."""
    return (
        "SELECT CAST(CAST(conrelid AS regclass) AS text), quote_ident(conname), pg_get_constraintdef(oid)"
        " FROM pg_constraint WHERE contype = 'f' AND conrelid = ANY(%s::regclass[]) ORDER BY oid"
    ), [_quoted_names(tables)]


def drop_index(name: str) -> str:
    """Return the statement that drops an index; its name is quoted already."""
    return f"DROP INDEX {name}"


def drop_reference(table: str, name: str) -> str:
    """Return the statement that drops a foreign key; names are quoted already. PostgreSQL only."""
    return f"ALTER TABLE {table} DROP CONSTRAINT {name}"


def add_reference(table: str, name: str, definition: str) -> str:
    """Return the statement that adds a foreign key and checks all rows; names are quoted already. PostgreSQL only."""
    return f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}"


def _quoted_names(tables: Sequence[str]) -> list[str]:
    return [connection.ops.quote_name(table) for table in tables]


def among_texts() -> str:
    """Return the SQL condition `IN (texts)` for a column; its one parameter is a `text_list`, however many they are."""
    return (
        "= ANY(%s::text[])" if database_vendor() == "postgresql" else "IN (SELECT value FROM json_each(%s))"
    )


def text_list(texts: Collection[str]) -> object:
    """Return the parameter of the condition `among_texts`."""
    return list(texts) if database_vendor() == "postgresql" else json.dumps(list(texts))


def row_lock(*, skip_locked: bool = False) -> str:
    """Return the clause that locks selected rows; empty on SQLite, where the transaction is the lock."""
    if database_vendor() == "sqlite":
        return ""
    return " FOR NO KEY UPDATE" + (" SKIP LOCKED" if skip_locked else "")


def wait_for_name(name: str) -> None:
    """Take the advisory lock of a name until the transaction ends, waiting for its holder; nothing on SQLite."""
    if database_vendor() == "postgresql":
        fetch("SELECT pg_advisory_xact_lock(%s)", [_lock_number(name)])


def try_to_hold_name(name: str) -> bool:
    """Take the advisory lock of a name if it is free, and return whether it was; always True on SQLite."""
    if database_vendor() != "postgresql":
        return True
    return bool(fetch("SELECT pg_try_advisory_xact_lock(%s)", [_lock_number(name)])[0][0])


def try_to_hold_for_session(name: str) -> bool:
    """Take the advisory lock of a name until this connection closes if it is free; return whether it was.

    Always True on SQLite.
    """
    if database_vendor() != "postgresql":
        return True
    return bool(fetch("SELECT pg_try_advisory_lock(%s)", [_lock_number(name)])[0][0])


def _lock_number(name: str) -> int:
    return int.from_bytes(sha256(name.encode()).digest()[:8], signed=True)


def now(*, minus_seconds: float = 0) -> tuple[str, list[object]]:
    """Return an expression for the database's clock, less `minus_seconds`, and its parameters."""
    if database_vendor() == "postgresql" and not transactions.is_clock_replaced():
        return f"(clock_timestamp() - make_interval(secs => {minus_seconds:f}))", []
    return "%s", [to_database(transactions.database_now() - timedelta(seconds=minus_seconds))]


def to_database(value: datetime) -> object:
    """Return the statement's parameter for an aware time."""
    return connection.ops.adapt_datetimefield_value(value)


def from_database(value: datetime | str) -> datetime:
    """Return the aware UTC time for a value that a statement returned."""
    parsed = datetime.fromisoformat(value) if isinstance(value, str) else value
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def rfc3339_text(value: str) -> str:
    """Return the RFC 3339 text for a time that a statement returned as `CAST(… AS text)`; sessions are in UTC.

    To parse the database's text and to format it again would take longer than to read the row.
    """
    text = f"{value[:10]}T{value[11:].removesuffix('+00')}"
    # PostgreSQL omits the trailing zeros of a fraction.
    return f"{text}Z" if len(text) == WHOLE_SECONDS else f"{text:0<26}Z"
