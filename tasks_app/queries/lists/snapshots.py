"""All tasks of a user that a client keeps, by id, as lines, in memory that does not grow with their number."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from foundation.database import sql
from foundation.http.keyset import Keyset, SortKey
from tasks_app.queries.lists.criteria import open_condition, trash_conditions
from tasks_app.queries.lists.pages import task_texts
from tasks_app.queries.lists.task_rows import TaskRows

_TASKS_PER_READ: Final = 500
_BY_ID: Final = Keyset((SortKey("id", nullable=False),))


def kept_tasks(
    user_id: int, *, completed_since: datetime | None, everything: bool, now: datetime
) -> TaskRows:
    """Return the user's open tasks, with those completed at an instant or later, or all tasks; not the trash."""
    wanted = () if everything else (open_condition(or_completed_since=completed_since),)
    return TaskRows(_BY_ID, user_id, (*trash_conditions(trashed=False), *wanted), now)


def read_task_lines(tasks: TaskRows, *, after_id: int, at_most: int) -> Iterator[tuple[list[str], bool]]:
    """Yield the tasks behind an id, each as JSON text, and whether the list ends there.

    At most 500 at a time, each time by statements of their own; `at_most` tasks in all, and the last part
    says then that the list does not end.
    """
    last = [after_id]
    for left in range(at_most, 0, -_TASKS_PER_READ):
        wanted = min(left, _TASKS_PER_READ)
        rows: list[sql.SqlRow] = tasks.page(limit=wanted, position=last)
        is_end = len(rows) < wanted
        yield task_texts(rows), is_end
        if is_end:
            return
        last = tasks.position_of(rows[-1])
