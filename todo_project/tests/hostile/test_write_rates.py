"""Nobody fills the disk faster than their bucket does; honest people never notice it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from time import monotonic
from typing import Any

import httpx
import pytest
from django.core.management import call_command
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.operations.write_rates.leases import leases
from accounts_app.tests.factories import PASSWORD, make_user, signed_in_client
from events_app.benchmarks import places
from events_app.consumers.kernel import advance
from events_app.contracts import stream_key
from events_app.log.history import head_of
from foundation.database.transactions import clock
from tasks_app.benchmarks.filling import fill as fill_database
from tasks_app.benchmarks.serving import served, signed
from tasks_app.models import ReplanJob, Tag, Task
from tasks_app.operations.completion import complete_task
from todo_project.tests.api.test_every_route import calls, fill

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
TASKS, BULK = "/api/tasks/", "/api/tasks/bulk/"
READ_BY_POST: dict[str, dict[str, Any]] = {
    "/api/tasks/parse/": {"text": "Buy milk tomorrow"},
    "/api/recurrence/preview/": {"due_on": "2026-01-02", "recurrence": {"rule": "FREQ=DAILY"}},
}


@pytest.fixture(autouse=True)
def no_leases() -> Iterator[None]:
    leases.clear()
    yield
    leases.clear()


@pytest.fixture
def user() -> User:
    return make_user()


@pytest.fixture
def client(user: User) -> APIClient:
    return signed_in_client(user)


@contextmanager
def at(seconds: float = 0) -> Iterator[None]:
    """The buckets' clock stands still, so a slow machine fills none."""
    with clock(lambda: NOON + timedelta(seconds=seconds)):
        yield


def creations(count: int, **body: Any) -> dict[str, Any]:
    return {"operations": [{"op": "create", "fields": {"title": f"Task {n}"}} for n in range(count)], **body}


def write_response(client: APIClient) -> Any:
    """Make a call that writes and changes nothing; return its answer."""
    return client.patch("/api/auth/me/", {})


def write(client: APIClient) -> int:
    """Make a call that writes and changes nothing; return its status."""
    return int(write_response(client).status_code)


def empty(client: APIClient, settings: Any) -> None:
    """Leave nothing in the bucket."""
    settings.WRITES_BURST = 1
    write(client)
    assert write(client) == HTTPStatus.TOO_MANY_REQUESTS


def remaining(response: Any) -> int:
    found = response["RateLimit"].split(",")[0].split(";")[1]
    return int(found.removeprefix("r="))


def test_a_thousand_calls_pass_at_once_and_then_twenty_a_second(client: APIClient) -> None:
    with at():
        assert client.post(BULK, creations(995)).status_code == HTTPStatus.OK
        assert [write(client) for _ in range(7)] == [200] * 5 + [429] * 2
    with at(1):
        assert [write(client) for _ in range(22)] == [200] * 20 + [429] * 2


def test_a_refusal_is_a_problem_that_says_when(client: APIClient, settings: Any) -> None:
    settings.WRITES_BURST, settings.WRITES_PER_SECOND = 10, 1
    with at():
        assert client.post(BULK, creations(8)).status_code == HTTPStatus.OK
        refused = client.post(BULK, creations(6))
    assert (refused.status_code, refused["Content-Type"]) == (429, "application/problem+json")
    assert (refused.json()["code"], refused["Retry-After"]) == ("too_many_writes", "5")
    assert refused["RateLimit-Policy"].startswith('"writes";q=10;w=10, "bytes";q=20000000;w=10')
    assert refused["RateLimit"].startswith('"writes";r=1;t=9, "bytes";r=19999')
    names = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
    assert [refused[name] for name in names] == ["10", "1", "9"]
    with at(5):
        assert client.post(BULK, creations(6)).status_code == HTTPStatus.OK


def test_what_passes_says_what_is_left(client: APIClient) -> None:
    with at():
        answers = [client.post(TASKS, {"title": "Milk"}) for _ in range(2)]
    assert [remaining(each) for each in answers] == [999, 998]
    assert "RateLimit" not in client.get(TASKS)


@pytest.mark.parametrize("kind", ["token", "session"])
def test_every_call_that_may_write_is_bound(user: User, settings: Any, kind: str) -> None:
    client = signed_in_client(user) if kind == "token" else APIClient()
    if kind == "session":
        assert client.login(username=user.username, password=PASSWORD)
    with at():
        empty(client, settings)
        passed = [
            (method, path, status)
            for method, path in calls(guarded=True)
            if method != "get"
            and (status := getattr(client, method)(fill(path, user.pk), {}).status_code) != 429
        ]
    assert {path.rsplit("/", 2)[1] for _method, path, _status in passed} == {"parse", "preview"}


@pytest.mark.parametrize(("path", "body"), READ_BY_POST.items())
def test_what_a_page_sends_at_each_key_press_costs_no_write(
    client: APIClient, path: str, body: dict[str, Any]
) -> None:
    with at():
        before = remaining(write_response(client))
        assert [remaining(client.post(path, body)) for _ in range(30)] == [before] * 30
        assert remaining(write_response(client)) == before - 1


@pytest.mark.parametrize(("path", "body"), READ_BY_POST.items())
def test_reading_by_post_goes_on(client: APIClient, settings: Any, path: str, body: dict[str, Any]) -> None:
    with at():
        empty(client, settings)
        assert {client.post(path, body).status_code for _ in range(30)} == {HTTPStatus.OK}


@pytest.mark.parametrize(("path", "body"), READ_BY_POST.items())
def test_what_costs_no_write_costs_its_bytes(
    client: APIClient, settings: Any, path: str, body: dict[str, Any]
) -> None:
    settings.WRITE_BYTES_BURST, settings.WRITE_BYTES_PER_SECOND = 600, 1
    with at():
        statuses = [client.post(path, body).status_code for _ in range(30)]
    assert statuses[0] == HTTPStatus.OK
    assert statuses[-1] == HTTPStatus.TOO_MANY_REQUESTS


def test_pages_for_browsers_are_bound_as_well(client: APIClient, settings: Any) -> None:
    with at():
        empty(client, settings)
        assert client.post(TASKS, {"title": "Milk"}, headers={"Accept": "text/html"}).status_code == 429


def test_reading_goes_on(client: APIClient, settings: Any) -> None:
    with at():
        empty(client, settings)
        for method, path in (("get", TASKS), ("head", TASKS), ("get", "/api/tags/")):
            assert getattr(client, method)(path).status_code == HTTPStatus.OK


def test_who_is_refused_otherwise_pays_nothing(client: APIClient, user: User, settings: Any) -> None:
    settings.WRITES_BURST = 2
    stranger = signed_in_client(make_user())
    with at():
        assert write(client) == HTTPStatus.OK
        for _ in range(5):
            assert APIClient().post(TASKS, {}).status_code == 401
            assert stranger.post(f"/api/{user.pk}/tasks/", {}).status_code == 404
        assert write(client) == HTTPStatus.OK


def test_refused_bodies_cost_as_much_as_others(client: APIClient, settings: Any) -> None:
    settings.WRITES_BURST = 3
    with at():
        found = [client.post(TASKS, {"title": ""}).status_code for _ in range(5)]
    assert found == [400, 400, 400, 429, 429]


@pytest.mark.parametrize("atomic", [True, False])
def test_a_bulk_counts_its_operations(client: APIClient, user: User, atomic: bool) -> None:
    with at():
        assert remaining(client.post(BULK, creations(600, atomic=atomic))) == 400
        refused = client.post(BULK, creations(600, atomic=atomic))
        assert (refused.status_code, refused["Retry-After"]) == (429, "11")  # it had paid one of its writes
        assert Task.objects.filter(owner=user).count() == 600


def test_a_full_bucket_takes_a_full_bulk(client: APIClient) -> None:
    with at():
        assert client.post(BULK, creations(1000)).status_code == HTTPStatus.OK
        assert write(client) == 429
    with at(50):
        assert client.post(BULK, creations(1000)).status_code == HTTPStatus.OK


def test_a_bulk_that_no_bucket_holds_says_so(client: APIClient, settings: Any) -> None:
    settings.WRITES_BURST = 100
    with at():
        answer = client.post(BULK, creations(101))
        assert (answer.status_code, answer.json()["code"]) == (413, "too_much_at_once")
        assert "Retry-After" not in answer
        assert client.post(BULK, creations(99)).status_code == HTTPStatus.OK


def test_bytes_have_a_bucket_of_their_own(client: APIClient, settings: Any) -> None:
    settings.WRITE_BYTES_BURST, settings.WRITE_BYTES_PER_SECOND = 100_000, 10_000
    body = {"title": "Milk", "description": "x" * 9000}
    with at():
        found = [client.post(TASKS, body).status_code for _ in range(13)]
        refused = client.post(TASKS, body)
    assert found == [201] * 11 + [429] * 2
    assert "bytes" in refused.json()["detail"]
    with at(int(refused["Retry-After"])):
        assert client.post(TASKS, body).status_code == HTTPStatus.CREATED


@pytest.mark.parametrize("kind", ["rename", "merge", "delete"])
def test_a_change_of_a_tag_costs_a_write_for_each_task(client: APIClient, user: User, kind: str) -> None:
    operations = [{"op": "create", "fields": {"title": "Milk", "tags": ["a", "b"]}} for _ in range(400)]
    with at():
        client.post(BULK, {"operations": operations})
        tag, other = (Tag.objects.get(owner=user, name=name).pk for name in "ab")
        assert change_tag(client, tag, kind, into=other).status_code < 300
        left = remaining(client.patch("/api/auth/me/", {}))
        refused = change_tag(client, other, "rename", into=other)
    assert left == 1000 - 400 - 400 - 1
    assert (refused.status_code, refused["Retry-After"]) == (429, "11")
    assert Tag.objects.get(pk=other).name == "b"


def change_tag(client: APIClient, tag: int, kind: str, *, into: int) -> Any:
    if kind == "rename":
        return client.patch(f"/api/tags/{tag}/", {"name": f"{tag}"})
    if kind == "merge":
        return client.post(f"/api/tags/{tag}/merge/", {"into": into})
    return client.delete(f"/api/tags/{tag}/")


def test_a_tag_of_any_number_of_tasks_can_be_changed(client: APIClient, settings: Any) -> None:
    settings.WRITES_BURST = 100
    operations = [{"op": "create", "fields": {"title": "Milk", "tags": ["a"]}}] * 80
    for seconds in (0, 60):
        with at(seconds):
            assert client.post(BULK, {"operations": operations}).status_code == 200
    with at(120):
        tag = client.get("/api/tags/").json()["results"][0]["id"]
        assert change_tag(client, tag, "rename", into=tag).status_code == 200


def test_a_zone_that_changes_all_the_time_leaves_one_job(client: APIClient, user: User) -> None:
    for zone in ("Europe/Madrid", "Asia/Tokyo") * 5:
        assert client.patch("/api/auth/me/", {"time_zone": zone}).status_code == 200
    advance("replan", {stream_key(user.pk): head_of(user.pk)})
    assert ReplanJob.objects.count() == 10
    assert [job.event_seq for job in ReplanJob.objects.filter(finished_at=None)] == [head_of(user.pk)]


def test_a_repeated_call_with_a_key_costs_one_write(client: APIClient, user: User) -> None:
    with at():
        for left in (700, 699, 698):
            answer = client.post(BULK, creations(300), headers={"Idempotency-Key": "one"})
            assert (answer.status_code, remaining(answer)) == (200, left)
    assert Task.objects.filter(owner=user).count() == 300


def test_a_bulk_with_a_key_counts_its_operations(client: APIClient) -> None:
    with at():
        statuses = [
            client.post(BULK, creations(400), headers={"Idempotency-Key": key}).status_code for key in "abc"
        ]
    assert statuses == [200, 200, 429]


def test_five_hundred_offline_changes_are_sent_one_by_one(client: APIClient) -> None:
    with at():
        made = [client.post(TASKS, {"title": f"Task {number}"}) for number in range(250)]
        assert {each.status_code for each in made} == {201}
        done = {client.put(f"{TASKS}{each.json()['id']}/completion/").status_code for each in made}
    assert done == {200}


def test_a_demo_is_made_whatever_is_left(client: APIClient, user: User, settings: Any) -> None:
    with at():
        empty(client, settings)
    call_command("demo", tasks=50, user=user.username)
    assert Task.objects.filter(owner=user).count() >= 50


def test_consumers_go_on_whatever_is_left(client: APIClient, user: User, settings: Any) -> None:
    rule = {"title": "Water plants", "due_at": "2031-01-01T09:00:00Z", "recurrence": "daily"}
    with at():
        task = client.post(TASKS, rule).json()["id"]
        empty(client, settings)
    complete_task(task, by=user, at=NOON)
    advance("recurrence", {stream_key(user.pk): head_of(user.pk)})
    assert Task.objects.filter(owner=user, completed_at=None).count() == 1


@pytest.mark.slow
@pytest.mark.django_db(databases=[])
def test_two_processes_let_through_what_one_would() -> None:
    with places.sqlite() as environment:
        [token] = fill_database(environment, sizes=[1], total=1, words=False)
        small = {**environment, "TODO_WRITES_PER_SECOND": "1", "TODO_WRITES_BURST": "20"}
        with served(small, processes=2, threads=4) as url:
            began = monotonic()
            statuses = [
                httpx.patch(f"{url}/api/auth/me/", json={}, headers=signed(token)).status_code
                for _ in range(80)
            ]
            gained = monotonic() - began
    assert set(statuses) == {200, 429}
    # One may be held by the process that was not asked again.
    assert 19 <= statuses.count(200) <= 21 + gained


def test_nought_means_no_bound(client: APIClient, settings: Any) -> None:
    settings.WRITES_PER_SECOND = settings.WRITE_BYTES_PER_SECOND = 0
    settings.WRITES_BURST = settings.WRITE_BYTES_BURST = 1
    with at():
        answers = [client.post(TASKS, {"title": "Milk"}) for _ in range(5)]
    assert {each.status_code for each in answers} == {201}
    assert "RateLimit" not in answers[0]
