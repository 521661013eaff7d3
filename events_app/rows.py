"""Reading and writing rows of a model by SQL that is put together once: for what every write does.

The ORM builds the text of a statement anew each time, which costs several times what running it does. What comes
out is the same: values go through the fields' own conversions, the database's refusals are Django's errors.
Rows are written inside a transaction, to columns that take what the row has: no expressions, no values that the
database or the field finds by itself (`db_default`, `auto_now`), no signals.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final, TypeVar

from django.db import DatabaseError, connection
from django.db.models import Model
from django.db.transaction import mark_for_rollback_on_error

from events_app import sql
from events_app.columns import Convert, reading_of, writing_of

M = TypeVar("M", bound=Model)

ROWS_PER_STATEMENT: Final = 500
# SQLite takes 32,766.
PARAMS_PER_STATEMENT: Final = 32_000


def read_rows(model: type[M], rest: str, params: sql.Params) -> list[M]:
    """Return what `SELECT (all columns of model) FROM its table AS t` and `rest` give, as the ORM would.

    `rest` is constant text: joins, conditions, order; values are always in `params`.
    """
    rows = sql.fetch(f"SELECT {selected(model)} FROM {model._meta.db_table} AS t {rest}", params)
    return [row_from(model, row) for row in rows]


def selected(model: type[Model]) -> str:
    """Return the columns of a model as a statement selects them from its table AS t."""
    return _reading(model, connection.vendor).columns


def row_from(model: type[M], values: sql.Row) -> M:
    """Return the row that `selected` columns gave, as the ORM would read it."""
    plan = _reading(model, connection.vendor)
    return model.from_db(connection.alias, plan.names, _converted(values, plan.converters))


def insert_row(row: Model) -> None:
    """Insert one row as `row.save(force_insert=True)` would; without a primary key it gets the database's."""
    insert_rows([row])


def insert_rows(rows: Sequence[Model]) -> None:
    """Insert rows of one model as `bulk_create` would, at most 500 per statement.

    Either all of them have their primary keys, or none has; then they get theirs from the database, in order.
    """
    if rows:
        _insert(rows, _inserting(type(rows[0]), connection.vendor, rows[0].pk is not None))


def put_rows(rows: Sequence[Model]) -> None:
    """Insert rows of one model; those whose primary key is there already are overwritten, column for column."""
    if rows:
        _insert(rows, _putting(type(rows[0]), connection.vendor))


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


def _converted(row: sql.Row, converters: Sequence[tuple[int, Convert]]) -> list[Any]:
    values = list(row)
    for at, convert in converters:
        values[at] = convert(values[at])
    return values


@dataclass(frozen=True, slots=True)
class _Writing:
    """A statement as far as it is the same for all rows, and where its parameters come from."""

    text: str
    names: tuple[str, ...]
    converters: tuple[Convert, ...]
    ending: str = ""
    gives_keys: bool = False


@cache
def _inserting(model: Any, vendor: str, has_keys: bool) -> _Writing:
    fields = [field for field in model._meta.concrete_fields if has_keys or not field.primary_key]
    key = connection.ops.quote_name(model._meta.pk.column)
    ending = "" if has_keys else f" RETURNING {key}"
    return _plan(fields, _insertion(model, fields), ending, gives_keys=not has_keys)


@cache
def _putting(model: Any, vendor: str) -> _Writing:
    fields = model._meta.concrete_fields
    key = connection.ops.quote_name(model._meta.pk.column)
    columns = [connection.ops.quote_name(field.column) for field in fields if not field.primary_key]
    overwriting = ", ".join(f"{column} = EXCLUDED.{column}" for column in columns)
    ending = f" ON CONFLICT ({key}) DO UPDATE SET {overwriting}"
    return _plan(fields, _insertion(model, fields), ending)


@lru_cache(maxsize=1024)
def _updating(model: Any, vendor: str, names: tuple[str, ...] | None) -> _Writing:
    meta, quoted = model._meta, connection.ops.quote_name
    wanted = [meta.get_field(name) for name in names] if names is not None else meta.concrete_fields
    fields = [field for field in wanted if not field.primary_key]
    settings = ", ".join(f"{quoted(field.column)} = %s" for field in fields)
    text = f"UPDATE {quoted(meta.db_table)} SET {settings} WHERE {quoted(meta.pk.column)} = %s"
    return _plan([*fields, meta.pk] if fields else [], text)


def _plan(fields: Sequence[Any], text: str, ending: str = "", *, gives_keys: bool = False) -> _Writing:
    converters = tuple(writing_of(field) for field in fields)
    return _Writing(text, tuple(field.attname for field in fields), converters, ending, gives_keys)


def _insertion(model: Any, fields: Sequence[Any]) -> str:
    quoted = connection.ops.quote_name
    columns = ", ".join(quoted(field.column) for field in fields)
    return f"INSERT INTO {quoted(model._meta.db_table)} ({columns}) VALUES "


def _values(row: Model, plan: _Writing) -> list[Any]:
    return [convert(getattr(row, name)) for name, convert in zip(plan.names, plan.converters, strict=True)]


def _insert(rows: Sequence[Model], plan: _Writing) -> None:
    most = min(ROWS_PER_STATEMENT, PARAMS_PER_STATEMENT // len(plan.names))
    with mark_for_rollback_on_error():
        for start in range(0, len(rows), most):
            _insert_some(rows[start : start + most], plan)


def _insert_some(rows: Sequence[Model], plan: _Writing) -> None:
    one = f"({', '.join(['%s'] * len(plan.names))})"
    text = f"{plan.text}{', '.join([one] * len(rows))}{plan.ending}"
    with connection.cursor() as cursor:
        cursor.execute(text, [value for row in rows for value in _values(row, plan)])
        keys = cursor.fetchall() if plan.gives_keys else ()
    for row, (key,) in zip(rows, keys, strict=False):
        row.pk = key
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias
