"""Split messages into requests within the limits of a transport."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from events_app.transports.base import EventMessage, Transport


@dataclass(frozen=True, slots=True)
class AddressedMessage:
    """A message and the id of its stream."""

    stream_id: int
    message: EventMessage


def split_into_requests(
    messages: Sequence[AddressedMessage], transport: Transport
) -> Iterator[list[AddressedMessage]]:
    """Split messages into requests within the transport's limits, in order.

    If the transport keeps no order inside a request, each request has one message per stream and topic.
    """
    rounds = [list(messages)] if transport.keeps_order else _rounds(messages)
    for one_round in rounds:
        yield from _within_limits(one_round, transport)


def _rounds(messages: Sequence[AddressedMessage]) -> list[list[AddressedMessage]]:
    """Return lists: the first message of each stream and topic, then the second of each, and so on."""
    rounds: list[list[AddressedMessage]] = []
    seen: dict[tuple[int, str], int] = {}
    for addressed in messages:
        key = (addressed.stream_id, addressed.message.topic)
        position = seen.get(key, 0)
        seen[key] = position + 1
        if position == len(rounds):
            rounds.append([])
        rounds[position].append(addressed)
    return rounds


def _within_limits(
    messages: Sequence[AddressedMessage], transport: Transport
) -> Iterator[list[AddressedMessage]]:
    request: list[AddressedMessage] = []
    size = 0
    for addressed in messages:
        is_full = (
            len(request) >= transport.max_messages or size + addressed.message.size > transport.max_bytes
        )
        if request and is_full:
            yield request
            request, size = [], 0
        request.append(addressed)
        size += addressed.message.size
    if request:
        yield request
