"""Removing rows of tasks for good, with all that belongs to them. Called inside `writing`."""

from collections.abc import Sequence
from typing import Final

from foundation.database import sql

# A test compares them with the relations of the models.
_STATEMENTS: Final = (
    ("DELETE FROM tasks_app_tasktag WHERE {}", "task_id"),
    ("DELETE FROM tasks_app_reminder WHERE {}", "task_id"),
    ("DELETE FROM tasks_app_serieschange WHERE {}", "task_id"),
    ("DELETE FROM tasks_app_searchtext WHERE {}", "task_id"),
    ("UPDATE tasks_app_missedslots SET after_id = NULL WHERE {}", "after_id"),
    ("UPDATE tasks_app_task SET follows_id = NULL WHERE {}", "follows_id"),
    ("DELETE FROM tasks_app_task WHERE {}", "id"),
)


def remove_rows(task_ids: Sequence[int]) -> None:
    """Remove these tasks' rows, at most some thousands; no event. The ORM would read all of them first."""
    if task_ids:
        for statement, column in _STATEMENTS:
            condition, params = sql.id_condition(column, task_ids)
            sql.execute(statement.format(condition), params)
