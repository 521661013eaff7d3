"""Helpers for tests of a session: frames, bounds, and readers of its actions."""

import json
from typing import Any

from realtime_app.sockets.exchange import (
    Action,
    Bounds,
    Close,
    LogEvent,
    LogRange,
    ReadLog,
    Send,
)
from realtime_app.sockets.session import Session

EPOCH = "b5c1"


def bounds_at(head: int, tail: int = 0, epoch: str = EPOCH) -> Bounds:
    return Bounds(head, tail, epoch)


def frame(type_: str, **fields: object) -> str:
    return json.dumps({"type": type_, **fields})


def frames(actions: list[Action]) -> list[dict[str, Any]]:
    return [json.loads(action.text) for action in actions if isinstance(action, Send)]


def close_code(actions: list[Action]) -> int | None:
    return next((action.code for action in actions if isinstance(action, Close)), None)


def reads(actions: list[Action]) -> list[ReadLog]:
    return [action for action in actions if isinstance(action, ReadLog)]


def part(after: int, to: int, *, without: tuple[int, ...] = ()) -> LogRange:
    """Return a range in which each sequence number is a wanted event, except those in `without`."""
    numbers = [seq for seq in range(after + 1, to + 1) if seq not in without]
    return LogRange(after, to, [LogEvent(seq, frame("event", sequence=seq)) for seq in numbers])


def sent_sequences(actions: list[Action]) -> list[int]:
    return [sent["sequence"] for sent in frames(actions) if sent["type"] == "event"]


def live_session(at: int = 0, now: float = 0.0) -> Session:
    session = Session(now)
    session.on_frame(frame("hello"), now)
    session.on_identified(42, bounds_at(at), now)
    return session
