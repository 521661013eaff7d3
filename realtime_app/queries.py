"""Reads of a user's history in the form that clients get."""

from dataclasses import dataclass

from pydantic import JsonValue

from events_app.contracts import InvalidEvent, RecordedEvent
from events_app.contracts.public import OPERATIONS
from events_app.contracts.registry import is_known
from events_app.counters import count
from events_app.queries import events_between, head_of, tail_of
from realtime_app import protocol
from realtime_app.errors import ChangesReset, ChangesTooOld
from realtime_app.session import Bounds, LogEvent, LogRange, unservable

WANTED_TYPES = tuple(OPERATIONS)


@dataclass(frozen=True)
class Changes:
    """A page of a user's history; `sequence` is where to go on, `more` whether there is something."""

    results: list[dict[str, JsonValue]]
    sequence: int
    more: bool


def read_bounds(user_id: int) -> Bounds:
    """Return between which sequence numbers the user's history is kept."""
    return Bounds(head=head_of(user_id), tail=tail_of(user_id))


def read_log(user_id: int, *, after: int, limit: int) -> tuple[LogRange, Bounds]:
    """Return the wanted events in `after < sequence <= after + limit` as frames.

    The head was read before the events and the tail after them, so that a range is known to be whole when
    `tail <= after`.
    """
    head, to, events = _read(user_id, after, limit)
    frames = [LogEvent(event.seq, protocol.event_text(event)) for event in events]
    return LogRange(after, to, frames), Bounds(head=head, tail=tail_of(user_id))


def read_changes(user_id: int, *, after: int | None, limit: int) -> Changes:
    """Return the wanted events among the `limit` sequence numbers after `after`; None: only where now is.

    Raises ChangesReset when `after` is ahead of the history, ChangesTooOld when it is too far behind.
    """
    if after is None:
        return Changes([], head_of(user_id), more=False)
    head, to, events = _read(user_id, after, limit)
    match unservable(after, Bounds(head=head, tail=tail_of(user_id))):
        case "reset":
            raise ChangesReset
        case "too_old":
            raise ChangesTooOld
    return Changes([protocol.event_frame(event) for event in events], to, more=to < head)


def _read(user_id: int, after: int, limit: int) -> tuple[int, int, list[RecordedEvent]]:
    """Return the head, up to where was read, and the wanted events that this release can read."""
    head = head_of(user_id)
    to = max(after, min(head, after + limit))
    events = events_between(user_id, after=after, to=to, types=WANTED_TYPES) if to > after else []
    for position, event in enumerate(events):
        if not is_known(event.type, event.v):
            to, events = event.seq - 1, events[:position]
            break
    return head, to, [event for event in events if _is_showable(event)]


def _is_showable(event: RecordedEvent) -> bool:
    """Whether the event fits its schema; one that does not is skipped, as the `realtime` consumer does."""
    try:
        return bool(event.payload)
    except InvalidEvent:
        count("realtime.events_skipped")
        return False
