"""A proxy between a stranger and servers that say what reached them."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import httpx

from devstack.ports import LOOPBACK
from todo_project.tests.platform.roles import PATIENCE


class Recorder(ThreadingHTTPServer):
    """Stands where `web` and `sockets` would: answers with what it was sent."""

    daemon_threads = True

    def __init__(self, name: str) -> None:
        self.name = name
        self.paths: list[str] = []
        super().__init__((LOOPBACK, 0), Repeater)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Repeater(BaseHTTPRequestHandler):
    """Answers any call with path, headers and number of bytes."""

    server: Recorder

    def do_any(self) -> None:
        self.server.paths.append(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = [[name.lower(), value] for name, value in self.headers.items()]
        told = json.dumps({"by": self.server.name, "path": self.path, "headers": headers, "bytes": len(body)})
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told.encode())

    do_GET = do_POST = do_PUT = do_OPTIONS = do_any

    def log_message(self, format: str, *args: object) -> None:
        return


class Edge:
    """A proxy in front of two recorders."""

    def __init__(self, url: str, web: Recorder) -> None:
        self.url, self.web = url, web
        self.address = (LOOPBACK, urlsplit(url).port or 0)

    def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        return httpx.request(method, self.url + path, timeout=PATIENCE, **more)

    def raw(self, head: str, *, source: str = LOOPBACK) -> socket.socket:
        """Send this as it is; the connection stays open."""
        connection = socket.create_connection(self.address, PATIENCE, (source, 0))
        connection.sendall(head.encode())
        return connection

    def status(self, head: str, **more: str) -> int:
        """Send this as it is and return the status of the answer."""
        with self.raw(head, **more) as connection, connection.makefile("rb") as answer:
            return int(answer.readline().split()[1])


@contextmanager
def recorder(name: str) -> Iterator[Recorder]:
    """A server that runs for the block."""
    made = Recorder(name)
    try:
        yield made
    finally:
        made.shutdown()
        made.server_close()


def half_body(address: str) -> str:
    """A request of which 96 bytes are still to come."""
    return (
        "POST /api/tasks/?slow HTTP/1.1\r\nHost: localhost\r\n"
        f"X-Test-Address: {address}\r\nContent-Length: 100\r\n\r\nhalf"
    )


def whole(address: str) -> str:
    """A request that is complete."""
    return f"GET /api/tasks/ HTTP/1.1\r\nHost: localhost\r\nX-Test-Address: {address}\r\nConnection: close\r\n\r\n"
