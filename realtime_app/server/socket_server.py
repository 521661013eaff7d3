"""daphne with our limits on frames and on clients that do not read, with close reasons, and with an orderly stop.

ServerError
└── ListenFailed    the server cannot listen on the address
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from django.conf import settings

from events_app.runtime.essentials import LOOK_EVERY_SECONDS, EssentialsLook
from events_app.runtime.heartbeats import BEAT_SECONDS, beat, retire
from events_app.runtime.pulse import Pulse
from realtime_app.server.connections import BodyMemory, PerAddress, raise_descriptor_limit
from realtime_app.server.daphne_parts import (
    Server,
    WebSocketProtocol,
    build_endpoint_description_strings,
    reactor,
)
from realtime_app.server.http_protocol import TaskChannel
from realtime_app.server.origin import AsgiApplication
from realtime_app.server.refusals import WsgiApplication
from realtime_app.server.wsgi_calls import UnusedMessages, WsgiCalls
from realtime_app.sockets.database import in_database
from realtime_app.sockets.hub import Hub, hub_here
from realtime_app.sockets.protocol import MAX_FRAME_BYTES, CloseCode
from realtime_app.sockets.token_bucket import TokenBucket

logger = logging.getLogger(__name__)

# Twisted's module `reactor` is replaced by the object that daphne installs.
_reactor: Any = reactor

DRAIN_SECONDS: Final = 6.0
TURN_SECONDS: Final = 1.0
UNREAD_SECONDS: Final = 30.0
PING_SECONDS: Final = 20.0
MAX_WAITING_MESSAGES: Final = 256
SMALL_FRAMES_BURST: Final = 256
SMALL_FRAMES_PER_SECOND: Final = 10


class ServerError(Exception):
    """Base of the errors of the server."""


class ListenFailed(ServerError):
    """The address is in use, not of this machine, or not permitted; the message says which."""


class _Pressure:
    """A push producer (IPushProducer) that records since when the client does not read."""

    def __init__(self) -> None:
        self.paused_at: float | None = None

    def pauseProducing(self) -> None:
        if self.paused_at is None:
            self.paused_at = time.monotonic()

    def resumeProducing(self) -> None:
        self.paused_at = None

    def stopProducing(self) -> None:
        self.paused_at = None


class TaskProtocol(WebSocketProtocol):  # type: ignore[misc] # daphne is untyped
    """daphne's WebSocket protocol with limits that it lacks.

    They bound what the application cannot see: control and continuation frames, messages that wait for the
    application, and the time for which a client does not read.
    """

    def onOpen(self) -> None:
        """Prepare the limits of an open connection."""
        now = time.monotonic()
        self._pressure = _Pressure()
        self._pinged_at = now
        self._small_frames = TokenBucket(
            burst=SMALL_FRAMES_BURST, per_second=SMALL_FRAMES_PER_SECOND, now=now
        )
        # The transport's producer is still the HTTP channel that was upgraded.
        self.transport.unregisterProducer()
        self.transport.registerProducer(self._pressure, True)
        super().onOpen()

    def onFrameBegin(self) -> None:
        """Throttle frames that begin no message: pings, pongs, continuations."""
        if self.current_frame.opcode not in (1, 2) and not self._small_frames.take(time.monotonic()):
            self._close_too_many()
        super().onFrameBegin()

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Pass a message to the application, unless the connection is closing or too many messages wait."""
        if self.state != self.STATE_OPEN:
            return
        if self.application_queue.qsize() >= MAX_WAITING_MESSAGES:
            self._close_too_many()
            return
        super().onMessage(payload, isBinary)

    def onClose(self, wasClean: bool, code: int, reason: str) -> None:
        """Pass the close to the application, if the handshake reached it."""
        if hasattr(self, "server"):
            super().onClose(wasClean, code, reason)

    def connectionLost(self, *reason: Any) -> None:
        """Stop counting the connection."""
        self.factory.server_class.open_connections.remove(self.transport)
        super().connectionLost(*reason)

    def _close_too_many(self) -> None:
        self.sendCloseFrame(code=CloseCode.TOO_MANY, reasonUtf8=b"too many messages")

    def handle_reply(self, message: dict[str, Any]) -> None:
        """Send the application's close code and reason; autobahn itself refuses to send code 1012."""
        if message["type"] == "websocket.close" and self.state == self.STATE_OPEN:
            reason = message.get("reason") or ""
            self.sendCloseFrame(code=message.get("code") or 1000, reasonUtf8=reason.encode()[:123])
        else:
            super().handle_reply(message)

    def check_timeouts(self) -> None:
        """Drop a client that does not read, and send pings; daphne calls this every two seconds."""
        if self.state != self.STATE_OPEN:
            super().check_timeouts()
            return
        now = time.monotonic()
        if self._pressure.paused_at is not None and now - self._pressure.paused_at > UNREAD_SECONDS:
            self.dropConnection(abort=True)
        elif now - self._pinged_at > PING_SECONDS:
            self._pinged_at = now
            self._sendAutoPing()


class _Daphne(Server):  # type: ignore[misc] # daphne is untyped
    """daphne's server with our protocols and counters; it keeps the reason why it cannot listen."""

    listen_failure = ""

    def __init__(self, *args: Any, wsgi: WsgiApplication, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wsgi_calls = WsgiCalls(wsgi)
        self.open_connections = PerAddress(settings.CONNECTIONS_PER_ADDRESS)
        self.requests_under_way = PerAddress(settings.REQUESTS_PER_ADDRESS)
        self.body_memory = BodyMemory(
            total=settings.BODY_BYTES_AT_ONCE, per_address=settings.BODY_BYTES_PER_ADDRESS
        )

    def listen_error(self, failure: Any) -> None:
        self.listen_failure = failure.getErrorMessage()
        self.stop()

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        """Begin to serve a request or a socket, and return where daphne puts what the client sends."""
        if scope["type"] != "http":
            return super().create_application(protocol, scope)
        self.connections[protocol]["application_instance"] = self.wsgi_calls.begin(protocol, scope)
        return UnusedMessages()

    def use_our_protocol(self) -> None:
        """Set our protocol classes; call it before the reactor runs, when there are factories but no connections."""
        self.http_factory.protocol = TaskChannel
        self.ws_factory.protocol = TaskProtocol
        # By default autobahn answers a protocol error by dropping the connection, without a close code.
        # Any origin passes here, even "null": OriginGate checks origins.
        self.ws_factory.setProtocolOptions(failByDrop=False, closeHandshakeTimeout=2, allowNullOrigin=True)

    @property
    def active(self) -> int:
        """The number of requests and sockets that are being served."""
        applications = [details.get("application_instance") for details in self.connections.values()]
        return sum(application is not None and not application.done() for application in applications)


class SocketServer:
    """Serves sockets by an ASGI application and HTTP by a WSGI application, on one port, once per process.

    The calling thread reads and writes for all; a few others answer requests. Twisted's reactor does not start twice.
    The caller handles signals; `stop` may be called from a signal handler, from any thread, any number of times.
    """

    def __init__(
        self,
        sockets: AsgiApplication,
        http: WsgiApplication,
        *,
        host: str,
        port: int,
        on_ready: Callable[[], None] | None = None,
    ) -> None:
        self._on_ready = on_ready
        self._is_stopping = threading.Event()
        self._is_prepared = False
        self.pulse = Pulse("the reactor")
        self._tasks: list[asyncio.Task[None]] = []
        self._daphne = _Daphne(
            sockets,
            wsgi=http,
            endpoints=build_endpoint_description_strings(host=host, port=port),
            signal_handlers=False,
            ready_callable=self._prepare,
            websocket_timeout=-1,
            websocket_max_frame_size=MAX_FRAME_BYTES,
            websocket_max_message_size=MAX_FRAME_BYTES,
            server_name="",
        )
        self._address = f"{host}:{port}"

    @property
    def address(self) -> tuple[str, int]:
        """The host and port on which it listens; port 0 has been replaced by a free one."""
        host, port = self._daphne.listening_addresses[0]
        return str(host), int(port)

    def run(self) -> None:
        """Serve until `stop`. Raises ListenFailed, whose message is one sentence."""
        raise_descriptor_limit()
        self._daphne.run()
        if self._daphne.listen_failure:
            raise ListenFailed(f"Cannot listen on {self._address}: {self._daphne.listen_failure}")

    def stop(self) -> None:
        """Make `run` stop accepting, close sockets with 1012, let requests finish, and return.

        `stop` itself returns at once; `run` returns a little after DRAIN_SECONDS at the latest.
        """
        if not self._is_stopping.is_set():
            self._is_stopping.set()
            _reactor.callFromThread(self._start, self._drain)

    def _prepare(self) -> None:
        self._daphne.use_our_protocol()
        _reactor.callWhenRunning(self._begin)

    def _begin(self) -> None:
        self._start(self._turn)
        self._start(self._beat)
        if self._on_ready is not None:
            self._on_ready()

    def _start(self, work: Callable[[], Any]) -> None:
        self._tasks.append(asyncio.get_event_loop().create_task(work()))

    async def _turn(self) -> None:
        """Report turns of the reactor's loop until the process ends."""
        while True:
            self.pulse.turn()
            await asyncio.sleep(TURN_SECONDS)

    async def _beat(self) -> None:
        """Store heartbeats of the role, with the number of sockets, once there are tables for them."""
        hub, look = hub_here(), EssentialsLook()
        while not (self._is_stopping.is_set() or self._is_prepared):
            self._is_prepared = await in_database(look.is_prepared)
            await asyncio.sleep(0 if self._is_prepared else LOOK_EVERY_SECONDS)
        while not self._is_stopping.is_set():
            try:
                await in_database(beat, "sockets", {"sockets": hub.size})
            except Exception:  # the server continues while the database is away
                logger.exception("The heartbeat of the sockets could not be written")
            await asyncio.sleep(BEAT_SECONDS)

    async def _drain(self) -> None:
        """Close all sockets in order, then stop the reactor even after an error."""
        try:
            async with asyncio.timeout(DRAIN_SECONDS + 1):
                await self._close_sockets(hub_here())
        except Exception:  # the process ends either way
            logger.exception("The server did not stop in order")
        self._daphne.wsgi_calls.close()
        _reactor.stop()

    async def _close_sockets(self, hub: Hub) -> None:
        for listener in self._daphne.listeners:
            listener.addCallback(lambda port: port.stopListening())
        hub.drain()
        ends_at = time.monotonic() + DRAIN_SECONDS
        while self._daphne.active and time.monotonic() < ends_at:
            await asyncio.sleep(0.05)
        if self._is_prepared:
            await hub.close()
            await in_database(retire, "sockets")
