"""Describing a recurrence in words."""

from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from typing import Final

from .day_words import conditions, days_of, every_weekday, in_months, place_in_period
from .due import day_of
from .instants import Slot
from .pattern import is_clampable
from .rule import (
    EVERY_WEEKDAY,
    MONDAY_TO_FRIDAY,
    Anchor,
    ByDay,
    Frequency,
    Overflow,
    Recurrence,
    Rule,
    Until,
    Weekday,
)
from .simplify import simplify_rule
from .time_words import steps_in_words, times_in_words
from .words import place

_UNITS: Final = {
    Frequency.MINUTELY: "minute",
    Frequency.HOURLY: "hour",
    Frequency.DAILY: "day",
    Frequency.WEEKLY: "week",
    Frequency.MONTHLY: "month",
    Frequency.YEARLY: "year",
}
_IN_MONTHS: Final = (Frequency.MONTHLY, Frequency.YEARLY)


def describe(recurrence: Recurrence, start: Slot | None = None) -> str:
    """Return a recurrence in words, such as "every month on the 31st, 4 times" or "on the last workday of the month".

    With `start`, the words also name the day or the time that the rule takes from its start.
    """
    return _describe(recurrence, start if start is None or recurrence.rule.names_times else day_of(start))


@lru_cache(maxsize=4096)
def _describe(recurrence: Recurrence, start: Slot | None) -> str:
    if recurrence.rule.count == 1:
        return "once"
    if recurrence.anchor is Anchor.COMPLETION:
        clauses = [f"{_every(recurrence.rule)} after completion"]
    else:
        filled = _fill(recurrence.rule, None if start is None else day_of(start))
        rule = simplify_rule(filled)
        clauses = [
            _period_words(rule, start),
            *_missing_parts(rule, is_clamped=_is_clamped(recurrence, filled)),
        ]
    clauses += _end(recurrence.rule)
    if recurrence.anchor is Anchor.DUE:
        clauses.append("one after the other even if late")
    return ", ".join(clauses)


def _fill(rule: Rule, start: date | None) -> Rule:
    """Return the rule with the day that it takes from its start."""
    if start is None or rule.by_day or rule.by_month_day or rule.by_year_day or rule.by_week_no:
        return rule
    if rule.frequency is Frequency.WEEKLY:
        return replace(rule, by_day=(ByDay(Weekday(start.weekday())),))
    if rule.frequency is Frequency.YEARLY:
        rule = replace(rule, by_month=rule.by_month or (start.month,))
    return replace(rule, by_month_day=(start.day,)) if rule.frequency in _IN_MONTHS else rule


def _period_words(rule: Rule, start: Slot | None) -> str:
    if rule.steps_in_day:
        return " ".join(filter(None, [_every(rule) + steps_in_words(rule, start), days_of(rule)]))
    times = times_in_words(rule, start)
    if " of " in times and rule.by_set_pos:
        # BYSETPOS counts times of several days here, and the words for the times say so: the days must not repeat it.
        rule = replace(rule, by_set_pos=())
        return f"{_every(rule)}{times} {days_of(rule)}"
    return _on_days(rule) + times


def _on_days(rule: Rule) -> str:
    if rule.frequency is Frequency.DAILY:
        return _daily(rule)
    if _is_every_weekday(rule):
        return every_weekday(rule) if rule.interval == 1 else _weekdays_of_every(rule)
    days = place_in_period(rule)
    if days and rule.frequency is Frequency.MONTHLY and rule.interval == 1:
        return days
    return f"{_every(rule)} {days or days_of(rule)}".rstrip()


def _every(rule: Rule) -> str:
    unit = _UNITS[rule.frequency]
    return f"every {unit}" if rule.interval == 1 else f"every {rule.interval} {unit}s"


def _is_every_weekday(rule: Rule) -> bool:
    """Whether a rule of weeks or longer names only weekdays, and every one of them in its period."""
    if rule.by_set_pos or rule.by_month_day or rule.by_year_day or rule.by_week_no or not rule.by_day:
        return False
    if rule.frequency is Frequency.WEEKLY:
        return rule.by_day in (MONDAY_TO_FRIDAY, EVERY_WEEKDAY)
    return not any(day.ordinal for day in rule.by_day)


def _weekdays_of_every(rule: Rule) -> str:
    """Return "every Monday of every second month", "every Monday in March of every second year" or the like."""
    of_every = f" of every {place(rule.interval)} {_UNITS[rule.frequency]}"
    if rule.frequency is Frequency.YEARLY:
        return every_weekday(rule) + of_every
    return every_weekday(replace(rule, by_month=())) + of_every + in_months(rule)


def _daily(rule: Rule) -> str:
    if rule.interval == 1 and rule.by_day and not rule.by_month_day:
        return every_weekday(rule)
    return _every(rule) + in_months(rule) + conditions(rule.by_month_day, rule.by_day)


def _is_clamped(recurrence: Recurrence, filled: Rule) -> bool:
    return recurrence.overflow is Overflow.CLAMP and is_clampable(filled.by_month_day, filled)


def _missing_parts(rule: Rule, *, is_clamped: bool) -> list[str]:
    """Return the clause that says that months without the day are left out; an empty list if none are."""
    if is_clamped or not is_clampable(rule.by_month_day, rule):
        return []
    if len(rule.by_month_day) > 1:
        return ["not on days that a month lacks"]
    is_date = rule.frequency is Frequency.YEARLY and len(rule.by_month) == 1
    return [f"not in {'years' if is_date else 'months'} without it"]


def _end(rule: Rule) -> list[str]:
    if rule.count is not None:
        return [f"{rule.count} times"]
    return [] if rule.until is None else [f"until {_until(rule.until)}"]


def _until(until: Until) -> str:
    if not isinstance(until, datetime):
        return until.isoformat()
    return f"{until:%Y-%m-%d %H:%M}{' UTC' if until.tzinfo else ''}"
