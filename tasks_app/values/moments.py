"""What a date or time that somebody wrote asks of a task. Pure."""

from datetime import datetime
from typing import Final

from foundation.moments import MomentKind, explain_moment, parse_moment
from tasks_app.values.fields import AtInstant, AtWall, OnDay, When

_WANTED: Final[dict[type, MomentKind]] = {OnDay: "day", AtInstant: "time"}


def read_moment(text: object) -> When | None:
    """Return the moment of `YYYY-MM-DD`, or of RFC 3339 with or without seconds and offset; None for any other text.

    A time with an offset is an instant, a time without one is a wall time, a date is a whole day; years 1970 to 9999.
    """
    read = parse_moment(text)
    if read is None:
        return None
    if not isinstance(read, datetime):
        return OnDay(read)
    return AtWall(read) if read.tzinfo is None else AtInstant(read)


def refuse_moment(value: object, *, only: type | None = None) -> str:
    """Return why a value is not read, or is not the kind that is wanted: OnDay, or AtInstant for any time."""
    return explain_moment(value, wanted=_WANTED[only] if only else "moment")
