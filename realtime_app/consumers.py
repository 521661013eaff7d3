"""The `realtime` consumer of the log: stores nothing, and pushes what was applied to the user's sockets."""

from collections.abc import Sequence

from events_app.consumers.registry import AppliedRange
from events_app.contracts import RecordedEvent
from realtime_app.sockets import protocol, push
from realtime_app.sockets.exchange import LogEvent, LogRange


def check_showable(events: Sequence[RecordedEvent]) -> None:
    """Check that the events can be shown, so that one that can not is skipped here and not by every socket.

    Raises InvalidEvent. Sockets have no rows: repeating is harmless.
    """
    for event in events:
        _ = event.payload


def push_ranges(ranges: Sequence[AppliedRange]) -> None:
    """Push what was applied to the users' sockets, wherever they are connected.

    Returns at once: what can not be sent within PUSH_SECONDS is lost, and the sockets read it from the log.
    """
    if push.is_anybody_listening():
        push.push([push.UserRange(applied.user_id, _log_range(applied)) for applied in ranges])


def _log_range(applied: AppliedRange) -> LogRange:
    if len(applied.events) > protocol.WINDOW_EVENTS:
        return LogRange(applied.from_, applied.to, None)
    events = [LogEvent(event.seq, protocol.event_text(event)) for event in applied.events]
    return LogRange(applied.from_, applied.to, events)
