"""Calls of the WSGI application for requests that daphne's server has read (PEP 3333).

A thread calls the application and hands the whole answer to the thread that serves all connections: one that waited
until a slow client has read its answer would be missing to everybody else.
"""

from __future__ import annotations

import asyncio
import re
import sys
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from django.conf import settings

from foundation.http.client_addresses import address_in
from realtime_app.server.refusals import WsgiApplication
from realtime_app.server.request_threads import RequestThreads

_WITHOUT_PREFIX: Final = {"CONTENT_TYPE", "CONTENT_LENGTH"}


class WsgiCalls:
    """Begins calls in threads, and hands their answers to the requests.

    Probes have a thread of their own: they are answered while all others wait, for the database perhaps.
    """

    def __init__(self, application: WsgiApplication) -> None:
        self._application = application
        self._threads = RequestThreads(settings.REQUEST_THREADS)
        self._probe_thread = RequestThreads(1, name="probe")
        self._probes = re.compile("|".join(f"(?:{pattern})" for pattern in settings.PROBE_PATHS))

    def begin(self, request: Any, scope: dict[str, Any]) -> asyncio.Future[None]:
        """Call the application in a thread; return a future that is done once the call has ended.

        `scope` is what daphne would give an ASGI application. A call whose client goes before it has begun is not made.
        """
        loop = asyncio.get_running_loop()
        ended: asyncio.Future[None] = loop.create_future()
        environ = environ_of(scope, request.content.getvalue())

        def call() -> None:
            answer = None
            try:
                if request.channel is not None:
                    answer = read_answer(self._application, environ)
            finally:
                loop.call_soon_threadsafe(_end, request, answer, ended)

        threads = self._probe_thread if self._probes.fullmatch(scope["path"]) else self._threads
        threads.submit(address_in(environ), call)
        return ended

    def close(self) -> None:
        """End the threads, the busy ones once their call has ended."""
        self._threads.close()
        self._probe_thread.close()


def _end(request: Any, answer: Answer | None, ended: asyncio.Future[None]) -> None:
    """Send the answer, or 500 when the application raised, in the thread of all connections."""
    try:
        if answer is None:
            request.handle_exception(None)
        else:
            request.handle_reply(
                {"type": "http.response.start", "status": answer.status, "headers": answer.headers}
            )
            request.handle_reply({"type": "http.response.body", "body": answer.body})
    finally:
        request.stop_counting()
        if not ended.cancelled():
            ended.set_result(None)


class UnusedMessages:
    """Where daphne puts what an ASGI application would read; a WSGI application has the whole body already."""

    def put_nowait(self, message: object) -> None:
        """Ignore a part of the body, or that the client has gone."""


@dataclass(frozen=True)
class Answer:
    """The whole answer of the application to one call."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


def read_answer(application: WsgiApplication, environ: dict[str, Any]) -> Answer:
    """Call the application and return its answer, all parts of the body joined. Raises what the application raises."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
        started[:] = [(status, headers)]

    parts = application(environ, start_response)
    try:
        body = b"".join(parts)
    finally:
        if close := getattr(parts, "close", None):
            close()
    [(status, headers)] = started
    encoded = [(name.encode("latin1"), value.encode("latin1")) for name, value in headers]
    return Answer(int(status.partition(" ")[0]), encoded, body)


def environ_of(scope: dict[str, Any], body: bytes) -> dict[str, Any]:
    """Return the environment of a request; `scope` is what daphne would give an ASGI application for it."""
    server, client = scope["server"] or ("localhost", 0), scope["client"] or ("", 0)
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin1"),
        "QUERY_STRING": scope["query_string"].decode("latin1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in scope["headers"]:  # daphne has left out names with an underscore
        _add_header(environ, name.decode("latin1").upper().replace("-", "_"), value.decode("latin1"))
    return environ


def _add_header(environ: dict[str, Any], name: str, value: str) -> None:
    key = name if name in _WITHOUT_PREFIX else f"HTTP_{name}"
    environ[key] = f"{environ[key]},{value}" if key in environ else value
