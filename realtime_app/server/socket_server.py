"""daphne with our limits: small frames, close reasons, clients that do not read, an end without loss.

ServerError
└── ListenFailed    the address cannot be listened on
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from daphne.endpoints import build_endpoint_description_strings
from daphne.server import Server
from daphne.ws_protocol import WebSocketProtocol
from django.conf import settings
from twisted.internet import reactor

from events_app.runtime.heartbeats import BEAT_SECONDS, beat, retire
from realtime_app.server.connections import BodyMemory, PerAddress, raise_descriptor_limit
from realtime_app.server.http_protocol import TaskChannel
from realtime_app.sockets.database import in_database
from realtime_app.sockets.hub import Hub, hub_here
from realtime_app.sockets.protocol import MAX_FRAME_BYTES, CloseCode
from realtime_app.sockets.token_bucket import TokenBucket

logger = logging.getLogger(__name__)

# Twisted's module of this name is replaced by the reactor that daphne installs.
_reactor: Any = reactor

DRAIN_SECONDS: Final = 6.0
UNREAD_SECONDS: Final = 30.0
PING_SECONDS: Final = 20.0
MAX_WAITING_MESSAGES: Final = 256
SMALL_FRAMES_BURST: Final = 256
SMALL_FRAMES_PER_SECOND: Final = 10


class ServerError(Exception):
    """Base of what keeps the server from serving."""


class ListenFailed(ServerError):
    """The address is taken, not ours or not allowed; the message says which."""


class _Pressure:
    """Told by the transport (as an IPushProducer) when the client stops reading and when it goes on."""

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
    """daphne's protocol, where it has no bounds of its own.

    What the application cannot see is limited here: control and continuation frames, messages that wait for
    it, and what waits to be read by a client that does not.
    """

    def onOpen(self) -> None:
        """Begin to watch whether the client reads."""
        now = time.monotonic()
        self._pressure = _Pressure()
        self._pinged_at = now
        self._small_frames = TokenBucket(
            burst=SMALL_FRAMES_BURST, per_second=SMALL_FRAMES_PER_SECOND, now=now
        )
        # The transport still reports to the HTTP channel that was upgraded.
        self.transport.unregisterProducer()
        self.transport.registerProducer(self._pressure, True)
        super().onOpen()

    def onFrameBegin(self) -> None:
        """Count what is no message of its own: pings, pongs, continuations."""
        if self.current_frame.opcode not in (1, 2) and not self._small_frames.take(time.monotonic()):
            self._flooded()
        super().onFrameBegin()

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Hand a message on, unless the connection is closing or floods us."""
        if self.state != self.STATE_OPEN:
            return
        if self.application_queue.qsize() >= MAX_WAITING_MESSAGES:
            self._flooded()
            return
        super().onMessage(payload, isBinary)

    def onClose(self, wasClean: bool, code: int, reason: str) -> None:
        """Tell the application, if the handshake got as far as that."""
        if hasattr(self, "server"):
            super().onClose(wasClean, code, reason)

    def connectionLost(self, *reason: Any) -> None:
        """Count the connection no more."""
        self.factory.server_class.open_connections.remove(self.transport)
        super().connectionLost(*reason)

    def _flooded(self) -> None:
        self.sendCloseFrame(code=CloseCode.TOO_MANY, reasonUtf8=b"too many messages")

    def handle_reply(self, message: dict[str, Any]) -> None:
        """Close with the application's reason, and with 1012, which autobahn keeps to itself."""
        if message["type"] == "websocket.close" and self.state == self.STATE_OPEN:
            reason = message.get("reason") or ""
            self.sendCloseFrame(code=message.get("code") or 1000, reasonUtf8=reason.encode()[:123])
        else:
            super().handle_reply(message)

    def check_timeouts(self) -> None:
        """Drop who does not read or answer; daphne calls this every two seconds."""
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
    """daphne's server, which tells why it cannot listen and which protocol to use."""

    listen_failure = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.open_connections = PerAddress(settings.CONNECTIONS_PER_ADDRESS)
        self.requests_under_way = PerAddress(settings.REQUESTS_PER_ADDRESS)
        self.body_memory = BodyMemory(
            total=settings.BODY_BYTES_AT_ONCE, per_address=settings.BODY_BYTES_PER_ADDRESS
        )

    def listen_error(self, failure: Any) -> None:
        self.listen_failure = failure.getErrorMessage()
        self.stop()

    def use_our_protocol(self) -> None:
        """Before the reactor runs: the factory exists, no connection does."""
        self.http_factory.protocol = TaskChannel
        self.ws_factory.protocol = TaskProtocol
        # By default autobahn answers a broken rule by dropping the connection, without a close code.
        # What is not named here keeps what daphne said, except for allowNullOrigin: OriginGate judges origins.
        self.ws_factory.setProtocolOptions(failByDrop=False, closeHandshakeTimeout=2, allowNullOrigin=True)

    @property
    def active(self) -> int:
        """How many requests and sockets are being served."""
        applications = [details.get("application_instance") for details in self.connections.values()]
        return sum(application is not None and not application.done() for application in applications)


class SocketServer:
    """Serves an ASGI application over HTTP and WebSocket from the calling thread.

    Once per process: Twisted's reactor does not start twice. Signals are the caller's; `stop` may be called
    from a handler, from any thread, any number of times.
    """

    def __init__(
        self, application: Any, *, host: str, port: int, on_ready: Callable[[], None] | None = None
    ) -> None:
        self._on_ready = on_ready
        self._is_stopping = threading.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._daphne = _Daphne(
            application,
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
        """Host and port, once it listens; port 0 was replaced by a free one."""
        host, port = self._daphne.listening_addresses[0]
        return str(host), int(port)

    def run(self) -> None:
        """Serve until `stop`. Raises ListenFailed, whose message is one sentence."""
        raise_descriptor_limit()
        self._daphne.run()
        if self._daphne.listen_failure:
            raise ListenFailed(f"Cannot listen on {self._address}: {self._daphne.listen_failure}")

    def stop(self) -> None:
        """Stop accepting, close sockets with 1012, let requests finish, then return from `run`.

        Returns at once; the end comes within DRAIN_SECONDS and a little.
        """
        if not self._is_stopping.is_set():
            self._is_stopping.set()
            _reactor.callFromThread(self._start, self._drain)

    def _prepare(self) -> None:
        self._daphne.use_our_protocol()
        _reactor.callWhenRunning(self._begin)

    def _begin(self) -> None:
        self._start(self._beat)
        if self._on_ready is not None:
            self._on_ready()

    def _start(self, work: Callable[[], Any]) -> None:
        self._tasks.append(asyncio.get_event_loop().create_task(work()))

    async def _beat(self) -> None:
        """Report the role and how many sockets it holds."""
        hub = hub_here()
        while not self._is_stopping.is_set():
            try:
                await in_database(beat, "sockets", {"sockets": hub.size})
            except Exception:  # the role outlives a database that is away
                logger.exception("The heartbeat of the sockets could not be written")
            await asyncio.sleep(BEAT_SECONDS)

    async def _drain(self) -> None:
        """Let go of everything in order; whatever goes wrong, the reactor stops."""
        try:
            async with asyncio.timeout(DRAIN_SECONDS + 1):
                await self._close_sockets(hub_here())
        except Exception:  # the process ends either way
            logger.exception("The server did not stop in order")
        _reactor.stop()

    async def _close_sockets(self, hub: Hub) -> None:
        for listener in self._daphne.listeners:
            listener.addCallback(lambda port: port.stopListening())
        hub.drain()
        ends_at = time.monotonic() + DRAIN_SECONDS
        while self._daphne.active and time.monotonic() < ends_at:
            await asyncio.sleep(0.05)
        await hub.close()
        await in_database(retire, "sockets")
