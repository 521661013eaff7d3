"""Answers that the server gives itself, without Django."""

import re
from collections.abc import Callable, Iterable, Sequence
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import orjson

from foundation.counters import count
from foundation.http.problems import MEDIA_TYPE, Problem

StartResponse = Callable[..., Any]
WsgiApplication = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]
NOT_HERE = Problem(404, "not_found", "There is nothing here.")


class PathGate:
    """WSGI middleware that answers 404 to each path that none of the patterns matches fully."""

    def __init__(self, application: WsgiApplication, patterns: Sequence[str]) -> None:
        self._application = application
        self._pattern = re.compile("|".join(f"(?:{pattern})" for pattern in patterns))

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Pass a request on, or answer 404."""
        if self._pattern.fullmatch(environ["PATH_INFO"]):
            return self._application(environ, start_response)
        count("http.paths_refused")
        return answer_problem(NOT_HERE, environ, start_response)


def answer_problem(
    problem: Problem, environ: dict[str, Any], start_response: StartResponse
) -> Iterable[bytes]:
    """Answer a problem document, as a WSGI application does."""
    head, content = encode_problem(problem)
    status = f"{problem.status} {HTTPStatus(problem.status).phrase}"
    start_response(status, [(name.decode(), value.decode()) for name, value in head])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [content]


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
