"""Fields of a task's body that need reading: priorities, dues, reminders, recurrences."""

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from foundation.http.error_bounds import name_errors
from foundation.http.serializers import UNKNOWN_FIELD
from tasks_app import recurrence as rec
from tasks_app.models import Priority
from tasks_app.values.fields import AtInstant, AtWall, OnDay, ReminderInput, When
from tasks_app.values.moments import read_moment
from tasks_app.values.rows import Row
from tasks_app.values.tag_names import MAX_TAG_KEY, MAX_TAG_NAME, MAX_TAGS, tag_key
from tasks_app.values.texts import clean_line

PRIORITIES = {str(each.label): each for each in Priority} | {
    "normal": Priority.MEDIUM,
    "critical": Priority.URGENT,
}
_MAX_TITLE = 200
MAX_REMINDERS_READ = 100
MAX_TAGS_READ = 4 * MAX_TAGS  # a tag may be there in several spellings
MAX_PADDED_NAME = 4 * MAX_TAG_NAME  # a name may have blanks around it, but not a million
_ECHOED = frozenset({"id", "fire_at", "status", "reason", "late"})
_T = TypeVar("_T")


class InputField(serializers.Field[Any, Any, Any, Any]):
    """A field that is only read; the row functions decide how it looks in answers."""

    def to_representation(self, value: Any) -> Any:
        return value


class TitleField(serializers.CharField):
    """A title: 1 to 200 characters, without those that cannot be seen."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": _MAX_TITLE, **options})

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return super().run_validation(clean_line(data) if isinstance(data, str) else data)


@extend_schema_field({"type": "string", "enum": ["low", "medium", "high", "urgent"]})
class PriorityField(InputField):
    default_error_messages = {"invalid_choice": "Write low, medium, high or urgent."}

    def to_internal_value(self, data: object) -> Priority:
        if not isinstance(data, str) or data.lower() not in PRIORITIES:
            self.fail("invalid_choice")
        return PRIORITIES[data.lower()]


@extend_schema_field({"type": "boolean"})
class FlagField(InputField):
    default_error_messages = {"invalid": "Write true or false."}

    def to_internal_value(self, data: object) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


@extend_schema_field(
    {"type": "array", "items": {"type": "string", "maxLength": MAX_TAG_NAME}, "maxItems": MAX_TAGS}
)
class TagsField(InputField):
    default_error_messages = {
        "not_a_list": "Write a list of names.",
        "invalid": "A tag is a name of 1 to 50 characters without comma.",
        "too_many": "A task has at most 50 tags.",
    }

    def to_internal_value(self, data: object) -> tuple[str, ...]:
        if not isinstance(data, list):
            self.fail("not_a_list")
        if len(data) > MAX_TAGS_READ:
            self.fail("too_many")
        wrong = [index for index, name in enumerate(data) if not is_tag(name)]
        if wrong:
            raise ValidationError(name_errors(wrong, self._error()))
        if len({tag_key(name) for name in data}) > MAX_TAGS:
            self.fail("too_many")
        return tuple(map(clean_line, data))

    def _error(self) -> ErrorDetail:
        return ErrorDetail(str(self.error_messages["invalid"]), code="invalid")


def is_tag(name: object) -> bool:
    """Whether a tag may be called so."""
    if not isinstance(name, str) or len(name) > MAX_PADDED_NAME or "," in name:
        return False
    if not 1 <= len(clean_line(name)) <= MAX_TAG_NAME:
        return False
    return 1 <= len(tag_key(name)) <= MAX_TAG_KEY and not any(map(_is_control, name))


def _is_control(character: str) -> bool:
    return unicodedata.category(character) == "Cc"


@extend_schema_field(
    {"type": ["string", "null"], "examples": ["2026-03-29T10:00:00Z", "2026-03-29T10:00", "2026-03-29"]}
)
class MomentField(InputField):
    default_error_messages = {
        "invalid": "Write a time such as 2026-03-29T10:00:00Z, or a date, from 1970 to 9999."
    }

    def to_internal_value(self, data: object) -> When:
        when = read_moment(data)
        if when is None:
            self.fail("invalid")
        return when


@extend_schema_field({"type": ["string", "null"], "format": "date"})
class DayField(InputField):
    default_error_messages = {"invalid": "Write a date such as 2026-03-29, from 1970 to 9999."}

    def to_internal_value(self, data: object) -> OnDay:
        when = read_moment(data)
        if not isinstance(when, OnDay):
            self.fail("invalid")
        return when


@extend_schema_field({"type": ["string", "null"]})
class TimeField(InputField):
    default_error_messages = {"invalid": "Write a time such as 2026-03-29T10:00:00Z."}

    def to_internal_value(self, data: object) -> AtInstant | AtWall:
        when = read_moment(data)
        if when is None or isinstance(when, OnDay):
            self.fail("invalid")
        return when


@extend_schema_field({"type": ["string", "null"], "examples": ["Europe/Madrid"]})
class ZoneField(InputField):
    def to_internal_value(self, data: object) -> str:
        return _read_or_refuse(lambda: rec.load_zone(data)).key


@extend_schema_field(
    {"type": ["string", "null"], "examples": ["-PT15M", "15m", "-P1D", "2 days before", "PT2H"]}
)
class OffsetField(InputField):
    def to_internal_value(self, data: object) -> rec.Offset:
        return _read_or_refuse(lambda: rec.parse_offset(data))


@extend_schema_field(
    {
        "type": "array",
        "maxItems": 20,
        "items": {
            "type": "object",
            "description": "Either offset or at.",
            "properties": {
                "offset": {"type": ["string", "null"], "examples": ["-PT15M"]},
                "at": {"type": ["string", "null"], "format": "date-time"},
            },
        },
    }
)
class RemindersField(InputField):
    default_error_messages = {"not_a_list": "Write a list of reminders.", "too_many": "At most 20 reminders."}

    def to_internal_value(self, data: object) -> tuple[ReminderInput, ...]:
        if not isinstance(data, list):
            self.fail("not_a_list")
        if len(data) > MAX_REMINDERS_READ:
            self.fail("too_many")
        wrong: dict[Any, Any] = {}
        read = []
        for index, item in enumerate(data):
            try:
                read.append(read_reminder(item, path=f"{self.field_name}[{index}]"))
            except ValidationError as error:
                wrong[index] = error.detail
        if wrong:
            raise ValidationError(wrong)
        return tuple(read)


def read_reminder(item: object, *, path: str) -> ReminderInput:
    """Read `{offset}` or `{at}`; what else a client was given of it is kept to be compared."""
    if not isinstance(item, Mapping):
        raise _wrong("A reminder is an object with offset or at.", code="invalid_type")
    unknown = [name for name in item if name not in {"offset", "at", *_ECHOED}]
    if unknown:
        raise ValidationError(name_errors(unknown, UNKNOWN_FIELD))
    given = {name: item[name] for name in ("offset", "at") if item.get(name) is not None}
    if len(given) != 1:
        raise _wrong("Write either offset or at.", code="conflict" if given else "required")
    echoed = {name: item[name] for name in item if name in _ECHOED}
    if "offset" in given:
        offset = _inside("offset", lambda: OffsetField().to_internal_value(given["offset"]))
        return ReminderInput(offset=offset, echoed=echoed, path=path)
    at = _inside("at", lambda: TimeField().to_internal_value(given["at"]))
    return ReminderInput(at=at, echoed=echoed, path=path)


@extend_schema_field(
    {
        "description": "An object, an RRULE text (RFC 5545, FREQ from MINUTELY to YEARLY, every BY part), or a word"
        " such as daily; see the recurrence guide. Of a rule in which no day of the month can be lacking, overflow is"
        " omit, and naming clamp is refused. The object as it was answered may be sent back.",
        "type": ["object", "string", "null"],
        "properties": {
            "rule": {"type": "string"},
            "anchor": {"type": "string", "enum": ["future", "due", "completion"]},
            "overflow": {"type": "string", "enum": ["clamp", "omit"]},
            "advance": {"type": "string", "enum": ["completed", "scheduled"]},
            "text": {"type": "string", "readOnly": True},
        },
    }
)
class RecurrenceField(InputField):
    """Needs `week_start` and, when a task is changed, `current_recurrence` in the serializer's context."""

    def to_internal_value(self, data: object) -> rec.Recurrence:
        current: Callable[[], Row | None] = self.context.get("current_recurrence", lambda: None)
        may_repeat = isinstance(data, Mapping) and ("text" in data or "overflow" in data)
        return _read_or_refuse(
            lambda: rec.parse_recurrence(
                data,
                week_start=self.context.get("week_start", "mo"),
                current=current() if may_repeat else None,
            )
        )


def _read_or_refuse(read: Callable[[], _T]) -> _T:
    """Answer what the recurrence package refuses, at the place below this field that it names."""
    try:
        return read()
    except rec.RecurrenceError as error:
        _, _, inside = error.field.partition(".")
        wrong = [ErrorDetail(error.detail, code=error.code)]
        raise ValidationError({inside: wrong} if inside else wrong) from None


def _inside(name: str, read: Callable[[], _T]) -> _T:
    try:
        return read()
    except ValidationError as error:
        raise ValidationError({name: error.detail}) from None


def _wrong(detail: str, *, code: str) -> ValidationError:
    return ValidationError([ErrorDetail(detail, code=code)])
