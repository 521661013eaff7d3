"""A proxy in a thread: forwards calls and splices sockets, to wherever a subclass says."""

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from devstack import plain_http
from devstack.ports import LOOPBACK
from todo_project.tests.platform.roles import PATIENCE

Reply = tuple[int, bytes, Mapping[str, str]]


class ForwardHandler(BaseHTTPRequestHandler):
    """One connection of a client."""

    server: "Forwarder"

    def do_any(self) -> None:
        upstream = self.server.upstream_of(self.path)
        if upstream is None:
            self.reply((404, b"no route", {}))
        elif self.headers.get("Upgrade"):
            self.splice(upstream)
        else:
            self.reply(self.exchange(upstream))

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_any

    def headers_to_forward(self) -> dict[str, str]:
        """What the client sent, and what this proxy adds."""
        return {**dict(self.headers.items()), **self.server.added_headers}

    def exchange(self, upstream: str) -> Reply:
        """Forward a call and return its answer."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = self.headers_to_forward()
        answer = plain_http.request(
            self.command, upstream + self.path, content=body, headers=headers, timeout=PATIENCE
        )
        kept = {name: answer.headers[name] for name in ("Content-Type", "Location") if name in answer.headers}
        return answer.status_code, answer.content, kept

    def reply(self, reply: Reply) -> None:
        """Answer the client and end the connection."""
        status, body, headers = reply
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), "Connection": "close", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def splice(self, upstream: str) -> None:
        """Pass bytes on in both directions until one side ends, or `passes_on` says that it is over."""
        parts = urlsplit(upstream)
        address = (str(parts.hostname), int(parts.port or 0))
        with socket.create_connection(address, PATIENCE) as connection:
            head = "".join(f"{name}: {value}\r\n" for name, value in self.headers_to_forward().items())
            connection.sendall(f"{self.requestline}\r\n{head}\r\n".encode())
            threading.Thread(target=self._send_on, args=(connection,), daemon=True).start()
            seen = b""
            with suppress(OSError):
                while received := connection.recv(65_536):
                    if not self.passes_on(seen):
                        return
                    self.receive_on(seen, received)
                    seen += received

    def passes_on(self, seen: bytes) -> bool:
        """Whether the socket goes on after the server has sent this much."""
        return True

    def receive_on(self, seen: bytes, received: bytes) -> None:
        """Pass on what the server has sent."""
        self.connection.sendall(received)

    def _send_on(self, connection: socket.socket) -> None:
        with suppress(OSError):  # the other direction has ended
            while received := self.connection.recv(65_536):
                connection.sendall(received)
            connection.shutdown(socket.SHUT_WR)

    def log_message(self, format: str, *args: object) -> None:
        return


class Forwarder(ThreadingHTTPServer):
    """Listens on a port of its own for as long as a `with` lasts."""

    daemon_threads = True
    added_headers: Mapping[str, str] = {}

    def __init__(self, handler: type[ForwardHandler] = ForwardHandler) -> None:
        super().__init__((LOOPBACK, 0), handler)
        self._thread = threading.Thread(target=self.serve_forever, daemon=True)

    def __enter__(self) -> "Forwarder":
        self._thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        self.shutdown()
        self.server_close()

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.server_port}"

    def upstream_of(self, path: str) -> str | None:
        """Where a path is forwarded to; None answers 404."""
        raise NotImplementedError

    def handle_error(self, request: object, client_address: object) -> None:
        """Nobody is surprised that connections break here."""
