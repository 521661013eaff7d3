"""The values that a session and its endpoint exchange: actions to perform, and results of reads from the log."""

from collections.abc import Sequence
from dataclasses import dataclass

from events_app.contracts import RecordedEvent
from realtime_app.sockets import protocol
from realtime_app.sockets.protocol import CloseCode, ResyncReason


@dataclass(frozen=True, slots=True)
class Send:
    """Send a text frame."""

    text: str


@dataclass(frozen=True, slots=True)
class Close:
    """Close the connection; no action follows."""

    code: CloseCode
    reason: str


@dataclass(frozen=True, slots=True)
class Identify:
    """Identify the user, join the user's group, read the bounds; then call `on_identified` or `on_refused`."""

    ticket: str | None


@dataclass(frozen=True, slots=True)
class ReadBounds:
    """Read the bounds of the log; then call `on_bounds`, or `on_refused` when that fails."""


@dataclass(frozen=True, slots=True)
class ReadLog:
    """Read the wanted events in `after < sequence <= after + limit`; then call `on_log` or `on_read_failed`."""

    after: int
    limit: int


Action = Send | Close | Identify | ReadBounds | ReadLog


@dataclass(frozen=True, slots=True)
class Bounds:
    """The user's log has the events `tail < sequence <= head` of this epoch; earlier ones may be trimmed."""

    head: int
    tail: int
    epoch: str


@dataclass(frozen=True, slots=True)
class LogEvent:
    """A wanted event as the text of a frame; those with a `kind` are sent only to who asks for it."""

    sequence: int
    text: str
    kind: str = ""


def log_event(event: RecordedEvent) -> LogEvent:
    """Return an event as sessions take it."""
    return LogEvent(event.seq, protocol.event_text(event), protocol.kind_of(event))


@dataclass(frozen=True, slots=True)
class LogRange:
    """All wanted events with `after < sequence <= to`; `events` is None if there are too many for a push."""

    after: int
    to: int
    events: Sequence[LogEvent] | None


@dataclass(frozen=True, slots=True)
class HistoryPosition:
    """The last sequence number that was sent on a connection, and its epoch."""

    position: int
    epoch: str


def unservable(after: int, bounds: Bounds, *, epoch: str | None) -> ResyncReason | None:
    """Return why a client at `after` of `epoch` (None: unknown) must reload, or None if the events can be sent."""
    if after > bounds.head or epoch not in (None, bounds.epoch):
        return "reset"
    if after < bounds.tail or bounds.head - after > protocol.MAX_BEHIND_EVENTS:
        return "too_old"
    return None
