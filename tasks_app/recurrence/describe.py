"""A recurrence in words."""

from datetime import date, datetime
from functools import lru_cache
from typing import Final

from .due import day_of
from .instants import Slot
from .pattern import is_clampable
from .rule import MONDAY_TO_FRIDAY, Anchor, ByDay, Frequency, Overflow, Recurrence, Rule, Until, Weekday

_UNITS: Final = {
    Frequency.DAILY: "day",
    Frequency.WEEKLY: "week",
    Frequency.MONTHLY: "month",
    Frequency.YEARLY: "year",
}
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_WEEKEND: Final = (ByDay(Weekday.SA), ByDay(Weekday.SU))


def describe(recurrence: Recurrence, start: Slot | None = None) -> str:
    """Words for a recurrence, such as "every month on the 31st, 4 times".

    With `start` the day that the rule leaves to its start is named too.
    """
    return _describe(recurrence, None if start is None else day_of(start))


@lru_cache(maxsize=4096)
def _describe(recurrence: Recurrence, start: date | None) -> str:
    rule = recurrence.rule
    is_free = recurrence.anchor is Anchor.COMPLETION
    clauses = [
        _every(rule) + ("" if is_free else _days(rule, start)),
        *_overflow(recurrence, start),
        *_end(rule),
    ]
    if is_free:
        clauses[0] += " after completion"
    if recurrence.anchor is Anchor.DUE:
        clauses.append("one after the other even if late")
    return ", ".join(clauses)


def _every(rule: Rule) -> str:
    if _is_every_weekday(rule):
        return "every weekday"
    unit = _UNITS[rule.frequency]
    return f"every {unit}" if rule.interval == 1 else f"every {rule.interval} {unit}s"


def _is_every_weekday(rule: Rule) -> bool:
    short = rule.frequency in (Frequency.DAILY, Frequency.WEEKLY) and rule.interval == 1
    return short and rule.by_day == MONDAY_TO_FRIDAY and not rule.by_set_pos


def _days(rule: Rule, start: date | None) -> str:
    if rule.frequency is Frequency.YEARLY and not rule.by_day:
        dated = _yearly_date(rule, start)
        if dated:
            return dated
    return _on(rule, start) + _in_months(rule, start)


def _yearly_date(rule: Rule, start: date | None) -> str:
    """ " on 29 February", where the year has just the one date."""
    days = rule.by_month_day or ((start.day,) if start else ())
    months = rule.by_month or ((start.month,) if start and not rule.by_month_day else ())
    if len(days) != 1 or len(months) != 1 or days[0] < 0 or rule.by_set_pos:
        return ""
    return f" on {days[0]} {_MONTHS[months[0] - 1]}"


def _on(rule: Rule, start: date | None) -> str:
    names = [*_month_days(rule, start), *_weekdays(rule, start)]
    if not names:
        return ""
    if rule.by_set_pos:
        places = _and([_ordinal(position) for position in rule.by_set_pos])
        return f" on the {places} {_set_name(rule, names)}"
    return f" on {' if it is '.join(names)}"


def _set_name(rule: Rule, names: list[str]) -> str:
    if not rule.by_month_day and rule.by_day == MONDAY_TO_FRIDAY:
        return "weekday"
    if not rule.by_month_day and rule.by_day == _WEEKEND:
        return "weekend day"
    return f"of {' that is '.join(names)}"


def _month_days(rule: Rule, start: date | None) -> list[str]:
    days = _numbers(rule, start)
    return [f"the {_and([_month_day(day) for day in days])}"] if days else []


def _numbers(rule: Rule, start: date | None) -> tuple[int, ...]:
    """The days of the month, from the start where the rule leaves them to it."""
    in_months = rule.frequency in (Frequency.MONTHLY, Frequency.YEARLY)
    if start and in_months and not rule.by_month_day and not rule.by_day:
        return (start.day,)
    return rule.by_month_day


def _month_day(day: int) -> str:
    return _ordinal(day) if day > 0 else f"{_ordinal(day)} day"


def _weekdays(rule: Rule, start: date | None) -> list[str]:
    if _is_every_weekday(rule):
        return []
    days = rule.by_day
    if not days and start and rule.frequency is Frequency.WEEKLY:
        days = (ByDay(Weekday(start.weekday())),)
    return [_and([_weekday(day) for day in days])] if days else []


def _weekday(day: ByDay) -> str:
    name = _WEEKDAYS[day.weekday]
    return f"the {_ordinal(day.ordinal)} {name}" if day.ordinal else name


def _in_months(rule: Rule, start: date | None) -> str:
    months = rule.by_month
    if not months and start and rule.frequency is Frequency.YEARLY and not (rule.by_month_day or rule.by_day):
        months = (start.month,)
    if rule.frequency is Frequency.YEARLY and rule.by_month_day and not months:
        return " of every month"
    return f" in {_and([_MONTHS[month - 1] for month in months])}" if months else ""


def _overflow(recurrence: Recurrence, start: date | None) -> list[str]:
    rule, numbers = recurrence.rule, _numbers(recurrence.rule, start)
    if recurrence.overflow is Overflow.CLAMP or not is_clampable(numbers, rule):
        return []
    return ["not in months without it" if len(numbers) == 1 else "not on days that a month lacks"]


def _end(rule: Rule) -> list[str]:
    if rule.count is not None:
        return ["once" if rule.count == 1 else f"{rule.count} times"]
    return [] if rule.until is None else [f"until {_until(rule.until)}"]


def _until(until: Until) -> str:
    if not isinstance(until, datetime):
        return until.isoformat()
    return f"{until:%Y-%m-%d %H:%M}{' UTC' if until.tzinfo else ''}"


def _ordinal(number: int) -> str:
    """1st, 2nd, 31st; from the end: last, 2nd to last."""
    if number < 0:
        return "last" if number == -1 else f"{_ordinal(-number)} to last"
    suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def _and(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
