"""The actors of a run, and how often each runs."""

from typing import Final

from events_app.consumers import registry
from notifications_app.operations.deliveries import send_due_deliveries
from todo_project.simulation.actors import (
    HostActor,
    InboxActor,
    KernelActor,
    OperatorActor,
    ReconcileActor,
    RelayActor,
    SimulatedProcess,
    SweepActor,
)
from todo_project.simulation.people import Person
from todo_project.simulation.sockets import SocketActor
from todo_project.simulation.world import World

# Removing expired sign-in rows affects no promise.
NO_PART: Final = frozenset({"expiry"})
TWO: Final = range(2)  # two of each, because a second process must change nothing


def all_actors(world: World) -> list[tuple[float, SimulatedProcess]]:
    """Return every actor with its weight."""
    chores = registry.sweeps_of_loop("chores")
    sweeps = [(name, sweep.function) for name, sweep in chores.items() if name not in NO_PART]
    actors: list[tuple[float, SimulatedProcess]] = []
    actors += [(4, RelayActor(world, f"relay-{n}")) for n in TWO]
    actors += [(2, KernelActor(world, name, name)) for name in registry.consumers()]
    actors += [(4, HostActor(world, f"host-{n}")) for n in TWO]
    actors += [(4, InboxActor(world, f"inbox-{n}")) for n in TWO]
    actors += [(0.1, ReconcileActor(world, f"reconcile-{n}")) for n in TWO]
    actors += [(0.2, SweepActor(world, f"{name}-{n}", function)) for name, function in sweeps for n in TWO]
    actors += [(0.2, SweepActor(world, f"deliveries-{n}", send_due_deliveries)) for n in TWO]
    actors += [(2, Person(world, user.username, user)) for user in world.users]
    actors += [(1.5, SocketActor(world, f"socket-{user.pk}", user.pk)) for user in world.users]
    actors += [(0.05, OperatorActor(world, "operator"))]
    return actors
