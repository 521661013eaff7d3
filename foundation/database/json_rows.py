"""Rows that come along with another one, as JSON in a column of their own: one statement instead of several."""

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import orjson
from django.db import connection
from django.db.models import Model

from foundation.database.columns import is_as_it_is, json_reading_of

_M = TypeVar("_M", bound=Model)


def list_of(model: type[Model], rest: str, *, order: str) -> str:
    """Return the expression for a list of rows of a model, to be read by `rows_in`.

    `rest` is constant text: joins, and conditions that may name the tables around; the model's table is `n`.
    """
    table = model._meta.db_table
    columns = ", ".join(f"n.{connection.ops.quote_name(name)}" for name in _columns(model))
    if connection.vendor == "postgresql":
        listed = f"json_agg(json_build_array({columns}) ORDER BY {order})"
        return f"(SELECT CAST({listed} AS text) FROM {table} n {rest})"
    rows = f"SELECT n.* FROM {table} n {rest} ORDER BY {order}"
    return f"(SELECT json_group_array(json_array({columns})) FROM ({rows}) n)"


def rows_in(model: type[_M], value: str | None) -> list[_M]:
    """Return the rows of such a list, as the ORM would read them."""
    names, converters = _reading(model)
    found = []
    for row in orjson.loads(value) if value else ():
        for at, convert in converters:
            row[at] = convert(row[at])
        found.append(model.from_db(connection.alias, names, row))
    return found


@cache
def _columns(model: type[Model]) -> tuple[str, ...]:
    return tuple(str(field.column) for field in model._meta.concrete_fields)


@cache
def _reading(model: type[Model]) -> tuple[list[str], list[tuple[int, Callable[[Any], Any]]]]:
    fields: list[Any] = list(model._meta.concrete_fields)
    converters = [(at, json_reading_of(field)) for at, field in enumerate(fields) if not is_as_it_is(field)]
    return [field.attname for field in fields], converters
