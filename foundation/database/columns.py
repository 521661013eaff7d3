"""Between a column's value in Python and in a statement: the one table of conversions, made ready once per field.

Single rows and sets of rows, statements and COPY, columns and lists in JSON all convert by it. Most values are
handed on as they are, or adapted by one function; Django's fields find that out anew for each value.
"""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from functools import partial
from typing import Any, Final

from django.db import connection, models

Convert = Callable[[Any], Any]

# What both drivers take as it is where the field's own conversion would hand it on.
_AS_IT_IS: Final[dict[type, type]] = {
    models.AutoField: int,
    models.BigAutoField: int,
    models.BigIntegerField: int,
    models.BooleanField: bool,
    models.CharField: str,
    models.EmailField: str,
    models.IntegerField: int,
    models.PositiveBigIntegerField: int,
    models.PositiveIntegerField: int,
    models.PositiveSmallIntegerField: int,
    models.SmallIntegerField: int,
    models.TextField: str,
}
_MOMENTS: Final[dict[type, type]] = {
    models.DateField: date,
    models.DateTimeField: datetime,
    models.TimeField: time,
}


def is_plain(field: Any) -> bool:
    """Whether a column holds nothing but numbers or texts, the same in Python, in databases and in JSON."""
    kept = _AS_IT_IS.get(type(_stored_field(field)))
    return kept is int or kept is str


def reader_of(field: Any) -> list[Convert]:
    """Return what turns a column's value, as the driver gives it, into the attribute's; one after the other."""
    column = field.get_col(field.model._meta.db_table)
    converters = (*connection.ops.get_db_converters(column), *column.get_db_converters(connection))
    return [partial(each, expression=column, connection=connection) for each in converters]


def json_reader_of(field: Any) -> Convert:
    """Return what turns a column's value, as it stands in a list of JSON and is not null, into the attribute's.

    Raises TypeError for a column that is JSON itself.
    """
    if isinstance(field, models.JSONField):
        raise TypeError(f"{field} would be JSON in JSON")
    return datetime.fromisoformat if isinstance(field, models.DateTimeField) else field.to_python


def writer_of(field: Any) -> Convert:
    """Return what turns an attribute's value into a statement's parameter, as `field.get_db_prep_save` does.

    Raises TypeError for a field that finds its value by itself when a row is saved; what is returned raises it
    for an expression, whose value only the database would find.
    """
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False) or field.generated:
        raise TypeError(f"{field} finds its value by itself")
    stored = _stored_field(field)
    if isinstance(stored, models.JSONField):
        return _encode_with(field, stored.encoder)
    if kept := _AS_IT_IS.get(type(stored)):
        return _pass_through(field, kept)
    if type(stored) in _MOMENTS:
        return _adapt_with(field, _MOMENTS[type(stored)])
    return lambda value: None if value is None else _prepare(field, value)


def _stored_field(field: Any) -> Any:
    """Return the field whose values the column holds: for a relation that of the row it leads to."""
    while field.is_relation:
        field = field.target_field
    return field


def _prepare(field: Any, value: object) -> Any:
    if hasattr(value, "resolve_expression"):
        raise TypeError(f"{field} has an expression, whose value the database would find")
    return field.get_db_prep_save(value, connection)


def _pass_through(field: Any, kept: type) -> Convert:
    def convert(value: object) -> object:
        if value is None or type(value) is kept:
            return value
        prepared = _prepare(field, value)
        # A choice is a text of a class of its own, which not every way into a database takes for one.
        return str(prepared) if kept is str and prepared is not None else prepared

    return convert


def _encode_with(field: Any, encoder: type[json.JSONEncoder] | None) -> Convert:
    def convert(value: Any) -> str | None:
        if hasattr(value, "resolve_expression"):
            raise TypeError(f"{field} has an expression, whose value the database would find")
        return None if value is None else json.dumps(value, cls=encoder)

    return convert


def _adapt_with(field: Any, kept: Any) -> Convert:
    is_taken = connection.vendor == "postgresql"  # its driver knows times

    def convert(value: Any) -> object:
        if value is None:
            return None
        if type(value) is not kept or (kept is datetime and value.tzinfo is None):
            return _prepare(field, value)
        return value if is_taken else _text_of(value)

    return convert


def _text_of(value: datetime | date | time) -> str:
    """Return what Django writes into SQLite, in a fraction of the time."""
    if isinstance(value, datetime):
        return str(value if value.tzinfo is UTC else value.astimezone(UTC))[:-6]
    if isinstance(value, time) and value.tzinfo is not None:
        raise ValueError("SQLite keeps no time of day with a zone")
    return str(value)
