"""Middleware around every request: its id, its trace, and who acts."""

import re
import secrets
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from functools import cache
from typing import cast
from uuid import uuid4

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import SimpleLazyObject

from accounts_app.models import User
from accounts_app.operations.sign_ins.browser_sessions import recognise_user
from foundation.context import Actor, Origin, Provenance, provenance, set_actor, use_provenance
from foundation.http.client_addresses import client_address
from foundation.http.errors import DomainError
from foundation.tracing import Attributes, RunningSpan, span
from todo_project.api.errors import refusal_response

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
# These pages use the session even when the browser also sends a token.
_SESSION_PAGES = ("/admin/", "/api/auth/session", "/api/auth/register", "/sign-in", "/sign-up")
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
NOBODY = Actor(type="system", id="http")
_CLIENT_CHARACTERS = 200

_Answer = Callable[[HttpRequest], HttpResponseBase]
AsyncAnswer = Callable[[HttpRequest], Awaitable[HttpResponseBase]]


class RequestContextMiddleware:
    """Gives each request an id (X-Request-ID of the answer) and a trace (W3C traceparent).

    Both go into the metadata of events and into log lines. A well-formed X-Request-ID of the client is kept beside ours
    as `client_request_id`; a valid traceparent of the client is used where TODO_TRACE_CLIENTS is `yes`. The actor is
    NOBODY until authentication sets it.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: _Answer | AsyncAnswer) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self.is_async:
            return self._answer_async(request)
        with _request_span(request) as running, use_provenance(_provenance_of(request, running)):
            return _finish(cast(_Answer, self.get_response)(request), request, running)

    async def _answer_async(self, request: HttpRequest) -> HttpResponseBase:
        with _request_span(request) as running, use_provenance(_provenance_of(request, running)):
            return _finish(await cast(AsyncAnswer, self.get_response)(request), request, running)

    def process_view(self, request: HttpRequest, view: object, *_: object) -> HttpResponseBase | None:
        """Set the actor for requests to the admin; API views set it when they authenticate the caller."""
        if request.path.startswith("/admin/") and settings.SESSION_COOKIE_NAME in request.COOKIES:
            user = request.user
            if user.is_authenticated:
                set_actor(Actor(type="user", id=str(user.pk)))
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        """Answer a DomainError raised by one of Django's own pages, such as the sign-in form."""
        return refusal_response(request, error) if isinstance(error, DomainError) else None


class _SessionsOnly(MiddlewareMixin):
    """Skips calls with a bearer token: they have no session."""

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if _shows_token(request):
            return self.get_response(request)
        return super().__call__(request)


class Sessions(_SessionsOnly, SessionMiddleware):
    """Django's session middleware, for browsers."""


class Users(_SessionsOnly, AuthenticationMiddleware):
    """Django's authentication middleware, for sessions; API views authenticate bearer tokens."""

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        find_user = cache(lambda: recognise_user(request.session) or AnonymousUser())
        request.user = cast(User, SimpleLazyObject(find_user))
        request.auser = sync_to_async(find_user)


class Messages(_SessionsOnly, MessageMiddleware):
    """Django's message middleware, for browsers."""


def _shows_token(request: HttpRequest) -> bool:
    scheme = request.META.get("HTTP_AUTHORIZATION", "")[:7]
    return scheme.lower() == "bearer " and not request.path.startswith(_SESSION_PAGES)


def _request_span(request: HttpRequest) -> AbstractContextManager[RunningSpan]:
    sent = request.META.get("HTTP_TRACEPARENT", "")
    parent = sent if settings.TRACE_CLIENTS and _TRACEPARENT.fullmatch(sent) else ""
    method = request.method or ""
    return span(method, "SERVER", parent=parent, attributes={"http.request.method": method})


def _provenance_of(request: HttpRequest, running: RunningSpan) -> Provenance:
    asked = request.META.get("HTTP_X_REQUEST_ID", "")
    return Provenance(
        actor=NOBODY,
        request_id=uuid4().hex,
        client_request_id=asked if _REQUEST_ID.fullmatch(asked) else None,
        traceparent=running.traceparent or _new_trace(),
        origin=Origin(client_address(request), _client_of(request)),
    )


def _client_of(request: HttpRequest) -> str:
    """Return the beginning of the User-Agent, without characters that cannot be printed."""
    stated: str = request.META.get("HTTP_USER_AGENT", "")
    return "".join(each for each in stated[:_CLIENT_CHARACTERS] if each.isprintable()).strip()


def _new_trace() -> str:
    # Not sampled: a sidecar with a sampler that follows its parent would otherwise keep every trace.
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-00"


def _finish(response: HttpResponseBase, request: HttpRequest, running: RunningSpan) -> HttpResponseBase:
    route = request.resolver_match.route if request.resolver_match is not None else ""
    found: Attributes = {"http.route": route, "http.response.status_code": response.status_code}
    running.describe(f"{request.method} {route}".strip(), found)
    response["X-Request-ID"] = provenance().request_id
    return response
