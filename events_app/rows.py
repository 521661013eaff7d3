"""Reading rows of a model by SQL that is put together once: for the few reads that every write makes.

The ORM builds the text of a statement anew each time, which costs several times what running it does.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model

from events_app import sql

M = TypeVar("M", bound=Model)
Convert = Callable[[Any], Any]


def read_rows(model: type[M], rest: str, params: sql.Params) -> list[M]:
    """Return what `SELECT (all columns of model) FROM its table AS t` and `rest` give, as the ORM would.

    `rest` is constant text: joins, conditions, order; values are always in `params`.
    """
    columns, names, converters = _reading(model)
    rows = sql.fetch(f"SELECT {columns} FROM {model._meta.db_table} AS t {rest}", params)
    return [model.from_db(connection.alias, names, _converted(row, converters)) for row in rows]


@cache
def _reading(model: Any) -> tuple[str, list[str], tuple[tuple[int, Convert], ...]]:
    fields = model._meta.concrete_fields
    columns = ", ".join(f"t.{connection.ops.quote_name(field.column)}" for field in fields)
    converters = [(at, each) for at, field in enumerate(fields) for each in _converters(model, field)]
    return columns, [field.attname for field in fields], tuple(converters)


def _converters(model: Any, field: Any) -> list[Convert]:
    column = field.get_col(model._meta.db_table)
    return [
        _bound(each, column)
        for each in (*connection.ops.get_db_converters(column), *column.get_db_converters(connection))
    ]


def _bound(converter: Callable[..., Any], column: Any) -> Convert:
    return lambda value: converter(value, column, connection)


def _converted(row: sql.Row, converters: Sequence[tuple[int, Convert]]) -> list[Any]:
    values = list(row)
    for at, convert in converters:
        values[at] = convert(values[at])
    return values
