"""Lengths of time: `3 days`, `1h30m`, `an hour and 15 minutes`, `half an hour`, `two and a half hours`."""

from dataclasses import dataclass
from typing import Final

from .line import Line

_MOST_AMOUNTS: Final = 4
_BEGINNINGS: Final = frozenset(("half", "half_hours", "fraction", "figure", "number"))
_IN_MINUTES: Final = {"minute": 1, "hour": 60}


@dataclass(frozen=True, slots=True)
class Amount:
    """A number of one unit; `joined`: behind `and` or a comma; `is_short`: the unit is abbreviated."""

    number: int
    unit: str
    joined: bool = False
    is_short: bool = False

    @property
    def minutes(self) -> int | None:
        factor = _IN_MINUTES.get(self.unit)
        return None if factor is None else self.number * factor


@dataclass(frozen=True, slots=True)
class LengthRead:
    """Amounts in the order in which they stand, and the token after them."""

    amounts: tuple[Amount, ...]
    end: int

    @property
    def minutes(self) -> int | None:
        """The sum in minutes; None with a unit of days or more."""
        found = [amount.minutes for amount in self.amounts]
        return None if None in found else sum(minutes or 0 for minutes in found)


def read_length(line: Line, at: int) -> LengthRead | None:
    """Return the length of time that begins at a token."""
    if at not in line.lengths:
        line.lengths[at] = _read_length(line, at)
    return line.lengths[at]


def _read_length(line: Line, at: int) -> LengthRead | None:
    if _BEGINNINGS.isdisjoint(line.roles(at)):
        return None
    amounts: list[Amount] = []
    end = at
    while len(amounts) < _MOST_AMOUNTS:
        begin = end
        if amounts:
            begin = line.skip(line.comma(end), "and")
        found = _amount(line, begin, joined=begin > end, is_first=not amounts)
        if found is None or any(found[0].unit == amount.unit for amount in amounts if not found[0].joined):
            break
        amounts.append(found[0])
        end = found[1]
    return _with_half(line, LengthRead(tuple(amounts), end)) if amounts else None


def _with_half(line: Line, length: LengthRead) -> LengthRead | None:
    """`an hour and a half`; of days and more there is no half, so `a week and a half` is no length."""
    half = line.take(length.end, "and_half")
    if half is None:
        return length
    if length.amounts[-1].unit != "hour":
        return None
    return LengthRead((*length.amounts, Amount(30, "minute")), half.end)


def _amount(line: Line, at: int, *, joined: bool, is_first: bool) -> tuple[Amount, int] | None:
    half = line.take(at, "half")
    if half and (unit := line.take(half.end, "unit")) and unit.value == "hour":
        return Amount(30, "minute", joined), unit.end
    figure = line.figure(at, may_glue=not is_first)
    number = (figure, at + 1) if figure is not None else line.number(at)
    is_plain = number is not None and line.take(number[1], "unit", may_glue=True) is not None
    part = None if is_plain else _decimal_hours(line, at) or _hours_and_part(line, at)
    if part:
        return part
    if number is None:
        return None
    unit = line.take(number[1], "unit", may_glue=True)
    if unit is None or (unit.end < len(line) and line.is_glued(unit.end) and line.kind(unit.end) == "word"):
        return None
    return Amount(number[0], unit.value, joined, len(unit.word) <= 3 and unit.word.isascii()), unit.end


def _decimal_hours(line: Line, at: int) -> tuple[Amount, int] | None:
    """`1.5 hours`, in minutes."""
    whole, part = line.figure(at, most=99), line.figure(at + 2, may_glue=True, most=99)
    if whole is None or part is None or not line.symbol(at + 1, ".") or not line.is_glued(at + 2):
        return None
    unit = line.take(at + 3, "unit", may_glue=True)
    if unit is None or unit.value != "hour":
        return None
    digits = len(line.tokens[at + 2].text)
    return Amount(whole * 60 + round(part * 60 / 10**digits), "minute"), unit.end


def _hours_and_part(line: Line, at: int) -> tuple[Amount, int] | None:
    """`two and a half hours`, `ڈیڑھ گھنٹے`, `ساڑھے تین گھنٹے`, in minutes."""
    whole, fraction = line.take(at, "half_hours"), line.take(at, "fraction")
    number = line.number(fraction.end if fraction else at)
    half = line.take(number[1], "and_half") if number and not fraction else None
    if whole:
        minutes, end = int(whole.value), whole.end
    elif number and (fraction or half):
        minutes = number[0] * 60 + int(fraction.value if fraction else 30)
        end = half.end if half else number[1]
    else:
        return None
    unit = line.take(end, "unit")
    return (Amount(minutes, "minute"), unit.end) if unit and unit.value == "hour" else None
