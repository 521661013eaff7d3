"""The endpoint that says why."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from tasks_app.api.answers import ReminderSerializer
from tasks_app.api.views import TasksApi
from tasks_app.queries.explain.explanation import explain


class DueReasonsSerializer(serializers.Serializer[Any]):
    """When it is due, and why then."""

    kind = serializers.ChoiceField(choices=["timed", "floating", "day"], allow_null=True)
    local = serializers.CharField(allow_null=True)
    utc = serializers.DateTimeField(allow_null=True)
    time_zone = serializers.CharField(allow_null=True)
    note = serializers.CharField(allow_null=True, help_text="`gap` where the clocks skip the time.")
    overdue_at = serializers.DateTimeField(allow_null=True)
    why = serializers.ListField(child=serializers.CharField())


class NextReasonsSerializer(serializers.Serializer[Any]):
    """What follows, or would if it were done now; `local` is null when nothing does."""

    local = serializers.CharField(allow_null=True)
    utc = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField(allow_null=True, help_text="`gap` where the clocks skip the time.")
    task_id = serializers.IntegerField(allow_null=True, help_text="The task that was made already.")
    missed = serializers.IntegerField(help_text="Slots that are passed over.")
    why = serializers.CharField()


class ReminderReasonsSerializer(ReminderSerializer):
    """What a reminder did or will do."""

    firing = serializers.IntegerField()
    snoozed_until = serializers.DateTimeField(allow_null=True)
    fired_at = serializers.DateTimeField(allow_null=True)
    removed = serializers.BooleanField(help_text="It was taken off the task.")
    why = serializers.ListField(child=serializers.CharField())


class LedgerEntrySerializer(serializers.Serializer[Any]):
    """One thing that happened to a firing."""

    at = serializers.DateTimeField()
    what = serializers.ChoiceField(choices=["planned", "fired", "cancelled", "shown"])
    reminder_id = serializers.IntegerField(allow_null=True)
    firing = serializers.IntegerField(allow_null=True)
    fire_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField(allow_null=True)
    late = serializers.BooleanField()
    why = serializers.CharField()


class ExplanationSerializer(serializers.Serializer[Any]):
    """Why a task is due then, what comes next, what its reminders do and did."""

    task_id = serializers.IntegerField()
    due = DueReasonsSerializer()
    next = NextReasonsSerializer()
    reminders = ReminderReasonsSerializer(many=True)
    ledger = LedgerEntrySerializer(many=True)


class ExplainView(TasksApi):
    """Why a task is as it is."""

    serializer_class = ExplanationSerializer

    @extend_schema(operation_id="explain_task", responses=ExplanationSerializer)
    def get(self, request: Request, task_id: str, **_: str) -> Response:
        """Say why a task is due then, what comes next and why, what its reminders did and will do."""
        return Response(explain(self.caller, int(task_id), now=timezone.now()))
