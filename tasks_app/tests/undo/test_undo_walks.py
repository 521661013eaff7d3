"""Random changes, then undo step by step: each former state comes back exactly, versions and times of change aside."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts_app.models import User
from foundation.context import Actor, Provenance, use_provenance
from tasks_app.models import Series, Task
from tasks_app.operations.tasks import update_task
from tasks_app.tests.helpers import NEW_YEAR, consume, live
from tasks_app.tests.undoing import found, read
from tasks_app.values.fields import TaskFields

STEPS = 14
_BOOKKEEPING = {"version": 0, "updated_at": "", "deleted_at": "", "purge_at": ""}
START: tuple[dict[str, Any], ...] = (
    {"title": "daily", "due_at": "2030-05-01T09:00Z", "recurrence": "daily", "reminders": [{"offset": "1h"}]},
    {"title": "counted", "due_on": "2030-05-01", "recurrence": "FREQ=DAILY;COUNT=3", "tags": ["home"]},
    {"title": "plain", "due_at": "2030-05-01T09:00Z", "reminders": [{"offset": "30m"}], "tags": ["home"]},
)
BODIES: tuple[dict[str, Any], ...] = (
    {"title": "other", "description": "words"},
    {"tags": ["work", "home"], "priority": "high"},
    {"tags": []},
    {"due_at": "2030-05-03T10:00Z"},
    {"due_on": "2030-06-01"},
    {"reminders": [{"offset": "2h"}, {"at": "2030-04-01T10:00:00Z"}]},
    {"reminders": []},
    {"recurrence": "FREQ=WEEKLY;COUNT=3"},
    {"recurrence": None},
)
# Two occurrences of a series were open beside each other: what was done to one of them concerned the other one too.
SHARED = ("Other open occurrences changed with it", "Later occurrences of its series were done")
Walk = list[tuple[dict[str, Any], int, int]]


def state(client: APIClient, user: User) -> dict[str, Any]:
    """What can be read of the user's tasks, trash and running series."""
    rows = client.get("/api/tasks/?limit=200").json()["results"]
    trash = client.get("/api/tasks/trash/?limit=200").json()["results"]
    series = Series.objects.filter(owner=user, ended_at=None).values_list("pk", flat=True)
    urls = [f"/api/series/{pk}/{part}" for pk in series for part in ("", "occurrences/?n=4")]
    return {
        "live": {row["id"]: {**row, **_BOOKKEEPING} for row in rows},
        "trash": sorted(row["id"] for row in trash),
        **{url: client.get(url).json() for url in urls},
    }


def differences(was: Any, now: Any, path: str = "") -> list[str]:
    """Where two states differ, for a failure that can be read."""
    if isinstance(was, dict) and isinstance(now, dict):
        return [
            each
            for name in sorted({*was, *now}, key=str)
            for each in differences(was.get(name), now.get(name), f"{path}/{name}")
        ]
    return [] if was == now else [f"{path}: {was} -> {now}"]


def _edit(client: APIClient, user: User, choose: random.Random, task: Task) -> None:
    scope = choose.choice(("", "?scope=this", "?scope=all", "?scope=future"))
    client.patch(f"/api/tasks/{task.pk}/{scope}", choose.choice(BODIES))


def _complete(client: APIClient, user: User, choose: random.Random, task: Task) -> None:
    client.patch(f"/api/tasks/{task.pk}/complete/")


def _delete(client: APIClient, user: User, choose: random.Random, task: Task) -> None:
    client.delete(f"/api/tasks/{task.pk}/{choose.choice(('', '?scope=all', '?scope=future'))}")


def _leave(client: APIClient, user: User, choose: random.Random, task: Task) -> None:
    client.post(f"/api/tasks/{task.pk}/{choose.choice(('skip', 'detach'))}/")


def _remind(client: APIClient, user: User, choose: random.Random, task: Task) -> None:
    row = read(client, {"id": task.pk})
    if not row["reminders"] or choose.random() < 0.4:
        client.post(f"/api/tasks/{task.pk}/reminders/", {"offset": choose.choice(("2h", "3h", "1d"))})
        return
    url = f"/api/reminders/{choose.choice(row['reminders'])['id']}/"
    verb = choose.choice(("snooze", "remove", "change"))
    if verb == "snooze":
        client.post(f"{url}snooze/", {"until": f"2030-04-0{choose.randrange(1, 9)}T10:00:00Z"})
    elif verb == "remove":
        client.delete(url)
    else:
        client.patch(url, {"offset": choose.choice(("45m", "5h"))})


def _bulk(client: APIClient, user: User, choose: random.Random, task: Task) -> None:
    fields = {"add_tags": ["new"], "remove_tags": ["home"], "title": f"bulk {choose.randrange(9)}"}
    client.post("/api/tasks/bulk/", {"operations": [{"op": "update", "id": task.pk, "fields": fields}]})


def _as_agent(client: APIClient, user: User, choose: random.Random, task: Task) -> None:
    with use_provenance(Provenance(actor=Actor(type="agent", id="assistant"))):
        update_task(task.pk, TaskFields(title=f"agent {choose.randrange(9)}"), by=user, at=NEW_YEAR)


def _end(client: APIClient, user: User, choose: random.Random, task: Task) -> None:
    if task.series_id is not None:
        client.post(f"/api/series/{task.series_id}/cancel/")


ACTS: dict[Callable[[APIClient, User, random.Random, Task], None], float] = {
    _edit: 4,
    _complete: 3,
    _delete: 1.5,
    _leave: 1,
    _remind: 1.5,
    _bulk: 1,
    _as_agent: 1,
    _end: 0.3,
}


def versions(user: User) -> dict[int, int]:
    return dict(Task.objects.filter(owner=user).values_list("pk", "version"))


def walk(client: APIClient, user: User, choose: random.Random) -> Walk:
    """Change something again and again; return what was before each change, of which task it was, its version."""
    steps: Walk = []
    while len(steps) < STEPS and live(user):
        before, known, task = state(client, user), versions(user), choose.choice(live(user))
        [act] = choose.choices(list(ACTS), list(ACTS.values()))
        act(client, user, choose, task)
        made = versions(user)[task.pk]
        consume(user)
        if made != known[task.pk]:
            steps.append((before, task.pk, made))
    return steps


@pytest.mark.parametrize("seed", range(6))
def test_undo_goes_back_through_whatever_was_done(client: APIClient, user: User, seed: int) -> None:
    choose = random.Random(seed)
    for body in START:
        assert client.post("/api/tasks/", body).status_code == 201
    steps = walk(client, user, choose)
    assert len(steps) > STEPS / 3
    while steps:
        before, task_id, version = steps.pop()
        now = state(client, user)
        response = client.post(f"/api/tasks/{task_id}/undo/", {"version": version})
        consume(user)
        if response.status_code == 409:
            assert differences(now, state(client, user)) == []
            assert any(each in response.json()["detail"] for each in SHARED), response.json()
            break
        assert response.status_code in {200, 204}, (seed, len(steps), response.json())
        assert differences(before, state(client, user)) == [], (len(steps), task_id, version)
    assert found() == []


@pytest.mark.parametrize("seed", range(4))
def test_undo_without_a_version_walks_one_task_back_to_the_beginning(
    client: APIClient, user: User, seed: int
) -> None:
    choose = random.Random(seed)
    row = client.post("/api/tasks/", START[2]).json()
    states: list[dict[str, Any]] = []
    while len(states) < STEPS:
        task = Task.objects.get(pk=row["id"])
        before = state(client, user)
        acts = (_edit, _complete, _remind, _bulk, _as_agent)
        choose.choice(acts)(client, user, choose, task)
        consume(user)
        now = Task.objects.get(pk=row["id"])
        if now.series_id is not None:
            client.post(f"/api/tasks/{row['id']}/undo/", {"version": now.version})
            continue
        if now.version != task.version:
            states.append(before)
    for before in reversed(states):
        response = client.post(f"/api/tasks/{row['id']}/undo/")
        assert response.status_code == 200, response.json()
        assert differences(before, state(client, user)) == []
    assert client.post(f"/api/tasks/{row['id']}/undo/").status_code == 204
    assert client.post(f"/api/tasks/{row['id']}/undo/").status_code == 409
    assert found() == []
