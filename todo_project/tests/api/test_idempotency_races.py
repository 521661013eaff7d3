"""Several calls with one key at the same moment: one is carried out, the others are told so."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import pytest
from django.db import connection, connections
from rest_framework.test import APIClient

from accounts_app.tests.factories import make_user, signed_in_client
from events_app.log.history import head_of
from events_app.runtime.crash import intercept
from tasks_app.models import Task

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 6


def post(client: APIClient) -> Any:
    try:
        return client.post("/api/tasks/", {"title": "Milk"}, headers={"Idempotency-Key": "one"})
    finally:
        connections.close_all()


def test_at_the_same_moment_one_is_carried_out() -> None:
    user = make_user()
    clients = [signed_in_client(user) for _ in range(AT_ONCE)]
    barrier = Barrier(AT_ONCE)

    def run(client: APIClient) -> Any:
        barrier.wait(timeout=10)
        return post(client)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = [each.result(timeout=30) for each in [pool.submit(run, client) for client in clients]]
    done = [answer for answer in answers if answer.status_code == 201]
    told = [answer for answer in answers if answer.status_code != 201]
    assert {answer.status_code for answer in told} <= {409}
    assert len({answer.content for answer in done}) == 1
    assert sum("Idempotent-Replayed" not in answer for answer in done) == 1
    assert (Task.objects.count(), head_of(user.pk)) == (1, 1)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer: the second call waits")
def test_while_the_first_is_under_way_the_second_is_409() -> None:
    one, another = [signed_in_client(user) for user in [make_user()] * 2]
    is_there, may_go = Event(), Event()

    def wait(step: str) -> None:
        if step == "writing.before_commit":
            is_there.set()
            assert may_go.wait(timeout=20)

    with ThreadPoolExecutor(1) as pool, intercept(wait):
        first = pool.submit(post, one)
        assert is_there.wait(timeout=20)
        second = post(another)
        may_go.set()
        assert first.result(timeout=20).status_code == 201
    assert (second.status_code, second.json()["code"], second["Retry-After"]) == (409, "still_running", "1")
    assert post(another)["Idempotent-Replayed"] == "true"
