"""Firings and task events for tests, recorded in the real log and applied by the real kernel."""

from events_app.consumers.kernel import AdvanceResult, advance
from events_app.contracts import (
    Payload,
    TaskCompleted,
    TaskCreated,
    TaskDeleted,
    TaskSnapshot,
    TaskUpdated,
    stream_key,
)
from events_app.log.write import writing
from events_app.tests.payloads import NOON, make_task_snapshot


def _completed_task(task_id: int) -> TaskSnapshot:
    return make_task_snapshot(task_id, version=2, completed=True, status="completed", completed_at=NOON)


def task_completed(task_id: int = 5) -> TaskCompleted:
    return TaskCompleted(
        task=_completed_task(task_id), changed_fields=["completed"], previous={"completed": False}
    )


def task_deleted(task_id: int = 5) -> TaskDeleted:
    return TaskDeleted(task=_completed_task(task_id), changed_fields=[], previous={})


def task_reopened(task_id: int = 5) -> TaskUpdated:
    task = make_task_snapshot(task_id, version=3)
    return TaskUpdated(task=task, changed_fields=["completed"], previous={"completed": True})


def task_restored(task_id: int = 5) -> TaskCreated:
    return TaskCreated(task=make_task_snapshot(task_id, version=3), changed_fields=[], previous={})


def record_and_notify(user_id: int, *payloads: Payload) -> None:
    """Record events of the user and let the notifications consumer apply them."""
    with writing(user_id) as log:
        log.record_many(payloads)
    notify(user_id)


def notify(user_id: int) -> AdvanceResult:
    return advance("notifications", {stream_key(user_id): 10**9})
