"""Refuses requests with headers that Django could parse only at a high cost (realtime_app does the same for daphne)."""

from collections.abc import Iterable
from typing import Any

from events_app.api.header_bounds import has_body, refuse_headers
from foundation.counters import count
from realtime_app.server.refusals import StartResponse, WsgiApplication, answer_problem

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
            return answer_problem(problem, environ, start_response)
        if not has_body(header):
            environ.pop(_TYPE, None)
        return self._application(environ, start_response)
