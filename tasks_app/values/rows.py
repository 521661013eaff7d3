"""The shape of a task and a reminder, described once for lists, single answers and events.

All values are JSON. `overdue` is no part of an event, since it depends on the moment of reading.

The document of a task is its row as JSON text, made when it is written, for all who read it later. It has neither `id`,
which is not known before the row is inserted, nor `overdue`. The document of a task that has reminders lacks them as
well: when they fire, nothing else need be written.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, Final, NamedTuple

import orjson

from tasks_app.models import DOCUMENT_FORMAT, Priority, Reminder, Task

Row = dict[str, Any]
DOCUMENT_COLUMNS: Final = ("document", "document_format", "document_version")
_NO_REMINDERS: Final = '"reminders":[],"reminder_at":null}'
PRIORITY_NAMES: Mapping[int, str] = {int(each): str(each.label) for each in Priority}


class ReminderColumns(NamedTuple):
    """The fields of a reminder in the row of its task."""

    id: int
    offset: str | None
    at: str | None
    fire_at: str | None
    status: str
    reason: str | None
    late: bool


class ShownColumns(NamedTuple):
    """The columns of a task that its row shows, named as the attributes of the model."""

    pk: int
    owner_id: int
    version: int
    created_at: datetime
    updated_at: datetime
    title: str
    description: str
    priority: int
    completed_at: datetime | None
    due_date: date | None
    due_time: time | None
    due_instant: datetime | None
    time_zone: str
    floating: bool
    recurrence: Row | None
    series_id: int | None
    occurrence: str | None


def lasting_row(task: Task | ShownColumns, *, tags: Sequence[str], reminders: Sequence[Row]) -> Row:
    """Return the row of a task as events carry it: without `overdue`, which changes as time passes."""
    is_done, is_day = task.completed_at is not None, task.due_date is not None and task.due_time is None
    due_at = None if is_day else instant_text(task.due_instant)
    due_on = task.due_date.isoformat() if task.due_date is not None and is_day else None
    return {
        "id": task.pk,
        "user_id": str(task.owner_id),
        "version": task.version,
        "created_at": _text(task.created_at),
        "updated_at": _text(task.updated_at),
        "title": task.title,
        "description": task.description,
        "priority": PRIORITY_NAMES[task.priority],
        "tags": list(tags),
        "completed": is_done,
        "status": "completed" if is_done else "pending",
        "completed_at": instant_text(task.completed_at),
        "due_at": due_at,
        "due_date": due_on or due_at,
        "due_on": due_on,
        "time_zone": task.time_zone or None,
        "floating": task.floating,
        # PostgreSQL keeps the keys of JSON in an order of its own.
        "recurrence": None if task.recurrence is None else dict(sorted(task.recurrence.items())),
        "series_id": task.series_id,
        "occurrence": task.occurrence,
        **reminder_fields(reminders),
    }


def reminder_fields(reminders: Sequence[Row]) -> Row:
    """Return what the row of a task has of its reminders: all of them, and when the next one fires."""
    pending = [each["fire_at"] for each in reminders if each["status"] == "pending" and each["fire_at"]]
    # Compared without the Z, which would sort after the point of a fraction of a second.
    next_at = min(pending, key=lambda text: text[:-1], default=None)
    return {"reminders": list(reminders), "reminder_at": next_at}


def reminder_row(reminder: Reminder) -> Row:
    """Return a reminder as the row of its task shows it."""
    return ReminderColumns(
        id=reminder.pk,
        offset=reminder.offset,
        at=instant_text(reminder.at),
        fire_at=instant_text(reminder.fire_at),
        status=str(reminder.status),
        reason=str(reminder.reason) or None,
        late=reminder.late,
    )._asdict()


def document_of(row: Row) -> str:
    """Return the document of a task whose lasting row this is."""
    shown = row.copy()
    del shown["id"]
    if shown["reminders"]:
        del shown["reminders"], shown["reminder_at"]
    return orjson.dumps(shown).decode()


def lacks_reminders(document: str) -> bool:
    """Whether the task of a document has reminders, so that they are to be read with it."""
    return not document.endswith(_NO_REMINDERS)


def set_document(task: Task, row: Row) -> None:
    """Give a task, about to be written, the document for its lasting row, which gets its version and date."""
    row["version"], row["updated_at"] = task.version, _text(task.updated_at)
    task.document = document_of(row)
    task.document_format, task.document_version = DOCUMENT_FORMAT, task.version


def task_text(task_id: int, document: str, more: Row) -> str:
    """Return a task as JSON text: its id, what its document holds, and `more`."""
    return f'{{"id":{task_id},{document[1:-1]},{orjson.dumps(more).decode()[1:]}'


def instant_text(instant: datetime | None) -> str | None:
    """Return an aware instant in RFC 3339, in UTC; None for None."""
    return None if instant is None else _text(instant)


def second_text(instant: datetime | None) -> str | None:
    """As `instant_text`, without a fraction of a second."""
    return None if instant is None else _text(instant.replace(microsecond=0))


def _text(instant: datetime) -> str:
    return f"{(instant if instant.tzinfo is UTC else instant.astimezone(UTC)).isoformat()[:-6]}Z"
