"""The hub of one process: its sockets share one channel, which is in each connected user's group, and the watchers.

A push is only a hint and may be lost: a watcher reads the heads of all connected users every HEADS_SECONDS, in one
query that also returns the epoch.
"""

import asyncio
import logging
import random
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Protocol

from channels.layers import get_channel_layer
from django.db import DatabaseError

from accounts_app.credentials.credential import Credential
from accounts_app.queries.credentials import valid_credentials
from events_app.log.epochs import heads_and_epoch
from events_app.runtime.identity import new_host_id
from foundation.backoff import retry_seconds
from foundation.counters import count
from realtime_app.operations import Admission, renew_host, retire_host
from realtime_app.sockets import push
from realtime_app.sockets.database import in_database
from realtime_app.sockets.exchange import Action
from realtime_app.sockets.metrics import SOCKETS_OPEN
from realtime_app.sockets.protocol import RECONNECT_SECONDS, RECONNECT_SECONDS_PER_SOCKET
from realtime_app.sockets.session import Phase, Session
from realtime_app.sockets.shared_reads import SharedReads
from realtime_app.sockets.slots import SLOTS_SECONDS, Slots
from realtime_app.sockets.throttled_log import warn_not_listening, warn_throttled

logger = logging.getLogger(__name__)

HEADS_SECONDS: Final = 2.0
CREDENTIALS_SECONDS: Final = 3.0
HOST_SECONDS: Final = 15.0
GROUPS_SECONDS: Final = 20.0
LAYER_SECONDS: Final = 0.5
_LISTEN_AGAIN_SECONDS: Final = 1.0
_LONGEST_PAUSE_SECONDS: Final = 5.0  # below the project's cap, to notice soon that the layer is back


class Connection(Protocol):
    """The interface of an open socket that the hub uses."""

    session: Session
    credential: Credential | None
    admission: Admission | None

    def perform(self, actions: Sequence[Action]) -> None:
        """Perform the session's actions."""


class Hub:
    """The sockets of one event loop. All methods run on that loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.host_id = new_host_id()
        self.slots = Slots(self.host_id)
        self.reads = SharedReads()
        self.is_draining = False
        self._connections: set[Connection] = set()
        self._by_user: defaultdict[int, set[Connection]] = defaultdict(set)
        self._groups: set[int] = set()
        self._membership = asyncio.Lock()
        self._layer: Any = get_channel_layer()
        self._channel = ""
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def size(self) -> int:
        """The number of open sockets."""
        return len(self._connections)

    def open(self, connection: Connection) -> None:
        """Add a new connection; the first one starts the watchers."""
        self._connections.add(connection)
        SOCKETS_OPEN.set(self.size)
        if not self._tasks:
            self._start()

    def _start(self) -> None:
        push.serve_from(self.loop)
        jobs: dict[Callable[[], Awaitable[None]], float] = {
            self._check_heads: HEADS_SECONDS,
            self._check_credentials: CREDENTIALS_SECONDS,
            self._renew_host: HOST_SECONDS,
            self._reconcile_slots: SLOTS_SECONDS,
            self._renew_groups: GROUPS_SECONDS,
        }
        self._tasks = [self.loop.create_task(_every(seconds, job)) for job, seconds in jobs.items()]
        self._tasks.append(self.loop.create_task(self._listen()))

    async def join(self, connection: Connection, user_id: int) -> None:
        """Deliver pushes for the user to the connection from now on.

        A channel layer that is away is no error: the watcher finds events within HEADS_SECONDS.
        """
        self._by_user[user_id].add(connection)
        await self._update_membership(user_id)

    def leave(self, connection: Connection) -> None:
        """Remove a connection. The hub leaves the user's group at the next renewal of groups."""
        self._connections.discard(connection)
        SOCKETS_OPEN.set(self.size)
        if connection.credential is not None:
            user_id = connection.credential.user_id
            self._by_user[user_id].discard(connection)
            if not self._by_user[user_id]:
                del self._by_user[user_id]

    def drain(self) -> None:
        """Close all sockets and refuse new ones. Each client gets a random delay for its reconnect."""
        self.is_draining = True
        soonest, latest = RECONNECT_SECONDS
        latest = max(latest, self.size * RECONNECT_SECONDS_PER_SOCKET)
        for connection in list(self._connections):
            delay = random.uniform(soonest, latest)  # noqa: S311 - spreads load, hides nothing
            connection.perform(connection.session.drain(reconnect_after_seconds=delay))

    async def close(self) -> None:
        """Stop the watchers and release all slots."""
        push.serve_from(None)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        await in_database(retire_host, self.host_id)

    # Pushes

    async def _listen(self) -> None:
        failures = 0
        while True:
            try:
                if not self._channel:
                    await self._open_channel()
                message = await self._layer.receive(self._channel)
                push.measure_delay(message)
                self._deliver(push.from_message(message))
                failures = 0
            except Exception as error:  # the layer may be away for a while; the watchers do not need it
                warn_not_listening(error)
                failures += 1
                await asyncio.sleep(
                    retry_seconds(failures, first=_LISTEN_AGAIN_SECONDS, cap=_LONGEST_PAUSE_SECONDS)
                )

    async def _open_channel(self) -> None:
        self._channel = await self._layer.new_channel()
        await self._renew_groups()

    def _deliver(self, pushed: push.UserRange) -> None:
        for connection in list(self._by_user.get(pushed.user_id, ())):
            connection.perform(connection.session.on_push(pushed.part, self.loop.time()))

    async def _update_membership(self, user_id: int) -> bool:
        """Join the user's group if the user has a connection, or leave it; return whether the layer answered."""
        if not self._channel:
            return False
        group = push.group_of(user_id)
        try:
            async with asyncio.timeout(LAYER_SECONDS), self._membership:
                if user_id in self._by_user:
                    self._groups.add(user_id)
                    await self._layer.group_add(group, self._channel)
                else:
                    await self._layer.group_discard(group, self._channel)
                    self._groups.discard(user_id)
        except Exception as error:  # an error of the layer must not make a hello fail
            warn_throttled("group_errors", "Groups of the channel layer can not be joined or left", error)
            return False
        return True

    # Watchers

    async def _check_heads(self) -> None:
        positions = {
            connection: connection.session.history_position
            for connections in self._by_user.values()
            for connection in connections
            if connection.session.phase is Phase.LIVE
        }
        users = {each.session.user_id for each in positions if each.session.user_id is not None}
        if not users:
            return
        heads, epoch = await in_database(heads_and_epoch, users)
        for connection, since in positions.items():
            head = heads.get(connection.session.user_id or 0, 0)
            actions = connection.session.on_head(head, epoch, since=since, now=self.loop.time())
            connection.perform(actions)

    async def _check_credentials(self) -> None:
        held = {each: each.credential for each in self._connections if each.credential is not None}
        if not held:
            return
        valid = await in_database(valid_credentials, set(held.values()))
        for connection, credential in held.items():
            if credential not in valid:
                connection.perform(connection.session.on_revoked())

    async def _renew_host(self) -> None:
        await in_database(renew_host, self.host_id)

    async def _reconcile_slots(self) -> None:
        await self.slots.reconcile(self._connections)

    async def _renew_groups(self) -> None:
        """Join all groups again, which a restarted channel layer has lost, and leave those without a connection."""
        for user_id in self._groups | set(self._by_user):
            if not await self._update_membership(user_id):
                return


async def _every(seconds: float, job: Callable[[], Awaitable[None]]) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await job()
        except DatabaseError as error:
            warn_throttled("database_errors", "Sockets can not look at the database; they try again", error)
        except Exception:  # a watcher must survive any error of its job
            count("realtime.watcher_errors")
            logger.exception("A watcher of the sockets failed; it goes on")


_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}


def hub_here() -> Hub:
    """Return the hub of the running event loop, created on first use."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub(loop)
    return _hubs[loop]
