"""Taking back: out of the trash, and what was changed last."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.http.serializers import StrictSerializer
from tasks_app.api.answers import TaskAnswerSerializer
from tasks_app.api.views import IF_MATCH, TasksApi, terms_of
from tasks_app.operations.trash.trash import restore_task
from tasks_app.operations.undo.undo import undo_change


class RestoreView(TasksApi):
    """Out of the trash."""

    serializer_class = TaskAnswerSerializer

    @extend_schema(
        operation_id="restore_task", request=None, parameters=[IF_MATCH], responses=TaskAnswerSerializer
    )
    def post(self, request: Request, task_id: str, **_: str) -> Response:
        """Take a task out of the trash, where it stays for thirty days; one that is not in it stays as it is.

        What was deleted along with its whole series comes back with the series.
        """
        versions = terms_of(request).versions
        full = restore_task(int(task_id), by=self.caller, at=timezone.now(), versions=versions)
        return self.answer(full)


class UndoSerializer(StrictSerializer[Any]):
    """Which change to take back: the one that made this version; by default your last one that is in force."""

    version = serializers.IntegerField(
        required=False, min_value=1, max_value=2**31 - 1, help_text="As the change's answer and event say it."
    )


class UndoView(TasksApi):
    """A change of a task."""

    serializer_class = UndoSerializer

    @extend_schema(
        operation_id="undo_change",
        request=UndoSerializer,
        parameters=[IF_MATCH],
        responses={
            200: TaskAnswerSerializer,
            204: OpenApiResponse(description="Its creation was undone: the task is in the trash."),
            409: OpenApiResponse(
                description="`nothing_to_undo`, `changed_since` or `series_changed`; `detail` says why."
            ),
        },
    )
    def post(self, request: Request, task_id: str, **_: str) -> Response:
        """Take back a change of this task and of its series, yours or an agent's; without `version` the last in force.

        It is a change too: undone by its own version, it is done again. Without `version` each call goes a step
        further back.
        """
        body = UndoSerializer(data=request.data)
        with self.absent_first(int(task_id), trashed_too=True):
            body.is_valid(raise_exception=True)
        full = undo_change(
            int(task_id),
            by=self.caller,
            at=timezone.now(),
            version=body.validated_data.get("version"),
            versions=terms_of(request).versions,
        )
        if full is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        return self.answer(full)
