"""All tasks that a client keeps, streamed: what it begins with before it follows the history."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import orjson
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.gzip import gzip_page
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from events_app.log.epochs import EpochBounds, epoch_bounds_of
from foundation.http.fields import WholeField
from tasks_app.api.filters import instant_in
from tasks_app.api.inputs import MomentField
from tasks_app.api.views import TasksApi
from tasks_app.queries.lists.snapshots import kept_tasks, read_task_lines
from tasks_app.queries.lists.task_rows import TaskRows

LINES: Final = "application/x-ndjson"
MOST_LINES: Final = 20_000
_EVERYTHING: Final = "all"


class SnapshotQuerySerializer(serializers.Serializer[Any]):
    """Which tasks, and behind which one to go on."""

    status = serializers.ChoiceField(
        choices=["pending", _EVERYTHING],
        default="pending",
        help_text="`all`: completed tasks too, whenever they were completed.",
    )
    completed_after = MomentField(
        required=False,
        help_text="Besides open tasks those completed then or later; a date is its start in your zone.",
    )
    after_id = WholeField(
        min_value=0, max_value=2**63 - 1, default=0, help_text="The last `id` that came; to go on behind it."
    )


class TaskLinesRenderer(BaseRenderer):
    """Names the media type for negotiation: the view streams lines itself."""

    media_type = LINES
    format = "ndjson"

    def render(self, data: Any, accepted_media_type: str | None = None, context: Any = None) -> bytes:
        """Return nothing: no answer of the view comes here."""
        return b""


class SnapshotView(TasksApi):
    """All tasks that a client keeps."""

    query_parameters = frozenset(("status", "completed_after", "after_id"))
    renderer_classes = (TaskLinesRenderer,)

    @method_decorator(gzip_page)
    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Answer compressed where the client reads that: ten thousand tasks are some megabytes."""
        return super().dispatch(request, *args, **kwargs)

    @extend_schema(
        operation_id="read_task_snapshot",
        parameters=[SnapshotQuerySerializer],
        responses={
            (200, LINES): OpenApiResponse(
                OpenApiTypes.STR,
                "One JSON object a line: first `sequence` and `epoch`, the place in the history from which to follow;"
                " then tasks by `id`; at last `end` with the number of tasks in this answer. Without that line go on"
                " with the last `id` as `after_id`, and follow from the first answer's place.",
            )
        },
    )
    def get(self, request: Request, **_: str) -> StreamingHttpResponse:
        """Stream the caller's tasks by id, one JSON object a line, at most 20,000 in one answer."""
        query = SnapshotQuerySerializer(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        since: datetime | None = instant_in(wanted.get("completed_after"), self.caller.zone)
        # The place first: what changes while the tasks are read is in the history behind it.
        place = epoch_bounds_of(self.caller.pk)
        tasks = kept_tasks(
            self.caller.pk,
            completed_since=since,
            everything=wanted["status"] == _EVERYTHING,
            now=timezone.now(),
        )
        return StreamingHttpResponse(_lines(place, tasks, after_id=wanted["after_id"]), content_type=LINES)


def _lines(place: EpochBounds, tasks: TaskRows, *, after_id: int) -> Iterator[bytes]:
    """Yield the lines of the answer, many at a time."""
    yield _line({"sequence": place.head, "epoch": place.epoch})
    count = 0
    for texts, is_end in read_task_lines(tasks, after_id=after_id, at_most=MOST_LINES):
        count += len(texts)
        yield "".join(f"{text}\n" for text in texts).encode()
        if is_end:
            yield _line({"end": True, "tasks": count})


def _line(value: dict[str, Any]) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)
