"""A recurrence as values: the rule with its canonical text, anchor, overflow and advance."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import NamedTuple


class Frequency(StrEnum):
    """FREQ, from MINUTELY to YEARLY."""

    MINUTELY = "MINUTELY"
    HOURLY = "HOURLY"
    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"


class Weekday(IntEnum):
    """Days of the week, numbered as `date.weekday` does."""

    MO = 0
    TU = 1
    WE = 2
    TH = 3
    FR = 4
    SA = 5
    SU = 6


class Anchor(StrEnum):
    """The rule by which a completion leads to the next slot; see `anchors`."""

    FUTURE = "future"
    DUE = "due"
    COMPLETION = "completion"


class Overflow(StrEnum):
    """What happens in months that lack a day 29 to 31: `clamp` uses the last day, `omit` leaves the month out."""

    CLAMP = "clamp"
    OMIT = "omit"


class Advance(StrEnum):
    """What creates the next occurrence: a completion, or the schedule alone, which leaves open occurrences missed."""

    COMPLETED = "completed"
    SCHEDULED = "scheduled"


class ByDay(NamedTuple):
    """A weekday of BYDAY; `ordinal` 0 means every one, 2 the second, -1 the last of its month or year."""

    weekday: Weekday
    ordinal: int = 0

    def __str__(self) -> str:
        return f"{self.ordinal or ''}{self.weekday.name}"


Until = date | datetime
"""A date, a naive wall time, or an aware UTC instant (`Z`)."""

EVERY_WEEKDAY = tuple(ByDay(weekday) for weekday in Weekday)
MONDAY_TO_FRIDAY = EVERY_WEEKDAY[:5]


@dataclass(frozen=True, slots=True)
class Rule:
    """An RFC 5545 recurrence rule; `str` returns its canonical text. Lists are sorted and without duplicates.

    `week_start` None: WKST was not given, and Monday applies.
    """

    frequency: Frequency
    interval: int = 1
    by_month: tuple[int, ...] = ()
    by_week_no: tuple[int, ...] = ()
    by_year_day: tuple[int, ...] = ()
    by_month_day: tuple[int, ...] = ()
    by_day: tuple[ByDay, ...] = ()
    by_hour: tuple[int, ...] = ()
    by_minute: tuple[int, ...] = ()
    by_second: tuple[int, ...] = ()
    by_set_pos: tuple[int, ...] = ()
    count: int | None = None
    until: Until | None = None
    week_start: Weekday | None = None

    def __str__(self) -> str:
        parts = {
            "FREQ": self.frequency.value,
            "INTERVAL": str(self.interval) if self.interval > 1 else "",
            "BYMONTH": _join(self.by_month),
            "BYWEEKNO": _join(self.by_week_no),
            "BYYEARDAY": _join(self.by_year_day),
            "BYMONTHDAY": _join(self.by_month_day),
            "BYDAY": _join(self.by_day),
            "BYHOUR": _join(self.by_hour),
            "BYMINUTE": _join(self.by_minute),
            "BYSECOND": _join(self.by_second),
            "BYSETPOS": _join(self.by_set_pos),
            "COUNT": str(self.count or ""),
            "UNTIL": until_text(self.until) if self.until else "",
            "WKST": "" if self.week_start is None else self.week_start.name,
        }
        return ";".join(f"{name}={value}" for name, value in parts.items() if value)

    @property
    def has_end(self) -> bool:
        """Whether COUNT or UNTIL ends the rule."""
        return self.count is not None or self.until is not None

    @property
    def has_by_parts(self) -> bool:
        """Whether the rule has a BY part."""
        return self.names_days or bool(self.by_hour or self.by_minute or self.by_second or self.by_set_pos)

    @property
    def names_days(self) -> bool:
        """Whether a BY part names days."""
        return bool(self.by_month or self.by_week_no or self.by_year_day or self.by_month_day or self.by_day)

    @property
    def steps_in_day(self) -> bool:
        """Whether the interval counts hours or minutes."""
        return self.frequency in (Frequency.HOURLY, Frequency.MINUTELY)

    @property
    def repeats_by_days(self) -> bool:
        """Whether the interval has the same times again after a number of days, regardless of months and years."""
        weekly = self.frequency is Frequency.WEEKLY and not self.by_set_pos
        return weekly or self.steps_in_day or self.frequency is Frequency.DAILY

    @property
    def limits_days(self) -> bool:
        """Whether a BY part excludes some of the days of the interval."""
        return replace(self, by_day=()).names_days if self.frequency is Frequency.WEEKLY else self.names_days

    @property
    def needs_time(self) -> bool:
        """Whether the rule needs a due with a time."""
        return self.steps_in_day or bool(self.by_hour or self.by_minute)

    @property
    def names_times(self) -> bool:
        """Whether times of day of the rule may differ from that of its start."""
        return self.needs_time or bool(self.by_second)

    def without_end(self) -> "Rule":
        """Return the same rule without COUNT and UNTIL."""
        return replace(self, count=None, until=None)


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A rule with its anchor, overflow and advance. `never_ends`: the body had `"ends": "never"`; it is not stored."""

    rule: Rule
    anchor: Anchor = Anchor.FUTURE
    overflow: Overflow = Overflow.CLAMP
    never_ends: bool = False
    advance: Advance = Advance.COMPLETED


def until_text(until: Until) -> str:
    """Return UNTIL as RFC 5545 writes it."""
    if not isinstance(until, datetime):
        return f"{until:%Y%m%d}"
    return f"{until:%Y%m%dT%H%M%S}{'Z' if until.tzinfo else ''}"


def _join(values: tuple[int, ...] | tuple[ByDay, ...]) -> str:
    return ",".join(str(value) for value in values)
