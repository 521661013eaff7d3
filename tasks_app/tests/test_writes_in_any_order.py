"""Bulk, undo, restore, skip, detach, purge and plain changes in any order: the log gives the table back."""

import random
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts_app.models import User
from foundation.database.transactions import clock
from tasks_app.invariants import (
    find_missing_successors,
    find_tasks_unlike_log,
    find_unfired_reminders,
    find_wrong_tag_links,
)
from tasks_app.models import Task
from tasks_app.operations.trash.trash import purge_trash
from tasks_app.tests.helpers import consume

STEPS = 50
FIELDS: tuple[dict[str, Any], ...] = (
    {"title": "other"},
    {"priority": "urgent", "tags": ["home", "work"]},
    {"due_on": "2030-07-20", "tags": []},
    {"due_at": "2030-07-15T09:00", "reminders": [{"offset": "1h"}]},
    {"due_on": "2030-07-01", "recurrence": "daily"},
    {"recurrence": None},
    {"completed": True},
    {"completed": False},
)
VERBS = ("complete", "reopen", "delete")
POSTS = ("undo", "undo", "undo", "restore", "skip", "detach")


def operation(choose: random.Random, ids: list[int]) -> dict[str, Any]:
    kind = choose.choice(("create", "update", *VERBS))
    if kind == "create" or not ids:
        return {"op": "create", "fields": {"title": "new", **choose.choice(FIELDS[:5])}}
    if kind == "update":
        return {"op": "update", "id": choose.choice(ids), "fields": choose.choice(FIELDS)}
    return {"op": kind, "id": choose.choice(ids)}


def act(client: APIClient, user: User, choose: random.Random) -> int:
    ids = list(Task.objects.filter(owner=user).values_list("pk", flat=True))
    action = choose.choice(("bulk", "bulk", "change", "post", "post", "post", "consume", "purge"))
    if action == "bulk" or not ids:
        operations = [operation(choose, ids) for _ in range(choose.randint(1, 4))]
        return int(
            client.post(
                "/api/tasks/bulk/", {"operations": operations, "atomic": choose.random() < 0.3}
            ).status_code
        )
    if action == "change":
        scope = choose.choice(("", "?scope=this", "?scope=all", "?scope=future"))
        return int(
            client.patch(f"/api/tasks/{choose.choice(ids)}/{scope}", choose.choice(FIELDS)).status_code
        )
    if action == "post":
        return int(client.post(f"/api/tasks/{choose.choice(ids)}/{choose.choice(POSTS)}/").status_code)
    if action == "consume":
        consume(user)
    elif choose.random() < 0.2:
        with clock(lambda: timezone.now() + timedelta(days=31)):
            purge_trash()
    return 200


@pytest.mark.parametrize("seed", range(6))
def test_the_log_gives_the_table_back(client: APIClient, user: User, seed: int) -> None:
    choose = random.Random(seed)
    told = [act(client, user, choose) for _ in range(STEPS)]
    consume(user)
    assert [
        *find_tasks_unlike_log(),
        *find_missing_successors(),
        *find_unfired_reminders(),
        *find_wrong_tag_links(),
    ] == []
    assert set(told) <= {200, 204, 207, 400, 404, 409}
    assert {200, 207} <= set(told)
