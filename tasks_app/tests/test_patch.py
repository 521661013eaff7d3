"""PATCH touches only what it names, whatever the task has: a series, reminders, tags, a state."""

import random
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts_app.models import User
from tasks_app.models import Reminder, Series, SeriesTag, TaskTag
from tasks_app.tests.helpers import kinds

BOOKKEEPING = {"version", "updated_at"}
DUE = {"due_at", "due_date", "due_on", "time_zone", "floating", "overdue"}
# What goes with a field, because it says the same or follows from it.
WITH = {
    "due_at": DUE | {"reminders", "reminder_at"},
    "due_date": DUE | {"reminders", "reminder_at"},
    "time_zone": DUE | {"reminders", "reminder_at"},
    "floating": DUE | {"reminders", "reminder_at"},
    "completed": {"status", "completed_at", "overdue", "reminders", "reminder_at"},
    "reminders": {"reminder_at"},
}
CHANGES: dict[str, Any] = {
    "title": "other",
    "description": "other",
    "priority": "urgent",
    "tags": ["other"],
    "due_at": "2031-01-01T10:00",
    "due_date": "2031-01-01T10:00",
    "time_zone": "Asia/Tokyo",
    "floating": True,
    "completed": True,
    "reminders": [{"offset": "2h"}],
}
KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "recurring": {"recurrence": {"rule": "FREQ=WEEKLY;COUNT=9", "anchor": "completion"}},
    "done": {"completed": True},
    "floating": {"floating": True},
}


def create(client: APIClient, **fields: Any) -> dict[str, Any]:
    zone = {} if fields.get("floating") else {"time_zone": "America/New_York"}
    response = client.post(
        "/api/tasks/",
        {
            "title": "Milk",
            "description": "two litres",
            "priority": "high",
            "tags": ["home", "shop"],
            "due_at": "2030-05-06T09:00",
            "reminders": [{"offset": "30m"}, {"offset": "-P1D"}, {"at": "2030-05-01T08:00:00Z"}],
            **zone,
            **fields,
        },
    )
    assert response.status_code == 201, response.content
    return dict(response.json())


def beside() -> list[Any]:
    """The rows around a task that none of these changes may touch."""
    return [
        list(Series.objects.values()),
        list(SeriesTag.objects.values()),
        list(Reminder.objects.filter(at__isnull=False).values("id", "at", "removed", "firing")),
    ]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", CHANGES)
def test_one_field_leaves_all_others(client: APIClient, kind: str, name: str) -> None:
    before = create(client, **KINDS[kind])
    around = beside()
    response = client.patch(f"/api/tasks/{before['id']}/", {name: CHANGES[name]})
    assert response.status_code == 200, response.content
    after = response.json()
    changed = {field for field in before if before[field] != after[field]}
    assert changed <= {name} | WITH.get(name, set()) | BOOKKEEPING
    if name != "reminders":
        assert beside() == around
        assert [(each["id"], each["offset"], each["at"]) for each in after["reminders"]] == [
            (each["id"], each["offset"], each["at"]) for each in before["reminders"]
        ]
    if name != "tags":
        assert TaskTag.objects.filter(task=before["id"]).count() == 2


@pytest.mark.parametrize("seed", range(10))
def test_several_fields_leave_all_others(client: APIClient, seed: int) -> None:
    choose = random.Random(seed)
    before = create(client, **KINDS[choose.choice(["plain", "recurring"])])
    names = choose.sample([name for name in CHANGES if name not in ("due_date", "floating")], 3)
    after = client.patch(f"/api/tasks/{before['id']}/", {name: CHANGES[name] for name in names}).json()
    allowed = set(names).union(BOOKKEEPING, *(WITH.get(name, set()) for name in names))
    assert {field for field in before if before[field] != after[field]} <= allowed


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", ["patch", "put"])
def test_sending_back_what_was_read_changes_nothing(
    client: APIClient, user: User, kind: str, method: str
) -> None:
    row = create(client, **KINDS[kind])
    before = kinds(user)
    response = getattr(client, method)(f"/api/tasks/{row['id']}/", row)
    assert (response.status_code, response.json()) == (200, row)
    assert kinds(user) == before


def test_an_empty_patch_changes_nothing(client: APIClient, user: User) -> None:
    row = create(client, **KINDS["recurring"])
    before = kinds(user)
    assert client.patch(f"/api/tasks/{row['id']}/", {}).json() == row
    assert kinds(user) == before
