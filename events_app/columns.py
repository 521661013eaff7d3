"""Between a column's value in Python and in a statement: the conversions of Django's fields, made ready once.

Most values are handed on as they are, or adapted by one function; the fields find that out anew for each value.
"""

from collections.abc import Callable
from datetime import date, datetime, time
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
    models.IntegerField: int,
    models.PositiveIntegerField: int,
    models.PositiveSmallIntegerField: int,
    models.TextField: str,
}
_ADAPTED: Final[dict[type, tuple[type, str]]] = {
    models.DateField: (date, "adapt_datefield_value"),
    models.DateTimeField: (datetime, "adapt_datetimefield_value"),
    models.TimeField: (time, "adapt_timefield_value"),
}


def is_as_it_is(field: Any) -> bool:
    """Whether a column holds nothing but numbers or texts, the same in Python, in databases and in JSON."""
    kept = _AS_IT_IS.get(type(field.target_field if field.is_relation else field))
    return kept is int or kept is str


def reading_of(field: Any) -> list[Convert]:
    """Return what turns a column's value, as the driver gives it, into the attribute's; one after the other."""
    column = field.get_col(field.model._meta.db_table)
    converters = (*connection.ops.get_db_converters(column), *column.get_db_converters(connection))
    return [_bound(each, column) for each in converters]


def _bound(converter: Callable[..., Any], column: Any) -> Convert:
    return lambda value: converter(value, column, connection)


def writing_of(field: Any) -> Convert:
    """Return what turns an attribute's value into a statement's parameter, as `field.get_db_prep_save` does.

    Raises TypeError for a field that finds its value by itself when a row is saved.
    """
    if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False) or field.generated:
        raise TypeError(f"{field} finds its value by itself")
    stored = field.target_field if field.is_relation else field
    if kept := _AS_IT_IS.get(type(stored)):
        return _handing_on(field, kept)
    if type(field) in _ADAPTED:
        return _adapting(field, *_ADAPTED[type(field)])
    return lambda value: field.get_db_prep_save(value, connection)


def _handing_on(field: Any, kept: type) -> Convert:
    def convert(value: object) -> object:
        if value is None or type(value) is kept:
            return value
        return field.get_db_prep_save(value, connection)

    return convert


def _adapting(field: Any, kept: Any, name: str) -> Convert:
    is_taken = connection.vendor == "postgresql"  # its driver knows times

    def convert(value: Any) -> object:
        if value is None:
            return None
        if type(value) is not kept or (kept is datetime and value.tzinfo is None):
            return field.get_db_prep_save(value, connection)
        return value if is_taken else getattr(connection.ops, name)(value)

    return convert
