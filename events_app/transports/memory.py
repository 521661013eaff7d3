"""A broker in memory that keeps whole messages and misbehaves on request: for tests and the simulator."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from events_app.transports.base import (
    ACKNOWLEDGED,
    EventMessage,
    Failed,
    PublishOutcome,
    Transport,
    TransportUnavailable,
    reason_to_reject,
)


@dataclass(frozen=True, kw_only=True)
class Faults:
    """How often, from 0 to 1, each thing goes wrong with a message.

    `drop`: acknowledged, never arrives. `duplicate`: arrives twice. `fail`: refused, and every second time it
    arrives all the same. `reorder`: how often a whole request arrives shuffled. `unavailable`: nothing works.
    """

    drop: float = 0
    duplicate: float = 0
    fail: float = 0
    reorder: float = 0
    unavailable: bool = False


class MemoryTransport(Transport):
    """Keeps what arrived in `arrived`, in order; `faults` may be replaced at any time."""

    def __init__(self, *, random: Random | None = None, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self.arrived: list[EventMessage] = []
        self._random = random or Random(0)  # noqa: S311 - chance for tests, no secret

    def publish(self, messages: Sequence[EventMessage]) -> list[PublishOutcome]:
        """Keep the messages, as far as the faults let them through."""
        if self.faults.unavailable:
            raise TransportUnavailable("the broker in memory is switched off")
        arriving: list[EventMessage] = []
        failed_streams: set[tuple[str, str]] = set()
        outcomes = [self._outcome(message, arriving, failed_streams) for message in messages]
        if self._happens(self.faults.reorder):
            self._random.shuffle(arriving)
        self.arrived += arriving
        return outcomes

    def take(self) -> list[EventMessage]:
        """Return what arrived since the last call, and forget it."""
        taken, self.arrived = self.arrived, []
        return taken

    def _outcome(
        self, message: EventMessage, arriving: list[EventMessage], failed_streams: set[tuple[str, str]]
    ) -> PublishOutcome:
        place = (message.topic, message.stream_key)
        if place in failed_streams:
            return Failed("an earlier message of this stream failed")
        rejected = reason_to_reject(message)
        if rejected:
            return rejected
        if self._happens(self.faults.fail):
            failed_streams.add(place)
            arriving += [message] * self._random.randrange(2)
            return Failed("the broker in memory refused it")
        arriving += [message] * self._copies()
        return ACKNOWLEDGED

    def _copies(self) -> int:
        if self._happens(self.faults.drop):
            return 0
        return 2 if self._happens(self.faults.duplicate) else 1

    def _happens(self, share: float) -> bool:
        return share > 0 and self._random.random() < share
