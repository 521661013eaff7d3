"""Fields of a task's body that need reading: priorities, dues, reminders, recurrences."""

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from foundation.http import shapes
from foundation.http.error_bounds import named_errors, show_value
from foundation.http.fields import TextField, unknown_names
from tasks_app import recurrence as rec
from tasks_app.models import Priority
from tasks_app.operations.reminders.plan import MAX_REMINDERS
from tasks_app.values.fields import AtInstant, AtWall, OnDay, ReminderInput, When
from tasks_app.values.moments import read_moment, refuse_moment
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


@extend_schema_field(shapes.visible_text(most=_MAX_TITLE))
class TitleField(TextField):
    """A title: 1 to 200 characters, without those that cannot be seen."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_length": _MAX_TITLE, **options})

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return super().run_validation(clean_line(data) if isinstance(data, str) else data)


@extend_schema_field(shapes.ref("WantedPriority"))
class PriorityField(InputField):
    default_error_messages = {
        "invalid_choice": "{value} is no priority: write low, medium, high or urgent, in quotes."
    }

    def to_internal_value(self, data: object) -> Priority:
        if not isinstance(data, str) or data.lower() not in PRIORITIES:
            self.fail("invalid_choice", value=show_value(data))
        return PRIORITIES[data.lower()]


@extend_schema_field({"type": "boolean"})
class FlagField(InputField):
    default_error_messages = {
        "invalid": "{value} is neither true nor false: write one of them, without quotes."
    }

    def to_internal_value(self, data: object) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", value=show_value(data))
        return data


@extend_schema_field({"type": "array", "items": shapes.ref("TagName"), "maxItems": MAX_TAGS})
class TagsField(InputField):
    default_error_messages = {
        "not_a_list": '{value} is no list of names: write one such as ["home"].',
        "invalid": "{value} is no tag: write a name of 1 to 50 characters without comma and control characters.",
        "too_many": "These are {count:,} tags: a task has at most 50.",
    }

    def to_internal_value(self, data: object) -> tuple[str, ...]:
        if not isinstance(data, list):
            self.fail("not_a_list", value=show_value(data))
        if len(data) > MAX_TAGS_READ:
            self.fail("too_many", count=len(data))
        wrong = {index: name for index, name in enumerate(data) if not is_tag(name)}
        if wrong:
            raise ValidationError(named_errors(wrong, self._error))
        count = len({tag_key(name) for name in data})
        if count > MAX_TAGS:
            self.fail("too_many", count=count)
        return tuple(map(clean_line, data))

    def _error(self, name: object) -> ErrorDetail:
        return ErrorDetail(self.error_messages["invalid"].format(value=show_value(name)), code="invalid")


def is_tag(name: object) -> bool:
    """Whether a tag may be called so."""
    if not isinstance(name, str) or len(name) > MAX_PADDED_NAME or "," in name:
        return False
    if not 1 <= len(clean_line(name)) <= MAX_TAG_NAME:
        return False
    return 1 <= len(tag_key(name)) <= MAX_TAG_KEY and not any(map(_is_control, name))


def _is_control(character: str) -> bool:
    return unicodedata.category(character) == "Cc"


@extend_schema_field(shapes.ref("Moment"))
class MomentField(InputField):
    def to_internal_value(self, data: object) -> When:
        when = read_moment(data)
        if when is None:
            raise _wrong(refuse_moment(data), code="invalid")
        return when


@extend_schema_field(shapes.ref("Day"))
class DayField(InputField):
    def to_internal_value(self, data: object) -> OnDay:
        when = read_moment(data)
        if not isinstance(when, OnDay):
            raise _wrong(refuse_moment(data, only=OnDay), code="invalid")
        return when


@extend_schema_field(shapes.ref("Time"))
class TimeField(InputField):
    def to_internal_value(self, data: object) -> AtInstant | AtWall:
        when = read_moment(data)
        if when is None or isinstance(when, OnDay):
            raise _wrong(refuse_moment(data, only=AtInstant), code="invalid")
        return when


@extend_schema_field(shapes.ref("TimeZoneName"))
class ZoneField(InputField):
    def to_internal_value(self, data: object) -> str:
        return _read_or_refuse(lambda: rec.load_zone(data)).key


@extend_schema_field(shapes.ref("Offset"))
class OffsetField(InputField):
    def to_internal_value(self, data: object) -> rec.Offset:
        return _read_or_refuse(lambda: rec.parse_offset(data))


@extend_schema_field({"type": "array", "maxItems": MAX_REMINDERS, "items": shapes.ref("WantedReminder")})
class RemindersField(InputField):
    default_error_messages = {
        "not_a_list": '{value} is no list of reminders: write one such as [{{"offset": "-PT15M"}}].',
        "too_many": "These are {count:,} reminders: a task has at most 20.",
    }

    def to_internal_value(self, data: object) -> tuple[ReminderInput, ...]:
        if not isinstance(data, list):
            self.fail("not_a_list", value=show_value(data))
        if len(data) > MAX_REMINDERS_READ:
            self.fail("too_many", count=len(data))
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
        shown = f'{show_value(item)} is no reminder: write an object such as {{"offset": "-PT15M"}}.'
        raise _wrong(shown, code="invalid_type")
    unknown = [name for name in item if name not in {"offset", "at", *_ECHOED}]
    if unknown:
        raise ValidationError(unknown_names(unknown, ("offset", "at"), what="field", code="unknown_field"))
    given = {name: item[name] for name in ("offset", "at") if item.get(name) is not None}
    if len(given) != 1:
        what = "Both offset and at are here" if given else "Neither offset nor at is here"
        raise _wrong(f"{what}: write one of them.", code="conflict" if given else "required")
    echoed = {name: item[name] for name in item if name in _ECHOED}
    if "offset" in given:
        offset = _inside("offset", lambda: OffsetField().to_internal_value(given["offset"]))
        return ReminderInput(offset=offset, echoed=echoed, path=path)
    at = _inside("at", lambda: TimeField().to_internal_value(given["at"]))
    return ReminderInput(at=at, echoed=echoed, path=path)


@extend_schema_field(shapes.ref("WantedRecurrence"))
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
