"""Simplifying a rule: finding a rule with the same slots that needs the fewest words.

The same days can be named in many ways: "every Monday of every month" and "every Monday of every year" are "every
Monday". Each function here replaces one way by a simpler one, or returns the rule unchanged.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from .rule import EVERY_WEEKDAY, Frequency, Rule
from .times import pick_times
from .words import spans

_MONTHS_IN_YEAR: Final = 12
_HOURS_IN_DAY: Final = 24
MINUTES_IN_HOUR: Final = 60
_LONGEST_MONTH: Final = frozenset(range(1, 32))
# Up to this many times of a day are listed; more become "every hour from … to …".
_MOST_LISTED: Final = 6
_DAYS_OR_WEEKS: Final = (Frequency.DAILY, Frequency.WEEKLY)


def simplify_rule(rule: Rule) -> Rule:
    """Return the simplest rule with the same slots; parts that the rule takes from its start must be filled in.

    The overflow is not considered: the caller knows whether a day of the month is clamped.
    """
    for simplify in _IN_ORDER:
        rule = simplify(rule)
    return rule


def _without_positions(rule: Rule) -> Rule:
    """Replace BYSETPOS by what it picks, if its sets have one slot, or are the times of one day or hour."""
    if not rule.by_set_pos:
        return rule
    if _has_sets_of_one(rule) and {1, -1} & set(rule.by_set_pos):
        return replace(rule, by_set_pos=())
    if not (rule.frequency is Frequency.HOURLY or _has_one_day(rule)):
        return rule
    if rule.frequency is Frequency.HOURLY or len(rule.by_hour) <= 1:
        minutes = pick_times(rule.by_minute, rule.by_set_pos)
        return replace(rule, by_minute=minutes, by_set_pos=()) if minutes else rule
    hours = pick_times(rule.by_hour, rule.by_set_pos)
    return replace(rule, by_hour=hours, by_set_pos=()) if hours and len(rule.by_minute) <= 1 else rule


def _has_sets_of_one(rule: Rule) -> bool:
    """Whether a period of the rule has at most one slot."""
    if rule.frequency is Frequency.MINUTELY:
        return True
    if rule.frequency is Frequency.HOURLY:
        return len(rule.by_minute) <= 1
    return len(rule.by_hour) <= 1 and len(rule.by_minute) <= 1 and _has_one_day(rule)


def _has_one_day(rule: Rule) -> bool:
    if rule.frequency is Frequency.DAILY:
        return True
    if rule.frequency is Frequency.WEEKLY:
        return len(rule.by_day) == 1
    if rule.by_year_day or rule.by_week_no:
        return len(rule.by_year_day) == 1
    if rule.frequency is Frequency.YEARLY and len(rule.by_month) != 1:
        return False
    return len(rule.by_month_day) == 1 or (len(rule.by_day) == 1 and rule.by_day[0].ordinal != 0)


def _without_idle_days(rule: Rule) -> Rule:
    """Remove ordinal weekdays beside the same weekday without ordinal, and BYMONTHDAY if it names all days."""
    every = {day.weekday for day in rule.by_day if not day.ordinal}
    by_day = tuple(day for day in rule.by_day if not day.ordinal or day.weekday not in every)
    rule = replace(rule, by_day=by_day)
    if rule.by_set_pos or not set(rule.by_month_day) >= _LONGEST_MONTH:
        return rule
    return replace(rule, by_month_day=(), by_day=by_day or EVERY_WEEKDAY)


def _without_idle_months(rule: Rule) -> Rule:
    """Remove BYMONTH if it names all twelve months; a yearly rule becomes a monthly one."""
    if len(rule.by_month) < _MONTHS_IN_YEAR:
        return rule
    if rule.frequency is not Frequency.YEARLY or rule.by_year_day or rule.by_week_no:
        return replace(rule, by_month=())
    if rule.interval > 1 or rule.by_set_pos:
        return rule
    return replace(rule, frequency=Frequency.MONTHLY, by_month=())


def _without_idle_weekdays(rule: Rule) -> Rule:
    """Remove BYDAY if it names all seven weekdays; the rule becomes a daily one."""
    if rule.by_day != EVERY_WEEKDAY:
        return rule
    in_day = rule.steps_in_day or rule.frequency is Frequency.DAILY
    if in_day or rule.by_month_day or rule.by_year_day or rule.by_week_no:
        return replace(rule, by_day=())
    if rule.interval > 1 or rule.by_set_pos:
        return rule
    return replace(rule, frequency=Frequency.DAILY, by_day=())


def _by_hours(rule: Rule) -> Rule:
    """Return a rule of minutes with BYMINUTE as a rule of hours."""
    if rule.frequency is not Frequency.MINUTELY or not rule.by_minute or not _is_plain(rule):
        return rule
    if len(rule.by_minute) == MINUTES_IN_HOUR:
        return replace(rule, by_minute=())
    return replace(rule, frequency=Frequency.HOURLY)


def _by_times(rule: Rule) -> Rule:
    """Return a rule of hours with BYHOUR as a daily rule, unless its hours form ranges."""
    if rule.steps_in_day and len(rule.by_hour) == _HOURS_IN_DAY:
        return replace(rule, by_hour=())
    if rule.frequency is not Frequency.HOURLY or not rule.by_hour or not _is_plain(rule):
        return rule
    if all(begin != end for begin, end in spans(rule.by_hour)):
        return rule
    return replace(rule, frequency=Frequency.YEARLY if rule.by_year_day else Frequency.DAILY)


def _by_rows_of_hours(rule: Rule) -> Rule:
    """Return a daily or weekly rule with many times, whose hours form ranges, as a rule of hours."""
    if rule.frequency not in _DAYS_OR_WEEKS or not _is_plain(rule) or rule.by_month_day:
        return rule
    if rule.frequency is Frequency.WEEKLY and not rule.by_day:
        return rule
    is_long = len(rule.by_hour) * max(1, len(rule.by_minute)) > _MOST_LISTED
    if not is_long or any(begin == end for begin, end in spans(rule.by_hour)):
        return rule
    hours = () if len(rule.by_hour) == _HOURS_IN_DAY else rule.by_hour
    return replace(rule, frequency=Frequency.HOURLY, by_hour=hours)


def _by_days(rule: Rule) -> Rule:
    """Return a rule of days of the month or weekdays with the frequency that names them shortest."""
    if rule.steps_in_day or not _is_plain(rule) or rule.by_year_day or rule.by_week_no:
        return rule
    if rule.by_month_day:
        return _by_days_of_month(rule)
    if any(day.ordinal for day in rule.by_day) or not rule.by_day:
        is_yearly = rule.frequency is Frequency.MONTHLY and rule.by_month
        return replace(rule, frequency=Frequency.YEARLY) if is_yearly else rule
    return rule if rule.frequency is Frequency.WEEKLY else replace(rule, frequency=Frequency.DAILY)


def _by_days_of_month(rule: Rule) -> Rule:
    counts_in_year = rule.frequency is Frequency.YEARLY and any(day.ordinal for day in rule.by_day)
    if rule.by_month or counts_in_year:
        return replace(rule, frequency=Frequency.YEARLY)
    return replace(rule, frequency=Frequency.MONTHLY)


def _is_plain(rule: Rule) -> bool:
    """Whether the interval is 1 and there is no BYSETPOS."""
    return rule.interval == 1 and not rule.by_set_pos


_IN_ORDER: Final[tuple[Callable[[Rule], Rule], ...]] = (
    _without_positions,
    _without_idle_days,
    _without_idle_months,
    _without_idle_weekdays,
    _by_hours,
    _by_times,
    _by_days,
    _by_rows_of_hours,
)
