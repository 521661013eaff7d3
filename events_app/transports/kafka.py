"""Publish to Kafka with kafka-python: https://kafka-python.readthedocs.io/en/master/apidoc/KafkaProducer.html."""

import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import TypeAlias

from django.conf import settings
from kafka import KafkaProducer
from kafka.errors import (
    InvalidRecordError,
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
)
from kafka.producer.future import FutureRecordMetadata

from events_app.transports.base import (
    ACKNOWLEDGED,
    MAX_MESSAGE_BYTES,
    Acknowledged,
    EventMessage,
    Failed,
    PublishOutcome,
    Rejected,
    Transport,
    reason_to_reject,
    split_into_chunks,
)
from events_app.transports.envelope import TOPICS
from events_app.transports.kafka_broker import is_reachable, kafka_unavailable, open_client
from events_app.transports.options import KafkaOptions

TOPIC_WAIT_MS = 1500
# Constant: an operator must create a missing topic, and each metadata request for it blocks the other topics.
TOPIC_RETRY_SECONDS = 10.0
REQUEST_MS = 2000
LINGER_MS = 500
DELIVERY_MS = 3000
SINGLY_SECONDS = 3.0
CLOSE_SECONDS = 1.0
_TOO_LARGE = (MessageSizeTooLargeError, RecordListTooLargeError, InvalidRecordError)
_Result: TypeAlias = PublishOutcome | Exception
logger = logging.getLogger(__name__)


class KafkaTransport(Transport):
    """An idempotent producer with acknowledgement by all replicas.

    The messages of one call for a partition are one batch, which Kafka accepts or refuses as a whole; that keeps the
    order after a failure. After a failure the producer is discarded, so that it cannot send its buffer later than
    the retried messages.
    """

    def __init__(self, options: KafkaOptions, *, prefix: str = "") -> None:
        self._options = options
        self._prefix = prefix
        self._producer: KafkaProducer | None = None
        self._unknown_until: dict[str, float] = {}

    @classmethod
    def from_settings(cls) -> "KafkaTransport":
        return cls(settings.KAFKA, prefix=settings.TOPIC_PREFIX)

    def publish(self, messages: Sequence[EventMessage]) -> list[PublishOutcome]:
        """Send and wait for the acknowledgements, at most a few seconds. See `Transport.publish`."""
        outcomes: list[PublishOutcome] = []
        for chunk in split_into_chunks(messages, max_bytes=MAX_MESSAGE_BYTES):
            if any(isinstance(outcome, Failed) for outcome in outcomes):
                outcomes += [Failed("not tried after an earlier failure")] * len(chunk)
            else:
                outcomes += self._publish_chunk(chunk)
        return outcomes

    def prepare(self) -> None:
        """Connect, and learn where the topics are; a missing one is no error here."""
        producer = self._get_producer()
        with suppress(KafkaError):
            for topic in TOPICS:
                producer.partitions_for(self._prefix + topic)

    def close(self) -> None:
        """Close the connection; unacknowledged messages may or may not arrive."""
        producer, self._producer = self._producer, None
        if producer is not None:
            _discard_producer(producer)

    def _publish_chunk(self, messages: list[EventMessage]) -> list[PublishOutcome]:
        results = self._send_batch(messages)
        if len(messages) > 1 and any(isinstance(result, _TOO_LARGE) for result in results):
            return self._publish_singly(messages, results)
        return [_outcome(result) for result in results]

    def _publish_singly(self, messages: list[EventMessage], results: list[_Result]) -> list[PublishOutcome]:
        """Send the failed messages one by one, since one too large message fails its whole batch."""
        deadline = time.monotonic() + SINGLY_SECONDS
        outcomes: list[PublishOutcome] = []
        for message, result in zip(messages, results, strict=True):
            if isinstance(result, Acknowledged | Rejected):
                outcomes.append(result)
            elif time.monotonic() > deadline or any(isinstance(outcome, Failed) for outcome in outcomes):
                outcomes.append(Failed("not tried after an earlier failure"))
            else:
                outcomes += [_outcome(single) for single in self._send_batch([message])]
        return outcomes

    def _send_batch(self, messages: list[EventMessage]) -> list[_Result]:
        producer = self._get_producer()
        deadline = time.monotonic() + DELIVERY_MS / 1000 + 1
        attempts = [self._send(producer, message) for message in messages]
        _flush(producer)
        results = [_result(attempt, deadline) for attempt in attempts]
        self._raise_if_away(results)
        return results

    def _get_producer(self) -> KafkaProducer:
        if self._producer is None:
            self._producer = _new_producer(self._options)
        return self._producer

    def _send(self, producer: KafkaProducer, message: EventMessage) -> FutureRecordMetadata | PublishOutcome:
        rejected = reason_to_reject(message)
        if rejected:
            return rejected
        topic = self._prefix + message.topic
        if not self._is_known(producer, topic):
            return Failed(f"topic {topic} is unknown to Kafka: run `manage.py topics`")
        try:
            headers = list(message.headers)
            return producer.send(topic, key=message.key.encode(), value=message.body, headers=headers)
        except KafkaError as error:
            return Failed(_reason(error))

    def _is_known(self, producer: KafkaProducer, topic: str) -> bool:
        """Return whether the topic exists. A missing one is looked up every 10 s only: each lookup blocks."""
        if self._unknown_until.get(topic, 0) > time.monotonic():
            return False
        try:
            producer.partitions_for(topic)
        except KafkaTimeoutError:
            self._unknown_until[topic] = time.monotonic() + TOPIC_RETRY_SECONDS
            return False
        except KafkaError:
            return True  # `send` raises the same error and reports it
        self._unknown_until.pop(topic, None)
        return True

    def _raise_if_away(self, results: list[_Result]) -> None:
        """Discard the producer after errors, and raise TransportUnavailable if they mean that the broker is away."""
        errors = [result for result in results if isinstance(result, Exception)]
        if errors:
            self.close()
        if any(isinstance(result, Acknowledged) for result in results):
            return
        if any(isinstance(error, KafkaTimeoutError | KafkaConnectionError) for error in errors):
            raise kafka_unavailable(self._options)
        if any(isinstance(result, Failed) for result in results) and not is_reachable(self._options):
            self.close()
            raise kafka_unavailable(self._options)


def _new_producer(options: KafkaOptions) -> KafkaProducer:
    return open_client(
        KafkaProducer,
        options,
        acks="all",
        enable_idempotence=True,
        allow_auto_create_topics=False,
        batch_size=MAX_MESSAGE_BYTES + 8192,
        max_request_size=MAX_MESSAGE_BYTES + 16384,
        linger_ms=LINGER_MS,  # only `flush` sends: one batch per partition and call
        request_timeout_ms=REQUEST_MS,
        delivery_timeout_ms=DELIVERY_MS,
        max_block_ms=TOPIC_WAIT_MS,
        reconnect_backoff_max_ms=1000,  # the client's own backoff, shorter than a request's timeout
        metrics_enabled=False,
    )


def _discard_producer(producer: KafkaProducer) -> None:
    """Close a producer and drop its buffer: `close` alone would wait for the buffer first, and raise."""
    producer._sender.force_close()
    producer._sender.join(CLOSE_SECONDS)
    try:
        producer.close(timeout=0)
    except KafkaError as error:
        logger.info("a thrown away producer did not close in order: %s", _reason(error))


def _flush(producer: KafkaProducer) -> None:
    try:
        producer.flush(timeout=DELIVERY_MS / 1000 + 0.5)
    except KafkaError:
        return  # the future of each message has its own error


def _result(attempt: FutureRecordMetadata | PublishOutcome, deadline: float) -> _Result:
    if isinstance(attempt, Acknowledged | Rejected | Failed):
        return attempt
    try:
        attempt.get(timeout=max(0.0, deadline - time.monotonic()))
    except KafkaError as error:
        failure: Exception = error
        return failure
    return ACKNOWLEDGED


def _outcome(result: _Result) -> PublishOutcome:
    if not isinstance(result, Exception):
        return result
    reason = _reason(result)
    return Rejected(reason) if isinstance(result, _TOO_LARGE) else Failed(reason)


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]
