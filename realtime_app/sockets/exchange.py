"""What a session and the shell around it give each other: actions to be carried out, and what was read from the log."""

from collections.abc import Sequence
from dataclasses import dataclass

from realtime_app.sockets import protocol
from realtime_app.sockets.protocol import CloseCode, ResyncReason


@dataclass(frozen=True, slots=True)
class Send:
    """Send a text frame."""

    text: str


@dataclass(frozen=True, slots=True)
class Close:
    """Close the connection; nothing follows."""

    code: CloseCode
    reason: str


@dataclass(frozen=True, slots=True)
class Identify:
    """Find out who this is, join the user's group, then read the log's bounds: `identified` or `refused`."""

    ticket: str | None


@dataclass(frozen=True, slots=True)
class ReadBounds:
    """Read the bounds of the log: `bounds_read`, or `refused` when that fails."""


@dataclass(frozen=True, slots=True)
class ReadLog:
    """Read the wanted events in `after < sequence <= after + limit`: `log_read` or `read_failed`."""

    after: int
    limit: int


Action = Send | Close | Identify | ReadBounds | ReadLog


@dataclass(frozen=True, slots=True)
class Bounds:
    """The user's log holds `tail < sequence <= head` of this epoch; below, events may be gone."""

    head: int
    tail: int
    epoch: str


@dataclass(frozen=True, slots=True)
class LogEvent:
    """A wanted event, ready to be sent."""

    sequence: int
    text: str


@dataclass(frozen=True, slots=True)
class LogRange:
    """All wanted events with `after < sequence <= to`; None when there were too many to carry."""

    after: int
    to: int
    events: Sequence[LogEvent] | None


@dataclass(frozen=True, slots=True)
class HistoryPosition:
    """How far a connection is, and in which epoch."""

    position: int
    epoch: str


def unservable(after: int, bounds: Bounds, *, epoch: str | None) -> ResyncReason | None:
    """Why what lies after `after`, heard in `epoch` if that is known, cannot be sent event by event, if so."""
    if after > bounds.head or epoch not in (None, bounds.epoch):
        return "reset"
    if after < bounds.tail or bounds.head - after > protocol.MAX_BEHIND_EVENTS:
        return "too_old"
    return None
