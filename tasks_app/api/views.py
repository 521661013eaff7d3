"""Task endpoints: parse, call one operation or query, answer."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.utils import timezone
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts_app.credentials.scopes import READ_ACCESS, TASKS_ACCESS
from accounts_app.models import User
from foundation.http import shapes
from foundation.http.error_bounds import show_value
from foundation.http.fields import not_among
from tasks_app.api.answers import ListedTaskSerializer, TaskAnswerSerializer
from tasks_app.api.filters import LIST_RULES, TaskFilter, listed_tasks
from tasks_app.api.serializers import (
    CompletionSerializer,
    CurrentTask,
    PreviewAnswerSerializer,
    PreviewSerializer,
    TaskSerializer,
)
from tasks_app.models import Task
from tasks_app.operations.completion import complete_task, reopen_task, toggle_task
from tasks_app.operations.tasks import create_task, delete_task, update_task
from tasks_app.queries.lists.pages import page_text, read_task
from tasks_app.queries.lists.task_rows import TaskRows
from tasks_app.queries.previews import preview_occurrences
from tasks_app.queries.tasks import FullTask, known_task, live_task
from tasks_app.values.fields import Scope, Terms

SCOPE = OpenApiParameter("scope", str, enum=[each.value for each in Scope], description="Which occurrences.")
IF_MATCH = OpenApiParameter(
    "If-Match",
    shapes.VERSION_TAGS,
    OpenApiParameter.HEADER,
    description='Versions such as "3", or * for any.',
)
_VERBS = {None: toggle_task, True: complete_task, False: reopen_task}
_TAG = re.compile(r'"[\x21\x23-\x7e\x80-\xff]*"')  # an entity-tag of RFC 9110, 8.8.3
_VERSION = re.compile(r'"[0-9]{1,18}"')


class TasksApi(GenericAPIView[Task]):
    """What the task views share."""

    queryset = Task.objects.none()
    token_access = TASKS_ACCESS
    serializer_class: type[BaseSerializer[Any]] = TaskSerializer

    @property
    def caller(self) -> User:
        return cast(User, self.request.user)

    @contextmanager
    def absent_first(self, task_id: int, *, trashed_too: bool = False) -> Iterator[None]:
        """Read a body; where it is refused, a task that is not there comes first."""
        try:
            yield
        except ValidationError:
            (known_task if trashed_too else live_task)(self.caller.pk, task_id)
            raise

    def answer(self, full: FullTask, *, status: int = 200) -> Response:
        """Answer one task with its version as ETag."""
        headers = {"ETag": f'"{full.task.version}"'}
        return Response(full.row(now=timezone.now()), status=status, headers=headers)


class TaskListApi(TasksApi):
    """What lists of tasks share."""

    filter_backends = (DjangoFilterBackend,)
    filterset_class = TaskFilter
    plain_list = False

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(cast(Any, self.find(request)))
        return self.get_paginated_response(page_text(cast(Any, page)))

    def find(self, request: Request) -> TaskRows:
        """Return the list that a request asks for."""
        return listed_tasks(request.query_params, self.caller)


class TasksView(TaskListApi):
    """The caller's tasks."""

    @extend_schema(
        operation_id="list_tasks",
        responses=ListedTaskSerializer(many=True),
        extensions={"x-rules": LIST_RULES},
    )
    def get(self, request: Request, **_: str) -> Response:
        """List tasks: pending and completed ones, earliest due first."""
        return self.list(request)

    @extend_schema(
        operation_id="create_task",
        request=TaskSerializer,
        responses={201: TaskAnswerSerializer},
        filters=False,
    )
    def post(self, request: Request, **_: str) -> Response:
        """Create a task."""
        body = TaskSerializer(data=request.data, context={"week_start": self.caller.week_start})
        full = create_task(body.task_fields(), by=self.caller, at=timezone.now())
        return self.answer(full, status=status.HTTP_201_CREATED)


class TaskView(TasksApi):
    """One task."""

    query_parameters = ("scope",)

    @extend_schema(operation_id="read_task", responses=TaskAnswerSerializer)
    def get(self, request: Request, task_id: str, **_: str) -> Response:
        """Read a task."""
        text, version = read_task(self.caller.pk, int(task_id), now=timezone.now())
        return Response(text, headers={"ETag": f'"{version}"'})

    @extend_schema(
        operation_id="replace_task",
        request=TaskSerializer,
        responses=TaskAnswerSerializer,
        parameters=[SCOPE, IF_MATCH],
    )
    def put(self, request: Request, task_id: str, **_: str) -> Response:
        """Change a task; fields that are not named stay as they are."""
        return self._change(int(task_id), partial=False)

    @extend_schema(
        operation_id="change_task",
        request=TaskSerializer(partial=True),
        responses=TaskAnswerSerializer,
        parameters=[SCOPE, IF_MATCH],
    )
    def patch(self, request: Request, task_id: str, **_: str) -> Response:
        """Change what the body names."""
        return self._change(int(task_id), partial=True)

    @extend_schema(operation_id="delete_task", responses={204: None}, parameters=[SCOPE, IF_MATCH])
    def delete(self, request: Request, task_id: str, **_: str) -> Response:
        """Move a task to the trash."""
        delete_task(int(task_id), by=self.caller, at=timezone.now(), terms=terms_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _change(self, task_id: int, *, partial: bool) -> Response:
        now, terms = timezone.now(), terms_of(self.request)
        current = CurrentTask(lambda: live_task(self.caller.pk, task_id), now=now)
        context = {"week_start": self.caller.week_start, "current_recurrence": current.recurrence}
        body = TaskSerializer(current, data=self.request.data, partial=partial, context=context)
        with self.absent_first(task_id):
            fields = body.task_fields()
        return self.answer(update_task(task_id, fields, by=self.caller, at=now, terms=terms))


class CompleteView(TasksApi):
    """Completion by a verb, for clients that toggle."""

    serializer_class = CompletionSerializer

    @extend_schema(
        operation_id="toggle_task",
        request=CompletionSerializer,
        responses=TaskAnswerSerializer,
        parameters=[IF_MATCH],
    )
    def patch(self, request: Request, task_id: str, **_: str) -> Response:
        """Complete an open task or reopen a done one; with a body set what it says."""
        body = CompletionSerializer(data=request.data)
        with self.absent_first(int(task_id)):
            body.is_valid(raise_exception=True)
        verb = _VERBS[body.validated_data.get("completed")]
        versions = terms_of(request).versions
        return self.answer(verb(int(task_id), by=self.caller, at=timezone.now(), versions=versions))


class CompletionView(TasksApi):
    """Completion as a thing that is there or not."""

    @extend_schema(
        operation_id="complete_task", request=None, responses=TaskAnswerSerializer, parameters=[IF_MATCH]
    )
    def put(self, request: Request, task_id: str, **_: str) -> Response:
        """Complete a task; again changes nothing."""
        versions = terms_of(request).versions
        return self.answer(complete_task(int(task_id), by=self.caller, at=timezone.now(), versions=versions))

    @extend_schema(
        operation_id="reopen_task",
        request=None,
        responses={200: TaskAnswerSerializer},
        parameters=[IF_MATCH],
    )
    def delete(self, request: Request, task_id: str, **_: str) -> Response:
        """Reopen a task; again changes nothing."""
        versions = terms_of(request).versions
        return self.answer(reopen_task(int(task_id), by=self.caller, at=timezone.now(), versions=versions))


def terms_of(request: Request) -> Terms:
    """Return the scope and the versions that a request asks for. Raises ValidationError."""
    scope = request.query_params.get("scope")
    if scope is not None and scope not in set(Scope):
        wrong = ErrorDetail(not_among(scope, [each.value for each in Scope]), code="invalid")
        raise ValidationError({"scope": [wrong]})
    return Terms(scope=Scope(scope) if scope else None, versions=versions_in(request.headers.get("If-Match")))


def versions_in(header: str | None) -> frozenset[int] | None:
    """Return the versions that an `If-Match` allows; None for any. Weak tags match nothing (RFC 9110, 13.1.1)."""
    if header is None or header.strip() == "*":
        return None
    tags = [tag.strip() for tag in header.split(",")]
    wrong = next((tag for tag in tags if not _TAG.fullmatch(tag.removeprefix("W/"))), None)
    if wrong is not None:
        raise ValidationError({"If-Match": [ErrorDetail(_no_tag(wrong), code="invalid")]})
    return frozenset(int(tag.strip('"')) for tag in tags if _VERSION.fullmatch(tag))


def _no_tag(text: str) -> str:
    shown = f"{show_value(text)} is no version" if text else "A version is missing"
    return f'{shown}: write the ETag of an answer, such as "3" with its quotes, several with commas, or *.'


class PreviewView(TasksApi):
    """What a recurrence would lead to."""

    serializer_class = PreviewSerializer
    writes_nothing = True
    token_access = READ_ACCESS

    @extend_schema(
        operation_id="preview_recurrence", request=PreviewSerializer, responses=PreviewAnswerSerializer
    )
    def post(self, request: Request) -> Response:
        """Return the first occurrences, beginning with the due itself."""
        body = PreviewSerializer(data=request.data, context={"week_start": self.caller.week_start})
        fields, count = body.task_fields()
        return Response(
            {"results": preview_occurrences(fields, count, zone=self.caller.zone, now=timezone.now())}
        )
