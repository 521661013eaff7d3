"""The entrance of the API: an index, the OpenAPI document, and the documentation page."""

import threading
from collections.abc import Iterator
from functools import cache

from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from foundation.http.parameters import KnownParameters
from todo_project.api.schema import openapi_document

_writing = threading.Lock()


class IndexView(APIView):
    """The URL of every resource that needs no id."""

    permission_classes = (KnownParameters,)

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        paths = sorted(set(_paths(get_resolver().url_patterns)) - {"api"})
        return Response(
            {path.removeprefix("api/"): request.build_absolute_uri(f"/{path}/") for path in paths}
        )


class SchemaView(SpectacularAPIView):
    """The OpenAPI 3.1 document of this API, as JSON or YAML; each process renders it once."""

    permission_classes = (KnownParameters,)
    renderer_classes = [OpenApiJsonRenderer2, OpenApiJsonRenderer, OpenApiYamlRenderer, OpenApiYamlRenderer2]

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        renderer = request.accepted_renderer
        # Anybody may ask, and rendering takes a second: concurrent requests wait for one rendering.
        with _writing:
            document = _document_as(renderer.format)
        return HttpResponse(document, content_type=renderer.media_type)


class DocsView(SpectacularSwaggerSplitView):
    """The documentation page, and its script with `?script=`; it loads nothing from other hosts."""

    http_method_names = ("get", "head")  # there is no page for the answer to OPTIONS
    permission_classes = (KnownParameters,)
    query_parameters = ("script",)


@cache
def _document_as(form: str) -> bytes | str:
    renderer = OpenApiYamlRenderer() if form == "yaml" else OpenApiJsonRenderer()
    return renderer.render(openapi_document(), renderer_context={})


def _paths(entries: list[URLPattern | URLResolver]) -> Iterator[str]:
    for entry in entries:
        if isinstance(entry, URLResolver):
            yield from _paths(entry.url_patterns)
        elif _is_resource(entry):
            yield str(entry.pattern).removeprefix("^").removesuffix("/?$")


def _is_resource(entry: URLPattern) -> bool:
    """Whether a path belongs to a view of the API, needs no id, and is no alias for older clients."""
    shown = getattr(entry.callback, "initkwargs", {"schema": None}).get("schema", True) is not None
    return shown and not entry.pattern.regex.groups and str(entry.pattern).startswith("^api/")
