"""Tasks of one user: single ones whole, and pages of rows in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from django.db.models import QuerySet

from events_app import sql
from events_app.rows import read_rows
from tasks_app.errors import TaskNotFound
from tasks_app.models import Reminder, Tag, Task, TaskTag, shown_name
from tasks_app.rows import Row, TaskColumns, lasting_row, task_row


@dataclass(slots=True)
class FullTask:
    """A task with everything that its row shows: tags in order, reminders by id."""

    task: Task
    tags: list[Tag]
    reminders: list[Reminder]

    def row(self, *, now: datetime) -> Row:
        """Return it as the API answers it."""
        return task_row(self._columns(), tags=self._tag_names(), reminders=self.reminders, now=now)

    def lasting_row(self) -> Row:
        """Return it as events carry it."""
        return lasting_row(self._columns(), tags=self._tag_names(), reminders=self.reminders)

    def _columns(self) -> TaskColumns:
        return TaskColumns._make(getattr(self.task, name) for name in TaskColumns._fields)

    def _tag_names(self) -> list[str]:
        return [tag.name_on(self.task.pk) for tag in self.tags]


def live_tasks(user_id: int) -> QuerySet[Task]:
    """Return the user's tasks that are not in the trash."""
    return Task.objects.filter(owner_id=user_id, deleted_at__isnull=True)


def trashed_tasks(user_id: int) -> QuerySet[Task]:
    """Return what the user deleted and may still restore."""
    return Task.objects.filter(owner_id=user_id, deleted_at__isnull=False, withdrawn=False)


def live_task(user_id: int, task_id: int) -> Task:
    """Return one task of the user. Raises TaskNotFound."""
    found = read_rows(
        Task, "WHERE t.owner_id = %s AND t.id = %s AND t.deleted_at IS NULL", [user_id, task_id]
    )
    if not found:
        raise TaskNotFound
    return found[0]


def known_task(user_id: int, task_id: int) -> Task:
    """Return one task of the user, be it in the trash. Raises TaskNotFound."""
    task = Task.objects.filter(owner_id=user_id, pk=task_id, withdrawn=False).first()
    if task is None:
        raise TaskNotFound
    return task


def full_task(user_id: int, task_id: int) -> FullTask:
    """Return one task of the user with all that its row shows, in three queries. Raises TaskNotFound."""
    return in_full(live_task(user_id, task_id))


def in_full(task: Task) -> FullTask:
    """Return a task with its tags and the reminders that are on it."""
    return in_full_all([task])[0]


def in_full_all(tasks: Sequence[Task]) -> list[FullTask]:
    """Return tasks with their tags and reminders, in two queries for any number of them."""
    if len(tasks) == 1:
        return [_one_in_full(tasks[0])]
    ids = [task.pk for task in tasks]
    tags: dict[int, list[Tag]] = defaultdict(list)
    for link in TaskTag.objects.filter(task_id__in=ids).select_related("tag").order_by("task_id", "position"):
        tags[link.task_id].append(link.tag)
    reminders: dict[int, list[Reminder]] = defaultdict(list)
    for reminder in shown_reminders(ids):
        reminders[reminder.task_id].append(reminder)
    return [FullTask(task, tags[task.pk], reminders[task.pk]) for task in tasks]


def _one_in_full(task: Task) -> FullTask:
    links = f"JOIN {TaskTag._meta.db_table} AS link ON link.tag_id = t.id WHERE link.task_id = %s"
    tags = read_rows(Tag, f"{links} ORDER BY link.position", [task.pk])
    reminders = read_rows(Reminder, "WHERE t.task_id = %s AND NOT t.removed ORDER BY t.id", [task.pk])
    return FullTask(task, tags, reminders)


def shown_reminders(task_ids: Iterable[int]) -> QuerySet[Reminder]:
    """Return the reminders that are on these tasks, by id; those taken off stay as history."""
    return Reminder.objects.filter(task_id__in=task_ids, removed=False).order_by("id")


class _ReminderTuple(NamedTuple):
    task_id: int
    id: int
    offset: str | None
    at: datetime | None
    fire_at: datetime | None
    status: str
    reason: str
    late: bool


# The reads of every list are written out: for building their SQL the ORM takes longer than the databases for both.
_TAG_NAMES: Final = (
    "SELECT l.task_id, t.name, t.former_name, t.told_to"
    " FROM tasks_app_tasktag l JOIN tasks_app_tag t ON t.id = l.tag_id"
    " WHERE l.task_id IN {} ORDER BY l.task_id, l.position"
)
_REMINDERS: Final = (
    'SELECT task_id, id, "offset", at, fire_at, status, reason, late FROM tasks_app_reminder'
    " WHERE task_id IN {} AND NOT removed ORDER BY id"
)


def rows_of(page: Sequence[TaskColumns], *, now: datetime) -> list[Row]:
    """Return the rows of a page as the API answers them, in two queries and without model instances."""
    ids = [task.id for task in page]
    if not ids:
        return []
    tags: dict[int, list[str]] = defaultdict(list)
    for task_id, name, former, told_to in sql.fetch(_TAG_NAMES.format(sql.in_list(ids)), ids):
        tags[task_id].append(shown_name(name, former, told_to, task_id=task_id))
    reminders: dict[int, list[_ReminderTuple]] = defaultdict(list)
    for values in sql.fetch(_REMINDERS.format(sql.in_list(ids)), ids):
        reminder = _ReminderTuple._make(values)
        at, fire_at = _time(reminder.at), _time(reminder.fire_at)
        reminders[reminder.task_id].append(
            reminder._replace(at=at, fire_at=fire_at, late=bool(reminder.late))
        )
    return [
        task_row(task, tags=tags.get(task.id, ()), reminders=reminders.get(task.id, ()), now=now)
        for task in page
    ]


def _time(value: datetime | str | None) -> datetime | None:
    return None if value is None else sql.from_database(value)
