"""Occurrences that are still open when the next slot begins, of series that go on by their schedule alone."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import islice, takewhile
from typing import Final

from events_app.contracts import TaskCompleted, TaskDeleted
from events_app.runtime.time_slices import is_time_up
from foundation.context import Actor, Provenance, use_provenance
from foundation.database.transactions import database_now
from tasks_app import recurrence as rec
from tasks_app.editing.change import Change, changing
from tasks_app.editing.draft import Draft, draft_of, save
from tasks_app.models import MISSED_UNTIL_PAUSED, Series, Task
from tasks_app.operations.isolation import run_isolated
from tasks_app.operations.reminders.plan import plan_all
from tasks_app.operations.series.slot_times import next_slot_at, slot_instant
from tasks_app.operations.series.stuck import catch_series_fault
from tasks_app.operations.series.succession import (
    OccurrencePosition,
    insert_follower,
    note_missed,
    successor_in,
)
from tasks_app.queries.series import open_occurrences, series_to_advance
from tasks_app.values.schedules import remaining_schedule, slot_in_series

_SWEEP: Final = Provenance(actor=Actor(type="system", id="schedule"))


def advance_series() -> int:
    """Make the next occurrence wherever the next slot has begun, the open one missed; return how many series.

    Any number of sweeps may run at once, late or twice: the owner is locked, and the slot is derived again from rule
    and zone as they are now. A sweep that comes late makes the occurrence of the latest slot that has begun; those
    between are missed without a task. After 100 missed in a row the series is paused: the last one stays open until
    its owner does something with it. A fault is kept on its series and holds up no other.
    """
    with use_provenance(_SWEEP):
        series = series_to_advance(database_now())
        return sum(run_isolated("advance", partial(_advance, *each)) for each in series if not is_time_up())


def complete_missed(change: Change, draft: Draft) -> None:
    """Mark a missed occurrence as done after all, at the moment of the change; no successor comes of it."""
    draft.task.deleted_at, draft.task.completed_at = None, change.at
    plan_all(change, draft, catches_up=False)
    save(change, draft, as_event=TaskCompleted)


def _advance(series_id: int, owner_id: int) -> int:
    advanced = 0
    with changing(owner_id) as change:
        series = Series.objects.get(pk=series_id)
        with catch_series_fault(change, series):
            advanced = _miss_open_occurrence(change, series)
    return advanced


def _miss_open_occurrence(change: Change, series: Series) -> int:
    open_ones = list(open_occurrences(series).order_by("id"))
    begun = _begun_slots(change, series, open_ones[-1]) if series.advance_at and open_ones else []
    if not begun:
        at = next_slot_at(series, change.zone)
        Series.objects.filter(pk=series.pk).update(advance_at=at)
        return 0
    began_at = slot_instant(series, begun[0], change.zone)
    for task in open_ones:
        _mark_missed(change, task, at=began_at)
    last = open_ones[-1]
    note_missed(series, last, rec.Missed.of(*begun[:-1]))
    # What its reminders have for that very instant is not past, however late this sweep comes.
    since = slot_instant(series, begun[-1], change.zone) - timedelta(seconds=1)
    insert_follower(change, series, OccurrencePosition(begun[-1], last, successor_in(series, last), since))
    _count_missed(series, len(begun))
    return 1


def _begun_slots(change: Change, series: Series, task: Task) -> Sequence[rec.Slot]:
    """Return the slots after a task's own that have begun, in order, as many as may be missed yet."""
    room = MISSED_UNTIL_PAUSED - series.missed_in_a_row
    slots = rec.iterate_after(remaining_schedule(series, task, change.zone), slot_in_series(series, task))
    begun = takewhile(lambda slot: slot_instant(series, slot, change.zone) <= change.at, slots)
    return list(islice(begun, max(0, room)))


def _mark_missed(change: Change, task: Task, *, at: datetime) -> None:
    draft = draft_of(task)
    task.deleted_at, task.missed_at = change.at, at
    plan_all(change, draft, catches_up=False)
    save(change, draft, as_event=TaskDeleted)


def _count_missed(series: Series, missed: int) -> None:
    """Go on counting where saving the occurrences has begun anew; it has written when the next slot begins."""
    total = series.missed_in_a_row + missed
    rows = Series.objects.filter(pk=series.pk)
    rows.update(missed_in_a_row=total)
    if total >= MISSED_UNTIL_PAUSED:
        rows.update(advance_at=None)
