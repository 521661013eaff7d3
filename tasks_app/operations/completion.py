"""Completing and reopening. The successor of a recurring task is made by the `recurrence` consumer."""

from datetime import datetime
from functools import partial
from typing import Final

from accounts_app.models import User
from events_app.runtime.time_slices import is_time_up
from foundation.context import use_provenance
from foundation.database.transactions import database_now
from tasks_app.editing.change import Change, changing
from tasks_app.editing.draft import Draft
from tasks_app.models import Series, Task
from tasks_app.operations.isolation import run_isolated
from tasks_app.operations.series.stuck import SWEEP, series_to_retry
from tasks_app.operations.series.succession import ensure_series_successor, ensure_successor
from tasks_app.operations.tasks import change_task, mark_completed, open_task
from tasks_app.queries.tasks import FullTask
from tasks_app.values.fields import TaskFields

REOPENS: Final = TaskFields(completed=False)


def complete_task(
    task_id: int, *, by: User, at: datetime, versions: frozenset[int] | None = None
) -> FullTask:
    """Complete a task and record `task.completed`; `at` (aware UTC) is the moment.

    Repeating is harmless: nothing changes, nothing is recorded. Raises TaskNotFound, VersionMismatch.
    """
    with changing(by, at=at, opening=task_id) as change:
        draft = open_task(change, task_id, versions=versions, missed_too=True)
        mark_completed(change, draft)
        return draft


def reopen_task(task_id: int, *, by: User, at: datetime, versions: frozenset[int] | None = None) -> FullTask:
    """Reopen a done task and record `task.updated`; a successor that nobody touched is withdrawn.

    Repeating is harmless. Raises TaskNotFound, VersionMismatch.
    """
    with changing(by, at=at, opening=task_id) as change:
        draft = open_task(change, task_id, versions=versions, missed_too=True)
        _mark_open(change, draft)
        return draft


def toggle_task(task_id: int, *, by: User, at: datetime, versions: frozenset[int] | None = None) -> FullTask:
    """Complete an open task, reopen a done one. Raises TaskNotFound, VersionMismatch."""
    with changing(by, at=at, opening=task_id) as change:
        draft = open_task(change, task_id, versions=versions, missed_too=True)
        if draft.task.completed_at is None:
            mark_completed(change, draft)
        else:
            _mark_open(change, draft)
        return draft


def _mark_open(change: Change, draft: Draft) -> None:
    """Reopen a done task; one that was missed, or is open, stays as it is."""
    if not draft.task.is_missed:
        change_task(change, draft, REOPENS, scope=None)


def create_next_occurrence(task_id: int, *, owner_id: int) -> None:
    """Make the successor of a completed occurrence, exactly once.

    Only if the row is still done, its series runs, and no other occurrence is open; otherwise, and when
    repeated, nothing happens. The moment of completion is the row's, never the time of processing. A fault is
    noted on the series, which is tried again on its own clock; nothing is raised but trouble with the database.
    """
    with changing(owner_id) as change:
        task = Task.objects.filter(pk=task_id, owner_id=owner_id).first()
        if task is not None:
            ensure_successor(change, task)


def retry_stuck_series() -> int:
    """Try again to make what series lack that are stuck and whose time has come; return how many go on.

    Two at once, or one that is cut off, change nothing. One that fails again waits longer, and holds up no other.
    """
    with use_provenance(SWEEP):
        series = series_to_retry(database_now())
        return sum(
            run_isolated("series", partial(retry_series, *each)) for each in series if not is_time_up()
        )


def retry_series(series_id: int, owner_id: int) -> int:
    """Try now to make what a stuck series lacks; return 1 if it goes on, also if it was not stuck."""
    with changing(owner_id) as change:
        series = Series.objects.filter(pk=series_id, stuck_since__isnull=False).first()
        if series is not None:
            ensure_series_successor(change, series)
        return int(series is None or series.stuck_since is None)
