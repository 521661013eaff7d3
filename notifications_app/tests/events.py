"""Firings and task events for tests, recorded in the real log and applied by the real kernel."""

from datetime import UTC, datetime

from events_app.consumers.kernel import AdvanceResult, advance
from events_app.contracts import Payload, ReminderDue, TaskCompleted, TaskDeleted, TaskSnapshot, stream_key
from events_app.log.write import writing

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def reminder_due(reminder_id: int = 9, **fields: object) -> ReminderDue:
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


def _task(task_id: int) -> TaskSnapshot:
    return TaskSnapshot(
        id=task_id,
        user_id="1",
        version=2,
        created_at=NOON,
        updated_at=NOON,
        title="Buy milk",
        description="",
        priority="medium",
        tags=[],
        completed=True,
        status="completed",
        completed_at=NOON,
        due_at=None,
        due_date=None,
        due_on=None,
        time_zone=None,
        floating=False,
        reminders=[],
        reminder_at=None,
        recurrence=None,
        series_id=None,
        occurrence=None,
    )


def task_completed(task_id: int = 5) -> TaskCompleted:
    return TaskCompleted(task=_task(task_id), changed_fields=["completed"], previous={"completed": False})


def task_deleted(task_id: int = 5) -> TaskDeleted:
    return TaskDeleted(task=_task(task_id), changed_fields=[], previous={})


def record_and_notify(user_id: int, *payloads: Payload) -> None:
    """Record events of the user and let the notifications consumer apply them."""
    with writing(user_id) as log:
        log.record_many(payloads)
    notify(user_id)


def notify(user_id: int) -> AdvanceResult:
    return advance("notifications", {stream_key(user_id): 10**9})
