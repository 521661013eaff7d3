"""Taking back: out of the trash, and what was changed last."""

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from tasks_app.api.answers import TaskAnswerSerializer
from tasks_app.api.views import IF_MATCH, TasksApi, terms_of
from tasks_app.operations.trash.trash import restore_task
from tasks_app.operations.undo.undo import undo_last_change


class RestoreView(TasksApi):
    """Out of the trash."""

    serializer_class = TaskAnswerSerializer

    @extend_schema(
        operation_id="restore_task", request=None, parameters=[IF_MATCH], responses=TaskAnswerSerializer
    )
    def post(self, request: Request, task_id: str, **_: str) -> Response:
        """Take a task out of the trash, where it stays for thirty days; one that is not in it stays as it is."""
        versions = terms_of(request).versions
        full = restore_task(int(task_id), by=self.caller, at=timezone.now(), versions=versions)
        return self.answer(full)


class UndoView(TasksApi):
    """The caller's last change of a task."""

    serializer_class = TaskAnswerSerializer

    @extend_schema(
        operation_id="undo_change",
        request=None,
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
        """Take back your last change of this task and of its series: a change too, so twice does it again."""
        versions = terms_of(request).versions
        full = undo_last_change(int(task_id), by=self.caller, at=timezone.now(), versions=versions)
        if full is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        return self.answer(full)
