"""The roles, each run one step at a time; after a crash an actor restarts with empty memory."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator

from events_app.consumers import registry
from events_app.consumers.kernel import advance, advance_together
from events_app.consumers.reconcile import reconcile
from events_app.log.epochs import begin_epoch
from events_app.models import Epoch
from events_app.relay import Relay
from todo_project.simulation.world import World


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
    """A process that hosts all consumers: pulls the wake-ups of some, advances them together, acknowledges."""

    def step(self) -> object:
        world = self.world
        names = world.random.sample(
            list(registry.consumers()), k=world.random.randint(2, len(registry.consumers()))
        )
        pulled = {name: world.broker.pull(name, world.random) for name in names}
        try:
            advance_together({name: _merged(wakeups) for name, wakeups in pulled.items()})
        except BaseException:
            for name, wakeups in pulled.items():
                world.broker.requeue(name, wakeups)
            raise
        return sum(map(len, pulled.values()))


def _merged(wakeups: list[tuple[str, int]]) -> dict[str, int]:
    hints: dict[str, int] = {}
    for key, seq in wakeups:
        hints[key] = max(seq, hints.get(key, 0))
    return hints


class ReconcileActor(SimulatedProcess):
    """Reconcile, as Celery beat or the relay's loop runs it."""

    def step(self) -> object:
        return vars(reconcile())


class SweepActor(SimulatedProcess):
    """One sweep of the settings."""

    def __init__(self, world: World, name: str, sweep: Callable[[], object]) -> None:
        super().__init__(world, name)
        self._sweep = sweep

    def step(self) -> object:
        return self._sweep()


class OperatorActor(SimulatedProcess):
    """Begins a new epoch, as after a restore of a backup made just now: nothing may be lost, clients reload."""

    def step(self) -> object:
        begin_epoch(Epoch.Reason.ASKED)
        return "a new epoch"
