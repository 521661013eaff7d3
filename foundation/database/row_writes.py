"""Write rows of a model, one or many, in a few statements that cost a fraction of what the ORM spends.

Each column gets the value that the instance has: there are no expressions, no values that the database or the field
computes (`db_default`, `auto_now`) and no signals. Values are converted as the fields do; errors are Django's.
Callers are inside a write transaction.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from operator import attrgetter
from typing import Any, Final, TypeVar

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, models
from django.db.models import Model
from django.db.models.base import ModelState

from foundation.database import copy_format, sql
from foundation.database.columns import Convert, writer_of
from foundation.database.prepared import PreparedSql
from foundation.database.sessions import database_vendor

ROWS_PER_STATEMENT: Final = 1000
_ROWS_WORTH_COPYING: Final = 5
Values = Sequence[Any]
_M = TypeVar("_M", bound=Model)


def new_row(model: type[_M], **values: object) -> _M:
    """Return the same instance as `model(**values)`, at a fraction of its cost. Names are attnames (`owner_id`)."""
    row = model.__new__(model)
    row._state = ModelState()
    row.__dict__.update(_defaults(model))
    row.__dict__.update(values)
    return row


def insert_row(row: Model) -> None:
    """Insert one row as `row.save(force_insert=True)` does. A row without a primary key gets one."""
    plan = _row_insert_plan(type(row), database_vendor(), row.pk is not None)
    for (key,) in sql.run_together([(plan.text, _row_values(row, plan))]):
        row.pk = key
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def insert_of(row: Model) -> sql.Statement:
    """Return the INSERT of one row that has its primary key already."""
    plan = _row_insert_plan(type(row), database_vendor(), True)
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    return plan.text, _row_values(row, plan)


def next_key(model: type[Model]) -> str:
    """Return the SQL expression for the next primary key of a model; null on SQLite, which inserts without a trip."""
    if database_vendor() == "sqlite":
        return "NULL"
    table = connection.ops.quote_name(model._meta.db_table)
    return f"nextval(pg_get_serial_sequence('{table}', '{model._meta.pk.column}'))"


def update_of(row: Model, names: Sequence[str] | None = None) -> list[sql.Statement]:
    """Return the UPDATE of these attributes of a row (None: of all), in a list that is empty if there are none."""
    plan = _row_update_plan(type(row), database_vendor(), None if names is None else tuple(names))
    return [(plan.text, _row_values(row, plan))] if plan.converters else []


def insert_all(rows: Sequence[Model]) -> None:
    """Insert any number of rows of one model. Rows without a primary key get the next ones, in order."""
    if not rows:
        return
    if len(rows) == 1:
        insert_row(rows[0])
        return
    _assign_ids([row for row in rows if row.pk is None])
    plan = _write_plan(type(rows[0]), database_vendor())
    sql.run_together(_insert_statements(plan, [plan.read(row) for row in rows]))
    alias = DEFAULT_DB_ALIAS
    for row in rows:
        row._state.adding, row._state.db = False, alias


def insert_statements(model: type[Model], names: tuple[str, ...], values: Sequence[Values]) -> list[sql.Work]:
    """Return the work that inserts rows with values for `names`. The database makes the keys if `names` has none."""
    return _insert_statements(_write_plan(model, database_vendor(), names), values)


def upsert_statements(model: type[Model], names: tuple[str, ...], values: Sequence[Values]) -> list[sql.Work]:
    """Return the work that inserts rows, with their primary keys in `names`, or updates those that exist."""
    plan = _write_plan(model, database_vendor(), names)
    key = connection.ops.quote_name(str(model._meta.pk.column))
    setting = ", ".join(f"{column} = EXCLUDED.{column}" for column in plan.columns if column != key)
    return _insert_statements(plan, values, ending=f" ON CONFLICT ({key}) DO UPDATE SET {setting}")


def update_statements(rows: Sequence[Model], names: tuple[str, ...]) -> list[sql.Work]:
    """Return the work that updates these attributes of rows.

    For several rows, running it raises DatabaseError if one of them does not exist.
    """
    if len(rows) <= 1:
        return [statement for row in rows for statement in update_of(row, names)]
    return [partial(_update_all, rows, names)]


def deletion(model: type[Model], name: str, ids: Sequence[int]) -> sql.Statement:
    """Return the DELETE of the rows whose attribute is one of `ids`. It does not cascade.

    The ORM would read all of them first.
    """
    condition, params = sql.id_condition(_quoted_column(model, name, database_vendor()), ids)
    return f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)} WHERE {condition}", params


def reference_removal(model: type[Model], name: str, ids: Sequence[int]) -> sql.Statement:
    """Return the UPDATE that sets an attribute to null where it is one of `ids`."""
    column = _quoted_column(model, name, database_vendor())
    condition, params = sql.id_condition(column, ids)
    table = connection.ops.quote_name(model._meta.db_table)
    return f"UPDATE {table} SET {column} = NULL WHERE {condition}", params


@cache
def _quoted_column(model: Any, name: str, vendor: str) -> str:
    [field] = [each for each in model._meta.concrete_fields if each.attname == name]
    return connection.ops.quote_name(field.column)


def _update_all(rows: Sequence[Model], names: tuple[str, ...]) -> None:
    plan = _write_plan(type(rows[0]), database_vendor(), (*names, rows[0]._meta.pk.attname))
    changed = _update(plan, [plan.convert(plan.read(row)) for row in rows])
    if changed != len(rows):
        raise DatabaseError("Updating rows that are not there.")


@cache
def _defaults(model: type[Model]) -> dict[str, object]:
    if any(callable(field.default) and field.has_default() for field in model._meta.concrete_fields):
        raise TypeError(f"{model} has a default that is made anew for each row")
    return {field.attname: field.get_default() for field in model._meta.concrete_fields}


@dataclass(frozen=True, slots=True)
class _WritePlan:
    """The columns of a statement over many rows, and how to read and convert their values."""

    table: str
    columns: tuple[str, ...]
    types: tuple[str, ...]
    read: Callable[[Model], Values]
    converters: tuple[Convert, ...]

    def convert(self, values: Values) -> list[Any]:
        return [convert(value) for convert, value in zip(self.converters, values, strict=True)]


@cache
def _write_plan(model: Any, vendor: str, names: tuple[str, ...] | None = None) -> _WritePlan:
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    fields = [*by_name.values()] if names is None else [by_name[name] for name in names]
    return _WritePlan(
        connection.ops.quote_name(model._meta.db_table),
        tuple(connection.ops.quote_name(field.column) for field in fields),
        tuple(_type(field) for field in fields),
        _getter([field.attname for field in fields]),
        tuple(writer_of(field) for field in fields),
    )


def _type(field: Any) -> str:
    # A cast to varchar(n) would cut a text that is too long instead of raising an error.
    if isinstance(field, models.CharField):
        return "text"
    return str(field.rel_db_type(connection) if field.is_relation else field.db_type(connection))


def _getter(names: Sequence[str]) -> Callable[[Model], Values]:
    if len(names) > 1:
        return attrgetter(*names)
    return lambda row: (getattr(row, names[0]),)  # `attrgetter` of one name returns no tuple


def _assign_ids(rows: Sequence[Model]) -> None:
    if rows:
        for row, number in zip(rows, _next_ids(rows[0]._meta, len(rows)), strict=True):
            row.pk = number


def _next_ids(meta: Any, count: int) -> Sequence[int]:
    table = meta.db_table
    if database_vendor() == "postgresql":
        query = "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)"
        rows = sql.fetch(query, [connection.ops.quote_name(table), meta.pk.column, count])
        return sorted(number for (number,) in rows)
    first = last_key(meta.model) + 1
    return range(first, first + count)


def last_key(model: type[Model]) -> int:
    """Return the highest key that SQLite has ever given to a row of a model. Deleting rows does not change it."""
    rows = sql.fetch(*sql.select_last_key(model._meta.db_table, str(model._meta.pk.column)))
    return int(rows[0][0]) if rows else 0


def _insert_statements(plan: _WritePlan, values: Sequence[Values], *, ending: str = "") -> list[sql.Work]:
    into = f"INSERT INTO {plan.table} ({', '.join(plan.columns)})"
    rows = [plan.convert(each) for each in values]
    if database_vendor() == "sqlite" and len(rows) > 1:
        return [partial(_repeat, f"{into} VALUES ({', '.join(['%s'] * len(plan.columns))}){ending}", rows)]
    if len(rows) >= _ROWS_WORTH_COPYING and not ending:
        return [partial(copy_format.copy_lines, plan.table, plan.columns, map(_line, rows))]
    listed = [(sql.values(some), len(some)) for some in _split(rows)]
    return [(_prepared_if_few(f"{into} {text}{ending}", count), params) for (text, params), count in listed]


def _prepared_if_few(text: str, count: int) -> str:
    return PreparedSql(text) if count < _ROWS_WORTH_COPYING else text


def _repeat(text: str, rows: Sequence[Values]) -> None:
    """Run a short statement for each row: SQLite takes longer to parse one long statement than to run it."""
    with connection.cursor() as cursor:
        cursor.executemany(text, rows)


def _line(values: Values) -> str:
    return "\t".join(map(copy_format.encode_value, values)) + "\n"


def _update(plan: _WritePlan, rows: Sequence[Values]) -> int:
    """Update rows, each given with its key as the last value; return how many existed."""
    *columns, key = plan.columns
    with connection.cursor() as cursor:
        if database_vendor() == "sqlite":
            setting = ", ".join(f"{column} = %s" for column in columns)
            cursor.executemany(f"UPDATE {plan.table} SET {setting} WHERE {key} = %s", rows)
            return int(cursor.rowcount)
        typed = zip(columns, plan.types, strict=False)
        setting = ", ".join(f"{column} = v.{column}::{type_}" for column, type_ in typed)
        changed = 0
        for some in _split(rows):
            listed, params = sql.values(some)
            cursor.execute(
                f"UPDATE {plan.table} SET {setting} FROM ({listed}) AS v ({', '.join(plan.columns)})"
                f" WHERE {plan.table}.{key} = v.{key}",
                params,
            )
            changed += cursor.rowcount
        return changed


def _split(rows: Sequence[Values]) -> Iterator[Sequence[Values]]:
    for start in range(0, len(rows), ROWS_PER_STATEMENT):
        yield rows[start : start + ROWS_PER_STATEMENT]


@dataclass(frozen=True, slots=True)
class _RowPlan:
    """A statement for one row, and the attributes and converters that give its parameters."""

    text: str
    names: tuple[str, ...]
    converters: tuple[Convert, ...]


@cache
def _row_insert_plan(model: Any, vendor: str, has_key: bool) -> _RowPlan:
    meta, quoted = model._meta, connection.ops.quote_name
    fields = [field for field in meta.concrete_fields if has_key or not field.primary_key]
    columns, places = ", ".join(quoted(field.column) for field in fields), ", ".join(["%s"] * len(fields))
    text = f"INSERT INTO {quoted(meta.db_table)} ({columns}) VALUES ({places})"
    return _row_plan(fields, text if has_key else f"{text} RETURNING {quoted(meta.pk.column)}")


@lru_cache(maxsize=1024)
def _row_update_plan(model: Any, vendor: str, names: tuple[str, ...] | None) -> _RowPlan:
    meta, quoted = model._meta, connection.ops.quote_name
    wanted = [meta.get_field(name) for name in names] if names is not None else meta.concrete_fields
    fields = [field for field in wanted if not field.primary_key]
    settings = ", ".join(f"{quoted(field.column)} = %s" for field in fields)
    text = f"UPDATE {quoted(meta.db_table)} SET {settings} WHERE {quoted(meta.pk.column)} = %s"
    return _row_plan([*fields, meta.pk] if fields else [], text)


def _row_plan(fields: Sequence[Any], text: str) -> _RowPlan:
    return _RowPlan(
        PreparedSql(text),
        tuple(field.attname for field in fields),
        tuple(writer_of(field) for field in fields),
    )


def _row_values(row: Model, plan: _RowPlan) -> list[Any]:
    return [convert(getattr(row, name)) for name, convert in zip(plan.names, plan.converters, strict=True)]
