"""Removing rows of tasks for good, with all that belongs to them. Called inside `writing`."""

from collections.abc import Sequence
from typing import Final

from foundation.database import sql
from foundation.database.row_writes import deletion, reference_removal
from tasks_app.models import ExcludedSlot, MissedSlots, Reminder, SearchText, SeriesChange, Task, TaskTag

# A test compares them with the relations of the models.
_BELONGING: Final = (TaskTag, Reminder, SeriesChange, SearchText)
_REFERRING: Final = ((MissedSlots, "after_id"), (Task, "follows_id"))


def remove_rows(task_ids: Sequence[int]) -> None:
    """Remove these tasks' rows, at most some thousands; no event. The ORM would read all of them first."""
    if not task_ids:
        return
    for model in _BELONGING:
        sql.execute(*deletion(model, "task_id", task_ids))
    for referring, name in _REFERRING:
        sql.execute(*reference_removal(referring, name, task_ids))
    sql.execute(*deletion(Task, "id", task_ids))


def keep_slots(tasks: Sequence[Task]) -> None:
    """Have the series know that these occurrences were, where only their rows say so."""
    gone = [
        ExcludedSlot(series_id=task.series_id, slot=task.occurrence or "", reason=ExcludedSlot.Reason.DELETED)
        for task in tasks
        if task.series_id is not None and not task.withdrawn
    ]
    ExcludedSlot.objects.bulk_create(gone, ignore_conflicts=True)
