"""Searching and counting the days of a rule, as ordinals, without its end."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import MAXYEAR, date
from functools import lru_cache
from threading import Lock
from typing import Final

from .pages import Pages
from .rule import Overflow, Rule

LAST_ORDINAL: Final = date.max.toordinal()


class RuleDays:
    """The days of a rule, as `date.toordinal`. The start is one of them only if it is on the rule."""

    def __init__(self, rule: Rule, start: date, overflow: Overflow) -> None:
        self._start = start.toordinal()
        self._pages = Pages(rule, start, overflow)
        self._tally = _Tally(self._pages, start.year)
        first, page = self._pages.page(start.year)
        self._before_start = bisect_right(page, self._start - first)

    def after(self, ordinal: int, *, last_year: int = MAXYEAR) -> Iterator[int]:
        """The days later than `ordinal`, which is not before the day before the start."""
        for year in self._pages.years(_year_of(ordinal), last_year):
            first, page = self._pages.page(year)
            for day in page[bisect_right(page, ordinal - first) :]:
                yield first + day

    def first_after(self, ordinal: int, *, last_year: int = MAXYEAR) -> int | None:
        """The first day later than `ordinal`, or None when the calendar or `last_year` ends before."""
        return next(self.after(ordinal, last_year=last_year), None)

    def last_before(self, ordinal: int) -> int | None:
        """The last day that is earlier than `ordinal` and later than the start."""
        number = self.count_through(ordinal - 1)
        return self.nth(number) if number else None

    def count_through(self, ordinal: int) -> int:
        """How many days are later than the start and not later than `ordinal`."""
        if ordinal <= self._start:
            return 0
        year = _year_of(ordinal)
        first, page = self._pages.page(year)
        return self._tally.before(year) + bisect_right(page, ordinal - first) - self._before_start

    def nth(self, number: int) -> int | None:
        """The `number`-th day later than the start (1-based), or None when the calendar ends before."""
        found = self._tally.year_with(number + self._before_start)
        if found is None:
            return None
        year, before = found
        first, page = self._pages.page(year)
        return first + page[number + self._before_start - before - 1]


class _Tally:
    """How many days the pages list, from a first year on; threads may share it."""

    def __init__(self, pages: Pages, first_year: int) -> None:
        self._pages = pages
        self._first_year = first_year
        self._more = pages.years(first_year)
        self._years: list[int] = []
        self._totals: list[int] = [0]
        self._lock = Lock()

    def before(self, year: int) -> int:
        """The days on the pages before a year. The calendar repeats, so long spans take whole cycles at once."""
        cycle = self._pages.cycle_years
        cycles, rest = divmod(year - self._first_year, cycle)
        listed = self._listed_before(self._first_year + rest)
        return listed + cycles * self._listed_before(self._first_year + cycle) if cycles else listed

    def year_with(self, number: int) -> tuple[int, int] | None:
        """The year whose page lists the `number`-th day, and the days listed before it."""
        with self._lock:
            while self._totals[-1] < number:
                if not self._extend():
                    return None
            index = bisect_left(self._totals, number) - 1
            return self._years[index], self._totals[index]

    def _listed_before(self, year: int) -> int:
        with self._lock:
            while not self._years or self._years[-1] < year:
                if not self._extend():
                    break
            return self._totals[bisect_left(self._years, year)]

    def _extend(self) -> bool:
        """Add the next year; False when the calendar has ended."""
        year = next(self._more, None)
        if year is None:
            return False
        self._totals.append(self._totals[-1] + len(self._pages.page(year)[1]))
        self._years.append(year)
        return True


def rule_days(rule: Rule, start: date, overflow: Overflow) -> RuleDays:
    """The days of a rule from a start; kept, because the same series is asked again and again."""
    return _kept(rule.without_end(), start, overflow)


@lru_cache(maxsize=128)
def _kept(rule: Rule, start: date, overflow: Overflow) -> RuleDays:
    return RuleDays(rule, start, overflow)


def _year_of(ordinal: int) -> int:
    return date.fromordinal(min(ordinal, LAST_ORDINAL)).year
