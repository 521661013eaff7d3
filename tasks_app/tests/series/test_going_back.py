"""Reopening, or undoing the completion of, an occurrence that its series has gone on from: never two open ones."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts_app.models import User
from tasks_app.invariants import find_missing_successors, find_tasks_unlike_log
from tasks_app.models import Task
from tasks_app.tests.helpers import consume, live, make_task

pytestmark = pytest.mark.django_db

Call = Callable[[APIClient, int], Any]
BACK: dict[str, Call] = {
    "set to open": lambda client, pk: client.delete(f"/api/tasks/{pk}/completion/"),
    "toggled": lambda client, pk: client.patch(f"/api/tasks/{pk}/complete/"),
    "patched": lambda client, pk: client.patch(f"/api/tasks/{pk}/", {"completed": False}),
    "in bulk": lambda client, pk: client.post(
        "/api/tasks/bulk/", {"operations": [{"op": "reopen", "id": pk}], "atomic": False}
    ),
    "undone": lambda client, pk: client.post(f"/api/tasks/{pk}/undo/"),
}
LATER: dict[str, Call] = {
    "done": lambda client, pk: client.put(f"/api/tasks/{pk}/completion/"),
    "skipped": lambda client, pk: client.post(f"/api/tasks/{pk}/skip/"),
    "deleted": lambda client, pk: client.delete(f"/api/tasks/{pk}/"),
    "detached": lambda client, pk: client.post(f"/api/tasks/{pk}/detach/"),
}


@pytest.fixture
def first(user: User, client: APIClient) -> Task:
    """A done occurrence, whose successor is open."""
    task = make_task(user, due="2030-09-16", recurrence="daily")
    client.put(f"/api/tasks/{task.pk}/completion/")
    consume(user)
    return task


def open_in_series(user: User) -> list[int]:
    return [each.pk for each in live(user) if each.is_open and each.series_id is not None]


def refused(answer: Any) -> tuple[int, str]:
    if answer.status_code == 207:
        [result] = answer.json()["results"] if isinstance(answer.json(), dict) else answer.json()
        return result["status"], result["problem"]["code"]
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize("back", BACK.values(), ids=BACK)
@pytest.mark.parametrize("later", LATER.values(), ids=LATER)
def test_once_a_later_one_is_over_it_is_refused(
    user: User, client: APIClient, first: Task, later: Call, back: Call
) -> None:
    [second] = open_in_series(user)
    assert later(client, second).status_code in (200, 204)
    consume(user)
    before = open_in_series(user)
    assert len(before) == 1
    assert refused(back(client, first.pk)) == (409, "series_changed")
    assert open_in_series(user) == before
    assert [*find_tasks_unlike_log(), *find_missing_successors()] == []


@pytest.mark.parametrize("back", BACK.values(), ids=BACK)
def test_an_untouched_successor_makes_room(user: User, client: APIClient, first: Task, back: Call) -> None:
    assert back(client, first.pk).status_code in (200, 207)
    assert open_in_series(user) == [first.pk]


def test_a_successor_that_was_edited_stays_open_beside_a_reopened_one_and_both_say_so(
    user: User, client: APIClient, first: Task
) -> None:
    [second] = open_in_series(user)
    client.patch(f"/api/tasks/{second}/", {"title": "Mine"})
    assert BACK["set to open"](client, first.pk).status_code == 200
    assert open_in_series(user) == [first.pk, second]
    for this, other in ((first.pk, second), (second, first.pk)):
        why = client.get(f"/api/tasks/{this}/explain/").json()["next"]["why"]
        assert why == f"Task {other} of the series is open: completing this one makes no other."
    for each in (first.pk, second):
        client.put(f"/api/tasks/{each}/completion/")
        consume(user)
    assert len(open_in_series(user)) == 1


def test_undo_does_not_leave_a_successor_that_was_edited_open(
    user: User, client: APIClient, first: Task
) -> None:
    [second] = open_in_series(user)
    client.patch(f"/api/tasks/{second}/", {"title": "Mine"})
    assert refused(BACK["undone"](client, first.pk)) == (409, "series_changed")
    assert open_in_series(user) == [second]


def test_detached_it_can_be_reopened_by_itself(user: User, client: APIClient, first: Task) -> None:
    [second] = open_in_series(user)
    client.put(f"/api/tasks/{second}/completion/")
    consume(user)
    client.post(f"/api/tasks/{first.pk}/detach/")
    assert BACK["set to open"](client, first.pk).status_code == 200
    assert len(open_in_series(user)) == 1
