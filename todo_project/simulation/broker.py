"""The simulated broker: the transport in memory, and one queue of wake-ups for each consumer."""

from collections import defaultdict
from collections.abc import Sequence
from random import Random

from events_app.consumers import registry
from events_app.transports.base import Acknowledged, EventMessage, PublishOutcome
from events_app.transports.memory import Faults, MemoryTransport
from events_app.transports.wakeups import Wakeup, decode_headers


class Broker(MemoryTransport):
    """Records the order in which events of each stream were first acknowledged, and queues wake-ups."""

    def __init__(self, random: Random, faults: Faults) -> None:
        super().__init__(random=random, faults=faults)
        self.queues: dict[str, list[Wakeup]] = defaultdict(list)
        self.acknowledged: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._seen: set[tuple[str, str, int]] = set()

    def publish(self, messages: Sequence[EventMessage]) -> list[PublishOutcome]:
        outcomes = super().publish(messages)
        for message, outcome in zip(messages, outcomes, strict=True):
            if isinstance(outcome, Acknowledged):
                self._remember(message)
        for message in self.take():
            wakeup = decode_headers(message.key.encode(), dict(message.headers))
            assert wakeup is not None, "the relay writes these headers"  # noqa: S101 - a simulator, not the product
            for consumer in registry.consumers_of_topic(message.topic):
                self.queues[consumer].append(wakeup)
        return outcomes

    def pull(self, consumer: str, random: Random) -> list[Wakeup]:
        """Remove and return some queued wake-ups of a consumer, in random order."""
        queue = self.queues[consumer]
        random.shuffle(queue)
        size = random.randint(1, 20)
        taken, self.queues[consumer] = queue[:size], queue[size:]
        return taken

    def requeue(self, consumer: str, wakeups: list[Wakeup]) -> None:
        """Put back wake-ups that were not acknowledged."""
        self.queues[consumer] += wakeups

    def _remember(self, message: EventMessage) -> None:
        place = (message.topic, message.stream_key, message.sequence)
        if place not in self._seen:
            self._seen.add(place)
            self.acknowledged[place[:2]].append(message.sequence)
