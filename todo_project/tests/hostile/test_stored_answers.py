"""Answers that are kept for their keys take little room, and are never given up before their day is over."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts_app.models import KeyCount, KeyedAnswer, User
from accounts_app.operations import expiry
from accounts_app.operations.expiry import remove_expired
from accounts_app.tests.factories import make_user, signed_in_client
from events_app.runtime.time_slices import time_slice
from foundation.database.transactions import clock
from tasks_app.models import Task
from todo_project.api import idempotency

pytestmark = pytest.mark.django_db
TASKS, BULK = "/api/tasks/", "/api/tasks/bulk/"
LONG = "\u202f" * 10_000  # three bytes each


@pytest.fixture
def user() -> User:
    return make_user()


@pytest.fixture
def client(user: User) -> APIClient:
    return signed_in_client(user)


def send(client: APIClient, path: str, body: Any, *, key: str = "one") -> Any:
    return client.post(path, body, headers={"Idempotency-Key": key})


def bulk(*operations: dict[str, Any], atomic: bool = True) -> dict[str, Any]:
    return {"operations": operations, "atomic": atomic}


def creations(count: int, *, description: str = "What is to be done. " * 20) -> list[dict[str, Any]]:
    return [
        {"op": "create", "fields": {"title": f"Task {number}", "description": description}}
        for number in range(count)
    ]


def test_a_bulk_of_a_thousand_tasks_is_kept_as_ids_and_versions(client: APIClient) -> None:
    first = send(client, BULK, bulk(*creations(1000)))
    assert len(first.content) > 500_000
    [kept] = KeyedAnswer.objects.all()
    assert (kept.is_short, len(kept.answer) < 64 * 1024) == (True, True)

    again = send(client, BULK, bulk(*creations(1000)))
    assert (again.status_code, again["Idempotent-Replayed"]) == (200, "current")
    assert again.json() == first.json()
    assert Task.objects.count() == 1000


def test_it_is_answered_again_with_the_tasks_as_they_are_now(client: APIClient) -> None:
    operations = bulk(*creations(4, description=LONG))
    ids = [each["task"]["id"] for each in send(client, BULK, operations).json()["results"]]
    client.patch(f"{TASKS}{ids[1]}/", {"title": "Changed"})
    client.delete(f"{TASKS}{ids[2]}/")
    Task.objects.filter(pk=ids[3]).delete()

    results = send(client, BULK, operations).json()["results"]
    assert [(each["index"], each["status"]) for each in results] == [(n, 201) for n in range(4)]
    assert [each.get("task", {}).get("title") for each in results] == ["Task 0", "Changed", None, None]
    assert results[1]["task"]["version"] == 2
    assert results[2:] == [{"index": n, "status": 201, "id": ids[n], "version": 1} for n in (2, 3)]


def test_what_was_refused_or_deleted_keeps_its_place(client: APIClient) -> None:
    gone = client.post(TASKS, {"title": "Gone"}).json()["id"]
    wrong = {"op": "create", "fields": {"title": ""}}
    operations = bulk({"op": "delete", "id": gone}, wrong, *creations(3, description=LONG), atomic=False)
    first, again = (send(client, BULK, operations) for _ in range(2))
    assert (again.status_code, again["Idempotent-Replayed"]) == (207, "current")
    before, after = first.json()["results"], again.json()["results"]
    assert [each["status"] for each in after] == [204, 400, 201, 201, 201]
    assert after[0] == before[0]
    assert {**after[1]["problem"], "detail": "", "errors": [], "request_id": ""} == {
        **before[1]["problem"],
        "detail": "",
        "errors": [],
        "request_id": "",
    }
    assert after[2:] == before[2:]


def test_a_long_task_is_answered_as_it_is_now(client: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "LONGEST", 1000)
    body = {"title": "Long", "description": "x" * 1000}
    first = send(client, TASKS, body)
    path = f"{TASKS}{first.json()['id']}/"
    client.patch(path, {"title": "Changed"})
    again = send(client, TASKS, body)
    assert (again.json()["title"], again["ETag"], again["Idempotent-Replayed"]) == (
        "Changed",
        '"2"',
        "current",
    )
    client.delete(path)
    assert send(client, TASKS, body).json() == {"id": first.json()["id"], "version": 1}


def test_short_answers_stay_as_they_were(client: APIClient) -> None:
    first = send(client, TASKS, {"title": "Milk"})
    client.patch(f"{TASKS}{first.json()['id']}/", {"title": "Bread"})
    again = send(client, TASKS, {"title": "Milk"})
    assert (again.content, again["ETag"], again["Idempotent-Replayed"]) == (first.content, '"1"', "true")


def test_nobody_else_sees_tasks_of_a_kept_answer(client: APIClient, user: User) -> None:
    ids = [
        each["task"]["id"]
        for each in send(client, BULK, bulk(*creations(3, description=LONG))).json()["results"]
    ]
    Task.objects.filter(pk=ids[0]).update(owner=make_user())
    assert "task" not in send(client, BULK, bulk(*creations(3, description=LONG))).json()["results"][0]


@pytest.fixture
def three_keys(settings: Any) -> None:
    settings.KEYED_ANSWERS_PER_DAY = 3


@pytest.mark.usefixtures("three_keys")
def test_beyond_the_quota_new_keys_are_refused_and_old_ones_answer(client: APIClient) -> None:
    for key in "abc":
        assert send(client, TASKS, {"title": "Milk"}, key=key).status_code == 201
    refused = send(client, TASKS, {"title": "Milk"}, key="d")
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_keys")
    assert 23 * 3600 < int(refused["Retry-After"]) <= 24 * 3600
    for key in "abc":
        assert send(client, TASKS, {"title": "Milk"}, key=key)["Idempotent-Replayed"] == "true"
    assert client.post(TASKS, {"title": "Milk"}).status_code == 201
    assert Task.objects.count() == 4


@pytest.mark.usefixtures("three_keys")
def test_after_a_day_there_is_room_again(client: APIClient) -> None:
    for key in "abc":
        send(client, TASKS, {"title": "Milk"}, key=key)
    with clock(lambda: timezone.now() + timedelta(hours=24, seconds=1)):
        assert [send(client, TASKS, {"title": "Milk"}, key=key).status_code for key in "defg"] == [
            201
        ] * 3 + [429]


@pytest.mark.usefixtures("three_keys")
def test_each_user_has_a_quota_of_their_own(client: APIClient) -> None:
    for key in "abc":
        send(client, TASKS, {"title": "Milk"}, key=key)
    assert send(signed_in_client(make_user()), TASKS, {"title": "Milk"}, key="d").status_code == 201


@pytest.mark.usefixtures("three_keys")
def test_calls_that_keep_no_answer_count_for_nothing(client: APIClient, user: User) -> None:
    for key in "abcdef":
        assert send(client, TASKS, {"title": ""}, key=key).status_code == 400
    assert not KeyCount.objects.exists()
    assert send(client, TASKS, {"title": "Milk"}, key="a").status_code == 201


@pytest.mark.usefixtures("three_keys")
def test_answers_from_before_they_were_counted_count(client: APIClient, user: User) -> None:
    for key in "abc":
        send(client, TASKS, {"title": "Milk"}, key=key)
    KeyCount.objects.all().delete()
    assert send(client, TASKS, {"title": "Milk"}, key="d").status_code == 429


def test_nought_means_no_quota(client: APIClient, settings: Any) -> None:
    settings.KEYED_ANSWERS_PER_DAY = 0
    assert {send(client, TASKS, {"title": "Milk"}, key=key).status_code for key in "abcd"} == {201}


def fill(user: User, count: int) -> None:
    long_ago = timezone.now() - timedelta(hours=25)
    KeyedAnswer.objects.bulk_create(
        KeyedAnswer(user=user, call=f"{n:064d}", body="", status=201, answer="{}", created_at=long_ago)
        for n in range(count)
    )


def test_one_sweep_removes_many_batches(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "_ROWS_PER_TRANSACTION", 10)
    fill(user, 95)
    assert remove_expired() == 95
    assert not KeyedAnswer.objects.exists()


def test_a_sweep_whose_time_is_up_says_so_and_the_next_goes_on(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiry, "_ROWS_PER_TRANSACTION", 10)
    fill(user, 25)
    removed = []
    for _ in range(3):
        with time_slice(0.0) as part:
            removed.append(remove_expired())
        was_cut = part.was_cut
    assert (removed, was_cut) == ([10, 10, 5], False)
