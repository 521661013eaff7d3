"""A call with an Idempotency-Key is carried out once and answered the same, whatever view it is for."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts_app.models import KeyedAnswer, SocketTicket, User
from accounts_app.operations.expiry import remove_expired
from accounts_app.tests.factories import make_user, signed_in_client
from events_app.log.history import head_of
from events_app.runtime.crash import intercept
from foundation.database.transactions import clock
from tasks_app.models import Task

pytestmark = pytest.mark.django_db
MILK = {"title": "Milk"}


@pytest.fixture
def user() -> User:
    return make_user()


@pytest.fixture
def client(user: User) -> APIClient:
    return signed_in_client(user)


def post(
    client: APIClient, path: str = "/api/tasks/", body: Any = MILK, *, key: str = "k1", **more: Any
) -> Any:
    return client.post(path, body, headers={"Idempotency-Key": key}, **more)


def test_the_same_call_again_gets_the_stored_answer_and_does_nothing(client: APIClient, user: User) -> None:
    first, second = post(client), post(client)
    assert (first.status_code, second.status_code) == (201, 201)
    assert (first.content, first["ETag"]) == (second.content, second["ETag"])
    assert ("Idempotent-Replayed" in first, second["Idempotent-Replayed"]) == (False, "true")
    assert Task.objects.count() == 1
    assert head_of(user.pk) == 1


def test_the_answer_is_what_it_was_though_the_task_has_changed(client: APIClient) -> None:
    first = post(client)
    client.patch(f"/api/tasks/{first.json()['id']}/", {"title": "Bread"})
    assert post(client).json()["title"] == "Milk"


def test_another_body_or_query_under_the_same_key_is_422(client: APIClient) -> None:
    task = post(client).json()["id"]
    refused = post(client, body={"title": "Bread"})
    assert (refused.status_code, refused.json()["code"]) == (422, "key_reused")
    one = f"/api/tasks/{task}/"
    assert client.delete(one, headers={"Idempotency-Key": "k2"}).status_code == 204
    assert client.delete(f"{one}?scope=this", headers={"Idempotency-Key": "k2"}).status_code == 422
    assert Task.objects.count() == 1


def test_how_the_body_is_written_makes_no_difference(client: APIClient) -> None:
    bodies = ('{"title": "Milk", "priority": "high"}', '{"priority":"high","title":"\\u004dilk"}')
    answers = [post(client, body=body, content_type="application/json") for body in bodies]
    assert answers[0].content == answers[1].content
    assert Task.objects.count() == 1


def test_a_toggle_with_a_key_toggles_once(client: APIClient) -> None:
    task = post(client).json()["id"]
    for _ in range(2):
        answer = client.patch(f"/api/tasks/{task}/complete", headers={"Idempotency-Key": "t"})
        assert answer.json()["completed"] is True
        answer = client.patch(f"/api/tasks/{task}/complete/", headers={"Idempotency-Key": "t"})
        assert answer.json()["completed"] is True


def test_a_key_belongs_to_its_user_method_and_path(client: APIClient) -> None:
    one = post(client).json()["id"]
    assert post(client, "/api/todos/").json()["id"] != one
    assert post(signed_in_client(make_user())).json()["id"] != one
    headers = {"Idempotency-Key": "k1"}
    assert client.put(f"/api/tasks/{one}/completion/", headers=headers).json()["completed"] is True
    assert client.delete(f"/api/tasks/{one}/completion/", headers=headers).json()["completed"] is False


def test_reading_ignores_the_header(client: APIClient) -> None:
    assert client.get("/api/tasks/", headers={"Idempotency-Key": "x" * 999}).status_code == 200
    assert not KeyedAnswer.objects.exists()


def test_a_refused_call_is_not_stored_and_may_be_sent_again(client: APIClient) -> None:
    assert post(client, body={"title": ""}).status_code == 400
    assert post(client, body={"title": "x", "nothing": 1}).status_code == 400
    assert not KeyedAnswer.objects.exists()
    assert post(client).status_code == 201


class Breakdown(Exception):
    pass


def test_a_call_that_failed_is_not_stored_and_left_nothing(client: APIClient, user: User) -> None:
    client.raise_request_exception = False

    def fail(step: str) -> None:
        if step == "writing.before_commit":
            raise Breakdown

    with intercept(fail):
        assert post(client).status_code == 500
    assert (Task.objects.count(), KeyedAnswer.objects.count(), head_of(user.pk)) == (0, 0, 0)
    assert post(client).status_code == 201


@pytest.mark.parametrize("key", ["", " ", "a b", "x" * 256, "é", "a\tb", "\x7f"])
def test_a_key_that_can_not_be_is_400(client: APIClient, key: str) -> None:
    response = client.post("/api/tasks/", MILK, HTTP_IDEMPOTENCY_KEY=key)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "Idempotency-Key")
    assert not Task.objects.exists()


def test_sign_in_and_tickets_ignore_the_header(client: APIClient) -> None:
    for _ in range(2):
        assert post(client, "/api/ws-tickets/", {}).status_code == 201
    assert SocketTicket.objects.count() == 2
    assert client.patch("/api/auth/me/", {"week_start": "su"}, HTTP_IDEMPOTENCY_KEY=" ").status_code == 200
    assert not KeyedAnswer.objects.exists()


def test_without_credentials_the_key_tells_nobody_anything(client: APIClient, user: User) -> None:
    post(client)
    assert post(APIClient()).status_code == 401
    stranger = signed_in_client(make_user())
    assert post(stranger, f"/api/{user.pk}/tasks/").status_code == 404


def test_after_a_day_the_key_is_free_again_and_the_sweep_removes_the_answer(client: APIClient) -> None:
    first = post(client).json()["id"]
    later = timezone.now() + timedelta(hours=24, minutes=1)
    with clock(lambda: later):
        assert post(client).json()["id"] != first
        assert remove_expired() == 0
    with clock(lambda: later + timedelta(days=1, minutes=1)):
        assert remove_expired() == 1
    assert not KeyedAnswer.objects.exists()


def test_a_stored_answer_is_kept_for_its_day(client: APIClient) -> None:
    first = post(client).json()["id"]
    with clock(lambda: datetime.now(UTC) + timedelta(hours=23, minutes=59)):
        remove_expired()
        assert post(client).json()["id"] == first
