"""Inserting many rows of a model at a fraction of what `bulk_create` spends on each. No defaults of the database."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

from django.db import connection
from django.db.models import Field, JSONField, Model

from events_app import sql

ROWS_PER_STATEMENT = 500


def give_ids(rows: Sequence[Model]) -> None:
    """Give rows of one model the next ids of their table, in order. Called inside a transaction that writes."""
    if rows:
        for row, number in zip(rows, _next_ids(rows[0]._meta.db_table, len(rows)), strict=True):
            row.pk = number


def insert_rows(rows: Sequence[Model]) -> None:
    """Insert rows of one model that have their ids; every column is written as the row has it."""
    if not rows:
        return
    columns = [(field.attname, field.column, _converter(field)) for field in rows[0]._meta.concrete_fields]
    names = ", ".join(connection.ops.quote_name(column) for _, column, _ in columns if column)
    for start in range(0, len(rows), ROWS_PER_STATEMENT):
        some = [
            [convert(getattr(row, name)) for name, _, convert in columns]
            for row in rows[start : start + ROWS_PER_STATEMENT]
        ]
        listed, params = sql.values(some)
        sql.execute(f"INSERT INTO {rows[0]._meta.db_table} ({names}) {listed}", params)
        for row in rows[start : start + ROWS_PER_STATEMENT]:
            row._state.adding = False


def _next_ids(table: str, count: int) -> Sequence[int]:
    if connection.vendor == "postgresql":
        query = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
        return sorted(number for (number,) in sql.fetch(query, [table, count]))
    last = sql.fetch("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
    first = last[0][0] + 1 if last else 1
    return range(first, first + count)


def _converter(field: "Field[Any, Any]") -> Callable[[Any], object]:
    if isinstance(field, JSONField):
        return lambda value: None if value is None else json.dumps(value)
    return _for_sqlite if connection.vendor == "sqlite" else _plain


def _plain(value: object) -> object:
    """Return a choice as the number or text that it stands for."""
    return getattr(value, "value", value)


def _for_sqlite(value: object) -> object:
    if isinstance(value, datetime):
        return str(value.astimezone(UTC).replace(tzinfo=None))  # as Django does, in a third of the time
    return value.isoformat() if isinstance(value, date | time) else _plain(value)
