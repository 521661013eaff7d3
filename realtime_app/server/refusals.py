"""Answers that the server gives itself, without Django."""

import re
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import orjson

from foundation.counters import count
from foundation.http.problems import MEDIA_TYPE, Problem
from realtime_app.server.origin import AsgiApplication, AsgiReceive, AsgiScope, AsgiSend

NOT_HERE = Problem(404, "not_found", "There is nothing here.")


class PathGate:
    """ASGI middleware that answers 404 to each HTTP path that none of the patterns matches fully."""

    def __init__(self, application: AsgiApplication, patterns: Sequence[str]) -> None:
        self._application = application
        self._pattern = re.compile("|".join(f"(?:{pattern})" for pattern in patterns))

    async def __call__(self, scope: AsgiScope, receive: AsgiReceive, send: AsgiSend) -> None:
        """Pass a request on, or answer 404."""
        if self._pattern.fullmatch(scope["path"]):
            await self._application(scope, receive, send)
            return
        count("http.paths_refused")
        headers, content = encode_problem(NOT_HERE)
        await send({"type": "http.response.start", "status": NOT_HERE.status, "headers": headers})
        await send({"type": "http.response.body", "body": content})


def encode_problem(problem: Problem) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Return the headers and body of a problem document, with a new request id."""
    request_id = uuid4().hex
    content = orjson.dumps({**problem.document(), "request_id": request_id})
    headers: dict[str, Any] = {
        "Content-Type": MEDIA_TYPE,
        "Content-Length": len(content),
        "X-Request-ID": request_id,
        # The same as the middleware adds to Django's answers (todo_project/web/response_headers.py).
        "Cache-Control": "private, no-store",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        **problem.headers,
    }
    return [(name.encode(), str(value).encode()) for name, value in headers.items()], content
