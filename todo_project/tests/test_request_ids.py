"""Each call has an id of ours; what its client named it stands beside that, in what the call itself changed."""

import json
import logging
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.tests.factories import make_user, signed_in_client
from audit_app.models import AuditEntry
from events_app.contracts.public import task_event_data, task_update_data
from events_app.contracts.topics import TaskChangeData, TaskEventData
from events_app.models import Event
from foundation.context import Actor, Provenance, use_provenance
from foundation.database import sql
from realtime_app.sockets.protocol import event_text
from tasks_app.tests.helpers import consume, history
from todo_project.logs.formatters import JsonFormatter

pytestmark = pytest.mark.django_db
NAME = "page-1.2:3_4"
NAMED = {"X-Request-ID": NAME}


@pytest.fixture
def user() -> User:
    return make_user()


@pytest.fixture
def client(user: User) -> APIClient:
    return signed_in_client(user)


def changes(client: APIClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/api/changes/", {"after": 0}).json()["results"]
    return found


def test_two_calls_of_one_name_are_two_calls(client: APIClient, user: User) -> None:
    made = [client.post("/api/tasks/", {"title": "x"}, headers=NAMED)["X-Request-ID"] for _ in range(2)]

    assert [event.request_id for event in history(user)] == made
    assert len({*made, NAME}) == 3
    assert [event.client_request_id for event in history(user)] == [NAME, NAME]


def test_a_page_knows_its_own_changes_again(client: APIClient, user: User) -> None:
    client.post("/api/tasks/", {"title": "mine"}, headers=NAMED)
    client.post("/api/tasks/", {"title": "another's"})

    assert [each.get("client_request_id", "absent") for each in changes(client)] == [NAME, "absent"]
    frames = [json.loads(event_text(event)) for event in history(user)]
    assert [frame.get("client_request_id", "absent") for frame in frames] == [NAME, "absent"]


@pytest.mark.parametrize("count", [1, 3, 20])
def test_every_event_of_many_changes_carries_the_name(client: APIClient, user: User, count: int) -> None:
    operations = [{"op": "create", "fields": {"title": f"{number}"}} for number in range(count)]

    assert client.post("/api/tasks/bulk/", {"operations": operations}, headers=NAMED).status_code == 200

    assert [event.client_request_id for event in history(user)] == [NAME] * count
    assert client.post("/api/tasks/bulk/", {"operations": operations}).status_code == 200
    assert [event.client_request_id for event in history(user)][count:] == [None] * count


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a\nb", "é", "a\tb"])
def test_a_name_that_is_none_is_left_out(client: APIClient, user: User, given: str) -> None:
    assert client.post("/api/tasks/", {"title": "x"}, headers={"X-Request-ID": given}).status_code == 201

    assert history(user)[0].client_request_id is None


def test_what_a_consumer_makes_of_a_call_has_its_id_and_not_its_name(client: APIClient, user: User) -> None:
    body = {"title": "plants", "due_at": "2030-05-04T09:00:00Z", "recurrence": "weekly"}
    task = client.post("/api/tasks/", body).json()
    done = client.put(f"/api/tasks/{task['id']}/completion/", headers=NAMED)
    consume(user)

    completed, created = [each for each in history(user) if each.type in ("task.completed", "task.created")][
        1:
    ]

    assert (completed.type, completed.client_request_id) == ("task.completed", NAME)
    assert (created.type, created.actor.type) == ("task.created", "consumer")
    assert created.causation_id == completed.event_id
    assert created.request_id == completed.request_id == done["X-Request-ID"]
    assert created.client_request_id is None


def test_what_is_published_carries_the_name_and_fits_its_contract(client: APIClient, user: User) -> None:
    client.post("/api/tasks/", {"title": "x"}, headers=NAMED)
    [event] = history(user)

    assert TaskEventData.model_validate(task_event_data(event)).client_request_id == NAME
    assert TaskChangeData.model_validate(task_update_data(event)).client_request_id == NAME


def test_rows_of_the_release_before_have_no_name(client: APIClient, user: User) -> None:
    client.post("/api/tasks/", {"title": "x"}, headers=NAMED)
    kept = {"id", "seq", "event_id", "client_request_id"}
    others = ", ".join(str(each.column) for each in Event._meta.concrete_fields if each.column not in kept)
    sql.execute(
        f"INSERT INTO events_app_event (seq, event_id, {others}) SELECT seq + 1, %s, {others} FROM events_app_event",
        [uuid4().hex],
    )
    sql.execute("UPDATE events_app_stream SET head = head + 1", [])

    assert [each.get("client_request_id") for each in changes(client)] == [NAME, None]
    assert "client_request_id" not in changes(client)[1]
    assert "client_request_id" not in task_event_data(history(user)[1])


def test_the_trail_has_our_id(client: APIClient, user: User) -> None:
    made = client.post("/api/tasks/", {"title": "x"}, headers=NAMED)
    consume(user, "audit")

    assert AuditEntry.objects.get(user_id=user.pk).request_id == made["X-Request-ID"]


def test_log_lines_have_both() -> None:
    record = logging.makeLogRecord({"name": "test", "levelname": "INFO", "msg": "done"})
    with use_provenance(Provenance(Actor("user", "42"), request_id="ours", client_request_id=NAME)):
        line = json.loads(JsonFormatter().format(record))
    with use_provenance(Provenance(Actor("user", "42"), request_id="ours")):
        unnamed = json.loads(JsonFormatter().format(record))

    assert (line["request_id"], line["client_request_id"]) == ("ours", NAME)
    assert "client_request_id" not in unnamed
