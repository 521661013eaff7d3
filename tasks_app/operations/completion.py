"""Completing and reopening a task; creating the occurrence that follows.

Completing creates no successor: the consumer `recurrence` calls `create_next_occurrence` when it reads
`task.completed`. An operation on the series that comes before it creates the missing successor first, by the same
function.
"""

from datetime import datetime
from functools import partial
from typing import Final

from accounts_app.models import User
from events_app.runtime.time_slices import is_time_up
from foundation.context import use_provenance
from foundation.database.transactions import database_now
from tasks_app.editing.change import Ask, Change, changing
from tasks_app.editing.draft import Draft
from tasks_app.models import Series
from tasks_app.operations.isolation import run_isolated
from tasks_app.operations.series.stuck import SWEEP, series_to_retry
from tasks_app.operations.series.succession import create_missing_successor, ensure_series_successor
from tasks_app.operations.tasks import change_task, mark_completed, open_task
from tasks_app.queries.tasks import FullTask
from tasks_app.values.fields import TaskFields

REOPENS: Final = TaskFields(completed=False)


def complete_task(
    task_id: int, *, by: User, at: datetime, versions: frozenset[int] | None = None
) -> FullTask:
    """Complete a task at `at` (aware UTC), record `task.completed` and return the task.

    An occurrence that was missed can be completed too. Repeating changes and records nothing. Raises TaskNotFound,
    VersionMismatch.
    """
    with changing(by, at=at, ask=Ask(task_id)) as change:
        draft = open_task(change, task_id, versions=versions, missed_too=True)
        mark_completed(change, draft)
        return draft


def reopen_task(task_id: int, *, by: User, at: datetime, versions: frozenset[int] | None = None) -> FullTask:
    """Reopen a done task, record `task.updated` and return the task; an untouched successor is withdrawn.

    Repeating changes nothing. Raises TaskNotFound, VersionMismatch, SeriesChanged.
    """
    with changing(by, at=at, ask=Ask(task_id)) as change:
        draft = open_task(change, task_id, versions=versions, missed_too=True)
        _mark_open(change, draft)
        return draft


def toggle_task(task_id: int, *, by: User, at: datetime, versions: frozenset[int] | None = None) -> FullTask:
    """Complete an open task or reopen a done one; return the task.

    Raises TaskNotFound, VersionMismatch, SeriesChanged.
    """
    with changing(by, at=at, ask=Ask(task_id)) as change:
        draft = open_task(change, task_id, versions=versions, missed_too=True)
        if draft.task.completed_at is None:
            mark_completed(change, draft)
        else:
            _mark_open(change, draft)
        return draft


def _mark_open(change: Change, draft: Draft) -> None:
    """Reopen a done task; a missed or open one stays as it is."""
    if not draft.task.is_missed:
        change_task(change, draft, REOPENS, scope=None)


def create_next_occurrence(task_id: int, *, owner_id: int) -> None:
    """Create the successor of a completed occurrence, exactly once.

    Nothing happens if the task is no longer done, its series has ended, or another occurrence is open. The slot is
    counted from the moment at which the task was completed, not from now. A fault is stored on the series, which is
    retried on its own clock; only trouble with the database is raised.
    """
    with changing(owner_id, ask=Ask(closed_id=task_id)) as change:
        # The task may have been reopened or detached since the event: its series alone says what is missing.
        if change.progress is not None:
            create_missing_successor(change, change.progress)


def retry_stuck_series() -> int:
    """Retry the stuck series whose retry time has come; return how many have their next occurrence now.

    Two runs at once, or one that is interrupted, do no harm. A series that fails again waits longer and holds up no
    other.
    """
    with use_provenance(SWEEP):
        series = series_to_retry(database_now())
        return sum(
            run_isolated("series", partial(retry_series, *each)) for each in series if not is_time_up()
        )


def retry_series(series_id: int, owner_id: int) -> int:
    """Retry a stuck series now; return 1 if it is not stuck afterwards, else 0."""
    with changing(owner_id) as change:
        series = Series.objects.filter(pk=series_id, stuck_since__isnull=False).first()
        if series is not None:
            ensure_series_successor(change, series)
        return int(series is None or series.stuck_since is None)
