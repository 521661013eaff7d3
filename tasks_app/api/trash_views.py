"""The trash: what is there, and removing it for good."""

from typing import Any, Final

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from events_app.transports.hurry import hurry
from tasks_app.api.answers import TrashedTaskSerializer
from tasks_app.api.filters import LIST_RULES, listed_trash
from tasks_app.api.series_views import require_empty_body
from tasks_app.api.views import IF_MATCH, TaskListApi, TasksApi, terms_of
from tasks_app.models import TrashJob
from tasks_app.operations.trash.purge import empty_trash, purge_task
from tasks_app.queries.lists.pages import read_task
from tasks_app.queries.lists.task_rows import TaskRows
from tasks_app.queries.trash import trash_job_of, trashed_task
from tasks_app.values.rows import Row, instant_text

_KEPT: Final = "The log and the audit trail keep what happened to it."
_GONE: Final = f"Removed for good. {_KEPT}"


class PurgedSerializer(serializers.Serializer[Any]):
    """How many tasks were removed for good, and what is kept of them."""

    purged = serializers.IntegerField()
    detail = serializers.CharField()


class TrashJobSerializer(serializers.Serializer[Any]):
    """More than 500 tasks are on their way out of the trash."""

    id = serializers.IntegerField()
    status = serializers.ChoiceField(choices=["running", "done"])
    total = serializers.IntegerField(help_text="Tasks in the trash when it began.")
    done = serializers.IntegerField(help_text="Tasks that were removed.")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    url = serializers.CharField(help_text="Where to ask how far it is.")


class TrashJobAnswerSerializer(serializers.Serializer[Any]):
    """Accepted, and on its way."""

    job = TrashJobSerializer()
    detail = serializers.CharField()


class TrashView(TaskListApi):
    """The trash of the caller."""

    @extend_schema(
        operation_id="list_trash",
        responses=TrashedTaskSerializer(many=True),
        extensions={"x-rules": LIST_RULES},
    )
    def get(self, request: Request, **_: str) -> Response:
        """List what is in the trash, as `trashed=true` does: since when, and from when on it may be gone."""
        return self.list(request)

    @extend_schema(
        operation_id="empty_trash",
        filters=False,
        responses={
            200: PurgedSerializer,
            202: OpenApiResponse(TrashJobAnswerSerializer, description="More than 500 tasks: a job does it."),
        },
    )
    def delete(self, request: Request, **_: str) -> Response:
        """Remove all that is in the trash for good; log and audit trail keep what happened to it.

        What is deleted later stays. Again, while the job of the first call runs, it is that job.
        """
        require_empty_body(request)
        emptied = empty_trash(by=self.caller, at=timezone.now())
        if emptied.job is None:
            return Response({"purged": emptied.purged, "detail": _GONE})
        hurry("trash_jobs")
        row = trash_job_row(emptied.job)
        return Response(
            {"job": row, "detail": _KEPT}, status=status.HTTP_202_ACCEPTED, headers={"Location": row["url"]}
        )

    def find(self, request: Request) -> TaskRows:
        if request.query_params.get("trashed", "true") != "true":
            wrong = ErrorDetail("These are the tasks in the trash; write true or nothing.", code="conflict")
            raise ValidationError({"trashed": [wrong]})
        return listed_trash(request.query_params, self.caller)


class TrashedTaskView(TasksApi):
    """One task in the trash."""

    serializer_class = TrashedTaskSerializer

    @extend_schema(operation_id="read_trashed_task", responses=TrashedTaskSerializer)
    def get(self, request: Request, task_id: str, **_: str) -> Response:
        """Read a task that is in the trash: since when, and from when on it may be gone."""
        text, version = read_task(self.caller.pk, int(task_id), now=timezone.now(), trashed=True)
        return Response(text, headers={"ETag": f'"{version}"'})

    @extend_schema(operation_id="purge_task", parameters=[IF_MATCH], responses={200: PurgedSerializer})
    def delete(self, request: Request, task_id: str, **_: str) -> Response:
        """Remove a task that is in the trash for good; log and audit trail keep what happened to it."""
        trashed_task(self.caller.pk, int(task_id))
        require_empty_body(request)
        versions = terms_of(request).versions
        purge_task(int(task_id), by=self.caller, at=timezone.now(), versions=versions)
        return Response({"purged": 1, "detail": _GONE})


class TrashJobView(TasksApi):
    """How far emptying the trash is."""

    serializer_class = TrashJobAnswerSerializer

    @extend_schema(operation_id="read_trash_job", responses=TrashJobAnswerSerializer)
    def get(self, request: Request, job_id: str, **_: str) -> Response:
        """Read a job: `running`, then `done`."""
        row = trash_job_row(trash_job_of(self.caller.pk, int(job_id)))
        return Response({"job": row, "detail": _KEPT})


def trash_job_row(job: TrashJob) -> Row:
    """Return a job as the API answers it."""
    return {
        "id": job.pk,
        "status": job.status,
        "total": job.total,
        "done": job.done,
        "created_at": instant_text(job.created_at),
        "finished_at": instant_text(job.finished_at),
        "url": f"/api/tasks/trash/jobs/{job.pk}/",
    }
