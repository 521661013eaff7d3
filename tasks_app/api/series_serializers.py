"""Bodies of the series endpoints."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, cast

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from foundation.http import shapes
from foundation.http.fields import TextField, WordField
from foundation.http.serializers import StrictSerializer
from tasks_app import recurrence as rec
from tasks_app.api.answers import AnsweredRecurrenceField
from tasks_app.api.inputs import (
    DayField,
    FlagField,
    MomentField,
    PriorityField,
    RecurrenceField,
    RemindersField,
    TagsField,
    TitleField,
    ZoneField,
)
from tasks_app.api.serializers import plain_fields, wanted_due_of
from tasks_app.api.shapes import TASK_RULES
from tasks_app.models import Series
from tasks_app.operations.reminders.plan import MAX_REMINDERS
from tasks_app.queries.occurrences import STATUSES
from tasks_app.queries.series import series_row
from tasks_app.values.fields import UNSET, TaskFields
from tasks_app.values.rows import Row


class CurrentSeries:
    """The series that a body would change."""

    def __init__(self, series: Series) -> None:
        self._series = series

    @cached_property
    def row(self) -> Row:
        return series_row(self._series)

    def recurrence(self) -> Row:
        """Its recurrence as it is answered."""
        return cast(Row, self.row["recurrence"])


@extend_schema_field({"type": "array", "maxItems": MAX_REMINDERS, "items": shapes.ref("WantedOffset")})
class OffsetsField(RemindersField):
    """Reminders by offsets."""


class SeriesSerializer(StrictSerializer[Any]):
    """What coming occurrences shall be: the template, the rule, and where the rule goes on from."""

    also_read_only = frozenset(
        {
            "id",
            "user_id",
            "status",
            "state",
            "stuck",
            "end_reason",
            "created_at",
            "ended_at",
            "start",
            "task_id",
        }
    )

    rules = TASK_RULES

    title = TitleField(required=False)
    description = TextField(
        max_length=10_000, allow_blank=True, allow_null=True, required=False, trim_whitespace=False
    )
    priority = PriorityField(allow_null=True, required=False)
    tags = TagsField(allow_null=True, required=False)
    due_at = MomentField(required=False)
    due_on = DayField(required=False)
    time_zone = ZoneField(allow_null=True, required=False)
    floating = FlagField(required=False)
    reminders = OffsetsField(allow_null=True, required=False)
    recurrence = RecurrenceField(allow_null=True, required=False)
    advance = WordField(choices=list(Series.Advance.values), required=False)

    def current_values(self) -> Mapping[str, Any]:
        return cast(CurrentSeries, self.instance).row

    def series_fields(self) -> TaskFields:
        """Check the body and return what it names. Raises ValidationError."""
        self.is_valid(raise_exception=True)
        body = cast(dict[str, Any], self.validated_data)
        plain = plain_fields(body)
        if "reminders" in body:
            plain["reminders"] = body["reminders"] or ()
        if "advance" in body:
            plain |= self._with_advance(plain, rec.Advance(body["advance"]))
        return TaskFields(**plain, due=wanted_due_of(body))

    def _with_advance(self, plain: dict[str, Any], advance: rec.Advance) -> dict[str, Any]:
        """Return how the series is to advance: by its own name, or as part of the recurrence beside it."""
        recurrence = plain.get("recurrence", UNSET)
        if recurrence is UNSET:
            return {"advance": advance}
        written = self.initial_data["recurrence"]
        disagrees = isinstance(written, Mapping) and written.get("advance", advance) != advance
        if recurrence is None or disagrees:
            raise ValidationError(
                {"advance": [ErrorDetail("The recurrence says otherwise.", code="conflict")]}
            )
        return {"recurrence": replace(recurrence, advance=advance), "advance": advance}

    def validate_reminders(self, value: Any) -> Any:
        """An instant belongs to one occurrence alone."""
        wrong: dict[Any, Any] = {
            i: {
                "at": [
                    ErrorDetail(
                        "An instant belongs to one occurrence: write an offset such as -PT15M.",
                        code="invalid",
                    )
                ]
            }
            for i, each in enumerate(value or ())
            if each.offset is None
        }
        if wrong:
            raise ValidationError(wrong)
        return value


class TemplateReminderSerializer(serializers.Serializer[Any]):
    """A reminder that coming occurrences get."""

    offset = serializers.CharField()


class StuckSerializer(serializers.Serializer[Any]):
    """Why the next occurrence of a series cannot be made."""

    since = serializers.DateTimeField()
    reason = serializers.CharField()
    retry_at = serializers.DateTimeField()


class SeriesAnswerSerializer(serializers.Serializer[Any]):
    """A series as it is answered."""

    id = serializers.IntegerField()
    user_id = serializers.CharField()
    status = serializers.ChoiceField(choices=["running", "ended"])
    state = serializers.ChoiceField(
        choices=["running", "paused", "stuck", "ended"],
        help_text="As `status`; `stuck` while its next occurrence cannot be made, `paused` after 100 missed in a row.",
    )
    stuck = StuckSerializer(allow_null=True)
    end_reason = serializers.ChoiceField(choices=list(Series.EndReason.values), allow_null=True)
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    recurrence = AnsweredRecurrenceField()
    advance = serializers.ChoiceField(choices=list(Series.Advance.values))
    start = serializers.CharField()
    time_zone = serializers.CharField(allow_null=True)
    floating = serializers.BooleanField()
    title = serializers.CharField()
    description = serializers.CharField()
    priority = serializers.ChoiceField(choices=["low", "medium", "high", "urgent"])
    tags = serializers.ListField(child=serializers.CharField())
    reminders = TemplateReminderSerializer(many=True)
    task_id = serializers.IntegerField(allow_null=True, help_text="The open occurrence.")


class OccurrenceSerializer(serializers.Serializer[Any]):
    """A slot: where the rule puts it, what became of it, the task that stands for it."""

    local = serializers.CharField()
    utc = serializers.DateTimeField()
    note = serializers.ChoiceField(choices=["gap", "moved"], allow_null=True)
    status = serializers.ChoiceField(choices=list(STATUSES))
    task_id = serializers.IntegerField(allow_null=True)
    count = serializers.IntegerField(
        required=False, help_text="Of more than a thousand missed slots in a row: how many, from `local` on."
    )
    last = serializers.CharField(required=False, help_text="The last of them.")


class OccurrencesSerializer(serializers.Serializer[Any]):
    """Slots in order, and the pages beside."""

    results = OccurrenceSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
