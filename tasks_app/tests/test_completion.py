"""Completing and reopening over HTTP."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts_app.models import User
from events_app.runtime import wake
from tasks_app.models import Task
from tasks_app.tests.helpers import history, kinds, make_task


@pytest.fixture
def task(user: User) -> Task:
    return make_task(user)


def test_no_body_toggles(client: APIClient, user: User, task: Task) -> None:
    url = f"/api/tasks/{task.pk}/complete/"
    assert [client.patch(url).json()["status"] for _ in range(3)] == ["completed", "pending", "completed"]
    assert kinds(user)[1:] == ["task.completed", "task.updated", "task.completed"]


def test_a_body_sets_and_setting_what_is_set_records_nothing(
    client: APIClient, user: User, task: Task
) -> None:
    url = f"/api/tasks/{task.pk}/complete/"
    first = client.patch(url, {"completed": True}).json()
    assert client.patch(url, {"completed": True}).json() == first
    assert kinds(user) == ["task.created", "task.completed"]
    assert client.patch(url, {"completed": False}).json()["completed_at"] is None


def test_an_empty_body_toggles_too(client: APIClient, task: Task) -> None:
    assert client.patch(f"/api/tasks/{task.pk}/complete/", {}).json()["completed"] is True


@pytest.mark.parametrize("body", [{"completed": "yes"}, {"completed": None}, {"done": True}])
def test_a_wrong_body_is_refused(client: APIClient, user: User, task: Task, body: dict[str, object]) -> None:
    assert client.patch(f"/api/tasks/{task.pk}/complete/", body).status_code == 400
    assert kinds(user) == ["task.created"]


def test_completion_is_put_and_deleted(client: APIClient, user: User, task: Task) -> None:
    url = f"/api/tasks/{task.pk}/completion/"
    assert [client.put(url).status_code, client.put(url).json()["version"]] == [200, 2]
    assert [client.delete(url).status_code, client.delete(url).json()["version"]] == [200, 3]
    assert kinds(user)[1:] == ["task.completed", "task.updated"]


def test_the_event_says_what_changed_and_what_was(client: APIClient, user: User, task: Task) -> None:
    row = client.put(f"/api/tasks/{task.pk}/completion/").json()
    event = history(user)[-1]
    assert event.data["changed_fields"] == ["completed", "status", "completed_at"]
    assert event.data["previous"] == {"completed": False, "status": "pending", "completed_at": None}
    assert event.data["task"]["completed_at"] == row["completed_at"]  # type: ignore[index,call-overload]


def test_completing_with_other_changes_is_one_event(client: APIClient, user: User, task: Task) -> None:
    client.patch(f"/api/tasks/{task.pk}/", {"title": "y", "completed": True, "tags": ["home"]})
    assert kinds(user) == ["task.created", "task.completed"]
    assert history(user)[-1].data["changed_fields"] == [
        "title",
        "tags",
        "completed",
        "status",
        "completed_at",
    ]


def test_a_done_task_is_never_overdue(client: APIClient, user: User) -> None:
    task = make_task(user, due="2020-01-01")
    assert client.get(f"/api/tasks/{task.pk}/").json()["overdue"] is True
    assert client.put(f"/api/tasks/{task.pk}/completion/").json()["overdue"] is False


@pytest.mark.parametrize(
    ("recurrence", "is_hurried"), [({"due": "2026-01-05", "recurrence": "weekly"}, True), ({}, False)]
)
def test_the_engine_goes_at_once_where_a_next_occurrence_is_awaited(
    client: APIClient,
    user: User,
    recurrence: dict[str, Any],
    is_hurried: bool,
    django_capture_on_commit_callbacks: Any,
) -> None:
    url = f"/api/tasks/{make_task(user, **recurrence).pk}/completion/"
    wake.take_hurry()
    with django_capture_on_commit_callbacks(execute=True):
        client.put(url)
        assert not wake.is_hurried(), "before the commit there is nothing to read"
    assert wake.take_hurry() is is_hurried
    with django_capture_on_commit_callbacks(execute=True):
        client.put(url)
    assert not wake.take_hurry(), "it was completed before"
