"""Handlers of the consumers `recurrence` and `replan`: each parses its event and calls one operation."""

from events_app.contracts import PreferencesUpdated, RecordedEvent, TaskCompleted
from tasks_app.operations.completion import create_next_occurrence
from tasks_app.operations.reminders.replan import request_replan


def on_task_completed(event: RecordedEvent) -> None:
    """Create the successor of a completed occurrence. Repeating is harmless: (series, occurrence) is unique."""
    payload = event.payload
    if isinstance(payload, TaskCompleted) and payload.task.series_id is not None:
        create_next_occurrence(payload.task.id, owner_id=event.user_id)


def on_preferences_updated(event: RecordedEvent) -> None:
    """Request that dues and reminders follow a new time zone. Repeating is harmless: (owner, event) is unique."""
    payload = event.payload
    if isinstance(payload, PreferencesUpdated) and "time_zone" in payload.changed_fields:
        request_replan(event.user_id, event_seq=event.seq)
