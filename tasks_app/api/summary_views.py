"""Counts of the caller's tasks."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from tasks_app.api.views import TasksApi
from tasks_app.queries.summary import summary


class ByStatusSerializer(serializers.Serializer[Any]):
    """Tasks by status."""

    pending = serializers.IntegerField()
    completed = serializers.IntegerField()


class ByPrioritySerializer(serializers.Serializer[Any]):
    """Tasks by priority."""

    low = serializers.IntegerField()
    medium = serializers.IntegerField()
    high = serializers.IntegerField()
    urgent = serializers.IntegerField()


class SummarySerializer(serializers.Serializer[Any]):
    """Each figure is what the list with that filter holds; the trash is left out."""

    total = serializers.IntegerField()
    status = ByStatusSerializer()
    priority = ByPrioritySerializer()
    tag = serializers.DictField(child=serializers.IntegerField(), help_text="Each tag's name and its tasks.")
    overdue = serializers.IntegerField(help_text="Each in its own terms, now.")
    today = serializers.IntegerField(help_text="Due on your day, without what is overdue by now.")


class SummaryView(TasksApi):
    """How many there are."""

    serializer_class: type[BaseSerializer[Any]] = SummarySerializer

    @extend_schema(operation_id="summarize_tasks", responses=SummarySerializer)
    def get(self, request: Request, **_: str) -> Response:
        """Count your tasks by status, priority and tag, and those overdue and due today."""
        return Response(summary(self.caller, now=timezone.now()))
