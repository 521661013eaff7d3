"""A recurrence in words."""

from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from itertools import groupby
from typing import Final

from .due import day_of
from .instants import Slot
from .pattern import is_clampable
from .rule import MONDAY_TO_FRIDAY, Anchor, ByDay, Frequency, Overflow, Recurrence, Rule, Until, Weekday
from .words import MONTHS, WEEKDAYS, joined, kind_of_day, months, numbered, place

_UNITS: Final = {
    Frequency.DAILY: "day",
    Frequency.WEEKLY: "week",
    Frequency.MONTHLY: "month",
    Frequency.YEARLY: "year",
}
_IN_MONTHS: Final = (Frequency.MONTHLY, Frequency.YEARLY)


def describe(recurrence: Recurrence, start: Slot | None = None) -> str:
    """Words for a recurrence, such as "every month on the 31st, 4 times" or "on the last workday of the month".

    With `start` the day that the rule leaves to its start is named too.
    """
    return _describe(recurrence, None if start is None else day_of(start))


@lru_cache(maxsize=4096)
def _describe(recurrence: Recurrence, start: date | None) -> str:
    if recurrence.anchor is Anchor.COMPLETION:
        clauses = [f"{_every(recurrence.rule)} after completion"]
    else:
        clauses = [_when(_filled(recurrence.rule, start)), *_overflow(recurrence, start)]
    clauses += _end(recurrence.rule)
    if recurrence.anchor is Anchor.DUE:
        clauses.append("one after the other even if late")
    return ", ".join(clauses)


def _filled(rule: Rule, start: date | None) -> Rule:
    """The rule with what it takes from its start; one of days in words of months where that says the same."""
    if rule.frequency is Frequency.DAILY and rule.interval == 1 and rule.by_month_day:
        return replace(rule, frequency=Frequency.MONTHLY)
    if start is None or rule.by_day or rule.by_month_day:
        return rule
    if rule.frequency is Frequency.WEEKLY:
        return replace(rule, by_day=(ByDay(Weekday(start.weekday())),))
    if rule.frequency is Frequency.YEARLY:
        rule = replace(rule, by_month=rule.by_month or (start.month,))
    return replace(rule, by_month_day=(start.day,)) if rule.frequency in _IN_MONTHS else rule


def _when(rule: Rule) -> str:
    if _is_every_weekday(rule):
        return f"every weekday{_in_months(rule)}"
    if rule.frequency is Frequency.DAILY:
        return _daily(rule)
    days = _place_in_period(rule)
    if days and rule.frequency is Frequency.MONTHLY and rule.interval == 1:
        return days
    return f"{_every(rule)} {days or _days(rule)}".rstrip()


def _every(rule: Rule) -> str:
    unit = _UNITS[rule.frequency]
    return f"every {unit}" if rule.interval == 1 else f"every {rule.interval} {unit}s"


def _is_every_weekday(rule: Rule) -> bool:
    short = rule.frequency in (Frequency.DAILY, Frequency.WEEKLY) and rule.interval == 1
    return short and rule.by_day == MONDAY_TO_FRIDAY and not (rule.by_set_pos or rule.by_month_day)


def _daily(rule: Rule) -> str:
    if rule.interval == 1 and rule.by_day:
        return f"every {joined(_weekdays(rule))}{_in_months(rule)}"
    conditions = []
    if rule.by_month_day:
        conditions.append(f"it is {_numbers(rule.by_month_day, 'or')}")
    if rule.by_day:
        conditions.append(f"it is a {kind_of_day(rule.by_day)}")
    return _every(rule) + _in_months(rule) + (f" if {' and '.join(conditions)}" if conditions else "")


def _place_in_period(rule: Rule) -> str:
    """ "on the second Tuesday of the month", "on the last workday of March", where the days have a place in it."""
    if rule.by_set_pos:
        return (
            f"on the {joined([place(each) for each in rule.by_set_pos])} {_set_name(rule)}{_of_period(rule)}"
        )
    if any(day.ordinal for day in rule.by_day) and not rule.by_month_day:
        return f"on {joined(_ordinal_weekdays(rule.by_day))}{_of_period(rule)}"
    if not rule.by_day and len(rule.by_month_day) == 1 and rule.by_month_day[0] < 0:
        return f"on the {place(rule.by_month_day[0])} day{_of_month(rule)}"
    return ""


def _set_name(rule: Rule) -> str:
    """What BYSETPOS counts."""
    if not rule.by_day:
        days = f"of {_numbers(rule.by_month_day, 'and')}" if rule.by_month_day else "day"
    elif any(day.ordinal for day in rule.by_day):
        days = f"of {joined(_ordinal_weekdays(rule.by_day))}"
    else:
        days = kind_of_day(rule.by_day)
    if rule.by_day and rule.by_month_day:
        days += f" that is {_numbers(rule.by_month_day, 'or')}"
    return days


def _ordinal_weekdays(days: tuple[ByDay, ...]) -> list[str]:
    """ "every Monday", "the first and third Tuesday"."""
    names = []
    for weekday, group in groupby(days, key=lambda day: day.weekday):
        ordinals = sorted((day.ordinal for day in group), key=lambda number: (number < 0, number))
        if 0 in ordinals:
            names.append(f"every {WEEKDAYS[weekday]}")
        else:
            names.append(f"the {joined([place(each) for each in ordinals])} {WEEKDAYS[weekday]}")
    return names


def _of_period(rule: Rule) -> str:
    if rule.frequency is Frequency.WEEKLY:
        return f" of the week{_in_months(rule)}"
    if rule.frequency is Frequency.YEARLY and not rule.by_month:
        return " of the year"
    if rule.frequency is Frequency.YEARLY and rule.by_set_pos and len(rule.by_month) > 1:
        return f" of {months(rule.by_month)} together"
    return _of_month(rule)


def _of_month(rule: Rule) -> str:
    if rule.by_month:
        return f" of {months(rule.by_month)}"
    return " of every month" if rule.frequency is Frequency.YEARLY else " of the month"


def _days(rule: Rule) -> str:
    if rule.frequency is Frequency.YEARLY and _is_one_date(rule):
        return f"on {rule.by_month_day[0]} {MONTHS[rule.by_month[0] - 1]}"
    if rule.by_month_day:
        condition = f" if it is a {kind_of_day(rule.by_day)}" if rule.by_day else ""
        every = " of every month" if rule.frequency is Frequency.YEARLY and not rule.by_month else ""
        return f"on {_numbers(rule.by_month_day, 'and')}{every}{_in_months(rule)}{condition}"
    if rule.by_day:
        each = "every " if rule.frequency in _IN_MONTHS else ""
        return f"on {each}{joined(_weekdays(rule))}{_in_months(rule)}"
    return _in_months(rule).strip()


def _is_one_date(rule: Rule) -> bool:
    one = len(rule.by_month_day) == len(rule.by_month) == 1 and not rule.by_day
    return one and rule.by_month_day[0] > 0


def _weekdays(rule: Rule) -> list[str]:
    return [WEEKDAYS[day.weekday] for day in rule.by_day]


def _numbers(days: tuple[int, ...], last: str) -> str:
    """ "the 1st, 15th and last day"."""
    return f"the {joined([numbered(day) if day > 0 else f'{place(day)} day' for day in days], last)}"


def _in_months(rule: Rule) -> str:
    return f" in {months(rule.by_month)}" if rule.by_month else ""


def _overflow(recurrence: Recurrence, start: date | None) -> list[str]:
    rule = _filled(recurrence.rule, start)
    if recurrence.overflow is Overflow.CLAMP or not is_clampable(rule.by_month_day, rule):
        return []
    return ["not in months without it" if len(rule.by_month_day) == 1 else "not on days that a month lacks"]


def _end(rule: Rule) -> list[str]:
    if rule.count is not None:
        return ["once" if rule.count == 1 else f"{rule.count} times"]
    return [] if rule.until is None else [f"until {_until(rule.until)}"]


def _until(until: Until) -> str:
    if not isinstance(until, datetime):
        return until.isoformat()
    return f"{until:%Y-%m-%d %H:%M}{' UTC' if until.tzinfo else ''}"
