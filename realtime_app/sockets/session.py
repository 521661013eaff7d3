"""One connection's protocol as a state machine without I/O.

Each method takes what happened, with the time of a monotonic clock as `now`, and returns the actions to perform, in
order. The endpoint (endpoint.py) and the simulator drive the same machine. `position` is the number up to which all
wanted events have been sent; `_known_head` is the highest number that the log is known to have. Events between them
are read from the log when they can be sent; none is buffered.
"""

from collections import deque
from enum import Enum, auto

from realtime_app.sockets import protocol
from realtime_app.sockets.exchange import (
    Action,
    Bounds,
    Close,
    HistoryPosition,
    Identify,
    LogRange,
    ReadBounds,
    ReadLog,
    Send,
    unservable,
)
from realtime_app.sockets.metrics import SOCKET_RESYNCS
from realtime_app.sockets.protocol import Ack, CloseCode, FrameError, Hello, Ping, ResyncReason
from realtime_app.sockets.token_bucket import TokenBucket


class Phase(Enum):
    """The state of a connection."""

    AWAITING_HELLO = auto()
    JOINING = auto()
    LIVE = auto()
    AWAITING_RESYNC = auto()
    CLOSED = auto()


class Session:
    """The server's side of one connection."""

    def __init__(self, now: float) -> None:
        self.phase = Phase.AWAITING_HELLO
        self.user_id: int | None = None
        self.position = 0
        self.epoch = ""
        self._after: int | None = None
        self._include: frozenset[str] = frozenset()
        self._client_epoch: str | None = None
        self._known_head = 0
        self._known_head_at_read = 0
        self._unacked: deque[int] = deque()
        self._is_reading = False
        self._is_catching_up = False
        self._next_read_at = now
        self._phase_ends: float | None = now + protocol.HELLO_SECONDS
        self._stalled_at: float | None = None
        self._head_due: float | None = None
        self._messages = TokenBucket(
            burst=protocol.MESSAGES_BURST, per_second=protocol.MESSAGES_PER_SECOND, now=now
        )
        self._actions: list[Action] = []

    @property
    def history_position(self) -> HistoryPosition:
        """The position and epoch of this connection."""
        return HistoryPosition(self.position, self.epoch)

    @property
    def deadline(self) -> float | None:
        """The time at which `tick` is due next, or None when no timer runs."""
        times = [self._phase_ends, self._head_due]
        if self._stalled_at is not None:
            times.append(self._stalled_at + protocol.STALL_SECONDS)
        if self._is_behind and not self._is_reading and not self._is_window_full:
            times.append(self._next_read_at)
        known = [time for time in times if time is not None]
        return min(known) if known and self.phase is not Phase.CLOSED else None

    # Events of the client

    def on_frame(self, frame: str | bytes, now: float) -> list[Action]:
        """Handle a frame from the client."""
        if self.phase is Phase.CLOSED:
            return []
        if protocol.is_too_big(frame):
            return self._close(CloseCode.TOO_BIG, "frame too big")
        if not self._messages.take(now):
            return self._close(CloseCode.TOO_MANY, "too many messages")
        try:
            self._handle_frame(protocol.parse(frame), now)
        except FrameError as error:
            self._actions.append(Send(protocol.error(error.code, error.detail)))
        return self._proceed(now)

    def _handle_frame(self, frame: protocol.ClientFrame, now: float) -> None:
        match frame:
            case Hello():
                self._on_hello(frame, now)
            case Ack():
                self._on_ack(frame.sequence)
            case Ping():
                self._actions.append(Send(protocol.PONG))

    def _on_hello(self, hello: Hello, now: float) -> None:
        if self.phase is Phase.AWAITING_HELLO:
            self._actions.append(Identify(hello.ticket))
        elif self.phase is Phase.AWAITING_RESYNC:
            self._actions.append(ReadBounds())
        else:
            raise FrameError("hello_repeated", "Say hello once, and again only after resync.")
        self._after, self._client_epoch = hello.after, hello.epoch
        self._include = frozenset(hello.include)
        self._known_head = 0
        self._enter(Phase.JOINING, ends=now + protocol.JOIN_SECONDS)

    def _on_ack(self, sequence: int) -> None:
        if self.user_id is None:
            raise FrameError("hello_expected", "Say hello first.")
        if self.phase is not Phase.LIVE:
            return  # after a resync, a client may still acknowledge events from before it
        if sequence > self.position:
            raise FrameError("ack_ahead", f"Nothing beyond {self.position} has been sent.")
        if self._unacked and self._unacked[0] <= sequence:
            # An ack that frees a place in the window is not throttled: a client may acknowledge each event.
            self._messages.refund()
        while self._unacked and self._unacked[0] <= sequence:
            self._unacked.popleft()

    # Results of the endpoint's actions

    def on_identified(self, user_id: int, bounds: Bounds, now: float) -> list[Action]:
        """Handle a valid hello; the user's group was joined before `bounds` were read."""
        self.user_id = user_id
        return self.on_bounds(bounds, now)

    def on_bounds(self, bounds: Bounds, now: float) -> list[Action]:
        """Handle the bounds of the log: go live, or ask the client to reload."""
        if self.phase is not Phase.JOINING or self.user_id is None:
            return []
        self._known_head = max(self._known_head, bounds.head)
        self._unacked.clear()
        self.position = bounds.head if self._after is None else self._after
        self.epoch = bounds.epoch
        if reason := unservable(self.position, bounds, epoch=self._client_epoch):
            self._resync(reason, now)
        else:
            self._actions.append(Send(protocol.ready(self.user_id, bounds.head, self.epoch)))
            self._enter(Phase.LIVE, ends=None)
            self._is_catching_up = True
            self._head_due = now + protocol.HEAD_SECONDS
        return self._proceed(now)

    def on_refused(self, code: CloseCode, reason: str) -> list[Action]:
        """Close the connection: wrong credentials, too many sockets, or no database."""
        return self._close(code, reason)

    def on_log(self, part: LogRange, bounds: Bounds, now: float) -> list[Action]:
        """Handle the result of ReadLog; `bounds.head` was read before the events, `tail` and `epoch` after them."""
        self._is_reading = False
        if self.phase is not Phase.LIVE:
            return []
        if bounds.head < part.after or bounds.epoch != self.epoch:
            self._resync("reset", now)
        elif bounds.tail > self.position:
            self._resync("too_old", now)
        else:
            # A read sees all events that were known before it, so its head replaces an older one, even a higher one.
            # A head that became known during the read stays.
            is_newer = self._known_head > self._known_head_at_read
            self._known_head = max(bounds.head, self.position, self._known_head if is_newer else 0)
            self._apply(part)
            if part.to == part.after < bounds.head:  # a newer release wrote the next event
                self._next_read_at = now + protocol.READ_RETRY_SECONDS
        return self._proceed(now)

    def on_read_failed(self, now: float) -> list[Action]:
        """Handle a failed ReadLog: retry a little later."""
        self._is_reading = False
        self._next_read_at = now + protocol.READ_RETRY_SECONDS
        return self._proceed(now)

    def on_push(self, part: LogRange, now: float) -> list[Action]:
        """Handle a push, which may be late, repeated, out of order, or after a gap."""
        self._known_head = max(self._known_head, part.to)
        if self.phase is Phase.LIVE:
            self._apply(part)
        return self._proceed(now)

    def on_head(self, head: int, epoch: str, *, since: HistoryPosition, now: float) -> list[Action]:
        """Handle the head and epoch that the watcher read; `since` is our position, taken before that read."""
        is_reset = epoch != self.epoch or head < since.position
        # After another hello in a new epoch, a head that was read before it means nothing.
        if self.phase is Phase.LIVE and since.epoch == self.epoch and is_reset:
            self._resync("reset", now)
        self._known_head = max(self._known_head, head)
        return self._proceed(now)

    def on_revoked(self) -> list[Action]:
        """Close the connection: its credential is no longer valid."""
        return self._close(CloseCode.CREDENTIALS, "credentials no longer valid")

    def drain(self, *, reconnect_after_seconds: float) -> list[Action]:
        """Close the connection: the process ends."""
        return self._close(CloseCode.RESTART, protocol.restart_reason(reconnect_after_seconds))

    def on_disconnect(self) -> None:
        """Handle the client's disconnect: no action follows."""
        self._enter(Phase.CLOSED, ends=None)
        self._stalled_at = None

    def tick(self, now: float) -> list[Action]:
        """Handle the timers. It may be called at any time, and must be called at `deadline`."""
        if self._phase_ends is not None and now >= self._phase_ends:
            return self._close(*_CLOSES_AFTER_DEADLINE[self.phase])
        if self._stalled_at is not None and now >= self._stalled_at + protocol.STALL_SECONDS:
            return self._close(CloseCode.TOO_SLOW, "no ack for too long")
        if self._head_due is not None and now >= self._head_due:
            self._send_head(now)
        return self._proceed(now)

    # State

    @property
    def _is_behind(self) -> bool:
        return self.phase is Phase.LIVE and self._known_head > self.position

    @property
    def _is_window_full(self) -> bool:
        return len(self._unacked) >= protocol.WINDOW_EVENTS

    def _apply(self, part: LogRange) -> None:
        """Send the new events of `part` as far as the window allows; send nothing if there is a gap before it."""
        if part.events is None or part.after > self.position or part.to <= self.position:
            return
        for event in part.events:
            if event.sequence <= self.position:
                continue
            if event.kind and event.kind not in self._include:
                self.position = event.sequence
                continue
            if self._is_window_full:
                return
            self._actions.append(Send(event.text))
            self._unacked.append(event.sequence)
            self.position = event.sequence
        self.position = part.to

    def _proceed(self, now: float) -> list[Action]:
        """Do what the present state requires, and return the collected actions."""
        if self._is_behind and self._known_head - self.position > protocol.MAX_BEHIND_EVENTS:
            self._resync("overflow", now)
        if self.phase is Phase.LIVE:
            self._catch_up(now)
        if not (self._is_behind and self._is_window_full):
            self._stalled_at = None
        elif self._stalled_at is None:
            self._stalled_at = now
        actions, self._actions = self._actions, []
        return actions

    def _catch_up(self, now: float) -> None:
        if not self._is_behind:
            if self._is_catching_up:
                self._send_head(now)
            self._is_catching_up = False
        elif not self._is_reading and not self._is_window_full and now >= self._next_read_at:
            self._is_reading = self._is_catching_up = True
            self._known_head_at_read = self._known_head
            self._actions.append(ReadLog(self.position, protocol.WINDOW_EVENTS - len(self._unacked)))

    def _send_head(self, now: float) -> None:
        self._actions.append(Send(protocol.head(self.position, self.epoch)))
        self._head_due = now + protocol.HEAD_SECONDS

    def _resync(self, reason: ResyncReason, now: float) -> None:
        self._actions.append(Send(protocol.resync(reason)))
        SOCKET_RESYNCS.labels(reason).inc()
        self._enter(Phase.AWAITING_RESYNC, ends=now + protocol.RESYNC_SECONDS)

    def _enter(self, phase: Phase, *, ends: float | None) -> None:
        self.phase = phase
        self._phase_ends = ends
        self._head_due = None
        self._is_catching_up = False

    def _close(self, code: CloseCode, reason: str) -> list[Action]:
        if self.phase is Phase.CLOSED:
            return []
        self.on_disconnect()
        return [Close(code, reason)]


_CLOSES_AFTER_DEADLINE = {
    Phase.AWAITING_HELLO: (CloseCode.CREDENTIALS, "no valid hello in time"),
    Phase.JOINING: (CloseCode.TRY_LATER, "the service is busy"),
    Phase.AWAITING_RESYNC: (CloseCode.RESYNC_NEEDED, "no hello after resync"),
}
