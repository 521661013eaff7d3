"""Counting the slots of a rule up to a moment and finding the n-th, by arithmetic or by the pages of its years."""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import date
from itertools import accumulate
from threading import Lock
from typing import Final, Protocol

from .pages import Pages
from .times import DAY_SECONDS, DayTimes, Times

_LAST_ORDINAL: Final = date.max.toordinal()


class Tally(Protocol):
    """Counts slots from a fixed early day on. `uniform` are the times of all days, if all days have the same."""

    def count_through(self, moment: int, uniform: DayTimes, enough: int | None = None) -> int:
        """Return the number of slots not later than a moment, or any number from `enough` on if there are that many."""

    def nth(self, number: int, uniform: DayTimes) -> int | None:
        """Return the `number`-th slot, from 1; None if the calendar ends before."""


def tally_of(pages: Pages, first_year: int) -> Tally:
    """Return the tally of a rule; `first_year` is the year of its start."""
    pattern = pages.pattern
    if pattern.rule.repeats_by_days and not pattern.rule.limits_days:
        return EvenTally(pattern.times)
    return YearTally(pages, first_year)


class EvenTally:
    """Counts by arithmetic: for rules without BY parts for days, whose period repeats for ever."""

    def __init__(self, times: Times) -> None:
        self._times = times
        places = range(times.period)
        self._totals = list(accumulate((len(times.by_place.get(place, ())) for place in places), initial=0))

    def count_through(self, moment: int, uniform: DayTimes, enough: int | None = None) -> int:
        ordinal, second = divmod(min(moment, (_LAST_ORDINAL + 1) * DAY_SECONDS - 1), DAY_SECONDS)
        periods, place = divmod(ordinal, self._times.period)
        whole = periods * self._totals[-1] + self._totals[place]
        return whole + sum(each <= second for each in self._on(place, uniform))

    def nth(self, number: int, uniform: DayTimes) -> int | None:
        if not self._totals[-1]:
            return None
        periods, rest = divmod(number - 1, self._totals[-1])
        place = bisect_left(self._totals, rest + 1) - 1
        ordinal = periods * self._times.period + place
        if ordinal > _LAST_ORDINAL:
            return None
        return ordinal * DAY_SECONDS + self._on(place, uniform)[rest - self._totals[place]]

    def _on(self, place: int, uniform: DayTimes) -> DayTimes:
        times = self._times.by_place.get(place, ())
        return uniform if times and self._times.uniform is not None else times


class YearTally:
    """Counts by the pages of the years from a first year on; threads may share it."""

    def __init__(self, pages: Pages, first_year: int) -> None:
        self._pages = pages
        self._first_year = first_year
        self._more: Iterator[int] = pages.years(first_year)
        self._per_day = len(pages.pattern.times.uniform or ())
        self._years: list[int] = []
        self._totals: list[int] = [0]
        self._lock = Lock()

    def count_through(self, moment: int, uniform: DayTimes, enough: int | None = None) -> int:
        ordinal, second = divmod(moment, DAY_SECONDS)
        year = date.fromordinal(min(ordinal, _LAST_ORDINAL)).year
        within_cycle = min(year, self._first_year + self._pages.cycle_years)
        if enough is not None and self._listed_before(within_cycle, enough) >= enough:
            return enough
        first, page = self._pages.page(year)
        return self._before(year) + page.count_through(ordinal - first, second, uniform)

    def nth(self, number: int, uniform: DayTimes) -> int | None:
        found = self._year_with(number)
        if found is None:
            return None
        year, before = found
        first, page = self._pages.page(year)
        day, second = page.nth(number - before, uniform)
        return (first + day) * DAY_SECONDS + second

    def _before(self, year: int) -> int:
        """Return the number of slots before a year; whole cycles of the calendar are multiplied."""
        cycle = self._pages.cycle_years
        cycles, rest = divmod(year - self._first_year, cycle)
        listed = self._listed_before(self._first_year + rest)
        return listed + cycles * self._listed_before(self._first_year + cycle) if cycles else listed

    def _year_with(self, number: int) -> tuple[int, int] | None:
        """Return the year of the `number`-th slot and how many slots precede that year; None beyond the calendar."""
        with self._lock:
            while self._totals[-1] < number:
                if not self._extend():
                    return None
            index = bisect_left(self._totals, number) - 1
            return self._years[index], self._totals[index]

    def _listed_before(self, year: int, enough: int | None = None) -> int:
        with self._lock:
            while not self._years or self._years[-1] < year:
                if (enough is not None and self._totals[-1] >= enough) or not self._extend():
                    break
            return self._totals[bisect_left(self._years, year)]

    def _extend(self) -> bool:
        """Add the next year; return False if the calendar has ended."""
        year = next(self._more, None)
        if year is None:
            return False
        self._totals.append(self._totals[-1] + self._pages.page(year)[1].size(self._per_day))
        self._years.append(year)
        return True
