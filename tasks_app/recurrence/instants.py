"""Converting wall times and dates to instants.

A wall time that a clock change skips moves forward by the gap. Of a wall time that happens twice the first is meant,
unless `fold` is 1. A day starts at its first existing instant in the zone. Instants are aware, in UTC.
"""

from dataclasses import dataclass
from datetime import MINYEAR, UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, Literal
from zoneinfo import ZoneInfo

from .errors import DueRefused

Slot = date | datetime
"""The original local start of an occurrence: a naive wall time, or a date for days."""

Note = Literal["gap"]

# Hours around a midnight: beyond the reach of any clock change, in steps that two changes never share.
_AROUND_HOURS: Final = range(-28, 53, 4)
_ZERO: Final = timedelta()
_SECOND: Final = timedelta(seconds=1)
LAST_INSTANT: Final = datetime.max.replace(tzinfo=UTC)
LAST_SECOND: Final = LAST_INSTANT.replace(microsecond=0)


@dataclass(frozen=True, slots=True)
class Resolved:
    """An instant, the wall time that the clocks show then, and `gap` if a clock change moved it there."""

    instant: datetime
    local: datetime
    note: Note | None = None


def resolve_slot(slot: Slot, zone: ZoneInfo, fold: int | None = None) -> Resolved:
    """Return the instant of a slot: of a date its first, of a wall time as described above.

    `fold` 1 means the second of a wall time that happens twice; without it the `fold` of the slot counts. Raises
    DueRefused (`out_of_range`) if the instant lies outside the years 1 to 9999 in UTC.
    """
    if isinstance(slot, datetime):
        return _resolve_wall(slot.replace(fold=0), zone, slot.fold if fold is None else fold)
    instant = day_start(slot, zone)
    return Resolved(instant, instant.astimezone(zone).replace(tzinfo=None, fold=0))


def resolve_within(slot: Slot, zone: ZoneInfo) -> Resolved:
    """As `resolve_slot`, for stored slots: an instant outside the calendar becomes its last second.

    A floating slot on the last day leaves the calendar when its owner moves to a zone further west.
    """
    try:
        return resolve_slot(slot, zone)
    except DueRefused:
        return Resolved(LAST_SECOND, LAST_SECOND.replace(tzinfo=None))


@lru_cache(maxsize=4096)
def day_start(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant of a date in a zone; of a date that the zone skipped, that of the next date."""
    midnight = datetime.combine(day, time())
    before, after = _offsets(midnight, zone)
    if before < after:
        return _end_of_gap(midnight, zone)
    return _instant(midnight, before)


def day_end(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant at which the next date starts; for the last day, the last instant of the calendar."""
    return LAST_INSTANT if day == date.max else day_start(day + timedelta(days=1), zone)


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """Return the date in a zone at an instant; beyond an end of the calendar, the first or last date."""
    return _wall_at(instant, zone).date()


def local_wall(instant: datetime, zone: ZoneInfo) -> tuple[datetime, int]:
    """Return the wall time of a zone at an instant, and the spread of the zone's offsets around it in seconds.

    A wall time that is earlier by more than the spread is an earlier instant, one that is later by more a later one.
    """
    return _wall_at(instant, zone), _spread(instant.astimezone(UTC).date(), zone)


@lru_cache(maxsize=1024)
def _spread(day: date, zone: ZoneInfo) -> int:
    """Return by how many seconds the offset of a zone varies around a date in UTC."""
    midnight = datetime.combine(day, time(), UTC)
    offsets = {_offset_at(midnight, hours, zone) for hours in _AROUND_HOURS}
    return int((max(offsets) - min(offsets)).total_seconds())


def _wall_at(instant: datetime, zone: ZoneInfo) -> datetime:
    try:
        return instant.astimezone(zone).replace(tzinfo=None, fold=0)
    except OverflowError:
        return datetime.combine(date.min if instant.year == MINYEAR else date.max, time())


def _offset_at(instant: datetime, hours: int, zone: ZoneInfo) -> timedelta:
    try:
        return (instant + timedelta(hours=hours)).astimezone(zone).utcoffset() or _ZERO
    except OverflowError:
        return _ZERO if hours else zone.utcoffset(_wall_at(instant, zone)) or _ZERO


def _resolve_wall(wall: datetime, zone: ZoneInfo, fold: int) -> Resolved:
    before, after = _offsets(wall, zone)
    if before < after:
        return Resolved(_instant(wall, before), wall + (after - before), "gap")
    return Resolved(_instant(wall, after if fold else before), wall)


def _offsets(wall: datetime, zone: ZoneInfo) -> tuple[timedelta, timedelta]:
    """Return the offsets of the zone before and after a change at this wall time (PEP 495); equal without one."""
    first = zone.utcoffset(wall.replace(tzinfo=zone, fold=0)) or _ZERO
    second = zone.utcoffset(wall.replace(tzinfo=zone, fold=1)) or _ZERO
    return first, second


def _instant(wall: datetime, offset: timedelta) -> datetime:
    try:
        return (wall - offset).replace(tzinfo=UTC)
    except OverflowError:
        raise DueRefused("The instant lies outside the calendar.", code="out_of_range") from None


def _end_of_gap(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant of the clock change that skips `wall`, by bisection: the gap may begin before midnight."""
    before, after = _offsets(wall, zone)
    low, high = _instant(wall, after), _instant(wall, before)
    while high - low > _SECOND:
        middle = low + (high - low) // 2
        middle -= timedelta(microseconds=middle.microsecond)
        if middle.astimezone(zone).replace(tzinfo=None) >= wall:
            high = middle
        else:
            low = middle
    return high
