"""The event core keeps its promises under every seed, and the simulator notices when it does not."""

import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

import events_app.kernel.advancing
import events_app.kernel.batch
import events_app.reconcile
import events_app.relay.relay
import tasks_app.operations.firing
from events_app.contracts import RecordedEvent
from events_app.contracts.base import Payload
from events_app.kernel.cursors import Standing, move_cursors
from events_app.log import read_ranges
from events_app.models import Cursor, Stream
from events_app.specs import ConsumerSpec
from events_app.transactions import database_now
from events_app.writing import Log
from realtime_app.session import LogRange, Send, Session
from todo_project.simulation.chaos import ROUGH
from todo_project.simulation.database import Snapshot, empty_database
from todo_project.simulation.people import Person
from todo_project.simulation.runner import Outcome, run_seed

KEPT_SEEDS = [
    int(line.split()[0])
    for line in (Path(__file__).parent / "seeds.txt").read_text().splitlines()
    if line and not line.startswith("#")
]
# The same for everyone: fresh ones are for `make simulate` and the nightly run, where no push waits for them.
FIXED_SEEDS = range(1, 41)
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
@pytest.mark.parametrize("seed", FIXED_SEEDS)
def test_fixed_seeds_keep_every_promise(snapshot: Snapshot, seed: int) -> None:
    outcome = run_seed(seed, snapshot)
    assert not outcome.failures, report(outcome)


@pytest.mark.parametrize("seed", KEPT_SEEDS)
def test_kept_seeds_keep_every_promise(snapshot: Snapshot, seed: int) -> None:
    outcome = run_seed(seed, snapshot)
    assert not outcome.failures, report(outcome)


def test_a_seed_replays_exactly(snapshot: Snapshot) -> None:
    first, second = (run_seed(7, snapshot, steps=200) for _ in range(2))
    assert first.trace == second.trace


def forget_edits(self: Log, payloads: Sequence[Payload]) -> None:
    """Edits are written without their event."""
    record_many(self, [payload for payload in payloads if payload.TYPE != "task.updated"])


def ignore_failures(*_args: object) -> None:
    """The relay marks as told what the broker refused."""


def read_backwards(*args: Any, **options: Any) -> dict[int, list[RecordedEvent]]:
    """The kernel hands events over in the wrong order."""
    return {stream: events[::-1] for stream, events in read_ranges(*args, **options).items()}


def pass_over_silently(
    spec: ConsumerSpec, standing: Standing, event: RecordedEvent, *, error: Exception
) -> None:
    """The kernel moves past an event that failed, and keeps nothing of it."""
    cursor = Cursor.objects.get(consumer=spec.name, stream_id=standing.stream_id)
    move_cursors({cursor.pk: event.seq})


def leave_cursors(positions: object) -> None:
    """The kernel applies events and leaves the cursor where it was."""


def an_hour_ahead() -> datetime:
    """The sweep looks at a clock that is wrong."""
    return database_now() + timedelta(hours=1)


def fire_nothing(logs: object, reminder_ids: object) -> int:
    """The sweep believes that nothing is due."""
    return 0


def settle_blindly(self: object, streams: list[tuple[int, str, int]], *_args: object) -> None:
    """Reconcile settles streams without looking whether the consumers have applied them."""
    for stream_id, _, head in streams:
        Stream.objects.filter(pk=stream_id).update(settled=head)


def no_streams(**_options: object) -> list[object]:
    """Reconcile finds nothing."""
    return []


def apply_over_gaps(self: Session, part: LogRange) -> None:
    """A socket takes every push, whatever lies between."""
    for event in part.events or ():
        self._actions.append(Send(event.text))
    self.position = max(self.position, part.to)


def fail(self: object) -> object:
    """An operation meets what it does not expect."""
    raise ValueError("not expected")


record_many = Log.record_many
SWEEP = tasks_app.operations.firing
# By the promise that each breaks; G5 has no part in the log: see notifications_app/tests/test_two_senders.py.
MUTANTS: dict[str, tuple[object, str, Callable[..., object]]] = {
    "G1 edits have no event": (Log, "record_many", forget_edits),
    "G2 relay marks what failed": (events_app.relay.relay, "_note_failure", ignore_failures),
    "G3 kernel reads backwards": (events_app.kernel.batch, "read_ranges", read_backwards),
    "G4 kernel drops poison": (events_app.kernel.advancing, "store_failure", pass_over_silently),
    "G4 kernel leaves cursors": (events_app.kernel.batch, "move_cursors", leave_cursors),
    "G6 sweep is early": (SWEEP, "database_now", an_hour_ahead),
    "G6 sweep fires nothing": (SWEEP, "_fire_locked", fire_nothing),
    "G7 reconcile settles blindly": (events_app.reconcile.Reconciler, "_bring_all", settle_blindly),
    "G7 reconcile finds nothing": (events_app.reconcile, "unsettled", no_streams),
    "G8 socket ignores gaps": (Session, "_apply", apply_over_gaps),
    "an operation fails": (Person, "edit", fail),
}


@pytest.mark.slow
@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_the_simulator_notices_a_broken_promise(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch, mutant: tuple[object, str, Callable[..., object]]
) -> None:
    monkeypatch.setattr(*mutant)
    outcomes = (run_seed(seed, snapshot, rates=ROUGH) for seed in range(SEEDS_PER_MUTANT))
    assert any(outcome.failures for outcome in outcomes)
