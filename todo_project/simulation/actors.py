"""The roles, each run one step at a time; after a crash an actor restarts with empty memory."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Final

from events_app.consumers import registry
from events_app.consumers.kernel import advance, advance_together
from events_app.consumers.reconcile import reconcile
from events_app.log.epochs import begin_epoch
from events_app.models import Epoch
from events_app.relay import Relay
from events_app.runtime.crash import crash_point
from events_app.transports.inbox import Inbox
from events_app.transports.news import News
from events_app.transports.wakeups import Wakeup
from todo_project.simulation.world import World

MOST_WAITING: Final = 30  # few, so that inboxes are full at times
APPLY_SHARE: Final = 0.5


class SimulatedProcess(ABC):
    """One process in one role."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name

    @abstractmethod
    def step(self) -> object:
        """Do the next step; the returned value goes into the trace."""

    def restart(self) -> None:  # noqa: B027 - most keep nothing in memory
        """Start again after a crash."""


class RelayActor(SimulatedProcess):
    """A relay. Other actors may run between its three steps; several relays share the lanes."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__(world, name)
        self.restart()

    def restart(self) -> None:
        self.relay = Relay(self.world.broker, holder=self.name, now=self.world.clock.seconds)
        self._steps = self._round()

    def step(self) -> object:
        return next(self._steps)

    def _round(self) -> Iterator[object]:
        while True:
            streams = self.relay.find_streams()
            yield "look", len(streams)
            if streams:
                sent = self.relay.send(streams)
                yield "send", len(streams)
                yield "mark", len(self.relay.mark(sent))


class KernelActor(SimulatedProcess):
    """A process of one consumer: pulls wake-ups, advances, acknowledges."""

    def __init__(self, world: World, name: str, consumer: str) -> None:
        super().__init__(world, name)
        self.consumer = consumer

    def step(self) -> object:
        world = self.world
        wakeups = world.broker.pull(self.consumer, world.random)
        if not wakeups:
            return None
        try:
            advance(self.consumer, _merged(wakeups))
        except BaseException:
            world.broker.requeue(self.consumer, wakeups)
            raise
        if world.happens(world.rates.duplicate_delivery):
            world.broker.requeue(self.consumer, wakeups)
        return len(wakeups)


class HostActor(SimulatedProcess):
    """A process that hosts several consumers, as the client of Kafka does: pulls, advances them together, acknowledges.

    It remembers how far its streams are, and hosts others after a crash.
    """

    def __init__(self, world: World, name: str) -> None:
        super().__init__(world, name)
        self.restart()

    def restart(self) -> None:
        names, random = list(registry.consumers()), self.world.random
        self.consumers = random.sample(names, k=random.randint(2, len(names)))
        self.news = News()

    def step(self) -> object:
        broker = self.world.broker
        pulled = {name: broker.pull(name, self.world.random) for name in self.consumers}
        try:
            self.take(pulled)
        except BaseException:
            for name, wakeups in pulled.items():
                broker.requeue(name, wakeups)
            raise
        return sum(map(len, pulled.values()))

    def take(self, pulled: Mapping[str, list[Wakeup]]) -> None:
        """Take wake-ups, by the consumers that their topics wake; a failure leaves them to the broker."""
        hints = self.news.fresh(chain.from_iterable(pulled.values()))
        if hints:
            crash_point("subscriber.before_advance")
            self.news.keep(advance_together(dict.fromkeys(self.consumers, hints)))


class InboxActor(HostActor):
    """A process that a sidecar hands wake-ups: acknowledged as soon as its inbox has them, and lost with a crash."""

    def restart(self) -> None:
        super().restart()
        self.inbox = _StepwiseInbox(self.consumers, max_waiting=MOST_WAITING)

    def step(self) -> object:
        if self.inbox.waiting and self.world.happens(APPLY_SHARE):
            return "apply", self.inbox.apply_once()
        return super().step()

    def take(self, pulled: Mapping[str, list[Wakeup]]) -> None:
        for name, wakeups in pulled.items():
            if not self.inbox.put(wakeups):
                self.world.broker.requeue(name, wakeups)


class _StepwiseInbox(Inbox):
    """The inbox of a process without the thread that empties it."""

    def _start(self) -> None: ...

    def apply_once(self) -> int:
        """Apply what is here, and return how many streams that were."""
        self._take()
        self._apply()
        taken, self._taken = self.waiting, {}
        return taken


def _merged(wakeups: Sequence[Wakeup]) -> dict[str, int]:
    hints: dict[str, int] = {}
    for wakeup in wakeups:
        hints[wakeup.stream_key] = max(wakeup.sequence, hints.get(wakeup.stream_key, 0))
    return hints


class ReconcileActor(SimulatedProcess):
    """Reconcile, as Celery beat or the relay's loop runs it."""

    sweep = staticmethod(reconcile)

    def step(self) -> object:
        return vars(self.sweep())


class SweepActor(SimulatedProcess):
    """One sweep of the settings."""

    def __init__(self, world: World, name: str, sweep: Callable[[], object]) -> None:
        super().__init__(world, name)
        self.sweep = sweep

    def step(self) -> object:
        return self.sweep()


class OperatorActor(SimulatedProcess):
    """Begins a new epoch, as after a restore of a backup made just now: nothing may be lost, clients reload."""

    def step(self) -> object:
        begin_epoch(Epoch.Reason.ASKED)
        return "a new epoch"
