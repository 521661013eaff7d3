"""The port through which the relay publishes messages to a broker.

Errors:

    TransportError
    └── TransportUnavailable    the broker or sidecar cannot be reached: retry the whole call later

A failure of a single message is not raised; it is the PublishOutcome of that message.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property


class TransportError(Exception):
    """Base of the errors of transports."""


class TransportUnavailable(TransportError):
    """The broker or sidecar cannot be reached; it is unknown which messages of the call arrived."""


@dataclass(frozen=True, kw_only=True)
class EventMessage:
    """One CloudEvent for one topic. `topic` has no prefix; transports add the configured one.

    `stream_key` and `sequence` identify the event in the log, `key` determines the partition, `id` and `type` are the
    CloudEvents attributes, `body` is the structured JSON envelope.
    """

    topic: str
    key: str
    id: str
    type: str
    stream_key: str
    sequence: int
    body: bytes
    headers: tuple[tuple[str, bytes], ...] = ()

    @cached_property
    def size(self) -> int:
        """The number of bytes on the wire, rounded up: body, key, headers and framing."""
        return len(self.body) + len(self.key) + sum(len(n) + len(v) for n, v in self.headers) + 256


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The broker acknowledged the message."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The broker will never accept the message: park it with this reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The message was not acknowledged; it may have arrived. Retry it later."""

    reason: str


PublishOutcome = Acknowledged | Rejected | Failed
ACKNOWLEDGED = Acknowledged()
# Below the default limit of a Kafka broker (1,048,588 bytes). All transports have the same limit, so that each can
# carry the messages of any other.
MAX_MESSAGE_BYTES = 1_000_000


def reason_to_reject(message: EventMessage) -> Rejected | None:
    """Return the outcome Rejected for a message that no transport may carry, or None."""
    if message.size > MAX_MESSAGE_BYTES:
        return Rejected(f"{message.size} bytes are more than the {MAX_MESSAGE_BYTES} that a message may have")
    return None


def split_into_chunks(messages: Sequence[EventMessage], *, max_bytes: int) -> Iterator[list[EventMessage]]:
    """Yield the messages, in order, in lists of at most `max_bytes`; a larger message is alone in its list."""
    chunk: list[EventMessage] = []
    size = 0
    for message in messages:
        if chunk and size + message.size > max_bytes:
            yield chunk
            chunk, size = [], 0
        chunk.append(message)
        size += message.size
    if chunk:
        yield chunk


class Transport(ABC):
    """A connection to a broker, for one thread at a time. It connects on first use, `prepare` or `publish`."""

    keeps_order: bool = True
    """Whether the messages of one stream in one request arrive in their order.

    If not, the caller puts at most one message per stream and topic into a request."""

    max_messages: int = 1000
    """The largest number of messages in one request."""

    max_bytes: int = 3 * 1024 * 1024
    """The largest sum of `EventMessage.size` in one request; at least MAX_MESSAGE_BYTES."""

    @classmethod
    def from_settings(cls) -> "Transport":
        """Return a transport with the options of the settings; it is not connected yet."""
        return cls()

    @abstractmethod
    def publish(self, messages: Sequence[EventMessage]) -> list[PublishOutcome]:
        """Send the messages and return one outcome per message, in their order, within a few seconds.

        `messages` should be within `max_messages` and `max_bytes`. Repeating sends them again: readers drop
        sequence numbers that they have seen. If the transport keeps order, no message appears before an earlier one
        of its stream and topic, unless that one was Rejected. So a caller that repeats from the first Failed message
        keeps the order of first appearance. Raises TransportUnavailable when the broker cannot be reached.
        """

    def prepare(self) -> None:  # noqa: B027 - some transports have no connection
        """Connect before the first `publish`, which would wait for it. Repeating is harmless. Raises TransportError."""

    def close(self) -> None:  # noqa: B027 - some transports have no connection
        """Close the connection; a later `publish` opens another."""
