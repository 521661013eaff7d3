"""Rows of many tasks for checks that read all of them: no instances, which cost most of the time of reading a row."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from foundation.database.row_reads import read_rows
from tasks_app.models import Reminder, Tag, Task, TaskTag
from tasks_app.queries import statements
from tasks_app.values.rows import Row, ShownColumns, lasting_row, reminder_row


@dataclass(frozen=True, slots=True)
class ShownTask:
    """What the rows of a task give, as `FullTask.lasting_row` does, and the document that is stored of it."""

    row: Row
    document: str


def read_shown(tasks: QuerySet[Task]) -> list[ShownTask]:
    """Return tasks as their rows show them, in the order of the queryset, in three queries for any number of them."""
    found = [(ShownColumns(*row), document) for *row, document in _with_document(tasks)]
    ids = [columns.pk for columns, _ in found]
    if not ids:
        return []
    names = read_tag_names(TaskTag.objects.filter(task__in=ids))
    reminders: dict[int, list[Row]] = defaultdict(list)
    for reminder in read_rows(Reminder, *statements.rest_of_reminders(ids)):
        reminders[reminder.task_id].append(reminder_row(reminder))
    return [
        ShownTask(lasting_row(task, tags=names.get(task.pk, ()), reminders=reminders[task.pk]), document)
        for task, document in found
    ]


def read_tag_names(links: QuerySet[TaskTag]) -> Mapping[int, tuple[str, ...]]:
    """Return the names of tags that tasks show, in order, by the id of the task."""
    found: dict[int, tuple[str, ...]] = defaultdict(tuple)
    rows = links.order_by("task_id", "position")
    for task_id, name, former_name, told_to in rows.values_list(
        "task_id", "tag__name", "tag__former_name", "tag__told_to"
    ):
        # While nobody renames it, a tag has one name.
        tag = None if told_to is None else Tag(name=name, former_name=former_name, told_to=told_to)
        found[task_id] += (name if tag is None else tag.name_on(task_id),)
    return found


def _with_document(tasks: QuerySet[Task]) -> "QuerySet[Task, tuple[Any, ...]]":
    return tasks.values_list(*ShownColumns._fields, "document")
