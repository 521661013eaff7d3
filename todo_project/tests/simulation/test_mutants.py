"""The simulator notices when a promise is broken: each way to break one is put in place in turn."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import events_app.consumers.kernel.advancing
import events_app.consumers.kernel.batch
import events_app.consumers.reconcile
import events_app.relay.relay
import tasks_app.api.views
import tasks_app.consumers
import tasks_app.operations.completion
import tasks_app.operations.reminders.fire
import tasks_app.operations.reminders.replan
import tasks_app.operations.series.missed
from events_app.consumers.kernel.batch import apply_events
from events_app.consumers.kernel.cursors import CursorState, move_cursors
from events_app.consumers.reconcile import Reconciler
from events_app.consumers.registry import BoundConsumer
from events_app.consumers.specs import ConsumerSpec
from events_app.contracts import RecordedEvent
from events_app.contracts.base import Payload
from events_app.log.read import read_ranges
from events_app.log.write import Log
from events_app.models import Cursor, Stream
from foundation.database.transactions import database_now
from realtime_app.sockets.exchange import LogRange, Send
from realtime_app.sockets.session import Session
from tasks_app import recurrence as rec
from tasks_app.errors import InvalidInput
from todo_project.simulation import bodies
from todo_project.simulation.chaos import ROUGH
from todo_project.simulation.database import Snapshot
from todo_project.simulation.runner import run_seed

SEEDS = range(20)
MORE_SEEDS = range(60)  # for what one seed in ten comes upon
TURNS = cycle((False, True))


def forget_edits(self: Log, payloads: Sequence[Payload]) -> None:
    """Edits are written without their event."""
    record_many(self, [payload for payload in payloads if payload.TYPE != "task.updated"])


def ignore_failures(*_args: object) -> None:
    """The relay marks as told what the broker refused."""


def read_backwards(*args: Any, **options: Any) -> dict[int, list[RecordedEvent]]:
    """The kernel hands events over in the wrong order."""
    return {stream: events[::-1] for stream, events in read_ranges(*args, **options).items()}


def skip_silently(spec: ConsumerSpec, state: CursorState, event: RecordedEvent, *, error: Exception) -> None:
    """The kernel moves past an event that failed, and keeps nothing of it."""
    cursor = Cursor.objects.get(consumer=spec.name, stream_id=state.stream_id)
    move_cursors({cursor.pk: event.seq})


def leave_cursors(positions: Mapping[int, int]) -> None:
    """The kernel applies events and leaves the cursor where it was, every other time."""
    if next(TURNS):
        move_cursors(positions)


def apply_for_some(bound: BoundConsumer, events: Sequence[RecordedEvent], *, singly: bool) -> None:
    """Of the consumers that share a transaction, every other one moves without its handler."""
    if next(TURNS):
        apply_events(bound, events, singly=singly)


def an_hour_ahead() -> datetime:
    """The sweep looks at a clock that is wrong."""
    return database_now() + timedelta(hours=1)


def fire_nothing(logs: object, reminder_ids: object) -> int:
    """The sweep believes that nothing is due."""
    return 0


def settle_blindly(self: Reconciler, streams: list[tuple[int, str, int]], *_args: object) -> None:
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


def miss_nothing(*_args: object) -> int:
    """The sweep leaves an occurrence open although the next slot has begun."""
    return 0


def fail(*_args: object, **_options: object) -> object:
    """Something meets what it does not expect."""
    raise ValueError("not expected")


def refuse_after_timed_due(due: rec.Due, offset: rec.Offset, user_zone: ZoneInfo) -> datetime:
    """Planning takes only what a person may type, also for what is stored."""
    if max(offset.days, offset.seconds) > 0 and not isinstance(due, rec.Day):
        raise ValueError("a reminder after the due")
    return fire_at(due, offset, user_zone)


def refuse_due(*_args: object, **_options: object) -> object:
    """A due that is stored is read again as if somebody had just typed it."""
    raise InvalidInput.of("due_at", "out_of_range", "Dates run from 1970 to 9999.")


record_many = Log.record_many
fire_at = rec.fire_at
SWEEP = tasks_app.operations.reminders.fire
# By the promise that each breaks; G5 has no part in the log: see notifications_app/tests/test_two_senders.py.
MUTANTS: dict[str, tuple[object, str, Callable[..., object]]] = {
    "G1 edits have no event": (Log, "record_many", forget_edits),
    "G2 relay marks what failed": (events_app.relay.relay, "_note_failure", ignore_failures),
    "G3 kernel reads backwards": (events_app.consumers.kernel.batch, "read_ranges", read_backwards),
    "G4 kernel drops poison": (events_app.consumers.kernel.advancing, "store_failure", skip_silently),
    "G4 kernel leaves out a handler": (events_app.consumers.kernel.batch, "apply_events", apply_for_some),
    "G4 kernel leaves cursors": (events_app.consumers.kernel.batch, "move_cursors", leave_cursors),
    "G6 sweep is early": (SWEEP, "database_now", an_hour_ahead),
    "G6 sweep fires nothing": (SWEEP, "_fire_locked", fire_nothing),
    "G7 reconcile settles blindly": (Reconciler, "_advance_streams", settle_blindly),
    "G7 reconcile finds nothing": (events_app.consumers.reconcile, "unsettled_streams", no_streams),
    "G8 socket ignores gaps": (Session, "_apply", apply_over_gaps),
    "G9 a view fails": (tasks_app.api.views, "update_task", fail),
    "G9 a handler fails": (tasks_app.consumers, "create_next_occurrence", fail),
    "G9 a sweep fails": (tasks_app.operations.reminders.replan, "replan_draft", fail),
    "G9 planning refuses what is stored": (rec, "fire_at", refuse_after_timed_due),
    "G9 what is stored is checked as input": (tasks_app.operations.completion, "change_task", refuse_due),
}


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_without_a_mutant_the_same_seeds_keep_every_promise(snapshot: Snapshot, seed: int) -> None:
    outcome = run_seed(seed, snapshot, rates=ROUGH)
    assert not outcome.failures, outcome.report()


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_the_simulator_notices_a_broken_promise(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch, mutant: tuple[object, str, Callable[..., object]]
) -> None:
    monkeypatch.setattr(*mutant)
    outcomes = (run_seed(seed, snapshot, rates=ROUGH) for seed in SEEDS)
    assert any(outcome.failures for outcome in outcomes)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_simulator_notices_that_nothing_is_missed(
    snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In the usual share of schedules, twenty seeds may have none whose next slot begins while an occurrence is open.
    monkeypatch.setattr(bodies, "SCHEDULED_SHARE", 1.0)
    with monkeypatch.context() as mutant:
        mutant.setattr(tasks_app.operations.series.missed, "_miss_open_occurrence", miss_nothing)
        noticing = next((seed for seed in MORE_SEEDS if _notes_an_open_occurrence(seed, snapshot)), None)
    assert noticing is not None
    outcome = run_seed(noticing, snapshot, rates=ROUGH)
    assert not outcome.failures, outcome.report()


def _notes_an_open_occurrence(seed: int, snapshot: Snapshot) -> bool:
    failures = run_seed(seed, snapshot, rates=ROUGH).failures
    return any("its next slot began" in failure for failure in failures)
