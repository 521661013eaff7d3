"""HTTP/1.1 of daphne's roles, with limits that Twisted and daphne lack: bodies, deadlines, connections.

Twisted restarts its only timeout at each byte and stores the whole request before it calls daphne. Here the headers of
a request are checked first, and each part of it has a deadline that further bytes do not move.
"""

from collections.abc import Callable
from http import HTTPStatus
from io import BytesIO
from time import monotonic, time
from typing import Any, Final
from urllib.parse import unquote

from django.conf import settings

from events_app.api.body_bounds import MAX_LENGTH_DIGITS, refuse_body
from events_app.api.header_bounds import refuse_headers
from foundation.counters import count
from foundation.http.problems import Problem
from realtime_app.server.connections import FREE_BODY_BYTES, REFUSED_AT_ONCE, network_at
from realtime_app.server.daphne_parts import HTTPChannel, LineReceiver, WebRequest
from realtime_app.server.handshakes import find_fault
from realtime_app.server.refusals import encode_problem

BODY_BYTES_PER_SECOND: Final = 16 * 1024
LINGER_SECONDS: Final = 5
LINGER_BYTES: Final = 64 * 1024 * 1024
UNREAD_ANSWER_SECONDS: Final = 75
TOO_LATE: Final = Problem(408, "too_slow", "The request did not arrive in time.")
NO_ROOM: Final = Problem(503, "unavailable", "Too much is being sent at once.", headers={"Retry-After": "5"})
TOO_MANY_REQUESTS: Final = Problem(
    429, "too_many_requests", "This address has too many requests under way.", headers={"Retry-After": "1"}
)
_TOO_MANY: Final = Problem(
    429, "too_many_connections", "This address holds too many connections.", headers={"Retry-After": "10"}
)


class TaskRequest(WebRequest):  # type: ignore[misc] # daphne is untyped
    """daphne's request, with a limit on its body, without parsing of forms, and with problem documents as refusals."""

    def __init__(self, channel: Any, queued: Any) -> None:
        super().__init__(channel, queued)
        # Twisted would parse each form, even if no view needs it, in the thread that serves all connections.
        self._parsePOSTFormSubmission = False
        self._counted_bytes = 0

    def gotLength(self, length: int | None) -> None:
        """Refuse the request if its body or headers exceed their limits; otherwise keep the body in memory."""
        self.content = BytesIO()
        path = unquote(self.channel._path.partition(b"?")[0].decode("latin1"))
        if problem := refuse_body(path, self._header):
            count(f"http.bodies_refused.{problem.status}")
            self.channel.refuse(problem)
        elif problem := refuse_headers(self._header):
            count(f"http.headers_refused.{problem.status}")
            self.channel.refuse(problem)
        elif not length:
            self.requestHeaders.removeHeader(
                b"content-type"
            )  # without a body it is unchecked, see header_bounds

    def handleContentChunk(self, data: bytes) -> None:
        """Keep a part of the body, or refuse the request if all bodies together are too large."""
        self.content.write(data)
        size = max(0, self.content.tell() - FREE_BODY_BYTES) - self._counted_bytes
        self._counted_bytes += size
        if size and not self.server.body_memory.take(network_at(self.channel), size):
            count("http.bodies_refused.503")
            self._forget_body()
            self.content = BytesIO()
            self.channel.refuse(NO_ROOM)

    def finish(self) -> None:
        """End the answer and stop counting the body; the request counts until the client has read the answer."""
        self._forget_body()
        if self.channel is not None:
            self.channel.call_when_sent(lambda: self.server.requests_under_way.remove(self))
        super().finish()

    def connectionLost(self, reason: Any) -> None:
        """End with the connection, and stop counting the body."""
        self._forget_body()
        super().connectionLost(reason)

    def _forget_body(self) -> None:
        if self._counted_bytes:
            self.server.body_memory.release(network_at(self.channel), self._counted_bytes)
            self._counted_bytes = 0

    def process(self) -> Any:
        """Pass the request to the application, or upgrade the connection unless the handshake is malformed."""
        # daphne sets the root path from this header, which only the deployment may do, not a client.
        self.requestHeaders.removeHeader(b"daphne-root-path")
        if self._header("upgrade").lower() == "websocket":
            self.path = self.uri.partition(b"?")[0]
            if fault := find_fault(self.method, self.requestHeaders, has_body=bool(self.content.getvalue())):
                self.request_start = time()
                return self.basic_error(400, b"Bad Request", fault)
            return super().process()
        return self._ask_application()

    def _ask_application(self) -> Any:
        """Call the application, unless the address has too many requests in progress."""
        under_way = self.server.requests_under_way
        if under_way.add(self, network_at(self.channel)):
            under_way.remove(self)
            count("http.requests_refused")
            return self.channel.refuse(TOO_MANY_REQUESTS)
        result = super().process()
        if "application_instance" not in self.server.connections.get(self, {}):
            under_way.remove(self)
        return result

    def stop_counting(self) -> None:
        """Stop counting a request whose client went before its call has ended; else `finish` does."""
        if not self.finished:
            self.server.requests_under_way.remove(self)

    def basic_error(self, status: int, status_text: bytes, body: str) -> None:
        """Answer daphne's own refusals with a problem document."""
        head, content = encode_problem(Problem(status, "malformed" if status < 500 else "server_error", body))
        self.handle_reply({"type": "http.response.start", "status": status, "headers": head})
        self.handle_reply({"type": "http.response.body", "body": content})

    def _header(self, name: str) -> str:
        values = self.requestHeaders.getRawHeaders(name.encode())
        return b",".join(values).decode("latin1") if values else ""


class TaskChannel(HTTPChannel):
    """Twisted's HTTP connection, with deadlines for headers, for bodies, and between requests."""

    transport: Any
    factory: Any
    requestFactory: Any

    def __init__(self) -> None:
        super().__init__()
        self._is_between_requests = True
        self._is_refused = False
        self._body_began_at: float | None = None
        self._body_bytes_seen = 0
        self._discarded = 0
        self._unread: TaskRequest | None = None
        self._callbacks: list[Callable[[], None]] = []

    def connectionMade(self) -> None:
        """Wait for a request, or refuse the connection if the client's address has too many."""
        self.timeOut = settings.HTTP_IDLE_SECONDS
        self.requestFactory = TaskRequest  # daphne sets its own after the channel is created
        super().connectionMade()
        too_many = self.factory.server.open_connections.add(self.transport, network_at(self))
        if too_many:
            count("http.connections_refused")
        if too_many > REFUSED_AT_ONCE:
            self.transport.loseConnection()
        elif too_many:
            self.refuse(_TOO_MANY)

    def connectionLost(self, reason: Any = None) -> None:
        """Stop counting the connection."""
        self.factory.server.open_connections.remove(self.transport)
        if self._unread is not None:
            self.requests.remove(self._unread)
        self._waitingForTransport = False
        self._run_callbacks()
        super().connectionLost(reason)

    def _maybeChooseTransferDecoder(self, header: bytes, data: bytes) -> bool:
        # `int` raises for thousands of digits, which would end the connection without an answer.
        if header == b"Content-Length" and data.isdigit():
            data = data[-MAX_LENGTH_DIGITS:] if not data.strip(b"0") else data[:MAX_LENGTH_DIGITS]
        return bool(super()._maybeChooseTransferDecoder(header, data))

    # Deadlines

    def dataReceived(self, data: bytes) -> None:
        """Read data. The first byte of a request sets its deadline; further bytes do not move it."""
        if self._is_refused:
            self._discard(data)
            return
        if self._is_between_requests and not self._handlingRequest:
            self._is_between_requests = False
            self.setTimeout(settings.HTTP_HEADER_SECONDS)
        # Not HTTPChannel's method, which would restart the timeout.
        LineReceiver.dataReceived(self, data)

    def allHeadersReceived(self) -> None:
        """Set the deadline of the body, if there is one and the request is not refused."""
        super().allHeadersReceived()
        if self.length and not self._is_refused:
            self._body_began_at, self._body_bytes_seen = monotonic(), 0
            self.setTimeout(settings.HTTP_BODY_SECONDS)

    def allContentReceived(self) -> None:
        """Process the request; further requests wait meanwhile, and no deadline runs."""
        if self._is_refused:
            return
        self._is_between_requests, self._body_began_at = True, None
        self.timeOut = settings.HTTP_IDLE_SECONDS  # Twisted starts it after the answer
        super().allContentReceived()

    def timeoutConnection(self) -> None:
        """Refuse a late request, close an idle connection, abort one whose client does not read the answer."""
        if self._is_refused or self.transport.disconnecting or self._unread is not None:
            self.transport.abortConnection()
        elif self._is_between_requests:
            self.loseConnection()
        elif seconds := self._extension_seconds():
            self.setTimeout(seconds)
        else:
            count("http.late")
            self.refuse(TOO_LATE)

    def _extension_seconds(self) -> float:
        """Return how much longer to wait for a body that was fast enough until now and still arrives; 0 otherwise."""
        if self._body_began_at is None:
            return 0
        received = self.requests[-1].content.tell()
        left = received / BODY_BYTES_PER_SECOND - (monotonic() - self._body_began_at)
        has_stopped, self._body_bytes_seen = received == self._body_bytes_seen, received
        if has_stopped or left <= 0:
            return 0
        return float(min(max(1, left), settings.HTTP_BODY_SECONDS))

    def loseConnection(self) -> None:
        """Close once everything is sent, or after UNREAD_ANSWER_SECONDS if the client does not read it."""
        super().loseConnection()
        self.setTimeout(UNREAD_ANSWER_SECONDS)

    # Answers that are not read

    def call_when_sent(self, callback: Callable[[], None]) -> None:
        """Call `callback` once all answers so far have been sent, or the client has disconnected."""
        self._callbacks.append(callback)
        if not self._waitingForTransport:
            self._run_callbacks()

    def requestDone(self, request: Any) -> None:
        """Continue with the next request once this answer has been sent.

        Otherwise the answers to pipelined requests would all be in memory: 16 KiB of requests took 270 MB.
        """
        if self._waitingForTransport and self.persistent:
            self._unread = request
            self.setTimeout(settings.HTTP_IDLE_SECONDS + UNREAD_ANSWER_SECONDS)
        else:
            super().requestDone(request)

    def resumeProducing(self) -> None:
        """Continue after the answers so far have been sent."""
        super().resumeProducing()
        self._run_callbacks()
        request, self._unread = self._unread, None
        if request is not None:
            super().requestDone(request)

    def _run_callbacks(self) -> None:
        callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()

    # Refusals

    def refuse(self, problem: Problem) -> None:
        """Answer at once, accept no further request, and close.

        Data that the client still sends is discarded for a moment: a connection that is closed at once is reset, and
        the answer is lost. https://datatracker.ietf.org/doc/html/rfc9112#section-9.6
        """
        self._is_refused = True
        self.setRawMode()
        head, content = encode_problem(problem)
        lines = [f"HTTP/1.1 {problem.status} {HTTPStatus(problem.status).phrase}".encode()]
        lines += [name + b": " + value for name, value in [*head, (b"Connection", b"close")]]
        is_head = getattr(self, "_command", b"") == b"HEAD"
        self.transport.write(b"\r\n".join([*lines, b"", b"" if is_head else content]))
        self.transport.loseWriteConnection()
        self.setTimeout(LINGER_SECONDS)

    def rawDataReceived(self, data: bytes) -> None:
        """Read a part of the body, or discard it if the request was refused."""
        if self._is_refused:
            self._discard(data)
        else:
            super().rawDataReceived(data)

    def _discard(self, data: bytes) -> None:
        self._discarded += len(data)
        if self._discarded > LINGER_BYTES:
            self.transport.abortConnection()

    def _send100Continue(self) -> None:
        if not self._is_refused:
            super()._send100Continue()
