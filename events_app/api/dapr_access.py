"""Access to the routes for the Dapr sidecar: a call must send APP_API_TOKEN."""

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
    """Return a decorator that answers 401 to a call without the sidecar's token, and 405 to another method."""

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
    """Raise ImproperlyConfigured when the transport is Dapr and there is no token to recognize the sidecar by."""
    if settings.EVENT_TRANSPORT == "dapr" and not settings.DAPR.app_token and not settings.DEBUG:
        raise ImproperlyConfigured(
            "APP_API_TOKEN must be set when TODO_EVENT_TRANSPORT is dapr: without it anyone could call /dapr/events."
        )


def is_sidecar(shown: str) -> bool:
    """Return whether `shown`, the header `dapr-api-token` of a call, is the sidecar's token."""
    expected = settings.DAPR.app_token
    if not expected:
        return settings.DEBUG and settings.EVENT_TRANSPORT == "dapr"
    return hmac.compare_digest(shown.encode(errors="replace"), expected.encode())


def _problem(status: int, detail: str) -> HttpResponse:
    title = {401: "Unauthorized"}[status]
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    return JsonResponse(body, status=status, content_type="application/problem+json")
