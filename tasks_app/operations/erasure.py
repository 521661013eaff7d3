"""Removing all tasks of a deleted user, with what belongs to them. No events: the user's history is gone already."""

from typing import Final

from django.db.models import Model

from events_app.runtime.crash import crash_point
from foundation.database.transactions import write_transaction
from tasks_app.models import DemoRun, Reminder, ReplanJob, SavedView, Series, Tag, TagJob, Task, TrashJob
from tasks_app.operations.trash.removal import remove_rows

_ROWS_PER_STEP: Final = 500
# In this order: nothing is left to fire first, and series and tags go after the tasks that refer to them.
_OWNED: Final[tuple[type[Model], ...]] = (
    Reminder,
    Task,
    Series,
    Tag,
    SavedView,
    ReplanJob,
    TagJob,
    TrashJob,
    DemoRun,
)


def erase_tasks(user_id: int) -> int:
    """Remove up to 500 rows of one kind of a user's; return how many went, 0 when none is left."""
    for model in _OWNED:
        owned = model._base_manager.filter(owner=user_id).order_by("pk").values_list("pk", flat=True)
        with write_transaction():
            ids = list(owned[:_ROWS_PER_STEP])
            if not ids:
                continue
            if model is Task:
                remove_rows(ids)
            else:
                model._base_manager.filter(pk__in=ids).delete()
            crash_point("sweep.before_commit")
        return len(ids)
    return 0
