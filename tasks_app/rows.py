"""How a task and a reminder look to clients: one function for lists, single answers and events.

Everything is JSON already. `overdue` depends on the moment of reading and so is no part of an event.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple, Protocol

from events_app.contracts import TaskSnapshot
from tasks_app.models import Priority

Row = dict[str, Any]
PRIORITY_NAMES: Mapping[int, str] = {int(each): str(each.label) for each in Priority}


class TaskColumns(NamedTuple):
    """What a row needs of a task; a tuple, since lists make fifty of them per request."""

    id: int
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
    time_zone: str
    floating: bool
    due_instant: datetime | None
    overdue_at: datetime | None
    recurrence: Row | None
    series_id: int | None
    occurrence: str | None


class ReminderColumns(Protocol):
    """What a row needs of a reminder."""

    @property
    def id(self) -> int: ...
    @property
    def offset(self) -> str | None: ...
    @property
    def at(self) -> datetime | None: ...
    @property
    def fire_at(self) -> datetime | None: ...
    @property
    def status(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def late(self) -> bool: ...


def task_row(
    task: TaskColumns, *, tags: Sequence[str], reminders: Sequence[ReminderColumns], now: datetime
) -> Row:
    """Return a task as `GET /api/tasks/{id}/` answers it."""
    row = lasting_row(task, tags=tags, reminders=reminders)
    open_and_due = task.completed_at is None and task.overdue_at is not None
    row["overdue"] = open_and_due and task.overdue_at is not None and now >= task.overdue_at
    return row


def lasting_row(task: TaskColumns, *, tags: Sequence[str], reminders: Sequence[ReminderColumns]) -> Row:
    """Return a task as events carry it: without `overdue`, which changes by itself."""
    is_day = task.due_date is not None and task.due_time is None
    day = task.due_date.isoformat() if task.due_date is not None and is_day else None
    due_at = None if is_day else instant_text(task.due_instant)
    pending = [each.fire_at for each in reminders if each.status == "pending" and each.fire_at is not None]
    return {
        "id": task.id,
        "user_id": str(task.owner_id),
        "version": task.version,
        "created_at": instant_text(task.created_at),
        "updated_at": instant_text(task.updated_at),
        "title": task.title,
        "description": task.description,
        "priority": PRIORITY_NAMES[task.priority],
        "tags": list(tags),
        "completed": task.completed_at is not None,
        "status": "pending" if task.completed_at is None else "completed",
        "completed_at": instant_text(task.completed_at),
        "due_at": due_at,
        "due_date": day or due_at,
        "due_on": day,
        "time_zone": task.time_zone or None,
        "floating": task.floating,
        "reminders": [reminder_row(each) for each in reminders],
        "reminder_at": instant_text(min(pending, default=None)),
        "recurrence": task.recurrence,
        "series_id": task.series_id,
        "occurrence": task.occurrence,
    }


def reminder_row(reminder: ReminderColumns) -> Row:
    """Return a reminder as it stands in its task."""
    return {
        "id": reminder.id,
        "offset": reminder.offset,
        "at": instant_text(reminder.at),
        "fire_at": instant_text(reminder.fire_at),
        "status": str(reminder.status),
        "reason": str(reminder.reason) or None,
        "late": reminder.late,
    }


def snapshot(row: Row) -> TaskSnapshot:
    """Return a lasting row as events carry it, checked against their contract."""
    return TaskSnapshot.model_validate(row)


def instant_text(instant: datetime | None) -> str | None:
    """Return an aware instant in RFC 3339, UTC."""
    if instant is None:
        return None
    text = instant.astimezone(UTC).isoformat()
    return f"{text[:-6]}Z"
