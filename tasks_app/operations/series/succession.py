"""Successors: which task follows a done occurrence, exactly once. Called inside `changing`.

The way of a completed occurrence: one statement reads how far its series has come (`SeriesProgress`),
`create_missing_successor` finds the occurrence that nothing follows yet, `create_successor` asks
`tasks_app/recurrence` for the next slot, `insert_occurrence` makes the task.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from events_app.contracts import TaskCreated, TaskDeleted
from tasks_app import recurrence as rec
from tasks_app.editing.change import Change
from tasks_app.editing.draft import Draft, draft_of, draft_of_new, save
from tasks_app.errors import SeriesChanged
from tasks_app.models import ExcludedSlot, MissedSlots, Series, Task
from tasks_app.operations.reminders.plan import plan_all
from tasks_app.operations.series.stuck import catch_series_fault, clear_fault
from tasks_app.operations.series.templates import fill_occurrence
from tasks_app.operations.tags.links import put_tags
from tasks_app.queries.series import (
    SeriesProgress,
    Surroundings,
    open_occurrences,
    progress_of,
    surroundings_of,
)
from tasks_app.values.schedules import remaining_schedule, series_of, successor_in


def ensure_successor(change: Change, task: Task) -> None:
    """Create the successor that the series of a task lacks, if it lacks one; see `ensure_series_successor`."""
    if task.series_id is not None:
        create_missing_successor(change, progress_of(task.series_id))


def ensure_series_successor(change: Change, series: Series) -> None:
    """As `create_missing_successor`, for a series that the caller has read and that this may change."""
    create_missing_successor(change, replace(progress_of(series.pk), series=series))


def create_missing_successor(change: Change, progress: SeriesProgress) -> None:
    """Create the successor of the last closed occurrence, if the series runs and no occurrence is open.

    The consumer and every operation on a series come here, so it does not matter which of them comes first. A fault is
    stored on the series and not raised. Repeating changes nothing.
    """
    series = progress.series
    if not series.is_running or progress.has_open:
        # Until the next slot begins. After that the fault is the sweep's, which has yet to mark the open one as missed.
        if series.advance_at is None or series.advance_at > change.at:
            clear_fault(series)
        return
    last, around = progress.last, progress.surroundings
    if last is None and series.stuck_since is not None and (last := _last_excluded(series)) is not None:
        around = surroundings_of(series, last)
    moment = None if last is None else last.completed_at or last.deleted_at
    if last is not None and moment is not None:
        with catch_series_fault(change, series):
            _create(change, series, last, moment=moment, around=around)


def _last_excluded(series: Series) -> Task | None:
    """Return an unsaved task at the last excluded slot of a stuck series: that of a task which left the series."""
    excluded = ExcludedSlot.objects.filter(series=series).order_by("-slot").first()
    if excluded is None:
        return None
    return Task(series=series, occurrence=excluded.slot, completed_at=series.stuck_since)


def create_successor(change: Change, series: Series, task: Task, *, moment: datetime) -> None:
    """Create the occurrence that follows `task`, which was closed at `moment`; end the series if no slot is left.

    A slot that had an occurrence already is not used again. A withdrawn successor returns instead of a new row, at
    another slot if the anchor says so.
    """
    _create(change, series, task, moment=moment, around=surroundings_of(series, task))


def _create(change: Change, series: Series, task: Task, *, moment: datetime, around: Surroundings) -> None:
    follows = task if task.pk else None
    existing = find_successor(series, follows) if follows and around.is_followed else None
    if existing is not None and existing.is_live:
        return
    schedule = remaining_schedule(series, task, change.zone, gone=around.gone)
    step = successor_in(schedule, series, task, moment=moment)
    store_missed_slots(series, follows, step.missed, around=around)
    if step.slot is None:
        end_series(series, Series.EndReason.FINISHED, at=change.at)
        return
    insert_occurrence(change, series, OccurrencePosition(step.slot, follows, existing, around))


@dataclass(frozen=True, slots=True)
class OccurrencePosition:
    """Where an open occurrence is inserted: its slot, the task that it follows, the row that followed that task before.

    `around` is what stands around that task. `since`: see `fill_occurrence`.
    """

    slot: rec.Slot
    follows: Task | None
    existing: Task | None
    around: Surroundings
    since: datetime | None = None


def insert_occurrence(change: Change, series: Series, place: OccurrencePosition) -> None:
    """Make an open occurrence at a position: of a row that was withdrawn, if there is one, else of a new row."""
    # The slot's own row first: (series, occurrence) is unique, so no second row may stand for the slot.
    existing, slot = place.existing, rec.slot_text(place.slot)
    returning = _withdrawn_at(series, slot) if slot in place.around.withdrawn else None
    if returning is None and existing is not None and existing.withdrawn:
        returning = existing
    if existing is not None and existing != returning:
        Task.objects.filter(pk=existing.pk).update(follows=None)
    draft = draft_of_new(_unsaved_task(change)) if returning is None else _draft_of_withdrawn(returning)
    draft.task.follows, draft.by_rule = place.follows, True
    put_tags(draft, place.around.tags)
    fill_occurrence(change, series, draft, slot=place.slot, since=place.since)
    save(change, draft, as_event=TaskCreated)


def find_successor(series: Series, task: Task) -> Task | None:
    """Return the row that follows `task`, live or not; a row of a series that `task` has left is unlinked first."""
    Task.objects.filter(follows=task).exclude(series=series).update(follows=None)
    return Task.objects.filter(follows=task).first()


def _withdrawn_at(series: Series, slot: str) -> Task | None:
    return Task.objects.filter(series=series, withdrawn=True, occurrence=slot).first()


def visible_successor(series: Series, task: Task) -> Task | None:
    """Return the task that follows `task`, also one in the trash; None if there is none or it was withdrawn."""
    successor = find_successor(series, task)
    return None if successor is None or successor.withdrawn else successor


def may_withdraw(successor: Task | None) -> bool:
    """Whether a successor can be withdrawn unnoticed: there is none, or it is open and as the rule made it."""
    return successor is None or (successor.is_open and successor.is_untouched)


def check_reopening(series: Series, task: Task, *, keeps_edited: bool) -> None:
    """Raise SeriesChanged if a done occurrence cannot be reopened, because its series has gone on too far.

    It can be reopened if it has no successor, or an open and untouched one, which is withdrawn then. With
    `keeps_edited` an open successor that was edited stays open beside it: the only case of two open occurrences.
    A successor that was trashed together with its ended series does not matter.
    """
    successor = visible_successor(series, task)
    goes_on = series.is_running or series.end_reason == Series.EndReason.FINISHED
    has_gone_on = successor is not None and not successor.is_open and (successor.is_live or goes_on)
    expected = set() if successor is None else {successor.pk}
    open_ids = set(open_occurrences(series).values_list("pk", flat=True))
    if has_gone_on or not open_ids <= expected:
        raise SeriesChanged(
            "Later occurrences of its series were done, skipped or deleted."
            " Detach it to reopen it as a task of its own."
        )
    if not keeps_edited and successor is not None and successor.is_open and not successor.is_untouched:
        raise SeriesChanged("What came of it, the next occurrence, has been changed.")


def withdraw_successor(change: Change, task: Task) -> bool:
    """Withdraw the successor of `task`, with the missed slots and the end of the series; return whether it could be.

    The withdrawn task keeps its row, so that it returns when `task` is completed again.
    """
    series = series_of(task)
    successor = visible_successor(series, task)
    if not may_withdraw(successor):
        return False
    MissedSlots.objects.filter(after=task).delete()
    if series.end_reason == Series.EndReason.FINISHED:
        series.ended_at, series.end_reason = None, ""
        series.save()
    if successor is not None:
        _withdraw(change, successor)
    return True


def end_series(series: Series, reason: Series.EndReason, *, at: datetime) -> None:
    """End a series, so that it makes no further task; ending it twice keeps the first reason."""
    clear_fault(series)
    if series.is_running:
        series.ended_at, series.end_reason, series.advance_at = at, reason, None
        series.save()


def store_missed_slots(
    series: Series, task: Task | None, missed: rec.Missed, *, around: Surroundings
) -> None:
    """Store which slots after a task were missed, in place of those stored before."""
    if task is not None and around.has_missed:
        MissedSlots.objects.filter(after=task).delete()
    if missed.first is not None and missed.last is not None:
        MissedSlots.objects.create(
            series=series,
            after=task,
            slots=[rec.slot_text(slot) for slot in missed.slots],
            count=missed.count,
            first=rec.slot_text(missed.first),
            last=rec.slot_text(missed.last),
        )


def _unsaved_task(change: Change) -> Task:
    return Task(
        owner_id=change.owner_id, created_at=change.at, updated_at=change.at, version=1, rule_version=1
    )


def _draft_of_withdrawn(task: Task) -> Draft:
    draft = draft_of(task)
    task.deleted_at, task.withdrawn = None, False
    # The version that saving makes: the row still counts as untouched.
    task.rule_version = task.version + 1
    return draft


def _withdraw(change: Change, task: Task) -> None:
    draft = draft_of(task)
    draft.by_rule = True
    task.deleted_at, task.withdrawn = change.at, True
    task.rule_version = task.version + 1
    plan_all(change, draft, catches_up=False)
    save(change, draft, as_event=TaskDeleted)
