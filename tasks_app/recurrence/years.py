"""Which years can have slots of a rule.

Most rules have some in every year or so. Those with long intervals, or with a date that the interval rarely
meets, would make a search turn thousands of empty pages; here it jumps.
"""

from collections.abc import Iterable, Iterator
from datetime import MAXYEAR, date
from typing import Final

from .pattern import CYCLE_YEARS, Pattern, Year, allowed_days, first_of, is_leap
from .rule import Frequency

_LAST_ORDINAL: Final = date.max.toordinal()
_LONG_STEP_DAYS: Final = 60
# Below it the interval meets any date that it ever meets soon enough.
_LONG_PERIOD: Final = 7
_FEW_DATES: Final = 4


def candidate_years(pattern: Pattern, first: int, last: int = MAXYEAR) -> Iterator[int]:
    """The years from `first` to `last`, ascending, without such as cannot have a slot of the rule."""
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
    """Years by the ends of the weeks that the interval leads to."""
    beginning = first_of(first)
    nearest = beginning - (beginning - pattern.week_origin) % pattern.step_days
    for ordinal in range(nearest, min(first_of(last + 1), _LAST_ORDINAL + 1), pattern.step_days):
        for edge in (max(ordinal, 1), min(ordinal + 6, _LAST_ORDINAL)):
            day = date.fromordinal(edge)
            if first <= day.year <= last and day.month in pattern.months:
                yield day.year


def _of_places(pattern: Pattern, first: int, last: int) -> Iterator[int]:
    """Years of a rule that repeats by days: by its few dates, by its rare days, or all."""
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
    """Years by the dates of the rule that its interval meets, dates taken from one cycle of the calendar."""
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
    """The dates of one cycle that the BY parts allow: years and days, both counted from its beginning."""
    if not pattern.dates:
        years = ((number, Year(first_of(number), is_leap(number))) for number in range(1, CYCLE_YEARS + 1))
        # Assigned whole, so that threads may share the pattern.
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
