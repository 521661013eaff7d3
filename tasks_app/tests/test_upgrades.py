"""A filled database of a release without documents and without states of search rows is brought up to date.

It answers the same all the while: before the columns are filled, while the release before writes beside this one,
and afterwards.
"""

from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from rest_framework.test import APIClient

from accounts_app.models import User
from foundation.database import sql
from foundation.database.sessions import database_vendor
from tasks_app import invariants
from tasks_app.models import Task
from tasks_app.operations.completion import complete_task
from tasks_app.operations.search_index import prepare_words
from tasks_app.operations.tasks import delete_task
from tasks_app.queries.lists.search import has_old_search_rows
from tasks_app.queries.tasks import has_old_documents
from tasks_app.tests.helpers import NEW_YEAR, make_task

# Django builds the models of every release in between: seconds of a processor, minutes of a busy one.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.timeout(600)]
BEFORE = [("tasks_app", "0008_tag_key_order")]
NEW_COLUMNS = {
    "tasks_app_task": {"document", "document_format", "document_version"},
    "tasks_app_searchtext": {"created_at", "live"},
}
LISTS = (
    "/api/tasks/",
    "/api/tasks/?tag=home&sort_by=priority",
    "/api/tasks/?search=water&sort_by=relevance&count=true",
    "/api/tasks/?search=water -herbs&sort=-created_at",
    "/api/tasks/?search=water&trashed=true&sort_by=relevance",
)


@pytest.fixture
def migrate_to() -> Iterator[Any]:
    """Yield a function that migrates the tables of this app and returns the models of then."""
    newest = MigrationExecutor(connection).loader.graph.leaf_nodes("tasks_app")

    def migrate(target: list[tuple[str, str]] | None) -> Any:
        return MigrationExecutor(connection).migrate(target or newest).apps

    try:
        yield migrate
    finally:
        migrate(None)


def fill(user: User) -> None:
    """Make tasks of all kinds: with tags, reminders, a rule; done, in the trash, found by title and by text."""
    for number in range(7):
        text = {"description": "water them"} if number % 2 else {"tags": ("home", "garden")}
        title = f"Herbs {number}" if number % 2 else f"Water plants {number}"
        make_task(user, title, due="2026-05-01T09:00", reminders=["1h"], **text)
    weekly = make_task(user, "Water weekly", due="2026-01-05", recurrence="weekly")
    complete_task(weekly.pk, by=user, at=NEW_YEAR)
    for task in Task.objects.filter(title__in=["Herbs 1", "Water plants 2"]):
        delete_task(task.pk, by=user, at=NEW_YEAR)


def single_tasks(client: APIClient) -> dict[str, Any]:
    """Return each live task as it is answered alone, by title."""
    rows = client.get("/api/tasks/?limit=50").json()["results"]
    return {row["title"]: client.get(f"/api/tasks/{row['id']}/").json() for row in rows}


def answers(client: APIClient) -> list[Any]:
    return [single_tasks(client), *(client.get(each).json() for each in LISTS)]


def write_as_before(models: Any, user: User, title: str) -> None:
    """Insert a task as the release before does, which names only the columns that it knows."""
    task = models.get_model("tasks_app", "Task").objects.create(
        owner_id=user.pk, title=title, title_key=title, created_at=NEW_YEAR, updated_at=NEW_YEAR
    )
    [words] = prepare_words(user.pk, [(title, "")]).values()
    models.get_model("tasks_app", "SearchText").objects.create(task_id=task.pk, words=words, version=2)


def columns(table: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} LIMIT 0")
        return {each[0] for each in cursor.description}


def findings() -> list[Any]:
    checks = (
        invariants.find_wrong_documents,
        invariants.find_old_documents,
        invariants.find_missing_words,
        invariants.find_outdated_words,
        invariants.find_wrong_search_rows,
    )
    return [each for check in checks for each in check()]


def test_a_filled_database_answers_the_same_before_while_and_after_it_is_filled_anew(
    user: User, client: APIClient, migrate_to: Any
) -> None:
    fill(user)
    expected = single_tasks(client)
    assert findings() == []

    models_before = migrate_to(BEFORE)
    assert not any(new & columns(table) for table, new in NEW_COLUMNS.items())
    write_as_before(models_before, user, "Water the old release")
    migrate_to(None)
    assert all(new <= columns(table) for table, new in NEW_COLUMNS.items())
    write_as_before(models_before, user, "Water beside it")
    old = {"Water the old release", "Water beside it"}
    unfilled = answers(client)
    assert {title: row for title, row in unfilled[0].items() if title not in old} == expected
    assert {row["title"] for row in unfilled[3]["results"]} >= old
    assert (has_old_documents(), has_old_search_rows()) == (True, True)

    for command in ("rewrite_documents", "reindex_search"):
        call_command(command, stdout=StringIO())
    assert findings() == []
    assert answers(client) == unfilled
    if database_vendor() == "sqlite":
        sql.execute("INSERT INTO tasks_app_searchindex(tasks_app_searchindex) VALUES ('integrity-check')", [])
