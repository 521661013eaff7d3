"""Ending a rule before an occurrence, and what a rule that continues there inherits."""

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
    """How many occurrences COUNT leaves from `slot` on, itself included; None without COUNT.

    `number` is the occurrence's own where no grid tells (anchor `completion`). Never below 1: the slot
    exists.
    """
    count = schedule.rule.count
    if count is None:
        return None
    return max(1, count + 1 - (slot_number(schedule, slot) if number is None else number))


def end_before(schedule: Schedule, slot: Slot) -> Recurrence:
    """The schedule's recurrence, ended before an occurrence: UNTIL is the date before, or for a rule that may have
    several slots a day the second before; an earlier UNTIL stays.
    """
    rule, last = schedule.rule, last_moment_until(schedule)
    is_timed = rule.names_times and isinstance(slot, datetime)
    until = slot_at(moment_of(slot if is_timed else day_of(slot)) - 1, is_timed=is_timed)
    if last is not None and last < moment_of(until) + (0 if is_timed else DAY_SECONDS):
        return schedule.recurrence
    return replace(schedule.recurrence, rule=replace(rule, count=None, until=until))


def inherit_end(new: Recurrence, schedule: Schedule, slot: Slot, *, number: int | None = None) -> Recurrence:
    """A recurrence that takes over at `slot`, with what remains there of the old COUNT or UNTIL.

    One that has an end of its own or never ends stays as it is.
    """
    if new.rule.has_end or new.never_ends:
        return new
    count = remaining_count(schedule, slot, number=number)
    return replace(new, rule=replace(new.rule, count=count, until=schedule.rule.until))


def keep_day(new: Recurrence, schedule: Schedule, slot: Slot) -> Recurrence:
    """A recurrence that takes over at `slot`: the same rule with another end or anchor keeps its day of the month.

    Without it, changing the COUNT of a rule from the 31st in February would move it to the 28th for ever.
    """
    same = replace(new.rule.without_end(), week_start=None) == replace(
        schedule.rule.without_end(), week_start=None
    )
    if not same or new.anchor is Anchor.COMPLETION or new.overflow is not schedule.recurrence.overflow:
        return new
    pinned = _pin_end(schedule, slot)
    return replace(new, rule=replace(new.rule, by_month=pinned.by_month, by_month_day=pinned.by_month_day))


def continue_from(schedule: Schedule, slot: Slot, *, number: int | None = None) -> Schedule:
    """The same schedule, started at one of its slots: same days, the remaining COUNT.

    A day of the month that the rule took from its start is written into it where the slot was moved to the
    end of a shorter month, so that it returns to its own day afterwards.
    """
    rule = _pin_end(schedule, slot)
    count = remaining_count(schedule, slot, number=number)
    return replace(
        schedule, recurrence=replace(schedule.recurrence, rule=replace(rule, count=count)), start=_first(slot)
    )


def _pin_end(schedule: Schedule, slot: Slot) -> Rule:
    rule, start = schedule.rule, schedule.start_day
    if day_of(slot).day == start.day or not _takes_day_from_start(schedule):
        return rule
    by_month = rule.by_month or ((start.month,) if rule.frequency is Frequency.YEARLY else ())
    return replace(rule, by_month=by_month, by_month_day=(min(start.day, longest_month(by_month)),))


def _takes_day_from_start(schedule: Schedule) -> bool:
    """Whether the rule is on the start's day of the month, or the end of shorter ones."""
    rule = schedule.rule
    if schedule.recurrence.anchor is Anchor.COMPLETION or rule.by_month_day:
        return False
    in_months = rule.frequency in (Frequency.MONTHLY, Frequency.YEARLY)
    return in_months and is_clampable((schedule.start_day.day,), rule)


def _first(slot: Slot) -> Slot:
    return slot.replace(fold=0) if isinstance(slot, datetime) else slot
