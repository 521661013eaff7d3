"""Which slot follows an occurrence that was completed.

Anchor `future`: the first slot later than both the occurrence's own slot and the moment of completion; the slots
between are missed. Anchor `due`: the next slot, even if it is past. Anchor `completion`: one interval after the day of
completion in the zone of the task, at the time of day of the occurrence (a rule of hours or minutes counts from the
minute of completion); more intervals are added until the slot is later than the occurrence's own.

The result does not depend on when a function runs, so that retries and replays of events find the same slot.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from .due import day_of
from .expand import (
    count_between,
    last_slot,
    next_slot,
    next_slot_after_instant,
    occurrences_after,
    previous_slot,
)
from .instants import Slot, local_day, local_wall, resolve_slot
from .pattern import month_length
from .rule import Anchor, Frequency, Overflow, Recurrence
from .schedule import Schedule, is_allowed, is_in_calendar, last_moment_of
from .slots import LAST_ORDINAL
from .times import DAY_SECONDS, moment_of, slot_at

MAX_LISTED: Final = 1000

_STEP_DAYS = {Frequency.DAILY: 1, Frequency.WEEKLY: 7}
_STEP_MONTHS = {Frequency.MONTHLY: 1, Frequency.YEARLY: 12}
_STEP_SECONDS = {Frequency.HOURLY: 3600, Frequency.MINUTELY: 60}


@dataclass(frozen=True, slots=True)
class Missed:
    """Missed slots: their number, the first, the last, and all of them if they are at most 1,000."""

    count: int = 0
    first: Slot | None = None
    last: Slot | None = None
    slots: tuple[Slot, ...] = ()

    @classmethod
    def of(cls, *slots: Slot) -> "Missed":
        """Return these slots as missed ones."""
        return cls(len(slots), slots[0], slots[-1], slots) if slots else cls()


@dataclass(frozen=True, slots=True)
class Successor:
    """The next slot, None if COUNT, UNTIL or the calendar has ended the series, and the slots missed before it."""

    slot: Slot | None
    missed: Missed = Missed()


def successor(
    schedule: Schedule, own_slot: Slot, completed_at: datetime, *, number: int | None = None
) -> Successor:
    """Return the slot that follows an occurrence completed or skipped at `completed_at` (aware), and the missed slots.

    `own_slot` is the original local start of the occurrence, not the due to which it was moved. `number` is the number
    of the occurrence in its series, from 1; the anchor `completion` needs it for COUNT, since its slots lie on no grid.
    The work is bounded, however many slots are missed. Raises ValueError if that number is missing.
    """
    anchor = schedule.recurrence.anchor
    if anchor is Anchor.DUE:
        return Successor(next_slot(schedule, own_slot))
    if anchor is Anchor.FUTURE:
        slot = next_slot_after_instant(schedule, completed_at, after=own_slot)
        return Successor(slot, _missed_between(schedule, own_slot, slot))
    return Successor(_from_completion(schedule, own_slot, completed_at, number))


def _missed_between(schedule: Schedule, own_slot: Slot, slot: Slot | None) -> Missed:
    """Return the slots between `own_slot` and `slot`; without a next slot all that were left, since all have passed."""
    first = next_slot(schedule, own_slot)
    if first == slot:
        return Missed()
    last = last_slot(schedule) if slot is None else previous_slot(schedule, slot)
    if first is None or last is None:
        return Missed()
    count = count_between(schedule, own_slot, last)
    listed = occurrences_after(schedule, own_slot, count) if count <= MAX_LISTED else ()
    return Missed.of(*listed) if listed else Missed(count, first, last)


def _from_completion(
    schedule: Schedule, own_slot: Slot, completed_at: datetime, number: int | None
) -> Slot | None:
    if _has_reached_count(schedule, number):
        return None
    if schedule.rule.steps_in_day:
        slots: Iterator[Slot] = _minutes_from(schedule, own_slot, completed_at)
    else:
        days = _days_from(
            schedule.recurrence, local_day(completed_at, schedule.zone), later_than=day_of(own_slot)
        )
        slots = (_at_time_of(own_slot, day) for day in days)
    slot = next((slot for slot in slots if slot not in schedule.excluded), None)
    return slot if slot is not None and is_allowed(schedule, slot) else None


def _has_reached_count(schedule: Schedule, number: int | None) -> bool:
    if schedule.rule.count is None:
        return False
    if number is None:
        raise ValueError("A series that counts from completions needs the number of its occurrence.")
    return number >= schedule.rule.count


def _minutes_from(schedule: Schedule, own_slot: Slot, completed_at: datetime) -> Iterator[Slot]:
    """Yield the wall times whole intervals after the minute of completion, later than the completion and `own_slot`."""
    step = schedule.rule.interval * _STEP_SECONDS[schedule.rule.frequency]
    wall, _ = local_wall(completed_at, schedule.zone)
    done = moment_of(wall.replace(second=0))
    intervals = max(1, (last_moment_of(schedule, own_slot) - done) // step + 1)
    for moment in range(done + intervals * step, (LAST_ORDINAL + 1) * DAY_SECONDS, step):
        slot = slot_at(moment, is_timed=schedule.is_timed)
        # After clocks were set back, a later wall time may be an earlier instant.
        if is_in_calendar(slot, schedule.zone) and resolve_slot(slot, schedule.zone).instant > completed_at:
            yield slot


def _at_time_of(slot: Slot, day: date) -> Slot:
    return datetime.combine(day, slot.time().replace(fold=0)) if isinstance(slot, datetime) else day


def _days_from(recurrence: Recurrence, done: date, later_than: date) -> Iterator[date]:
    """Yield the days whole intervals after `done` that are later than `later_than`."""
    if recurrence.rule.frequency in _STEP_DAYS:
        return _days_by_days(recurrence, done, later_than)
    return (day for day in _days_by_months(recurrence, done, later_than) if day > later_than)


def _days_by_days(recurrence: Recurrence, done: date, later_than: date) -> Iterator[date]:
    step = recurrence.rule.interval * _STEP_DAYS[recurrence.rule.frequency]
    intervals = max(1, (later_than - done).days // step + 1)
    ordinals = range(done.toordinal() + intervals * step, LAST_ORDINAL + 1, step)
    return (date.fromordinal(ordinal) for ordinal in ordinals)


def _days_by_months(recurrence: Recurrence, done: date, later_than: date) -> Iterator[date]:
    step = recurrence.rule.interval * _STEP_MONTHS[recurrence.rule.frequency]
    intervals = max(1, (_month_number(later_than) - _month_number(done)) // step)
    for number in range(_month_number(done) + intervals * step, _month_number(date.max) + 1, step):
        length = month_length(number // 12, number % 12 + 1)
        if done.day <= length or recurrence.overflow is Overflow.CLAMP:
            yield date(number // 12, number % 12 + 1, min(done.day, length))


def _month_number(day: date) -> int:
    return day.year * 12 + day.month - 1
