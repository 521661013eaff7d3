"""Queries of a user's history, in the form that clients get."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from pydantic import JsonValue

from events_app.contracts import InvalidEvent, RecordedEvent
from events_app.contracts.public import INCLUDED, OPERATIONS
from events_app.contracts.registry import is_known
from events_app.log.epochs import epoch_bounds_of
from events_app.log.history import events_between
from foundation.counters import count
from realtime_app.errors import ChangesReset, ChangesTooOld
from realtime_app.sockets import protocol
from realtime_app.sockets.exchange import Bounds, LogRange, log_event, unservable

WANTED_TYPES = tuple(OPERATIONS)
"""The types of events that every reader gets."""
READ_TYPES = (*WANTED_TYPES, *INCLUDED)
"""Those and the types that readers have to ask for."""


@dataclass(frozen=True)
class HistoryPage:
    """A page of a user's history; the next page begins after `sequence` of `epoch`, if there is `more`."""

    results: list[dict[str, JsonValue]]
    sequence: int
    more: bool
    epoch: str


def read_bounds(user_id: int) -> Bounds:
    """Return the head, tail and epoch of the user's history."""
    found = epoch_bounds_of(user_id)
    return Bounds(head=found.head, tail=found.tail, epoch=found.epoch)


def read_log(user_id: int, *, after: int, limit: int) -> tuple[LogRange, Bounds]:
    """Return the wanted events in `after < sequence <= after + limit` as frames, and the bounds.

    The head was read before the events, tail and epoch after them. So the range is complete and of one history if
    `tail <= after` and the epoch is still the same.
    """
    head = read_bounds(user_id).head
    to, events = _read(user_id, after, min(head, after + limit))
    frames = [log_event(event) for event in events]
    return LogRange(after, to, frames), replace(read_bounds(user_id), head=head)


def read_changes(
    user_id: int, *, after: int | None, limit: int, epoch: str | None = None, include: Collection[str] = ()
) -> HistoryPage:
    """Return events among the `limit` sequence numbers after `after`; None: no events, only the head.

    They are those that every reader gets, and those that `include` asks for.

    Raises ChangesReset when `after` is beyond the head or `epoch`, if given, is not the current one, and
    ChangesTooOld when `after` is too far behind.
    """
    now = read_bounds(user_id)
    start = now.head if after is None else after
    to, events = _read(user_id, start, min(now.head, start + limit))
    later = replace(read_bounds(user_id), head=now.head) if to > start else now
    reason = unservable(start, later, epoch=epoch)
    if reason == "reset" or later.epoch != now.epoch:
        raise ChangesReset
    if reason == "too_old":
        raise ChangesTooOld
    return HistoryPage(
        [protocol.event_frame(event) for event in events if protocol.kind_of(event) in ("", *include)],
        to,
        more=to < now.head,
        epoch=now.epoch,
    )


def _read(user_id: int, after: int, upto: int) -> tuple[int, list[RecordedEvent]]:
    """Return the number up to which events were read, and the wanted events, as far as this release can read them."""
    to = max(after, upto)
    events = events_between(user_id, after=after, to=to, types=READ_TYPES) if to > after else []
    for position, event in enumerate(events):
        if not is_known(event.type, event.v):
            to, events = event.seq - 1, events[:position]
            break
    return to, [event for event in events if _is_showable(event)]


def _is_showable(event: RecordedEvent) -> bool:
    """Return whether the event fits its schema; others are skipped, as in the `realtime` consumer."""
    try:
        return bool(event.payload)
    except InvalidEvent:
        count("realtime.events_skipped")
        return False
