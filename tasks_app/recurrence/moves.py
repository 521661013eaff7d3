"""Moving a series to another day: the part of its rule that names the day changes too."""

from dataclasses import replace
from datetime import date, datetime
from typing import Final

from .bounds import usual_overflow
from .due import day_of
from .errors import RuleRefused
from .instants import Slot
from .pattern import can_overflow, first_of, is_leap, month_length
from .rule import ByDay, Frequency, Recurrence, Rule, Weekday
from .slots import rule_slots
from .times import moment_of

_IN_MONTHS: Final = (Frequency.MONTHLY, Frequency.YEARLY)


def move_rule(recurrence: Recurrence, old: Slot, new: Slot) -> Recurrence:
    """Return the recurrence of a series that moves from the slot `old` to `new`, where it starts anew.

    A single BYDAY, BYMONTHDAY or BYYEARDAY becomes the new day, an ordinal the place of the new day in its month or
    year, and a single BYMONTH the new month. A rule that has the new day already, or names no day, keeps its days. A
    rule of several days cannot follow: RuleRefused (`several_days`). A single BYHOUR and BYMINUTE become the new time;
    several of them stay.
    """
    moved = _move_day(recurrence, day_of(old), day_of(new))
    if not (isinstance(old, datetime) and isinstance(new, datetime)) or old.time() == new.time():
        return moved
    rule = moved.rule
    hour = (new.hour,) if len(rule.by_hour) == 1 and not rule.steps_in_day else rule.by_hour
    minute = (new.minute,) if len(rule.by_minute) == 1 else rule.by_minute
    return replace(moved, rule=replace(rule, by_hour=hour, by_minute=minute))


def _move_day(recurrence: Recurrence, old: date, new: date) -> Recurrence:
    rule = recurrence.rule
    if new == old or not _names_day(rule) or _is_on(recurrence, new):
        return recurrence
    moved = replace(recurrence, rule=_move_days(rule, new))
    if not (can_overflow(rule) and can_overflow(moved.rule)):
        moved = replace(moved, overflow=usual_overflow(moved.rule))
    if not _is_on(moved, new):
        raise RuleRefused(
            f"The rule names more than one day, so it cannot follow to {new.isoformat()}: send recurrence with the"
            " rule that is meant from there on, or move this occurrence alone with scope=this.",
            code="several_days",
        )
    return moved


def _names_day(rule: Rule) -> bool:
    days = rule.by_day or rule.by_month_day or rule.by_year_day or rule.by_week_no
    return bool(days) or (rule.frequency in _IN_MONTHS and bool(rule.by_month))


def _is_on(recurrence: Recurrence, day: date) -> bool:
    # The days alone are compared: any time of the day will do.
    slots = rule_slots(_rule_of_days(recurrence.rule), day, recurrence.overflow)
    return slots.first_after(moment_of(day) - 1, last_year=day.year) == moment_of(day)


def _rule_of_days(rule: Rule) -> Rule:
    """Return the rule without times; a rule of hours or minutes becomes one of days."""
    frequency, interval = (Frequency.DAILY, 1) if rule.steps_in_day else (rule.frequency, rule.interval)
    return replace(rule, frequency=frequency, interval=interval, by_hour=(), by_minute=(), by_second=())


def _move_days(rule: Rule, day: date) -> Rule:
    """Return the rule with its single day of the month, week or year set to `day`; unchanged if it names several."""
    if len(rule.by_day) + len(rule.by_month_day) + len(rule.by_year_day) > 1:
        return rule
    if rule.by_year_day:
        rule = replace(rule, by_year_day=(day.toordinal() - first_of(day.year) + 1,))
    if rule.by_month_day:
        rule = replace(rule, by_month_day=(day.day,))
    if rule.frequency in _IN_MONTHS and len(rule.by_month) == 1:
        rule = replace(rule, by_month=(day.month,))
    if rule.by_day:
        rule = replace(rule, by_day=(_weekday_at(day, rule, rule.by_day[0].ordinal),))
    return rule


def _weekday_at(day: date, rule: Rule, ordinal: int) -> ByDay:
    """Return the weekday of `day`, with its place in the month or year if `ordinal` is one; the last stays the last."""
    weekday = Weekday(day.weekday())
    if not ordinal:
        return ByDay(weekday)
    if rule.frequency is Frequency.YEARLY and not rule.by_month:
        index, length = day.toordinal() - first_of(day.year), 366 if is_leap(day.year) else 365
    else:
        index, length = day.day - 1, month_length(day.year, day.month)
    is_last = index + 7 >= length
    # The fifth of a month is its last, and most months have no fifth.
    most = index // 7 + 1
    return ByDay(weekday, -1 if is_last and (ordinal < 0 or most in (5, 53)) else most)
