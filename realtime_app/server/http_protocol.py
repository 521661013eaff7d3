"""HTTP/1.1 of daphne's roles, where Twisted and daphne have no bounds: bodies, deadlines, connections.

Twisted restarts its only clock at every byte and stores whatever comes; daphne is asked once all of it is there.
Here a request is judged by its headers, and each part of it has a deadline that no byte moves.
"""

from collections.abc import Callable
from http import HTTPStatus
from io import BytesIO
from time import monotonic, time
from typing import Any, Final
from urllib.parse import unquote

from daphne.http_protocol import WebRequest
from django.conf import settings
from twisted.protocols.basic import LineReceiver
from twisted.web.http import HTTPChannel

from events_app.api.body_bounds import MAX_LENGTH_DIGITS, refuse_body
from events_app.api.header_bounds import refuse_headers
from foundation.counters import count
from foundation.http.problems import Problem
from realtime_app.server.connections import FREE_BODY_BYTES, REFUSED_AT_ONCE, network_at
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
    """daphne's request: bounded when its headers are there, never parsed as a form, refused in our words."""

    def __init__(self, channel: Any, queued: Any) -> None:
        super().__init__(channel, queued)
        # Twisted would parse a form before anybody asked for it, on the thread that serves everyone.
        self._parsePOSTFormSubmission = False
        self._counted_bytes = 0

    def gotLength(self, length: int | None) -> None:
        """Take the body into memory, within the bound of its path, or refuse it; so with headers."""
        self.content = BytesIO()
        path = unquote(self.channel._path.partition(b"?")[0].decode("latin1"))
        if problem := refuse_body(path, self._header):
            count(f"http.bodies_refused.{problem.status}")
            self.channel.refuse(problem)
        elif problem := refuse_headers(self._header):
            count(f"http.headers_refused.{problem.status}")
            self.channel.refuse(problem)
        elif not length:
            self.requestHeaders.removeHeader(b"content-type")  # it describes nothing, and is not parsed

    def handleContentChunk(self, data: bytes) -> None:
        """Keep a piece of the body, unless that is more than all bodies together may take."""
        self.content.write(data)
        size = max(0, self.content.tell() - FREE_BODY_BYTES) - self._counted_bytes
        self._counted_bytes += size
        if size and not self.server.body_memory.take(network_at(self.channel), size):
            count("http.bodies_refused.503")
            self._forget_body()
            self.content = BytesIO()
            self.channel.refuse(NO_ROOM)

    def finish(self) -> None:
        """End the answer, and count its body no more; the request counts until the client has taken the answer."""
        self._forget_body()
        if self.channel is not None:
            self.channel.when_taken(lambda: self.server.requests_under_way.remove(self))
        super().finish()

    def connectionLost(self, reason: Any) -> None:
        """End with the connection, and count the body no more."""
        self._forget_body()
        super().connectionLost(reason)

    def _forget_body(self) -> None:
        if self._counted_bytes:
            self.server.body_memory.release(network_at(self.channel), self._counted_bytes)
            self._counted_bytes = 0

    def process(self) -> Any:
        """Hand the request on, or the connection to a WebSocket, unless the handshake is malformed."""
        # daphne lets this header set the root path, which is the deployment's to say, not the client's.
        self.requestHeaders.removeHeader(b"daphne-root-path")
        if self._header("upgrade").lower() == "websocket":
            self.path = self.uri.partition(b"?")[0]
            if fault := find_fault(self.method, self.requestHeaders, has_body=bool(self.content.getvalue())):
                self.request_start = time()
                return self.basic_error(400, b"Bad Request", fault)
            return super().process()
        return self._ask_application()

    def _ask_application(self) -> Any:
        """Have the request answered, unless its address has too many under way: each takes a thread of its own."""
        under_way = self.server.requests_under_way
        if under_way.add(self, network_at(self.channel)):
            under_way.remove(self)
            count("http.requests_refused")
            return self.channel.refuse(TOO_MANY_REQUESTS)
        result = super().process()
        asked = self.server.connections.get(self, {}).get("application_instance")
        if asked is None:
            under_way.remove(self)
        else:  # who is gone leaves a thread at work; what was answered is for `finish` to count no more
            asked.add_done_callback(lambda _: self.finished or under_way.remove(self))
        return result

    def basic_error(self, status: int, status_text: bytes, body: str) -> None:
        """Answer what daphne itself refuses as a problem document."""
        head, content = encode_problem(Problem(status, "malformed" if status < 500 else "server_error", body))
        self.handle_reply({"type": "http.response.start", "status": status, "headers": head})
        self.handle_reply({"type": "http.response.body", "body": content})

    def _header(self, name: str) -> str:
        values = self.requestHeaders.getRawHeaders(name.encode())
        return b",".join(values).decode("latin1") if values else ""


class TaskChannel(HTTPChannel):
    """Twisted's reader of requests, with a deadline for headers, for bodies, and between requests."""

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
        self._when_taken: list[Callable[[], None]] = []

    def connectionMade(self) -> None:
        """Begin to wait for a request, unless the client's address holds too many connections."""
        self.timeOut = settings.HTTP_IDLE_SECONDS
        self.requestFactory = TaskRequest  # daphne names its own once the channel is made
        super().connectionMade()
        too_many = self.factory.server.open_connections.add(self.transport, network_at(self))
        if too_many:
            count("http.connections_refused")
        if too_many > REFUSED_AT_ONCE:
            self.transport.loseConnection()
        elif too_many:
            self.refuse(_TOO_MANY)

    def connectionLost(self, reason: Any = None) -> None:
        """Count the connection no more."""
        self.factory.server.open_connections.remove(self.transport)
        if self._unread is not None:
            self.requests.remove(self._unread)
        self._waitingForTransport = False
        self._tell_taken()
        super().connectionLost(reason)

    def _maybeChooseTransferDecoder(self, header: bytes, data: bytes) -> bool:
        # Python refuses to convert thousands of digits, which would end the connection without an answer.
        if header == b"Content-Length" and data.isdigit():
            data = data[-MAX_LENGTH_DIGITS:] if not data.strip(b"0") else data[:MAX_LENGTH_DIGITS]
        return bool(super()._maybeChooseTransferDecoder(header, data))

    # Deadlines

    def dataReceived(self, data: bytes) -> None:
        """Read on; a request's first byte sets its deadline, further ones do not move it."""
        if self._is_refused:
            self._discard(data)
            return
        if self._is_between_requests and not self._handlingRequest:
            self._is_between_requests = False
            self.setTimeout(settings.HTTP_HEADER_SECONDS)
        # Not HTTPChannel's own, which would set the clock anew.
        LineReceiver.dataReceived(self, data)

    def allHeadersReceived(self) -> None:
        """Begin to wait for the body, if there is one and it is not refused."""
        super().allHeadersReceived()
        if self.length and not self._is_refused:
            self._body_began_at, self._body_bytes_seen = monotonic(), 0
            self.setTimeout(settings.HTTP_BODY_SECONDS)

    def allContentReceived(self) -> None:
        """Have the request answered; what comes meanwhile waits, and no clock runs."""
        if self._is_refused:
            return
        self._is_between_requests, self._body_began_at = True, None
        self.timeOut = settings.HTTP_IDLE_SECONDS  # which Twisted sets again after the answer
        super().allContentReceived()

    def timeoutConnection(self) -> None:
        """Refuse what is late; close what is idle; cut off who does not take the end of an answer."""
        if self._is_refused or self.transport.disconnecting or self._unread is not None:
            self.transport.abortConnection()
        elif self._is_between_requests:
            self.loseConnection()
        elif seconds := self._seconds_earned():
            self.setTimeout(seconds)
        else:
            count("http.late")
            self.refuse(TOO_LATE)

    def _seconds_earned(self) -> float:
        """Return for how much longer a body may go on that came fast enough until now, and has not stopped."""
        if self._body_began_at is None:
            return 0
        received = self.requests[-1].content.tell()
        left = received / BODY_BYTES_PER_SECOND - (monotonic() - self._body_began_at)
        has_stopped, self._body_bytes_seen = received == self._body_bytes_seen, received
        if has_stopped or left <= 0:
            return 0
        return float(min(max(1, left), settings.HTTP_BODY_SECONDS))

    def loseConnection(self) -> None:
        """Close once everything is sent; who does not read it is cut off."""
        super().loseConnection()
        self.setTimeout(UNREAD_ANSWER_SECONDS)

    # Answers that are not read

    def when_taken(self, then: Callable[[], None]) -> None:
        """Call `then` once the client has taken all that was answered so far, or is gone."""
        self._when_taken.append(then)
        if not self._waitingForTransport:
            self._tell_taken()

    def requestDone(self, request: Any) -> None:
        """Go on to the next request, once the client has taken this answer.

        Requests that were sent together would all be answered into memory: 16 KiB of them held 270 MB.
        """
        if self._waitingForTransport and self.persistent:
            self._unread = request
            self.setTimeout(settings.HTTP_IDLE_SECONDS + UNREAD_ANSWER_SECONDS)
        else:
            super().requestDone(request)

    def resumeProducing(self) -> None:
        """Go on: the client has taken what there was."""
        super().resumeProducing()
        self._tell_taken()
        taken, self._unread = self._unread, None
        if taken is not None:
            super().requestDone(taken)

    def _tell_taken(self) -> None:
        waiting, self._when_taken = self._when_taken, []
        for then in waiting:
            then()

    # Refusals

    def refuse(self, problem: Problem) -> None:
        """Answer at once, take no further request, and close.

        What the client still sends is thrown away for a moment: closed at once, the connection would be reset and
        the answer lost. https://datatracker.ietf.org/doc/html/rfc9112#section-9.6
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
        """Read a body, unless it was refused."""
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
