"""Occurrences that are passed over: skipping one, and taking one out of its series."""

from datetime import datetime

from accounts_app.models import User
from tasks_app.editing.change import Change, changing
from tasks_app.editing.draft import Draft, save
from tasks_app.errors import NotRecurring, OccurrenceClosed
from tasks_app.models import ExcludedSlot
from tasks_app.operations.series.rules import exclude_slot, move_to_trash
from tasks_app.operations.tasks import open_task
from tasks_app.operations.trash.restore import detach_restored
from tasks_app.queries.series import open_occurrence
from tasks_app.queries.tasks import FullTask, load_full
from tasks_app.values.fields import ANY_TERMS, Terms


def skip_occurrence(task_id: int, *, by: User, at: datetime, terms: Terms = ANY_TERMS) -> FullTask | None:
    """Pass over an open occurrence at `at` and return the one that is open then; None if it was the last.

    Its slot counts as scheduled; its task goes to the trash, and restoring it takes the skipping back. A
    repeat finds no task. Raises TaskNotFound, VersionMismatch, NotRecurring, OccurrenceClosed.
    """
    with changing(by, at=at) as change:
        draft = open_task(change, task_id, versions=terms.versions)
        if draft.task.recurrence is None:
            raise NotRecurring
        if not draft.task.is_open:
            raise OccurrenceClosed
        move_to_trash(change, draft)
        exclude_slot(change, draft, ExcludedSlot.Reason.SKIPPED)
        return _open_one(draft.task.series_id)


def detach_task(task_id: int, *, by: User, at: datetime, terms: Terms = ANY_TERMS) -> FullTask:
    """Take a task out of its series and return it; it recurs no more, the series goes on without it.

    A repeat finds it in no series. Raises TaskNotFound, VersionMismatch, NotRecurring.
    """
    with changing(by, at=at) as change:
        draft = open_task(change, task_id, versions=terms.versions)
        if draft.task.series_id is None:
            raise NotRecurring
        remove_from_series(change, draft)
        save(change, draft)
        return draft


def remove_from_series(change: Change, draft: Draft) -> None:
    """Take a task out of its series, inside `changing`; the draft is not saved."""
    if draft.task.is_open:
        exclude_slot(change, draft, ExcludedSlot.Reason.DETACHED)
    detach_restored(draft)


def _open_one(series_id: int | None) -> FullTask | None:
    task = open_occurrence(series_id)
    return load_full(task) if task is not None else None
