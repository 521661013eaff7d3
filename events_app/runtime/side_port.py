"""The side port of a role (`TODO_SIDE_PORT`): answers for orchestrators, without Host check, login and Django.

It is never routed to the outside. A role that serves HTTP keeps answering here while its requests wait in a queue.
"""

import json
import logging
import os
import socket
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import BoundedSemaphore, Thread, Timer
from typing import Any

from django.core.exceptions import ImproperlyConfigured

SideAnswer = tuple[int, Mapping[str, object] | str]
SideAnswers = Mapping[str, Callable[[], SideAnswer]]
ANSWER_SECONDS, CONNECTION_SECONDS = 1.0, 3.0
MOST_CONNECTIONS = 8
_JSON, _TEXT = "application/json", "text/plain; version=0.0.4; charset=utf-8"

logger = logging.getLogger(__name__)


class SidePort(ThreadingHTTPServer):
    """Serves GET for the paths of `answers`: functions that return a status, and a text or an object to print as JSON.

    A few connections at a time, of three seconds at most. Raises ImproperlyConfigured when it cannot listen there.
    """

    def __init__(self, host: str, port: int, answers: SideAnswers) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.answers = answers
        self._slots = BoundedSemaphore(MOST_CONNECTIONS)
        self._process_id = os.getpid()
        try:
            super().__init__((host, port), _Handler)
        except OSError as error:
            sentence = f"TODO_SIDE_PORT: cannot listen on {host}:{port}: {error.strerror or error}."
            raise ImproperlyConfigured(sentence) from None

    def start(self) -> None:
        """Serve in a thread until `stop`, or until the process ends."""
        _open_ports.add(self)
        Thread(target=self.serve_forever, args=[0.1], name="side-port", daemon=True).start()

    def stop(self) -> None:
        """Stop listening. In a process that was forked from ours do nothing: the thread that serves is not there."""
        if os.getpid() == self._process_id:
            self.shutdown()
            self.server_close()
            _open_ports.discard(self)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread; close a connection that is one too many."""
        if self._slots.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer one connection, in time."""
        deadline = Timer(CONNECTION_SECONDS, _end_reading, [request])
        deadline.daemon = True
        deadline.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            deadline.cancel()
            self._slots.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log a connection that ended early."""
        logger.debug("A connection to the side port ended early.", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    server: SidePort
    server_version, sys_version = "todo", ""

    def do_GET(self) -> None:
        answer = self.server.answers.get(self.path.partition("?")[0].rstrip("/"))
        self._send(*(answer() if answer else (HTTPStatus.NOT_FOUND, {"status": "not_found"})))

    def _refuse(self) -> None:
        self._send(HTTPStatus.METHOD_NOT_ALLOWED, {"status": "method_not_allowed"}, Allow="GET")

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _refuse

    def _send(self, status: int, body: Mapping[str, object] | str, **headers: str) -> None:
        kind, text = (_TEXT, body) if isinstance(body, str) else (_JSON, json.dumps(body))
        content = text.encode()
        self.send_response(status)
        given = {"Content-Type": kind, "Content-Length": str(len(content)), "Cache-Control": "no-store"}
        for name, value in {**given, **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else content)

    def log_message(self, format: str, *args: object) -> None: ...  # probes come every few seconds


def _end_reading(connection: socket.socket) -> None:
    with suppress(OSError):  # the thread that reads sees the end, and closes the connection itself
        connection.shutdown(socket.SHUT_RDWR)


_open_ports: weakref.WeakSet[SidePort] = weakref.WeakSet()


def _close_inherited() -> None:
    for side in _open_ports:  # a forked process would keep the port after its parent has ended
        side.socket.close()


os.register_at_fork(after_in_child=_close_inherited)
