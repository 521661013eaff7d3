"""Creating, changing and deleting tasks.

A verb for callers (`update_task`) opens a change. Its part inside `changing` (`change_task`) also serves bulk calls and
undo.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.db import transaction

from accounts_app.models import User
from events_app.contracts import TaskUpdated
from events_app.runtime.wake import hurry_engine
from foundation.database.row_writes import new_row
from tasks_app import recurrence as rec
from tasks_app.editing.change import Ask, Change, changing
from tasks_app.editing.draft import Draft, draft_of, draft_of_full, draft_of_new, save
from tasks_app.errors import InvalidInput, NotRecurring, OccurrenceClosed, TaskNotFound, VersionMismatch
from tasks_app.models import ExcludedSlot, Reminder, Series, Task
from tasks_app.operations.reminders.assignment import set_reminders, translate_reminders
from tasks_app.operations.reminders.plan import cancel_all, plan_all
from tasks_app.operations.search_index import prepare_change
from tasks_app.operations.series.missed import complete_missed
from tasks_app.operations.series.rules import (
    apply_to_series,
    close_series,
    exclude_slot,
    move_to_trash,
    release_open_occurrences,
)
from tasks_app.operations.series.stuck import clear_fault
from tasks_app.operations.series.succession import (
    check_reopening,
    end_series,
    ensure_successor,
    withdraw_successor,
)
from tasks_app.operations.tags.links import keys_in, set_tags, with_whole_tags
from tasks_app.operations.undo.series_states import series_state_of
from tasks_app.queries.tasks import FullTask, live_task
from tasks_app.values.dues import derive_instants, due_of, first_due, place_due, wanted_due
from tasks_app.values.fields import ANY_TERMS, UNSET, Scope, TaskFields, Terms
from tasks_app.values.schedules import series_of

COMPLETES: Final = TaskFields(completed=True)


def create_task(fields: TaskFields, *, by: User, at: datetime) -> FullTask:
    """Create a task, recurring if `fields.recurrence` is set, record `task.created` and return the task.

    `fields.title` must be set; `at` is aware UTC. Raises InvalidInput, QuotaExceeded.
    """
    words = prepare_change(by.pk, [(0, fields)])
    with changing(by, at=at, ask=Ask(None, keys_in(fields), makes_task=True), words=words) as change:
        change.task_quota.claim(change.log)
        return new_task(change, fields)


def new_task(
    change: Change, fields: TaskFields, *, made_at: datetime | None = None, done_at: datetime | None = None
) -> Draft:
    """As `create_task`, inside `changing`; return the saved draft.

    Demonstration data is older than the change: `made_at` is when the task was created, `done_at` when it was done.
    Reminders of such a task that lie in the past do not fire.
    """
    made = made_at or change.at
    task = new_row(Task, owner_id=change.owner_id, created_at=made, updated_at=done_at or made)
    _set_texts_and_priority(task, fields)
    _set_due(change, task, fields)
    _set_completion(task, fields, at=done_at or change.at)
    draft = draft_of_new(task)
    _set_tags_and_reminders(change, draft, fields, catches_up=made_at is None)
    apply_to_series(change, draft, fields, scope=None)
    save(change, draft)
    if task.completed_at is not None:
        ensure_successor(change, task)
    return draft


def update_task(
    task_id: int, fields: TaskFields, *, by: User, at: datetime, terms: Terms = ANY_TERMS
) -> FullTask:
    """Change the given fields of a task, record one event (`task.completed` or `task.updated`) and return the task.

    Without a difference nothing is recorded and the version stays; what comes of its series alone is a difference, in
    no field of the task. `terms.scope` says which occurrences of a series change: by default this one, or this and the
    coming ones if `fields.recurrence` is set. Raises TaskNotFound, VersionMismatch, InvalidInput, NotRecurring,
    OccurrenceClosed, SeriesChanged.
    """
    words = prepare_change(by.pk, [(task_id, fields)])
    with changing(by, at=at, ask=Ask(task_id, keys_in(fields)), words=words) as change:
        draft = open_task(change, task_id, versions=terms.versions, missed_too=fields == COMPLETES)
        change_task(change, draft, fields, scope=terms.scope)
        return draft


def open_task(
    change: Change, task_id: int, *, versions: frozenset[int] | None = None, missed_too: bool = False
) -> Draft:
    """Return a live task, opened for changes; `missed_too`: or an occurrence that was missed.

    A successor that the series lacks is created first, so that the change finds the series as the consumer would
    leave it. Raises TaskNotFound, VersionMismatch.
    """
    # Taken out: the draft changes the task, so a second opening in the same block must read it again.
    loaded = change.loaded.pop(task_id, None)
    task = loaded.task if loaded else live_task(change.owner_id, task_id, missed_too=missed_too)
    if task.deleted_at is not None and not (missed_too and task.is_missed):
        raise TaskNotFound
    if versions is not None and task.version not in versions:
        raise VersionMismatch(task.version)
    if task.series_id is None or task.series_id in change.series_in_order:
        return draft_of_full(loaded) if loaded else draft_of(task)
    ensure_successor(change, task)
    return draft_of(live_task(change.owner_id, task_id, missed_too=missed_too))


def change_task(
    change: Change,
    draft: Draft,
    fields: TaskFields,
    *,
    scope: Scope | None,
    also: Callable[[], None] | None = None,
) -> None:
    """Apply `fields` to an open draft and save it.

    `also` is given by undo alone: it restores tags and reminders just before the draft is saved. An undo that reopens a
    task must withdraw its successor: SeriesChanged if somebody has changed that.
    """
    if fields == COMPLETES and also is None and scope in (None, Scope.THIS):
        mark_completed(change, draft)
        return
    task, fields = draft.task, with_whole_tags(draft, fields)
    if draft.series_before is None and _may_reach_series(task, fields, scope):
        draft.series_before = series_state_of(task)
    was_done, was_due = task.completed_at is not None, due_of(task)
    _set_texts_and_priority(task, fields)
    _set_due(change, task, fields)
    _set_completion(task, fields, at=change.at)
    is_done, moved = task.completed_at is not None, due_of(task) != was_due
    if was_done and not is_done and task.series_id is not None:
        _reopen_in_series(change, task, keeps_edited=also is None)
    if moved:
        recurs = task.series_id is not None or isinstance(fields.recurrence, rec.Recurrence)
        _translate_reminders(change, draft, was_due, recurs=recurs)
    if moved or was_done != is_done:
        plan_all(change, draft, catches_up=moved, drops_snooze=moved)
    _set_tags_and_reminders(change, draft, fields)
    apply_to_series(change, draft, fields, scope=scope)
    if also is not None:
        also()
    save(change, draft, as_event=TaskUpdated if _changes_series_alone(draft) else None)
    if was_done and is_done and isinstance(fields.recurrence, rec.Recurrence):
        # A done task was made recurring: no `task.completed` will come that makes the consumer create its successor.
        ensure_successor(change, task)


def _changes_series_alone(draft: Draft) -> bool:
    """Whether a change leaves the task as it was, and not what comes of its series: that, too, has a version."""
    before = draft.series_before
    if before is None or draft.lasting_row() != draft.stored:
        return False
    return series_state_of(draft.task, also=before.series).series != before.series


def mark_completed(change: Change, draft: Draft) -> None:
    """Complete an open task, or an occurrence that was missed; a done one stays as it is.

    A successor is not created here: the consumer `recurrence` reads `task.completed` and creates it, soon.
    """
    if draft.task.completed_at is not None:
        return
    if draft.task.series_id is not None:
        transaction.on_commit(hurry_engine)  # the engine of this process: somebody awaits the successor
    if draft.task.deleted_at is not None:  # `open_task` returns no other deleted task than a missed one
        complete_missed(change, draft)
    else:
        draft.task.completed_at = change.at
        cancel_all(draft, Reminder.Reason.COMPLETED)
        save(change, draft)


def _may_reach_series(task: Task, fields: TaskFields, scope: Scope | None) -> bool:
    """Whether a change may reach the series: by its scope, by a recurrence, or by reopening an occurrence."""
    reopens = fields.completed is False and task.series_id is not None
    return scope in (Scope.FUTURE, Scope.ALL) or fields.recurrence is not UNSET or reopens


def delete_task(task_id: int, *, by: User, at: datetime, terms: Terms = ANY_TERMS) -> None:
    """Move a task to the trash and record `task.deleted`.

    `terms.scope` of a recurring task: `this` (default) excludes the slot and creates the successor, `future` ends the
    series with this occurrence, `all` deletes the series. Raises TaskNotFound, VersionMismatch, NotRecurring,
    OccurrenceClosed.
    """
    with changing(by, at=at, ask=Ask(task_id)) as change:
        remove_task(change, open_task(change, task_id, versions=terms.versions), scope=terms.scope)


def remove_task(change: Change, draft: Draft, *, scope: Scope | None) -> None:
    """As `delete_task`, inside `changing`."""
    recurs = draft.task.recurrence is not None and draft.task.series is not None
    if not recurs and scope in (Scope.FUTURE, Scope.ALL):
        raise NotRecurring
    if scope is Scope.FUTURE and not draft.task.is_open:
        raise OccurrenceClosed
    if scope is Scope.ALL and draft.task.series is not None:
        close_series(change, draft.task.series)
        return
    _delete_one(change, draft, ends_series=scope is Scope.FUTURE)


def _delete_one(change: Change, draft: Draft, *, ends_series: bool) -> None:
    task, was_open = draft.task, draft.task.is_open
    if ends_series and task.series is not None:
        draft.series_before = series_state_of(task)
        end_series(task.series, Series.EndReason.DELETED, at=change.at)
        release_open_occurrences(change, task.series, but=task, trashes_later=True)
    move_to_trash(change, draft)
    if was_open and task.series_id is not None:
        exclude_slot(change, draft, ExcludedSlot.Reason.DELETED)


def _set_texts_and_priority(task: Task, fields: TaskFields) -> None:
    if fields.title is not UNSET:
        task.title = fields.title
    if fields.description is not UNSET:
        task.description = fields.description
    if fields.priority is not UNSET:
        task.priority = fields.priority


def _set_due(change: Change, task: Task, fields: TaskFields) -> None:
    if task.due_date is not None and not fields.moves_due:
        # A stored due was accepted once, perhaps in another zone of the owner: it is not checked again.
        derive_instants(task, user_zone=change.zone)
        return
    due, zone_name = wanted_due(task, fields, user_zone=change.zone)
    if due is None and task.recurrence is not None and fields.recurrence is not None:
        raise InvalidInput.of("due_at", "required", "A recurring task needs a due.")
    if due is None:
        task.time_zone = zone_name
        due = first_due(fields, zone_name=zone_name, user_zone=change.zone, now=change.at)
    place_due(task, due, user_zone=change.zone)


def _set_completion(task: Task, fields: TaskFields, *, at: datetime) -> None:
    if fields.completed is UNSET or fields.completed == (task.completed_at is not None):
        return
    task.completed_at = at if fields.completed else None


def _translate_reminders(change: Change, draft: Draft, was_due: rec.Due | None, *, recurs: bool) -> None:
    due = due_of(draft.task)
    if was_due is not None and due is not None:
        translate_reminders(change, draft, old=was_due, new=due, recurs=recurs)


def _set_tags_and_reminders(
    change: Change, draft: Draft, fields: TaskFields, *, catches_up: bool = True
) -> None:
    if fields.tags is not UNSET:
        set_tags(change, draft, fields.tags)
    if fields.reminders is not UNSET:
        set_reminders(change, draft, fields.reminders, catches_up=catches_up)


def _reopen_in_series(change: Change, task: Task, *, keeps_edited: bool) -> None:
    if task.missed_at is not None:
        task.deleted_at = change.at
        return
    check_reopening(series_of(task), task, keeps_edited=keeps_edited)
    withdraw_successor(change, task)
    series = series_of(task)
    if series.is_running:
        clear_fault(series)  # the reopened occurrence is the open one: the series lacks none
    else:
        task.recurrence = None
