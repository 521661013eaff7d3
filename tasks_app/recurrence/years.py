"""Which years may have slots of a rule.

Most rules have slots in nearly every year. For rules with long intervals, or with a date that the interval rarely
meets, a search would read thousands of empty pages; it skips them here.
"""

from collections.abc import Iterable, Iterator
from datetime import MAXYEAR, date
from typing import Final

from .pattern import CYCLE_YEARS, Pattern, Year, allowed_days, first_of, is_leap
from .rule import Frequency

_LAST_ORDINAL: Final = date.max.toordinal()
_LONG_STEP_DAYS: Final = 60
# A shorter period meets every date that it can meet within a few years.
_LONG_PERIOD: Final = 7
_FEW_DATES: Final = 4


def candidate_years(pattern: Pattern, first: int, last: int = MAXYEAR) -> Iterator[int]:
    """Yield the years from `first` to `last`, ascending, that may have a slot of the rule."""
    frequency, interval = pattern.rule.frequency, pattern.rule.interval
    if frequency is Frequency.YEARLY:
        return iter(range(first + (pattern.start.year - first) % interval, last + 1, interval))
    if frequency is Frequency.MONTHLY:
        return _of_months(pattern, first, last) if interval > 12 else iter(range(first, last + 1))
    if frequency is Frequency.WEEKLY and pattern.rule.by_set_pos:
        is_long = pattern.step_days >= _LONG_STEP_DAYS
        return _distinct(_of_weeks(pattern, first, last)) if is_long else iter(range(first, last + 1))
    return _of_places(pattern, first, last)


def _of_months(pattern: Pattern, first: int, last: int) -> Iterator[int]:
    interval = pattern.rule.interval
    nearest = first * 12 + (pattern.start_month - first * 12) % interval
    months = range(nearest, (last + 1) * 12, interval)
    return (month // 12 for month in months if month % 12 + 1 in pattern.months)


def _of_weeks(pattern: Pattern, first: int, last: int) -> Iterator[int]:
    """Yield the years of the first and last days of the weeks in the interval."""
    beginning = first_of(first)
    nearest = beginning - (beginning - pattern.week_origin) % pattern.step_days
    for ordinal in range(nearest, min(first_of(last + 1), _LAST_ORDINAL + 1), pattern.step_days):
        for edge in (max(ordinal, 1), min(ordinal + 6, _LAST_ORDINAL)):
            day = date.fromordinal(edge)
            if first <= day.year <= last and day.month in pattern.months:
                yield day.year


def _of_places(pattern: Pattern, first: int, last: int) -> Iterator[int]:
    """Return the years of a rule that repeats by days: those of its few dates or rare days, or all years."""
    period, places = pattern.times.period, len(pattern.times.by_place)
    if not places:
        return iter(())
    if period > _LONG_PERIOD and places < period and _has_few_dates(pattern):
        return _distinct(_of_dates(pattern, first, last))
    if period >= _LONG_STEP_DAYS * places:
        return _distinct(_of_days(pattern, first, last))
    return iter(range(first, last + 1))


def _of_days(pattern: Pattern, first: int, last: int) -> Iterator[int]:
    period, places = pattern.times.period, sorted(pattern.times.by_place)
    beginning = first_of(first)
    end = min(first_of(last + 1), _LAST_ORDINAL + 1)
    for block in range(beginning - beginning % period, end, period):
        for place in places:
            if beginning <= block + place < end:
                day = date.fromordinal(block + place)
                if day.month in pattern.months:
                    yield day.year


def _has_few_dates(pattern: Pattern) -> bool:
    rule = pattern.rule
    per_year = len(rule.by_year_day) or len(pattern.by_month_day) * len(pattern.months)
    return 0 < per_year <= _FEW_DATES


def _of_dates(pattern: Pattern, first: int, last: int) -> Iterator[int]:
    """Yield the years in which the interval meets a date of the rule; the dates are those of one calendar cycle."""
    period, places = pattern.times.period, pattern.times.by_place
    cycle = first - (first - 1) % CYCLE_YEARS
    dates = _dates_of_cycle(pattern)
    while cycle <= last:
        beginning = first_of(cycle)
        for year, day in dates:
            if (beginning + day) % period in places and first <= cycle + year <= last:
                yield cycle + year
        cycle += CYCLE_YEARS


def _dates_of_cycle(pattern: Pattern) -> list[tuple[int, int]]:
    """Return the dates of one calendar cycle that the BY parts allow, as (year, day) counted from its beginning."""
    if not pattern.dates:
        years = ((number, Year(first_of(number), is_leap(number))) for number in range(1, CYCLE_YEARS + 1))
        # Assigned in one step, since threads share the pattern.
        pattern.dates[:] = [
            (number - 1, year.first - 1 + day)
            for number, year in years
            for day in allowed_days(pattern, year)
        ]
    return pattern.dates


def _distinct(years: Iterable[int]) -> Iterator[int]:
    seen = 0
    for year in years:
        if year > seen:
            yield year
            seen = year
