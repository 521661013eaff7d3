"""No broker at all: wake-ups go to a queue in this process, which the engine empties."""

from collections.abc import Sequence
from threading import Lock

from events_app.transports.base import ACKNOWLEDGED, EventMessage, PublishOutcome, Transport, reason_to_reject


class EmbeddedTransport(Transport):
    """Remembers, for each topic, how far each stream has come: as large as there are dirty streams."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._hints: dict[str, dict[str, int]] = {}

    def publish(self, messages: Sequence[EventMessage]) -> list[PublishOutcome]:
        """Queue the wake-ups; nothing can fail but a message that is too large for every transport."""
        with self._lock:
            return [reason_to_reject(message) or self._remember(message) for message in messages]

    def drain(self) -> dict[str, dict[str, int]]:
        """Return and forget `{topic: {stream_key: sequence}}` of what was published since the last call."""
        with self._lock:
            hints, self._hints = self._hints, {}
            return hints

    def _remember(self, message: EventMessage) -> PublishOutcome:
        streams = self._hints.setdefault(message.topic, {})
        streams[message.stream_key] = max(message.sequence, streams.get(message.stream_key, 0))
        return ACKNOWLEDGED
