"""Read rows of a model with SQL whose text is built once. The instances are the same as the ORM's.

The ORM builds the text of a statement each time, which takes several times as long as running it. Related rows come
as a JSON array in a column: one statement instead of several.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import orjson
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import DateTimeField, Model, QuerySet

from foundation.database import sql
from foundation.database.columns import Convert, is_plain, json_reader_of, reader_of
from foundation.database.prepared import PreparedSql
from foundation.database.sessions import database_vendor

_M = TypeVar("_M", bound=Model)


def read_rows(model: type[_M], rest: str, params: sql.Params) -> list[_M]:
    """Return the rows of `SELECT (all columns of the model) FROM (its table) AS t {rest}` as model instances.

    `rest` is constant text: joins, conditions, order. Values are always in `params`. Where `rest` is `PreparedSql`, the
    whole statement is.
    """
    text = f"SELECT {select_columns(model)} FROM {model._meta.db_table} AS t {rest}"
    rows = sql.fetch(PreparedSql(text) if isinstance(rest, PreparedSql) else text, params)
    return [row_from(model, row) for row in rows]


def lock_rows(model: type[_M], keys: Sequence[int]) -> list[_M]:
    """Lock the rows with these primary keys, in their order, and return those that exist."""
    key = f"t.{connection.ops.quote_name(str(model._meta.pk.column))}"
    condition, params = sql.id_condition(key, keys)
    return read_rows(model, PreparedSql(f"WHERE {condition} ORDER BY {key}{sql.row_lock()}"), params)


def values_in_use(model: type[Model], field: str, values: Collection[int]) -> set[int]:
    """Return those of the values that some row has in this field, of whole numbers. Runs nothing without values."""
    if not values:
        return set()
    [name] = [str(each.column) for each in model._meta.concrete_fields if each.attname == field]
    column = f"t.{connection.ops.quote_name(name)}"
    condition, params = sql.id_condition(column, sorted(values))
    text = f"SELECT DISTINCT {column} FROM {model._meta.db_table} AS t WHERE {condition}"
    return {value for (value,) in sql.fetch(PreparedSql(text), params)}


def select_columns(model: type[Model], table: str = "t") -> str:
    """Return the list of a model's columns for a SELECT from its table under this name."""
    return _select_columns(model, table, database_vendor())


@cache
def _select_columns(model: type[Model], table: str, vendor: str) -> str:
    return ", ".join(f"{table}.{column}" for column in _read_plan(model, vendor).columns)


def row_from(model: type[_M], values: Sequence[Any]) -> _M:
    """Return the model instance for a row that was selected with `select_columns`."""
    plan = _read_plan(model, database_vendor())
    return model.from_db(DEFAULT_DB_ALIAS, plan.names, _convert(values, plan.converters))


def count_together(querysets: Sequence[QuerySet[Any]], *, at_most: int) -> list[int]:
    """Return how many rows each queryset has, each counted up to `at_most`, in one query for all of them."""
    queries = [rows.order_by().values("pk")[:at_most].query.sql_with_params() for rows in querysets]
    counts = ", ".join(f"(SELECT COUNT(*) FROM ({text}) counted)" for text, _ in queries)
    [found] = sql.fetch(f"SELECT {counts}", [param for _, params in queries for param in params])
    return list(found)


@dataclass(frozen=True, slots=True)
class _ReadPlan:
    columns: tuple[str, ...]
    names: list[str]
    converters: tuple[tuple[int, Convert], ...]


@cache
def _read_plan(model: Any, vendor: str) -> _ReadPlan:
    fields = model._meta.concrete_fields
    columns = tuple(connection.ops.quote_name(field.column) for field in fields)
    converters = [(at, each) for at, field in enumerate(fields) for each in reader_of(field)]
    return _ReadPlan(columns, [field.attname for field in fields], tuple(converters))


def _convert(row: Sequence[Any], converters: Sequence[tuple[int, Convert]]) -> list[Any]:
    values = list(row)
    for at, convert in converters:
        values[at] = convert(values[at])
    return values


def list_of(model: type[Model], rest: str, *, order: str) -> str:
    """Return the SQL expression for a JSON array of a model's rows; `rows_in` reads its value.

    `rest` is constant text: joins, and conditions that may name tables of the outer query. The model's table is `n`.
    """
    table = model._meta.db_table
    columns = ", ".join(_json_columns(model, database_vendor()))
    if database_vendor() == "postgresql":
        listed = f"json_agg(json_build_array({columns}) ORDER BY {order})"
        return f"(SELECT CAST({listed} AS text) FROM {table} n {rest})"
    rows = f"SELECT n.* FROM {table} n {rest} ORDER BY {order}"
    return f"(SELECT json_group_array(json_array({columns})) FROM ({rows}) n)"


def values_of(column: str, source: str) -> str:
    """Return the SQL expression for a JSON array of the values of a column, in no order; `values_in` reads it.

    `source` is constant text: what follows FROM.
    """
    if database_vendor() == "postgresql":
        return f"(SELECT CAST(json_agg({column}) AS text) FROM {source})"
    return f"(SELECT json_group_array({column}) FROM {source})"


def values_in(value: str | None) -> list[Any]:
    """Return the values in a value of the expression `values_of`."""
    return orjson.loads(value) if value else []


def rows_in(model: type[_M], value: str | None) -> list[_M]:
    """Return the model instances in a value of the expression `list_of`."""
    names, converters = _json_read_plan(model)
    found = []
    for row in orjson.loads(value) if value else ():
        for at, convert in converters:
            if row[at] is not None:
                row[at] = convert(row[at])
        found.append(model.from_db(DEFAULT_DB_ALIAS, names, row))
    return found


@cache
def _json_columns(model: type[Model], vendor: str) -> tuple[str, ...]:
    return tuple(_json_column(field, vendor) for field in model._meta.concrete_fields)


def _json_column(field: Any, vendor: str) -> str:
    column = f"n.{connection.ops.quote_name(field.column)}"
    # SQLite stores instants in UTC without an offset; PostgreSQL's sessions are in UTC and print the offset.
    is_instant = isinstance(field, DateTimeField) and vendor == "sqlite"
    return f"{column} || '+00:00'" if is_instant else column


@cache
def _json_read_plan(model: type[Model]) -> tuple[list[str], list[tuple[int, Convert]]]:
    fields: list[Any] = list(model._meta.concrete_fields)
    converters = [(at, json_reader_of(field)) for at, field in enumerate(fields) if not is_plain(field)]
    return [field.attname for field in fields], converters
