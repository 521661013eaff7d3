"""Push ranges from the process that applied them to the processes that hold the user's sockets.

With Redis as the channel layer, a separate thread sends. The layer in memory has only this process, and the server's
event loop sends: from another loop, the receiver would wake up late.
"""

import asyncio
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from time import time
from typing import Any, Final

from channels.layers import InMemoryChannelLayer, get_channel_layer

from foundation.counters import count
from realtime_app.sockets.exchange import LogEvent, LogRange
from realtime_app.sockets.metrics import PUSH_DELAY_SECONDS
from realtime_app.sockets.throttled_log import warn_throttled

PUSH_SECONDS: Final = 0.5
MAX_TEXT_BYTES: Final = 64 * 1024
MAX_BATCHES_UNDER_WAY: Final = 64

_server_loop: asyncio.AbstractEventLoop | None = None


@dataclass(frozen=True)
class UserRange:
    """A range of one user's log."""

    user_id: int
    part: LogRange


def group_of(user_id: int) -> str:
    """Return the name of the channel group for the processes that hold sockets of this user."""
    return f"user.{user_id}"


def to_message(pushed: UserRange) -> dict[str, Any]:
    """Return the message for the channel layer; it has no events when they are too large.

    Events that have a kind stand in `marked` along with the others of their range: a process of an older release shows
    what stands in `events` to everybody, and without it reads the log.
    """
    part = pushed.part
    is_small = part.events is not None and sum(len(event.text) for event in part.events) <= MAX_TEXT_BYTES
    events = [[event.sequence, event.text] for event in part.events or ()] if is_small else None
    kinds = [event.kind for event in part.events or ()] if is_small else None
    is_marked = any(kinds or ())
    return {
        "type": "log.range",
        "user_id": pushed.user_id,
        "after": part.after,
        "to": part.to,
        "events": None if is_marked else events,
        "marked": events if is_marked else None,
        "kinds": kinds,
        "pushed_at": time(),
    }


def measure_delay(message: Mapping[str, Any]) -> None:
    """Measure how long a message of `to_message` was under way; one of an older release does not say when it began."""
    if (pushed_at := message.get("pushed_at")) is not None:
        PUSH_DELAY_SECONDS.observe(max(0.0, time() - pushed_at))


def from_message(message: dict[str, Any]) -> UserRange:
    """Return the range in a message of `to_message`."""
    events = message.get("marked") or message["events"]
    kinds = message.get("kinds") or [""] * len(events or ())
    texts = (
        None
        if events is None
        else [LogEvent(sequence, text, kind) for (sequence, text), kind in zip(events, kinds, strict=True)]
    )
    return UserRange(message["user_id"], LogRange(message["after"], message["to"], texts))


def serve_from(loop: asyncio.AbstractEventLoop | None) -> None:
    """Set the event loop that holds this process's sockets; None if there is none any more."""
    global _server_loop  # noqa: PLW0603 - one process, one server
    _server_loop = loop


def is_anybody_listening() -> bool:
    """Return whether a push can reach a socket at all."""
    return _server_loop is not None or not isinstance(get_channel_layer(), InMemoryChannelLayer)


def push(ranges: Sequence[UserRange]) -> None:
    """Start to send the ranges, in the order of the calls, and return. Pushes that cannot be sent are counted."""
    layer = get_channel_layer()
    loop = _server_loop if isinstance(layer, InMemoryChannelLayer) else _push_loop()
    if loop is not None and not loop.is_closed():
        _sender(loop).start(layer, [(group_of(each.user_id), to_message(each)) for each in ranges])


class _Sender:
    """Sends one batch after the other on one loop, and drops batches that it cannot send in time."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._turn = asyncio.Lock()
        self._free = threading.BoundedSemaphore(MAX_BATCHES_UNDER_WAY)

    def start(self, layer: Any, batch: Sequence[tuple[str, dict[str, Any]]]) -> None:
        if not self._free.acquire(blocking=False):
            count("realtime.pushes_dropped")
            return
        asyncio.run_coroutine_threadsafe(self._send(layer, batch), self._loop).add_done_callback(self._settle)

    async def _send(self, layer: Any, batch: Sequence[tuple[str, dict[str, Any]]]) -> None:
        async with asyncio.timeout(PUSH_SECONDS), self._turn:
            await asyncio.gather(*(layer.group_send(group, message) for group, message in batch))

    def _settle(self, sent: "Future[None]") -> None:
        self._free.release()
        error = None if sent.cancelled() else sent.exception()
        if error is not None:
            warn_throttled("pushes_dropped", "Pushes to sockets are lost; they read the log", error)


@cache
def _sender(loop: asyncio.AbstractEventLoop) -> _Sender:
    return _Sender(loop)


@cache
def _push_loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="sockets-push", daemon=True).start()
    return loop
