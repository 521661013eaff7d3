"""What stands behind a rule, in any order: days, times, `starting 1 dec`, `until friday`, `for 3 weeks`, `6 times`."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from tasks_app.recurrence import Frequency, Rule, Weekday

from .days import read_date, read_day
from .line import Line
from .rule_days import (
    RuleExpression,
    RuleMatch,
    monthly_on,
    read_month_days,
    read_months,
    read_rule_date,
    read_rule_place,
    read_weekdays,
    weekly_on,
)
from .spans import read_length
from .times import TimeMatch, read_time

_MOST_TAILS: Final = 8
_MOST_TIMES: Final = 12


def read_tails(line: Line, match: RuleMatch) -> RuleMatch:
    """The rule with what stands behind it, in any order."""
    for _ in range(_MOST_TAILS):
        longer = next((found for read in _TAILS if (found := read(line, match))), None)
        if longer is None:
            break
        match = longer
    return match


def _skip_tail(line: Line, at: int) -> int:
    """The token after a word such as `کو` behind a day."""
    tail = line.take(at, "tail")
    return tail.end if tail and tail.value == "on" else at


def _on_days(line: Line, match: RuleMatch) -> RuleMatch | None:
    """`every month on the 31st`, `every week on monday`, `every year on 24 dec`, `ہر مہینے کی 15 تاریخ کو`."""
    rule = match.expression.rule
    if rule.has_by_parts or match.expression.problem:
        return _skipped_tail(line, match)
    lead = line.take(match.end, "lead")
    of = line.take(match.end, "of")
    begin = lead.end if lead and lead.value == "on" else of.end if of else line.comma(match.end)
    found = _days_in(line, line.skip(begin, "the"), rule)
    if found is None:
        return _skipped_tail(line, match)
    rule = replace(found.expression.rule, interval=rule.interval)
    expression = replace(match.expression, rule=rule, other=None, problem=found.expression.problem)
    return replace(match, expression=expression, end=_skip_tail(line, found.end))


def _skipped_tail(line: Line, match: RuleMatch) -> RuleMatch | None:
    end = _skip_tail(line, match.end)
    return replace(match, end=end) if end > match.end else None


def _days_in(line: Line, at: int, rule: Rule) -> RuleMatch | None:
    if rule.frequency is Frequency.WEEKLY:
        days, end = read_weekdays(line, at)
        return RuleMatch(RuleExpression(weekly_on(days)), end) if days else None
    if rule.frequency is Frequency.YEARLY:
        return read_rule_date(line, at)
    if rule.frequency is not Frequency.MONTHLY or read_date(line, at):
        return None
    found = read_rule_place(line, at)
    if found and found.expression.rule.frequency is Frequency.MONTHLY and found.expression.rule.has_by_parts:
        return found
    days_listed, end = read_month_days(line, at)
    return RuleMatch(monthly_on(days_listed), end) if days_listed else None


def read_rule_times(line: Line, match: RuleMatch) -> RuleMatch | None:
    """`9am`, `at 8:00 and 20:00`, `in the morning`."""
    begin = line.comma(match.end)
    lead = line.take(begin, "lead")
    is_led = lead is not None and lead.value == "at"
    begin = lead.end if lead and is_led else _first_hour(line, match, begin)
    if match.expression.times:
        return None
    times: list[TimeMatch] = []
    while len(times) < _MOST_TIMES:
        start = line.skip(line.comma(times[-1].end), "and") if times else begin
        if times and start == times[-1].end:
            break
        again = line.take(start, "lead") if times else None
        start = again.end if again and again.value == "at" else start
        time = read_time(line, start, is_led=is_led or bool(again), beside_day=True)
        if time is None:
            break
        times.append(time)
    if not times:
        return None
    return replace(
        match,
        expression=replace(match.expression, times=tuple(time.expression for time in times)),
        end=times[-1].end,
    )


def _first_hour(line: Line, match: RuleMatch, at: int) -> int:
    """The token behind `from` or `starting at` before the first time of a rule of hours or minutes."""
    if not match.expression.rule.steps_in_day or read_time(line, at):
        return at
    lead = line.take(at, "lead")
    return lead.end if lead and lead.value == "starting" else line.skip(at, "from")


def _starting(line: Line, match: RuleMatch) -> RuleMatch | None:
    """`starting 1 dec`, `from monday`, `یکم دسمبر سے`."""
    if match.expression.starts:
        return None
    lead = line.take(match.end, "lead")
    start = lead if lead and lead.value == "starting" else line.take(match.end, "from")
    begin = line.skip(start.end, "lead") if start else match.end
    day = read_day(line, begin)
    if day is None:
        return None
    tail = line.take(day.end, "tail")
    if start is None and not (tail and tail.value == "starting"):
        return None
    return replace(
        match, expression=replace(match.expression, starts=day.expression), end=tail.end if tail else day.end
    )


def _until(line: Line, match: RuleMatch) -> RuleMatch | None:
    """`until 2026-12-18`, `31 دسمبر تک`."""
    if match.expression.until:
        return None
    lead = line.take(match.end, "lead")
    until = lead if lead and lead.value == "until" else None
    day = read_day(line, line.skip(until.end, "the") if until else match.end)
    if day is None:
        return None
    tail = line.take(day.end, "tail")
    if until is None and not (tail and tail.value == "until"):
        return None
    return replace(
        match, expression=replace(match.expression, until=day.expression), end=tail.end if tail else day.end
    )


def _except_days(line: Line, match: RuleMatch) -> RuleMatch | None:
    """`except friday`: of a rule of days or weekdays the others; no other rule can leave days out."""
    without = line.take(match.end, "except")
    days, end = read_weekdays(line, line.skip(without.end, "lead")) if without else (set(), 0)
    if not days:
        return None
    rule = match.expression.rule
    named = {day.weekday for day in rule.by_day} or set(Weekday)
    is_plain = rule.frequency is Frequency.WEEKLY and rule.by_day and not rule.by_set_pos
    if (rule != Rule(Frequency.DAILY) and not is_plain) or not named - days:
        return replace(match, expression=replace(match.expression, problem="rule_refused"), end=end)
    return replace(
        match, expression=replace(match.expression, rule=weekly_on(named - days, rule.interval)), end=end
    )


def _lasting(line: Line, match: RuleMatch) -> RuleMatch | None:
    """`for 3 weeks`, `for 5 times`, `6 times`, `3 ہفتے تک`, `after done`."""
    done = line.take(match.end, "done")
    if done:
        return replace(match, expression=replace(match.expression, from_completion=True), end=done.end)
    start = line.take(match.end, "for")
    begin = start.end if start else match.end
    number = line.number(begin)
    times = line.take(number[1], "times") if number else None
    if number and times and number[0] and match.expression.count is None:
        return replace(match, expression=replace(match.expression, count=number[0]), end=times.end)
    length = read_length(line, begin)
    if length is None or len(length.amounts) != 1 or match.expression.lasts:
        return None
    span = line.take(length.end, "span")
    if not (start or span):
        return None
    return replace(
        match,
        expression=replace(match.expression, lasts=length.amounts[0]),
        end=span.end if span else length.end,
    )


def _in_months(line: Line, match: RuleMatch) -> RuleMatch | None:
    """`in december`, `in june and july`: only in those months."""
    rule = match.expression.rule
    inside = line.take(match.end, "of")
    months, end = read_months(line, inside.end) if inside and not rule.by_month else ((), 0)
    if not months:
        return None
    return replace(match, expression=replace(match.expression, rule=replace(rule, by_month=months)), end=end)


_TAILS: Final[tuple[Callable[[Line, RuleMatch], RuleMatch | None], ...]] = (
    _except_days,
    _lasting,
    _starting,
    _until,
    _on_days,
    _in_months,
    read_rule_times,
)
