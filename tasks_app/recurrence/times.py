"""The times of day of a rule, and moments as whole numbers.

A moment is a wall time as a number: the ordinal of its day times 86,400, plus the second of the day. A rule of hours or
minutes has different times on different days, which repeat after `period` days; every other rule has the same times on
all of its days.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time
from math import gcd
from typing import Final

from .instants import Slot
from .rule import Frequency, Rule

DAY_SECONDS: Final = 86_400
# The step of each frequency in seconds, and the number of steps in a day.
_STEPS: Final = {Frequency.HOURLY: (3600, 24), Frequency.MINUTELY: (60, 1440)}

DayTimes = tuple[int, ...]
"""Seconds of the day, ascending."""


@dataclass(frozen=True, slots=True)
class Times:
    """The times of a rule by the place of a day, its ordinal modulo `period`; days at other places have none."""

    period: int
    by_place: dict[int, DayTimes]
    # The times of all days that have any, if they are the same; else None.
    uniform: DayTimes | None
    # The most times that a day has.
    most_per_day: int

    @classmethod
    def of(cls, period: int, by_place: dict[int, DayTimes]) -> "Times":
        """Return the times of these places."""
        different = set(by_place.values())
        uniform = next(iter(different), ()) if len(different) < 2 else None
        return cls(period, by_place, uniform, max(map(len, different), default=0))


def moment_of(slot: Slot) -> int:
    """Return a slot as a moment; a date as its first second."""
    seconds = second_of(slot.time()) if isinstance(slot, datetime) else 0
    return slot.toordinal() * DAY_SECONDS + seconds


def slot_at(moment: int, *, is_timed: bool) -> Slot:
    """Return the naive wall time, or the date, of a moment."""
    ordinal, second = divmod(moment, DAY_SECONDS)
    day = date.fromordinal(ordinal)
    return datetime.combine(day, time(second // 3600, second // 60 % 60, second % 60)) if is_timed else day


def second_of(clock: time) -> int:
    """Return the second of the day of a time."""
    return (clock.hour * 60 + clock.minute) * 60 + clock.second


def times_of(rule: Rule, start: Slot) -> Times:
    """Return the times of a rule, with hour, minute or second of its start where it names none."""
    clock = start.time() if isinstance(start, datetime) else time()
    second = 0 if rule.by_second else clock.second
    if rule.steps_in_day:
        return _stepped_times(rule, start, second)
    hours, minutes = rule.by_hour or (clock.hour,), rule.by_minute or (clock.minute,)
    times = tuple((hour * 60 + minute) * 60 + second for hour in hours for minute in minutes)
    if rule.frequency is Frequency.DAILY:
        times = pick_times(times, rule.by_set_pos)
        interval = rule.interval
        return Times.of(interval, {start.toordinal() % interval: times} if times else {})
    if rule.repeats_by_days:
        period = 7 * rule.interval
        return Times.of(
            period, {(week_origin(rule, start) + day) % period: times for day in days_of_week(rule, start)}
        )
    return Times.of(1, {0: times})


def week_origin(rule: Rule, start: Slot) -> int:
    """Return the ordinal from which the interval of a weekly rule counts: the first day of the week of the start."""
    return start.toordinal() - (start.weekday() - (rule.week_start or 0)) % 7


def days_of_week(rule: Rule, start: Slot) -> tuple[int, ...]:
    """Return the days of a weekly rule, counted from the first day of the week; without BYDAY that of the start."""
    weekdays = [int(day.weekday) for day in rule.by_day] or [start.weekday()]
    return tuple(sorted((weekday - (rule.week_start or 0)) % 7 for weekday in weekdays))


def pick_times(times: DayTimes, positions: tuple[int, ...]) -> DayTimes:
    """Return the times that BYSETPOS picks; all without it."""
    if not positions:
        return times
    size = len(times)
    indices = {position - 1 if position > 0 else size + position for position in positions}
    return tuple(times[index] for index in sorted(indices) if 0 <= index < size)


def _stepped_times(rule: Rule, start: Slot, second: int) -> Times:
    """Return the times of a rule of hours or minutes: the allowed steps of a day, by the days that have them.

    Step `number` of day `ordinal` is on the rule if (ordinal * steps_per_day + number - origin) is a multiple of the
    interval: for each number that holds for one place in `period` days, or for none.
    """
    step, per_day = _STEPS[rule.frequency]
    origin = moment_of(start) // step
    common = gcd(per_day, rule.interval)
    period = rule.interval // common
    inverse = pow(per_day // common, -1, period) if period > 1 else 0
    within = _within_step(rule, start, second)
    places: dict[int, list[int]] = defaultdict(list)
    for number in _allowed_steps(rule):
        distance = origin - number
        if distance % common == 0:
            place = distance // common * inverse % period
            places[place] += [number * step + each for each in within]
    return Times.of(period, {place: tuple(times) for place, times in places.items() if times})


def _allowed_steps(rule: Rule) -> list[int]:
    hours = rule.by_hour or range(24)
    if rule.frequency is Frequency.HOURLY:
        return list(hours)
    return [hour * 60 + minute for hour in hours for minute in rule.by_minute or range(60)]


def _within_step(rule: Rule, start: Slot, second: int) -> DayTimes:
    """Return the seconds of a step, an hour or a minute, at which the rule has slots."""
    if rule.frequency is Frequency.MINUTELY:
        return pick_times((second,), rule.by_set_pos)
    minutes = rule.by_minute or (start.minute if isinstance(start, datetime) else 0,)
    return pick_times(tuple(minute * 60 + second for minute in minutes), rule.by_set_pos)
