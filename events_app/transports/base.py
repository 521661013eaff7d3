"""The port through which the relay tells the outside world about the log.

Errors:

    TransportError
    └── TransportUnavailable    the broker or sidecar as a whole cannot be reached: try all of it again later

What is wrong with one message alone is no error but its Outcome.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property


class TransportError(Exception):
    """Something is wrong with carrying messages."""


class TransportUnavailable(TransportError):
    """The broker or sidecar cannot be reached; what of this call arrived is unknown."""


@dataclass(frozen=True, kw_only=True)
class EventMessage:
    """One CloudEvent for one topic; `topic` is without the configured prefix, transports put it before.

    `stream_key` and `sequence` name the row of the log that the message speaks of, `key` decides the
    partition, `id` and `type` are the CloudEvents attributes, `body` is the structured JSON envelope.
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
        """Bytes that it takes on the wire, rounded up: body, key, headers and framing."""
        return len(self.body) + len(self.key) + sum(len(n) + len(v) for n, v in self.headers) + 256


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The broker has acknowledged the message."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The message is unacceptable in itself and will be for ever: park it with this reason."""

    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """Not acknowledged; it may or may not have arrived. Try again later."""

    reason: str


PublishOutcome = Acknowledged | Rejected | Failed
ACKNOWLEDGED = Acknowledged()
# Below what a Kafka broker accepts by default (1,048,588 bytes). The same everywhere, so that what one
# transport carries every other carries too.
MAX_MESSAGE_BYTES = 1_000_000


def reason_to_reject(message: EventMessage) -> Rejected | None:
    """Return why no transport may carry this message, or None."""
    if message.size > MAX_MESSAGE_BYTES:
        return Rejected(f"{message.size} bytes are more than the {MAX_MESSAGE_BYTES} that a message may have")
    return None


def split_into_chunks(messages: Sequence[EventMessage], *, max_bytes: int) -> Iterator[list[EventMessage]]:
    """Cut the messages, in order, into lists of at most `max_bytes` (or one message, if that is larger)."""
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
    """One way to a broker. Safe to use from one thread at a time; connects when first used, never before."""

    keeps_order: bool = True
    """Whether messages of one stream that succeed within one request arrive in the order given.

    Without it the caller puts at most one message per stream and topic into a request."""

    max_messages: int = 1000
    """How many messages one request may hold."""

    max_bytes: int = 3 * 1024 * 1024
    """How many bytes (`Message.size`) one request should hold; never less than one message may have."""

    @classmethod
    def from_settings(cls) -> "Transport":
        """Return one that is set up by settings; nothing is connected yet."""
        return cls()

    @abstractmethod
    def publish(self, messages: Sequence[EventMessage]) -> list[PublishOutcome]:
        """Send the messages and return one outcome per message, in the order given.

        Takes about `max_messages` and `max_bytes`; returns within a few seconds. Repeating sends
        again: readers drop what they have seen. Where the transport keeps order, no message appears before
        an earlier one of its stream and topic has, unless that one was Rejected; so whoever sends again from
        the first that is not Sent keeps the order of first appearance. Raises TransportUnavailable when
        nothing can be reached.
        """

    def close(self) -> None:  # noqa: B027 - most transports hold nothing
        """Let go of connections; a later `publish` opens them again."""
