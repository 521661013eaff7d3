"""Tasks of one user, each with all that it shows."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.db import connection
from django.db.models import Q, QuerySet

from accounts_app.models import User
from foundation.database import sql
from foundation.database.json_rows import list_of, rows_in
from foundation.database.rows import read_rows, row_from, selected
from tasks_app.errors import TaskNotFound
from tasks_app.models import MISSED, Reminder, Tag, Task, TaskTag
from tasks_app.values.rows import Row, lasting_row, reminder_row, task_columns_of


@dataclass(slots=True)
class FullTask:
    """A task with everything that its row shows: tags in order, reminders by id."""

    task: Task
    tags: list[Tag]
    reminders: list[Reminder]

    def row(self, *, now: datetime) -> Row:
        """Return it as the API answers it."""
        return with_overdue(self.lasting_row(), self.task, now=now)

    def lasting_row(self) -> Row:
        """Return it as events carry it."""
        tags = [tag.name_on(self.task.pk) for tag in self.tags]
        return lasting_row(
            task_columns_of(self.task), tags=tags, reminders=list(map(reminder_row, self.reminders))
        )


def with_overdue(row: Row, task: Task, *, now: datetime) -> Row:
    """Return a lasting row with what depends on the moment of reading."""
    is_overdue = task.completed_at is None and task.overdue_at is not None and now >= task.overdue_at
    return {**row, "overdue": is_overdue}


def live_tasks(user_id: int) -> QuerySet[Task]:
    """Return the user's tasks that are not in the trash."""
    return Task.objects.filter(owner_id=user_id, deleted_at__isnull=True)


def live_or_missed_tasks(user_id: int) -> QuerySet[Task]:
    """Return the user's tasks that can be completed: live ones, and occurrences that were missed."""
    return Task.objects.filter(Q(deleted_at__isnull=True) | MISSED, owner_id=user_id)


def live_task(user_id: int, task_id: int, *, missed_too: bool = False) -> Task:
    """Return one task of the user; on demand also one that was missed. Raises TaskNotFound."""
    found = read_rows(Task, "WHERE t.owner_id = %s AND t.id = %s", [user_id, task_id])
    if not found or not (found[0].is_live or (missed_too and found[0].is_missed)):
        raise TaskNotFound
    return found[0]


def known_task(user_id: int, task_id: int, *, missed_too: bool = False) -> Task:
    """Return one task of the user, be it in the trash; on demand also one that was missed. Raises TaskNotFound."""
    task = Task.objects.filter(owner_id=user_id, pk=task_id, withdrawn=False).first()
    if task is None or (task.is_missed and not missed_too):
        raise TaskNotFound
    return task


def rows_by_id(user_id: int, task_ids: Collection[int], *, now: datetime) -> dict[int, Row]:
    """Return those of the user's tasks as the API answers them, by id; trashed and foreign ones are left out."""
    tasks = list(live_tasks(user_id).filter(pk__in=task_ids)) if task_ids else []
    return {full.task.pk: full.row(now=now) for full in in_full_all(tasks)}


def full_task(user_id: int, task_id: int) -> FullTask:
    """Return one task of the user with all that its row shows, in one query. Raises TaskNotFound."""
    found = full_task_in(sql.run_together([with_full_task(user_id, task_id)])[0])
    if found is None:
        raise TaskNotFound
    return found


def with_full_task(user_id: int, task_id: int) -> sql.Statement:
    """Return what gives the user's zone and, for `full_task_in`, a live task of theirs."""
    return _with_full_task(connection.vendor), [task_id, user_id]


@cache
def _with_full_task(vendor: str) -> str:
    links = f"JOIN {TaskTag._meta.db_table} link ON link.tag_id = n.id WHERE link.task_id = t.id"
    tags = list_of(Tag, links, order="link.position")
    reminders = list_of(Reminder, "WHERE n.task_id = t.id AND NOT n.removed", order="n.id")
    return (
        f"SELECT u.time_zone AS owner_zone, {selected(Task)}, {tags} AS tags, {reminders} AS reminders"
        f" FROM {User._meta.db_table} u LEFT JOIN {Task._meta.db_table} t"
        " ON t.id = %s AND t.owner_id = u.id AND t.deleted_at IS NULL WHERE u.id = %s"
    )


def full_task_in(row: sql.SqlRow) -> FullTask | None:
    """Return the task of a row that `with_full_task` gave; None if there is none."""
    _, *columns, tags, reminders = row
    if columns[0] is None:
        return None
    return FullTask(row_from(Task, tuple(columns)), rows_in(Tag, tags), rows_in(Reminder, reminders))


def in_full(task: Task) -> FullTask:
    """Return a task with its tags and the reminders that are on it."""
    return in_full_all([task])[0]


def in_full_all(tasks: Sequence[Task]) -> list[FullTask]:
    """Return tasks with their tags and reminders, in three queries for any number of them; they share the tags."""
    if len(tasks) == 1:
        return [_one_in_full(tasks[0])]
    if not tasks:
        return []
    tags = _tags_by_task([task.pk for task in tasks])
    reminders: dict[int, list[Reminder]] = defaultdict(list)
    listed, params = sql.id_condition("t.task_id", [task.pk for task in tasks])
    for reminder in read_rows(Reminder, f"WHERE {listed} AND NOT t.removed ORDER BY t.id", params):
        reminders[reminder.task_id].append(reminder)
    return [FullTask(task, tags[task.pk], reminders[task.pk]) for task in tasks]


def _tags_by_task(task_ids: Sequence[int]) -> Mapping[int, list[Tag]]:
    listed, params = sql.id_condition("task_id", task_ids)
    links = sql.fetch(
        f"SELECT task_id, tag_id FROM {TaskTag._meta.db_table} WHERE {listed} ORDER BY task_id, position",
        params,
    )
    found: dict[int, list[Tag]] = defaultdict(list)
    if links:
        listed, params = sql.id_condition("t.id", list({tag_id for _, tag_id in links}))
        tags = {tag.pk: tag for tag in read_rows(Tag, f"WHERE {listed}", params)}
        for task_id, tag_id in links:
            found[task_id].append(tags[tag_id])
    return found


def _one_in_full(task: Task) -> FullTask:
    links = f"JOIN {TaskTag._meta.db_table} AS link ON link.tag_id = t.id WHERE link.task_id = %s"
    tags = read_rows(Tag, f"{links} ORDER BY link.position", [task.pk])
    reminders = read_rows(Reminder, "WHERE t.task_id = %s AND NOT t.removed ORDER BY t.id", [task.pk])
    return FullTask(task, tags, reminders)
