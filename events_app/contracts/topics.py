"""Models of the `data` objects of the three topics, for their JSON Schemas and for tests.

Version 1 gains optional fields only. The hot path uses `public.py`, which builds the same objects as plain dicts.
"""

from typing import Final, Literal

from pydantic import JsonValue

from events_app.contracts.base import Contract, Instant, PriorityName
from events_app.contracts.notifications import NotificationSnapshot
from events_app.contracts.tasks import TaskSnapshot


class EventActor(Contract):
    """Who made the change."""

    type: Literal["user", "consumer", "agent", "system"]
    id: str


class TopicData(Contract):
    """The fields that all topics have. `sequence` is the event's number in the user's history."""

    event_id: str
    user_id: str
    timestamp: Instant
    sequence: int


class TaskEventData(TopicData):
    """`data` on `task-events`."""

    event_type: Literal["created", "updated", "completed", "deleted"]
    task_id: int
    version: int
    changed_fields: list[str]
    task_data: TaskSnapshot
    previous: dict[str, JsonValue]
    actor: EventActor
    causation_id: str | None
    request_id: str
    client_request_id: str | None = None
    reason: Literal["missed", "purged"] | None = None


class TaskChangeData(TopicData):
    """`data` on `task-updates` for a task event."""

    operation: Literal["create", "update", "complete", "delete"]
    event_type: Literal["created", "updated", "completed", "deleted"]
    task_id: int
    version: int
    changed_fields: list[str]
    task_data: TaskSnapshot
    client_request_id: str | None = None
    reason: Literal["missed", "purged"] | None = None


class NotificationData(TopicData):
    """`data` on `task-updates` for a notification."""

    operation: Literal["notify"]
    event_type: Literal["created"]
    task_id: int | None
    notification: NotificationSnapshot
    client_request_id: str | None = None


class ReminderData(TopicData):
    """`data` on `reminders`; only `cancelled` has a `reason`."""

    event_type: Literal["scheduled", "due", "cancelled"]
    reminder_id: int
    firing: int
    task_id: int
    title: str
    priority: PriorityName
    due_at: Instant | None
    remind_at: Instant
    message: str
    late: bool
    reason: str | None = None


TOPIC_DATA: Final[dict[str, tuple[type[TopicData], ...]]] = {
    "task-events": (TaskEventData,),
    "task-updates": (TaskChangeData, NotificationData),
    "reminders": (ReminderData,),
}
