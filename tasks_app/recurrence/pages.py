"""The slots of a rule without its end, one calendar year at a time.

A page lists the days of a year that have slots, counted from 0 for 1 January. Years of the same kind (leap or not,
weekday of 1 January, position in the interval) have the same page, so pages are computed once and kept.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR
from itertools import accumulate, groupby
from math import lcm
from typing import Final

from .instants import Slot
from .pattern import (
    CYCLE_DAYS,
    CYCLE_YEARS,
    Pattern,
    Year,
    allowed_days,
    first_of,
    is_leap,
    limit_days,
    month_days,
    numbered_days,
    pattern_of,
    weekdays_of,
)
from .rule import Frequency, Overflow, Rule
from .times import DAY_SECONDS, DayTimes, pick_times
from .years import candidate_years

_MAX_PAGES_KEPT: Final = 2048


@dataclass(frozen=True, slots=True)
class YearPage:
    """The days of a year that have slots.

    `times` are the times of each day, `counts` the number of slots up to and including each day. Both are empty if all
    days have the same, `uniform` times of the rule.
    """

    days: tuple[int, ...]
    times: tuple[DayTimes, ...] = ()
    counts: tuple[int, ...] = ()

    @classmethod
    def of_times(cls, days: Sequence[int], times: Sequence[DayTimes]) -> "YearPage":
        """Return a page of days with different times."""
        return cls(tuple(days), tuple(times), tuple(accumulate(map(len, times))))

    def size(self, per_day: int) -> int:
        """Return the number of slots, with `per_day` slots a day if the times are uniform."""
        return self.counts[-1] if self.counts else len(self.days) * per_day

    def times_on(self, index: int, uniform: DayTimes) -> DayTimes:
        """Return the times of the day at an index."""
        return self.times[index] if self.times else uniform

    def count_through(self, day: int, second: int, uniform: DayTimes) -> int:
        """Return the number of slots that are not later than a second of a day."""
        index = bisect_left(self.days, day)
        if index == len(self.days):
            return self.size(len(uniform))
        before = self._before(index, len(uniform))
        return before + (
            bisect_right(self.times_on(index, uniform), second) if self.days[index] == day else 0
        )

    def nth(self, number: int, uniform: DayTimes) -> tuple[int, int]:
        """Return the day and the second of the `number`-th slot, counted from 1."""
        index = bisect_left(self.counts, number) if self.counts else (number - 1) // len(uniform)
        times = self.times_on(index, uniform)
        return self.days[index], times[number - 1 - self._before(index, len(uniform))]

    def _before(self, index: int, per_day: int) -> int:
        if not self.counts:
            return index * per_day
        return self.counts[index - 1] if index else 0


@dataclass(frozen=True, slots=True)
class _Grid:
    """The position of 1 January in the interval: (`per_year` * year + `per_day` * its ordinal - origin) % modulus.

    `cycle` is the length of the calendar's cycle of 400 years, in the unit of the modulus.
    """

    per_year: int
    per_day: int
    origin: int
    modulus: int
    cycle: int


class Pages:
    """The pages of one rule and start. The page of the first year also lists slots before the start."""

    def __init__(self, rule: Rule, start: Slot, overflow: Overflow) -> None:
        self.pattern = pattern_of(rule, start, overflow)
        grid_of, self._make_page = _BY_DAYS if rule.repeats_by_days else _READERS[rule.frequency]
        self._grid = grid_of(self.pattern)
        self._kept: dict[tuple[object, ...], YearPage] = {}
        self.cycle_years = lcm(self._grid.cycle, self._grid.modulus) // self._grid.cycle * CYCLE_YEARS

    def years(self, first: int, last: int = MAXYEAR) -> Iterator[int]:
        """Yield the years from `first` to `last` whose pages may have slots."""
        return candidate_years(self.pattern, first, last)

    def page(self, number: int) -> tuple[int, YearPage]:
        """Return the ordinal of 1 January and the page of a year."""
        grid, first, leap = self._grid, first_of(number), is_leap(number)
        position = (grid.per_year * number + grid.per_day * first - grid.origin) % grid.modulus
        key: tuple[object, ...] = (leap, first % 7, position)
        if self.pattern.rule.by_week_no:
            # Weeks reach into the years beside, and the number of weeks of those depends on their length.
            key += (is_leap(number - 1), is_leap(number + 1))
        page = self._kept.get(key)
        if page is None:
            if len(self._kept) >= _MAX_PAGES_KEPT:
                self._kept.clear()
            page = self._kept[key] = self._make_page(self.pattern, Year(first, leap), position)
        return first, page


def _yearly_grid(pattern: Pattern) -> _Grid:
    return _Grid(1, 0, pattern.start.year, pattern.rule.interval, CYCLE_YEARS)


def _yearly(pattern: Pattern, year: Year, position: int) -> YearPage:
    if position:
        return _EMPTY_PAGE
    if pattern.by_month or not pattern.by_day:
        days = {day for month in pattern.months for day in month_days(pattern, year, month)}
    else:
        days = numbered_days(pattern, year) & weekdays_of(pattern, range(year.length), year)
    found = sorted(limit_days(pattern, year, days))
    return _page(pattern, pick_times(_entries(pattern, found), pattern.rule.by_set_pos))


def _monthly_grid(pattern: Pattern) -> _Grid:
    return _Grid(12, 0, pattern.start_month, pattern.rule.interval, CYCLE_YEARS * 12)


def _monthly(pattern: Pattern, year: Year, position: int) -> YearPage:
    interval = pattern.rule.interval
    found: list[int] = []
    for month in range(-position % interval + 1, 13, interval):
        if month in pattern.months:
            found += pick_times(_entries(pattern, month_days(pattern, year, month)), pattern.rule.by_set_pos)
    return _page(pattern, found)


def _weekly_grid(pattern: Pattern) -> _Grid:
    return _Grid(0, 1, pattern.week_origin, pattern.step_days, CYCLE_DAYS)


def _weekly(pattern: Pattern, year: Year, position: int) -> YearPage:
    step, scale = pattern.step_days, DAY_SECONDS if pattern.picks_times else 1
    weeks = range(-position if position < 7 else step - position, year.length, step)
    if pattern.by_month:
        found = [entry for week in weeks for entry in _entries_of_week(pattern, year, week)]
    else:
        in_week = pick_times(_entries(pattern, pattern.week), pattern.rule.by_set_pos)
        found = [week * scale + entry for week in weeks for entry in in_week]
    return _page(pattern, [entry for entry in found if 0 <= entry < year.length * scale])


def _entries_of_week(pattern: Pattern, year: Year, week: int) -> DayTimes:
    """Return the entries of a week in months of the rule, counted from 1 January also where the week leaves it."""
    days = [week + day for day in pattern.week if year.month_of(week + day) in pattern.by_month]
    return pick_times(_entries(pattern, days), pattern.rule.by_set_pos)


def _days_grid(pattern: Pattern) -> _Grid:
    return _Grid(0, 1, 0, pattern.times.period, CYCLE_DAYS)


def _by_days(pattern: Pattern, year: Year, position: int) -> YearPage:
    """Return the page of a rule that has the same times again after a number of days."""
    by_place, period = pattern.times.by_place, pattern.times.period
    allowed = allowed_days(pattern, year) if pattern.rule.limits_days else range(year.length)
    if len(by_place) * 4 > period:
        days = [day for day in allowed if (position + day) % period in by_place]
    else:
        hit = (day for place in by_place for day in range((place - position) % period, year.length, period))
        days = sorted(day for day in hit if day in allowed)
    if pattern.times.uniform is not None:
        return YearPage(tuple(days))
    return YearPage.of_times(days, [by_place[(position + day) % period] for day in days])


def _entries(pattern: Pattern, days: Sequence[int]) -> tuple[int, ...]:
    """Return what BYSETPOS counts: days, or the times of the days as seconds from 1 January."""
    if not pattern.picks_times:
        return tuple(days)
    times = pattern.times.uniform or ()
    return tuple(day * DAY_SECONDS + second for day in days for second in times)


def _page(pattern: Pattern, entries: Sequence[int]) -> YearPage:
    if not pattern.picks_times:
        return YearPage(tuple(entries))
    by_day = [
        (day, tuple(entry % DAY_SECONDS for entry in group))
        for day, group in groupby(entries, lambda entry: entry // DAY_SECONDS)
    ]
    return YearPage.of_times([day for day, _ in by_day], [times for _, times in by_day])


_EMPTY_PAGE: Final = YearPage(())
_PageMaker = Callable[[Pattern, Year, int], YearPage]
_Reader = tuple[Callable[[Pattern], _Grid], _PageMaker]
_BY_DAYS: Final[_Reader] = (_days_grid, _by_days)
_READERS: Final[dict[Frequency, _Reader]] = {
    Frequency.WEEKLY: (_weekly_grid, _weekly),
    Frequency.MONTHLY: (_monthly_grid, _monthly),
    Frequency.YEARLY: (_yearly_grid, _yearly),
}
