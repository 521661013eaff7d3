"""The shape of a task and a reminder, described once for lists, single answers and events.

All values are JSON. `overdue` is no part of an event, since it depends on the moment of reading.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from events_app.contracts import TaskSnapshot
from tasks_app.models import Priority, Reminder, Task

Row = dict[str, Any]
PRIORITY_NAMES: Mapping[int, str] = {int(each): str(each.label) for each in Priority}


class TaskColumns(NamedTuple):
    """The columns of a task that its row shows, instants in RFC 3339. A tuple, since a list makes fifty per request."""

    id: int
    owner_id: int
    version: int
    created_at: str
    updated_at: str
    title: str
    description: str
    priority: int
    completed_at: str | None
    due_at: str | None
    due_on: str | None
    time_zone: str
    floating: bool
    recurrence: Row | None
    series_id: int | None
    occurrence: str | None
    deleted_at: str | None = None


class ReminderColumns(NamedTuple):
    """The fields of a reminder in the row of its task."""

    id: int
    offset: str | None
    at: str | None
    fire_at: str | None
    status: str
    reason: str | None
    late: bool


def task_columns_of(task: Task) -> TaskColumns:
    """Return the columns of a task that its row shows."""
    is_day = task.due_date is not None and task.due_time is None
    return TaskColumns(
        id=task.pk,
        owner_id=task.owner_id,
        version=task.version,
        created_at=_text(task.created_at),
        updated_at=_text(task.updated_at),
        title=task.title,
        description=task.description,
        priority=task.priority,
        completed_at=instant_text(task.completed_at),
        due_at=None if is_day else instant_text(task.due_instant),
        due_on=task.due_date.isoformat() if task.due_date is not None and is_day else None,
        time_zone=task.time_zone,
        floating=task.floating,
        recurrence=task.recurrence,
        series_id=task.series_id,
        occurrence=task.occurrence,
    )


def lasting_row(task: TaskColumns, *, tags: Sequence[str], reminders: Sequence[Row]) -> Row:
    """Return the row of a task as events carry it: without `overdue`, which changes as time passes."""
    pending = [each["fire_at"] for each in reminders if each["status"] == "pending" and each["fire_at"]]
    is_done = task.completed_at is not None
    return {
        "id": task.id,
        "user_id": str(task.owner_id),
        "version": task.version,
        "created_at": task.created_at,
        "updated_at": task.updated_at,
        "title": task.title,
        "description": task.description,
        "priority": PRIORITY_NAMES[task.priority],
        "tags": list(tags),
        "completed": is_done,
        "status": "completed" if is_done else "pending",
        "completed_at": task.completed_at,
        "due_at": task.due_at,
        "due_date": task.due_on or task.due_at,
        "due_on": task.due_on,
        "time_zone": task.time_zone or None,
        "floating": task.floating,
        "reminders": list(reminders),
        # Compared without the Z, which would sort after the point of a fraction of a second.
        "reminder_at": min(pending, key=lambda text: text[:-1], default=None),
        "recurrence": task.recurrence,
        "series_id": task.series_id,
        "occurrence": task.occurrence,
    }


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


def task_snapshot(row: Row) -> TaskSnapshot:
    """Return a lasting row as the typed snapshot of the events' contract. Raises ValidationError if it does not fit."""
    return TaskSnapshot.model_validate(row)


def instant_text(instant: datetime | None) -> str | None:
    """Return an aware instant in RFC 3339, in UTC; None for None."""
    return None if instant is None else _text(instant)


def second_text(instant: datetime | None) -> str | None:
    """As `instant_text`, without a fraction of a second."""
    return None if instant is None else _text(instant.replace(microsecond=0))


def _text(instant: datetime) -> str:
    return f"{(instant if instant.tzinfo is UTC else instant.astimezone(UTC)).isoformat()[:-6]}Z"
