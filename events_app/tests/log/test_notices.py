"""The events about a task's reminders are read through a partial index."""

import pytest
from django.db import connection

from events_app.contracts import ReminderDue
from events_app.log.history import notices_of_task
from events_app.log.read import read_notices
from events_app.log.write import writing
from events_app.models import Stream
from foundation.database.sql import fetch

pytestmark = pytest.mark.django_db


def due(task_id: int, reminder_id: int) -> ReminderDue:
    return ReminderDue.model_validate(
        {
            "reminder_id": reminder_id,
            "firing": 1,
            "task_id": task_id,
            "title": "Buy milk",
            "priority": "low",
            "due_at": None,
            "remind_at": "2026-05-04T09:00:00Z",
            "message": "Task 'Buy milk' has a reminder",
            "late": False,
        }
    )


def test_the_last_ones_of_one_task_come_in_order() -> None:
    for owner in (1, 2):
        with writing(owner) as history:
            history.record_many([due(task, reminder) for reminder in range(4) for task in (7, 8)])
    found = notices_of_task(1, 7, limit=3)
    assert [(each.task_id, each.data["reminder_id"]) for each in found] == [(7, 1), (7, 2), (7, 3)]
    assert {each.user_id for each in found} == {1}
    assert notices_of_task(3, 7, limit=3) == []


def test_they_are_found_along_their_index(monkeypatch: pytest.MonkeyPatch) -> None:
    with writing(1) as history:
        history.record_many([due(task, 1) for task in range(300)])
    if connection.vendor == "postgresql":
        fetch_all("ANALYZE events_app_event")
    plans: list[str] = []

    def explain(statement: str, params: list[object]) -> list[tuple[object, ...]]:
        how = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
        plans.append(str(fetch(f"{how} {statement}", params)))
        return []

    stream = Stream.objects.get(key="user:1")
    monkeypatch.setattr("foundation.database.sql.fetch", explain)
    read_notices(stream.pk, stream.key, task_id=5, limit=10)
    assert "event_notices_of_task" in plans[0]


def fetch_all(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
