"""Statements about tasks, each by its name: what hot paths run and no verb of `foundation.database` can say."""

from collections.abc import Sequence

from foundation.database import sql


def owner_zone(owner_id: int) -> sql.Statement:
    """Return the SELECT of a user's time zone, one row of one column."""
    return "SELECT time_zone FROM accounts_app_user WHERE id = %s", [owner_id]


def mirror_tasks_in_links(task_ids: Sequence[int]) -> sql.Statement:
    """Return the UPDATE that copies to the tag links of tasks what lists filter and sort by."""
    condition, params = sql.id_condition("task_id", task_ids)
    return (
        "UPDATE tasks_app_tasktag SET priority = t.priority, due_sort = t.due_sort,"
        " completed = t.completed_at IS NOT NULL, live = t.deleted_at IS NULL"
        f" FROM tasks_app_task t WHERE t.id = task_id AND {condition}"
    ), params
