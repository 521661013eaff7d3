"""Lists and single answers are made of documents, and are what the rows hold."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts_app.models import User
from tasks_app.models import Task
from tasks_app.operations.tasks import delete_task
from tasks_app.queries.tasks import load_full
from tasks_app.tests.helpers import NEW_YEAR, at, make_task
from tasks_app.values.rows import Row
from tasks_app.values.trash import trash_fields

LATER = at("2026-01-02T00:00+00:00")


@pytest.fixture
def tasks(user: User, client: APIClient) -> list[Task]:
    """Tasks of all kinds: plain, with odd texts, due, overdue, with reminders, recurring, done."""
    made = [
        make_task(user, 'Quotes " and \\ and } { ] ,"reminders":[],"reminder_at":null}'),
        make_task(user, "\U0001f34f é \u2028", description="a\nb\t\x7f", tags=('"é\\', "home")),
        make_task(user, "overdue", due="2025-05-04T09:00"),
        make_task(user, "day", due="2030-05-04", tags=("home",)),
        make_task(user, "reminded", due="2030-05-04T09:00", reminders=["30m", "-P1D"]),
        make_task(user, "recurring", due="2030-05-04T09:00", recurrence="weekly", reminders=["1h"]),
        make_task(user, "done", completed=True),
    ]
    return [Task.objects.get(pk=each.pk) for each in made]


def expected(task: Task, *, now: datetime) -> Row:
    row = load_full(Task.objects.get(pk=task.pk)).row(now=now)
    return row | (trash_fields(task.deleted_at) if task.deleted_at else {})


def rows(client: APIClient, query: str = "") -> dict[int, Row]:
    return {row["id"]: row for row in client.get(f"/api/tasks/?{query}").json()["results"]}


@pytest.fixture(params=["current", "none", "some", "stale", "another format"])
def documents(request: pytest.FixtureRequest, tasks: list[Task]) -> str:
    """What documents the tasks have; those that are not current must not be read."""
    kind: str = request.param
    wrong: dict[str, Any] = {"document": '{"title":"not to be read"}'}
    if kind == "none":
        Task.objects.update(document="", document_format=0, document_version=0)
    elif kind == "some":
        Task.objects.filter(pk__in=[each.pk for each in tasks[::2]]).update(document_format=0, **wrong)
    elif kind == "stale":
        Task.objects.update(document_version=F("version") - 1, **wrong)
    elif kind == "another format":
        Task.objects.update(document_format=F("document_format") + 1, **wrong)
    return kind


@pytest.mark.usefixtures("documents")
class TestAnswers:
    """Whatever documents there are."""

    def test_a_list_is_what_the_rows_hold(self, client: APIClient, tasks: list[Task]) -> None:
        assert rows(client) == {each.pk: expected(each, now=LATER) for each in tasks}

    def test_a_page_of_a_tag_in_another_order_has_its_cursor(
        self, client: APIClient, tasks: list[Task]
    ) -> None:
        page = client.get("/api/tasks/?tag=home&sort=-created_at&limit=1").json()
        rest = client.get(page["next"]).json()
        assert [row["id"] for each in (page, rest) for row in each["results"]] == [tasks[1].pk, tasks[3].pk]

    def test_a_search_finds_what_the_rows_hold(self, client: APIClient, tasks: list[Task]) -> None:
        assert rows(client, "search=recurring&sort_by=relevance") == {
            tasks[5].pk: expected(tasks[5], now=LATER)
        }

    def test_each_by_itself_with_its_version(self, client: APIClient, tasks: list[Task]) -> None:
        for each in tasks:
            answer = client.get(f"/api/tasks/{each.pk}/")
            assert answer.json() == expected(each, now=LATER)
            assert answer["ETag"] == f'"{each.version}"'

    def test_the_trash(self, client: APIClient, user: User, tasks: list[Task]) -> None:
        Task.objects.update(deleted_at=NEW_YEAR)
        trashed = [Task.objects.get(pk=each.pk) for each in tasks]
        assert rows(client, "trashed=true") == {each.pk: expected(each, now=LATER) for each in trashed}
        for each in trashed:
            assert client.get(f"/api/tasks/trash/{each.pk}/").json() == expected(each, now=LATER)
            assert client.get(f"/api/tasks/{each.pk}/").status_code == 404


def statements(client: APIClient, path: str) -> Iterator[str]:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return (each["sql"] for each in queries if "tasks_app" in each["sql"])


def test_a_page_is_one_statement_and_reminders_are_one_more(
    client: APIClient, user: User, settings: Settings
) -> None:
    settings.DATABASE_PREPARE = False  # what is prepared is called by a name
    for _ in range(3):
        plain = make_task(user, tags=("home",))
    assert len(list(statements(client, "/api/tasks/"))) == 1
    for _ in range(3):
        task = make_task(user, due="2030-05-04T09:00", reminders=["30m"])
    assert len(list(statements(client, "/api/tasks/"))) == 2
    assert len(list(statements(client, f"/api/tasks/{task.pk}/"))) == 2
    assert len(list(statements(client, f"/api/tasks/{plain.pk}/"))) == 1


def test_a_task_of_the_trash_is_not_found_among_the_live(client: APIClient, user: User) -> None:
    task = make_task(user)
    assert client.get(f"/api/tasks/trash/{task.pk}/").status_code == 404
    delete_task(task.pk, by=user, at=NEW_YEAR)
    assert client.get(f"/api/tasks/{task.pk}/").status_code == 404


def test_pages_for_people_and_indented_answers_hold_the_same(client: APIClient, tasks: list[Task]) -> None:
    for path in ("/api/tasks/", f"/api/tasks/{tasks[0].pk}/"):
        plain = client.get(path)
        indented = client.get(path, HTTP_ACCEPT="application/json; indent=4")
        assert indented.json() == plain.json()
        assert b'\n  "' in indented.content
        assert "Quotes \\&quot; and" in client.get(path, HTTP_ACCEPT="text/html").content.decode()
