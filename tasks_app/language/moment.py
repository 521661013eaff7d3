"""When and where a line is typed, and steps along the calendar from there, which `tasks_app.recurrence` takes."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from tasks_app import recurrence as rec
from tasks_app.recurrence import ByDay, Frequency, Overflow, Recurrence, Rule, Schedule, Weekday

from .table import load_common

FREQUENCIES: Final = {
    "minute": (Frequency.MINUTELY, 1),
    "hour": (Frequency.HOURLY, 1),
    "day": (Frequency.DAILY, 1),
    "week": (Frequency.WEEKLY, 1),
    "fortnight": (Frequency.WEEKLY, 2),
    "month": (Frequency.MONTHLY, 1),
    "quarter": (Frequency.MONTHLY, 3),
    "year": (Frequency.YEARLY, 1),
}
_SPELLED: Final = {"minute": 1, "hour": 60}


class ExpressionRefused(Exception):
    """What a line asks for cannot be: `code` names the problem."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Clock:
    """The instant at which a line was typed (aware), the zone of its writer, and the first day of their week."""

    now: datetime
    zone: ZoneInfo
    week_start: str = "mo"

    @property
    def wall(self) -> datetime:
        """What the clock on the wall shows, to the minute."""
        return self.now.astimezone(self.zone).replace(second=0, microsecond=0, tzinfo=None, fold=0)

    @property
    def today(self) -> date:
        return self.wall.date()

    @property
    def first_weekday(self) -> Weekday:
        return Weekday[self.week_start.upper()]

    @property
    def week_end(self) -> date:
        """The last day of this week."""
        return self.today + timedelta(days=6 - (self.today.weekday() - self.first_weekday) % 7)

    @property
    def reads_month_first(self) -> bool:
        return self.zone.key in load_common().month_first_zones

    def has_passed(self, wall: datetime, zone: ZoneInfo | None = None) -> bool:
        """Whether a wall time lies before this minute."""
        return wall_instant(wall, zone or self.zone) < self.now.replace(second=0, microsecond=0)


def wall_instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the instant of a wall time. Raises ExpressionRefused outside the calendar."""
    try:
        return rec.resolve_slot(wall, zone).instant
    except rec.DueRefused as refused:
        raise ExpressionRefused(refused.code) from None


def wall_after(clock: Clock, count: int, unit: str) -> datetime:
    """Return the wall time that many minutes or hours from now."""
    later = clock.now.astimezone(UTC) + timedelta(minutes=count * _SPELLED[unit])
    return later.astimezone(clock.zone).replace(second=0, microsecond=0, tzinfo=None)


def day_after(day: date, count: int, unit: str) -> date:
    """Return the day that many days, weeks, months or years later; clamped in shorter months."""
    if count == 0:
        return day
    frequency, factor = FREQUENCIES[unit]
    schedule = Schedule(_recurrence(Rule(frequency, interval=count * factor)), day, _UTC)
    slot = rec.next_slot(schedule, day)
    if slot is None:
        raise ExpressionRefused("out_of_range")
    return rec.day_of(slot)


def next_month_day(day: date, number: int) -> date:
    """Return the first such day of a month on or after a day, in a month that has it; -1 is the last day."""
    return first_on_rule(Rule(Frequency.MONTHLY, by_month_day=(number,)), day)


def next_date(day: date, month: int, number: int) -> date:
    """Return the first such date on or after a day, in a year that has it."""
    return first_on_rule(Rule(Frequency.YEARLY, by_month=(month,), by_month_day=(number,)), day)


def next_weekday(day: date, weekday: int) -> date:
    """Return the first such weekday on or after a day."""
    return first_on_rule(Rule(Frequency.WEEKLY, by_day=(ByDay(Weekday(weekday)),)), day)


def first_on_rule(rule: Rule, day: date) -> date:
    """Return the first day of a rule on or after a day; months that do not have it are left out."""
    try:
        return rec.first_on_or_after(_recurrence(rule, overflow=Overflow.OMIT), day, _UTC)
    except rec.RecurrenceError:
        raise ExpressionRefused("out_of_range") from None


def _recurrence(rule: Rule, overflow: Overflow = Overflow.CLAMP) -> Recurrence:
    return Recurrence(rule, overflow=overflow)


_UTC: Final = rec.load_zone("UTC")
