"""Endpoints of series, and the verbs by which an occurrence is passed over."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from foundation.http.serializers import EmptySerializer
from tasks_app.api.answers import TaskAnswerSerializer
from tasks_app.api.occurrence_pages import DEFAULT_COUNT, MAX_ROWS, OccurrenceQuery, page_of
from tasks_app.api.series_serializers import (
    CurrentSeries,
    OccurrencesSerializer,
    SeriesAnswerSerializer,
    SeriesSerializer,
)
from tasks_app.api.views import IF_MATCH, TasksApi, terms_of
from tasks_app.models import Series
from tasks_app.operations.series.by_number import change_series
from tasks_app.operations.series.departures import detach_task, skip_occurrence
from tasks_app.operations.series.rules import cancel_series, delete_series
from tasks_app.queries.occurrences import occurrence_row, slot_statuses
from tasks_app.queries.series import series_of_user, series_row
from tasks_app.queries.tasks import live_task
from tasks_app.values.schedules import zone_of_series


def require_empty_body(request: Request) -> None:
    """Raise ValidationError for a body that says anything."""
    EmptySerializer(data=request.data).is_valid(raise_exception=True)


class SeriesApi(TasksApi):
    """What the series views share."""

    queryset = Series.objects.none()  # type: ignore[assignment]
    serializer_class: type[BaseSerializer[Any]] = SeriesAnswerSerializer


class SeriesView(SeriesApi):
    """One series, running or over."""

    @extend_schema(operation_id="read_series", responses=SeriesAnswerSerializer)
    def get(self, request: Request, series_id: str) -> Response:
        """Read a series: its rule, its template, its open occurrence."""
        return Response(series_row(series_of_user(self.caller.pk, int(series_id))))

    @extend_schema(
        operation_id="change_series",
        request=SeriesSerializer(partial=True),
        responses=SeriesAnswerSerializer,
    )
    def patch(self, request: Request, series_id: str) -> Response:
        """Change rule and template from the open occurrence on, as `scope=all` does; null ends the series."""
        current = CurrentSeries(series_of_user(self.caller.pk, int(series_id)))
        context = {"week_start": self.caller.week_start, "current_recurrence": current.recurrence}
        body = SeriesSerializer(current, data=request.data, partial=True, context=context)
        fields = body.series_fields()
        changed = change_series(int(series_id), fields, by=self.caller, at=timezone.now())
        return Response(series_row(changed))

    @extend_schema(operation_id="delete_series", responses={204: None})
    def delete(self, request: Request, series_id: str) -> Response:
        """End a series and move its open occurrence to the trash; done ones and history stay."""
        delete_series(int(series_id), by=self.caller, at=timezone.now())
        return Response(status=status.HTTP_204_NO_CONTENT)


class CancelSeriesView(SeriesApi):
    """Ending a series."""

    @extend_schema(operation_id="cancel_series", request=None, responses=SeriesAnswerSerializer)
    def post(self, request: Request, series_id: str) -> Response:
        """End a series; its open occurrence stays as the last. Again changes nothing."""
        series_of_user(self.caller.pk, int(series_id))
        require_empty_body(request)
        return Response(series_row(cancel_series(int(series_id), by=self.caller, at=timezone.now())))


RECURRING = {"not_recurring": "The task does not recur.", "occurrence_closed": "The occurrence is done."}


def _rows(default: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": 1, "maximum": MAX_ROWS, "default": default}


class OccurrencesView(SeriesApi):
    """The slots of a series."""

    serializer_class = OccurrencesSerializer
    query_parameters = ("n", "past", "limit", "cursor")

    @extend_schema(
        operation_id="list_occurrences",
        responses=OccurrencesSerializer,
        parameters=[
            OpenApiParameter("n", _rows(DEFAULT_COUNT), description="How many from the open one on."),
            OpenApiParameter("past", bool, description="Also what was: done, skipped, excluded, missed."),
            OpenApiParameter("limit", _rows(MAX_ROWS), description="Rows of a page."),
            OpenApiParameter("cursor", str, description="From `next` or `previous`."),
        ],
    )
    def get(self, request: Request, series_id: str) -> Response:
        """List the open occurrence and upcoming ones, in order; with past everything that was as well."""
        series = series_of_user(self.caller.pk, int(series_id))
        asked = OccurrenceQuery.of(request.query_params)
        user_zone = self.caller.zone
        rows = slot_statuses(
            series, user_zone=user_zone, now=timezone.now(), count=asked.count, with_past=asked.past
        )
        page, links = page_of(rows, asked, url=request.build_absolute_uri())
        zone = zone_of_series(series, user_zone)
        return Response({"results": [occurrence_row(each, zone) for each in page], **links})


class SkipView(TasksApi):
    """Passing over an occurrence."""

    serializer_class = TaskAnswerSerializer

    @extend_schema(
        operation_id="skip_occurrence",
        extensions={"x-rules": RECURRING},
        request=None,
        parameters=[IF_MATCH],
        responses={
            200: OpenApiResponse(TaskAnswerSerializer, description="The occurrence that is open now."),
            204: OpenApiResponse(description="It was the last one."),
        },
    )
    def post(self, request: Request, task_id: str, **_: str) -> Response:
        """Skip this occurrence of a recurring task; its slot counts, and the next one is made."""
        live_task(self.caller.pk, int(task_id))
        require_empty_body(request)
        terms = terms_of(request)
        following = skip_occurrence(int(task_id), by=self.caller, at=timezone.now(), terms=terms)
        if following is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        return self.answer(following)


class DetachView(TasksApi):
    """Leaving a series."""

    serializer_class = TaskAnswerSerializer

    @extend_schema(
        operation_id="detach_task",
        extensions={"x-rules": RECURRING},
        request=None,
        parameters=[IF_MATCH],
        responses=TaskAnswerSerializer,
    )
    def post(self, request: Request, task_id: str, **_: str) -> Response:
        """Take this task out of its series; it recurs no more, and the series goes on without it."""
        live_task(self.caller.pk, int(task_id))
        require_empty_body(request)
        terms = terms_of(request)
        return self.answer(detach_task(int(task_id), by=self.caller, at=timezone.now(), terms=terms))
