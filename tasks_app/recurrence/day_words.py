"""Describing the days of a rule in words."""

from itertools import groupby
from typing import Final

from .rule import EVERY_WEEKDAY, MONDAY_TO_FRIDAY, ByDay, Frequency, Rule
from .words import MONTHS, WEEKDAYS, join_words, kind_of_day, months, ordinal, place

_IN_MONTHS: Final = (Frequency.MONTHLY, Frequency.YEARLY)


def place_in_period(rule: Rule) -> str:
    """Return "on the second Tuesday of the month" or the like; an empty text for days without such a place."""
    if rule.by_set_pos:
        return f"on the {join_words([place(each) for each in rule.by_set_pos])} {_set_name(rule)}{_of_period(rule)}"
    if rule.by_year_day or rule.by_week_no:
        return ""
    if any(day.ordinal for day in rule.by_day) and not rule.by_month_day:
        return f"on {join_words(_ordinal_weekdays(rule.by_day))}{_of_period(rule)}"
    if not rule.by_day and len(rule.by_month_day) == 1 and rule.by_month_day[0] < 0:
        return f"on the {place(rule.by_month_day[0])} day{_of_month(rule)}"
    return ""


def _set_name(rule: Rule) -> str:
    """Return the words for what BYSETPOS counts."""
    if rule.by_year_day or rule.by_week_no:
        return f"of what falls {days_of(rule)}"
    every = " of every month" if rule.frequency is Frequency.YEARLY and not rule.by_month else ""
    if not rule.by_day:
        days = f"of {numbers(rule.by_month_day, 'and')}{every}" if rule.by_month_day else "day"
    elif any(day.ordinal for day in rule.by_day):
        days = f"of {join_words(_ordinal_weekdays(rule.by_day))}"
    else:
        days = kind_of_day(rule.by_day)
    if rule.by_day and rule.by_month_day:
        days += f" that is {numbers(rule.by_month_day, 'or')}{every}"
    return days


def _ordinal_weekdays(days: tuple[ByDay, ...]) -> list[str]:
    """Return "every Monday", "the first and third Tuesday" and so on, one text for each weekday."""
    names = []
    for weekday, group in groupby(days, key=lambda day: day.weekday):
        ordinals = sorted((day.ordinal for day in group), key=lambda number: (number < 0, number))
        if 0 in ordinals:
            names.append(f"every {WEEKDAYS[weekday]}")
        else:
            names.append(f"the {join_words([place(each) for each in ordinals])} {WEEKDAYS[weekday]}")
    return names


def _of_period(rule: Rule) -> str:
    if rule.frequency is Frequency.WEEKLY:
        return f" of the week{in_months(rule)}"
    if rule.frequency is Frequency.YEARLY and not rule.by_month:
        return " of the year"
    if rule.frequency is Frequency.YEARLY and rule.by_set_pos and len(rule.by_month) > 1:
        return f" of {months(rule.by_month)} together"
    return _of_month(rule)


def _of_month(rule: Rule) -> str:
    if rule.by_month:
        return f" of {months(rule.by_month)}"
    return " of every month" if rule.frequency is Frequency.YEARLY else " of the month"


def days_of(rule: Rule) -> str:
    """Return the days that a rule names, whatever its period: "on the 1st and 15th", "on Monday in week 20"."""
    if rule.by_week_no:
        return _in_weeks(rule)
    if rule.by_year_day:
        days = f"on {_numbered_days(rule)} of the year{in_months(rule)}"
        return days + conditions(rule.by_month_day, rule.by_day, _counted_in_year(rule))
    if rule.by_month_day:
        return f"on {_month_days(rule)}{conditions((), rule.by_day, _counted_in_year(rule))}"
    if rule.by_day == MONDAY_TO_FRIDAY and rule.steps_in_day:
        return f"on weekdays{in_months(rule)}"
    if rule.by_day:
        each = "every " if rule.frequency in _IN_MONTHS else ""
        return f"on {each}{join_words(weekdays(rule))}{in_months(rule)}"
    return in_months(rule).strip()


def _month_days(rule: Rule) -> str:
    """Return the days of the month: "15 February", "the 1st and 15th of January and July", "the 1st"."""
    if rule.frequency is Frequency.MONTHLY:
        return f"{numbers(rule.by_month_day, 'and')}{in_months(rule)}"
    if len(rule.by_month_day) == len(rule.by_month) == 1 and rule.by_month_day[0] > 0:
        return f"{rule.by_month_day[0]} {MONTHS[rule.by_month[0] - 1]}"
    is_of_every = rule.frequency is Frequency.YEARLY or rule.by_month_day[-1] < 0
    every = "every month" if is_of_every else ""
    of = months(rule.by_month) if rule.by_month else every
    return numbers(rule.by_month_day, "and") + (f" of {of}" if of else "")


def conditions(month_days: tuple[int, ...], days: tuple[ByDay, ...], of: str = "") -> str:
    """Return " if it is the 13th and it is a Friday" or the like; an empty text without conditions."""
    found = []
    if month_days:
        found.append(f"it is {numbers(month_days, 'or')}")
    if any(day.ordinal for day in days):
        found.append(f"it is {join_words(_ordinal_weekdays(days), 'or')}{of}")
    elif days:
        found.append(f"it is a {kind_of_day(days)}")
    return f" if {' and '.join(found)}" if found else ""


def _counted_in_year(rule: Rule) -> str:
    """Return " of the year" if ordinal weekdays count in the year, else an empty text."""
    return " of the year" if rule.frequency is Frequency.YEARLY and not rule.by_month else ""


def _in_weeks(rule: Rule) -> str:
    """Return the days of a rule with BYWEEKNO: "on Monday in week 20", "on every day of weeks 1 and 20"."""
    if rule.by_year_day:
        on = f"on {_numbered_days(rule)} of the year if it is in"
    elif rule.by_month_day:
        on = f"on {numbers(rule.by_month_day, 'and')} in"
    elif rule.by_day:
        on = f"on {join_words(weekdays(rule))} in"
    else:
        on = "on every day of"
    beside = rule.by_month_day if rule.by_year_day else ()
    also = conditions(beside, rule.by_day if rule.by_year_day or rule.by_month_day else ())
    return f"{on} {_with_places('week', rule.by_week_no)}{in_months(rule)}{also}"


def _numbered_days(rule: Rule) -> str:
    return _with_places("day", rule.by_year_day)


def _with_places(unit: str, numbers: tuple[int, ...]) -> str:
    """Return numbered units: "week 20", "days 1 and 100", "day 1 and the last day"."""
    forward = [str(number) for number in numbers if number > 0]
    names = [f"{unit}{'s' if len(forward) > 1 else ''} {join_words(forward)}"] if forward else []
    names += [f"the {place(number)} {unit}" for number in numbers if number < 0]
    return join_words(names)


def every_weekday(rule: Rule) -> str:
    """Return "every Monday in March", "every weekday" or "every day"."""
    kinds = {MONDAY_TO_FRIDAY: "weekday", EVERY_WEEKDAY: "day"}
    return f"every {kinds.get(rule.by_day) or join_words(weekdays(rule))}{in_months(rule)}"


def weekdays(rule: Rule) -> list[str]:
    """Return the names of the weekdays of BYDAY."""
    return [WEEKDAYS[day.weekday] for day in rule.by_day]


def numbers(days: tuple[int, ...], last: str) -> str:
    """Return days of the month: "the 1st, 15th and last day"."""
    return f"the {join_words([ordinal(day) if day > 0 else f'{place(day)} day' for day in days], last)}"


def in_months(rule: Rule) -> str:
    """Return " in March and May"; an empty text without months."""
    return f" in {months(rule.by_month)}" if rule.by_month else ""
