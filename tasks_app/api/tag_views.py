"""Tag endpoints: parse, call one operation or query, answer."""

from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from events_app.transports.hurry import hurry
from foundation.http.keyset import SortKey
from tasks_app.api.tag_serializers import (
    MergeSerializer,
    TagJobAnswerSerializer,
    TagJobSerializer,
    TagSerializer,
    tag_job_row,
    tag_row,
)
from tasks_app.api.views import TasksApi
from tasks_app.models import Tag, TagJob
from tasks_app.operations.tags.edit import TagChange, change_tag, create_tag, delete_tag, merge_tag
from tasks_app.queries.tags import known_tag, tag_job_of, tag_of, tags_of, tags_with_counts
from tasks_app.values.rows import Row

_ACCEPTED = OpenApiResponse(
    TagJobAnswerSerializer,
    "More than 500 tasks carry the tag: they are changed in chunks. Until a task is reached it says the former name.",
)


class TagsApi(TasksApi):
    """What the tag views share."""

    queryset = Tag.objects.none()  # type: ignore[assignment]
    serializer_class: type[BaseSerializer[Any]] = TagSerializer

    def answer_change(self, change: TagChange) -> Response:
        """Answer the tag, nothing when it is gone, or the job that is on its way."""
        if change.job is not None:
            hurry("tags")
            return accepted_response(change.job)
        if change.tag is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        return Response(_row(change.tag))


class TagsView(TagsApi):
    """The caller's tags."""

    ordering = (SortKey("key", nullable=False), SortKey("id", nullable=False))

    @extend_schema(operation_id="list_tags", responses=TagSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List tags by name, each with the number of its tasks."""
        return self.list(request)

    def list(self, request: Request) -> Response:
        """Answer one page in two queries."""
        page = self.paginate_queryset(cast(Any, tags_of(self.caller.pk)))
        return self.get_paginated_response(
            [tag_row(each) for each in tags_with_counts(cast(list[Tag], page))]
        )

    @extend_schema(operation_id="create_tag", request=TagSerializer, responses={201: TagSerializer})
    def post(self, request: Request) -> Response:
        """Make a tag that no task carries yet; tags also come to be when a task names them."""
        body = _validate(TagSerializer(data=request.data))
        tag = create_tag(body["name"], color=body.get("color", ""), by=self.caller, at=timezone.now())
        return Response(_row(tag), status=status.HTTP_201_CREATED)


class TagView(TagsApi):
    """One tag."""

    @extend_schema(operation_id="read_tag", responses=TagSerializer)
    def get(self, request: Request, tag_id: str) -> Response:
        """Read a tag."""
        return Response(_row(tag_of(self.caller.pk, int(tag_id))))

    @extend_schema(
        operation_id="replace_tag",
        request=TagSerializer,
        responses={200: TagSerializer, 202: _ACCEPTED},
    )
    def put(self, request: Request, tag_id: str) -> Response:
        """Rename a tag; a colour that is not named stays."""
        return self._change(tag_id, partial=False)

    @extend_schema(
        operation_id="change_tag",
        request=TagSerializer(partial=True),
        responses={200: TagSerializer, 202: _ACCEPTED},
    )
    def patch(self, request: Request, tag_id: str) -> Response:
        """Rename or colour a tag; its tasks keep it."""
        return self._change(tag_id, partial=True)

    @extend_schema(operation_id="delete_tag", responses={204: None, 202: _ACCEPTED})
    def delete(self, request: Request, tag_id: str) -> Response:
        """Take a tag off every task and remove it."""
        return self.answer_change(delete_tag(int(tag_id), by=self.caller, at=timezone.now()))

    def _change(self, tag_id: str, *, partial: bool) -> Response:
        [current] = tags_with_counts([tag_of(self.caller.pk, int(tag_id))])
        body = _validate(TagSerializer(current, data=self.request.data, partial=partial))
        return self.answer_change(change_tag(int(tag_id), **body, by=self.caller, at=timezone.now()))


class MergeTagView(TagsApi):
    """Two tags become one."""

    serializer_class = MergeSerializer

    @extend_schema(
        operation_id="merge_tag",
        request=MergeSerializer,
        responses={200: TagSerializer, 202: _ACCEPTED},
    )
    def post(self, request: Request, tag_id: str) -> Response:
        """Have this tag's tasks carry another tag instead; this one goes."""
        known_tag(self.caller.pk, int(tag_id))
        body = _validate(MergeSerializer(data=request.data))
        return self.answer_change(
            merge_tag(int(tag_id), into=body["into"], by=self.caller, at=timezone.now())
        )


class TagJobView(TagsApi):
    """How far a change of a tag is."""

    serializer_class = TagJobSerializer

    @extend_schema(operation_id="read_tag_job", responses=TagJobAnswerSerializer)
    def get(self, request: Request, job_id: str) -> Response:
        """Read a job: `running`, then `done`."""
        return Response({"job": tag_job_row(tag_job_of(self.caller.pk, int(job_id)))})


def accepted_response(job: TagJob) -> Response:
    """Answer that a job is on its way, and where to ask for it."""
    row = tag_job_row(job)
    return Response({"job": row}, status=status.HTTP_202_ACCEPTED, headers={"Location": row["url"]})


def _validate(body: BaseSerializer[Any]) -> dict[str, Any]:
    body.is_valid(raise_exception=True)
    return cast(dict[str, Any], body.validated_data)


def _row(tag: Tag) -> Row:
    [row] = tags_with_counts([tag])
    return tag_row(row)
