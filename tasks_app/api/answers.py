"""What tasks and reminders look like in answers: as events describe them, and what depends on the moment of reading."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from events_app.contracts.tasks import ReminderSnapshot, TaskSnapshot
from foundation.http.answers import AnswerSerializer
from tasks_app.api.inputs import RecurrenceField
from tasks_app.api.shapes import as_answered


class ReminderSerializer(AnswerSerializer):
    """A reminder as it stands in its task."""

    model = ReminderSnapshot


class ListedReminderSerializer(ReminderSerializer):
    """A reminder on its own."""

    task_id = serializers.IntegerField()
    title = serializers.CharField()
    firing = serializers.IntegerField()


@extend_schema_field(as_answered())
class AnsweredRecurrenceField(RecurrenceField):
    """A recurrence with the sentence that describes it."""


class TaskAnswerSerializer(AnswerSerializer):
    """A task as every answer, list and event shows it (events without `overdue`)."""

    model = TaskSnapshot

    reminders = ReminderSerializer(many=True)
    recurrence: Any = AnsweredRecurrenceField(allow_null=True)
    overdue = serializers.BooleanField()


class ListedTaskSerializer(TaskAnswerSerializer):
    """A task in a list, which may be one of the trash."""

    deleted_at = serializers.DateTimeField(
        required=False, help_text="Since when it is in the trash; only there."
    )
    purge_at = serializers.DateTimeField(
        required=False, help_text="From when on it may be removed for good; only in the trash."
    )


class TrashedTaskSerializer(TaskAnswerSerializer):
    """A task in the trash."""

    deleted_at = serializers.DateTimeField(help_text="Since when it is in the trash.")
    purge_at = serializers.DateTimeField(
        help_text="From when on it may be removed for good: thirty days later."
    )
