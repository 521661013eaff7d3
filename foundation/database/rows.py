"""Reading and writing single rows of a model by SQL that is put together once: for what every write does.

The ORM builds the text of a statement anew each time, which costs several times what running it does. What comes
out is the same: values go through the fields' own conversions, the database's refusals are Django's errors.
Rows are written inside a transaction, to columns that take what the row has: no expressions, no values that the
database or the field finds by itself (`db_default`, `auto_now`), no signals. Many are written by `row_sets`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, TypeVar

from django.db import DatabaseError, connection
from django.db.models import Model, QuerySet
from django.db.transaction import mark_for_rollback_on_error

from foundation.database import sql
from foundation.database.columns import Convert, reading_of, writing_of

_M = TypeVar("_M", bound=Model)


def read_rows(model: type[_M], rest: str, params: sql.Params) -> list[_M]:
    """Return what `SELECT (all columns of model) FROM its table AS t` and `rest` give, as the ORM would.

    `rest` is constant text: joins, conditions, order; values are always in `params`.
    """
    rows = sql.fetch(f"SELECT {selected(model)} FROM {model._meta.db_table} AS t {rest}", params)
    return [row_from(model, row) for row in rows]


def selected(model: type[Model]) -> str:
    """Return the columns of a model as a statement selects them from its table AS t."""
    return _reading(model, connection.vendor).columns


def row_from(model: type[_M], values: sql.SqlRow) -> _M:
    """Return the row that `selected` columns gave, as the ORM would read it."""
    plan = _reading(model, connection.vendor)
    return model.from_db(connection.alias, plan.names, _converted(values, plan.converters))


def count_together(querysets: Sequence[QuerySet[Any]], *, at_most: int) -> list[int]:
    """Return how many rows each queryset gives, up to a limit, in one query for all of them."""
    queries = [rows.order_by().values("pk")[:at_most].query.sql_with_params() for rows in querysets]
    counts = ", ".join(f"(SELECT COUNT(*) FROM ({text}) counted)" for text, _ in queries)
    [found] = sql.fetch(f"SELECT {counts}", [param for _, params in queries for param in params])
    return list(found)


def insert_row(row: Model) -> None:
    """Insert one row as `row.save(force_insert=True)` would; without a primary key it gets the database's."""
    plan = _inserting(type(row), connection.vendor, row.pk is not None)
    for (key,) in sql.run_together([(plan.text, _values(row, plan))]):
        row.pk = key
    row._state.adding, row._state.db = False, connection.alias


def update_row(row: Model, names: Sequence[str] | None = None) -> None:
    """Write these attributes of a row, or all; as `row.save(force_update=True, update_fields=names)` would.

    Raises DatabaseError when the row is not there.
    """
    for text, params in update_of(row, names):
        with mark_for_rollback_on_error(), connection.cursor() as cursor:
            cursor.execute(text, params)
            if not cursor.rowcount:
                raise DatabaseError("Updating a row that is not there.")


def update_of(row: Model, names: Sequence[str] | None = None) -> list[sql.Statement]:
    """Return the statement that writes these attributes of a row, or all; none if there are none."""
    plan = _updating(type(row), connection.vendor, None if names is None else tuple(names))
    return [(plan.text, _values(row, plan))] if plan.converters else []


@dataclass(frozen=True, slots=True)
class _Reading:
    columns: str
    names: list[str]
    converters: tuple[tuple[int, Convert], ...]


@cache
def _reading(model: Any, vendor: str) -> _Reading:
    fields = model._meta.concrete_fields
    columns = ", ".join(f"t.{connection.ops.quote_name(field.column)}" for field in fields)
    converters = [(at, each) for at, field in enumerate(fields) for each in reading_of(field)]
    return _Reading(columns, [field.attname for field in fields], tuple(converters))


def _converted(row: sql.SqlRow, converters: Sequence[tuple[int, Convert]]) -> list[Any]:
    values = list(row)
    for at, convert in converters:
        values[at] = convert(values[at])
    return values


@dataclass(frozen=True, slots=True)
class _Writing:
    """A statement, and where its parameters come from."""

    text: str
    names: tuple[str, ...]
    converters: tuple[Convert, ...]


@cache
def _inserting(model: Any, vendor: str, has_key: bool) -> _Writing:
    meta, quoted = model._meta, connection.ops.quote_name
    fields = [field for field in meta.concrete_fields if has_key or not field.primary_key]
    columns, places = ", ".join(quoted(field.column) for field in fields), ", ".join(["%s"] * len(fields))
    text = f"INSERT INTO {quoted(meta.db_table)} ({columns}) VALUES ({places})"
    return _plan(fields, text if has_key else f"{text} RETURNING {quoted(meta.pk.column)}")


@lru_cache(maxsize=1024)
def _updating(model: Any, vendor: str, names: tuple[str, ...] | None) -> _Writing:
    meta, quoted = model._meta, connection.ops.quote_name
    wanted = [meta.get_field(name) for name in names] if names is not None else meta.concrete_fields
    fields = [field for field in wanted if not field.primary_key]
    settings = ", ".join(f"{quoted(field.column)} = %s" for field in fields)
    text = f"UPDATE {quoted(meta.db_table)} SET {settings} WHERE {quoted(meta.pk.column)} = %s"
    return _plan([*fields, meta.pk] if fields else [], text)


def _plan(fields: Sequence[Any], text: str) -> _Writing:
    return _Writing(
        text, tuple(field.attname for field in fields), tuple(writing_of(field) for field in fields)
    )


def _values(row: Model, plan: _Writing) -> list[Any]:
    return [convert(getattr(row, name)) for name, convert in zip(plan.names, plan.converters, strict=True)]
