"""System check for every view of the API."""

from collections.abc import Iterator

from django.core.checks import CheckMessage, Error, register
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.views import APIView

from foundation.http.parameters import KnownParameters


@register()
def check_strict_queries(**_: object) -> list[CheckMessage]:
    """Return an error for each view whose permissions do not refuse unknown query parameters."""
    return [
        Error(
            f"{view.__module__}.{view.__name__} ignores unknown query parameters.",
            hint="Put foundation.http.parameters.KnownParameters into its permission_classes.",
            id="todo_project.E001",
        )
        for view in _views(get_resolver().url_patterns)
        if not any(
            isinstance(each, type) and issubclass(each, KnownParameters) for each in view.permission_classes
        )
    ]


def _views(entries: list[URLPattern | URLResolver]) -> Iterator[type[APIView]]:
    for entry in entries:
        if isinstance(entry, URLResolver):
            yield from _views(entry.url_patterns)
        elif isinstance(view := getattr(entry.callback, "cls", None), type) and issubclass(view, APIView):
            yield view
