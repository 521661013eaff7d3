"""Reading rules: `every monday 9am`, `every! 3 days`, `weekdays at 9:15`, `on mondays`, `ہر پیر صبح ۹ بجے`."""

from dataclasses import replace
from typing import Final

from tasks_app.recurrence import Frequency, Rule, Weekday
from tasks_app.recurrence.rule import MONDAY_TO_FRIDAY

from .line import Line
from .rule_days import (
    MOST_IN_LIST,
    WEEKEND,
    RuleExpression,
    RuleMatch,
    read_rule_date,
    read_rule_days,
    read_rule_place,
    rule_of_unit,
    weekly_on,
)
from .rule_tails import read_rule_times, read_tails
from .times import read_time

_BEGINNINGS: Final = frozenset(
    ("every", "rule", "rule_always", "per", "weekdays", "lead", "the", "figure", "ordinal")
)
_PLACES: Final = frozenset(("figure",))
_MOST_BEFORE_EVERY: Final = 12
_DAYS: Final = ("weekdays", "weekends")
_ADVERBS: Final = {
    "daily": Rule(Frequency.DAILY),
    "weekdays": Rule(Frequency.WEEKLY, by_day=MONDAY_TO_FRIDAY),
    "weekends": Rule(Frequency.WEEKLY, by_day=WEEKEND),
    "weekly": Rule(Frequency.WEEKLY),
    "biweekly": Rule(Frequency.WEEKLY, interval=2),
    "monthly": Rule(Frequency.MONTHLY),
    "quarterly": Rule(Frequency.MONTHLY, interval=3),
    "yearly": Rule(Frequency.YEARLY),
    "hourly": Rule(Frequency.HOURLY),
}


def read_rule(line: Line, at: int) -> RuleMatch | None:
    """Return the rule that begins at a token."""
    roles = line.roles(at)
    if _BEGINNINGS.isdisjoint(roles):
        return None
    in_words = roles.isdisjoint(_PLACES) and (_every(line, at) or _adverb(line, at) or _plural(line, at))
    start = in_words or _of_every(line, at)
    if start is None:
        return None
    match = read_tails(line, start)
    if line.has(match.end, "genitive"):
        return None
    return replace(match, is_bare=match.is_adverb and match.end == start.end)


def read_times_per_period(line: Line, at: int) -> int | None:
    """Return the token after `twice a week`, `2x a week`, which no rule says; `once a week` is a rule."""
    if line.roles(at).isdisjoint(("per", "figure", "number", "unit")):
        return None
    per = line.take(at, "per")
    number = line.number(at)
    times = line.take(number[1], "times", "fold", may_glue=True) if number else None
    begin = per.end if per else times.end if times else None
    if begin is None:
        return _times_in_period(line, at)
    if per and per.value == "1":
        return None
    article = line.take(begin, "a")
    unit = line.take(article.end, "unit") if article else None
    return unit.end if unit and unit.value not in ("minute", "hour") else None


def _times_in_period(line: Line, at: int) -> int | None:
    """`ہفتے میں دو بار`: the period before the number."""
    unit = line.take(at, "unit")
    inside = line.take(unit.end, "per_period") if unit else None
    number = line.number(inside.end) if inside else None
    times = line.take(number[1], "times") if number else None
    return times.end if times else None


def _adverb(line: Line, at: int) -> RuleMatch | None:
    lead = line.take(at, "lead")
    taken = line.take(at, "rule")
    if lead and lead.value == "on" and (days := line.take(lead.end, "rule")) and days.value in _DAYS:
        return RuleMatch(RuleExpression(_ADVERBS[days.value]), days.end)  # `on weekdays`
    if taken and taken.value == "weekends" and not read_rule_times(line, _weekends(taken.end)):
        return None
    if taken:
        return RuleMatch(RuleExpression(_ADVERBS[taken.value]), taken.end, is_adverb=True)
    always = line.take(at, "rule_always")
    if always:
        return RuleMatch(RuleExpression(_ADVERBS[always.value]), always.end)
    once = line.take(at, "per")
    article = line.take(once.end, "a") if once and once.value == "1" else None
    unit = line.take(article.end, "unit") if article else None
    return RuleMatch(RuleExpression(rule_of_unit(unit.value, 1)), unit.end) if unit else None


def _weekends(end: int) -> RuleMatch:
    return RuleMatch(RuleExpression(_ADVERBS["weekends"]), end)


def _plural(line: Line, at: int) -> RuleMatch | None:
    """`on mondays`, `mondays at 9`."""
    lead = line.take(at, "lead")
    is_led = lead is not None and lead.value == "on"
    begin = lead.end if lead and is_led else at
    days: list[str] = []
    end = begin
    while len(days) < MOST_IN_LIST and (
        taken := line.take(line.skip(line.comma(end), "and") if days else end, "weekdays")
    ):
        days.append(taken.value)
        end = taken.end
    if not days:
        return None
    match = RuleMatch(RuleExpression(weekly_on({Weekday[day.upper()] for day in days})), end)
    return match if is_led or read_rule_times(line, match) else None


def _every(line: Line, at: int) -> RuleMatch | None:
    every = line.take(at, "every")
    if every is None:
        return None
    end = every.end
    bang = line.symbol(end, "!") and line.is_glued(end)
    end += bang
    match = (
        _other(line, end)
        or read_rule_date(line, end)
        or read_rule_place(line, end)
        or _counted(line, end)
        or read_rule_days(line, end)
        or _part(line, end)
    )
    if match is None:
        return None
    return replace(match, expression=replace(match.expression, from_completion=bang))


def _of_every(line: Line, at: int) -> RuleMatch | None:
    """`the 15th of every month`, `on the first monday of each month`."""
    if not line.has_every:
        return None
    lead = line.take(at, "lead")
    begin = line.skip(lead.end if lead and lead.value == "on" else at, "the")
    every = next(
        (index for index in range(begin, begin + _MOST_BEFORE_EVERY) if "every" in line.roles(index)), None
    )
    match = read_rule_place(line, begin) if every is not None else None
    return match if match and every is not None and every < match.end else None


def _other(line: Line, at: int) -> RuleMatch | None:
    """`every other friday`, `every other week`."""
    other = line.take(at, "other")
    if other is None:
        return None
    match = read_rule_days(line, other.end) or _counted(line, other.end)
    if match is None:
        return None
    rule = match.expression.rule
    return RuleMatch(RuleExpression(replace(rule, interval=2 * rule.interval)), match.end)


def _counted(line: Line, at: int) -> RuleMatch | None:
    """`every 3 days`, `every hour`, `every month`."""
    half = line.take(at, "half")
    hour = line.take(half.end, "unit") if half else None
    if hour and hour.value == "hour":
        return RuleMatch(RuleExpression(Rule(Frequency.MINUTELY, interval=30)), hour.end)
    number = line.number(at)
    unit = line.take(number[1] if number else at, "unit", may_glue=number is not None)
    if unit is None:
        return None
    if not number and len(unit.word) == 1:
        return None
    return RuleMatch(
        RuleExpression(rule_of_unit(unit.value, number[0] if number else 1)), line.skip(unit.end, "later")
    )


def _part(line: Line, at: int) -> RuleMatch | None:
    """`every morning`."""
    part = line.take(at, "part")
    if part is None:
        return None
    time = read_time(line, at, is_led=True)
    if time is None or time.expression.days is not None:
        return None
    return RuleMatch(RuleExpression(Rule(Frequency.DAILY), times=(time.expression,)), time.end)
