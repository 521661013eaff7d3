"""Parsing a recurrence in each accepted form: object, RRULE string, word, plain form."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Final, ParamSpec, TypeVar

from .bounds import MAX_COUNT, MAX_INTERVAL, check_options, check_overflow, check_rule, usual_overflow
from .due import FIRST_YEAR
from .errors import RuleRefused, quote_value
from .pattern import can_overflow
from .rrule import parse_rrule, read_rrule
from .rule import MONDAY_TO_FRIDAY, Advance, Anchor, ByDay, Frequency, Overflow, Recurrence, Rule, Weekday

Choice = TypeVar("Choice", bound=StrEnum)
Given = ParamSpec("Given")
_Result = TypeVar("_Result")

_WORDS: Final = {
    "daily": Rule(Frequency.DAILY),
    "weekdays": Rule(Frequency.WEEKLY, by_day=MONDAY_TO_FRIDAY),
    "weekly": Rule(Frequency.WEEKLY),
    "monthly": Rule(Frequency.MONTHLY),
    "yearly": Rule(Frequency.YEARLY),
}
_MAX_WEEKDAYS: Final = 50
_SHARED_FIELDS: Final = frozenset({"anchor", "overflow", "advance", "ends", "text"})
_STORED_FIELDS: Final = ("rule", "anchor", "overflow", "advance")
_RULE_FIELDS: Final = _SHARED_FIELDS | {"rule"}
_PLAIN_FIELDS: Final = _SHARED_FIELDS | {"frequency", "interval", "weekdays", "end_date", "count"}


def parse_recurrence(
    value: object,
    *,
    week_start: str = "mo",
    field: str = "recurrence",
    current: Mapping[str, str] | None = None,
) -> Recurrence:
    """Return the recurrence of decoded JSON: an object with a rule, an RRULE string, a word or the plain form.

    `week_start` (`mo` to `su`) is the user's, for words and the plain form. `current` is the recurrence that the task
    has, as the API answered it: a client may send it back whole, even if it would be refused today, and no other
    `text` than its own. Checks that need the start are in `check_schedule`. Raises RuleRefused, at a field below
    `field`.
    """
    first_day = Weekday[week_start.upper()]
    if isinstance(value, str):
        rule = _at(field, _rule_of, value, first_day)
        return Recurrence(rule, overflow=usual_overflow(rule))
    if not isinstance(value, Mapping):
        raise _wrong_type(field, "A recurrence is an object or a text")
    if current is not None and _repeats(value, current):
        return load_recurrence(*(current[name] for name in _STORED_FIELDS if name in current))
    _check_fields(value, field, current["text"] if current else None)
    rule = _rule_field(value, first_day, field) if "rule" in value else _plain(value, first_day, field)
    return _at(field, check_options, _with_options(rule, value, field))


@lru_cache(maxsize=4096)
def load_recurrence(
    rule: str, anchor: str, overflow: str, advance: str = Advance.COMPLETED.value
) -> Recurrence:
    """Return a stored recurrence from its canonical rule text, anchor, overflow and advance, without bounds of input.

    A `clamp` without effect becomes `omit`. Raises RuleRefused if the text is no rule.
    """
    read = read_rrule(rule)
    kept = Overflow(overflow) if can_overflow(read) else Overflow.OMIT
    return Recurrence(read, Anchor(anchor), kept, advance=Advance(advance))


def _repeats(value: Mapping[object, object], current: Mapping[str, str]) -> bool:
    """Whether a client sends the current recurrence back."""
    return current.keys() - {"text"} <= value.keys() <= current.keys() and all(
        value[name] == current[name] for name in current if name in value
    )


def _rule_of(text: str, first_day: Weekday) -> Rule:
    word = _WORDS.get(text.strip().lower())
    return parse_rrule(text) if word is None else replace(word, week_start=first_day)


def _check_fields(value: Mapping[object, object], field: str, current_text: str | None) -> None:
    known = _RULE_FIELDS if "rule" in value else _PLAIN_FIELDS
    for name in value:
        if name not in known:
            raise RuleRefused(
                f"{quote_value(name)} is not a field here; known are {', '.join(sorted(known - {'text'}))}.",
                code="unknown_field",
                field=field,
            )
    if "text" in value and (current_text is None or value["text"] != current_text):
        raise RuleRefused("The text follows from the rule.", code="read_only", field=f"{field}.text")


def _rule_field(value: Mapping[object, object], first_day: Weekday, field: str) -> Rule:
    text = value["rule"]
    if not isinstance(text, str):
        raise _wrong_type(f"{field}.rule", "A rule is a text such as FREQ=DAILY")
    return _at(f"{field}.rule", _rule_of, text, first_day)


def _plain(value: Mapping[object, object], first_day: Weekday, field: str) -> Rule:
    rule = Rule(
        frequency=_frequency(value.get("frequency"), f"{field}.frequency"),
        interval=_whole(value.get("interval"), f"{field}.interval", most=MAX_INTERVAL) or 1,
        by_day=_weekdays(value.get("weekdays"), f"{field}.weekdays"),
        count=_whole(value.get("count"), f"{field}.count", most=MAX_COUNT),
        until=_end_date(value.get("end_date"), f"{field}.end_date"),
        week_start=first_day,
    )
    return _at(field, check_rule, rule)


def _frequency(value: object, field: str) -> Frequency:
    if value is None:
        raise RuleRefused("A recurrence needs a rule or a frequency.", code="missing_part", field=field)
    if not isinstance(value, str):
        raise _wrong_type(
            field, f"{quote_value(value)} is no text: write a frequency such as daily, in quotes"
        )
    if value.upper() not in Frequency.__members__:
        names = ", ".join(each.lower() for each in Frequency)
        raise RuleRefused(f"{quote_value(value)} is not among {names}.", code="invalid_value", field=field)
    return Frequency[value.upper()]


def _whole(value: object, field: str, *, most: int) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong_type(
            field, f"{quote_value(value)} is no whole number: write one from 1 to {most}, without quotes"
        )
    if not 1 <= value <= most:
        raise RuleRefused(
            f"{quote_value(value)} is out of range: write a whole number from 1 to {most}.",
            code="out_of_range",
            field=field,
        )
    return value


def _weekdays(value: object, field: str) -> tuple[ByDay, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not value:
        raise _wrong_type(field, "Weekdays are a list such as ['mo', 'th']")
    if len(value) > _MAX_WEEKDAYS:
        raise RuleRefused(
            f"These are {len(value):,} weekdays: write at most {_MAX_WEEKDAYS}.",
            code="too_many",
            field=field,
        )
    return tuple(sorted({ByDay(_weekday(name, field)) for name in value}))


def _weekday(name: object, field: str) -> Weekday:
    if not isinstance(name, str) or name.upper() not in Weekday.__members__:
        raise RuleRefused(
            f"{quote_value(name)} is not a weekday: write mo, tu, we, th, fr, sa or su.",
            code="invalid_value",
            field=field,
        )
    return Weekday[name.upper()]


def _end_date(value: object, field: str) -> date | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise _wrong_type(field, "A date is a text YYYY-MM-DD")
    try:
        day = date.fromisoformat(value)
    except ValueError:
        day = date.min
    if day.isoformat() != value or day.year < FIRST_YEAR:
        raise RuleRefused(
            f"{quote_value(value)} is not a date YYYY-MM-DD from {FIRST_YEAR} to 9999, such as 2026-03-29.",
            code="invalid_value",
            field=field,
        )
    return day


def _with_options(rule: Rule, value: Mapping[object, object], field: str) -> Recurrence:
    never_ends = _never_ends(value.get("ends"), f"{field}.ends")
    if never_ends and rule.has_end:
        raise RuleRefused("The rule has an end of its own.", code="conflict", field=f"{field}.ends")
    return Recurrence(
        rule,
        anchor=_choice(Anchor, value.get("anchor", Anchor.FUTURE), f"{field}.anchor"),
        overflow=_overflow(rule, value, f"{field}.overflow"),
        never_ends=never_ends,
        advance=_choice(Advance, value.get("advance", Advance.COMPLETED), f"{field}.advance"),
    )


def _overflow(rule: Rule, value: Mapping[object, object], field: str) -> Overflow:
    if "overflow" not in value:
        return usual_overflow(rule)
    return _at(field, check_overflow, rule, _choice(Overflow, value["overflow"], field))


def _never_ends(value: object, field: str) -> bool:
    if value not in (None, "never"):
        raise RuleRefused(f"{quote_value(value)} is not 'never'.", code="invalid_value", field=field)
    return value is not None


def _choice(choices: type[Choice], value: object, field: str) -> Choice:
    for choice in choices:
        if choice == value:
            return choice
    names = ", ".join(choices)
    raise RuleRefused(f"{quote_value(value)} is not among {names}.", code="invalid_value", field=field)


def _wrong_type(field: str, what: str) -> RuleRefused:
    return RuleRefused(f"{what}.", code="invalid_type", field=field)


def _at(field: str, read: Callable[Given, _Result], *given: Given.args, **named: Given.kwargs) -> _Result:
    """Return `read(*given)`; a refusal is raised again at the field that the text came from."""
    try:
        return read(*given, **named)
    except RuleRefused as refused:
        raise refused.at(field) from None
