"""Parsing dates and times as people and programs write them. Pure."""

import re
from datetime import UTC, date, datetime

from tasks_app.values.fields import AtInstant, AtWall, OnDay, When

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_FIRST_YEAR = 1970


def read_moment(text: object) -> When | None:
    """Return the moment of `YYYY-MM-DD`, or of RFC 3339 with or without seconds and offset; None for any other text.

    A time with an offset is an instant, a time without one is a wall time, a date is a whole day; years 1970 to 9999.
    """
    if not isinstance(text, str):
        return None
    written = text.strip().upper()
    try:
        when = _read(written)
    except (ValueError, OverflowError):
        return None
    return when


def _read(text: str) -> When | None:
    if _DAY.fullmatch(text):
        day = date.fromisoformat(text)
        return OnDay(day) if day.year >= _FIRST_YEAR else None
    if not _TIME.fullmatch(text):
        return None
    moment = datetime.fromisoformat(text)
    if moment.year < _FIRST_YEAR:
        return None
    return AtWall(moment) if moment.tzinfo is None else AtInstant(moment.astimezone(UTC))
