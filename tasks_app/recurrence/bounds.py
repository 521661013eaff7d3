"""The bounds of a rule: checks of the rule alone, and checks that need its start.

They keep every later search short. A rule is refused if a part of it can never match, or if its second occurrence
lies more than 50 years after the first, whatever COUNT and UNTIL say.
"""

from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from typing import Final

from .due import FIRST_YEAR, day_of
from .errors import RuleRefused
from .instants import Slot
from .pattern import can_overflow
from .rule import Advance, Anchor, Frequency, Overflow, Recurrence, Rule
from .slots import RuleSlots, rule_slots
from .times import DAY_SECONDS, moment_of

MAX_RULE_CHARACTERS: Final = 500
MAX_INTERVAL: Final = 1000
MAX_COUNT: Final = 10_000
MAX_GAP_YEARS: Final = 50
MAX_SET_POSITION: Final = 366
MAX_ORDINAL_IN_MONTH: Final = 5
MAX_ORDINAL_IN_YEAR: Final = 53

# The mean gap is measured over 28 years, in which weekdays and leap years repeat.
_SPAN_DAYS: Final = 28 * 365 + 7
MAX_PER_DAY: Final = 24 * 60 // 5
MAX_PER_DAY_SCHEDULED: Final = 24
_WITHOUT_YEARS: Final = frozenset(Frequency) - {Frequency.YEARLY}
_NOT_WITH: Final = {
    "BYWEEKNO": _WITHOUT_YEARS,
    "BYYEARDAY": frozenset({Frequency.DAILY, Frequency.WEEKLY, Frequency.MONTHLY}),
    "BYMONTHDAY": frozenset({Frequency.WEEKLY}),
}
_LONGEST: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# The Gregorian calendar, weekdays included, repeats every 400 years: near its end, an earlier start is checked.
_SHIFTED_FROM, _SHIFT_YEARS = 9000, 800


def check_rule(rule: Rule) -> Rule:
    """Return the rule itself. Raises RuleRefused if its parts do not fit together."""
    _check_size("INTERVAL", rule.interval, MAX_INTERVAL)
    _check_size("COUNT", rule.count or 1, MAX_COUNT)
    if rule.count is not None and rule.until is not None:
        raise RuleRefused("COUNT and UNTIL exclude each other.", code="conflict")
    if rule.until is not None and rule.until.year < FIRST_YEAR:
        raise RuleRefused(f"UNTIL is a date or time from {FIRST_YEAR} on.", code="invalid_value")
    if rule.by_set_pos and not replace(rule, by_set_pos=()).has_by_parts:
        raise RuleRefused("BYSETPOS needs another BY part.", code="missing_part")
    _check_table(rule)
    _check_ordinals(rule)
    _check_month_days(rule)
    return rule


def usual_overflow(rule: Rule) -> Overflow:
    """Return the default overflow of a rule: `clamp`, or `omit` if `clamp` could have no effect."""
    return Overflow.CLAMP if can_overflow(rule) else Overflow.OMIT


def check_overflow(rule: Rule, overflow: Overflow) -> Overflow:
    """Return the overflow itself. Raises RuleRefused (`conflict`) for a `clamp` that could have no effect."""
    if overflow is Overflow.CLAMP and not can_overflow(rule):
        raise RuleRefused(
            "This rule asks for no day of the month that a month could lack: leave overflow out, or write omit.",
            code="conflict",
        )
    return overflow


def check_options(recurrence: Recurrence) -> Recurrence:
    """Return the recurrence itself. Raises RuleRefused if anchor or advance does not fit; see `check_anchor`."""
    _check_advance_of_anchor(recurrence)
    return check_anchor(recurrence)


def check_advance(recurrence: Recurrence, start: Slot) -> None:
    """Raise RuleRefused if a series cannot go on by its schedule alone.

    Such a series is not counted from completions (`conflict`), and its mean gap is at least an hour (`too_frequent`).
    """
    _check_advance_of_anchor(recurrence)
    if recurrence.advance is not Advance.SCHEDULED:
        return
    if start.year > _SHIFTED_FROM:
        start = start.replace(year=start.year - _SHIFT_YEARS)
    slots = rule_slots(recurrence.rule, start, recurrence.overflow)
    if slots.most_per_day > MAX_PER_DAY_SCHEDULED and _exceeds(slots, start, MAX_PER_DAY_SCHEDULED):
        raise RuleRefused(
            "A series that goes on by its schedule has a mean gap of at least an hour.", code="too_frequent"
        )


def _exceeds(slots: RuleSlots, start: Slot, per_day: int) -> bool:
    """Whether there are on average more than `per_day` slots a day."""
    return slots.count_through(moment_of(start) + _SPAN_DAYS * DAY_SECONDS) > per_day * _SPAN_DAYS


def _check_advance_of_anchor(recurrence: Recurrence) -> None:
    if recurrence.advance is Advance.SCHEDULED and recurrence.anchor is Anchor.COMPLETION:
        raise RuleRefused(
            "A rule that counts from completions cannot go on without one; choose another anchor.",
            code="conflict",
        )


def check_anchor(recurrence: Recurrence) -> Recurrence:
    """Return the recurrence itself. Raises RuleRefused (`by_parts_with_completion`) for BY parts with that anchor."""
    if recurrence.anchor is Anchor.COMPLETION and recurrence.rule.has_by_parts:
        raise RuleRefused(
            "The anchor completion takes an interval alone, without BY parts.",
            code="by_parts_with_completion",
        )
    return recurrence


def check_time(rule: Rule, start: Slot) -> None:
    """Raise RuleRefused (`needs_time`) for a rule of hours or minutes that starts on a whole day."""
    if rule.needs_time and not isinstance(start, datetime):
        raise RuleRefused(
            "A rule of hours or minutes needs a due with a time: send due_at instead of due_on.",
            code="needs_time",
        )


def check_gaps(recurrence: Recurrence, start: Slot) -> None:
    """Raise RuleRefused if no second occurrence follows `start`, the first, within 50 years (`too_rare`), or if the
    mean gap is below 5 minutes (`too_frequent`).
    """
    _check_gaps(recurrence, start if recurrence.rule.names_times else day_of(start))


@lru_cache(maxsize=4096)
def _check_gaps(recurrence: Recurrence, start: Slot) -> None:
    if start.year > _SHIFTED_FROM:
        start = start.replace(year=start.year - _SHIFT_YEARS)
    slots = rule_slots(recurrence.rule, start, recurrence.overflow)
    second = slots.first_after(moment_of(start), last_year=start.year + MAX_GAP_YEARS)
    first_day = day_of(start)
    if second is None or _years_and_day(_day_at(second)) > _years_and_day(first_day, MAX_GAP_YEARS):
        raise RuleRefused(
            f"The second occurrence would come more than {MAX_GAP_YEARS} years after the first, or never.",
            code="too_rare",
        )
    if slots.most_per_day > MAX_PER_DAY and _exceeds(slots, start, MAX_PER_DAY):
        raise RuleRefused("The mean gap between occurrences is at least 5 minutes.", code="too_frequent")


def _day_at(moment: int) -> date:
    return date.fromordinal(moment // DAY_SECONDS)


def longest_month(by_month: tuple[int, ...]) -> int:
    """Return the number of days of the longest of these months; of the whole year if there are none."""
    return max(_LONGEST[month - 1] for month in by_month or (1,))


def _check_table(rule: Rule) -> None:
    """Raise RuleRefused for what the table of RFC 5545, section 3.3.10, marks as "N/A"."""
    given = {"BYWEEKNO": rule.by_week_no, "BYYEARDAY": rule.by_year_day, "BYMONTHDAY": rule.by_month_day}
    for name, frequencies in _NOT_WITH.items():
        if given[name] and rule.frequency in frequencies:
            raise RuleRefused(f"{name} does not go with FREQ={rule.frequency}.", code="conflict")


def _check_size(name: str, number: int, most: int) -> None:
    if number > most:
        raise RuleRefused(
            f"{name}={number} is out of range: write a whole number from 1 to {most}.", code="out_of_range"
        )


def _check_ordinals(rule: Rule) -> None:
    ordinals = [abs(day.ordinal) for day in rule.by_day if day.ordinal]
    if not ordinals:
        return
    if rule.frequency not in (Frequency.MONTHLY, Frequency.YEARLY):
        raise RuleRefused("BYDAY takes ordinals only with FREQ=MONTHLY or YEARLY.", code="conflict")
    if rule.by_week_no:
        raise RuleRefused("BYDAY takes no ordinals beside BYWEEKNO.", code="conflict")
    in_year = rule.frequency is Frequency.YEARLY and not rule.by_month
    if max(ordinals) > (MAX_ORDINAL_IN_YEAR if in_year else MAX_ORDINAL_IN_MONTH):
        raise RuleRefused("BYDAY asks for a weekday that never comes that often.", code="out_of_range")


def _check_month_days(rule: Rule) -> None:
    longest = longest_month(rule.by_month)
    impossible = [day for day in rule.by_month_day if day > longest]
    if impossible:
        raise RuleRefused(f"No month of BYMONTH has a day {impossible[0]}.", code="impossible_day")


def _years_and_day(day: date, more_years: int = 0) -> tuple[int, int, int]:
    return day.year + more_years, day.month, day.day
