"""The due of a task: a timed wall time in a zone, a floating wall time, or a day.

What is kept is the wall time or date and the zone; instants are derived, and floating dues and days without a
zone follow the user's current one.
"""

from dataclasses import dataclass, replace
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
    """A naive wall time in a zone of its own; `fold` 1 is the second of a time that happens twice."""

    wall: datetime
    zone: ZoneInfo
    fold: int = 0


@dataclass(frozen=True, slots=True)
class Floating:
    """A naive wall time in the user's zone, wherever they are now."""

    wall: datetime


@dataclass(frozen=True, slots=True)
class Day:
    """A whole date; without a zone in the user's current one."""

    day: date
    zone: ZoneInfo | None = None


Due = Timed | Floating | Day


def timed_from_instant(instant: datetime, zone: ZoneInfo) -> Timed:
    """A due that was given with an offset: the wall time in the zone that means exactly this instant."""
    try:
        local = instant.astimezone(zone)
    except OverflowError:
        raise DueRefused("The due lies outside the calendar.", code="out_of_range") from None
    return Timed(_checked_wall(local.replace(tzinfo=None)), zone, local.fold)


# Many tasks are due at the same few times, and what the clocks of a zone do stays the same while a process runs.
# None of these depends on the `fold` of a wall time, which a cache would not see.
@lru_cache(maxsize=_CACHED_RESULTS)
def timed_from_wall(wall: datetime, zone: ZoneInfo) -> Timed:
    """A due that was given as a wall time in a zone. DueRefused outside the years 1970 to 9999."""
    due = Timed(_checked_wall(wall), zone)
    resolve(due, zone)
    return due


@lru_cache(maxsize=_CACHED_RESULTS)
def floating_from_wall(wall: datetime) -> Floating:
    """A floating due. DueRefused outside the years 1970 to 9999, in whatever zone the user may be."""
    floating = Floating(_checked_wall(wall))
    resolve(floating, _WESTERNMOST)
    return floating


def day_from_date(day: date, zone: ZoneInfo | None = None) -> Day:
    """A whole day. DueRefused outside the years 1970 to 9999."""
    return Day(_checked_day(day), zone)


def zone_of_due(due: Due, user_zone: ZoneInfo) -> ZoneInfo:
    """The zone in which a due is read: its own, or the user's current one."""
    own = None if isinstance(due, Floating) else due.zone
    return own or user_zone


def slot_of(due: Due) -> Slot:
    """The wall time (its `fold` kept) or date of a due, as the start of a series or an occurrence."""
    if isinstance(due, Day):
        return due.day
    return due.wall.replace(fold=due.fold if isinstance(due, Timed) else 0)


def due_at_slot(due: Due, slot: Slot) -> Due:
    """A due of the same kind and zone at another slot of its series."""
    if isinstance(due, Day):
        return replace(due, day=day_of(slot))
    wall = slot if isinstance(slot, datetime) else datetime.combine(slot, due.wall.time())
    if isinstance(due, Timed):
        return replace(due, wall=wall.replace(fold=0), fold=wall.fold)
    return replace(due, wall=wall.replace(fold=0))


@lru_cache(maxsize=_CACHED_RESULTS)
def resolve(due: Due, user_zone: ZoneInfo) -> Resolved:
    """The instant of a due (a day's first one) with the wall time at which it really happens."""
    return resolve_slot(slot_of(due), zone_of_due(due, user_zone))


def overdue_at(due: Due, user_zone: ZoneInfo) -> datetime:
    """The instant from which an open task is overdue: its own, or for a day the start of the next."""
    if isinstance(due, Day):
        return day_end(due.day, zone_of_due(due, user_zone))
    return resolve(due, user_zone).instant


def is_overdue(due: Due, user_zone: ZoneInfo, now: datetime) -> bool:
    """Whether an open task with this due is overdue at `now` (aware)."""
    return now >= overdue_at(due, user_zone)


def day_of(slot: Slot) -> date:
    """The date of a slot."""
    return slot.date() if isinstance(slot, datetime) else slot


def slot_text(slot: Slot) -> str:
    """A slot as `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM:SS`: the stored identity of an occurrence."""
    return slot.isoformat(timespec="seconds") if isinstance(slot, datetime) else slot.isoformat()


def parse_slot(text: str, *, field: str = "occurrence") -> Slot:
    """What `slot_text` wrote; DueRefused (`malformed`) for anything else."""
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
