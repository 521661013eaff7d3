"""Messages on the topics fit their published schemas."""

from datetime import UTC, datetime
from uuid import uuid4

import jsonschema
import orjson
import pytest
from pydantic import TypeAdapter

from events_app.contracts import (
    NotificationCreated,
    NotificationSnapshot,
    Payload,
    RecordedEvent,
    ReminderCancelled,
    ReminderDue,
    TaskCompleted,
)
from events_app.contracts.topics import TOPIC_DATA
from events_app.tests.payloads import make_task_snapshot
from events_app.tests.recorders import preferences_changed
from events_app.transports.envelope import to_messages
from foundation.context import Actor

EPOCH = "0f4c9d7e-3a52-4c57-9d0e-5f0b7a1c2d3e"
AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
TASK = make_task_snapshot(
    123,
    user_id="42",
    version=3,
    priority="high",
    tags=["shop"],
    completed=True,
    status="completed",
    completed_at=AT,
    due_at=AT,
    due_date="2026-01-31T12:00:00Z",
    time_zone="Europe/Madrid",
)
COMPLETED = TaskCompleted(task=TASK, changed_fields=["completed"], previous={"completed": False})
NOTIFIED = NotificationCreated(
    notification=NotificationSnapshot(
        id=1,
        kind="reminder",
        title="Milk",
        body="",
        task_id=123,
        reminder_id=7,
        firing=1,
        created_at=AT,
        read_at=None,
    )
)
REMINDER = {
    "reminder_id": 7,
    "firing": 1,
    "task_id": 123,
    "title": "Buy milk",
    "priority": "high",
    "due_at": AT,
    "remind_at": AT,
    "message": "Task 'Buy milk' is due in 30 minutes",
    "late": False,
}
DUE = ReminderDue.model_validate(REMINDER)
CANCELLED = ReminderCancelled.model_validate(REMINDER | {"reason": "completed"})


def recorded_event(payload: Payload) -> RecordedEvent:
    return RecordedEvent(
        event_id=uuid4(),
        stream_key="user:42",
        seq=17,
        type=payload.TYPE,
        v=payload.V,
        task_id=payload.about_task,
        raw=payload.model_dump_json(),
        actor=Actor("user", "42"),
        occurred_at=AT,
        traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        client_request_id="page-7",
    )


@pytest.mark.parametrize("payload", [COMPLETED, NOTIFIED, DUE, CANCELLED], ids=lambda p: p.TYPE)
def test_data_on_every_topic_fits_its_published_schema(payload: Payload) -> None:
    messages = to_messages(recorded_event(payload), epoch=EPOCH)
    assert messages
    for message in messages:
        models = TOPIC_DATA[message.topic]
        schema = {"anyOf": [TypeAdapter(model).json_schema() for model in models]}
        data = orjson.loads(message.body)["data"]
        errors = [list(jsonschema.Draft202012Validator(s).iter_errors(data)) for s in schema["anyOf"]]
        assert [] in errors, errors


def test_an_envelope_is_a_cloudevent_with_the_streams_place_in_it() -> None:
    event = recorded_event(COMPLETED)
    by_topic = {message.topic: message for message in to_messages(event, epoch=EPOCH)}
    assert set(by_topic) == {"task-events", "task-updates"}
    envelope = orjson.loads(by_topic["task-events"].body)
    assert {
        name: envelope[name]
        for name in ("specversion", "source", "type", "subject", "sequence", "epoch", "partitionkey")
    } == {
        "specversion": "1.0",
        "source": "/todo",
        "type": "TaskCompleted",
        "subject": "task/123",
        "sequence": "17",
        "epoch": EPOCH,
        "partitionkey": "42",
    }
    assert envelope["id"] == str(event.event_id) == envelope["data"]["event_id"]
    assert envelope["time"] == "2026-01-31T12:00:00Z"
    assert envelope["traceid"] == envelope["traceparent"] == event.traceparent
    assert dict(by_topic["task-events"].headers)["content-type"] == b"application/cloudevents+json"


def test_preferences_stay_in_the_log() -> None:
    assert to_messages(recorded_event(preferences_changed()), epoch=EPOCH) == []
