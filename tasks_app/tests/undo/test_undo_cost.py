"""A call of many undos: what it reads of the history does not grow with the square of their number."""

from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts_app.models import User
from tasks_app.models import Task
from tasks_app.tests.helpers import consume
from tasks_app.tests.undoing import create, found, undo


def toggle(client: APIClient, task_id: int, times: int) -> Counter[int]:
    """Take back the last change, then that, and so on, in one call; return how often each status was answered."""
    version = Task.objects.get(pk=task_id).version
    operations = [{"op": "undo", "id": task_id, "version": version + number} for number in range(times)]
    answer = client.post("/api/tasks/bulk/", {"operations": operations, "atomic": False})
    return Counter(each["status"] for each in answer.json()["results"])


def read_events(asked: CaptureQueriesContext) -> int:
    """How often events were read, twenty at the most each time."""
    return sum('FROM "events_app_event"' in each["sql"] for each in asked)


@pytest.mark.parametrize("is_made_by_rule", [False, True])
def test_reading_much_history_counts_as_writes(
    client: APIClient, user: User, settings: Any, is_made_by_rule: bool
) -> None:
    """Whether a person has touched what a rule made is asked of the history: back to where the task was made."""
    row = create(client, due_on="2030-05-01", recurrence="daily")
    if is_made_by_rule:
        client.patch(f"/api/tasks/{row['id']}/", {"completed": True})
        consume(user)
    task = Task.objects.get(completed_at=None)
    client.patch(f"/api/tasks/{task.pk}/", {"title": "B"})
    settings.WRITES_PER_SECOND, settings.WRITES_BURST = 1, 130
    with CaptureQueriesContext(connection) as asked:
        statuses = toggle(client, task.pk, 100)
    assert statuses[200] > 40
    assert statuses[429] > 0
    assert read_events(asked) < 300
    assert found() == []


def test_a_change_that_made_a_task_is_looked_for_no_further_than_it_must(client: APIClient) -> None:
    """Only what came after the deletion that is taken back can stand on it."""
    row = create(client, title="A")
    for number in range(60):
        client.patch(f"/api/tasks/{row['id']}/", {"title": str(number)})
    client.delete(f"/api/tasks/{row['id']}/")
    with CaptureQueriesContext(connection) as asked:
        undo(client, row, version=Task.objects.get(pk=row["id"]).version)
    assert found() == []
    assert read_events(asked) == 1
