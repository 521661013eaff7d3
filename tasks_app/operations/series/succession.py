"""Successors: which task follows a done occurrence, exactly once. Called inside `changing`."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef

from events_app.contracts import TaskCreated, TaskDeleted
from tasks_app import recurrence as rec
from tasks_app.editing.change import Change
from tasks_app.editing.draft import Draft, draft_of, draft_of_new, save
from tasks_app.errors import SeriesChanged
from tasks_app.models import LIVE_OR_ONCE_MISSED, ExcludedSlot, MissedSlots, Series, Task
from tasks_app.operations.reminders.plan import plan_all
from tasks_app.operations.series.stuck import catch_series_fault, clear_fault
from tasks_app.operations.series.templates import fill_occurrence
from tasks_app.queries.series import open_occurrences
from tasks_app.values.schedules import number_in_series, remaining_schedule, series_of, slot_in_series


def ensure_successor(change: Change, task: Task) -> None:
    """Make the successor that a task's series still lacks, if it does; see `ensure_series_successor`."""
    if task.series_id is not None:
        ensure_series_successor(change, series_of(task))


def ensure_series_successor(change: Change, series: Series) -> None:
    """Make the successor of the last done occurrence: only if the series runs and none is open.

    The consumer and every operation on a series call this one function, so it never matters which is first.
    A fault in making it is noted on the series and raised to nobody. Repeating is harmless.
    """
    if not series.is_running or has_open_occurrence(series):
        if series.advance_at is None or series.advance_at > change.at:
            clear_fault(series)
        return
    last = _last_over(series)
    moment = None if last is None else last.completed_at or last.deleted_at
    if last is not None and moment is not None:
        with catch_series_fault(change, series):
            create_successor(change, series, last, moment=moment)


def _last_over(series: Series) -> Task | None:
    """Return the occurrence that the series goes on from: the latest done one that nothing live follows.

    Of a series that is stuck it may be one that was skipped or deleted, or the place of one that has left: what
    these led to could not be made.
    """
    followed = Task.objects.filter(LIVE_OR_ONCE_MISSED, follows=OuterRef("pk"), series=series)
    over = Task.objects.filter(series=series, withdrawn=False)
    if series.stuck_since is None:
        over = over.filter(deleted_at__isnull=True, completed_at__isnull=False)
    # Ids rise along the chain of successors, but for a withdrawn one that came back behind a later row.
    last = over.exclude(Exists(followed)).order_by("-id").first()
    return _last_place(series) if last is None and series.stuck_since is not None else last


def _last_place(series: Series) -> Task | None:
    """Return, as a task without a row, the place of the last occurrence that has left a series that is stuck."""
    excluded = ExcludedSlot.objects.filter(series=series).order_by("-slot").first()
    if excluded is None:
        return None
    return Task(series=series, occurrence=excluded.slot, completed_at=series.stuck_since)


def has_open_occurrence(series: Series) -> bool:
    """Whether an occurrence of the series waits to be done."""
    return open_occurrences(series).exists()


def create_successor(change: Change, series: Series, task: Task, *, moment: datetime) -> None:
    """Make the occurrence that follows `task`, done or passed over at `moment`; or end the series.

    A slot that has had its occurrence is passed over. A successor that was withdrawn comes back, moved if the
    anchor says so.
    """
    existing = successor_in(series, task) if task.pk else None
    if existing is not None and existing.is_live:
        return
    number = number_in_series(series, task)
    slot = slot_in_series(series, task)
    step = rec.successor(remaining_schedule(series, task, change.zone), slot, moment, number=number)
    follows = task if task.pk else None
    note_missed(series, follows, step.missed)
    if step.slot is None:
        end_series(series, Series.EndReason.FINISHED, at=change.at)
        return
    insert_follower(change, series, OccurrencePosition(step.slot, follows, existing))


@dataclass(frozen=True, slots=True)
class OccurrencePosition:
    """Where an occurrence comes: at a slot, behind a task that is over, in place of what had followed that.

    `since`: see `fill_occurrence`.
    """

    slot: rec.Slot
    follows: Task | None
    existing: Task | None
    since: datetime | None = None


def insert_follower(change: Change, series: Series, place: OccurrencePosition) -> None:
    """Have an open occurrence come to a place: a new row, or one that was withdrawn."""
    existing, returning = place.existing, _withdrawn_at(series, place.slot)
    if returning is None and existing is not None and existing.withdrawn:
        returning = existing
    if existing is not None and existing != returning:
        Task.objects.filter(pk=existing.pk).update(follows=None)
    draft = draft_of_new(_new_row(change)) if returning is None else _draft_of_withdrawn(returning)
    draft.task.follows = place.follows
    fill_occurrence(change, series, draft, slot=place.slot, since=place.since)
    save(change, draft, as_event=TaskCreated)


def successor_in(series: Series, task: Task) -> Task | None:
    """What was made to follow `task`; one of a series that the task has left since follows it no more."""
    Task.objects.filter(follows=task).exclude(series=series).update(follows=None)
    return Task.objects.filter(follows=task).first()


def _withdrawn_at(series: Series, slot: rec.Slot) -> Task | None:
    return Task.objects.filter(series=series, withdrawn=True, occurrence=rec.slot_text(slot)).first()


def visible_successor(series: Series, task: Task) -> Task | None:
    """What follows `task` now, be it in the trash; None also for what was withdrawn."""
    successor = successor_in(series, task)
    return None if successor is None or successor.withdrawn else successor


def may_withdraw(successor: Task | None) -> bool:
    """Whether nobody would miss what follows a task: it waits to be done as the rule made it, or is not there."""
    return successor is None or (successor.is_open and successor.is_untouched)


def check_reopening(series: Series, task: Task, *, keeps_edited: bool) -> None:
    """Raise SeriesChanged where a series has gone on too far for a done occurrence of it to be open again.

    What follows it is open and untouched, and will be withdrawn, or is not there. With `keeps_edited` one that is
    open but was edited may stay open as well; that is the only case of two. What was trashed along with a series
    that is over stands in nobody's way.
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
    """Take back what completing `task` led to; return whether that could be. It keeps its row."""
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
    """Have the series make no further task; ending it twice keeps the first reason."""
    clear_fault(series)
    if series.is_running:
        series.ended_at, series.end_reason, series.advance_at = at, reason, None
        series.save()


def note_missed(series: Series, task: Task | None, missed: rec.Missed) -> None:
    """Keep which slots were passed over behind a task, in place of what was kept before."""
    if task is not None:
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


def _new_row(change: Change) -> Task:
    return Task(
        owner_id=change.owner_id, created_at=change.at, updated_at=change.at, version=1, rule_version=1
    )


def _draft_of_withdrawn(task: Task) -> Draft:
    draft = draft_of(task)
    task.deleted_at, task.withdrawn = None, False
    task.rule_version = task.version + 1
    return draft


def _withdraw(change: Change, task: Task) -> None:
    draft = draft_of(task)
    task.deleted_at, task.withdrawn = change.at, True
    task.rule_version = task.version + 1
    plan_all(change, draft, catches_up=False)
    save(change, draft, as_event=TaskDeleted)
