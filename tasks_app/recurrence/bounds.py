"""The bounds of a rule: what is checked without its start, and what needs it.

Both keep every later search short. A rule is refused when a part of it can never match, and when its second
occurrence lies more than 50 years after the first, whatever COUNT and UNTIL say.
"""

from datetime import date
from functools import lru_cache
from typing import Final

from .days import rule_days
from .errors import RuleRefused
from .pattern import can_overflow
from .rule import Anchor, Frequency, Overflow, Recurrence, Rule

MAX_RULE_CHARACTERS: Final = 500
MAX_INTERVAL: Final = 1000
MAX_COUNT: Final = 10_000
MAX_GAP_YEARS: Final = 50
MAX_SET_POSITION: Final = 366
MAX_ORDINAL_IN_MONTH: Final = 5
MAX_ORDINAL_IN_YEAR: Final = 53

_LONGEST: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# The Gregorian calendar, weekdays included, repeats every 400 years.
_SHIFTED_FROM, _SHIFT_YEARS = 9000, 800


def check_rule(rule: Rule) -> Rule:
    """The rule itself when its parts fit together, else RuleRefused."""
    _check_size("INTERVAL", rule.interval, MAX_INTERVAL)
    _check_size("COUNT", rule.count or 1, MAX_COUNT)
    if rule.count is not None and rule.until is not None:
        raise RuleRefused("COUNT and UNTIL exclude each other.", code="conflict")
    if rule.by_set_pos and not (rule.by_month or rule.by_month_day or rule.by_day):
        raise RuleRefused("BYSETPOS needs another BY part.", code="missing_part")
    if rule.by_month_day and rule.frequency is Frequency.WEEKLY:
        raise RuleRefused("BYMONTHDAY does not go with FREQ=WEEKLY.", code="conflict")
    _check_ordinals(rule)
    _check_month_days(rule)
    return rule


def usual_overflow(rule: Rule) -> Overflow:
    """What a rule does where nothing is said: `clamp`, or `omit` where that could have no effect."""
    return Overflow.CLAMP if can_overflow(rule) else Overflow.OMIT


def check_overflow(rule: Rule, overflow: Overflow) -> Overflow:
    """The overflow itself unless it is a `clamp` that could have no effect (`conflict`)."""
    if overflow is Overflow.CLAMP and not can_overflow(rule):
        raise RuleRefused(
            "This rule asks for no day of the month that a month could lack: leave overflow out, or write omit.",
            code="conflict",
        )
    return overflow


def check_anchor(recurrence: Recurrence) -> Recurrence:
    """The recurrence itself unless the anchor `completion` meets BY parts (`by_parts_with_completion`)."""
    if recurrence.anchor is Anchor.COMPLETION and recurrence.rule.has_by_parts:
        raise RuleRefused(
            "The anchor completion takes an interval alone, without BY parts.",
            code="by_parts_with_completion",
        )
    return recurrence


@lru_cache(maxsize=4096)
def check_gap(recurrence: Recurrence, start: date) -> None:
    """RuleRefused (`too_rare`) unless a second occurrence follows the first, `start`, within 50 years."""
    if start.year > _SHIFTED_FROM:
        start = start.replace(year=start.year - _SHIFT_YEARS)
    days = rule_days(recurrence.rule, start, recurrence.overflow)
    second = days.first_after(start.toordinal(), last_year=start.year + MAX_GAP_YEARS)
    if second is None or _years_and_day(date.fromordinal(second)) > _years_and_day(start, MAX_GAP_YEARS):
        raise RuleRefused(
            f"The second occurrence would come more than {MAX_GAP_YEARS} years after the first, or never.",
            code="too_rare",
        )


def longest_month(by_month: tuple[int, ...]) -> int:
    """The most days that any of the months ever has; of all months without any."""
    return max(_LONGEST[month - 1] for month in by_month or (1,))


def _check_size(name: str, number: int, most: int) -> None:
    if number > most:
        raise RuleRefused(f"{name} is from 1 to {most}.", code="out_of_range")


def _check_ordinals(rule: Rule) -> None:
    ordinals = [abs(day.ordinal) for day in rule.by_day if day.ordinal]
    if not ordinals:
        return
    if rule.frequency not in (Frequency.MONTHLY, Frequency.YEARLY):
        raise RuleRefused("BYDAY takes ordinals only with FREQ=MONTHLY or YEARLY.", code="conflict")
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
