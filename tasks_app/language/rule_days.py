"""The days of a rule: `monday`, `tue and thu`, `3rd friday`, `last workday`, `29 feb`, `15 and 30`."""

from dataclasses import dataclass, replace
from typing import Final

from tasks_app.recurrence import ByDay, Frequency, Rule, Weekday
from tasks_app.recurrence.rule import MONDAY_TO_FRIDAY

from .day_values import DayExpression, OnDate
from .days import ordinal_day, read_date, weekday_of
from .line import Line
from .moment import FREQUENCIES
from .spans import Amount
from .times import TimeExpression

MOST_IN_LIST: Final = 31
_DASHES: Final = "-–—"
WEEKEND: Final = (ByDay(Weekday.SA), ByDay(Weekday.SU))


@dataclass(frozen=True, slots=True)
class RuleExpression:
    """A rule with what stands behind it. `other` may be meant instead; `times` are those of each day."""

    rule: Rule
    other: Rule | None = None
    from_completion: bool = False
    times: tuple[TimeExpression, ...] = ()
    starts: DayExpression | None = None
    until: DayExpression | None = None
    lasts: Amount | None = None
    count: int | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class RuleMatch:
    """A rule and the token after it.

    `is_adverb`: it begins with a word such as `monthly`, which is part of many titles; `is_bare`: nothing follows that.
    """

    expression: RuleExpression
    end: int
    is_adverb: bool = False
    is_bare: bool = False


def rule_of_unit(unit: str, count: int) -> Rule:
    frequency, factor = FREQUENCIES[unit]
    return Rule(frequency, interval=count * factor)


def weekly_on(days: set[Weekday], interval: int = 1) -> Rule:
    return Rule(Frequency.WEEKLY, interval=interval, by_day=tuple(ByDay(day) for day in sorted(days)))


def read_rule_days(line: Line, at: int) -> RuleMatch | None:
    """`monday`, `tue and thu`, `mon-fri`, `weekday`, `weekend`."""
    workday = line.take(at, "workday")
    if workday:
        return RuleMatch(RuleExpression(Rule(Frequency.WEEKLY, by_day=MONDAY_TO_FRIDAY)), workday.end)
    weekend = line.take(at, "weekend")
    if weekend:
        other = Rule(Frequency.WEEKLY, by_day=WEEKEND[:1])
        return RuleMatch(RuleExpression(Rule(Frequency.WEEKLY, by_day=WEEKEND), other), weekend.end)
    days, end = read_weekdays(line, at)
    return RuleMatch(RuleExpression(weekly_on(days)), end) if days else None


def read_weekdays(line: Line, at: int) -> tuple[set[Weekday], int]:
    days: set[Weekday] = set()
    end = at
    for index in range(MOST_IN_LIST):
        begin = end + 1 if line.symbol(end, "/+") else line.skip(line.comma(end), "and")
        first = weekday_of(line, begin if index else end)
        if first is None or (first[2] and line.has(begin, "unit")):
            break
        is_range = line.symbol(first[1], _DASHES) or line.has(first[1], "to")
        last = (
            weekday_of(line, line.skip(first[1], "to") + line.symbol(first[1], _DASHES)) if is_range else None
        )
        days |= _from_to(first[0], last[0] if last else first[0])
        end = last[1] if last else first[1]
    return days, end


def _from_to(first: int, last: int) -> set[Weekday]:
    return {Weekday((first + step) % 7) for step in range((last - first) % 7 + 1)}


def read_rule_date(line: Line, at: int) -> RuleMatch | None:
    """`every 29 feb`, `every january`."""
    date = read_date(line, at)
    if date and isinstance(date.expression, OnDate) and date.expression.year is None:
        return RuleMatch(_yearly(date.expression), date.end)
    months, end = read_months(line, at)
    if not months:
        return None
    rule = Rule(Frequency.YEARLY, by_month=months, by_month_day=(1,))
    return RuleMatch(RuleExpression(rule), end)


def read_months(line: Line, at: int) -> tuple[tuple[int, ...], int]:
    """Return `january and july` as months, none if there are none, and the token after them."""
    months: set[int] = set()
    end = at
    while len(months) < MOST_IN_LIST and (
        month := line.take(line.skip(line.comma(end), "and") if months else end, "month")
    ):
        months.add(int(month.value))
        end = month.end
    return tuple(sorted(months)), end


def _yearly(expression: OnDate) -> RuleExpression:
    rule = Rule(Frequency.YEARLY, by_month=(expression.month,), by_month_day=(expression.day,))
    return RuleExpression(rule, problem="" if expression.exists else "impossible_date")


def read_rule_place(line: Line, at: int) -> RuleMatch | None:
    """`every 3rd friday`, `every last workday`, `every last day of the month`, `every 2nd week`, `every 15th`."""
    number, end = place_in_month(line, at)
    if not number:
        return None
    unit, workday = line.take(end, "unit"), line.take(end, "workday")
    weekday = weekday_of(line, end)
    if weekday and not (unit and unit.value == "week" and number > 0):
        rule = Rule(Frequency.MONTHLY, by_day=(ByDay(Weekday(weekday[0]), number),))
        other = weekly_on({Weekday(weekday[0])}, number) if number > 1 else None
        return _in_period(line, RuleMatch(RuleExpression(rule, other), weekday[1]))
    if workday:
        rule = Rule(Frequency.MONTHLY, by_day=MONDAY_TO_FRIDAY, by_set_pos=(number,))
        return _in_period(line, RuleMatch(RuleExpression(rule), workday.end))
    if unit and (unit.value == "day" and (number < 0 or _of_month(line, unit.end))):
        return _in_period(line, RuleMatch(monthly_on((number,)), unit.end))
    if unit:
        return RuleMatch(RuleExpression(rule_of_unit(unit.value, number)), unit.end) if number > 0 else None
    return _in_period_of_list(line, at)


def _in_period_of_list(line: Line, at: int) -> RuleMatch | None:
    """`every 15th`, `every 1st and 15th`, `every 2nd and 4th tuesday`."""
    days, end = read_month_days(line, at)
    weekday = weekday_of(line, end) if days else None
    if weekday and max(map(abs, days)) <= 5:
        by_day = tuple(sorted(ByDay(Weekday(weekday[0]), day) for day in set(days)))
        return _in_period(line, RuleMatch(RuleExpression(Rule(Frequency.MONTHLY, by_day=by_day)), weekday[1]))
    return _in_period(line, RuleMatch(monthly_on(days), end)) if days else None


def place_in_month(line: Line, at: int) -> tuple[int, int]:
    """Return an ordinal as figure or word, `last` being -1; 0 where there is none."""
    taken = line.take(at, "ordinal")
    if taken:
        return int(taken.value), taken.end
    figure = line.figure(at, most=366)
    suffix = line.take(at + 1, "ordinal_suffix", may_glue=True) if figure else None
    return (figure or 0, suffix.end) if suffix else (0, at)


def _of_month(line: Line, at: int) -> bool:
    of = line.take(at, "of")
    unit = line.take(of.end, "unit") if of else None
    return bool(of and ((unit and unit.value == "month") or line.has(of.end, "month")))


def monthly_on(days: tuple[int, ...]) -> RuleExpression:
    is_possible = all(1 <= abs(day) <= 31 for day in days)
    rule = Rule(Frequency.MONTHLY, by_month_day=tuple(sorted(set(days))))
    return RuleExpression(rule, problem="" if is_possible else "impossible_date")


def _in_period(line: Line, match: RuleMatch) -> RuleMatch:
    """`… of the month`, `… of each month`, `… every month`, `… of january`, `… of the year`."""
    of = line.take(match.end, "of")
    if of is None and not line.has(match.end, "every"):
        return match
    begin = line.skip(of.end if of else match.end, "every", "a")
    month, unit = line.take(begin, "month"), line.take(begin, "unit")
    rule = match.expression.rule
    if month:
        rule = replace(rule, frequency=Frequency.YEARLY, by_month=(int(month.value),))
        return RuleMatch(replace(match.expression, rule=rule, other=None), month.end)
    if unit and unit.value == "month":
        return RuleMatch(replace(match.expression, other=None), unit.end)
    return match


def read_month_days(line: Line, at: int) -> tuple[tuple[int, ...], int]:
    """`15 and 30`, `the 1st, 15th and last day`."""
    days: list[int] = []
    end = at
    while len(days) < MOST_IN_LIST:
        begin = line.skip(line.skip(line.comma(end), "and") if days else end, "the")
        day = ordinal_day(line, begin)
        if day is None:
            number, after = place_in_month(line, begin)
            unit = line.take(after, "unit") if number < 0 else None
            figure = line.figure(begin, most=31)
            if unit and unit.value == "day":
                day = number, unit.end, False
            elif (
                figure
                and not line.has(begin + 1, "month", "unit", "times")
                and line.is_whole(begin, begin + 1)
            ):
                day = figure, begin + 1, False
        if day is None:
            break
        days.append(day[0])
        end = day[1]
    return tuple(days), end
