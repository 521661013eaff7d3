"""One connection's protocol as a state machine without I/O.

What happens comes in as a call with the clock (`now`, seconds that never go back); what is to be done comes
out as a list of actions, to be carried out in order. The shell (endpoint.py) and the simulator drive the same
machine. In its words, `position` is how far all wanted events have been sent, `heard` how far the log is
known to reach: what lies between them is still to be sent, and is read from the log, never kept.
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
from realtime_app.sockets.protocol import Ack, CloseCode, FrameError, Hello, Ping, ResyncReason
from realtime_app.sockets.token_bucket import TokenBucket


class Phase(Enum):
    """Where a connection stands."""

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
        self._epoch_heard: str | None = None
        self._heard = 0
        self._heard_at_read = 0
        self._unacked: deque[int] = deque()
        self._reading = False
        self._catching_up = False
        self._read_from = now
        self._phase_ends: float | None = now + protocol.HELLO_SECONDS
        self._stalled_at: float | None = None
        self._head_due: float | None = None
        self._messages = TokenBucket(
            burst=protocol.MESSAGES_BURST, per_second=protocol.MESSAGES_PER_SECOND, now=now
        )
        self._actions: list[Action] = []

    @property
    def history_position(self) -> HistoryPosition:
        """How far this connection is now."""
        return HistoryPosition(self.position, self.epoch)

    @property
    def deadline(self) -> float | None:
        """When `tick` is due next, or None while only outside events matter."""
        times = [self._phase_ends, self._head_due]
        if self._stalled_at is not None:
            times.append(self._stalled_at + protocol.STALL_SECONDS)
        if self._is_behind and not self._reading and not self._is_window_full:
            times.append(self._read_from)
        known = [time for time in times if time is not None]
        return min(known) if known and self.phase is not Phase.CLOSED else None

    # What the client does

    def on_frame(self, frame: str | bytes, now: float) -> list[Action]:
        """A frame came from the client."""
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
        self._after, self._epoch_heard = hello.after, hello.epoch
        self._heard = 0
        self._enter(Phase.JOINING, ends=now + protocol.JOIN_SECONDS)

    def _on_ack(self, sequence: int) -> None:
        if self.user_id is None:
            raise FrameError("hello_expected", "Say hello first.")
        if self.phase is not Phase.LIVE:
            return  # what was sent before a resync may still be acknowledged after it
        if sequence > self.position:
            raise FrameError("ack_ahead", f"Nothing beyond {self.position} has been sent.")
        if self._unacked and self._unacked[0] <= sequence:
            # An ack that frees the window costs nothing: a client may acknowledge each event.
            self._messages.refund()
        while self._unacked and self._unacked[0] <= sequence:
            self._unacked.popleft()

    # What the shell found out

    def on_identified(self, user_id: int, bounds: Bounds, now: float) -> list[Action]:
        """The hello was good; the user's group was joined before `bounds` were read."""
        self.user_id = user_id
        return self.on_bounds(bounds, now)

    def on_bounds(self, bounds: Bounds, now: float) -> list[Action]:
        """The log reaches from `bounds.tail` to `bounds.head`."""
        if self.phase is not Phase.JOINING or self.user_id is None:
            return []
        self._heard = max(self._heard, bounds.head)
        self._unacked.clear()
        self.position = bounds.head if self._after is None else self._after
        self.epoch = bounds.epoch
        if reason := unservable(self.position, bounds, epoch=self._epoch_heard):
            self._resync(reason, now)
        else:
            self._actions.append(Send(protocol.ready(self.user_id, bounds.head, self.epoch)))
            self._enter(Phase.LIVE, ends=None)
            self._catching_up = True
            self._head_due = now + protocol.HEAD_SECONDS
        return self._proceed(now)

    def on_refused(self, code: CloseCode, reason: str) -> list[Action]:
        """The hello leads nowhere: wrong credentials, too many sockets, or no database."""
        return self._close(code, reason)

    def on_log(self, part: LogRange, bounds: Bounds, now: float) -> list[Action]:
        """The answer to ReadLog; `bounds.head` was read before the events, `tail` and `epoch` after them."""
        self._reading = False
        if self.phase is not Phase.LIVE:
            return []
        if bounds.head < part.after or bounds.epoch != self.epoch:
            self._resync("reset", now)
        elif bounds.tail > self.position:
            self._resync("too_old", now)
        else:
            # A read sees all that was heard before it; what it does not see is not there.
            is_newer = self._heard > self._heard_at_read
            self._heard = max(bounds.head, self.position, self._heard if is_newer else 0)
            self._apply(part)
            if part.to == part.after < bounds.head:  # what comes next is not for this release to read
                self._read_from = now + protocol.READ_RETRY_SECONDS
        return self._proceed(now)

    def on_read_failed(self, now: float) -> list[Action]:
        """The log could not be read; it is tried again a little later."""
        self._reading = False
        self._read_from = now + protocol.READ_RETRY_SECONDS
        return self._proceed(now)

    def on_push(self, part: LogRange, now: float) -> list[Action]:
        """A push arrived: late, twice, out of order or with gaps before it, as the channel layer pleases."""
        self._heard = max(self._heard, part.to)
        if self.phase is Phase.LIVE:
            self._apply(part)
        return self._proceed(now)

    def on_head(self, head: int, epoch: str, *, since: HistoryPosition, now: float) -> list[Action]:
        """The log was seen to reach `head` of `epoch` by someone who had looked up our position before that."""
        is_reset = epoch != self.epoch or head < since.position
        # After a hello again in another epoch, what was seen before it means nothing.
        if self.phase is Phase.LIVE and since.epoch == self.epoch and is_reset:
            self._resync("reset", now)
        self._heard = max(self._heard, head)
        return self._proceed(now)

    def on_revoked(self) -> list[Action]:
        """The credentials are no longer good."""
        return self._close(CloseCode.CREDENTIALS, "credentials no longer valid")

    def drain(self, *, reconnect_after_seconds: float) -> list[Action]:
        """The process is going away."""
        return self._close(CloseCode.RESTART, protocol.restart_reason(reconnect_after_seconds))

    def on_disconnect(self) -> None:
        """The client is no longer there: nothing more is to be done."""
        self._enter(Phase.CLOSED, ends=None)
        self._stalled_at = None

    def tick(self, now: float) -> list[Action]:
        """Time has passed; harmless at any moment, needed at `deadline`."""
        if self._phase_ends is not None and now >= self._phase_ends:
            return self._close(*_TOO_LATE[self.phase])
        if self._stalled_at is not None and now >= self._stalled_at + protocol.STALL_SECONDS:
            return self._close(CloseCode.TOO_SLOW, "no ack for too long")
        if self._head_due is not None and now >= self._head_due:
            self._send_head(now)
        return self._proceed(now)

    # The machinery

    @property
    def _is_behind(self) -> bool:
        return self.phase is Phase.LIVE and self._heard > self.position

    @property
    def _is_window_full(self) -> bool:
        return len(self._unacked) >= protocol.WINDOW_EVENTS

    def _apply(self, part: LogRange) -> None:
        """Send what is new in `part` as far as the window allows; with a gap before it, nothing."""
        if part.events is None or part.after > self.position or part.to <= self.position:
            return
        for event in part.events:
            if event.sequence <= self.position:
                continue
            if self._is_window_full:
                return
            self._actions.append(Send(event.text))
            self._unacked.append(event.sequence)
            self.position = event.sequence
        self.position = part.to

    def _proceed(self, now: float) -> list[Action]:
        """Do what follows from the present state, and hand over the actions."""
        if self._is_behind and self._heard - self.position > protocol.MAX_BEHIND_EVENTS:
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
            if self._catching_up:
                self._send_head(now)
            self._catching_up = False
        elif not self._reading and not self._is_window_full and now >= self._read_from:
            self._reading = self._catching_up = True
            self._heard_at_read = self._heard
            self._actions.append(ReadLog(self.position, protocol.WINDOW_EVENTS - len(self._unacked)))

    def _send_head(self, now: float) -> None:
        self._actions.append(Send(protocol.head(self.position, self.epoch)))
        self._head_due = now + protocol.HEAD_SECONDS

    def _resync(self, reason: ResyncReason, now: float) -> None:
        self._actions.append(Send(protocol.resync(reason)))
        self._enter(Phase.AWAITING_RESYNC, ends=now + protocol.RESYNC_SECONDS)

    def _enter(self, phase: Phase, *, ends: float | None) -> None:
        self.phase = phase
        self._phase_ends = ends
        self._head_due = None
        self._catching_up = False

    def _close(self, code: CloseCode, reason: str) -> list[Action]:
        if self.phase is Phase.CLOSED:
            return []
        self.on_disconnect()
        return [Close(code, reason)]


_TOO_LATE = {
    Phase.AWAITING_HELLO: (CloseCode.CREDENTIALS, "no valid hello in time"),
    Phase.JOINING: (CloseCode.TRY_LATER, "the service is busy"),
    Phase.AWAITING_RESYNC: (CloseCode.RESYNC_NEEDED, "no hello after resync"),
}
