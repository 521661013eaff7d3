"""Searching and counting the slots of a rule, as moments, regardless of its end."""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import MAXYEAR, date, datetime
from functools import lru_cache
from typing import Final

from .due import day_of
from .instants import Slot
from .pages import Pages
from .rule import Overflow, Rule
from .tally import Tally, tally_of
from .times import DAY_SECONDS, DayTimes, moment_of, second_of

LAST_ORDINAL: Final = date.max.toordinal()


class RuleSlots:
    """The slots of a rule, as moments. The start is one of them only if it is on the rule."""

    def __init__(self, pages: Pages, tally: Tally, start: Slot) -> None:
        self._pages, self._tally = pages, tally
        self._start = moment_of(start)
        self._uniform = _uniform_times(pages, start)
        self._before_start = tally.count_through(self._start, self._uniform)

    @property
    def most_per_day(self) -> int:
        """The most slots that a day may have."""
        return self._pages.pattern.times.most_per_day

    def after(self, moment: int, *, last_year: int = MAXYEAR) -> Iterator[int]:
        """Yield the slots later than `moment`, which is at least the second before the start."""
        ordinal = moment // DAY_SECONDS
        for year in self._pages.years(_year_of(ordinal), last_year):
            first, page = self._pages.page(year)
            for index in range(bisect_left(page.days, ordinal - first), len(page.days)):
                midnight = (first + page.days[index]) * DAY_SECONDS
                for second in page.times_on(index, self._uniform):
                    if midnight + second > moment:
                        yield midnight + second

    def first_after(self, moment: int, *, last_year: int = MAXYEAR) -> int | None:
        """Return the first slot later than `moment`; None if the calendar or `last_year` ends before."""
        return next(self.after(moment, last_year=last_year), None)

    def last_before(self, moment: int) -> int | None:
        """Return the last slot earlier than `moment` and later than the start; None if there is none."""
        number = self.count_through(moment - 1)
        return self.nth(number) if number else None

    def count_through(self, moment: int, *, enough: int | None = None) -> int:
        """Return the number of slots later than the start, up to `moment`; counting may stop at `enough`."""
        if moment <= self._start:
            return 0
        if enough is not None:
            enough += self._before_start
        return self._tally.count_through(moment, self._uniform, enough) - self._before_start

    def nth(self, number: int) -> int | None:
        """Return the `number`-th slot later than the start, from 1; None if the calendar ends before."""
        return self._tally.nth(number + self._before_start, self._uniform)


def rule_slots(rule: Rule, start: Slot, overflow: Overflow) -> RuleSlots:
    """Return the slots of a rule from a start.

    Pages and counts are cached, since the same series is searched again and again. Rules that take their time of day
    from the start share them with all starts on the same day.
    """
    pages, tally = _cached_pages(rule.without_end(), start if rule.names_times else day_of(start), overflow)
    return RuleSlots(pages, tally, start)


@lru_cache(maxsize=128)
def _cached_pages(rule: Rule, start: Slot, overflow: Overflow) -> tuple[Pages, Tally]:
    pages = Pages(rule, start, overflow)
    return pages, tally_of(pages, start.year)


def _uniform_times(pages: Pages, start: Slot) -> DayTimes:
    uniform = pages.pattern.times.uniform or ()
    if pages.pattern.rule.names_times or not isinstance(start, datetime):
        return uniform
    return (second_of(start.time()),) * len(uniform)


def _year_of(ordinal: int) -> int:
    return date.fromordinal(max(1, min(ordinal, LAST_ORDINAL))).year
