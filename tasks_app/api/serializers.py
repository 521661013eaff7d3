"""Bodies of the task endpoints: what comes in becomes TaskFields, what goes out is described for OpenAPI."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar, cast

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from foundation.http.fields import TextField, WholeField
from foundation.http.serializers import StrictSerializer
from tasks_app.api.inputs import (
    DayField,
    FlagField,
    MomentField,
    OffsetField,
    PriorityField,
    RecurrenceField,
    RemindersField,
    TagsField,
    TimeField,
    TitleField,
    ZoneField,
)
from tasks_app.api.shapes import TASK_RULES
from tasks_app.models import Priority, Task
from tasks_app.queries.tasks import load_full
from tasks_app.values.fields import UNSET, AtInstant, OnDay, ReminderInput, TaskFields, Unset, When
from tasks_app.values.rows import Row, instant_text

_CLEARED = {"description": "", "priority": Priority.MEDIUM, "tags": (), "completed": False, "floating": False}
MAX_SNOOZE_MINUTES = 60 * 24 * 366
MAX_PREVIEW = 200
_DUES = ("due_at", "due_date", "due_on")
_ALIASES = frozenset({*_DUES, "reminders", "reminder_offset", "reminder_at", "remind_at"})


class CurrentTask:
    """The task that a body would change; it is read only if the body repeats something of it."""

    def __init__(self, load: Callable[[], Task], *, now: datetime) -> None:
        self._load, self._now = load, now

    @cached_property
    def _task(self) -> Task:
        return self._load()

    @cached_property
    def row(self) -> Row:
        return load_full(self._task).row(now=self._now)

    def recurrence(self) -> Row | None:
        """Its recurrence as it is answered, None if it does not recur."""
        return self._task.recurrence


class TaskSerializer(StrictSerializer[Any]):
    """What a task shall be. PUT and PATCH take fields that cannot be set as well, as they were answered.

    Give a `CurrentTask` as instance when one is changed; `partial=True` demands no title.
    """

    also_read_only = frozenset(
        {"id", "user_id", "version", "created_at", "updated_at", "status", "completed_at", "overdue"}
        | {"series_id", "occurrence", "deleted_at", "purge_at"}
    )
    also_known_as = frozenset({"due_date", "reminder_offset", "reminder_at", "remind_at"})
    rules = TASK_RULES

    title = TitleField()
    description = TextField(
        max_length=10_000, allow_blank=True, allow_null=True, required=False, trim_whitespace=False
    )
    priority = PriorityField(allow_null=True, required=False)
    tags = TagsField(allow_null=True, required=False)
    completed = FlagField(allow_null=True, required=False)
    due_at = MomentField(allow_null=True, required=False)
    due_date = MomentField(allow_null=True, required=False)
    due_on = DayField(allow_null=True, required=False)
    time_zone = ZoneField(allow_null=True, required=False)
    floating = FlagField(allow_null=True, required=False)
    reminders = RemindersField(allow_null=True, required=False)
    reminder_offset = OffsetField(allow_null=True, required=False)
    reminder_at = TimeField(allow_null=True, required=False)
    remind_at = TimeField(allow_null=True, required=False)
    recurrence = RecurrenceField(allow_null=True, required=False)

    def current_values(self) -> Mapping[str, Any]:
        return cast(CurrentTask, self.instance).row

    def task_fields(self) -> TaskFields:
        """Check the body and return what it names. Raises ValidationError."""
        self.is_valid(raise_exception=True)
        return self._named(cast(dict[str, Any], self.validated_data))

    def read(self, data: object, *, current: CurrentTask | None = None) -> TaskFields:
        """As `task_fields`, for one of many bodies that one serializer reads. Raises ValidationError."""
        self.instance = current
        return self._named(self.run_validation(data))

    def _named(self, body: Mapping[str, Any]) -> TaskFields:
        return TaskFields(**plain_fields(body), due=wanted_due_of(body), reminders=self._reminders(body))

    def _reminders(self, body: Mapping[str, Any]) -> tuple[ReminderInput, ...] | Unset:
        groups = list(_reminder_groups(body, as_read=self._reminder_at_as_read(body)).items())
        if not groups:
            return UNSET
        wanted = [(name, group) for name, group in groups if group] or groups
        for name, group in wanted[1:]:
            if _identities(group) != _identities(wanted[0][1]):
                raise _conflict(name, f"{name} and {wanted[0][0]} disagree.")
        return wanted[0][1]

    def _changed_names(self, given: Mapping[str, Any]) -> list[str]:
        """Time alone makes a task overdue, under the same version: a client may have read it before."""
        was_not_yet = {"overdue"} if given.get("overdue") is False else set()
        return [name for name in super()._changed_names(given) if name not in was_not_yet]

    def _reminder_at_as_read(self, body: Mapping[str, Any]) -> frozenset[str | None]:
        """Return what `reminder_at` was under the version of now: the earliest pending one, or one fired since."""
        if self.instance is None or not {"reminder_at", "remind_at"} & set(body):
            return frozenset()
        row = self.instance.row
        fired = (
            each["fire_at"] for each in row["reminders"] if each["status"] != "pending" and each["fire_at"]
        )
        return frozenset({row["reminder_at"], *fired})


def plain_fields(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a body that mean what they say; null ones cleared."""
    return {
        name: _CLEARED.get(name) if value is None else value
        for name, value in body.items()
        if name not in _ALIASES
    }


def wanted_due_of(body: Mapping[str, Any]) -> When | Unset | None:
    """Return the due that three names may say at once; what GET answers always agrees with itself."""
    given = {name: body[name] for name in _DUES if name in body}
    if not given:
        return UNSET
    values = [value for value in given.values() if value is not None]
    if not values:
        return None
    for name, value in given.items():
        if value != values[0] and not (value is None and _may_be_null(name, values[0])):
            raise _conflict(name, "due_at, due_date and due_on disagree.")
    return cast(When, values[0])


def _may_be_null(name: str, due: When) -> bool:
    """A day has no `due_at`, a time no `due_on`."""
    return name == ("due_at" if isinstance(due, OnDay) else "due_on")


def _reminder_groups(
    body: Mapping[str, Any], *, as_read: frozenset[str | None]
) -> dict[str, tuple[ReminderInput, ...]]:
    groups: dict[str, tuple[ReminderInput, ...]] = {}
    if "reminders" in body:
        groups["reminders"] = body["reminders"] or ()
    if "reminder_offset" in body:
        offset = body["reminder_offset"]
        groups["reminder_offset"] = (
            () if offset is None else (ReminderInput(offset=offset, path="reminder_offset"),)
        )
    for name in ("reminder_at", "remind_at"):
        if name in body and not _repeats(body[name], as_read):
            at = body[name]
            groups[name] = () if at is None else (ReminderInput(at=at, path=name),)
    return groups


def _repeats(at: object, as_read: frozenset[str | None]) -> bool:
    """Whether a client sends back the `reminder_at` that it was given."""
    return (instant_text(at.instant) if isinstance(at, AtInstant) else at) in as_read


def _identities(group: tuple[ReminderInput, ...]) -> list[object]:
    return [(each.offset.days, each.offset.seconds) if each.offset else each.at for each in group]


def _conflict(name: str, detail: str) -> ValidationError:
    return ValidationError({name: [ErrorDetail(detail, code="conflict")]})


class CompletionSerializer(StrictSerializer[Any]):
    """Whether the task is done; without it the call toggles."""

    completed = FlagField(required=False)


class SnoozeSerializer(StrictSerializer[Any]):
    """`minutes` from now, or `until` an instant."""

    one_of = ("minutes", "until")
    rules: ClassVar[Mapping[str, str]] = {
        "past": "An instant that has passed.",
        "task_completed": "The task is done, so there is nothing to be reminded of.",
    }

    minutes = WholeField(required=False, min_value=1, max_value=MAX_SNOOZE_MINUTES)
    until = TimeField(required=False)


class PreviewSerializer(StrictSerializer[Any]):
    """A recurrence and where it begins."""

    rules = TASK_RULES

    recurrence = RecurrenceField()
    due_at = MomentField(required=False, allow_null=True)
    due_on = DayField(required=False, allow_null=True)
    time_zone = ZoneField(required=False, allow_null=True)
    n = WholeField(required=False, default=10, min_value=1, max_value=MAX_PREVIEW)

    def task_fields(self) -> tuple[TaskFields, int]:
        """Check the body; return what it says of a task, and how many occurrences are wanted."""
        self.is_valid(raise_exception=True)
        body = cast(dict[str, Any], self.validated_data)
        plain = {name: body[name] for name in ("recurrence", "time_zone") if name in body}
        return TaskFields(**plain, due=wanted_due_of(body)), body["n"]


class PreviewedSerializer(serializers.Serializer[Any]):
    """One occurrence."""

    local = serializers.CharField()
    utc = serializers.DateTimeField()
    note = serializers.CharField(allow_null=True)


class PreviewAnswerSerializer(serializers.Serializer[Any]):
    """Occurrences, beginning with the due itself."""

    results = PreviewedSerializer(many=True)


class NewReminderSerializer(serializers.Serializer[Any]):
    """`offset` or `at`."""

    offset = OffsetField(required=False, allow_null=True)
    at = TimeField(required=False, allow_null=True)
