"""The one table that converts values between Python and the database. A converter is made once per field.

Single rows and sets of rows, statements and COPY, columns and lists in JSON all use it. Most values need no conversion
or one function; Django's fields decide that again for each value, which costs more than the conversion.
"""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from functools import partial
from typing import Any, Final

from django.db import connection, models

Convert = Callable[[Any], Any]

# Both drivers accept these types unchanged, and so the field's own conversion would return them unchanged.
_UNCONVERTED: Final[dict[type, type]] = {
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
_CONVERSIONS: Final = frozenset({"get_prep_value", "get_db_prep_value", "get_db_prep_save"})
_DATE_TYPES: Final[dict[type, type]] = {
    models.DateField: date,
    models.DateTimeField: datetime,
    models.TimeField: time,
}


def is_plain(field: Any) -> bool:
    """Return whether a column holds only numbers or only texts: these are the same in Python, databases and JSON."""
    plain_type = _plain_type_of(stored_field(field))
    return plain_type is int or plain_type is str


def reader_of(field: Any) -> list[Convert]:
    """Return the converters to apply, in order, to a value from the driver to get the attribute's value."""
    column = field.get_col(field.model._meta.db_table)
    converters = (*connection.ops.get_db_converters(column), *column.get_db_converters(connection))
    return [partial(each, expression=column, connection=connection) for each in converters]


def json_reader_of(field: Any) -> Convert:
    """Return the converter from a value in a JSON array, which is not null, to the attribute's value.

    Raises TypeError for a column that is JSON itself.
    """
    if isinstance(field, models.JSONField):
        raise TypeError(f"{field} would be JSON in JSON")
    return datetime.fromisoformat if isinstance(field, models.DateTimeField) else field.to_python


def writer_of(field: Any) -> Convert:
    """Return the converter from an attribute's value to a statement's parameter, as `field.get_db_prep_save` does.

    Raises TypeError for a field that computes its own value when a row is saved (`auto_now`, generated). The
    converter raises TypeError for an expression, whose value only the database can compute.
    """
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False) or field.generated:
        raise TypeError(f"{field} finds its value by itself")
    stored = stored_field(field)
    if isinstance(stored, models.JSONField):
        return _encode_with(field, stored.encoder)
    if plain_type := _plain_type_of(stored):
        return _pass_through(field, plain_type)
    if type(stored) in _DATE_TYPES:
        return _adapt_with(field, _DATE_TYPES[type(stored)])
    return lambda value: None if value is None else _prepare(field, value)


def _plain_type_of(field: Any) -> type | None:
    """Return the type that both drivers accept unchanged for a field; None where it converts values by itself."""
    for kind in type(field).__mro__:
        if kind in _UNCONVERTED:
            return _UNCONVERTED[kind]
        if not _CONVERSIONS.isdisjoint(vars(kind)):
            return None
    return None


def stored_field(field: Any) -> Any:
    """Return the field whose values the column holds: for a foreign key, the key of the other row."""
    while field.is_relation:
        field = field.target_field
    return field


def _prepare(field: Any, value: object) -> Any:
    if hasattr(value, "resolve_expression"):
        raise TypeError(f"{field} has an expression, whose value the database would find")
    return field.get_db_prep_save(value, connection)


def _pass_through(field: Any, plain_type: type) -> Convert:
    def convert(value: object) -> object:
        if value is None or type(value) is plain_type:
            return value
        if plain_type is int and isinstance(value, int):  # a member of IntegerChoices
            return int(value)
        prepared = _prepare(field, value)
        # A member of TextChoices is a subclass of str, which COPY and the drivers do not all accept as text.
        return str(prepared) if plain_type is str and prepared is not None else prepared

    return convert


def _encode_with(field: Any, encoder: type[json.JSONEncoder] | None) -> Convert:
    def convert(value: Any) -> str | None:
        if hasattr(value, "resolve_expression"):
            raise TypeError(f"{field} has an expression, whose value the database would find")
        return None if value is None else json.dumps(value, cls=encoder)

    return convert


def _adapt_with(field: Any, plain_type: Any) -> Convert:
    is_native = connection.vendor == "postgresql"  # its driver accepts dates and times

    def convert(value: Any) -> object:
        if value is None:
            return None
        if type(value) is not plain_type or (plain_type is datetime and value.tzinfo is None):
            return _prepare(field, value)
        return value if is_native else _sqlite_text(value)

    return convert


def _sqlite_text(value: datetime | date | time) -> str:
    """Return the text that Django writes into SQLite for a date or time, in a fraction of the time."""
    if isinstance(value, datetime):
        return str(value if value.tzinfo is UTC else value.astimezone(UTC))[:-6]
    if isinstance(value, time) and value.tzinfo is not None:
        raise ValueError("SQLite keeps no time of day with a zone")
    return str(value)
