"""Translating reminder offsets when a due changes from a day to a time or back: reminders keep their time of day.

The offset of a day counts from 00:00 of its date, that of a due with a time from that time. So `PT9H` of a day (09:00)
becomes `-PT11H` if the due moves to 20:00, and `-PT30M` of a due at 20:00 becomes `PT19H30M` of the day. Timed and
floating dues need no translation between them.
"""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from .due import Day, Due, resolve, slot_of, zone_of_due
from .errors import RecurrenceError
from .instants import Slot, resolve_slot
from .offsets import Offset, fire_at

_DAY_SECONDS = 86_400


def translate_offset(offset: Offset, old: Slot, new: Slot) -> Offset:
    """Return the offset that reminds of `new` at the time of day at which `offset` reminds of `old`.

    It is computed on the wall clock, so that it holds for every occurrence of a series. If both are days, or both have
    a time, the offset is unchanged.
    """
    if isinstance(old, datetime) == isinstance(new, datetime):
        return offset
    seconds = offset.days * _DAY_SECONDS + offset.seconds
    return offset_of(seconds + _from_midnight(old) - _from_midnight(new))


def translate_offset_once(offset: Offset, old: Due, new: Due, user_zone: ZoneInfo) -> Offset:
    """As `translate_offset`, for these two dues alone: exact also if a clock change lies between due and reminder."""
    translated = translate_offset(offset, slot_of(old), slot_of(new))
    if isinstance(old, Day) == isinstance(new, Day):
        return translated
    try:
        return _exact(offset, old, new, user_zone, by_wall=translated)
    except (OverflowError, RecurrenceError):
        return translated


def offset_of(seconds: int) -> Offset:
    """Return the offset of so many seconds from the due: whole days are nominal, the rest is exact."""
    sign = -1 if seconds < 0 else 1
    days, rest = divmod(abs(seconds), _DAY_SECONDS)
    return Offset(_iso(sign, days, rest), sign * days, sign * rest)


def _exact(offset: Offset, old: Due, new: Due, user_zone: ZoneInfo, *, by_wall: Offset) -> Offset:
    if isinstance(new, Day):
        local = fire_at(old, offset, user_zone).astimezone(zone_of_due(old, user_zone)).replace(tzinfo=None)
        return offset_of(round((local - _midnight(old)).total_seconds()))
    since_midnight = timedelta(days=offset.days, seconds=offset.seconds)
    wanted = resolve_slot(_midnight(new) + since_midnight, zone_of_due(new, user_zone)).instant
    if fire_at(new, by_wall, user_zone) == wanted:
        return by_wall
    seconds = round((wanted - resolve(new, user_zone).instant).total_seconds())
    sign = -1 if seconds < 0 else 1
    return Offset(_iso(sign, 0, abs(seconds)), 0, seconds)


def _midnight(due: Due) -> datetime:
    day = due.day if isinstance(due, Day) else due.wall.date()
    return datetime.combine(day, time())


def _from_midnight(slot: Slot) -> int:
    return slot.hour * 3600 + slot.minute * 60 + slot.second if isinstance(slot, datetime) else 0


def _iso(sign: int, days: int, seconds: int) -> str:
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    clock = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (rest, "S")) if n)
    if not days and not clock:
        return "PT0S"
    return f"{'-' if sign < 0 else ''}P{f'{days}D' if days else ''}{f'T{clock}' if clock else ''}"
