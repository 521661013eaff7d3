"""Runs seeds: one, or as many as fit into a time."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from time import monotonic, perf_counter
from traceback import format_tb

from events_app.transports.base import TransportUnavailable
from todo_project.simulation.actors import Actor
from todo_project.simulation.cast import all_actors
from todo_project.simulation.chaos import Crash, DatabaseGaveUp, Rates
from todo_project.simulation.database import Snapshot
from todo_project.simulation.judge import bring_to_rest, judge
from todo_project.simulation.sockets import SocketActor
from todo_project.simulation.world import World

STEPS = 1000
TRACE_LENGTH = 40


@dataclass(frozen=True)
class Outcome:
    """How one seed ended. `failures` is empty when every promise holds; `trace` ends with the last steps."""

    seed: int
    steps: int
    seconds: float
    crashes: int
    failures: tuple[str, ...]
    trace: tuple[str, ...]


def run_seed(seed: int, snapshot: Snapshot, *, steps: int = STEPS, rates: Rates | None = None) -> Outcome:
    """Run one seed from the empty database to rest, and judge it; without `rates` they come from the seed too.

    The same seed gives the same outcome. An error that no role expects is a failure like any other.
    """
    snapshot.restore()
    SocketActor.forget_all()
    trace: deque[str] = deque(maxlen=TRACE_LENGTH)
    world = World(seed, rates)
    failures: list[str] = []
    began = perf_counter()
    with world.running():
        actors = all_actors(world)
        try:
            for _ in range(steps):
                trace.append(_step(world, actors))
            seconds = perf_counter() - began
            failures += _judged(world, [actor for _, actor in actors])
        except Exception as error:
            seconds = perf_counter() - began
            failures.append(f"{type(error).__name__}: {error}\n{''.join(format_tb(error.__traceback__, -4))}")
    return Outcome(seed, steps, seconds, world.interceptor.crashes, tuple(failures), tuple(trace))


def _judged(world: World, actors: list[Actor]) -> list[str]:
    if not bring_to_rest(world, actors):
        return ["the run does not come to rest"]
    return list(judge(world, actors))


def _step(world: World, actors: list[tuple[float, Actor]]) -> str:
    world.clock.advance(world.random)
    [(_, actor)] = world.random.choices(actors, [weight for weight, _ in actors])
    try:
        result: object = actor.step()
    except Crash as crash:
        actor.restart()
        result = f"crashed at {crash}"
    except (DatabaseGaveUp, TransportUnavailable) as error:
        actor.restart()
        result = f"failed: {error}"
    return f"{world.clock.now.isoformat()} {actor.name}: {result}"


def run_seeds(first: int, snapshot: Snapshot, *, seconds: float, steps: int = STEPS) -> Iterator[Outcome]:
    """Run seed after seed until the time is over."""
    deadline = monotonic() + seconds
    for seed in count(first):
        yield run_seed(seed, snapshot, steps=steps)
        if monotonic() >= deadline:
            return
