"""What looks like a date, a time or a rule and says none that a task can have: it stays text, with a problem."""

from collections.abc import Callable
from typing import Final

from .days import weekday_of
from .line import Line
from .rule_days import place_in_month
from .rules import read_times_per_period
from .spans import read_length
from .when import read_when

_FOUND_IN_TEXT: Final = ("times_per_period",)
_BEGINNINGS: Final = frozenset(
    (
        "vague", "per", "figure", "number", "unit", "few", "in", "lead", "this", "next", "every", "completion",
        "weekday", "weekdays", "rule", "part", "changing", "ordinal",
    )
)  # fmt: skip


def read_lookalike(line: Line, at: int) -> tuple[int, str] | None:
    """Return the token behind what begins at a token and says no date, and the code of its problem."""
    if _BEGINNINGS.isdisjoint(line.roles(at)):
        return None
    for read, code in _READERS:
        end = read(line, at)
        if end is not None and line.is_whole(at, end):
            return end, code
    return None


def is_told_anywhere(code: str) -> bool:
    """Whether a lookalike is nothing else in the middle of a line as well."""
    return code in _FOUND_IN_TEXT


def _vague(line: Line, at: int) -> int | None:
    taken = line.take(at, "vague")
    return taken.end if taken else None


def _changed_day(line: Line, at: int) -> int | None:
    """`last friday`, `after tomorrow`, `not before monday`, `first monday` without its month."""
    changing = line.take(at, "changing")
    if changing:
        when = read_when(line, changing.end)
        return when.end if when and when.day else None
    number, end = place_in_month(line, at)
    weekday = weekday_of(line, end) if number else None
    return weekday[1] if weekday else None


def _few(line: Line, at: int) -> int | None:
    """`in a few days`."""
    inside = line.take(at, "in")
    few = line.take(inside.end, "few") if inside else None
    unit = line.take(few.end, "unit") if few else None
    return unit.end if unit else None


def _every_few(line: Line, at: int) -> int | None:
    """`every few days`, `every 3 or 4 days`."""
    every = line.take(at, "every")
    if every is None:
        return None
    few = line.take(every.end, "few")
    unit = line.take(few.end if few else _behind_choice(line, every.end), "unit")
    return unit.end if unit else None


def _behind_choice(line: Line, at: int) -> int:
    """The token behind `3 or 4`, `3 to 4`; the same token where there is none."""
    first = line.number(at)
    joint = line.take(first[1], "or", "to") if first else None
    second = line.number(joint.end) if joint else None
    return second[1] if second else at


def _weekday_range(line: Line, at: int) -> int | None:
    """`mon-fri` without `every`."""
    first = weekday_of(line, at)
    if first is None:
        return None
    begin = first[1] + 1 if line.symbol(first[1], "-–—") else line.skip(first[1], "to")
    last = weekday_of(line, begin) if begin > first[1] else None
    return last[1] if last else None


def _bare_month(line: Line, at: int) -> int | None:
    """`by december`, `next january`: a month is no day. `in march` is part of many titles."""
    lead = line.take(at, "lead")
    begin = lead.end if lead and lead.value not in ("on", "at") else at
    following = line.skip(begin, "this", "next")
    month = line.take(following, "month") if following > at else None
    return month.end if month else None


def _length(line: Line, at: int) -> int | None:
    """`2 days ago`, `in a week and a half`."""
    begin = line.skip(at, "in")
    number = line.number(begin)
    unit = line.take(number[1], "unit", may_glue=True) if number else None
    behind = line.take(unit.end, "ago", "and_half") if unit else None
    return behind.end if behind else None


def _from_completion(line: Line, at: int) -> int | None:
    """`from completion`, `6 months after completion`, which only an interval behind `every` can count from."""
    length = read_length(line, at)
    taken = line.take(length.end, "done") if length else line.take(at, "completion")
    return taken.end if taken else None


def _plural_weekday(line: Line, at: int) -> int | None:
    """`mondays` as last word, and not as part of a name."""
    taken = line.take(at, "weekdays") or line.take(at, "rule")
    if taken is None or line.is_name(at) or (taken.value != "weekends" and not line.has(at, "weekdays")):
        return None
    return taken.end


def _bare_noon(line: Line, at: int) -> int | None:
    """`noon` without `at`: an hour of the day and nothing else, unless it is a name."""
    taken = line.take(at, "part")
    if taken is None or taken.value != "noon" or line.table.parts_alone or (at and line.is_name(at)):
        return None
    return taken.end


_READERS: Final[tuple[tuple[Callable[[Line, int], int | None], str], ...]] = (
    (read_times_per_period, "times_per_period"),
    (_changed_day, "vague_date"),
    (_few, "vague_date"),
    (_length, "vague_date"),
    (_bare_month, "vague_date"),
    (_vague, "vague_date"),
    (_every_few, "rule_refused"),
    (_weekday_range, "rule_refused"),
    (_from_completion, "by_parts_with_completion"),
    (_plural_weekday, "times_per_period"),
    (_bare_noon, "not_read_here"),
)
