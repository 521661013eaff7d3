"""A snapshot has what a client keeps, says where its history begins, and goes on where it broke off."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from events_app.log.history import head_of
from tasks_app.api import snapshot_view
from tasks_app.models import Task
from tasks_app.operations.completion import complete_task
from tasks_app.operations.tasks import delete_task
from tasks_app.queries.lists import snapshots
from tasks_app.tests.helpers import make_task

pytestmark = pytest.mark.django_db
SNAPSHOT = "/api/tasks/snapshot/"
DAY = timedelta(days=1)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def user() -> User:
    return make_user(time_zone="Asia/Tokyo")


@pytest.fixture
def client(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def body_of(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def lines(client: APIClient, **query: Any) -> list[dict[str, Any]]:
    answer = client.get(SNAPSHOT, query)
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"] == "application/x-ndjson"
    return [json.loads(line) for line in body_of(answer).splitlines()]


def titles(client: APIClient, **query: Any) -> list[str]:
    return [task["title"] for task in lines(client, **query)[1:-1]]


def make_done(user: User, title: str, *, at: datetime) -> Task:
    return complete_task(make_task(user, title).pk, by=user, at=at).task


def test_it_has_the_tasks_as_lists_answer_them_and_the_place_in_the_history(
    client: APIClient, user: User
) -> None:
    make_task(
        user, "Pay rent", due="2026-12-01", recurrence="FREQ=MONTHLY", reminders=["-PT1H"], tags=("home",)
    )
    make_task(user, "Café")
    make_task(make_user(), "of somebody else")

    found = lines(client)

    changes = client.get("/api/changes/").json()
    assert found[0] == {"sequence": head_of(user.pk), "epoch": changes["epoch"]}
    assert sorted(found[1:-1], key=lambda task: task["id"]) == found[1:-1]
    listed = {task["id"]: task for task in client.get("/api/tasks/").json()["results"]}
    assert {task["id"]: task for task in found[1:-1]} == listed
    assert found[-1] == {"end": True, "tasks": 2}


def test_completed_ones_come_from_an_instant_on_and_the_trash_never(client: APIClient, user: User) -> None:
    make_task(user, "open")
    make_done(user, "long ago", at=NOON - 40 * DAY)
    make_done(user, "lately", at=NOON)
    delete_task(make_task(user, "trashed").pk, by=user, at=NOON)

    assert titles(client) == ["open"]
    assert titles(client, completed_after="2026-11-20T12:00:00Z") == ["open", "lately"]
    assert titles(client, completed_after="2026-11-20T12:00:00.000001Z") == ["open"]
    assert titles(client, completed_after="2026-11-20T21:00") == [
        "open",
        "lately",
    ]  # noon, on a clock in Tokyo
    assert titles(client, completed_after="2026-11-21") == ["open"]
    assert titles(client, status="all") == ["open", "long ago", "lately"]


def test_a_long_one_ends_without_its_last_line_and_goes_on_behind_an_id(
    client: APIClient, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot_view, "MOST_LINES", 5)
    monkeypatch.setattr(snapshots, "_TASKS_PER_READ", 2)
    made = [make_task(user, f"task {at}").pk for at in range(10)]

    parts = [lines(client)]
    while "end" not in parts[-1][-1]:
        parts.append(lines(client, after_id=parts[-1][-1]["id"]))

    assert [task["id"] for part in parts for task in part if "id" in task] == made
    assert [len(part) for part in parts] == [6, 6, 2]
    assert parts[-1][-1] == {"end": True, "tasks": 0}


def test_it_costs_few_statements_whatever_there_is(
    client: APIClient, user: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DATABASE_PREPARE = (
        False  # when a text is prepared, and all are thrown away, depends on what ran before
    )
    for at in range(30):
        make_task(user, f"task {at}", reminders=["-PT1H"] if at % 2 else [], due="2026-12-01T10:00:00Z")
    statements_of_all(client)  # what a process reads once
    sent = statements_of_all(client)
    assert len(sent) <= 6, "\n".join(sent)
    monkeypatch.setattr(snapshots, "_TASKS_PER_READ", 10)
    sent = statements_of_all(client)
    assert len(sent) <= 6 + 3 * 2, "\n".join(sent)


def statements_of_all(client: APIClient) -> list[str]:
    with CaptureQueriesContext(connection) as sent:
        assert len(titles(client)) == 30
    return [each["sql"] for each in sent]


def test_nobody_and_a_wrong_question_are_refused(client: APIClient) -> None:
    assert APIClient().get(SNAPSHOT).status_code == 401
    for query, field in (
        ({"status": "completed"}, "status"),
        ({"completed_after": "yesterday"}, "completed_after"),
        ({"after_id": "-1"}, "after_id"),
        ({"after_id": str(2**63)}, "after_id"),
        ({"before_id": "1"}, "before_id"),
    ):
        answer = client.get(SNAPSHOT, query)
        assert answer.status_code == 400, query
        assert [error["field"] for error in answer.json()["errors"]] == [field]


def test_it_is_compressed_for_those_who_read_that(client: APIClient, user: User) -> None:
    for at in range(20):
        make_task(user, f"task {at}")
    plain = body_of(client.get(SNAPSHOT))
    answer = client.get(SNAPSHOT, headers={"accept-encoding": "gzip"})
    packed = body_of(answer)
    assert answer["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer["Vary"]
    assert gzip.decompress(packed) == plain
    assert len(packed) < len(plain) / 3
