"""Payloads of events about one task, for tests of several apps: `fields` replace single values."""

from datetime import UTC, datetime

from events_app.contracts import ReminderDue, TaskSnapshot

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def make_task_snapshot(task_id: int = 5, **fields: object) -> TaskSnapshot:
    """Return a pending task without a due, a series or reminders."""
    values: dict[str, object] = {
        "id": task_id,
        "user_id": "1",
        "version": 1,
        "created_at": NOON,
        "updated_at": NOON,
        "title": "Buy milk",
        "description": "",
        "priority": "medium",
        "tags": [],
        "completed": False,
        "status": "pending",
        "completed_at": None,
        "due_at": None,
        "due_date": None,
        "due_on": None,
        "time_zone": None,
        "floating": False,
        "reminders": [],
        "reminder_at": None,
        "recurrence": None,
        "series_id": None,
        "occurrence": None,
    }
    return TaskSnapshot.model_validate({**values, **fields})


def make_reminder_due(reminder_id: int = 9, **fields: object) -> ReminderDue:
    """Return the first firing of a reminder of task 5, in time."""
    values: dict[str, object] = {
        "reminder_id": reminder_id,
        "firing": 1,
        "task_id": 5,
        "title": "Buy milk",
        "priority": "medium",
        "due_at": NOON,
        "remind_at": NOON,
        "message": "Task 'Buy milk' is due now",
        "late": False,
    }
    return ReminderDue.model_validate({**values, **fields})
