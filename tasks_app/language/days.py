"""Reading days: `tomorrow`, `next friday`, `the 27th`, `15 April`, `24.12.`, `in 3 days`, `end of next month`."""

from dataclasses import dataclass, replace
from typing import Final

from tasks_app.recurrence import Frequency, Rule

from .day_values import (
    AfterSpan,
    DayExpression,
    DayOfMonth,
    DaysFromToday,
    EndOfPeriod,
    InFigures,
    NextPeriod,
    OnDate,
    OnRule,
    OnWeekday,
    OnWeekend,
    StartOfRange,
)
from .line import Line
from .spans import read_length

_OFFSETS: Final = {"today": 0, "tomorrow": 1, "after_tomorrow": 2, "yesterday": -1}
_WEEKDAYS: Final = ("mo", "tu", "we", "th", "fr", "sa", "su")
_YEARS: Final = range(1900, 3000)
_CENTURY: Final = 2000


@dataclass(frozen=True, slots=True)
class DayMatch:
    """A day and the token after it.

    `is_weak`: a word that is something else more often; it needs another word beside it. `is_last`: only as the
    last word. `may_begin`: also at the beginning of a line. `may_stand`: also in its middle. `is_plain`: nothing
    else than a day, wherever it stands.
    """

    expression: DayExpression
    end: int
    is_weak: bool = False
    is_last: bool = False
    may_begin: bool = True
    may_stand: bool = False
    is_plain: bool = False


def read_day(line: Line, at: int) -> DayMatch | None:
    """Return the day that begins at a token."""
    if at not in line.days:
        line.days[at] = _read_day(line, at)
    return line.days[at]


def _read_day(line: Line, at: int) -> DayMatch | None:
    roles = line.roles(at)
    for beginnings, read in _READERS:
        if not roles.isdisjoint(beginnings) and (match := read(line, at)):
            return match
    return None


def weekday_of(line: Line, at: int) -> tuple[int, int, bool] | None:
    """Return a weekday, the token after it, and whether its word is weak."""
    taken = line.take(at, "weekday")
    if taken is None:
        return None
    return _WEEKDAYS.index(taken.value), taken.end, taken.word in line.table.weak and taken.end == at + 1


def _in_figures(line: Line, at: int) -> DayMatch | None:
    kind = line.kind(at)
    if kind not in ("iso", "dotted", "slashed"):
        return None
    text = line.tokens[at].text
    if kind == "iso":
        year, month, day = (int(part) for part in text.replace("/", "-").split("-"))
        return DayMatch(OnDate(month, day, year), at + 1, is_plain=True)
    parts = [int(part) for part in text.replace("/", ".").replace("-", ".").split(".") if part]
    year_given = _full_year(parts[2]) if len(parts) == 3 else None
    if kind == "dotted":
        expression = OnDate(parts[1], parts[0], year_given)
        is_date = 1 <= expression.month <= 12 and 1 <= expression.day <= 31
        return DayMatch(expression, at + 1) if is_date else None
    figures = InFigures(parts[0], parts[1], year_given)
    return DayMatch(figures, at + 1, may_begin=False) if figures.is_date else None


def _full_year(year: int) -> int:
    return year + _CENTURY if year < 100 else year


def _relative(line: Line, at: int) -> DayMatch | None:
    taken = line.take(at, "day")
    if taken and line.has(at, "name") and line.is_name(at):
        return None
    return DayMatch(DaysFromToday(_OFFSETS[taken.value]), taken.end, is_plain=True) if taken else None


def _qualified(line: Line, at: int) -> DayMatch | None:
    """`this` or `next` with a weekday, a weekend or a period."""
    which = line.take(at, "this", "next")
    if which is None:
        return _bare_weekend(line, at)
    name = "next" if line.has(at, "next") else "this"
    unit, weekday = line.take(which.end, "unit"), weekday_of(line, which.end)
    is_week = unit is not None and unit.value == "week" and not line.take(unit.end, "tail")
    if weekday and not (unit and is_week):
        return DayMatch(OnWeekday(weekday[0], name), weekday[1])
    weekend = line.take(which.end, "weekend")
    if weekend:
        return DayMatch(OnWeekend(name), weekend.end)
    if line.has(which.end, "month"):
        return read_date(line, which.end)
    if unit is None or name == "this" or unit.value not in ("week", "month", "quarter", "year"):
        return None
    return _in_next_period(line, unit.value, unit.end)


def _in_next_period(line: Line, unit: str, end: int) -> DayMatch:
    """`next week`, or `next week friday`."""
    weekday = weekday_of(line, line.skip(end, "lead")) if unit == "week" else None
    if weekday:
        return DayMatch(OnWeekday(weekday[0], "next"), weekday[1])
    return DayMatch(NextPeriod(unit), end)


def _bare_weekend(line: Line, at: int) -> DayMatch | None:
    """`the weekend`, with a word such as `on` before it."""
    weekend = line.take(line.skip(at, "the"), "weekend")
    return DayMatch(OnWeekend(), weekend.end, is_weak=True, may_begin=False) if weekend else None


def _end_of(line: Line, at: int) -> DayMatch | None:
    taken = line.take(at, "day_end")
    if taken:
        unit = taken.value.removeprefix("next_")
        return DayMatch(EndOfPeriod(unit, unit != taken.value), taken.end)
    end = line.take(at, "end")
    if end is None:
        return None
    month = line.take(end.end, "month")
    if month:
        rule = Rule(Frequency.YEARLY, by_month=(int(month.value),), by_month_day=(-1,))
        return DayMatch(OnRule(rule), month.end)
    which = line.take(end.end, "this", "next")
    unit_taken = line.take(which.end if which else end.end, "unit")
    if unit_taken is None or unit_taken.value not in ("week", "month", "quarter", "year"):
        return None
    return DayMatch(EndOfPeriod(unit_taken.value, line.has(end.end, "next")), unit_taken.end)


def _on_weekday(line: Line, at: int) -> DayMatch | None:
    weekday = weekday_of(line, at)
    if weekday is None:
        return None
    number, end, is_weak = weekday
    following = line.take(end, "next")
    week = line.take(following.end, "unit") if following else None
    if week and week.value == "week":
        return DayMatch(OnWeekday(number, "next"), week.end)
    comma = line.comma(end)
    beside = read_date(line, line.skip(comma, "the")) or _in_figures(line, comma) or _ordinal(line, comma)
    if beside is None or not line.is_whole(comma, beside.end):
        return DayMatch(OnWeekday(number), end, is_weak=is_weak)
    expression = beside.expression
    if isinstance(expression, OnDate | InFigures | DayOfMonth):
        expression = replace(expression, weekday=number)
    return DayMatch(expression, beside.end)


def read_date(line: Line, at: int) -> DayMatch | None:
    """`15 April`, `April 15 2027`, `the 15th of April`, `Apr 15th`."""
    month_first = line.take(at, "month")
    word = None if month_first else line.take(at, "day_number")
    begin = month_first.end if month_first else at
    day, end = (int(word.value), word.end) if word else (line.figure(begin, most=31), begin + 1)
    if day is None or day == 0:
        return None
    suffix = line.take(end, "ordinal_suffix", may_glue=True)
    if suffix and line.is_glued(end):
        end = suffix.end
    elif end < len(line) and line.is_glued(end) and not line.tokens[end].is_symbol and not word:
        return None
    last = _last_of_range(line, end)
    end = last or end
    month = month_first or line.take(line.skip(end, "of"), "month")
    if month is None:
        return None
    end = end if month_first else month.end
    if not line.is_whole(at, end):
        return None
    year, end = _year(line, end)
    expression: DayExpression = OnDate(int(month.value), day, year)
    return DayMatch(StartOfRange(expression) if last else expression, end)


def _last_of_range(line: Line, at: int) -> int | None:
    """Return the token after the second number of `12-14 May`."""
    if not (line.symbol(at, "-–—") and line.is_glued(at)):
        return None
    day = line.figure(at + 1, most=31)
    return at + 2 if day and line.is_glued(at + 1) else None


def _year(line: Line, at: int) -> tuple[int | None, int]:
    comma = line.comma(at)
    year = line.figure(comma)
    if year in _YEARS and line.is_whole(comma, comma + 1):
        return year, comma + 1
    return None, at


def _ordinal(line: Line, at: int) -> DayMatch | None:
    """`27th`, `the 27th`, `the first of next month`; `15 تاریخ`."""
    article = line.skip(at, "the")
    day = ordinal_day(line, article)
    if day is None:
        return None
    number, end, is_word = day
    of = line.take(end, "of")
    if of:
        which = line.take(of.end, "this", "next")
        unit = line.take(which.end if which else of.end, "unit")
        if unit and unit.value == "month":
            return DayMatch(DayOfMonth(number, line.has(of.end, "next")), unit.end, may_begin=False)
        month = line.take(of.end, "month")
        if month and number > 0:
            return DayMatch(OnDate(int(month.value), number), month.end, may_begin=False)
    return DayMatch(DayOfMonth(number), end, is_weak=is_word, is_last=True, may_begin=False)


def ordinal_day(line: Line, at: int) -> tuple[int, int, bool] | None:
    """Return a day of the month as an ordinal, the token after it, and whether it is a word such as `first`."""
    figure = line.figure(at, most=31)
    if figure:
        suffix = line.take(at + 1, "ordinal_suffix", may_glue=True)
        if suffix is None or (line.is_glued(at + 1) and not line.is_whole(at, suffix.end)):
            return None
        if not line.is_glued(at + 1) and line.tokens[at + 1].text.isascii():
            return None
        return figure, line.skip(suffix.end, "date_noun"), False
    return _day_in_words(line, at)


def _day_in_words(line: Line, at: int) -> tuple[int, int, bool] | None:
    """`first`, `پانچ تاریخ`, `آخری تاریخ`."""
    word = line.take(at, "number")
    suffix = line.take(word.end, "ordinal_suffix") if word else None
    if word and suffix and not line.tokens[word.end].text.isascii():
        return int(word.value), suffix.end, False
    taken = line.take(at, "ordinal")
    if taken and int(taken.value) > 0:
        noun = line.take(taken.end, "date_noun")
        return int(taken.value), noun.end if noun else taken.end, noun is None
    if taken and (noun := line.take(taken.end, "date_noun")):
        return -1, noun.end, False
    return None


def _in_length(line: Line, at: int) -> DayMatch | None:
    """`in 3 days`, `2 weeks from friday`, `3 دن بعد`."""
    inside = line.take(at, "in")
    length = read_length(line, inside.end if inside else at)
    if (
        length is None
        or len(length.amounts) != 1
        or length.minutes is not None
        or line.is_name(length.end - 1)
    ):
        return None
    amount, end = length.amounts[0], length.end
    later = line.take(end, "later")
    if later or inside:
        end = later.end if later else line.skip(end, "elapsed")
        return DayMatch(AfterSpan(amount.number, amount.unit), end, may_stand=True)
    start = line.take(end, "from")
    if start is None:
        return None
    # Not from a length again: a line of `1d from 1d from …` must not call itself as often as it has words.
    is_length = line.has(start.end, "in") or read_length(line, start.end) is not None
    base = None if is_length else read_day(line, start.end)
    if base is None:
        return None
    return DayMatch(AfterSpan(amount.number, amount.unit, base.expression), base.end, may_stand=True)


_READERS: Final = (
    ({"figure"}, _in_figures),
    ({"day"}, _relative),
    ({"this", "next", "the", "weekend"}, _qualified),
    ({"end", "day_end"}, _end_of),
    ({"weekday"}, _on_weekday),
    ({"in", "figure", "number", "half"}, _in_length),
    ({"month", "figure", "day_number"}, read_date),
    ({"the", "figure", "ordinal"}, _ordinal),
)
"""What reads days, by the roles of the words with which they begin."""
