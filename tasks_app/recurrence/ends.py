"""Ending a rule before an occurrence, and continuing it from there."""

from dataclasses import replace
from datetime import datetime

from .bounds import longest_month
from .due import day_of
from .expand import slot_number
from .instants import Slot
from .pattern import is_clampable
from .rule import Anchor, Frequency, Recurrence, Rule
from .schedule import Schedule, last_moment_until
from .times import DAY_SECONDS, moment_of, slot_at


def remaining_count(schedule: Schedule, slot: Slot, *, number: int | None = None) -> int | None:
    """Return how many occurrences COUNT leaves from `slot` on, including it; None without COUNT.

    `number` is the number of the occurrence, for the anchor `completion`, whose slots lie on no grid. The result is at
    least 1, since the slot exists.
    """
    count = schedule.rule.count
    if count is None:
        return None
    return max(1, count + 1 - (slot_number(schedule, slot) if number is None else number))


def end_before(schedule: Schedule, slot: Slot) -> Recurrence:
    """Return the recurrence of a schedule, ended before the occurrence at `slot`.

    UNTIL becomes the day before, or the second before if the rule may have several slots a day. An earlier UNTIL stays.
    """
    rule, last = schedule.rule, last_moment_until(schedule)
    is_timed = rule.names_times and isinstance(slot, datetime)
    until = slot_at(moment_of(slot if is_timed else day_of(slot)) - 1, is_timed=is_timed)
    if last is not None and last < moment_of(until) + (0 if is_timed else DAY_SECONDS):
        return schedule.recurrence
    return replace(schedule.recurrence, rule=replace(rule, count=None, until=until))


def inherit_end(new: Recurrence, schedule: Schedule, slot: Slot, *, number: int | None = None) -> Recurrence:
    """Return `new`, which takes over from `schedule` at `slot`, with what is left of the old COUNT or UNTIL.

    A recurrence with an end of its own, or one that never ends, is returned unchanged.
    """
    if new.rule.has_end or new.never_ends:
        return new
    count = remaining_count(schedule, slot, number=number)
    return replace(new, rule=replace(new.rule, count=count, until=schedule.rule.until))


def keep_day(new: Recurrence, schedule: Schedule, slot: Slot) -> Recurrence:
    """Return `new`, which takes over at `slot`; if only its end or anchor differs, it keeps the day of the month.

    Otherwise changing the COUNT of a rule on the 31st, at its occurrence in February, would move it to the 28th.
    """
    same = replace(new.rule.without_end(), week_start=None) == replace(
        schedule.rule.without_end(), week_start=None
    )
    if not same or new.anchor is Anchor.COMPLETION or new.overflow is not schedule.recurrence.overflow:
        return new
    pinned = _pin_month_day(schedule, slot)
    return replace(new, rule=replace(new.rule, by_month=pinned.by_month, by_month_day=pinned.by_month_day))


def continue_from(schedule: Schedule, slot: Slot, *, number: int | None = None) -> Schedule:
    """Return the schedule from one of its slots on: the same days, with the remaining COUNT.

    If the rule takes its day of the month from its start, and the slot was moved to the end of a shorter month, the day
    is written into the rule, so that later months have it again.
    """
    rule = _pin_month_day(schedule, slot)
    count = remaining_count(schedule, slot, number=number)
    return replace(
        schedule,
        recurrence=replace(schedule.recurrence, rule=replace(rule, count=count)),
        start=_without_fold(slot),
    )


def _pin_month_day(schedule: Schedule, slot: Slot) -> Rule:
    rule, start = schedule.rule, schedule.start_day
    if day_of(slot).day == start.day or not _takes_day_from_start(schedule):
        return rule
    by_month = rule.by_month or ((start.month,) if rule.frequency is Frequency.YEARLY else ())
    return replace(rule, by_month=by_month, by_month_day=(min(start.day, longest_month(by_month)),))


def _takes_day_from_start(schedule: Schedule) -> bool:
    """Whether the rule takes the day of the month from its start and clamps it in shorter months."""
    rule = schedule.rule
    if schedule.recurrence.anchor is Anchor.COMPLETION or rule.by_month_day:
        return False
    in_months = rule.frequency in (Frequency.MONTHLY, Frequency.YEARLY)
    return in_months and is_clampable((schedule.start_day.day,), rule)


def _without_fold(slot: Slot) -> Slot:
    return slot.replace(fold=0) if isinstance(slot, datetime) else slot
