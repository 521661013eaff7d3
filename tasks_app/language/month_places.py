"""Reading days by their place in a month: `last friday of the month`, `on the first monday`, `last day of january`."""

from typing import Final

from tasks_app.recurrence import Frequency

from .day_values import OnRule
from .days import DayMatch
from .line import Line
from .rule_days import RuleMatch, place_in_month, read_rule_place

_BEGINNINGS: Final = frozenset(("the", "figure", "ordinal"))
_PLACED: Final = frozenset(("weekday", "workday", "unit"))


def read_month_place(line: Line, at: int, *, is_led: bool) -> DayMatch | None:
    """Return the day that begins at a token; `is_led`: behind a word such as `on`, where it needs no `of the month`."""
    match = _rule_place(line, at)
    if match is None:
        return None
    rule = match.expression.rule
    following = _of_next_month(line, match.end)
    if following:
        return DayMatch(OnRule(rule, is_next=True), following, may_begin=False)
    is_in_period = rule.frequency is Frequency.YEARLY or _ends_with_month(line, match.end)
    if not is_in_period and not (is_led and rule.by_day):
        return None
    return DayMatch(OnRule(rule), match.end, may_begin=False)


def _rule_place(line: Line, at: int) -> RuleMatch | None:
    """The rule of `last friday`, `first workday`, `last day`, with its month if that is there."""
    if _BEGINNINGS.isdisjoint(line.roles(at)):
        return None
    begin = line.skip(at, "the")
    if _PLACED.isdisjoint(line.roles(place_in_month(line, begin)[1])):
        return None
    match = read_rule_place(line, begin)
    if match is None or match.expression.problem or not match.expression.rule.has_by_parts:
        return None
    return match if match.expression.rule.by_month_day in ((), (-1,)) else None


def _of_next_month(line: Line, at: int) -> int | None:
    """The token behind `of next month`."""
    of = line.take(at, "of")
    following = line.take(of.end, "next") if of else None
    unit = line.take(following.end, "unit") if following else None
    return unit.end if unit and unit.value == "month" else None


def _ends_with_month(line: Line, end: int) -> bool:
    unit = line.take(end - 1, "unit")
    return unit is not None and unit.value == "month"
