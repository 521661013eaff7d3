"""Matching a rule, completed from its start, against the days of a year."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from .due import day_of
from .instants import Slot
from .rule import ByDay, Frequency, Overflow, Rule, Weekday
from .times import Times, days_of_week, times_of, week_origin

# The Gregorian calendar, weekdays included, repeats after this many years, and days.
CYCLE_YEARS: Final = 400
CYCLE_DAYS: Final = 146_097

ALL_MONTHS: Final = tuple(range(1, 13))
_PERIODS: Final = (Frequency.WEEKLY, Frequency.MONTHLY, Frequency.YEARLY)

_MONTH_STARTS: Final = (
    (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365),
    (0, 31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366),
)
_SHORTEST: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def is_leap(year: int) -> bool:
    """Whether a year has a 29 February."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def first_of(year: int) -> int:
    """Return the ordinal of 1 January of a year."""
    past = year - 1
    return past * 365 + past // 4 - past // 100 + past // 400 + 1


def month_length(year: int, month: int) -> int:
    """Return the number of days of a month."""
    return len(Year(first_of(year), is_leap(year)).month(month))


@dataclass(frozen=True, slots=True)
class Year:
    """A year as matching sees it: the ordinal of 1 January, leap or not."""

    first: int
    leap: bool

    @property
    def length(self) -> int:
        return 366 if self.leap else 365

    @property
    def weekday(self) -> int:
        """The weekday of 1 January, Monday 0."""
        return (self.first + 6) % 7

    def month(self, number: int) -> range:
        """Return the days of a month, counted from 1 January."""
        starts = _MONTH_STARTS[self.leap]
        return range(starts[number - 1], starts[number])

    @property
    def number(self) -> int:
        return date.fromordinal(self.first).year

    def month_of(self, day: int) -> int:
        """Return the month of a day, counted from 1 January; days beside the year are in December and January."""
        return (bisect_right(_MONTH_STARTS[self.leap], day) - 1) % 12 + 1


@dataclass(frozen=True, slots=True)
class Pattern:
    """A rule, completed with the day and the times that it takes from its start (RFC 5545, section 3.3.10)."""

    rule: Rule
    start: date
    by_month: tuple[int, ...]
    by_month_day: tuple[int, ...]
    by_day: frozenset[tuple[int, int]]
    clamped: bool
    times: Times
    # The days of BYDAY in a week, counted from the week's first day: for weekly rules.
    week: tuple[int, ...]
    # Filled when needed, for rules that repeat by days: the days that the BY parts allow in each kind of year, and in a
    # whole cycle of the calendar.
    allowed: dict[tuple[bool, int], dict[int, None]] = field(default_factory=dict)
    dates: list[tuple[int, int]] = field(default_factory=list)

    @property
    def months(self) -> tuple[int, ...]:
        return self.by_month or ALL_MONTHS

    @property
    def start_month(self) -> int:
        """The month of the start, counted from year 0."""
        return self.start.year * 12 + self.start.month - 1

    @property
    def step_days(self) -> int:
        """The interval of a weekly rule in days."""
        return self.rule.interval * 7

    @property
    def week_origin(self) -> int:
        """The ordinal from which the interval of a weekly rule counts: the first day of the week of the start."""
        return week_origin(self.rule, self.start)

    @property
    def week_start(self) -> int:
        return self.rule.week_start or Weekday.MO

    @property
    def picks_times(self) -> bool:
        """Whether BYSETPOS picks among the times of several days."""
        return bool(self.rule.by_set_pos) and self.rule.frequency in _PERIODS and self.times.most_per_day > 1


def pattern_of(rule: Rule, start: Slot, overflow: Overflow) -> Pattern:
    """Return the pattern of a rule, with month, day, weekday or time of the start where the rule names none."""
    day = day_of(start)
    by_month, by_month_day, by_day = rule.by_month, rule.by_month_day, rule.by_day
    if not (by_month_day or by_day or rule.by_year_day or rule.by_week_no):
        if rule.frequency is Frequency.YEARLY:
            by_month = by_month or (day.month,)
        if rule.frequency in (Frequency.YEARLY, Frequency.MONTHLY):
            by_month_day = (day.day,)
        if rule.frequency is Frequency.WEEKLY:
            by_day = (ByDay(Weekday(day.weekday())),)
    clamped = overflow is Overflow.CLAMP and is_clampable(by_month_day, rule)
    times, week = times_of(rule, start), days_of_week(rule, start)
    return Pattern(rule, day, by_month, by_month_day, frozenset(by_day), clamped, times, week)


def can_overflow(rule: Rule) -> bool:
    """Whether `overflow` can matter to a rule with some start: it has a day that one of its months lacks."""
    if not rule.by_month_day and rule.frequency not in (Frequency.MONTHLY, Frequency.YEARLY):
        return False
    return is_clampable(rule.by_month_day or (max(_SHORTEST),), rule)


def is_clampable(by_month_day: tuple[int, ...], rule: Rule) -> bool:
    """Whether a month of the rule lacks one of these days, and no other BY part decides about it."""
    if rule.by_day or rule.by_set_pos or rule.by_year_day or rule.by_week_no:
        return False
    return max(by_month_day, default=0) > min(_SHORTEST[month - 1] for month in rule.by_month or ALL_MONTHS)


def allowed_days(pattern: Pattern, year: Year) -> dict[int, None]:
    """Return the days of a year that the BY parts of a rule that repeats by days allow, as an ordered set."""
    kind = (year.leap, year.weekday)
    if kind not in pattern.allowed:
        days = {day for month in pattern.months for day in month_days(pattern, year, month)}
        pattern.allowed[kind] = dict.fromkeys(sorted(limit_days(pattern, year, days)))
    return pattern.allowed[kind]


def limit_days(pattern: Pattern, year: Year, days: set[int]) -> set[int]:
    """Return those of `days` that BYYEARDAY and BYWEEKNO allow too."""
    if pattern.rule.by_year_day:
        days &= {day - 1 if day > 0 else year.length + day for day in pattern.rule.by_year_day}
    return days & _numbered_weeks(pattern, year) if pattern.rule.by_week_no else days


def _numbered_weeks(pattern: Pattern, year: Year) -> set[int]:
    """Return the days of a year in weeks of BYWEEKNO, also in weeks of the years beside it that reach into it."""
    days: set[int] = set()
    for number in (year.number - 1, year.number, year.number + 1):
        first = _first_week(number, pattern.week_start)
        weeks = (_first_week(number + 1, pattern.week_start) - first) // 7
        for week in pattern.rule.by_week_no:
            index = week - 1 if week > 0 else weeks + week
            if 0 <= index < weeks:
                begin = first + 7 * index - year.first
                days.update(range(begin, begin + 7))
    return {day for day in days if 0 <= day < year.length}


def _first_week(year: int, week_start: int) -> int:
    """Return the ordinal of the first day of week 1: the first week with at least four days in the year."""
    fourth = first_of(year) + 3
    return fourth - (fourth + 6 - week_start) % 7


def numbered_days(pattern: Pattern, year: Year) -> set[int]:
    """Return the days of a year that BYMONTHDAY allows; all without it."""
    if not pattern.by_month_day:
        return set(range(year.length))
    return {day for month in ALL_MONTHS for day in _days_by_number(pattern, year.month(month))}


def month_days(pattern: Pattern, year: Year, number: int) -> list[int]:
    """Return the days of a month that both BYMONTHDAY and BYDAY allow."""
    month = year.month(number)
    if not pattern.by_day:
        return sorted(_days_by_number(pattern, month) if pattern.by_month_day else month)
    days = weekdays_of(pattern, month, year)
    return sorted(days & _days_by_number(pattern, month) if pattern.by_month_day else days)


def _days_by_number(pattern: Pattern, month: range) -> set[int]:
    length = len(month)
    numbers: Iterable[int] = (day if day > 0 else length + 1 + day for day in pattern.by_month_day)
    if pattern.clamped:
        numbers = (min(number, length) for number in numbers)
    return {month.start + number - 1 for number in numbers if 1 <= number <= length}


def weekdays_of(pattern: Pattern, period: range, year: Year) -> set[int]:
    """Return the days of a period (a month or a year) that BYDAY allows; ordinals count in the period."""
    days: set[int] = set()
    for weekday, ordinal in pattern.by_day:
        first = period.start + (weekday - year.weekday - period.start) % 7
        every = range(first, period.stop, 7)
        days.update(_nth(every, ordinal) if ordinal else every)
    return days


def _nth(days: range, ordinal: int) -> range:
    """Return the day with this ordinal, from the end if negative, as a range of one day or none."""
    index = ordinal - 1 if ordinal > 0 else len(days) + ordinal
    return days[index : index + 1] if index >= 0 else days[:0]
