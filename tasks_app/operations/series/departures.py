"""Skipping an occurrence, and detaching one from its series."""

from datetime import datetime

from accounts_app.models import User
from tasks_app.editing.change import Ask, Change, changing
from tasks_app.editing.draft import Draft, save
from tasks_app.errors import NotRecurring, OccurrenceClosed
from tasks_app.models import ExcludedSlot
from tasks_app.operations.series.rules import exclude_slot, move_to_trash
from tasks_app.operations.tasks import open_task
from tasks_app.operations.trash.restore import detach_restored
from tasks_app.operations.undo.series_states import series_state_of
from tasks_app.queries.series import open_occurrence
from tasks_app.queries.tasks import FullTask, load_full
from tasks_app.values.fields import ANY_TERMS, Terms


def skip_occurrence(task_id: int, *, by: User, at: datetime, terms: Terms = ANY_TERMS) -> FullTask | None:
    """Skip an open occurrence and return the occurrence that is open afterwards; None if it was the last.

    The slot still counts as an occurrence. The task goes to the trash; restoring it undoes the skip. Repeating raises
    TaskNotFound. Raises TaskNotFound, VersionMismatch, NotRecurring, OccurrenceClosed.
    """
    with changing(by, at=at, ask=Ask(task_id)) as change:
        return skip_one(change, task_id, versions=terms.versions)


def skip_one(change: Change, task_id: int, *, versions: frozenset[int] | None = None) -> FullTask | None:
    """As `skip_occurrence`, inside `changing`."""
    draft = open_task(change, task_id, versions=versions)
    if draft.task.recurrence is None:
        raise NotRecurring
    if not draft.task.is_open:
        raise OccurrenceClosed
    move_to_trash(change, draft)
    exclude_slot(change, draft, ExcludedSlot.Reason.SKIPPED)
    return _full_open_occurrence(draft.task.series_id)


def detach_task(task_id: int, *, by: User, at: datetime, terms: Terms = ANY_TERMS) -> FullTask:
    """Detach a task from its series and return it; it no longer recurs, and the series goes on without it.

    Repeating raises NotRecurring. Raises TaskNotFound, VersionMismatch, NotRecurring.
    """
    with changing(by, at=at, ask=Ask(task_id)) as change:
        return detach_one(change, task_id, versions=terms.versions)


def detach_one(change: Change, task_id: int, *, versions: frozenset[int] | None = None) -> FullTask:
    """As `detach_task`, inside `changing`."""
    draft = open_task(change, task_id, versions=versions)
    if draft.task.series_id is None:
        raise NotRecurring
    draft.series_before = series_state_of(draft.task)
    remove_from_series(change, draft)
    save(change, draft)
    return draft


def remove_from_series(change: Change, draft: Draft) -> None:
    """As `detach_task`, inside `changing`; the draft is not saved."""
    if draft.task.is_open:
        exclude_slot(change, draft, ExcludedSlot.Reason.DETACHED)
    detach_restored(draft)


def _full_open_occurrence(series_id: int | None) -> FullTask | None:
    task = open_occurrence(series_id)
    return load_full(task) if task is not None else None
