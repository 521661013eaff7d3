"""The history of the caller's tasks and notifications over HTTP: the events that sockets send."""

from typing import cast

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts_app.api.permissions import refuse_tokens
from accounts_app.credentials.scopes import TASKS_ACCESS
from accounts_app.models import User
from realtime_app.api.serializers import ChangesQuerySerializer, ChangesSerializer
from realtime_app.queries import read_changes


class ChangesView(APIView):
    token_access = TASKS_ACCESS
    query_parameters = frozenset(("after", "epoch", "include", "limit"))

    @extend_schema(
        operation_id="list_changes",
        parameters=[ChangesQuerySerializer],
        responses={
            200: ChangesSerializer,
            410: OpenApiResponse(
                description="`too_old` or `reset`: reload; it is not possible to continue from `after`."
            ),
        },
    )
    def get(self, request: Request) -> Response:
        """List what happened to the caller's tasks and notifications after a sequence number, in order.

        No personal token reaches the account: with `include=account` it gets 403 `insufficient_scope`.
        """
        query = ChangesQuerySerializer(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        wanted = query.validated_data
        if "account" in wanted.get("include", ()):
            refuse_tokens(request, self)
        user = cast(User, request.user)
        changes = read_changes(
            user.pk,
            after=wanted.get("after"),
            limit=wanted["limit"],
            epoch=wanted.get("epoch"),
            include=wanted.get("include", ()),
        )
        return Response(vars(changes))
