"""The form of a value in a backup, which is the same for the same value whatever the database is.

A row is a JSON array with a value for each column. Numbers, texts and truth values are themselves; moments are RFC 3339
in UTC, dates, times and UUIDs as RFC 3339 and RFC 9562 write them, decimals and JSON texts, JSON with sorted keys.
"""

import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Final

import orjson
from django.db.models import DateTimeField, DecimalField, Field, JSONField, UUIDField

from foundation.database.columns import Convert, stored_field

_OPTIONS: Final = orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z

TableRows = Sequence[Sequence[Any]]


def encoder_of(fields: Sequence["Field[Any, Any]"], vendor: str) -> Callable[[TableRows], bytes]:
    """Return what turns rows, as the driver gives them, into lines of JSON."""
    converters = _converters(fields, _to_archive, vendor)

    def encode(rows: TableRows) -> bytes:
        shown = _converted(list(map(list, rows)), converters) if converters else rows
        return b"".join([orjson.dumps(row, option=_OPTIONS) + b"\n" for row in shown])

    return encode


def decoder_of(fields: Sequence["Field[Any, Any]"], vendor: str) -> Callable[[bytes], TableRows]:
    """Return what turns lines of JSON into rows as the database takes them; it raises ValueError for other lines."""
    converters = _converters(fields, _to_database, vendor)

    def decode(lines: bytes) -> TableRows:
        rows = [orjson.loads(line) for line in lines.splitlines()]
        if any(type(row) is not list or len(row) != len(fields) for row in rows):
            raise ValueError("a row has other columns than its table")
        return _converted(rows, converters)

    return decode


def _converted(rows: list[list[Any]], converters: Sequence[tuple[int, Convert]]) -> TableRows:
    """Convert the values of rows in place, a column at a time, and return the rows."""
    for at, convert in converters:
        for row in rows:
            if row[at] is not None:
                row[at] = convert(row[at])
    return rows


def _converters(
    fields: Sequence["Field[Any, Any]"],
    convert_of: Callable[[Any, str], Convert | None],
    vendor: str,
) -> list[tuple[int, Convert]]:
    found = [(at, convert_of(stored_field(field), vendor)) for at, field in enumerate(fields)]
    return [(at, convert) for at, convert in found if convert is not None]


def _to_archive(field: Any, vendor: str) -> Convert | None:
    if isinstance(field, JSONField):
        return _sorted_json
    if isinstance(field, DecimalField):
        return lambda value: f"{Decimal(value):.{field.decimal_places}f}"
    if isinstance(field, UUIDField) and vendor == "sqlite":
        return _hyphenated
    return None


def _to_database(field: Any, vendor: str) -> Convert | None:
    if vendor == "postgresql":
        return None
    if isinstance(field, DateTimeField):
        return _sqlite_moment
    if isinstance(field, UUIDField):
        return lambda value: value.replace("-", "")
    return None


def _sorted_json(text: str) -> str:
    # Python's own reader: others read integers above 64 bits as floats.
    return json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _hyphenated(text: str) -> str:
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _sqlite_moment(text: str) -> str:
    """Return a moment as Django writes it into SQLite: UTC without an offset."""
    return f"{text[:10]} {text[11:].removesuffix('Z')}"
