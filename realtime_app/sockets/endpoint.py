"""The I/O around one Session: it passes in frames, timers and results of reads, and performs the session's actions."""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from functools import partial
from typing import Any

from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import DatabaseError

from accounts_app.credentials.credential import Credential
from accounts_app.errors import TicketInvalid
from realtime_app.errors import NotSignedIn, TooManySockets
from realtime_app.operations import Admission, admit_socket
from realtime_app.queries import read_bounds
from realtime_app.server.origin import Handshake
from realtime_app.sockets.database import in_database
from realtime_app.sockets.exchange import Action, Close, Identify, ReadBounds, ReadLog, Send
from realtime_app.sockets.hub import Hub, hub_here
from realtime_app.sockets.metrics import SOCKET_FRAMES
from realtime_app.sockets.protocol import SUBPROTOCOL, CloseCode, type_of_frame
from realtime_app.sockets.session import Session
from realtime_app.sockets.throttled_log import warn_throttled

logger = logging.getLogger(__name__)


class TaskSocket(AsyncWebsocketConsumer):  # type: ignore[misc] # channels is untyped
    """One connection of `/ws/tasks/`. The hub listens to the channel layer for all sockets."""

    channel_layer_alias = ""

    def __init__(self) -> None:
        super().__init__()
        self._hub: Hub = hub_here()
        self.session = Session(self._now)
        self.credential: Credential | None = None
        self.admission: Admission | None = None
        self._outgoing: asyncio.Queue[Send | Close] = asyncio.Queue()
        self._writer: asyncio.Task[None] | None = None
        self._work: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve the connection until it ends, and then always clean up."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._clean_up()

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Handle one ASGI event. Channels' own method would close database connections in a thread for each event."""
        match message["type"]:
            case "websocket.connect":
                await self.connect()
            case "websocket.receive":
                frame = message.get("text")
                self.perform(self.session.on_frame(message["bytes"] if frame is None else frame, self._now))
            case "websocket.disconnect":
                raise StopConsumer

    async def connect(self) -> None:
        """Accept with our subprotocol if the client offers any; refuse a client that offers only others."""
        offered = self.scope["subprotocols"]
        if self._hub.is_draining or (offered and SUBPROTOCOL not in offered):
            await self.close()
            return
        self._writer = asyncio.create_task(self._write())
        await self.accept(SUBPROTOCOL if offered else None)
        self._hub.open(self)
        self._arm()

    @property
    def _now(self) -> float:
        return self._hub.loop.time()

    def perform(self, actions: Sequence[Action]) -> None:
        """Perform the session's actions; frames are sent in this order."""
        for action in actions:
            match action:
                case Send() | Close():
                    self._outgoing.put_nowait(action)
                case Identify(ticket=ticket):
                    self._start(self._identify(ticket))
                case ReadBounds():
                    self._start(self._read_bounds())
                case ReadLog(after=after, limit=limit):
                    self._start(self._read_log(after, limit))
        self._arm()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._finish)

    def _finish(self, task: asyncio.Task[None]) -> None:
        self._work.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            logger.error("Work for a socket failed", exc_info=error)
            self.perform(self.session.on_refused(CloseCode.TRY_LATER, "the service is busy"))

    async def _write(self) -> None:
        while True:
            match await self._outgoing.get():
                case Send(text=text):
                    await self.send(text_data=text)
                    SOCKET_FRAMES.labels(type_of_frame(text)).inc()
                case Close(code=code, reason=reason):
                    await self.close(int(code), reason)
                    return

    # Timers

    def _arm(self) -> None:
        """Set the timer for the session's deadline. An earlier timer may stay: an early tick is harmless."""
        deadline = self.session.deadline
        if self._timer is not None and (deadline is None or deadline < self._timer.when()):
            self._timer.cancel()
            self._timer = None
        if self._timer is None and deadline is not None:
            self._timer = self._hub.loop.call_at(deadline, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self.perform(self.session.tick(self._now))

    # Database work

    async def _identify(self, ticket: str | None) -> None:
        handshake: Handshake = self.scope["handshake"]
        admit = partial(
            admit_socket, ticket=ticket, session_key=handshake.session_key, host_id=self._hub.host_id
        )
        try:
            self.admission = await in_database(admit)
            self.credential = self.admission.credential
            user_id = self.credential.user_id
            # The group first and then the head, so that an event in between is pushed, read, or both.
            await self._hub.join(self, user_id)
            bounds = await in_database(read_bounds, user_id)
        except (TicketInvalid, NotSignedIn) as error:
            self.perform(self.session.on_refused(CloseCode.CREDENTIALS, error.detail))
        except TooManySockets as error:
            self.perform(self.session.on_refused(CloseCode.TOO_MANY, error.detail))
        else:
            self.perform(self.session.on_identified(user_id, bounds, self._now))

    async def _read_bounds(self) -> None:
        bounds = await in_database(read_bounds, self._user_id)
        self.perform(self.session.on_bounds(bounds, self._now))

    async def _read_log(self, after: int, limit: int) -> None:
        try:
            part, bounds = await self._hub.reads.read(self._user_id, after=after, limit=limit)
        except DatabaseError as error:
            warn_throttled("database_errors", "Sockets can not look at the database; they try again", error)
            self.perform(self.session.on_read_failed(self._now))
        else:
            self.perform(self.session.on_log(part, bounds, self._now))

    @property
    def _user_id(self) -> int:
        if self.credential is None:
            raise LookupError("the user is known only after the hello")
        return self.credential.user_id

    # The end

    async def _clean_up(self) -> None:
        self.session.on_disconnect()
        self._arm()
        try:
            # Running work may be claiming a slot: only after its end is it known which slot to release.
            await asyncio.gather(*self._work, return_exceptions=True)
        finally:  # the server cancels this wait when the database does not answer
            self._hub.leave(self)
            if self._writer is not None:
                self._writer.cancel()
            await self._hub.slots.release(self)
