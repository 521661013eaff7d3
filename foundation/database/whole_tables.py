"""Whole tables, read and written as the database has them: for backups. Rows pass no model and no signal."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any, Final

from django.db import connection
from django.db.models import AutoField, CharField, Field, Model

from foundation.database import copy_format, sql
from foundation.database.columns import stored_field
from foundation.database.sessions import check_references, database_vendor

ROWS_AT_ONCE: Final = 100
"""Rows may have 80 KB each, so that these are 8 MB at most, as the driver has them."""


def columns_of(model: type[Model]) -> list["Field[Any, Any]"]:
    """Return the fields of a model that are columns of its table, in the order of their declaration."""
    return list(model._meta.concrete_fields)


def read_table(model: type[Model]) -> Iterator[Sequence[Sequence[Any]]]:
    """Yield all rows of a table in the order of their primary keys, as the driver gives them, 100 at a time.

    On PostgreSQL a cursor on the server is read, so a transaction must be open.
    """
    text = sql.select_table(_quoted(model._meta.db_table), _quoted_columns(model), order=_order(model))
    opened = connection.chunked_cursor() if database_vendor() == "postgresql" else connection.cursor()
    with closing(opened) as cursor:
        cursor.execute(text)
        while rows := cursor.fetchmany(ROWS_AT_ONCE):
            yield rows


def write_table(model: type[Model], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows with a value for each column, in the form in which the database takes it; COPY on PostgreSQL.

    Raises Django's database errors. Called inside a write transaction.
    """
    table, columns = _quoted(model._meta.db_table), _quoted_columns(model)
    if database_vendor() == "postgresql":
        lines = ("\t".join(map(copy_format.encode_value, row)) + "\n" for row in rows)
        copy_format.copy_lines(table, columns, lines)
        return
    with connection.cursor() as cursor:
        cursor.executemany(sql.insert_row_of(table, columns), rows)


@contextmanager
def without_indexes(
    models: Collection[type[Model]], *, on_each: Callable[[str], object] = bool
) -> Iterator[None]:
    """Drop the indexes of tables for the block, on PostgreSQL their foreign keys as well, and make them after it.

    To make an index of all rows at once takes a fraction of the time of putting each row into it. Those of primary keys
    and other constraints stay. Called inside a write transaction: whatever ends the block, and whatever `on_each`
    raises, which is told the name of each index before it is made, leaves all of them as they were. Raises
    IntegrityError for rows that an index or a foreign key refuses.
    """
    tables = [model._meta.db_table for model in models]
    indexes = sql.fetch(*sql.select_indexes(tables)) if tables else []
    references = (
        sql.fetch(*sql.select_references(tables)) if tables and database_vendor() == "postgresql" else []
    )
    with connection.cursor() as cursor:
        check_references()  # no table is altered that has checks to come
        for name, _ in indexes:
            cursor.execute(sql.drop_index(name))
        for table, name, _ in references:
            cursor.execute(sql.drop_reference(table, name))
        yield
        check_references()
        for name, definition in indexes:
            on_each(name)
            cursor.execute(definition)
        for table, name, definition in references:
            on_each(name)
            cursor.execute(sql.add_reference(table, name, definition))


def read_last_key(model: type[Model]) -> int:
    """Return the highest key that the database has given to a row of a model, now deleted or not; 0 without one."""
    key = model._meta.pk
    if not isinstance(key, AutoField):
        return 0
    rows = sql.fetch(*sql.select_last_key(_sequence_owner(model), str(key.column)))
    return int(rows[0][0] or 0) if rows else 0


def go_on_after(model: type[Model], last: int) -> None:
    """Have the database give keys above `last` to new rows of a model. Called inside a write transaction."""
    key = model._meta.pk
    if isinstance(key, AutoField) and last:
        for statement in sql.set_last_key(_sequence_owner(model), str(key.column), last):
            sql.execute(*statement)


def _order(model: type[Model]) -> str:
    key = model._meta.pk
    column = _quoted(str(key.column))
    return sql.bytewise(column) if isinstance(stored_field(key), CharField) else column


def _quoted_columns(model: type[Model]) -> tuple[str, ...]:
    return tuple(_quoted(str(field.column)) for field in columns_of(model))


def _sequence_owner(model: type[Model]) -> str:
    """Return the name as the database's question for a sequence takes it: quoted on PostgreSQL, plain on SQLite."""
    return _quoted(model._meta.db_table) if database_vendor() == "postgresql" else model._meta.db_table


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
