"""gunicorn's worker with threads, which loses no request when it retires, or when it closes a connection that was idle.

A worker retires after so many requests. It answers those that are under way, and what comes over connections that were
kept open, with `Connection: close`. gunicorn's own worker waits up to two seconds for each client to close its end too,
in the thread that reads for all others, and then closes connections whose next request has arrived meanwhile: their
clients see a reset, a proxy answers 502. Here that thread waits for nobody, and looks for requests before it closes.
"""

from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from socket import SHUT_WR
from time import monotonic
from typing import Any, Final

from gunicorn.workers.gthread import ThreadWorker

_LINGER_SECONDS: Final = 2.0
"""So long a client may take to close its end; closed at once, what it still sends would reset the connection."""
_LINGER_BYTES: Final = 1024 * 1024
_READ_BYTES: Final = 65_536


class RetiringWorker(ThreadWorker):  # type: ignore[misc] # gunicorn is untyped
    """gunicorn's `gthread`. It closes connections in two steps: no more is written, then what comes is discarded.

    https://www.rfc-editor.org/rfc/rfc9112#section-9.6
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._closing: deque[Any] = deque()

    def finish_request(self, conn: Any, fs: Future[object]) -> None:
        """Keep a connection open after an answer, or begin to close it."""
        if fs.cancelled() or fs.exception() is not None or not fs.result():
            self._begin_closing(conn)
        else:
            super().finish_request(conn, fs)

    def murder_keepalived(self, force: bool = False) -> None:
        """Close connections that were idle for too long; with `force` all, as the process is about to end."""
        if force:
            super().murder_keepalived(force=True)
            return
        if self._has_expired():
            self.wait_for_and_dispatch_events(timeout=0)  # a request may have come
        while self._has_expired():
            conn = self.keepalived_conns.popleft()
            self.poller.unregister(conn.sock)
            self._begin_closing(conn)

    def _has_expired(self) -> bool:
        return bool(self.keepalived_conns) and self.keepalived_conns[0].timeout <= monotonic()

    def murder_pending(self) -> None:
        """Close connections that never sent a request, and those whose clients do not close their end."""
        super().murder_pending()
        while self._closing and self._closing[0].timeout <= monotonic():
            self._end_closing(self._closing[0])

    def _begin_closing(self, conn: Any) -> None:
        conn.timeout, conn.discarded = monotonic() + _LINGER_SECONDS, 0
        self._closing.append(conn)
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(SHUT_WR)
            self.poller.register(conn.sock, EVENT_READ, partial(self._discard, conn))
        except (OSError, ValueError):  # the client, or gunicorn after an error, has closed it already
            self._end_closing(conn)

    def _discard(self, conn: Any, _socket: object) -> None:
        try:
            size = len(conn.sock.recv(_READ_BYTES))
        except BlockingIOError:
            return
        except OSError:
            size = 0
        conn.discarded += size
        if not size or conn.discarded > _LINGER_BYTES:
            self._end_closing(conn)

    def _end_closing(self, conn: Any) -> None:
        self._closing.remove(conn)
        self.nr_conns -= 1
        with suppress(OSError, KeyError, ValueError):  # it may not be registered
            self.poller.unregister(conn.sock)
        conn.close()
