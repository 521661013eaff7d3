"""Expressions of days: each kind knows which day it means on the day it is typed, and which it might mean."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Protocol

from tasks_app.recurrence import Rule

from .moment import (
    Clock,
    ExpressionRefused,
    day_after,
    first_on_rule,
    next_date,
    next_month_day,
    next_weekday,
)

NIGHT_ENDS: Final = 4
"""Until this hour `today` and `tomorrow` may be meant from the day before."""

_SATURDAY: Final = 5
_LEAP_YEAR: Final = 2000


@dataclass(frozen=True, slots=True)
class DayRead:
    """The day that is read, others that may be meant, and notes."""

    day: date
    others: tuple[date, ...] = ()
    notes: tuple[str, ...] = ()


class DayExpression(Protocol):
    """An expression of a day."""

    def read(self, clock: Clock) -> DayRead:
        """Return the day. Raises ExpressionRefused where there is none."""


@dataclass(frozen=True, slots=True)
class DaysFromToday:
    """Today, tomorrow, in two days, yesterday."""

    days: int

    def read(self, clock: Clock) -> DayRead:
        day = clock.today + timedelta(days=self.days)
        is_night = clock.wall.hour < NIGHT_ENDS and self.days in (0, 1)
        return DayRead(day, (day - timedelta(days=1),) if is_night else ())


@dataclass(frozen=True, slots=True)
class OnWeekday:
    """A weekday; `which` is `this`, `next` or empty."""

    weekday: int
    which: str = ""

    def read(self, clock: Clock) -> DayRead:
        today = clock.today
        coming = next_weekday(today + timedelta(days=1), self.weekday)
        if self.which == "next":
            day = next_weekday(clock.week_end + timedelta(days=1), self.weekday)
            return DayRead(day, (coming,) if coming < day else ())
        if today.weekday() != self.weekday:
            return DayRead(coming)
        return DayRead(today, (coming,)) if self.which == "this" else DayRead(coming, (today,))


@dataclass(frozen=True, slots=True)
class OnWeekend:
    """The Saturday of a weekend; on a Sunday this weekend is today."""

    which: str = ""

    def read(self, clock: Clock) -> DayRead:
        today = clock.today
        this = today if today.weekday() > _SATURDAY else next_weekday(today, _SATURDAY)
        if self.which != "next":
            return DayRead(this)
        # A week that begins on Sunday has the two days of a weekend in two weeks: the next one is the one after this.
        day = next_weekday(max(clock.week_end, this + timedelta(days=1)) + timedelta(days=1), _SATURDAY)
        return DayRead(day, (this,) if this < day else ())


@dataclass(frozen=True, slots=True)
class NextPeriod:
    """Next week, month, quarter or year: its first day; of the longer ones the same day of it may be meant."""

    unit: str

    def read(self, clock: Clock) -> DayRead:
        if self.unit == "week":
            return DayRead(clock.week_end + timedelta(days=1))
        day = _first_day_after(clock.today, self.unit)
        same = day_after(clock.today, 1, self.unit)
        return DayRead(day, (same,) if same != day else ())


@dataclass(frozen=True, slots=True)
class EndOfPeriod:
    """The last day of this or the next week, month, quarter or year; of a week Friday may be meant."""

    unit: str
    is_next: bool = False

    def read(self, clock: Clock) -> DayRead:
        if self.unit == "week":
            end = clock.week_end + timedelta(days=7 * self.is_next)
            friday = end - timedelta(days=(end.weekday() - 4) % 7)
            return DayRead(end, (friday,) if clock.today <= friday != end else ())
        following = _first_day_after(clock.today, self.unit)
        if self.is_next:
            following = _first_day_after(following, self.unit)
        return DayRead(following - timedelta(days=1))


def _first_day_after(day: date, unit: str) -> date:
    """Return the first day of the month, quarter or year after the one that a day is in."""
    if unit == "year":
        return next_date(day + timedelta(days=1), 1, 1)
    first = next_month_day(day + timedelta(days=1), 1)
    while unit == "quarter" and first.month % 3 != 1:
        first = next_month_day(first + timedelta(days=1), 1)
    return first


@dataclass(frozen=True, slots=True)
class DayOfMonth:
    """The Nth, of the next month that has it, or of the one after this (`is_next`); `weekday` stands beside it."""

    number: int
    is_next: bool = False
    weekday: int | None = None

    def read(self, clock: Clock) -> DayRead:
        if not self.is_next:
            day = next_month_day(clock.today, self.number)
            return DayRead(day, (), _weekday_notes(self.weekday, day))
        first = _first_day_after(clock.today, "month")
        if not 1 <= self.number <= monthrange(first.year, first.month)[1]:
            raise ExpressionRefused("impossible_date")
        return DayRead(first.replace(day=self.number))


@dataclass(frozen=True, slots=True)
class OnRule:
    """The next day on a rule such as the last Friday of a month; the one in the month after this, where `is_next`."""

    rule: Rule
    is_next: bool = False

    def read(self, clock: Clock) -> DayRead:
        begin = _first_day_after(clock.today, "month") if self.is_next else clock.today
        day = first_on_rule(self.rule, begin)
        if self.is_next and (day.year, day.month) != (begin.year, begin.month):
            raise ExpressionRefused("impossible_date")
        return DayRead(day)


@dataclass(frozen=True, slots=True)
class OnDate:
    """A date with or without its year; `weekday` is the one beside it."""

    month: int
    day: int
    year: int | None = None
    weekday: int | None = None

    @property
    def exists(self) -> bool:
        year = self.year or _LEAP_YEAR
        return 1 <= self.month <= 12 and 1 <= self.day <= monthrange(year, self.month)[1]

    def read(self, clock: Clock) -> DayRead:
        if not self.exists:
            raise ExpressionRefused("impossible_date")
        if self.year is None:
            day = next_date(clock.today, self.month, self.day)
        else:
            day = date(self.year, self.month, self.day)
        return DayRead(day, (), _weekday_notes(self.weekday, day))


def _weekday_notes(weekday: int | None, day: date) -> tuple[str, ...]:
    return ("weekday_differs",) if weekday not in (None, day.weekday()) else ()


@dataclass(frozen=True, slots=True)
class InFigures:
    """`a/b` with or without a year: day first, in the United States month first; the other may be meant.

    A weekday beside it that only the other has makes it the one that is meant.
    """

    first: int
    second: int
    year: int | None = None
    weekday: int | None = None

    @property
    def _both(self) -> tuple[OnDate, OnDate]:
        return OnDate(self.second, self.first, self.year), OnDate(self.first, self.second, self.year)

    @property
    def is_date(self) -> bool:
        """Whether the figures look like a date, whether or not there is one."""
        return any(1 <= each.month <= 12 and 1 <= each.day <= 31 for each in self._both)

    def read(self, clock: Clock) -> DayRead:
        day_first, month_first = self._both
        order = (month_first, day_first) if clock.reads_month_first else (day_first, month_first)
        possible = [each for each in order if each.exists]
        if not possible:
            raise ExpressionRefused("impossible_date")
        days = [each.read(clock).day for each in possible]
        if self.weekday is not None:
            days.sort(key=lambda day: day.weekday() != self.weekday)
        others = tuple(day for day in days[1:] if day != days[0])
        return DayRead(days[0], others, _weekday_notes(self.weekday, days[0]))


@dataclass(frozen=True, slots=True)
class AfterSpan:
    """So many days, weeks, months or years after a day; after today without one."""

    count: int
    unit: str
    base: DayExpression | None = None

    def read(self, clock: Clock) -> DayRead:
        base = self.base.read(clock).day if self.base else clock.today
        return DayRead(day_after(base, self.count, self.unit))


@dataclass(frozen=True, slots=True)
class StartOfRange:
    """The first day of several; a task has no last one."""

    day: DayExpression

    def read(self, clock: Clock) -> DayRead:
        read = self.day.read(clock)
        return DayRead(read.day, read.others, (*read.notes, "range_start_only"))


@dataclass(frozen=True, slots=True)
class BeforeDay:
    """`before` a day: that day as the last one; the day before it may be meant."""

    day: DayExpression

    def read(self, clock: Clock) -> DayRead:
        read = self.day.read(clock)
        return DayRead(read.day, (read.day - timedelta(days=1), *read.others), read.notes)
