"""Tasks of one user, with their tags and reminders."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from foundation.database import sql
from foundation.database.row_reads import read_rows, row_from, rows_in
from tasks_app.errors import TaskNotFound
from tasks_app.models import CURRENT_DOCUMENT, Reminder, Tag, Task
from tasks_app.queries import statements
from tasks_app.values.rows import Row, lasting_row, reminder_fields, reminder_row


@dataclass(slots=True)
class FullTask:
    """A task with all that its row shows: tags in order, reminders by id."""

    task: Task
    tags: list[Tag]
    reminders: list[Reminder]
    stored: Row | None = None
    """The lasting row when the task was opened for changes, or last saved; None if it was not read as such."""

    def row(self, *, now: datetime) -> Row:
        """Return the row of the task as the API answers it at `now`."""
        task, row = self.task, self.stored or self.lasting_row()
        is_overdue = task.completed_at is None and task.overdue_at is not None and now >= task.overdue_at
        return {**row, "overdue": is_overdue}

    def lasting_row(self) -> Row:
        """Return the row of the task as events carry it."""
        # While nobody renames it, a tag has one name.
        tags = [tag.name if tag.told_to is None else tag.name_on(self.task.pk) for tag in self.tags]
        reminders = list(map(reminder_row, self.reminders))
        return lasting_row(self.task, tags=tags, reminders=reminders)

    def reminder_fields(self) -> Row:
        """Return what the row of the task has of its reminders."""
        return reminder_fields(list(map(reminder_row, self.reminders)))


def live_tasks(user_id: int) -> QuerySet[Task]:
    """Return the user's tasks that are not in the trash."""
    return Task.objects.filter(owner_id=user_id, deleted_at__isnull=True)


def known_tasks(user_id: int) -> QuerySet[Task]:
    """Return the user's tasks that calls may name: live ones, those in the trash, occurrences that were missed."""
    return Task.objects.filter(owner_id=user_id, withdrawn=False)


def live_task(user_id: int, task_id: int, *, missed_too: bool = False) -> Task:
    """Return a live task of the user; with `missed_too` also a missed occurrence. Raises TaskNotFound."""
    found = read_rows(Task, *statements.rest_of_task(user_id, task_id))
    if not found or not (found[0].is_live or (missed_too and found[0].is_missed)):
        raise TaskNotFound
    return found[0]


def known_task(user_id: int, task_id: int, *, missed_too: bool = False) -> Task:
    """Return a live or trashed task of the user; with `missed_too` also a missed one. Raises TaskNotFound."""
    task = Task.objects.filter(owner_id=user_id, pk=task_id, withdrawn=False).first()
    if task is None or (task.is_missed and not missed_too):
        raise TaskNotFound
    return task


def has_old_documents() -> bool:
    """Return whether the document of some task is an older release's: a look at an index that is empty if not."""
    return Task.objects.filter(~CURRENT_DOCUMENT).exists()


def rows_by_id(user_id: int, task_ids: Collection[int], *, now: datetime) -> dict[int, Row]:
    """Return the rows of these tasks by id, as the API answers them; trashed tasks and those of others are left out."""
    tasks = list(live_tasks(user_id).filter(pk__in=task_ids)) if task_ids else []
    return {full.task.pk: full.row(now=now) for full in load_all_full(tasks)}


def full_task_in(row: sql.SqlRow) -> FullTask:
    """Return the task in the last columns of a row, as `select_for_change` selects them."""
    *columns, tags, reminders = row
    return FullTask(row_from(Task, columns), rows_in(Tag, tags), rows_in(Reminder, reminders))


def load_full(task: Task) -> FullTask:
    """Return a task with its tags and reminders."""
    return load_all_full([task])[0]


def load_all_full(tasks: Sequence[Task]) -> list[FullTask]:
    """Return tasks with their tags and reminders, in three queries for any number of them; they share the tags."""
    if len(tasks) == 1:
        return [_load_one_full(tasks[0])]
    if not tasks:
        return []
    tags = _tags_by_task([task.pk for task in tasks])
    reminders: dict[int, list[Reminder]] = defaultdict(list)
    for reminder in read_rows(Reminder, *statements.rest_of_reminders([task.pk for task in tasks])):
        reminders[reminder.task_id].append(reminder)
    return [FullTask(task, tags[task.pk], reminders[task.pk]) for task in tasks]


def _tags_by_task(task_ids: Sequence[int]) -> Mapping[int, list[Tag]]:
    links = sql.fetch(*statements.select_links(task_ids))
    found: dict[int, list[Tag]] = defaultdict(list)
    if links:
        rest = statements.rest_of_rows(list({tag_id for _, tag_id in links}))
        tags = {tag.pk: tag for tag in read_rows(Tag, *rest)}
        for task_id, tag_id in links:
            found[task_id].append(tags[tag_id])
    return found


def _load_one_full(task: Task) -> FullTask:
    tags = read_rows(Tag, *statements.rest_of_tags(task.pk))
    return FullTask(task, tags, read_rows(Reminder, *statements.rest_of_reminders([task.pk])))
