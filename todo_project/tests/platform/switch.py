"""An address that stays while the server behind it changes, as that of a managed database does."""

import socket
from contextlib import suppress
from select import select
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Lock, Thread

from devstack.ports import LOOPBACK

_CHUNK = 65536
_CONNECT_SECONDS = 5.0
_LOOK_SECONDS = 0.5


class Switch(ThreadingTCPServer):
    """Passes each connection on to the server of the moment; `lead_to` ends those to the one before."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, target: int) -> None:
        self.target: int | None = target
        self.passed = 0
        self._lock = Lock()
        self._open: set[socket.socket] = set()
        super().__init__((LOOPBACK, 0), _Pass)
        Thread(target=self.serve_forever, args=[0.1], daemon=True).start()

    @property
    def port(self) -> int:
        return self.server_address[1]

    def lead_to(self, target: int | None) -> None:
        """Pass new connections on to this port, or end them at once without one."""
        with self._lock:
            self.target, left = target, list(self._open)
        for connection in left:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.lead_to(None)
        self.shutdown()
        self.server_close()

    def enter(self, *connections: socket.socket) -> None:
        with self._lock:
            self._open.update(connections)
            self.passed += 1

    def leave(self, *connections: socket.socket) -> None:
        with self._lock:
            self._open.difference_update(connections)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a connection that ended in the middle."""


class _Pass(BaseRequestHandler):
    server: Switch

    def handle(self) -> None:
        if (target := self.server.target) is None:
            return
        with socket.create_connection((LOOPBACK, target), _CONNECT_SECONDS) as onward:
            onward.settimeout(None)
            self.server.enter(self.request, onward)
            try:
                self._pass_on(self.request, onward)
            finally:
                self.server.leave(self.request, onward)

    def _pass_on(self, one: socket.socket, other: socket.socket) -> None:
        while True:
            ready, _, _ = select([one, other], [], [], _LOOK_SECONDS)
            for source in ready:
                content = source.recv(_CHUNK)
                if not content:
                    return
                (other if source is one else one).sendall(content)
