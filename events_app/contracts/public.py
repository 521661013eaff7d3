"""The `data` objects of messages on the three topics. Version 1 of the event contract promises them to readers."""

from typing import Final

from events_app.contracts.recorded import RecordedEvent
from events_app.contracts.registry import EventData, upcast

CLOUD_EVENT_TYPES: Final = {
    "task.created": "TaskCreated",
    "task.updated": "TaskUpdated",
    "task.completed": "TaskCompleted",
    "task.deleted": "TaskDeleted",
    "reminder.scheduled": "ReminderScheduled",
    "reminder.due": "ReminderDue",
    "reminder.cancelled": "ReminderCancelled",
    "notification.created": "NotificationCreated",
}
OPERATIONS: Final = {
    "task.created": "create",
    "task.updated": "update",
    "task.completed": "complete",
    "task.deleted": "delete",
    "notification.created": "notify",
}

# What only those get who ask for it, by the word that they ask with: the operation of its frames, and their content.
INCLUDED: Final = {
    "preferences.updated": ("account", "account"),
    "view.changed": ("views", "view"),
    "tag.changed": ("tags", "tag"),
    "notification.read": ("reads", "read"),
}
_INCLUDED_FIELDS: Final = {
    "view.changed": ("view_id", "view"),
    "tag.changed": ("tag_id", "tag", "into_id"),
    "notification.read": ("notification_ids", "read_through", "read_at"),
}


def included_data(event: RecordedEvent) -> EventData:
    """Return what sockets and `/api/changes/` send of an event that has to be asked for; no topic has it."""
    data = _newest(event)
    common = {
        **_common(event),
        "operation": INCLUDED[event.type][1],
        "task_id": None,
        **_client_request(event),
    }
    if event.type == "preferences.updated":
        return {**common, "account": data["preferences"]}
    return {**common, **{name: data[name] for name in _INCLUDED_FIELDS[event.type]}}


def task_event_data(event: RecordedEvent) -> EventData:
    """Return `data` on `task-events` for a task event."""
    data = _newest(event)
    return {
        **_common(event),
        "task_id": event.task_id,
        "version": _task(data)["version"],
        "changed_fields": data["changed_fields"],
        "task_data": data["task"],
        "previous": data["previous"],
        "actor": {"type": event.actor.type, "id": event.actor.id},
        "causation_id": str(event.causation_id) if event.causation_id else None,
        "request_id": event.request_id,
        **_client_request(event),
        **_reason(data),
    }


def task_update_data(event: RecordedEvent) -> EventData:
    """Return `data` on `task-updates` for a task or notification event; sockets and `/api/changes/` send the same."""
    data = _newest(event)
    common = {
        **_common(event),
        "operation": OPERATIONS[event.type],
        "task_id": event.task_id,
        **_client_request(event),
    }
    if event.type == "notification.created":
        return {**common, "notification": data["notification"]}
    return {
        **common,
        "version": _task(data)["version"],
        "changed_fields": data["changed_fields"],
        "task_data": data["task"],
        **_reason(data),
    }


def reminder_data(event: RecordedEvent) -> EventData:
    """Return `data` on `reminders` for a reminder event."""
    return {**_common(event), **_newest(event)}


def _common(event: RecordedEvent) -> EventData:
    return {
        "event_id": event.id_text,
        "event_type": event.type.partition(".")[2],
        "user_id": str(event.user_id),
        "timestamp": event.time_text,
        "sequence": event.seq,
    }


def _client_request(event: RecordedEvent) -> EventData:
    """Return the client's own id of the request that made the change, if it sent one."""
    return {"client_request_id": event.client_request_id} if event.client_request_id else {}


def _reason(data: EventData) -> EventData:
    """Return the reason why a task was deleted, if its event has one."""
    return {"reason": data["reason"]} if data.get("reason") else {}


def _newest(event: RecordedEvent) -> EventData:
    return upcast(event.type, event.v, event.data)


def _task(data: EventData) -> EventData:
    task = data["task"]
    assert isinstance(task, dict)  # noqa: S101 - each task event has a task
    return task
