"""Events for tests of the trail, recorded in the real log and applied by the real kernel."""

from datetime import UTC, datetime

from events_app.consumers.kernel import advance
from events_app.contracts import (
    Payload,
    PreferencesSnapshot,
    PreferencesUpdated,
    ReminderDue,
    TaskCreated,
    TaskDeleted,
    TaskSnapshot,
    TaskUpdated,
    stream_key,
)
from events_app.log.write import writing

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def task_snapshot(task_id: int = 5, **fields: object) -> TaskSnapshot:
    values: dict[str, object] = {
        "id": task_id,
        "user_id": "1",
        "version": 1,
        "created_at": NOON,
        "updated_at": NOON,
        "title": 'Buy milk\tand \\ "bread"\nÄpfel 🍏',
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


def task_created(task_id: int = 5) -> TaskCreated:
    return TaskCreated(task=task_snapshot(task_id), changed_fields=[], previous={})


def task_reprioritised(task_id: int = 5) -> TaskUpdated:
    after = task_snapshot(task_id, priority="high", version=2)
    return TaskUpdated(task=after, changed_fields=["priority"], previous={"priority": "medium"})


def task_deleted(task_id: int = 5) -> TaskDeleted:
    return TaskDeleted(task=task_snapshot(task_id), changed_fields=[], previous={})


def reminder_due(task_id: int = 5) -> ReminderDue:
    return ReminderDue(
        reminder_id=9,
        firing=1,
        task_id=task_id,
        title="Buy milk",
        priority="medium",
        due_at=NOON,
        remind_at=NOON,
        message="Task 'Buy milk' is due now",
        late=False,
    )


def preferences_changed() -> PreferencesUpdated:
    after = PreferencesSnapshot(
        time_zone="Asia/Tokyo", week_start="mo", quiet_from=None, quiet_until=None, channels=["in_app"]
    )
    return PreferencesUpdated(preferences=after, changed_fields=["time_zone"], previous={"time_zone": "UTC"})


def record(user_id: int, *payloads: Payload) -> None:
    with writing(user_id) as log:
        log.record_many(payloads)


def audit(*user_ids: int) -> int:
    """Let the audit consumer catch up with these users; return how many events it applied."""
    return advance("audit", {stream_key(user_id): 10**9 for user_id in user_ids}).events


def record_and_audit(user_id: int, *payloads: Payload) -> None:
    record(user_id, *payloads)
    audit(user_id)
