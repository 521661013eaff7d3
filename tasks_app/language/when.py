"""Reading when something is due: a day, a time, or both, with the words before and behind them."""

from dataclasses import dataclass, replace
from typing import Final

from .day_values import BeforeDay, DayExpression, StartOfRange
from .days import DayMatch, read_day
from .line import Line, Taken
from .month_places import read_month_place
from .spans import read_length
from .times import TimeExpression, TimeMatch, in_part_of_day, read_time

_MOST_PARTS: Final = 3
_BEHIND: Final = ("by", "due", "until", "starting")
"""Words behind which a date may stand in the middle of a line."""


@dataclass(frozen=True, slots=True)
class WhenExpression:
    """A day, a time or both. `minutes` from now stand for both. `lead` is the word before it, or behind it in Urdu.

    `may_begin`, `may_stand`: at the beginning, in the middle of a line; `is_plain`: it is nothing else.
    """

    end: int
    day: DayExpression | None = None
    time: TimeExpression | None = None
    minutes: int | None = None
    lead: str = ""
    may_begin: bool = False
    may_stand: bool = False
    is_plain: bool = False
    is_last: bool = False


def read_when(line: Line, at: int) -> WhenExpression | None:
    """Return the expression, from a token on, of when something is due."""
    several = _days_from_to(line, at)
    if several:
        return several
    lead, begin = _lead(line, at)
    exact = _in_minutes(line, begin)
    if exact:
        return exact
    day, time, end = _parts(line, begin, lead=lead)
    if day is None and time is None:
        return None
    tail = line.take(end, "tail")
    if tail:
        lead, end = lead or tail.value, tail.end
        day = replace(day, is_last=False) if day else None
    if line.has(end, "genitive") and not line.has(end, "part"):
        return None
    if not _is_meant(line, day, time, lead):
        return None
    return _when(line, day, time, lead=lead, end=end)


def _days_from_to(line: Line, at: int) -> WhenExpression | None:
    """`from monday to friday`: the first day is kept."""
    start = line.take(at, "from")
    first = read_day(line, start.end) if start else None
    to = line.take(first.end, "to") if first else None
    last = read_day(line, to.end) if to else None
    if first is None or last is None:
        return None
    return WhenExpression(last.end, StartOfRange(first.expression), is_plain=True)


def _lead(line: Line, at: int) -> tuple[str, int]:
    """The last of the words before a date, `due by`, and the token after them."""
    lead, end = "", at
    for _ in range(2):
        taken = line.take(end, "lead", "around")
        if taken is None:
            break
        if line.has(end, "around"):
            is_near = line.has(taken.end, "weekday", "day", "number", "part") or line.figure(taken.end)
            return ("at", taken.end) if is_near else (lead, end)
        lead = taken.value if lead not in _BEHIND or taken.value not in ("on", "at") else lead
        end = taken.end
        if lead == "due" and line.symbol(end, ":"):
            end += 1
    return lead, end


def _in_minutes(line: Line, at: int) -> WhenExpression | None:
    """`in 30 minutes`, `an hour from now`, `2 گھنٹے بعد`."""
    inside = line.take(at, "in")
    length = read_length(line, inside.end if inside else at)
    if length is None or length.minutes is None or line.is_name(length.end - 1):
        return None
    later = line.take(length.end, "later") or _from_now(line, length.end)
    if not (inside or later) or line.has(length.end, "remind_me"):
        return None
    end = later.end if later else line.skip(length.end, "elapsed")
    return WhenExpression(end, minutes=length.minutes, may_begin=True, may_stand=True, is_plain=True)


def _from_now(line: Line, at: int) -> Taken | None:
    start = line.take(at, "from")
    return line.take(start.end, "now") if start else None


def _parts(line: Line, at: int, *, lead: str) -> tuple[DayMatch | None, TimeMatch | None, int]:
    """A day and a time in either order, with a comma, `at` or `on` between them."""
    day: DayMatch | None = None
    time: TimeMatch | None = None
    end, is_led = at, lead == "at"
    for part in range(_MOST_PARTS):
        begin, between = end, False
        if part:
            begin, between = _between(line, end)
        found_time = (
            None
            if time
            else read_time(line, begin, is_led=between or (is_led and not part), beside_day=bool(day))
        )
        found_day = None if day or found_time else _day(line, begin, is_led=begin > end or bool(lead))
        if found_time:
            time, end = found_time, found_time.end
        elif found_day and not (time and time.expression.days is not None):
            day, end = found_day, found_day.end
            time, end = _with_half_behind(line, time, end)
        else:
            break
    return day, time, end


def _day(line: Line, at: int, *, is_led: bool) -> DayMatch | None:
    return read_month_place(line, at, is_led=is_led) or read_day(line, at)


def _with_half_behind(line: Line, time: TimeMatch | None, at: int) -> tuple[TimeMatch | None, int]:
    """`at 5 tomorrow morning`: the part of the day behind the day says which half."""
    part = line.take(at, "part")
    if time is None or part is None or part.value in ("midnight", "noon", "eod") or _says_half(line, time):
        return time, at
    own = time.expression
    halved = in_part_of_day(own.hour % 12 or 12, own.minute, part.value)
    return replace(time, expression=replace(halved, zone=own.zone, notes=own.notes), is_marked=True), part.end


def _says_half(line: Line, time: TimeMatch) -> bool:
    """Whether a time itself says which half of the day it is in."""
    is_late = time.expression.hour > 12 and not time.expression.is_half
    return is_late or line.take(time.end - 1, "meridiem", "part", may_glue=True) is not None


def _between(line: Line, at: int) -> tuple[int, bool]:
    """The token after a comma, `at`, `on` or the `T` of ISO 8601 between a day and a time, or after `کو`; and
    whether it was `at`.
    """
    if (
        line.kind(at) == "word"
        and line.tokens[at].text == "t"
        and line.is_glued(at)
        and line.is_glued(at + 1)
    ):
        return at + 1, True
    tail = line.take(at, "tail")
    of = line.take(at, "genitive")
    if of and line.has(of.end, "part"):
        return of.end, False  # `جمعرات کی شام`
    at = tail.end if tail and tail.value == "on" else line.comma(at)
    word = line.take(at, "lead")
    if word and word.value in ("at", "on"):
        return word.end, word.value == "at"
    return at, False


def _is_meant(line: Line, day: DayMatch | None, time: TimeMatch | None, lead: str) -> bool:
    """Whether the words are a date here: weak ones need another beside them (R3), a time alone no `on`."""
    if day is None:
        return lead in ("", "at", "by", "due", "before", "until", "starting")
    return not day.is_weak or bool(lead) or time is not None


def _when(line: Line, day: DayMatch | None, time: TimeMatch | None, *, lead: str, end: int) -> WhenExpression:
    expression = day.expression if day else None
    if expression is not None and lead == "before":
        expression = BeforeDay(expression)
    is_last = day is not None and day.is_last and time is None and lead not in _BEHIND
    return WhenExpression(
        end,
        expression,
        time.expression if time else None,
        lead=lead,
        may_begin=bool(day and day.may_begin) or bool(time and time.expression.days is not None),
        may_stand=lead in _BEHIND or bool(day and day.may_stand),
        is_plain=bool(day and (day.is_plain or time)) or bool(time and time.is_marked),
        is_last=is_last,
    )
