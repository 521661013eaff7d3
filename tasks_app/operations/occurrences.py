"""Successors: which task follows a done occurrence, exactly once. Called inside `changing`."""

from collections.abc import Sequence
from datetime import datetime

from events_app.contracts import TaskCreated, TaskDeleted
from tasks_app import recurrence as rec
from tasks_app.dues import place_due
from tasks_app.fields import ReminderInput
from tasks_app.models import MissedSlots, Series, Task
from tasks_app.operations.changes import Change, Draft, draft_of, draft_of_new
from tasks_app.operations.planning import plan_all, set_reminders
from tasks_app.operations.saving import save
from tasks_app.operations.tags import put_tags
from tasks_app.queries.tags import template_tags
from tasks_app.schedules import (
    due_at,
    number_in_series,
    own_slot,
    recurrence_of,
    series_of,
    shown_recurrence,
    what_is_left,
)


def settle(change: Change, task: Task) -> None:
    """Make the successor that a task's series still lacks, if it does; see `settle_series`."""
    if task.series_id is not None:
        settle_series(change, series_of(task))


def settle_series(change: Change, series: Series) -> None:
    """Make the successor of the last done occurrence: only if the series runs and none is open.

    The consumer and every operation on a series call this one function, so it never matters which is first.
    Repeating is harmless.
    """
    if not series.is_running or has_open_occurrence(series):
        return
    done = Task.objects.filter(series=series, deleted_at__isnull=True, completed_at__isnull=False)
    # Ids rise along the chain of successors, whatever a change of the rule did to the slots.
    last = done.order_by("-id").first()
    if last is not None and last.completed_at is not None:
        follow(change, series, last, moment=last.completed_at)


def has_open_occurrence(series: Series) -> bool:
    """Whether an occurrence of the series waits to be done."""
    return Task.objects.filter(series=series, deleted_at__isnull=True, completed_at__isnull=True).exists()


def follow(change: Change, series: Series, task: Task, *, moment: datetime) -> None:
    """Make the occurrence that follows `task`, done or passed over at `moment`; or end the series.

    A slot that has had its occurrence is passed over. A successor that was withdrawn comes back, moved if the
    anchor says so.
    """
    existing = successor_in(series, task)
    if existing is not None and existing.is_live:
        return
    number = number_in_series(series, task)
    step = rec.successor(what_is_left(series, task, change.zone), own_slot(task), moment, number=number)
    _note_missed(series, task, step.missed)
    if step.slot is None:
        end_series(series, Series.EndReason.FINISHED, at=change.at)
        return
    returning = _withdrawn_at(series, step.slot)
    if returning is None and existing is not None and existing.withdrawn:
        returning = existing
    if existing is not None and existing != returning:
        Task.objects.filter(pk=existing.pk).update(follows=None)
    if returning is not None:
        _bring_back(change, series, returning, slot=step.slot, follows=task)
    else:
        _make(change, series, slot=step.slot, follows=task)


def successor_in(series: Series, task: Task) -> Task | None:
    """What was made to follow `task`; one of a series that the task has left since follows it no more."""
    Task.objects.filter(follows=task).exclude(series=series).update(follows=None)
    return Task.objects.filter(follows=task).first()


def _withdrawn_at(series: Series, slot: rec.Slot) -> Task | None:
    return Task.objects.filter(series=series, withdrawn=True, occurrence=rec.slot_text(slot)).first()


def standing_successor(series: Series, task: Task) -> Task | None:
    """What follows `task` now, be it in the trash; None also for what was withdrawn."""
    successor = successor_in(series, task)
    return None if successor is None or successor.withdrawn else successor


def may_withdraw(successor: Task | None) -> bool:
    """Whether nobody would miss what follows a task: it waits to be done as the rule made it, or is not there."""
    return successor is None or (successor.is_open and successor.is_untouched)


def withdraw_successor(change: Change, task: Task) -> bool:
    """Take back what completing `task` led to; return whether that could be. It keeps its row."""
    series = series_of(task)
    successor = standing_successor(series, task)
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
    if series.is_running:
        series.ended_at, series.end_reason = at, reason
        series.save()


def _note_missed(series: Series, task: Task, slots: Sequence[rec.Slot]) -> None:
    MissedSlots.objects.filter(after=task).delete()
    if slots:
        MissedSlots.objects.create(series=series, after=task, slots=[rec.slot_text(slot) for slot in slots])


def _make(change: Change, series: Series, *, slot: rec.Slot, follows: Task) -> None:
    task = Task(
        owner_id=change.owner_id,
        follows=follows,
        created_at=change.at,
        updated_at=change.at,
        version=1,
        rule_version=1,
    )
    _fill(change, series, task, slot=slot)
    draft = draft_of_new(task)
    _fill_around(change, series, draft)
    save(change, draft)


def _bring_back(change: Change, series: Series, task: Task, *, slot: rec.Slot, follows: Task) -> None:
    draft = draft_of(task)
    task.deleted_at, task.withdrawn, task.follows = None, False, follows
    task.rule_version = task.version + 1
    _fill(change, series, task, slot=slot)
    _fill_around(change, series, draft)
    save(change, draft, as_event=TaskCreated)


def _fill(change: Change, series: Series, task: Task, *, slot: rec.Slot) -> None:
    task.series, task.occurrence = series, rec.slot_text(slot)
    task.title, task.description, task.priority = series.title, series.description, series.priority
    task.recurrence = shown_recurrence(recurrence_of(series), rec.parse_slot(series.start))
    place_due(task, due_at(series, slot), user_zone=change.zone)


def _fill_around(change: Change, series: Series, draft: Draft) -> None:
    put_tags(draft, template_tags(series))
    offsets = [ReminderInput(offset=rec.load_offset(text)) for text in series.offsets]
    set_reminders(change, draft, offsets, catches_up=False)
    plan_all(change, draft, catches_up=False)


def _withdraw(change: Change, task: Task) -> None:
    draft = draft_of(task)
    task.deleted_at, task.withdrawn = change.at, True
    task.rule_version = task.version + 1
    plan_all(change, draft, catches_up=False)
    save(change, draft, as_event=TaskDeleted)
