"""A refused request leaves one line that says what it was and who sent it, and nothing secret."""

import asyncio
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.test import AsyncClient, Client
from django.urls import path
from pytest_django.fixtures import Settings

from accounts_app.operations.sign_ins.families import begin_family
from accounts_app.tests.factories import make_user, signed_in_client
from todo_project.logs.formatters import JsonFormatter
from todo_project.urls import urlpatterns as real_urlpatterns

pytestmark = pytest.mark.django_db


class Lines(logging.Handler):
    """Keeps what a collector would get; a line is made when it is logged, as in a process."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonFormatter())
        self.lines: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(json.loads(self.format(record)))


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    handler = Lines()
    loggers = [logging.getLogger(name) for name in ("django.request", "django.security")]
    for logger in loggers:
        logger.addHandler(handler)
    yield handler.lines
    for logger in loggers:
        logger.removeHandler(handler)


def test_a_failed_sign_in_says_from_where(lines: list[dict[str, Any]]) -> None:
    body = {"username": "ann", "password": "hunter2hunter2"}
    answer = Client().post(
        "/api/auth/token/?ticket=hunter2", body, "application/json", REMOTE_ADDR="192.0.2.7"
    )
    assert answer.status_code == 400
    answer = Client().post("/api/auth/token/", body, "application/json", REMOTE_ADDR="192.0.2.7")
    assert answer.status_code == 401
    for line, status in zip(lines, (400, 401), strict=True):
        assert line["method"] == "POST"
        assert line["path"] == "/api/auth/token/"
        assert line["status"] == status
        assert line["address"] == "192.0.2.7"
        assert line["level"] == "warning"
    assert lines[1]["request_id"] == answer["X-Request-ID"]
    assert "hunter2" not in str(lines)


def test_a_known_caller_is_named(lines: list[dict[str, Any]]) -> None:
    user = make_user()
    answer = signed_in_client(user).get("/api/tasks/1/")
    browser = Client()
    browser.force_login(user)
    page = browser.get("/api/tasks/1/")
    assert [line["user_id"] for line in lines] == [str(user.pk)] * 2
    assert [line["request_id"] for line in lines] == [answer["X-Request-ID"], page["X-Request-ID"]]


def test_what_is_answered_is_not_logged(lines: list[dict[str, Any]]) -> None:
    signed_in_client(make_user()).get("/api/tasks/")
    Client().get("/")
    assert lines == []


@pytest.mark.django_db(transaction=True)
def test_requests_under_asgi_are_named_as_well(lines: list[dict[str, Any]]) -> None:
    users = [make_user() for _ in range(4)]
    tokens = [begin_family(user).access for user in users]

    async def ask(token: str) -> str:
        answer = await AsyncClient().get("/api/tasks/1/", headers={"authorization": f"Bearer {token}"})
        return str(answer["X-Request-ID"])

    async def all_of_them() -> list[str]:
        ids = await asyncio.gather(*(ask(token) for token in tokens))
        await sync_to_async(connections.close_all)()
        return list(ids)

    ids = asyncio.run(all_of_them())
    found = {(line["request_id"], line["user_id"]) for line in lines}
    assert found == {(request_id, str(user.pk)) for request_id, user in zip(ids, users, strict=True)}


def fail(request: HttpRequest) -> HttpResponse:
    raise ValueError("password=hunter2")


urlpatterns = [path("fail/", fail), *real_urlpatterns]


@pytest.mark.urls("todo_project.tests.hostile.test_request_log")
def test_a_failure_is_one_line_with_its_cause_and_no_secret(lines: list[dict[str, Any]]) -> None:
    answer = Client(raise_request_exception=False).get("/fail/?token=hunter2")
    [line] = lines
    assert (line["status"], line["path"], line["request_id"]) == (500, "/fail/", answer["X-Request-ID"])
    assert "ValueError" in line["exception"]
    assert "hunter2" not in str(line)


def test_a_line_can_not_be_forged_by_a_path(lines: list[dict[str, Any]]) -> None:
    Client().get("/x%0a12:00:00 INFO admin: signed in%1b[2K")
    [line] = lines
    assert not set(line["path"]) & set("\n\x1b")


def test_a_host_that_is_not_ours_is_named_with_its_sender(
    lines: list[dict[str, Any]], settings: Settings
) -> None:
    Client().get("/api/tasks/", headers={"host": "evil.example"}, REMOTE_ADDR="192.0.2.7")
    assert {line["address"] for line in lines} == {"192.0.2.7"}
    assert all("status" in line and "request" not in line for line in lines)
