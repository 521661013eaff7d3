"""What one account may keep: refused at the quota, counted near it, never in the way of what the platform makes."""

from collections.abc import Iterator
from time import monotonic
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.tests.factories import make_user, signed_in_client
from events_app.consumers.kernel import advance
from events_app.contracts import stream_key
from events_app.log.history import head_of
from tasks_app.models import Tag, Task
from tasks_app.operations import quotas
from tasks_app.operations.quotas import forget_counts

pytestmark = pytest.mark.django_db
TASKS, BULK, TAGS = "/api/tasks/", "/api/tasks/bulk/", "/api/tags/"


@pytest.fixture(autouse=True)
def small(settings: Any) -> Iterator[None]:
    settings.TASKS_PER_USER, settings.TAGS_PER_USER = 5, 3
    forget_counts()
    yield
    forget_counts()


@pytest.fixture
def user() -> User:
    return make_user()


@pytest.fixture
def client(user: User) -> APIClient:
    return signed_in_client(user)


def make(client: APIClient, **fields: Any) -> Any:
    return client.post(TASKS, {"title": "Milk", **fields})


def creations(count: int, **fields: Any) -> list[dict[str, Any]]:
    return [{"op": "create", "fields": {"title": f"Task {number}", **fields}} for number in range(count)]


def bulk(client: APIClient, operations: list[dict[str, Any]], *, atomic: bool = True) -> Any:
    return client.post(BULK, {"operations": operations, "atomic": atomic})


def test_beyond_the_quota_a_task_is_refused_and_the_rest_goes_on(client: APIClient) -> None:
    made = [make(client) for _ in range(5)]
    assert {each.status_code for each in made} == {201}
    refused = make(client)
    assert (refused.status_code, refused.json()["code"]) == (409, "quota_exceeded")
    assert "5 tasks" in refused.json()["detail"]
    assert "Retry-After" not in refused
    one = f"{TASKS}{made[0].json()['id']}/"
    assert client.patch(one, {"title": "Bread"}).status_code == 200
    assert client.put(f"{one}completion/").status_code == 200


@pytest.mark.parametrize("root", ["/api/todos/", "/todos/", "/api/{}/tasks/"])
def test_older_paths_are_bound_as_well(client: APIClient, user: User, root: str) -> None:
    bulk(client, creations(5))
    assert client.post(root.format(user.pk), {"title": "Milk"}).status_code == 409


def test_what_is_in_the_trash_counts_until_it_is_gone(client: APIClient, user: User) -> None:
    for _ in range(5):
        client.delete(f"{TASKS}{make(client).json()['id']}/")
    assert make(client).status_code == 409
    Task.objects.filter(owner=user).first().delete()  # type: ignore[union-attr]
    assert make(client).status_code == 201
    assert make(client).status_code == 409


def test_restoring_is_free(client: APIClient) -> None:
    task = make(client).json()["id"]
    bulk(client, creations(4))
    client.delete(f"{TASKS}{task}/")
    assert client.post(f"{TASKS}{task}/restore/").status_code == 200


def test_changes_use_up_nothing(client: APIClient) -> None:
    task = make(client).json()["id"]
    for number in range(10):
        client.patch(f"{TASKS}{task}/", {"title": f"Milk {number}"})
    assert [make(client).status_code for _ in range(5)] == [201] * 4 + [409]


def test_a_bulk_passes_whole_or_not_at_all(client: APIClient, user: User) -> None:
    refused = bulk(client, creations(6))
    assert refused.status_code == 400
    [error] = refused.json()["errors"]
    assert (error["field"], error["code"]) == ("operations[5]", "quota_exceeded")
    assert not Task.objects.filter(owner=user).exists()
    assert bulk(client, creations(5)).status_code == 200


def test_each_for_itself_as_many_pass_as_there_is_room_for(client: APIClient, user: User) -> None:
    results = bulk(client, creations(7), atomic=False).json()["results"]
    assert [each["status"] for each in results] == [201] * 5 + [409] * 2
    assert Task.objects.filter(owner=user).count() == 5


def test_nobody_is_counted_for_others(client: APIClient) -> None:
    bulk(client, creations(5))
    assert make(signed_in_client(make_user())).status_code == 201


def test_tasks_are_not_counted_while_there_cannot_be_too_many(client: APIClient, settings: Any) -> None:
    settings.TASKS_PER_USER = 2000
    with CaptureQueriesContext(connection) as queries:
        bulk(client, creations(100))
        make(client)
    assert not any("count(" in each["sql"].lower() for each in queries)


def test_where_counting_takes_long_it_is_not_done_at_every_call(
    client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "CHEAP_TO_COUNT", 0)
    monkeypatch.setattr(quotas, "_REST", 10**9)
    bulk(client, creations(5))
    with CaptureQueriesContext(connection) as queries:
        assert {make(client).status_code for _ in range(10)} == {409}
    assert sum("count(" in each["sql"].lower() for each in queries) <= 1


def test_a_successor_is_made_whatever_is_stored(client: APIClient, user: User) -> None:
    task = make(client, due_at="2031-01-01T09:00:00Z", recurrence="daily").json()["id"]
    bulk(client, creations(4))
    assert client.put(f"{TASKS}{task}/completion/").status_code == 200
    advance("recurrence", {stream_key(user.pk): head_of(user.pk)})
    assert Task.objects.filter(owner=user).count() == 6


def test_a_demo_is_made_whatever_is_stored(client: APIClient, user: User) -> None:
    bulk(client, creations(5))
    for name in "abc":
        client.post(TAGS, {"name": name})
    call_command("demo", tasks=20, user=user.username)
    assert Task.objects.filter(owner=user).count() > 20


def test_beyond_the_quota_no_tag_comes_to_be(client: APIClient, user: User) -> None:
    assert make(client, tags=["a", "b"]).status_code == 201
    assert client.post(TAGS, {"name": "c"}).status_code == 201
    for refused in (client.post(TAGS, {"name": "d"}), make(client, tags=["a", "d"])):
        assert (refused.status_code, refused.json()["code"]) == (409, "quota_exceeded")
        assert "3 tags" in refused.json()["detail"]
    assert make(client, tags=["a", "B", "c"]).status_code == 201
    assert Tag.objects.filter(owner=user).count() == 3
    tag = Tag.objects.get(owner=user, name="a")
    assert client.patch(f"{TAGS}{tag.pk}/", {"name": "z"}).status_code == 200
    client.delete(f"{TAGS}{tag.pk}/")
    assert client.post(TAGS, {"name": "d"}).status_code == 201


@pytest.mark.parametrize("atomic", [True, False])
def test_tags_of_a_bulk_are_bound(client: APIClient, user: User, atomic: bool) -> None:
    operations = [{"op": "create", "fields": {"title": name, "tags": [name]}} for name in "abcd"]
    answer = bulk(client, operations, atomic=atomic)
    if atomic:
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "quota_exceeded")
        assert answer.json()["errors"][0]["field"] == "operations[3]"
    else:
        assert [each["status"] for each in answer.json()["results"]] == [201, 201, 201, 409]
    assert Tag.objects.filter(owner=user).count() == (0 if atomic else 3)


def test_templates_of_series_make_no_tags_beyond(client: APIClient, user: User) -> None:
    task = make(client, due_at="2031-01-01T09:00:00Z", recurrence="daily", tags=["a", "b", "c"]).json()
    answer = client.patch(f"/api/series/{task['series_id']}/", {"tags": ["a", "d"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "quota_exceeded")
    assert Tag.objects.filter(owner=user).count() == 3


def test_nought_means_no_bound(client: APIClient, settings: Any) -> None:
    settings.TASKS_PER_USER = settings.TAGS_PER_USER = 0
    assert bulk(client, creations(10, tags=list("abcdef"))).status_code == 200


def test_a_history_that_began_anew_is_counted_again(client: APIClient, user: User) -> None:
    bulk(client, creations(5))
    assert make(client).status_code == 409
    quotas._counts[user.pk] = quotas._Count(5, 10**6, monotonic() + 1000)
    Task.objects.filter(owner=user).first().delete()  # type: ignore[union-attr]
    assert make(client).status_code == 201
