"""JSON JsonSchema of what a task's body holds beside plain texts and dates: components of the OpenAPI document."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from foundation.http.shapes import DAY_SCHEMA, JsonSchema, nullable, ref, visible_text
from tasks_app import recurrence as rec
from tasks_app.values.tag_names import MAX_TAG_NAME

_WHOLE: Final = "[1-9][0-9]{0,3}"
_WEEKDAYS: Final = "MO|TU|WE|TH|FR|SA|SU"
_DAY_OF_MONTH: Final = "[+-]?(?:0?[1-9]|[12][0-9]|3[01])"
_MONTH: Final = "(?:0?[1-9]|1[0-2])"
_UNTIL_DAY: Final = "(?:19[7-9][0-9]|[2-9][0-9]{3})(?:0[1-9]|1[0-2])(?:0[1-9]|1[0-9]|2[0-8])"


def _list_of(item: str) -> str:
    return f"{item}(?:,{item})*"


_PARTS: Final = "|".join(
    (
        f"INTERVAL={_WHOLE}",
        f"COUNT={_WHOLE}",
        f"UNTIL={_UNTIL_DAY}(?:T(?:[01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]Z?)?",
        f"BYMONTH={_list_of(_MONTH)}",
        f"BYWEEKNO={_list_of('[+-]?(?:0?[1-9]|[1-4][0-9]|5[0-3])')}",
        f"BYYEARDAY={_list_of('[+-]?(?:[1-9][0-9]?|[12][0-9]{2}|3[0-5][0-9]|36[0-6])')}",
        f"BYMONTHDAY={_list_of(_DAY_OF_MONTH)}",
        f"BYDAY={_list_of(f'(?:[+-]?(?:[1-9]|[1-4][0-9]|5[0-3]))?(?:{_WEEKDAYS})')}",
        f"BYHOUR={_list_of('(?:[01]?[0-9]|2[0-3])')}",
        f"BYMINUTE={_list_of('[0-5]?[0-9]')}",
        "BYSECOND=0",
        f"BYSETPOS={_list_of('[+-]?(?:[1-9][0-9]?|[12][0-9]{2}|3[0-5][0-9]|36[0-6])')}",
        f"WKST=(?:{_WEEKDAYS})",
    )
)
_FREQUENCIES: Final = "MINUTELY|HOURLY|DAILY|WEEKLY|MONTHLY|YEARLY"
_RULE: Final[JsonSchema] = {
    "type": "string",
    "format": "rrule",
    "minLength": 5,
    "maxLength": 500,
    "pattern": "^(?:daily|weekdays|weekly|monthly|yearly"
    f"|(?:RRULE:)?(?:FREQ=(?:{_FREQUENCIES})|(?:{_PARTS});FREQ=(?:{_FREQUENCIES}))(?:;(?:{_PARTS}))*;?)$",
    "examples": ["FREQ=WEEKLY;BYDAY=MO,TH", "daily"],
    "description": "An RRULE (RFC 5545), or a word; in any case, parts in any order and each once. What its parts must"
    " be to each other no pattern can say: see the recurrence guide.",
}
_TIME_PARTS: Final = ("[0-9]{1,5}H", "[0-9]{1,7}M", "[0-9]{1,8}S")
_TIME: Final = (
    f"T(?:{_TIME_PARTS[0]}(?:{_TIME_PARTS[1]})?(?:{_TIME_PARTS[2]})?|{_TIME_PARTS[1]}(?:{_TIME_PARTS[2]})?"
    f"|{_TIME_PARTS[2]})"
)
_UNITS: Final = "(?:minutes?|min|m|hours?|h|days?|d|weeks?|w)"
_OFFSET: Final[JsonSchema] = {
    "type": "string",
    "format": "reminder-offset",
    "maxLength": 64,
    "pattern": rf"^(?:[+-]?P(?:[0-9]{{1,3}}W|[0-9]{{1,4}}D(?:{_TIME})?|{_TIME})"
    rf"|[0-9]{{1,4}} ?{_UNITS}(?: (?:before|after))?)$",
    "examples": ["-PT15M", "15m", "-P1D", "2 days before", "PT2H"],
    "description": "From the due: an ISO 8601 duration, negative before it, or numbers with units, which count before"
    " it unless after ends them. At most 3,660 days; after a due with a time at most 30.",
}
_ECHOED: Final[JsonSchema] = {
    name: {"readOnly": True} for name in ("id", "fire_at", "status", "reason", "late")
}


def _reminder(name: str, schema: JsonSchema, *, other: str) -> JsonSchema:
    return {
        "type": "object",
        "required": [name],
        "properties": {name: schema, other: {"type": "null"}, **_ECHOED},
        "additionalProperties": False,
    }


_OPTIONS: Final[JsonSchema] = {
    "anchor": {"type": "string", "enum": [each.value for each in rec.Anchor]},
    "overflow": {"type": "string", "enum": [each.value for each in rec.Overflow]},
    "advance": {"type": "string", "enum": [each.value for each in rec.Advance]},
    "ends": {"type": ["string", "null"], "enum": ["never", None]},
    "text": {"type": "string", "readOnly": True},
}


def _recurrence(required: str, **properties: JsonSchema) -> JsonSchema:
    return {
        "type": "object",
        "required": [required],
        "properties": {**properties, **_OPTIONS},
        "additionalProperties": False,
    }


def _whole(most: int) -> JsonSchema:
    return {"type": ["integer", "null"], "minimum": 1, "maximum": most}


def zone_name(names: Iterable[str]) -> JsonSchema:
    """Return the schema of the name of a time zone: no enumeration, of which clients would make 600 constants."""
    return {
        "type": "string",
        "pattern": f"^(?:{'|'.join(sorted(names)).replace('+', '[+]')})$",
        "examples": ["Europe/Madrid"],
        "description": "An IANA name, spelled exactly; the pattern has all that there are.",
    }


_PLAIN: Final[JsonSchema] = _recurrence(
    "frequency",
    frequency={"type": "string", "enum": [str(each).lower() for each in rec.Frequency]},
    interval=_whole(1000),
    weekdays={
        "type": ["array", "null"],
        "minItems": 1,
        "maxItems": 50,
        "items": {"type": "string", "enum": [each.name.lower() for each in rec.Weekday]},
    },
    end_date=nullable(DAY_SCHEMA),
    count=_whole(10_000),
)
REMINDER_RULES: Final[dict[str, str]] = {
    "past": "A reminder at an instant that has passed.",
    "no_due": "A reminder by an offset without a due that it counts from.",
    "out_of_range": "A due that lies outside of 1970 to 9999 in its zone, or an offset that lies too far from it.",
    "too_many": "Reminders beyond 20 together with those that are there.",
    "task_completed": "The task is done, so there is nothing to be reminded of.",
}
TASK_COMPONENTS: Final[Mapping[str, JsonSchema]] = {
    "TagName": visible_text(
        most=MAX_TAG_NAME,
        besides=r",\u0000-\u001f\u007f-\u009f",
        description="No comma and no control character. Names are one after NFKC and casefold.",
    ),
    "WantedPriority": {
        "type": "string",
        "enum": ["low", "medium", "high", "urgent", "normal", "critical"],
        "description": "In any case; normal is medium, critical is urgent.",
    },
    "Offset": _OFFSET,
    "WantedReminder": {
        "description": "Either offset or at; what else was answered of a reminder may be sent back.",
        "x-rules": REMINDER_RULES,
        "oneOf": [
            _reminder("offset", ref("Offset"), other="at"),
            _reminder("at", ref("Time"), other="offset"),
        ],
    },
    "WantedOffset": _reminder("offset", ref("Offset"), other="at")
    | {"description": "An offset; an instant belongs to one occurrence alone."},
    "Rule": _RULE,
    "WantedRecurrence": {
        "description": "A rule, an object with a rule, or the plain form with a frequency. Of a rule in which no"
        " day of the month can be lacking, overflow is omit, and naming clamp is refused. The object as it was"
        " answered may be sent back.",
        "oneOf": [ref("Rule"), _recurrence("rule", rule=ref("Rule")), _PLAIN],
    },
}
TASK_RULES: Final[dict[str, str]] = {
    "conflict": "Two fields say different things: names of one due (due_at, due_date, due_on), of one reminder"
    " (reminders, reminder_offset, reminder_at, remind_at); a floating due with a zone of its own or without a time;"
    " parts of a rule that exclude each other.",
    **REMINDER_RULES,
    "required": "A rule without a due that it counts from.",
    "taken": "The series has had an occurrence at this time.",
    "invalid_value": "A rule that ends before its first occurrence.",
    "missing_part": "BYSETPOS without another BY part, or a rule without FREQ.",
    "duplicate_part": "A part of a rule that stands twice.",
    "impossible_day": "A day of the month that none of the months has.",
    "too_rare": "A rule whose second occurrence comes more than 50 years after the first, or never.",
    "too_frequent": "A rule with more than one occurrence in five minutes, or in an hour where it goes on by itself.",
    "needs_time": "A rule of hours or minutes for a whole day.",
    "by_parts_with_completion": "BY parts in a rule that counts from completions.",
    "several_days": "A move of a series that has several days in its rule.",
    "not_recurring": "A scope of a task that does not recur.",
    "occurrence_closed": "A change of the series by an occurrence that is done.",
    "series_ended": "A change of a series that has ended.",
}


def as_answered() -> JsonSchema:
    """Return the schema of a recurrence in answers."""
    text: JsonSchema = {"type": "string"}
    named: dict[str, Any] = {name: _OPTIONS[name] for name in ("anchor", "overflow", "advance")}
    return {
        "type": "object",
        "required": ["rule", "anchor", "overflow", "text"],
        "properties": {"rule": text, **named, "text": text},
    }
