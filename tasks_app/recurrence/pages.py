"""The days of a rule without its end, one calendar year at a time.

A page is the sorted tuple of a year's matching days, counted from 0 for 1 January. Pages of equal years (leap
or not, weekday of 1 January, position in the interval) are equal, so they are worked out once and looked up
after.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, date
from math import lcm
from typing import Final

from .pattern import (
    CYCLE_DAYS,
    CYCLE_YEARS,
    Pattern,
    Year,
    allowed_days,
    first_of,
    is_leap,
    month_days,
    numbered_days,
    pattern_of,
    weekdays_of,
)
from .rule import Frequency, Overflow, Rule
from .years import candidate_years

Page = tuple[int, ...]

_MAX_PAGES_KEPT: Final = 2048
_CYCLE_LENGTHS: Final = {
    Frequency.DAILY: CYCLE_DAYS,
    Frequency.WEEKLY: CYCLE_DAYS // 7,
    Frequency.MONTHLY: CYCLE_YEARS * 12,
    Frequency.YEARLY: CYCLE_YEARS,
}


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where 1 January lies in the interval: (`per_year` * year + `per_day` * its ordinal - origin) % modulus."""

    per_year: int
    per_day: int
    origin: int
    modulus: int


class Pages:
    """The pages of one rule and start; they also list days of the start's year before it."""

    def __init__(self, rule: Rule, start: date, overflow: Overflow) -> None:
        self._pattern = pattern_of(rule, start, overflow)
        grid_of, self._draw = _READERS[rule.frequency]
        self._grid = grid_of(self._pattern)
        self._kept: dict[tuple[bool, int, int], Page] = {}
        length = _CYCLE_LENGTHS[rule.frequency]
        self.cycle_years = lcm(length, rule.interval) // length * CYCLE_YEARS

    def years(self, first: int, last: int = MAXYEAR) -> Iterator[int]:
        """The years from `first` to `last` whose pages need a look."""
        return candidate_years(self._pattern, first, last)

    def page(self, number: int) -> tuple[int, Page]:
        """The ordinal of 1 January and the matching days of a year."""
        grid, first, leap = self._grid, first_of(number), is_leap(number)
        position = (grid.per_year * number + grid.per_day * first - grid.origin) % grid.modulus
        key = (leap, first % 7, position)
        page = self._kept.get(key)
        if page is None:
            if len(self._kept) >= _MAX_PAGES_KEPT:
                self._kept.clear()
            page = self._kept[key] = self._draw(self._pattern, Year(first, leap), position)
        return first, page


def _yearly_grid(pattern: Pattern) -> _Grid:
    return _Grid(1, 0, pattern.start.year, pattern.rule.interval)


def _yearly(pattern: Pattern, year: Year, position: int) -> Page:
    if position:
        return ()
    if pattern.by_month or not pattern.by_day:
        days = [day for month in pattern.months for day in month_days(pattern, year, month)]
    else:
        days = sorted(numbered_days(pattern, year) & weekdays_of(pattern, range(year.length), year))
    return _set_positions(days, pattern.rule.by_set_pos)


def _monthly_grid(pattern: Pattern) -> _Grid:
    return _Grid(12, 0, pattern.start_month, pattern.rule.interval)


def _monthly(pattern: Pattern, year: Year, position: int) -> Page:
    interval = pattern.rule.interval
    page: list[int] = []
    for month in range(-position % interval + 1, 13, interval):
        if month in pattern.months:
            page += _set_positions(month_days(pattern, year, month), pattern.rule.by_set_pos)
    return tuple(page)


def _days_grid(pattern: Pattern) -> _Grid:
    return _Grid(0, 1, pattern.origin, pattern.step_days)


def _daily(pattern: Pattern, year: Year, position: int) -> Page:
    if pattern.rule.by_set_pos and not {1, -1} & set(pattern.rule.by_set_pos):
        return ()
    interval = pattern.rule.interval
    days = range(-position % interval, year.length, interval)
    if not pattern.rule.has_by_parts:
        return tuple(days)
    allowed = allowed_days(pattern, year)
    return tuple(day for day in days if day in allowed)


def _weekly(pattern: Pattern, year: Year, position: int) -> Page:
    step = pattern.step_days
    weeks = range(-position if position < 7 else step - position, year.length, step)
    if pattern.by_month:
        days = [day for week in weeks for day in _days_of_week(pattern, year, week)]
    else:
        in_week = _set_positions(pattern.week, pattern.rule.by_set_pos)
        days = [week + day for week in weeks for day in in_week]
    return tuple(day for day in days if 0 <= day < year.length)


def _days_of_week(pattern: Pattern, year: Year, week: int) -> Page:
    """The days of a week, counted from 1 January of its year even where it reaches over, in months of the rule."""
    days = [week + day for day in pattern.week if year.month_of(week + day) in pattern.by_month]
    return _set_positions(days, pattern.rule.by_set_pos)


def _set_positions(days: Sequence[int], positions: tuple[int, ...]) -> Page:
    """The days of a set that BYSETPOS picks; all without it."""
    if not positions:
        return tuple(days)
    size = len(days)
    picked = {position - 1 if position > 0 else size + position for position in positions}
    return tuple(days[index] for index in sorted(picked) if 0 <= index < size)


_Draw = Callable[[Pattern, Year, int], Page]
_READERS: Final[dict[Frequency, tuple[Callable[[Pattern], _Grid], _Draw]]] = {
    Frequency.DAILY: (_days_grid, _daily),
    Frequency.WEEKLY: (_days_grid, _weekly),
    Frequency.MONTHLY: (_monthly_grid, _monthly),
    Frequency.YEARLY: (_yearly_grid, _yearly),
}
