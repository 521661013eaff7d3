"""How many statements a write takes, on PostgreSQL round trips, whatever else there is.

Besides the credential's, and that of the caller's bucket: it is asked for once in a while, see test_write_rates.py.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts_app.models import User
from tasks_app.models import Task
from tasks_app.operations.completion import create_next_occurrence
from tasks_app.tests.helpers import make_task

WHOLE = {"title": "x", "due_at": "2030-05-04T09:00", "tags": ["home"], "reminders": [{"offset": "1h"}]}
Most = dict[str, int]
CALLS: dict[str, tuple[Callable[[APIClient, str], Any], Most]] = {
    "create": (lambda client, _: client.post("/api/tasks/", {"title": "x"}), {"sqlite": 5, "postgresql": 3}),
    "create all": (lambda client, _: client.post("/api/tasks/", WHOLE), {"sqlite": 8, "postgresql": 5}),
    "update": (lambda client, url: client.patch(url, {"priority": "low"}), {"sqlite": 5, "postgresql": 2}),
    "complete": (lambda client, url: client.patch(f"{url}complete/"), {"sqlite": 6, "postgresql": 2}),
    "delete": (lambda client, url: client.delete(url), {"sqlite": 7, "postgresql": 2}),
    "undo": (lambda client, url: client.post(f"{url}undo/"), {"sqlite": 12, "postgresql": 9}),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_write_takes_a_fixed_number_of_statements(
    client: APIClient, user: User, settings: Settings, name: str
) -> None:
    settings.DATABASE_PREPARE = False  # so that each statement shows its text
    call, most = CALLS[name]
    tasks = [make_task(user, due="2030-05-04T09:00", tags=("home",), reminders=["30m"]) for _ in range(20)]
    url = f"/api/tasks/{tasks[7].pk}/"
    client.patch(url, {"title": "changed"})
    with CaptureQueriesContext(connection) as queries:
        response = call(client, url)
    assert response.status_code < 300
    besides = ("refreshfamily", "writebucket")
    told = [each["sql"] for each in queries if not any(name in each["sql"] for name in besides)]
    _assert_at_most(told, most)


def test_a_successor_is_made_from_one_reading(user: User, client: APIClient, settings: Settings) -> None:
    settings.DATABASE_PREPARE = False
    task = make_task(
        user, due="2030-05-04T09:00", recurrence="daily", tags=("home", "work"), reminders=["30m", "1h"]
    )
    for _ in range(2):  # the second time the series has a past
        assert client.put(f"/api/tasks/{task.pk}/completion/").status_code == 200
        with CaptureQueriesContext(connection) as queries:
            create_next_occurrence(task.pk, owner_id=user.pk)
        _assert_at_most([each["sql"] for each in queries], {"sqlite": 8, "postgresql": 5})
        task = Task.objects.get(owner=user, completed_at=None)
    with CaptureQueriesContext(connection) as queries:
        create_next_occurrence(task.pk, owner_id=user.pk)
    _assert_at_most([each["sql"] for each in queries], {"sqlite": 1, "postgresql": 1})


def _assert_at_most(told: list[str], most: Most) -> None:
    frame = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "SELECT clock_timestamp", "SELECT set_config")
    statements = [each for each in told if not each.startswith(frame)]
    assert len(statements) <= most[connection.vendor], "\n".join(each[:100] for each in statements)
