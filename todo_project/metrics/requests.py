"""Counts requests by route, method and class of status, and measures how long they take."""

from collections.abc import Callable
from time import perf_counter
from typing import Final

from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter, Histogram

from foundation.metrics import SECONDS_BUCKETS, metrics_registry

HTTP_REQUESTS: Final = Counter(
    "todo_http_requests_total",
    "Answered requests; the route is the pattern of the URL, the status its class, such as 2xx.",
    ["route", "method", "status"],
    registry=metrics_registry,
)
HTTP_REQUEST_SECONDS: Final = Histogram(
    "todo_http_request_seconds",
    "From the first middleware to the answer, without what the server waited for.",
    ["route", "method", "status"],
    buckets=SECONDS_BUCKETS,
    registry=metrics_registry,
)
_METHODS: Final = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
# Static files, and what was refused before its route was looked for.
UNROUTED: Final = "none"


class RequestMetricsMiddleware:
    """Stands outside of everything that may answer or refuse. Labels are constants of the code: nobody adds series."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the answer, counted."""
        began = perf_counter()
        response = self._get_response(request)
        labels = labels_of(request, response)
        HTTP_REQUESTS.labels(*labels).inc()
        HTTP_REQUEST_SECONDS.labels(*labels).observe(perf_counter() - began)
        return response


def labels_of(request: HttpRequest, response: HttpResponse) -> tuple[str, str, str]:
    """Return route, method and class of status of an answered request."""
    match, method = request.resolver_match, request.method or ""
    return (
        match.route if match is not None else UNROUTED,
        method if method in _METHODS else "other",
        f"{response.status_code // 100}xx",
    )
