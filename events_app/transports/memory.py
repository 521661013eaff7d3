"""A broker in memory that keeps whole messages and can inject faults: for tests and the simulator."""

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
    """The probability, from 0 to 1, of each fault of a message.

    `drop`: it is acknowledged and never arrives. `duplicate`: it arrives twice. `fail`: it is refused, and half of
    the time arrives even so. `reorder`: a whole request arrives shuffled. `unavailable`: no call succeeds.
    """

    drop: float = 0
    duplicate: float = 0
    fail: float = 0
    reorder: float = 0
    unavailable: bool = False


class MemoryTransport(Transport):
    """Keeps the messages that arrived in `arrived`, in order. `faults` may be replaced at any time."""

    def __init__(self, *, random: Random | None = None, faults: Faults | None = None) -> None:
        self.faults = faults or Faults()
        self.arrived: list[EventMessage] = []
        self._random = random or Random(0)  # noqa: S311 - chance for tests, no secret

    def publish(self, messages: Sequence[EventMessage]) -> list[PublishOutcome]:
        """Keep the messages, subject to the faults. See `Transport.publish`."""
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
        """Return the messages that arrived since the last call, and clear them."""
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
