"""The due of a task: a wall time in a zone (timed), a wall time without a zone (floating), or a day.

The wall time or date and the zone are stored; instants are derived from them. Floating dues, and days without a zone of
their own, follow the user's current zone.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from .errors import DueRefused, quote_value
from .instants import Resolved, Slot, day_end, resolve_slot

FIRST_YEAR, LAST_YEAR = 1970, 9999
_CACHED_RESULTS: Final = 8192

_WESTERNMOST: Final = ZoneInfo("Etc/GMT+12")


@dataclass(frozen=True, slots=True)
class Timed:
    """A naive wall time in a zone; `fold` 1 means the second of two equal wall times."""

    wall: datetime
    zone: ZoneInfo
    fold: int = 0


@dataclass(frozen=True, slots=True)
class Floating:
    """A naive wall time in the user's current zone."""

    wall: datetime


@dataclass(frozen=True, slots=True)
class Day:
    """A whole date, in a zone or else in the user's current one."""

    day: date
    zone: ZoneInfo | None = None


Due = Timed | Floating | Day


def timed_from_instant(instant: datetime, zone: ZoneInfo) -> Timed:
    """Return the due at an instant: the wall time of the zone. Raises DueRefused (`out_of_range`)."""
    try:
        local = instant.astimezone(zone)
    except OverflowError:
        raise DueRefused("The due lies outside the calendar.", code="out_of_range") from None
    return Timed(_checked_wall(local.replace(tzinfo=None)), zone, local.fold)


# Cached, since many tasks are due at the same times, and the rules of a zone stay the same while a process runs.
# Equal wall times with another `fold` have the same hash: the results of cached functions must not depend on it.
@lru_cache(maxsize=_CACHED_RESULTS)
def timed_from_wall(wall: datetime, zone: ZoneInfo) -> Timed:
    """Return the due at a wall time in a zone. Raises DueRefused outside the years 1970 to 9999."""
    due = Timed(_checked_wall(wall), zone)
    resolve(due, zone)
    return due


@lru_cache(maxsize=_CACHED_RESULTS)
def floating_from_wall(wall: datetime) -> Floating:
    """Return the floating due at a wall time. Raises DueRefused if any zone puts it outside the years 1970 to 9999."""
    floating = Floating(_checked_wall(wall))
    resolve(floating, _WESTERNMOST)
    return floating


def day_from_date(day: date, zone: ZoneInfo | None = None) -> Day:
    """Return the due of a whole day. Raises DueRefused outside the years 1970 to 9999."""
    return Day(_checked_day(day), zone)


def zone_of_due(due: Due, user_zone: ZoneInfo) -> ZoneInfo:
    """Return the zone of a due: its own, or the user's current one."""
    own = None if isinstance(due, Floating) else due.zone
    return own or user_zone


def slot_of(due: Due) -> Slot:
    """Return the slot of a due: its wall time with its `fold`, or its date."""
    if isinstance(due, Day):
        return due.day
    return due.wall.replace(fold=due.fold if isinstance(due, Timed) else 0)


@lru_cache(maxsize=_CACHED_RESULTS)
def resolve(due: Due, user_zone: ZoneInfo) -> Resolved:
    """Return the instant of a due, of a day its first, with the wall time that the clocks show then."""
    return resolve_slot(slot_of(due), zone_of_due(due, user_zone))


def overdue_at(due: Due, user_zone: ZoneInfo) -> datetime:
    """Return the instant from which an open task is overdue: that of the due, or the start of the day after it."""
    if isinstance(due, Day):
        return day_end(due.day, zone_of_due(due, user_zone))
    return resolve(due, user_zone).instant


def day_of(slot: Slot) -> date:
    """Return the date of a slot."""
    return slot.date() if isinstance(slot, datetime) else slot


def slot_text(slot: Slot) -> str:
    """Return a slot as `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM:SS`: so an occurrence is identified in the database."""
    return slot.isoformat(timespec="seconds") if isinstance(slot, datetime) else slot.isoformat()


def parse_slot(text: str, *, field: str = "occurrence") -> Slot:
    """Return the slot of a text that `slot_text` made. Raises DueRefused (`malformed`) for any other text."""
    try:
        slot: Slot = datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
    except ValueError:
        slot = date.min
    if slot_text(slot) != text or day_of(slot).year < FIRST_YEAR:
        raise DueRefused(f"{quote_value(text)} is not a local start.", code="malformed", field=field)
    return slot


def _checked_wall(wall: datetime) -> datetime:
    _checked_day(wall.date())
    return datetime.combine(wall.date(), time(wall.hour, wall.minute, wall.second))


def _checked_day(day: date) -> date:
    if day.year < FIRST_YEAR:
        raise DueRefused(f"Dates run from {FIRST_YEAR} to {LAST_YEAR}.", code="out_of_range")
    return day
