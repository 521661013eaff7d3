"""Whatever was done before: what undo takes back is as it was, and what it refuses stays as it is."""

import random
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts_app.models import User
from tasks_app.models import Series
from tasks_app.tests.helpers import consume, live
from tasks_app.tests.undoing import found, read

STEPS = 40
START: dict[str, Any] = {"title": "x", "due_at": "2030-05-01T09:00", "recurrence": "daily"}
BODIES: tuple[dict[str, Any], ...] = (
    {"title": "other"},
    {"tags": ["home", "work"], "priority": "high"},
    {"due_at": "2030-05-03T10:00"},
    {"due_on": "2030-06-01"},
    {"reminders": [{"offset": "1h"}]},
    {"recurrence": "FREQ=WEEKLY;COUNT=3"},
    {"recurrence": None},
    {"completed": True},
    {"completed": False},
)
VERBS = ("skip", "detach", "undo")


def told(client: APIClient, user: User) -> dict[str, Any]:
    """What can be read of the user's tasks and running series, without the bookkeeping."""
    tasks = {
        task.pk: {**read(client, {"id": task.pk}), "version": 0, "updated_at": ""} for task in live(user)
    }
    running = Series.objects.filter(owner=user, ended_at=None).values_list("pk", flat=True)
    return {"tasks": tasks, **{f"series {pk}": client.get(f"/api/series/{pk}/").json() for pk in running}}


def act(client: APIClient, choose: random.Random, task_id: int) -> int:
    url, kind = f"/api/tasks/{task_id}/", choose.choice(("change", "change", "delete", "post", "cancel"))
    scope = choose.choice(("", "?scope=this", "?scope=all", "?scope=future"))
    if kind == "change":
        return int(client.patch(f"{url}{scope}", choose.choice(BODIES)).status_code)
    if kind == "delete":
        return int(client.delete(f"{url}{scope}").status_code)
    if kind == "post":
        return int(client.post(f"{url}{choose.choice(VERBS)}/").status_code)
    series_id = read(client, {"id": task_id})["series_id"]
    return int(client.post(f"/api/series/{series_id}/cancel/").status_code)


@pytest.mark.parametrize("seed", range(4))
def test_what_is_undone_is_as_it_was(client: APIClient, user: User, seed: int) -> None:
    choose, undone = random.Random(seed), 0
    for _ in range(STEPS):
        if len(live(user)) < 3:
            assert client.post("/api/tasks/", START).status_code == 201
        task = choose.choice(live(user))
        consume(user)
        before, version = told(client, user), task.version
        act(client, choose, task.pk)
        task.refresh_from_db()
        consume(user)
        after = told(client, user)
        if task.version == version:
            continue
        status = client.post(f"/api/tasks/{task.pk}/undo/", {"version": task.version}).status_code
        consume(user)
        assert status in {200, 204, 409}
        assert told(client, user) == (after if status == 409 else before)
        undone += status != 409
        if choose.random() < 0.5:
            task.refresh_from_db()
            client.post(f"/api/tasks/{task.pk}/undo/", {"version": task.version})
            consume(user)
            assert told(client, user) == after
    assert undone > STEPS / 4
    assert found() == []
