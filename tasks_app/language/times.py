"""Reading clocks: `9:30`, `5pm`, `at 5`, `noon`, `9-10am`, `17:00 UTC`, `شام 5 بجے`."""

from dataclasses import dataclass, replace
from typing import Final

from .line import Line, Taken
from .zone_names import read_zone

_PARTS: Final = {
    "morning": 9, "noon": 12, "afternoon": 15, "evening": 19, "tonight": 20, "night": 22, "midnight": 0, "eod": 17,
}  # fmt: skip
_TODAY_ONLY: Final = ("tonight",)
_STAND_ALONE: Final = ("tonight", "eod")
_UNTIL_MORNING: Final = 6
"""Up to here a clock without a word beside it is none: `John 3:16`."""
_BEGINNINGS: Final = frozenset(
    ("figure", "number", "part", "this", "from", "between", "fraction", "half_hours")
)
_DASHES: Final = "-–—"


@dataclass(frozen=True, slots=True)
class TimeExpression:
    """A time of day. `is_half`: the other half of the day may be meant. `is_next_day`: midnight at the end of the day.

    `days` are those from today that the word itself says (`tonight`); `zone` is an IANA name or an offset.
    """

    hour: int
    minute: int = 0
    is_half: bool = False
    is_next_day: bool = False
    days: int | None = None
    zone: str = ""
    notes: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class TimeMatch:
    """A time and the token after it; `is_marked`: nothing else than a time."""

    expression: TimeExpression
    end: int
    is_marked: bool = False


def read_time(line: Line, at: int, *, is_led: bool = False, beside_day: bool = False) -> TimeMatch | None:
    """Return the time that begins at a token; `is_led`: behind `at`; `beside_day`: a day stands beside it."""
    if _BEGINNINGS.isdisjoint(line.roles(at)):
        return None
    asked = at, is_led, beside_day
    if asked not in line.times:
        line.times[asked] = _read_time(line, at, is_led=is_led, beside_day=beside_day)
    return line.times[asked]


def _read_time(line: Line, at: int, *, is_led: bool, beside_day: bool) -> TimeMatch | None:
    match = (
        _in_part(line, at)
        or _range(line, at, is_led=is_led or beside_day)
        or _clock(line, at, is_sure=is_led or beside_day)
        or (_four_figures(line, at) if is_led else None)
        or _hour(line, at, is_led=is_led)
        or _part(line, at, is_led=is_led, beside_day=beside_day)
    )
    return None if match is None else _with_zone(line, match)


def _clock(line: Line, at: int, *, is_sure: bool) -> TimeMatch | None:
    """`9:30`, `9:30 pm`, `9.30pm`; behind `at` or beside a day also `9.30`, `14h` and `14h30`."""
    if line.kind(at) != "clock":
        return _other_clock(line, at, is_sure=is_sure)
    hour, minute = (int(part) for part in line.tokens[at].text.split(":")[:2])
    half = line.take(at + 1, "meridiem", may_glue=True)
    if half:
        return TimeMatch(_half_of_day(hour, minute, half.value), half.end, is_marked=True)
    after = line.take(at + 1, "oclock", may_glue=True)
    end = after.end if after else at + 1
    if hour > 23 or minute > 59:
        return (
            TimeMatch(TimeExpression(0, problem="impossible_time"), end, is_marked=True) if is_sure else None
        )
    if hour < _UNTIL_MORNING and not is_sure and not after:
        return None
    return _with_part(line, TimeMatch(TimeExpression(hour, minute), end, is_marked=is_sure))


def _other_clock(line: Line, at: int, *, is_sure: bool) -> TimeMatch | None:
    hour = line.figure(at, most=23) if line.is_glued(at + 1) else None
    if hour is None:
        return None
    minute = line.figure(at + 2, may_glue=True, most=59)
    is_hour = line.kind(at + 1) == "word" and line.tokens[at + 1].text == "h"
    if is_hour and is_sure and not line.is_glued(at + 2):
        return TimeMatch(TimeExpression(hour), at + 2, is_marked=True)
    if minute is None or len(line.tokens[at + 2].text) != 2 or not line.is_glued(at + 2):
        return None
    half = line.take(at + 3, "meridiem", may_glue=True) if line.symbol(at + 1, ".") else None
    if half:
        return TimeMatch(_half_of_day(hour, minute, half.value), half.end, is_marked=True)
    if not is_sure or not (is_hour or line.symbol(at + 1, ".")):
        return None
    return TimeMatch(TimeExpression(hour, minute), at + 3, is_marked=True)


def _four_figures(line: Line, at: int) -> TimeMatch | None:
    """`at 0930`."""
    figure = line.figure(at, most=2359)
    if figure is None or len(line.tokens[at].text) != 4 or figure % 100 > 59:
        return None
    return TimeMatch(TimeExpression(figure // 100, figure % 100), at + 1)


def _half_of_day(hour: int, minute: int, half: str) -> TimeExpression:
    if not 1 <= hour <= 12 or minute > 59:
        return TimeExpression(0, problem="impossible_time")
    return TimeExpression(hour % 12 + 12 * (half == "pm"), minute)


def _hour(line: Line, at: int, *, is_led: bool) -> TimeMatch | None:
    """`5pm`, `5 o'clock`, `half past 5`, `at 5`; in Urdu also words before the hour."""
    halves = line.take(at, "half_hours")
    if halves and (sure := line.take(halves.end, "oclock")):
        hour, minute = divmod(int(halves.value), 60)
        return TimeMatch(_guessed(hour, minute), sure.end, is_marked=True)
    fraction = line.take(at, "fraction")
    begin = fraction.end if fraction else at
    number = line.number(begin) if fraction or is_led or line.table.parts_alone else _figure(line, begin)
    if number is None:
        return None
    half = line.take(number[1], "meridiem", may_glue=True)
    if half:
        return _hour_of_half(number[0], int(fraction.value) if fraction else 0, half)
    sure = line.take(number[1], "oclock", may_glue=True)
    if not (sure or fraction or (is_led and _is_bare_hour(line, begin, number[1]))):
        return None
    if number[0] > 23 and not sure:
        return None
    minutes = number[0] * 60 + (int(fraction.value) if fraction else 0)
    return _expressed_hour(line, minutes, sure.end if sure else number[1], is_marked=bool(sure or fraction))


def _hour_of_half(hour: int, minutes: int, half: Taken) -> TimeMatch:
    """`5pm`, `half past 7pm`, `quarter to 8 am`."""
    expression = _half_of_day(hour, 0, half.value)
    total = (expression.hour * 60 + minutes) % (24 * 60)
    if not expression.problem:
        expression = TimeExpression(*divmod(total, 60))
    return TimeMatch(expression, half.end, is_marked=True)


def _is_bare_hour(line: Line, at: int, end: int) -> bool:
    """Whether a number behind `at` is an hour: nothing else is glued to it, and it counts nothing."""
    word = line.take(at, "number")
    is_glued = end < len(line) and line.is_glued(end) and not line.tokens[end].is_symbol
    return not (is_glued or (word and word.value == "1") or line.take(end, "unit", may_glue=True))


def _expressed_hour(line: Line, minutes: int, end: int, *, is_marked: bool) -> TimeMatch:
    if not 0 <= minutes < 24 * 60:
        return TimeMatch(TimeExpression(0, problem="impossible_time"), end, is_marked=True)
    return _with_part(line, TimeMatch(_guessed(minutes // 60, minutes % 60), end, is_marked=is_marked))


def _figure(line: Line, at: int) -> tuple[int, int] | None:
    figure = line.figure(at)
    return None if figure is None else (figure, at + 1)


def _guessed(hour: int, minute: int = 0) -> TimeExpression:
    """An hour without its half of the day: 1 to 6 in the afternoon, 7 to 11 in the morning, 12 at noon."""
    if not 1 <= hour <= 12:
        return TimeExpression(hour, minute)
    return TimeExpression(hour + 12 if hour <= 6 else hour, minute, is_half=True)


def _with_part(line: Line, match: TimeMatch) -> TimeMatch:
    """`8 in the evening`: the part of the day says which half."""
    part = line.take(match.end, "part")
    if part is None or part.value in ("midnight", "eod", "noon"):
        return match
    expression = in_part_of_day(match.expression.hour % 12 or 12, match.expression.minute, part.value)
    return replace(match, expression=expression, end=part.end, is_marked=True)


def in_part_of_day(hour: int, minute: int, part: str) -> TimeExpression:
    """Return the hour that is meant in a part of the day; of one beyond 12 the hour itself."""
    days = 0 if part in _TODAY_ONLY else None
    if not 1 <= hour <= 12:
        return TimeExpression(hour, minute, days=days)
    hour %= 12
    if part in ("night", "tonight", "midnight"):
        # Five at night is early in the morning, nine late in the evening, twelve the end of the day.
        return TimeExpression(
            hour if hour < _UNTIL_MORNING else hour + 12, minute, is_next_day=hour == 0, days=days
        )
    if part == "noon":
        return TimeExpression(hour if hour >= 10 else hour + 12, minute, days=days)
    return TimeExpression(hour + 12 * (part != "morning"), minute, days=days)


def _in_part(line: Line, at: int) -> TimeMatch | None:
    """`شام 5 بجے`, `tonight at 9`, `this afternoon at 3`: the part of the day before the hour."""
    this = line.take(at, "this")
    part = line.take(this.end if this else at, "part")
    if part is None or part.value in ("midnight", "eod"):
        return None
    lead = line.take(part.end, "lead")
    is_led = lead is not None and lead.value == "at"
    begin = lead.end if lead and is_led else part.end
    match = (
        _range(line, begin, is_led=True)
        or _clock(line, begin, is_sure=True)
        or _hour(line, begin, is_led=is_led)
    )
    if match is None or match.expression.problem:
        return match
    hour = match.expression.hour % 12 or 12 if match.expression.is_half else match.expression.hour
    expression = in_part_of_day(hour, match.expression.minute, part.value)
    days = 0 if this else expression.days
    return replace(
        match, expression=replace(expression, notes=match.expression.notes, days=days), is_marked=True
    )


def _part(line: Line, at: int, *, is_led: bool, beside_day: bool) -> TimeMatch | None:
    """`noon`, `tonight`, `this evening`, `tomorrow morning`."""
    this = line.take(at, "this")
    part = line.take(this.end if this else at, "part")
    if part is None:
        return None
    words = part.end - (this.end if this else at)
    is_colon = part.value == "noon" and line.symbol(part.end, ":,") and line.is_glued(part.end)
    stands = part.value in _STAND_ALONE or words > 1 or line.table.parts_alone or is_colon
    if not (is_led or beside_day or this or stands):
        return None
    expression = TimeExpression(
        _PARTS[part.value],
        is_next_day=part.value == "midnight",
        days=0 if this or part.value in _TODAY_ONLY else None,
    )
    return TimeMatch(expression, part.end, is_marked=stands or bool(this))


def _range(line: Line, at: int, *, is_led: bool) -> TimeMatch | None:
    """`9-10am`, `9:00-10:30`, `9am to 10am`, `from 9 to 5pm`, `between 3 and 4pm`: the start is kept."""
    between = line.take(at, "between")
    start = between or line.take(at, "from")
    begin = start.end if start else at
    first = _clock(line, begin, is_sure=True) or _hour(line, begin, is_led=True)
    if first is None or first.expression.problem:
        return None
    dash = line.symbol(first.end, _DASHES)
    to = first.end + 1 if dash else line.skip(first.end, "and") if between else _behind_to(line, first.end)
    if to == first.end or (dash and line.is_glued(first.end) != line.is_glued(to)):
        return None
    second = _clock(line, to, is_sure=True) or _hour(line, to, is_led=True)
    if second is None or second.expression.problem:
        return None
    if not (is_led or any(_is_hour(line, index) for index in range(begin, second.end))):
        return None
    expression = _start_of_range(first.expression, second.expression)
    return TimeMatch(replace(expression, notes=("range_start_only",)), second.end, is_marked=True)


def _behind_to(line: Line, at: int) -> int:
    """The token behind `to` or `until`; the same token where there is none."""
    lead = line.take(at, "lead")
    return lead.end if lead and lead.value == "until" else line.skip(at, "to")


def _is_hour(line: Line, at: int) -> bool:
    """Whether a token makes a clock of the numbers beside it."""
    return line.kind(at) == "clock" or line.take(at, "meridiem", "oclock", may_glue=True) is not None


def _start_of_range(first: TimeExpression, second: TimeExpression) -> TimeExpression:
    """`9-10am` is in one half of the day, `11-1pm` begins in the half before."""
    if not first.is_half or second.is_half:
        return first
    late = second.hour >= 12
    hour = first.hour % 12
    begin = replace(first, hour=hour + 12 * late, is_half=False)
    if begin.hour * 60 + begin.minute >= second.hour * 60 + second.minute:
        begin = replace(begin, hour=hour + 12 * (not late))
    return begin


def _with_zone(line: Line, match: TimeMatch) -> TimeMatch:
    """The time with the zone behind it, if there is one."""
    if match.end >= len(line) or match.end in line.hidden:
        return match
    found = read_zone(line, match.end)
    if found is None:
        return match
    zone, end = found
    problem = match.expression.problem or ("" if zone else "unknown_zone")
    return TimeMatch(replace(match.expression, zone=zone, problem=problem), end, is_marked=True)
