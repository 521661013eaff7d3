"""Writes a log line for each refused or failed request while the acting user is still known."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.log import log_response

REFUSED_FROM = 400


class RequestLogMiddleware:
    """Stands right inside the middleware that sets the request id: Django's own handler logs after the id is removed.

    The line is Django's, once for each answer. `todo_project.logs.formatters` adds method, path, status and address
    to it, and the ids of request and user from the context.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the answer, and log it when its status is 400 or more."""
        response = self._get_response(request)
        if response.status_code >= REFUSED_FROM:
            log_response("%s: %s", response.reason_phrase, request.path, response=response, request=request)
        return response
