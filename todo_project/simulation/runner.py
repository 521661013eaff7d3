"""Runs one seed, or seeds until a deadline."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from time import monotonic, perf_counter

from events_app.transports.base import TransportUnavailable
from todo_project.simulation.chaos import Crash, DatabaseGaveUp, Rates
from todo_project.simulation.database import Snapshot
from todo_project.simulation.judge import judge, run_to_rest
from todo_project.simulation.participants import all_actors
from todo_project.simulation.people import Person
from todo_project.simulation.sockets import SocketActor
from todo_project.simulation.world import World

STEPS = 1000
TRACE_LENGTH = 40


@dataclass(frozen=True)
class SeedOutcome:
    """How one seed ended. `failures` is empty when every promise holds; `trace` ends with the last steps."""

    seed: int
    steps: int
    seconds: float
    crashes: int
    failures: tuple[str, ...]
    trace: tuple[str, ...]
    # The calls and answers of the users concerned; of all users when that is not known.
    story: tuple[str, ...]
    # The named steps at which a process may have been killed.
    passed: frozenset[str]

    def report(self) -> str:
        """Return what went wrong, the calls that led there, and the last steps, in lines."""
        lines = [f"seed {self.seed} fails:", *self.failures, *self.story, "the last steps:", *self.trace]
        return "\n  ".join(lines)


def run_seed(seed: int, snapshot: Snapshot, *, steps: int = STEPS, rates: Rates | None = None) -> SeedOutcome:
    """Run one seed from the empty database to the end, and check it; without `rates` they are drawn from the seed.

    The same seed gives the same outcome. The first failure ends the run: a broken promise, a failing handler or sweep,
    an error that no role expects.
    """
    snapshot.restore()
    SocketActor.forget_all()
    world = World(seed, rates)
    with world.running():
        run = _Run(world)
        began = perf_counter()
        run.attempt(lambda: run.run_steps(steps))
        seconds = perf_counter() - began
        run.attempt(run.conclude)
    failures = tuple(failure.text for failure in world.watch.failures)
    return SeedOutcome(
        seed,
        run.steps,
        seconds,
        world.interceptor.crashes,
        failures,
        tuple(run.trace),
        tuple(run.report_lines()),
        frozenset(world.interceptor.passed),
    )


class _Run:
    """One seed under way. What goes wrong is noted by the world's watch."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.steps = 0
        self.trace: deque[str] = deque(maxlen=TRACE_LENGTH)
        weighted = all_actors(world)
        self._actors, self._weights = [actor for _, actor in weighted], [weight for weight, _ in weighted]
        self._people = [actor for actor in self._actors if isinstance(actor, Person)]

    def attempt(self, part: Callable[[], object]) -> None:
        """Run one part, unless a failure was noted before; an error in it is noted as a failure."""
        if self._has_failed:
            return
        try:
            part()
        except Exception as error:
            self.world.watch.note("not expected", error=error)

    def run_steps(self, steps: int) -> None:
        """Run random actors until `steps` steps are done."""
        while self.steps < steps and not self._has_failed:
            self.steps += 1
            self.trace.append(self._step())

    def conclude(self) -> None:
        """Let the run finish and check it; then let all people finish their tasks, and check it again."""
        self._judge()
        for person in self._people:
            if not self._has_failed:
                person.finish()
        if not self._has_failed:
            self._judge()

    def report_lines(self) -> Iterator[str]:
        """Yield the calls of the users concerned, or of all users when that is not known."""
        concerned = {failure.user_id for failure in self.world.watch.failures}
        for person in self._people:
            if person.user_id in concerned or None in concerned:
                yield f"what {person.name} did:"
                yield from person.story

    @property
    def _has_failed(self) -> bool:
        return bool(self.world.watch.failures)

    def _judge(self) -> None:
        watch = self.world.watch
        if not run_to_rest(self.world, self._actors):
            watch.note("the run does not come to rest")
        elif not self._has_failed:
            for sentence in judge(self.world, self._actors):
                watch.note(sentence)

    def _step(self) -> str:
        self.world.clock.advance(self.world.random)
        [actor] = self.world.random.choices(self._actors, self._weights)
        try:
            result: object = actor.step()
        except Crash as crash:
            actor.restart()
            result = f"crashed at {crash}"
        except (DatabaseGaveUp, TransportUnavailable) as error:
            actor.restart()
            result = f"failed: {error}"
        return f"{self.world.clock.now.isoformat()} {actor.name}: {result}"


def run_seeds(first: int, snapshot: Snapshot, *, seconds: float, steps: int = STEPS) -> Iterator[SeedOutcome]:
    """Run one seed after the other until `seconds` have passed."""
    deadline = monotonic() + seconds
    for seed in count(first):
        yield run_seed(seed, snapshot, steps=steps)
        if monotonic() >= deadline:
            return
