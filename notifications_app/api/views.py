"""Notifications as their user sees them."""

from typing import cast

from django.db.models import Prefetch, QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts_app.credentials.scopes import TASKS_ACCESS
from accounts_app.models import User
from foundation.http.keyset import SortKey
from foundation.http.serializers import EmptySerializer
from notifications_app.api.filters import NotificationFilter
from notifications_app.api.serializers import MarkedSerializer, NotificationSerializer
from notifications_app.models import Delivery, Notification
from notifications_app.operations.notifications import mark_all_read, mark_read
from notifications_app.queries import shown_notifications


class NotificationsView(ListAPIView[Notification]):
    """The caller's notifications, newest first, with their deliveries."""

    queryset = Notification.objects.none()
    token_access = TASKS_ACCESS
    serializer_class = NotificationSerializer
    filter_backends = (DjangoFilterBackend,)
    filterset_class = NotificationFilter
    ordering = (
        SortKey("shown_at", descending=True, nullable=False),
        SortKey("id", descending=True, nullable=False),
    )

    @extend_schema(operation_id="list_notifications")
    def get(self, request: Request) -> Response:
        return self.list(request)

    def get_queryset(self) -> QuerySet[Notification]:
        deliveries = Prefetch("deliveries", Delivery.objects.order_by("pk"))
        return shown_notifications(_caller(self.request)).prefetch_related(deliveries)


class ReadView(APIView):
    token_access = TASKS_ACCESS

    @extend_schema(
        operation_id="read_notification",
        request=EmptySerializer,
        responses=NotificationSerializer,
        parameters=[OpenApiParameter("notification_id", int, OpenApiParameter.PATH)],
    )
    def post(self, request: Request, notification_id: str) -> Response:
        """Mark one notification as read; again changes nothing."""
        EmptySerializer(data=request.data).is_valid(raise_exception=True)
        notification = mark_read(int(notification_id), user_id=_caller(request))
        return Response(NotificationSerializer(notification).data)


class ReadAllView(APIView):
    token_access = TASKS_ACCESS

    @extend_schema(operation_id="read_all_notifications", request=EmptySerializer, responses=MarkedSerializer)
    def post(self, request: Request) -> Response:
        """Mark everything as read that is shown now."""
        EmptySerializer(data=request.data).is_valid(raise_exception=True)
        return Response({"marked": mark_all_read(_caller(request))})


def _caller(request: Request) -> int:
    return cast(User, request.user).pk
