"""CloudEvents 1.0 envelopes in structured JSON, the same for all transports."""

from collections.abc import Callable
from typing import Final

import orjson

from events_app.contracts import RecordedEvent
from events_app.contracts.public import (
    CLOUD_EVENT_TYPES,
    reminder_data,
    task_event_data,
    task_update_data,
)
from events_app.contracts.registry import EventData
from events_app.transports.base import EventMessage

_CONTENT_TYPE: Final = b"application/cloudevents+json"
SCHEMA_VERSION: Final = 1

# The event types of each topic, and the function that builds `data` for it.
TOPICS: Final[dict[str, tuple[tuple[str, ...], Callable[[RecordedEvent], EventData]]]] = {
    "task-events": (("task.created", "task.updated", "task.completed", "task.deleted"), task_event_data),
    "task-updates": (
        ("task.created", "task.updated", "task.completed", "task.deleted", "notification.created"),
        task_update_data,
    ),
    "reminders": (("reminder.scheduled", "reminder.due", "reminder.cancelled"), reminder_data),
}


def topics_of(type_: str) -> list[str]:
    """Return the topics that carry events of this type."""
    return [topic for topic, (types, _) in TOPICS.items() if type_ in types]


def to_messages(event: RecordedEvent, *, epoch: str) -> list[EventMessage]:
    """Return one message for each topic that carries this event; none for events that are in the log only.

    `epoch` is the epoch of the event's sequence number.
    """
    return [
        _message(topic, event, shape(event), epoch)
        for topic, (types, shape) in TOPICS.items()
        if event.type in types
    ]


def _message(topic: str, event: RecordedEvent, data: EventData, epoch: str) -> EventMessage:
    event_id, type_, user_id = event.id_text, CLOUD_EVENT_TYPES[event.type], str(event.user_id)
    envelope = {
        "specversion": "1.0",
        "id": event_id,
        "source": "/todo",
        "type": type_,
        "subject": f"task/{event.task_id}" if event.task_id is not None else f"user/{user_id}",
        "time": event.time_text,
        "datacontenttype": "application/json",
        "dataschema": f"/schemas/{topic}/{SCHEMA_VERSION}",
        "sequence": str(event.seq),
        "epoch": epoch,
        "partitionkey": user_id,
        "data": data,
    }
    headers = [
        ("content-type", _CONTENT_TYPE),
        ("id", event_id.encode()),
        ("type", type_.encode()),
        ("sequence", b"%d" % event.seq),
        ("epoch", epoch.encode()),
    ]
    if event.traceparent:
        # Dapr overwrites `traceparent` when `traceid` is missing.
        envelope |= {"traceparent": event.traceparent, "traceid": event.traceparent}
        headers.append(("traceparent", event.traceparent.encode()))
    return EventMessage(
        topic=topic,
        key=user_id,
        id=event_id,
        type=type_,
        stream_key=event.stream_key,
        sequence=event.seq,
        body=orjson.dumps(envelope),
        headers=tuple(headers),
    )
