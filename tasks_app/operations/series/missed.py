"""Missed occurrences: those still open when the next slot begins, of series that go on by their schedule alone."""

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
    find_successor,
    insert_occurrence,
    store_missed_slots,
)
from tasks_app.queries.series import open_occurrences, series_to_advance, surroundings_of
from tasks_app.values.schedules import remaining_schedule, slot_in_series

_SWEEP: Final = Provenance(actor=Actor(type="system", id="schedule"))


def advance_series() -> int:
    """Mark open occurrences as missed whose next slot has begun, and create the next ones; return how many series.

    Any number of sweeps may run at once, late or twice: the owner is locked, and the slot is derived again from the
    rule and the zone as they are now. A late sweep creates the occurrence of the latest slot that has begun; the slots
    between are missed without a task. After 100 missed in a row the series is paused: the last occurrence stays open
    until its owner changes it. A fault is stored on its series and holds up no other.
    """
    with use_provenance(_SWEEP):
        series = series_to_advance(database_now())
        return sum(run_isolated("advance", partial(_advance, *each)) for each in series if not is_time_up())


def complete_missed(change: Change, draft: Draft) -> None:
    """Complete an occurrence that was missed, at the moment of the change. Its successor exists already."""
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
    """Mark what is open as missed and create the next occurrence; return 1, or 0 where no slot has begun."""
    open_ones = list(open_occurrences(series).order_by("id"))
    begun = _begun_slots(change, series, open_ones[-1]) if series.advance_at and open_ones else []
    if not begun:
        # The column was written before rule, zone or occurrence changed, or the series is paused: derive it anew.
        at = next_slot_at(series, change.zone)
        Series.objects.filter(pk=series.pk).update(advance_at=at)
        return 0
    began_at = slot_instant(series, begun[0], change.zone)
    for task in open_ones:
        _mark_missed(change, task, at=began_at)
    last = open_ones[-1]
    around = surroundings_of(series, last)
    store_missed_slots(series, last, rec.Missed.of(*begun[:-1]), around=around)
    # A reminder at the very instant of the slot is not past, however late this sweep comes.
    since = slot_instant(series, begun[-1], change.zone) - timedelta(seconds=1)
    position = OccurrencePosition(begun[-1], last, find_successor(series, last), around, since)
    insert_occurrence(change, series, position)
    _count_missed(series, len(begun))
    return 1


def _begun_slots(change: Change, series: Series, task: Task) -> Sequence[rec.Slot]:
    """Return the slots after that of `task` that have begun, in order, at most as many as may still be missed."""
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
    """Add to the number missed in a row, which saving the occurrences has set to 0 (`write_slot_times`)."""
    total = series.missed_in_a_row + missed
    rows = Series.objects.filter(pk=series.pk)
    rows.update(missed_in_a_row=total)
    if total >= MISSED_UNTIL_PAUSED:
        rows.update(advance_at=None)
