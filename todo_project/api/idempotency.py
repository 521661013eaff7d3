"""`Idempotency-Key` for every unsafe call of every API view, without code in the views.

The middleware answers such a call with a subclass of the view, which adds one step between permissions and handler.
Calls whose answers are secrets, that have no caller yet (sign-in, tickets), or that wait for servers outside (a test of
push messages, which would wait inside the transaction of the key) ignore the header.
"""

import re
from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final, cast

import orjson
from django.http import HttpRequest, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts_app.errors import KeyRefused
from accounts_app.models import User
from accounts_app.operations.keyed_calls.answers import KeyedCall, StoredAnswer, answer_once
from todo_project.api.renderers import FastJSONRenderer
from todo_project.api.short_answers import LONGEST, lengthen, shorten

HEADER: Final = "Idempotency-Key"
META_NAME: Final = "HTTP_IDEMPOTENCY_KEY"
REPLAYED: Final = "Idempotent-Replayed"
NOW: Final = "current"
EXEMPT: Final = ("/api/auth/", "/api/push/", "/api/ws-tickets")
_KEY = re.compile(r"[!-~]{1,255}")

Handler = Callable[..., Response]


class IdempotencyMiddleware(MiddlewareMixin):
    """Answers calls that carry an Idempotency-Key through `KeyedCalls`."""

    def process_view(
        self, request: HttpRequest, view: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        if META_NAME not in request.META or not has_key(request.method or "", request.path):
            return None
        view_class = getattr(view, "cls", None)
        if not (isinstance(view_class, type) and issubclass(view_class, APIView)):
            return None
        return _keyed_view(view.cls).as_view(**view.initkwargs)(request, *args, **kwargs)


def has_key(method: str, path: str) -> bool:
    """Whether a call may carry an Idempotency-Key."""
    return method not in SAFE_METHODS and not path.startswith(EXEMPT)


@cache
def _keyed_view(view_class: Any) -> type[APIView]:
    names = {"__doc__": view_class.__doc__, "__module__": view_class.__module__}
    return type(view_class.__name__, (KeyedCalls, view_class), names)


if TYPE_CHECKING:
    Base = APIView
else:
    Base = object


class KeyedCalls(Base):
    """Mixin of views: after authentication and permissions, runs the handler once for each key."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        name = (request.method or "").lower()
        handler = getattr(self, name, None)
        if handler is not None and request.user.is_authenticated:
            setattr(self, name, partial(_handle_once, handler))


def _handle_once(handler: Handler, request: Request, *args: Any, **kwargs: Any) -> Response:
    fresh: list[Response] = []

    def run() -> StoredAnswer:
        fresh.append(handler(request, *args, **kwargs))
        return _stored_answer(fresh[0])

    call = _keyed_call(request)
    stored = answer_once(call, run)
    return fresh[0] if stored is None else _stored_response(stored, user_id=call.user_id)


def _keyed_call(request: Request) -> KeyedCall:
    key = request.headers[HEADER]
    if not _KEY.fullmatch(key):
        raise KeyRefused(key)
    content = orjson.dumps(dict(request.data), option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return KeyedCall(
        user_id=cast(User, request.user).pk,
        method=request.method or "",
        path=request.path.rstrip("/"),
        key=key,
        content=request.META.get("QUERY_STRING", "").encode() + b"\n" + content,
    )


def _stored_answer(response: Response) -> StoredAnswer:
    headers = {name: value for name, value in response.items() if name != "Content-Type"}
    body = FastJSONRenderer().render(response.data)
    short = shorten(response.data) if len(body) > LONGEST else None
    if short is None:
        return StoredAnswer(response.status_code, headers, body.decode())
    headers.pop("ETag", None)  # it is of the task at that time
    return StoredAnswer(response.status_code, headers, orjson.dumps(short).decode(), is_short=True)


def _stored_response(stored: StoredAnswer, *, user_id: int) -> Response:
    data: Any = orjson.loads(stored.body) if stored.body else None
    headers = {**stored.headers, REPLAYED: "true"}
    if stored.is_short:
        data, headers[REPLAYED] = lengthen(data, user_id=user_id), NOW
        if "title" in data:
            headers["ETag"] = f'"{data["version"]}"'
    return Response(data, status=stored.status, headers=headers)
