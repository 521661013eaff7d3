"""The transport without a broker: wake-ups go to a queue in this process, which the engine drains."""

from collections.abc import Sequence
from threading import Lock

from events_app.transports.base import ACKNOWLEDGED, EventMessage, PublishOutcome, Transport, reason_to_reject


class EmbeddedTransport(Transport):
    """Keeps the highest sequence number by topic and stream. Its size is bounded by the number of streams."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._hints: dict[str, dict[str, int]] = {}

    def publish(self, messages: Sequence[EventMessage]) -> list[PublishOutcome]:
        """Queue the wake-ups. All are Acknowledged, except messages that are too large for any transport."""
        with self._lock:
            return [reason_to_reject(message) or self._remember(message) for message in messages]

    def drain(self) -> dict[str, dict[str, int]]:
        """Return `{topic: {stream_key: sequence}}` of the messages since the last call, and clear the queue."""
        with self._lock:
            hints, self._hints = self._hints, {}
            return hints

    def _remember(self, message: EventMessage) -> PublishOutcome:
        streams = self._hints.setdefault(message.topic, {})
        streams[message.stream_key] = max(message.sequence, streams.get(message.stream_key, 0))
        return ACKNOWLEDGED
