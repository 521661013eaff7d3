"""The event core keeps its promises under every seed, and the simulator notices when it does not."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from secrets import randbelow

import pytest
from pytest_django import DjangoDbBlocker

import events_app.kernel.advancing
import events_app.reconcile
import events_app.relay.relay
import realtime_app.session
import todo_project.simulation.people
from events_app.kernel.cursors import move_cursors
from events_app.models import Cursor, Stream
from todo_project.simulation.chaos import ROUGH
from todo_project.simulation.database import Snapshot, empty_database
from todo_project.simulation.runner import Outcome, run_seed, run_seeds

KEPT_SEEDS = [
    int(line.split()[0])
    for line in (Path(__file__).parent / "seeds.txt").read_text().splitlines()
    if line and not line.startswith("#")
]
FRESH_SECONDS = 60
SEEDS_PER_MUTANT = 20


@pytest.fixture(scope="module")
def snapshot(django_db_blocker: DjangoDbBlocker) -> Iterator[Snapshot]:
    logging.disable(logging.CRITICAL)
    with django_db_blocker.unblock(), empty_database() as empty:
        yield empty
    logging.disable(logging.NOTSET)


def report(outcome: Outcome) -> str:
    return "\n".join([f"seed {outcome.seed}", *outcome.failures, *outcome.trace])


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_fresh_seeds_keep_every_promise(snapshot: Snapshot) -> None:
    for outcome in run_seeds(randbelow(2**31), snapshot, seconds=FRESH_SECONDS):
        assert not outcome.failures, report(outcome)


@pytest.mark.parametrize("seed", [1, *KEPT_SEEDS])
def test_kept_seeds_keep_every_promise(snapshot: Snapshot, seed: int) -> None:
    outcome = run_seed(seed, snapshot)
    assert not outcome.failures, report(outcome)


def test_a_seed_replays_exactly(snapshot: Snapshot) -> None:
    first, second = (run_seed(7, snapshot, steps=200) for _ in range(2))
    assert first.trace == second.trace


def ignore_failures(*_args: object) -> None:
    """The relay marks as told what the broker refused."""


def pass_over_silently(spec: object, standing: object, event: object, *, error: Exception) -> None:
    """The kernel moves past an event that failed, and keeps nothing of it."""
    cursor = Cursor.objects.get(consumer=spec.name, stream_id=standing.stream_id)  # type: ignore[attr-defined]
    move_cursors({cursor.pk: event.seq})  # type: ignore[attr-defined]


def settle_blindly(streams: list[tuple[int, str, int]], *_args: object) -> None:
    """Reconcile settles streams without looking whether the consumers have applied them."""
    for stream_id, _, head in streams:
        Stream.objects.filter(pk=stream_id).update(settled=head)


def no_streams(**_options: object) -> list[object]:
    """Reconcile finds nothing."""
    return []


def apply_over_gaps(self: realtime_app.session.Session, part: realtime_app.session.LogRange) -> None:
    """A socket takes every push, whatever lies between."""
    for event in part.events or ():
        self._actions.append(realtime_app.session.Send(event.text))
    self.position = max(self.position, part.to)


def fail(self: object) -> object:
    """An operation meets what it does not expect."""
    raise ValueError("not expected")


MUTANTS: dict[str, tuple[object, str, Callable[..., object]]] = {
    "relay marks what failed": (events_app.relay.relay, "_note_failure", ignore_failures),
    "kernel drops poison": (events_app.kernel.advancing, "store_failure", pass_over_silently),
    "reconcile settles blindly": (events_app.reconcile, "_bring_all", settle_blindly),
    "reconcile finds nothing": (events_app.reconcile, "unsettled", no_streams),
    "editing fails": (todo_project.simulation.people.Person, "_edit", fail),
    "socket ignores gaps": (realtime_app.session.Session, "_apply", apply_over_gaps),
}


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_the_simulator_notices_a_broken_promise(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch, mutant: tuple[object, str, Callable[..., object]]
) -> None:
    monkeypatch.setattr(*mutant)
    outcomes = (run_seed(seed, snapshot, rates=ROUGH) for seed in range(SEEDS_PER_MUTANT))
    assert any(outcome.failures for outcome in outcomes)
