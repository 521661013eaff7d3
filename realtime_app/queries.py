"""Queries of a user's history, in the form that clients get."""

from collections.abc import Collection
from dataclasses import dataclass

from pydantic import JsonValue

from events_app.contracts import InvalidEvent, RecordedEvent
from events_app.contracts.public import INCLUDED, OPERATIONS
from events_app.contracts.registry import is_known
from events_app.log.epochs import EpochBounds, epoch_bounds_of
from events_app.log.history import events_after
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
    return _bounds(epoch_bounds_of(user_id))


def read_log(user_id: int, *, after: int, limit: int) -> tuple[LogRange, Bounds]:
    """Return the wanted events in `after < sequence <= after + limit` as frames, and the bounds.

    Both are from one moment, so the range is complete if `tail <= after`.
    """
    part = _read(user_id, after, limit)
    return LogRange(after, part.to, [log_event(event) for event in part.events]), part.bounds


def read_changes(
    user_id: int, *, after: int | None, limit: int, epoch: str | None = None, include: Collection[str] = ()
) -> HistoryPage:
    """Return events among the `limit` sequence numbers after `after`; None: no events, only the head.

    They are those that every reader gets, and those that `include` asks for.

    Raises ChangesReset when `after` is beyond the head or `epoch`, if given, is not the current one, and
    ChangesTooOld when `after` is too far behind.
    """
    part = _head_alone(user_id) if after is None else _read(user_id, after, limit)
    reason = unservable(part.after, part.bounds, epoch=epoch)
    if reason == "reset":
        raise ChangesReset
    if reason == "too_old":
        raise ChangesTooOld
    return HistoryPage(
        [protocol.event_frame(event) for event in part.events if protocol.kind_of(event) in ("", *include)],
        part.to,
        more=part.to < part.bounds.head,
        epoch=part.bounds.epoch,
    )


@dataclass(frozen=True)
class _Part:
    """The wanted events in `after < sequence <= to`, as far as this release can read them, and the bounds."""

    after: int
    to: int
    events: list[RecordedEvent]
    bounds: Bounds


def _head_alone(user_id: int) -> _Part:
    bounds = read_bounds(user_id)
    return _Part(bounds.head, bounds.head, [], bounds)


def _read(user_id: int, after: int, limit: int) -> _Part:
    events, bounds = events_after(user_id, after=after, limit=limit, types=READ_TYPES)
    to = max(after, min(bounds.head, after + limit))
    for position, event in enumerate(events):
        if not is_known(event.type, event.v):
            to, events = event.seq - 1, events[:position]
            break
    return _Part(after, to, [event for event in events if _is_showable(event)], _bounds(bounds))


def _bounds(found: EpochBounds) -> Bounds:
    return Bounds(head=found.head, tail=found.tail, epoch=found.epoch)


def _is_showable(event: RecordedEvent) -> bool:
    """Return whether the event fits its schema; others are skipped, as in the `realtime` consumer."""
    try:
        return bool(event.payload)
    except InvalidEvent:
        count("realtime.events_skipped")
        return False
