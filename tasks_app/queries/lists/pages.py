"""Tasks as the API answers them: their documents put together with what changes by itself."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from foundation.database import sql
from foundation.database.sql import rfc3339_text
from foundation.http.json_text import JsonText
from tasks_app.errors import TaskNotFound
from tasks_app.models import Task
from tasks_app.queries.lists.task_rows import SHOWN_LENGTH, select_task
from tasks_app.queries.statements import select_shown_reminders
from tasks_app.queries.tasks import load_all_full
from tasks_app.values.rows import (
    ReminderColumns,
    Row,
    document_of,
    lacks_reminders,
    reminder_fields,
    task_text,
)
from tasks_app.values.trash import trash_fields


def page_text(page: Sequence[sql.SqlRow]) -> JsonText:
    """Return a page of TaskRows as the API answers it: one more statement if any of the tasks has reminders."""
    return JsonText(f"[{','.join(task_texts(page))}]")


def read_task(user_id: int, task_id: int, *, now: datetime, trashed: bool = False) -> tuple[JsonText, int]:
    """Return a task of the user, live or trashed, as the API answers it, and its version. Raises TaskNotFound."""
    rows = sql.fetch(*select_task(user_id, task_id, trashed=trashed, now=now))
    texts = task_texts(rows)
    if not texts:
        raise TaskNotFound
    return JsonText(texts[0]), rows[0][SHOWN_LENGTH]


def task_texts(rows: Sequence[sql.SqlRow]) -> list[str]:
    """Return the tasks of TaskRows as the API answers them, each a JSON text, without those removed meanwhile."""
    documents = {row[0]: row[1] for row in rows}
    if old := [task_id for task_id, document in documents.items() if document is None]:
        documents.update(_documents_of_rows(old))
    reminders = _reminders([each for each, text in documents.items() if text and lacks_reminders(text)])
    return [
        _text(task_id, document, reminders, *rest)
        for task_id, _, *rest in (row[:SHOWN_LENGTH] for row in rows)
        if (document := documents[task_id]) is not None  # else it has been removed meanwhile
    ]


def _text(
    task_id: int,
    document: str,
    reminders: Mapping[int, Sequence[Row]],
    is_overdue: bool | None,
    deleted_at: str | None,
) -> str:
    more: Row = reminder_fields(reminders[task_id]) if lacks_reminders(document) else {}
    more["overdue"] = bool(is_overdue)
    if deleted_at is not None:
        more |= trash_fields(datetime.fromisoformat(rfc3339_text(deleted_at)))
    return task_text(task_id, document, more)


def _documents_of_rows(task_ids: Sequence[int]) -> Mapping[int, str]:
    """Return the documents that tasks will have which have none yet, or an older release's."""
    tasks = load_all_full(list(Task.objects.filter(pk__in=task_ids)))
    return {full.task.pk: document_of(full.lasting_row()) for full in tasks}


def _reminders(task_ids: Sequence[int]) -> Mapping[int, Sequence[Row]]:
    """Return the rows of the reminders of each task, by id."""
    found: dict[int, list[Row]] = defaultdict(list)
    for task_id, *values in sql.fetch(*select_shown_reminders(task_ids)) if task_ids else ():
        found[task_id].append(_reminder(values))
    return found


def _reminder(values: Sequence[Any]) -> Row:
    """Return a reminder as `reminder_row` does, from what was selected."""
    number, offset, at, fire_at, status, reason, late = values
    return ReminderColumns(
        id=number,
        offset=offset,
        at=rfc3339_text(at) if at else None,
        fire_at=rfc3339_text(fire_at) if fire_at else None,
        status=status,
        reason=reason or None,
        late=bool(late),
    )._asdict()
