"""PostgreSQL's COPY: the fastest way to insert many rows, when the database has nothing to give back."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from io import StringIO
from typing import Final, cast
from uuid import UUID

from django.db import connection

NULL: Final = r"\N"
_PRINTED: Final = frozenset({bool, int, float, Decimal, UUID, datetime, date, time})


def copy_lines(table: str, columns: Sequence[str], lines: Iterable[str]) -> None:
    """Insert rows given as lines of COPY's text format; PostgreSQL only. Refusals are Django's errors."""
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(_statement(table, tuple(columns)), StringIO("".join(lines)))


def escape_text(value: str) -> str:
    """Escape for COPY's text format (PostgreSQL, SQL Commands, COPY, File Formats)."""
    # Looking costs a quarter of replacing what is not there.
    if "\\" in value:
        value = value.replace("\\", r"\\")
    if "\t" in value:
        value = value.replace("\t", r"\t")
    if "\n" in value:
        value = value.replace("\n", r"\n")
    if "\r" in value:
        value = value.replace("\r", r"\r")
    return value


def encode_value(parameter: object) -> str:
    """Return what stands in a line for a statement's parameter. Raises TypeError for a type without such a text."""
    kind = type(parameter)
    if kind is str:
        return escape_text(cast(str, parameter))
    if parameter is None:
        return NULL
    if kind in _PRINTED:
        return str(parameter)
    if isinstance(parameter, timedelta):
        return f"{parameter // timedelta(microseconds=1)} microseconds"
    if isinstance(parameter, bytes | bytearray | memoryview):
        return rf"\\x{bytes(parameter).hex()}"
    if isinstance(parameter, str):
        return escape_text(str(parameter))
    raise TypeError(f"a {kind.__name__} cannot be copied")


def or_null(value: object) -> object:
    """Return what stands in a line for a value that needs no escaping, or for none."""
    return NULL if value is None else value


@cache
def _statement(table: str, columns: tuple[str, ...]) -> str:
    return f"COPY {table} ({', '.join(columns)}) FROM STDIN"
