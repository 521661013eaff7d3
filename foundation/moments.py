"""Reading dates and times as people and programs write them, and saying what is wrong with one. Pure."""

import re
from calendar import month_name, monthrange
from datetime import UTC, date, datetime
from typing import Final, Literal

from foundation.http.error_bounds import show_value

MomentKind = Literal["moment", "day", "time"]
_FIRST_YEAR: Final = 1970
# The first minutes of 1970 in the easternmost zone: answers are in UTC, and what is answered is read again.
_FIRST_INSTANT: Final = datetime(1969, 12, 31, 10, tzinfo=UTC)
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,9})?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_NUMBERS: Final = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?:Z|[+-](\d{2}):?(\d{2}))?)?",
    re.ASCII,
)
_EXAMPLES: Final = {
    "moment": ("date or time", "2026-03-29, 2026-03-29T10:00 or 2026-03-29T10:00:00Z"),
    "day": ("date", "2026-03-29"),
    "time": ("time", "2026-03-29T10:00 or 2026-03-29T10:00:00Z"),
}
# Group of a time's parts, the name of the part, and the most that it may be.
_MOST: Final = (
    (4, "hour", 23),
    (5, "minute", 59),
    (6, "second", 59),
    (7, "offset hour", 23),
    (8, "offset minute", 59),
)


def parse_moment(text: object) -> date | datetime | None:
    """Read `YYYY-MM-DD`, or RFC 3339 with or without seconds and offset; None for anything else.

    A time with an offset is an instant in UTC, one without naive; from 1970 to 9999, wherever its zone puts it.
    """
    if not isinstance(text, str):
        return None
    try:
        return _parse(text.strip().upper())
    except (ValueError, OverflowError):
        return None


def _parse(text: str) -> date | datetime | None:
    if _DAY.fullmatch(text):
        day = date.fromisoformat(text)
        return day if day.year >= _FIRST_YEAR else None
    if not _TIME.fullmatch(text) or _part_beyond(_NUMBERS.fullmatch(text)):
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        return moment if moment.year >= _FIRST_YEAR else None
    instant = moment.astimezone(UTC)
    return instant if instant >= _FIRST_INSTANT else None


def explain_moment(value: object, *, wanted: MomentKind = "moment") -> str:
    """Return why `parse_moment` does not read a value, or reads another kind than `wanted`, and what it would read."""
    kind, examples = _EXAMPLES[wanted]
    if not isinstance(value, str):
        return f"{show_value(value)} is no text: write a {kind} such as {examples}, in quotes."
    text, read = value.strip().upper(), parse_moment(value)
    shown = show_value(value)
    if isinstance(read, datetime):
        return f"{shown} is a time: write the date alone, {text[:10]}."
    if isinstance(read, date):
        return f"{shown} is a whole day: write a time as well, such as {text[:10]}T10:00."
    match = _NUMBERS.fullmatch(text)
    why = _impossible_date(match) or _part_beyond(match) if match else ""
    if why:
        return f"{shown} cannot be: {why}."
    if match:
        return f"{shown} lies outside of the calendar: write a {kind} from {_FIRST_YEAR} to 9999."
    return f"{shown} is no {kind}: write one such as {examples}."


def _impossible_date(match: re.Match[str]) -> str:
    year, month, day = (int(match[group]) for group in (1, 2, 3))
    if not 1 <= month <= 12:
        return f"months are 01 to 12, not {match[2]}"
    if year < 1:
        return "there is no year 0000"
    last = monthrange(year, month)[1]
    return "" if 1 <= day <= last else f"{month_name[month]} {year} has the days 01 to {last}, not {match[3]}"


def _part_beyond(match: re.Match[str] | None) -> str:
    """Return which part of a time is more than it can be."""
    for group, name, most in _MOST:
        if match and match[group] is not None and int(match[group]) > most:
            return f"the {name} is 00 to {most}, not {match[group]}"
    return ""
