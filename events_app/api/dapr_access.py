"""Who may call the routes for the Dapr sidecar: whoever shows APP_API_TOKEN."""

import hmac
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from foundation.counters import count

_P = ParamSpec("_P")
View = Callable[Concatenate[HttpRequest, _P], HttpResponse]


def for_sidecar(*methods: str) -> Callable[[View[_P]], View[_P]]:
    """Let a view answer the sidecar alone: 401 without its token, 405 for other methods than these."""

    def decorate(view: View[_P]) -> View[_P]:
        @csrf_exempt
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponse:
            if not is_sidecar(request.headers.get("dapr-api-token", "")):
                count("dapr.refused")
                return _problem(401, "the header dapr-api-token must hold APP_API_TOKEN")
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def require_token() -> None:
    """Raise ImproperlyConfigured when Dapr carries events and nothing tells its sidecar from a stranger."""
    if settings.EVENT_TRANSPORT == "dapr" and not settings.DAPR.app_token and not settings.DEBUG:
        raise ImproperlyConfigured(
            "APP_API_TOKEN must be set when TODO_EVENT_TRANSPORT is dapr: without it anyone could call /dapr/events."
        )


def is_sidecar(shown: str) -> bool:
    """Whether the token that a call shows in `dapr-api-token` is the sidecar's."""
    expected = settings.DAPR.app_token
    if not expected:
        return settings.DEBUG and settings.EVENT_TRANSPORT == "dapr"
    return hmac.compare_digest(shown.encode(errors="replace"), expected.encode())


def _problem(status: int, detail: str) -> HttpResponse:
    title = {401: "Unauthorized"}[status]
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return JsonResponse(body, status=status, content_type="application/problem+json")
