"""Views that misbehave on purpose, beside the real ones, and a list of everything that can be sorted."""

from typing import Any

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path
from rest_framework import generics, serializers
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts_app.models import User
from foundation.http.errors import DomainError, FieldProblem
from foundation.http.keyset import SortKey
from foundation.http.parameters import KnownParameters
from foundation.http.serializers import StrictSerializer
from todo_project.urls import handler400, handler403, handler404, handler500
from todo_project.urls import urlpatterns as real_urlpatterns

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


class KettleIsDry(DomainError):
    status = 409
    code = "kettle_is_dry"
    detail = "There is no water."


class Item(StrictSerializer[Any]):
    name = serializers.CharField()
    size = serializers.IntegerField(min_value=0)


class Order(StrictSerializer[Any]):
    id = serializers.IntegerField(read_only=True)
    title = serializers.CharField()
    items = Item(many=True)

    also_read_only = frozenset({"made_at"})

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["title"] == "nothing":
            raise serializers.ValidationError("Order something.", code="empty_order")
        return attrs


def fail(how: str) -> None:
    if how == "domain":
        raise KettleIsDry(retry_after_seconds=7)
    if how == "fields":
        raise KettleIsDry(errors=[FieldProblem("a.b", "x", "X."), FieldProblem("c", "y", "Y.")])
    if how == "busy":
        raise OperationalError("canceling statement due to lock timeout")
    if how == "throttled":
        raise Throttled(wait=41.2)
    if how == "bug":
        raise ZeroDivisionError("secret detail")


class FailingView(APIView):
    permission_classes = (KnownParameters,)

    def get(self, request: Request, how: str) -> Response:
        fail(how)
        return Response({})


class OrderView(APIView):
    permission_classes = (KnownParameters,)

    def post(self, request: Request) -> Response:
        order = Order(data=request.data)
        order.is_valid(raise_exception=True)
        return Response(order.validated_data)

    def put(self, request: Request) -> Response:
        order = Order({"id": 1, "title": "tea", "items": []}, data=request.data)
        order.is_valid(raise_exception=True)
        return Response(order.validated_data)


class UserRow(serializers.Serializer[User]):
    id = serializers.IntegerField()
    username = serializers.CharField()


class UserList(generics.ListAPIView[User]):
    permission_classes = (KnownParameters,)
    serializer_class = UserRow
    queryset = User.objects.all()

    def get_ordering(self) -> list[SortKey | str]:
        return self.request.headers["Sort"].split(",")  # type: ignore[return-value]

    def post(self, request: Request) -> Response:
        return Response({})


class PlainUserList(UserList):
    plain_list = True


def broken_page(request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError("secret detail")


urlpatterns = [
    *real_urlpatterns,
    path("api/fail/<str:how>/", FailingView.as_view()),
    path("api/orders/", OrderView.as_view()),
    path("api/users/", UserList.as_view()),
    path("users/", PlainUserList.as_view()),
    re_path(
        r"^api/(?P<user_id>\d+)/users/?$",
        generics.ListAPIView.as_view(
            serializer_class=UserRow, queryset=User.objects.order_by("pk"), pagination_class=None
        ),
    ),
    path("api/broken/", broken_page),
]
