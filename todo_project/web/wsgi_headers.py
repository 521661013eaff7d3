"""Refuses requests with headers that Django could parse only at a high cost (realtime_app does the same for daphne)."""

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from events_app.api.header_bounds import has_body, refuse_headers
from foundation.counters import count
from foundation.http.problems import Problem
from realtime_app.server.refusals import encode_problem

StartResponse = Callable[..., Any]
WsgiApplication = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]
_TYPE = "CONTENT_TYPE"


class BoundHeaders:
    """WSGI middleware: answers the problem that `refuse_headers` returns, if any, instead of calling Django."""

    def __init__(self, application: WsgiApplication) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Call Django, or answer a problem."""

        def header(name: str) -> str:
            key = name.upper().replace("-", "_")
            return str(environ.get(key if key in (_TYPE, "CONTENT_LENGTH") else f"HTTP_{key}", ""))

        if problem := refuse_headers(header):
            count(f"http.headers_refused.{problem.status}")
            return _answer(problem, start_response, is_head=environ.get("REQUEST_METHOD") == "HEAD")
        if not has_body(header):
            environ.pop(_TYPE, None)
        return self._application(environ, start_response)


def _answer(problem: Problem, start_response: StartResponse, *, is_head: bool) -> list[bytes]:
    head, content = encode_problem(problem)
    status = f"{problem.status} {HTTPStatus(problem.status).phrase}"
    start_response(status, [(name.decode(), value.decode()) for name, value in head])
    return [] if is_head else [content]
