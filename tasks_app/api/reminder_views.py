"""Reminder endpoints."""

from datetime import datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.utils import timezone
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from foundation.http import shapes
from foundation.http.keyset import SortKey
from tasks_app import recurrence as rec
from tasks_app.api.answers import ListedReminderSerializer
from tasks_app.api.filters import ReminderFilter
from tasks_app.api.inputs import read_reminder
from tasks_app.api.serializers import NewReminderSerializer, SnoozeSerializer
from tasks_app.api.views import IF_MATCH, TasksApi, terms_of
from tasks_app.models import Reminder
from tasks_app.operations.reminders.edit import (
    add_reminder,
    change_reminder,
    remove_reminder,
    snooze_reminder,
)
from tasks_app.queries.reminders import reminder_of, reminders_of
from tasks_app.queries.tasks import live_task
from tasks_app.values.fields import AtInstant, AtWall
from tasks_app.values.rows import Row, reminder_row

_REMINDER_BODY = {"application/json": shapes.ref("WantedReminder")}


class RemindersView(TasksApi):
    """The caller's reminders, by when they fire."""

    queryset = Reminder.objects.none()  # type: ignore[assignment]
    serializer_class: type[BaseSerializer[Any]] = ListedReminderSerializer
    filter_backends = (DjangoFilterBackend,)
    filterset_class = ReminderFilter
    ordering = (SortKey("fire_at", nullable=True), SortKey("id", nullable=False))

    @extend_schema(operation_id="list_reminders", responses=ListedReminderSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List reminders, the next to fire first."""
        return self.list(request)

    def list(self, request: Request) -> Response:
        """Answer one page in one query."""
        page = self.paginate_queryset(self.filter_queryset(cast(Any, reminders_of(self.caller.pk))))
        return self.get_paginated_response([listed_row(each) for each in cast(list[Reminder], page)])


class ReminderView(TasksApi):
    """One reminder."""

    serializer_class = NewReminderSerializer

    @extend_schema(
        operation_id="change_reminder",
        request=_REMINDER_BODY,
        responses=ListedReminderSerializer,
        parameters=[IF_MATCH],
    )
    def patch(self, request: Request, reminder_id: str) -> Response:
        """Give a reminder another offset or instant."""
        reminder_of(self.caller.pk, int(reminder_id))
        given = read_reminder(request.data, path="")
        versions = terms_of(request).versions
        return _answer(
            change_reminder(int(reminder_id), given, by=self.caller, at=timezone.now(), versions=versions)
        )

    @extend_schema(operation_id="remove_reminder", responses={204: None}, parameters=[IF_MATCH])
    def delete(self, request: Request, reminder_id: str) -> Response:
        """Take a reminder off its task."""
        versions = terms_of(request).versions
        remove_reminder(int(reminder_id), by=self.caller, at=timezone.now(), versions=versions)
        return Response(status=status.HTTP_204_NO_CONTENT)


class SnoozeView(TasksApi):
    """Reminding once more."""

    serializer_class = SnoozeSerializer

    @extend_schema(
        operation_id="snooze_reminder",
        request=SnoozeSerializer,
        responses=ListedReminderSerializer,
        parameters=[IF_MATCH],
    )
    def post(self, request: Request, reminder_id: str) -> Response:
        """Plan a new firing of the same reminder; later occurrences stay as they are."""
        reminder_of(self.caller.pk, int(reminder_id))
        body = SnoozeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        now = timezone.now()
        until = _until(body.validated_data, now=now, zone=self.caller.zone)
        versions = terms_of(request).versions
        return _answer(
            snooze_reminder(int(reminder_id), until=until, by=self.caller, at=now, versions=versions)
        )


class TaskRemindersView(TasksApi):
    """The reminders of one task."""

    serializer_class = NewReminderSerializer

    @extend_schema(
        operation_id="add_reminder",
        request=_REMINDER_BODY,
        responses={201: ListedReminderSerializer},
        parameters=[IF_MATCH],
    )
    def post(self, request: Request, task_id: str, **_: str) -> Response:
        """Add a reminder; of a recurring task also to what comes, if it is relative."""
        live_task(self.caller.pk, int(task_id))
        given = read_reminder(request.data, path="")
        versions = terms_of(request).versions
        added = add_reminder(int(task_id), given, by=self.caller, at=timezone.now(), versions=versions)
        return _answer(added, status=status.HTTP_201_CREATED)


def _answer(reminder: Reminder, *, status: int = 200) -> Response:
    """Answer a reminder with the version of its task, which is what `If-Match` goes by."""
    return Response(listed_row(reminder), status=status, headers={"ETag": f'"{reminder.task.version}"'})


def listed_row(reminder: Reminder) -> Row:
    """Return a reminder as it is listed on its own."""
    return {
        **reminder_row(reminder),
        "task_id": reminder.task_id,
        "title": reminder.task.title,
        "firing": reminder.firing,
    }


def _until(body: dict[str, Any], *, now: datetime, zone: ZoneInfo) -> datetime:
    if ("minutes" in body) == ("until" in body):
        what = "Both minutes and until are here" if "until" in body else "Neither minutes nor until is here"
        raise ValidationError({"minutes": [ErrorDetail(f"{what}: write one of them.", code="required")]})
    if "minutes" in body:
        return now + timedelta(minutes=body["minutes"])
    until = cast(AtInstant | AtWall, body["until"])
    return until.instant if isinstance(until, AtInstant) else rec.resolve_within(until.wall, zone).instant
