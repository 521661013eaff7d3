"""The `realtime` consumer of the log: it stores nothing, and pushes applied events to the user's sockets."""

from collections.abc import Sequence

from events_app.consumers.registry import AppliedRange
from events_app.contracts import RecordedEvent
from realtime_app.sockets import protocol, push
from realtime_app.sockets.exchange import LogRange, log_event


def prepare_pushes() -> None:
    """Load the channel layer, whose client of Redis takes longer to load than a push may take."""
    push.is_anybody_listening()


def check_showable(events: Sequence[RecordedEvent]) -> None:
    """Check that the events fit their schemas; the kernel then skips an invalid one, once for all sockets.

    Raises InvalidEvent. Repeating is harmless, since nothing is stored.
    """
    for event in events:
        _ = event.payload


def push_ranges(ranges: Sequence[AppliedRange]) -> None:
    """Push the applied ranges to all processes that hold sockets of their users.

    It returns at once. A push that is not sent within PUSH_SECONDS is lost; the sockets read the log instead.
    """
    if push.is_anybody_listening():
        push.push([push.UserRange(applied.user_id, _log_range(applied)) for applied in ranges])


def _log_range(applied: AppliedRange) -> LogRange:
    if len(applied.events) > protocol.WINDOW_EVENTS:
        return LogRange(applied.from_, applied.to, None)
    events = [log_event(event) for event in applied.events]
    return LogRange(applied.from_, applied.to, events)
