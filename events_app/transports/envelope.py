"""CloudEvents 1.0 envelopes in structured JSON, the same for all transports."""

from collections.abc import Callable
from functools import cache
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

_SCHEMAS: Final = {topic: f"/schemas/{topic}/{SCHEMA_VERSION}" for topic in TOPICS}


@cache
def topics_of(type_: str) -> tuple[str, ...]:
    """Return the topics that carry events of this type."""
    return tuple(topic for topic, (types, _) in TOPICS.items() if type_ in types)


def to_messages(event: RecordedEvent, *, epoch: str) -> list[EventMessage]:
    """Return one message for each topic that carries this event; none for events that are in the log only.

    `epoch` is the epoch of the event's sequence number. The messages differ in `data` and its schema alone.
    """
    topics = topics_of(event.type)
    if not topics:
        return []
    envelope, headers = _attributes(event, epoch), _headers(event, epoch)
    return [
        EventMessage(
            topic=topic,
            key=envelope["partitionkey"],
            id=event.id_text,
            type=envelope["type"],
            stream_key=event.stream_key,
            sequence=event.seq,
            body=orjson.dumps({**envelope, "dataschema": _SCHEMAS[topic], "data": TOPICS[topic][1](event)}),
            headers=headers,
        )
        for topic in topics
    ]


def _attributes(event: RecordedEvent, epoch: str) -> dict[str, str]:
    user_id = str(event.user_id)
    attributes = {
        "specversion": "1.0",
        "id": event.id_text,
        "source": "/todo",
        "type": CLOUD_EVENT_TYPES[event.type],
        "subject": f"task/{event.task_id}" if event.task_id is not None else f"user/{user_id}",
        "time": event.time_text,
        "datacontenttype": "application/json",
        "sequence": str(event.seq),
        "epoch": epoch,
        "partitionkey": user_id,
    }
    if event.traceparent:
        # Dapr overwrites `traceparent` when `traceid` is missing.
        attributes |= {"traceparent": event.traceparent, "traceid": event.traceparent}
    return attributes


def _headers(event: RecordedEvent, epoch: str) -> tuple[tuple[str, bytes], ...]:
    headers = (
        ("content-type", _CONTENT_TYPE),
        ("id", event.id_text.encode()),
        ("type", CLOUD_EVENT_TYPES[event.type].encode()),
        ("sequence", b"%d" % event.seq),
        ("epoch", epoch.encode()),
    )
    return (*headers, ("traceparent", event.traceparent.encode())) if event.traceparent else headers
