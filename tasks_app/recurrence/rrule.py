"""Parsing an RRULE string (RFC 5545, section 3.3.10) with the parts that are supported."""

import re
from datetime import UTC, date, datetime
from typing import Final

from .bounds import (
    MAX_COUNT,
    MAX_INTERVAL,
    MAX_ORDINAL_IN_YEAR,
    MAX_RULE_CHARACTERS,
    MAX_SET_POSITION,
    check_rule,
)
from .errors import RuleRefused, quote_value
from .rule import ByDay, Frequency, Rule, Until, Weekday

PARTS: Final = (
    "FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYWEEKNO", "BYYEARDAY", "BYMONTHDAY", "BYDAY",
    "BYHOUR", "BYMINUTE", "BYSECOND", "BYSETPOS", "WKST",
)  # fmt: skip
# Properties that a calendar entry has beside its rule, and what takes their place here.
_BESIDE: Final = {
    "DTSTART": "the rule begins at the due: send due_at or due_on",
    "DTEND": "a task has one due: send due_at or due_on",
    "DURATION": "a task has one due: send due_at or due_on",
    "EXDATE": "to leave an occurrence out, skip or delete its task",
    "EXRULE": "to leave occurrences out, skip or delete their tasks",
    "RDATE": "for a date that is not on the rule, make a task of its own with due_at or due_on",
}

# Stored numbers may exceed the bounds of input, but never this one.
_MOST_STORED: Final = 999_999_999
_PREFIX: Final = "RRULE:"
_PROPERTY: Final = re.compile(rf"(?:^|[\s;:])({'|'.join(_BESIDE)})[;:=]")
_PART: Final = re.compile(r"([A-Z-]{1,40})=([0-9A-Z,+-]+)")
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,500}")
_BY_DAY: Final = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL: Final = re.compile(r"[0-9]{8}(?:T[0-9]{6}(Z)?)?")


def parse_rrule(text: str) -> Rule:
    """Return the rule of an RRULE string, in any case, with or without `RRULE:`. Raises RuleRefused."""
    if len(text) > MAX_RULE_CHARACTERS:
        raise RuleRefused(
            f"This rule has {len(text):,} characters: write at most {MAX_RULE_CHARACTERS}.", code="too_long"
        )
    return check_rule(read_rrule(text))


def read_rrule(text: str) -> Rule:
    """Return the rule of a stored RRULE string, without the bounds of input. Raises RuleRefused if it is no rule."""
    parts = _split(text.strip().upper().removeprefix(_PREFIX).removesuffix(";"))
    return Rule(
        frequency=_frequency(parts),
        interval=_number(parts, "INTERVAL", MAX_INTERVAL) or 1,
        by_month=_numbers(parts, "BYMONTH", least=1, most=12),
        by_week_no=_numbers(parts, "BYWEEKNO", least=-53, most=53),
        by_year_day=_numbers(parts, "BYYEARDAY", least=-366, most=366),
        by_month_day=_numbers(parts, "BYMONTHDAY", least=-31, most=31),
        by_day=_by_day(parts),
        by_hour=_numbers(parts, "BYHOUR", least=0, most=23),
        by_minute=_numbers(parts, "BYMINUTE", least=0, most=59),
        by_second=_numbers(parts, "BYSECOND", least=0, most=0),
        by_set_pos=_numbers(parts, "BYSETPOS", least=-MAX_SET_POSITION, most=MAX_SET_POSITION),
        count=_number(parts, "COUNT", MAX_COUNT),
        until=_until(parts),
        week_start=_week_start(parts),
    )


def _split(text: str) -> dict[str, str]:
    found = _PROPERTY.search(text)
    if found:
        raise RuleRefused(f"{found[1]} is no part of a rule; {_BESIDE[found[1]]}.", code="unknown_part")
    parts: dict[str, str] = {}
    for written in text.split(";"):
        match = _PART.fullmatch(written)
        if match is None:
            raise RuleRefused(f"{quote_value(written)} is not a part NAME=VALUE of a rule.", code="malformed")
        name, value = match.groups()
        if name not in PARTS:
            raise RuleRefused(f"{name} is not among {', '.join(PARTS)}.", code="unknown_part")
        if name in parts:
            raise RuleRefused(f"{name} stands more than once.", code="duplicate_part")
        parts[name] = value
    return parts


def _frequency(parts: dict[str, str]) -> Frequency:
    if "FREQ" not in parts:
        raise RuleRefused("A rule needs FREQ.", code="missing_part")
    if parts["FREQ"] not in Frequency.__members__:
        raise _invalid("FREQ", parts["FREQ"], f"is not among {', '.join(Frequency.__members__)}")
    return Frequency[parts["FREQ"]]


def _number(parts: dict[str, str], name: str, most: int) -> int | None:
    """Return a number from 1 on; `check_rule` refuses numbers above `most`, since stored ones may exceed it."""
    if name not in parts:
        return None
    number = _whole(name, parts[name])
    return number if 1 <= number <= _MOST_STORED else _number_within(name, parts[name], least=1, most=most)


def _numbers(parts: dict[str, str], name: str, *, least: int, most: int) -> tuple[int, ...]:
    if name not in parts:
        return ()
    numbers = {_number_within(name, item, least=least, most=most) for item in parts[name].split(",")}
    return tuple(sorted(numbers, key=lambda number: (number < 0, number)))


def _number_within(name: str, text: str, *, least: int, most: int) -> int:
    number = _whole(name, text)
    if not least <= number <= most or (number == 0 and least < 0):
        allowed = f"from {least} to {most}" if least < most else f"{least}, the only one allowed"
        raise RuleRefused(f"{name}: {quote_value(text)} is not {allowed}.", code="out_of_range")
    return number


def _whole(name: str, text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise _invalid(name, text, "is not a whole number")
    return int(text)


def _by_day(parts: dict[str, str]) -> tuple[ByDay, ...]:
    items = parts["BYDAY"].split(",") if "BYDAY" in parts else []
    return tuple(sorted({_weekday(item) for item in items}))


def _weekday(text: str) -> ByDay:
    match = _BY_DAY.fullmatch(text)
    if match is None:
        raise _invalid("BYDAY", text, "is not a weekday such as MO or -1FR")
    ordinal, name = match.groups()
    if ordinal is None:
        return ByDay(Weekday[name])
    return ByDay(
        Weekday[name], _number_within("BYDAY", ordinal, least=-MAX_ORDINAL_IN_YEAR, most=MAX_ORDINAL_IN_YEAR)
    )


def _until(parts: dict[str, str]) -> Until | None:
    text = parts.get("UNTIL")
    if text is None:
        return None
    match = _UNTIL.fullmatch(text)
    until = _read_until(text, is_instant=bool(match[1])) if match else None
    if until is None:
        raise _invalid("UNTIL", text, "is not a date or time such as 20261231")
    return until


def _read_until(text: str, *, is_instant: bool) -> Until | None:
    try:
        if "T" not in text:
            return date.fromisoformat(text)
        wall = datetime.fromisoformat(text.removesuffix("Z"))
    except ValueError:
        return None
    return wall.replace(tzinfo=UTC) if is_instant else wall


def _week_start(parts: dict[str, str]) -> Weekday | None:
    text = parts.get("WKST")
    if text is None:
        return None
    if text not in Weekday.__members__:
        raise _invalid("WKST", text, "is not a weekday such as MO")
    return Weekday[text]


def _invalid(name: str, value: str, why: str) -> RuleRefused:
    return RuleRefused(f"{name}: {quote_value(value)} {why}.", code="invalid_value")
