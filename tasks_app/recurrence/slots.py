"""Searching and counting the slots of a rule, as moments, without its end."""

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
        """How many slots the fullest day may have."""
        return self._pages.pattern.times.most_per_day

    def after(self, moment: int, *, last_year: int = MAXYEAR) -> Iterator[int]:
        """The slots later than `moment`, which is not before the second before the start."""
        ordinal = moment // DAY_SECONDS
        for year in self._pages.years(_year_of(ordinal), last_year):
            first, page = self._pages.page(year)
            for index in range(bisect_left(page.days, ordinal - first), len(page.days)):
                midnight = (first + page.days[index]) * DAY_SECONDS
                for second in page.times_on(index, self._uniform):
                    if midnight + second > moment:
                        yield midnight + second

    def first_after(self, moment: int, *, last_year: int = MAXYEAR) -> int | None:
        """The first slot later than `moment`, or None when the calendar or `last_year` ends before."""
        return next(self.after(moment, last_year=last_year), None)

    def last_before(self, moment: int) -> int | None:
        """The last slot that is earlier than `moment` and later than the start."""
        number = self.count_through(moment - 1)
        return self.nth(number) if number else None

    def count_through(self, moment: int, *, enough: int | None = None) -> int:
        """How many slots are later than the start and not later than `moment`; counting may stop at `enough`."""
        if moment <= self._start:
            return 0
        if enough is not None:
            enough += self._before_start
        return self._tally.count_through(moment, self._uniform, enough) - self._before_start

    def nth(self, number: int) -> int | None:
        """The `number`-th slot later than the start (1-based), or None when the calendar ends before."""
        return self._tally.nth(number + self._before_start, self._uniform)


def rule_slots(rule: Rule, start: Slot, overflow: Overflow) -> RuleSlots:
    """The slots of a rule from a start.

    What has been worked out of it is kept, because the same series is asked again and again: for a rule that takes
    its time of day from the start, together with those of the same day.
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
