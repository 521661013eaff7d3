"""Publish through a Dapr sidecar, with the SDK's bulk publish: https://docs.dapr.io/reference/api/pubsub_api/."""

from collections.abc import Sequence

from dapr.clients import BulkPublishEntry, DaprGrpcClient
from dapr.clients.exceptions import DaprGrpcError
from django.conf import settings

from events_app.transports.base import (
    ACKNOWLEDGED,
    Acknowledged,
    EventMessage,
    Failed,
    PublishOutcome,
    Transport,
    TransportUnavailable,
    reason_to_reject,
    split_into_chunks,
)
from events_app.transports.dapr_sidecar import connect, is_away, sidecar_unavailable
from events_app.transports.options import DaprOptions

_CONTENT_TYPE = (
    "application/cloudevents+json"  # with another type Dapr would wrap our envelope in a second one
)


class DaprTransport(Transport):
    """Bulk requests of one topic each. The sidecar's component file determines the broker."""

    keeps_order = False
    max_messages = 500
    max_bytes = 3 * 1024 * 1024  # the sidecar accepts 4 MiB

    def __init__(self, options: DaprOptions, *, prefix: str = "") -> None:
        self._options = options
        self._prefix = prefix
        self._client: DaprGrpcClient | None = None

    @classmethod
    def from_settings(cls) -> "DaprTransport":
        return cls(settings.DAPR, prefix=settings.TOPIC_PREFIX)

    def publish(self, messages: Sequence[EventMessage]) -> list[PublishOutcome]:
        """Send topic by topic; when the sidecar stops answering, the rest is Failed. See `Transport.publish`."""
        outcomes: dict[int, PublishOutcome] = {}
        waiting: list[tuple[int, EventMessage]] = []
        for index, message in enumerate(messages):
            rejected = reason_to_reject(message)
            if rejected:
                outcomes[index] = rejected
            else:
                waiting.append((index, message))
        self._send_all(waiting, outcomes)
        return [outcomes[index] for index in range(len(messages))]

    def prepare(self) -> None:
        """Connect to the sidecar."""
        self._client = self._client or connect(self._options)

    def close(self) -> None:
        """Close the connection to the sidecar."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _send_all(self, waiting: list[tuple[int, EventMessage]], outcomes: dict[int, PublishOutcome]) -> None:
        by_topic: dict[str, dict[int, EventMessage]] = {}
        for index, message in waiting:
            by_topic.setdefault(message.topic, {})[index] = message
        try:
            for topic, numbered in by_topic.items():
                self._send_topic(topic, numbered, outcomes)
        except TransportUnavailable as error:
            if not any(isinstance(outcome, Acknowledged) for outcome in outcomes.values()):
                raise
            for index, _ in waiting:
                outcomes.setdefault(index, Failed(str(error)))

    def _send_topic(
        self, topic: str, numbered: dict[int, EventMessage], outcomes: dict[int, PublishOutcome]
    ) -> None:
        indices = iter(numbered)
        for chunk in split_into_chunks(list(numbered.values()), max_bytes=self.max_bytes):
            # The outcomes first: `zip` must not consume an index after the last outcome of a chunk.
            for outcome, index in zip(self._send(self._prefix + topic, chunk), indices, strict=False):
                outcomes[index] = outcome

    def _send(self, topic: str, messages: list[EventMessage]) -> list[PublishOutcome]:
        client = self._client = self._client or connect(self._options)
        entries = [_entry(index, message) for index, message in enumerate(messages)]
        try:
            response = client.publish_events(self._options.pubsub, topic, entries)
        except DaprGrpcError as error:
            if is_away(error):
                self.close()
                raise sidecar_unavailable(self._options) from error
            return [Failed(_reason(error.code().name, error.details()))] * len(messages)
        failed = {entry.entry_id: entry.error for entry in response.failed_entries}
        return [
            Failed(_reason("refused", failed[entry.entry_id])) if entry.entry_id in failed else ACKNOWLEDGED
            for entry in entries
        ]


def _entry(index: int, message: EventMessage) -> BulkPublishEntry:
    return BulkPublishEntry(
        message.body,
        metadata={"partitionKey": message.key},
        content_type=_CONTENT_TYPE,
        entry_id=str(index),
    )


def _reason(kind: str, details: str | None) -> str:
    return f"{kind}: {details}"[:300]
