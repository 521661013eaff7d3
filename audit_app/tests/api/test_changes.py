from audit_app.api.changes import change_of
from audit_app.tests.events import (
    preferences_changed,
    task_created,
    task_deleted,
    task_reprioritised,
)
from events_app.contracts import Payload
from events_app.tests.payloads import make_reminder_due


def parts(payload: Payload) -> tuple[object, object, list[str]]:
    change = change_of(payload.TYPE, payload.model_dump(mode="json"))
    return change.before, change.after, change.changed_fields


def test_a_change_of_fields_names_the_same_fields_before_and_after() -> None:
    assert parts(task_reprioritised()) == ({"priority": "medium"}, {"priority": "high"}, ["priority"])
    assert parts(preferences_changed()) == ({"time_zone": "UTC"}, {"time_zone": "Asia/Tokyo"}, ["time_zone"])


def test_what_came_to_be_is_all_after() -> None:
    payload = task_created()
    assert parts(payload) == (None, payload.task.model_dump(mode="json"), [])


def test_what_went_is_all_before() -> None:
    payload = task_deleted()
    assert parts(payload) == (payload.task.model_dump(mode="json"), None, [])


def test_a_reminder_is_all_after() -> None:
    before, after, _ = parts(make_reminder_due())
    assert before is None
    assert isinstance(after, dict)
    assert after["reminder_id"] == 9
