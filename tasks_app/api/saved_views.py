"""Endpoints of saved views: parse, call one operation or query, answer."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from foundation.http.keyset import SortKey
from tasks_app.api.saved_view_serializers import SavedViewSerializer
from tasks_app.api.views import IF_MATCH, TasksApi, versions_in
from tasks_app.models import SavedView
from tasks_app.operations.saved_views import change_view, create_view, delete_view
from tasks_app.queries.saved_views import saved_view_of, saved_view_row, saved_views_of


class SavedViewsApi(TasksApi):
    """What the endpoints of saved views share."""

    queryset = SavedView.objects.none()  # type: ignore[assignment]
    serializer_class: type[BaseSerializer[Any]] = SavedViewSerializer

    def answer_view(self, view: SavedView, *, status: int = 200) -> Response:
        """Answer one saved view with its version as ETag."""
        return Response(saved_view_row(view), status=status, headers={"ETag": f'"{view.version}"'})


class SavedViewsView(SavedViewsApi):
    """The caller's saved views."""

    ordering = (SortKey("position", nullable=False), SortKey("id", nullable=False))

    @extend_schema(operation_id="list_views", responses=SavedViewSerializer(many=True))
    def get(self, request: Request) -> Response:
        """List saved views in the order that their positions give."""
        return self.list(request)

    def list(self, request: Request) -> Response:
        """Answer one page."""
        page = self.paginate_queryset(saved_views_of(self.caller.pk))  # type: ignore[arg-type]
        return self.get_paginated_response([saved_view_row(each) for each in page or ()])  # type: ignore[arg-type]

    @extend_schema(
        operation_id="create_view", request=SavedViewSerializer, responses={201: SavedViewSerializer}
    )
    def post(self, request: Request) -> Response:
        """Save a view: a query of the task list with a name."""
        fields = SavedViewSerializer(data=request.data).view_fields()
        view = create_view(fields, by=self.caller, at=timezone.now())
        return self.answer_view(view, status=status.HTTP_201_CREATED)


class SavedViewView(SavedViewsApi):
    """One saved view."""

    @extend_schema(operation_id="read_view", responses=SavedViewSerializer)
    def get(self, request: Request, view_id: str) -> Response:
        """Read a saved view; `GET /api/tasks/` with its query has its tasks."""
        return self.answer_view(saved_view_of(self.caller.pk, int(view_id)))

    @extend_schema(
        operation_id="replace_view",
        request=SavedViewSerializer,
        responses=SavedViewSerializer,
        parameters=[IF_MATCH],
    )
    def put(self, request: Request, view_id: str) -> Response:
        """Change a saved view; what is optional and not named stays."""
        return self._change(view_id, partial=False)

    @extend_schema(
        operation_id="change_view",
        request=SavedViewSerializer(partial=True),
        responses=SavedViewSerializer,
        parameters=[IF_MATCH],
    )
    def patch(self, request: Request, view_id: str) -> Response:
        """Rename a saved view, move it, or change what it shows."""
        return self._change(view_id, partial=True)

    @extend_schema(operation_id="delete_view", responses={204: None}, parameters=[IF_MATCH])
    def delete(self, request: Request, view_id: str) -> Response:
        """Delete a saved view; its tasks stay."""
        delete_view(int(view_id), by=self.caller, at=timezone.now(), versions=self._versions())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _change(self, view_id: str, *, partial: bool) -> Response:
        current = saved_view_of(self.caller.pk, int(view_id))
        fields = SavedViewSerializer(current, data=self.request.data, partial=partial).view_fields()
        changed = change_view(
            int(view_id), fields, by=self.caller, at=timezone.now(), versions=self._versions()
        )
        return self.answer_view(changed)

    def _versions(self) -> frozenset[int] | None:
        return versions_in(self.request.headers.get("If-Match"))
