"""The calls of older clients, under each of their roots, answered as those clients expect."""

import re
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from events_app.log.history import head_of
from tasks_app.tests.helpers import consume, kinds, live, make_task

ROOTS = ("/todos", "/api/todos", "/api/{user_id}/tasks")


@pytest.fixture(params=ROOTS)
def root(request: pytest.FixtureRequest, user: User) -> str:
    return str(request.param).format(user_id=user.pk)


def linked(response: Any, rel: str) -> str | None:
    found = re.search(rf'<([^>]+)>; rel="{rel}"', response.get("Link", ""))
    return found[1] if found else None


def test_a_list_is_a_plain_array_with_links_to_its_other_pages(
    client: APIClient, user: User, root: str
) -> None:
    tasks = [make_task(user, f"{number}").pk for number in range(5)]
    response = client.get(root, {"limit": 2})
    assert [each["id"] for each in response.json()] == tasks[:2]
    assert linked(response, "prev") is None
    following = linked(response, "next")
    assert following is not None
    response = client.get(following)
    assert [each["id"] for each in response.json()] == tasks[2:4]
    assert linked(response, "prev") is not None
    assert client.get(f"{root}/").json() == client.get("/api/tasks/").json()["results"]


@pytest.mark.parametrize("slash", ["", "/"])
def test_one_task_from_its_making_to_its_end(client: APIClient, user: User, root: str, slash: str) -> None:
    response = client.post(f"{root}{slash}", {"title": "Milk", "due_date": "2030-05-04T09:00:00Z"})
    assert response.status_code == 201
    row = response.json()
    one = f"{root}/{row['id']}{slash}"
    assert client.get(one).json() == row == client.get(f"/api/tasks/{row['id']}/").json()
    assert client.put(one, {"title": "Bread", "priority": "normal"}).json()["priority"] == "medium"
    assert client.patch(one, {"priority": "CRITICAL"}).json()["priority"] == "urgent"
    assert client.delete(one).status_code == 204
    assert client.get(one).status_code == 404
    assert live(user) == []


def test_completing_toggles_without_a_body_and_sets_with_one(
    client: APIClient, user: User, root: str
) -> None:
    url = f"{root}/{make_task(user).pk}/complete"
    assert [client.patch(url).json()["completed"] for _ in range(3)] == [True, False, True]
    before = head_of(user.pk)
    assert client.patch(url, {"completed": True}).json()["status"] == "completed"
    assert head_of(user.pk) == before
    assert client.patch(url, {"completed": False}).json()["status"] == "pending"


def test_a_put_that_does_not_know_of_series_keeps_the_series(
    client: APIClient, user: User, root: str
) -> None:
    task = make_task(user, due="2030-05-06T09:00", recurrence="weekly", reminders=["30m"], tags=("home",))
    url = f"{root}/{task.pk}/"
    before = client.get(url).json()
    after = client.put(
        url, {"title": "Bread", "description": "", "priority": "low", "completed": False}
    ).json()
    assert {name for name in before if before[name] != after[name]} == {
        "title",
        "priority",
        "version",
        "updated_at",
    }
    client.put(url, {"title": "Bread", "completed": True})
    consume(user)
    assert [each.occurrence for each in live(user)] == ["2030-05-06T09:00:00", "2030-05-13T09:00:00"]


def test_a_put_needs_a_title(client: APIClient, user: User, root: str) -> None:
    response = client.put(f"{root}/{make_task(user).pk}/", {"priority": "low"})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "title")
    assert kinds(user) == ["task.created"]


def test_one_reminder_goes_by_its_older_names(client: APIClient, user: User, root: str) -> None:
    for name in ("reminder_at", "remind_at"):
        row = client.post(root, {"title": "x", name: "2030-05-04T08:00:00Z"}).json()
        assert [each["at"] for each in row["reminders"]] == ["2030-05-04T08:00:00Z"]
        assert row["reminder_at"] == "2030-05-04T08:00:00Z"
    row = client.post(
        root, {"title": "x", "due_date": "2030-05-04T09:00:00Z", "reminder_offset": "1h"}
    ).json()
    assert row["reminder_at"] == "2030-05-04T08:00:00Z"


def test_filters_and_sorting_are_the_same(client: APIClient, user: User, root: str) -> None:
    for title, priority in (("b", 1), ("a", 4)):
        make_task(user, title, priority=priority)
    query = {"sort_by": "priority", "order": "desc", "status": "pending"}
    assert [each["title"] for each in client.get(root, query).json()] == ["a", "b"]
    assert client.get(root, {"nothing": "1"}).status_code == 400


def test_a_path_of_another_user_leads_nowhere(client: APIClient, user: User) -> None:
    stranger = make_user()
    task = make_task(stranger)
    for path in (f"/api/{stranger.pk}/tasks/{task.pk}", f"/api/{user.pk}/tasks/{task.pk}"):
        for call in (client.get, client.delete, client.patch, client.put):
            assert call(path).status_code == 404
    assert client.get(f"/api/{stranger.pk}/tasks").status_code == 404
    assert client.post(f"/api/{stranger.pk}/tasks", {"title": "x"}).status_code == 404
    assert head_of(stranger.pk) == 1
