"""The export over HTTP, streamed."""

from typing import Any, cast

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts_app.credentials.credential import Credential
from accounts_app.credentials.scopes import NO_ACCESS
from accounts_app.operations.exporting import begin_export

MEDIA_TYPE_OF_LINES = "application/x-ndjson"


class LinesRenderer(BaseRenderer):
    """Names the media type for negotiation: the view streams lines itself."""

    media_type = MEDIA_TYPE_OF_LINES
    format = "ndjson"

    def render(self, data: Any, accepted_media_type: str | None = None, context: Any = None) -> bytes:
        """Return nothing: no answer of the view comes here."""
        return b""


class ExportView(APIView):
    """Everything that is the caller's."""

    token_access = NO_ACCESS
    renderer_classes = (LinesRenderer,)

    @extend_schema(
        operation_id="export_account",
        responses={
            (200, MEDIA_TYPE_OF_LINES): OpenApiResponse(
                OpenApiTypes.STR,
                "One JSON object a line: `{kind: row}`, at last `end` with the number of rows by kind. Without that"
                " line it broke off. The kinds: `account`, `sign_in`, `personal_token`, `tag`, `series`, `task`,"
                " `reminder`, `notification`, `history`.",
            ),
            409: OpenApiResponse(description="`export_running`: the caller has another one under way."),
        },
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        """Export everything that is the caller's, one JSON object a line. One export at a time; another is 409."""
        lines = begin_export(cast(Credential, request.auth))
        return StreamingHttpResponse(
            lines,
            content_type=MEDIA_TYPE_OF_LINES,
            headers={"Content-Disposition": 'attachment; filename="todo-export.ndjson"'},
        )
