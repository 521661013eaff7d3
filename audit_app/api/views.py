"""Read-only views of the caller's own trail."""

from typing import cast

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts_app.credentials.scopes import NO_ACCESS, TASKS_ACCESS
from accounts_app.models import User
from audit_app.api.filters import AuditFilter
from audit_app.api.serializers import AuditEntrySerializer, VerdictSerializer
from audit_app.errors import NothingKnown
from audit_app.models import AuditEntry
from audit_app.queries import entries_of, history_of_task
from audit_app.verification.progress import verify_new
from audit_app.verification.walk import Pace

PACE = Pace(entries=5000, seconds=0.5)


class AuditView(ListAPIView[AuditEntry]):
    """Every change of the caller's data, newest first; also what happened to the account, which tokens must not see."""

    queryset = AuditEntry.objects.none()
    token_access = NO_ACCESS
    serializer_class = AuditEntrySerializer
    filter_backends = (DjangoFilterBackend,)
    filterset_class = AuditFilter
    ordering = ("-position",)

    @extend_schema(operation_id="list_audit_entries")
    def get(self, request: Request) -> Response:
        return self.list(request)

    def get_queryset(self) -> QuerySet[AuditEntry]:
        return entries_of(_caller(self.request))


class VerifyView(APIView):
    """Whether the caller's trail is what was written."""

    token_access = NO_ACCESS

    @extend_schema(operation_id="verify_audit_trail", responses=VerdictSerializer)
    def get(self, request: Request) -> Response:
        """Verify what was appended since the last time, for half a second at most.

        For a long trail `complete` is false at first: the next call continues. Once a day all trails are verified
        from their first entries as well.
        """
        return Response(verify_new(_caller(request), pace=PACE).answer())


class HistoryView(ListAPIView[AuditEntry]):
    """What happened to one task, newest first; also after it was deleted."""

    queryset = AuditEntry.objects.none()
    token_access = TASKS_ACCESS
    serializer_class = AuditEntrySerializer
    ordering = ("-position",)
    plain_list = False

    @extend_schema(
        operation_id="list_task_history", parameters=[OpenApiParameter("task_id", int, OpenApiParameter.PATH)]
    )
    def get(self, request: Request, task_id: str, **_: str) -> Response:
        return self.list(request)

    def get_queryset(self) -> QuerySet[AuditEntry]:
        history = history_of_task(int(self.kwargs["task_id"]), user_id=_caller(self.request))
        if history is None:
            raise NothingKnown
        return history


def _caller(request: Request) -> int:
    return cast(User, request.user).pk
