"""What a list costs: queries, and rows read, whatever the order, the depth and the other users."""

import re
from datetime import timedelta
from itertools import cycle
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings
from rest_framework.serializers import ModelSerializer
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from foundation.database import sql
from foundation.database.prepared import USES_BEFORE
from tasks_app.api.answers import ReminderSerializer, TaskAnswerSerializer
from tasks_app.models import NO_DUE, Priority, Tag, Task, TaskTag
from tasks_app.operations.search_index import index_words
from tasks_app.queries.tasks import FullTask, load_all_full
from tasks_app.search.sort_keys import title_key
from tasks_app.tests.helpers import NEW_YEAR, make_task
from tasks_app.values.rows import set_document

SORTS = [
    f"sort_by={name}&order={order}"
    for name in ("due_date", "priority", "created_at", "updated_at", "title", "completed_at", "relevance")
    for order in ("asc", "desc")
]
PER_USER = 240
WHOLE_SORTS = re.compile(
    r"USE TEMP B-TREE FOR ORDER BY|(->  |^)Sort  [(]|Seq Scan on tasks_app_task|SCAN tasks_app_task", re.M
)


@pytest.fixture(autouse=True)
def whole_texts(settings: Settings) -> None:
    """Send each statement as it is: what is prepared is called by a name, without its text."""
    settings.DATABASE_PREPARE = False


def insert_tasks(owner: User, count: int) -> None:
    """Put tasks of all sorts into the table; tag `home` on each."""
    tag = Tag.objects.create(owner=owner, name="home", key="home")
    tasks = []
    for number, priority in zip(range(count), cycle(Priority), strict=False):
        due = NEW_YEAR + timedelta(hours=number * 7 % 500) if number % 5 else None
        made = NEW_YEAR + timedelta(minutes=number * 3 % 400)
        tasks.append(
            Task(
                owner=owner,
                title=(title := f"Title {number * 11 % count:04} water"),
                title_key=title_key(title),
                priority=priority,
                due_date=due.date() if due else None,
                due_time=due.time() if due else None,
                time_zone="UTC" if due else "",
                due_instant=due,
                overdue_at=due,
                due_sort=due or NO_DUE,
                completed_at=made if number % 4 == 0 else None,
                created_at=made,
                updated_at=made,
            )
        )
    for task in tasks:
        set_document(task, FullTask(task, [tag], []).lasting_row())
    made_tasks = Task.objects.bulk_create(tasks)
    sql.run_together(index_words(load_all_full(made_tasks)))
    TaskTag.objects.bulk_create(
        TaskTag(
            task=task,
            tag=tag,
            priority=task.priority,
            due_sort=task.due_sort,
            completed=task.completed_at is not None,
        )
        for task in made_tasks
    )


@pytest.fixture
def many(user: User) -> User:
    for owner in (make_user(), user, make_user()):
        insert_tasks(owner, PER_USER)
    sql.execute("ANALYZE", [])
    return user


def deep(client: APIClient, query: str) -> tuple[str, str]:
    """Return the URLs of a page in the midst of a list and of the one before it."""
    limited = query if "limit" in query else f"{query}&limit=50"
    first = client.get(f"/api/tasks/?{limited}").json()
    second = client.get(first["next"]).json()
    return second["next"], second["previous"]


def asked(client: APIClient, url: str) -> tuple[list[str], dict[str, Any]]:
    """Return the statements about tasks that a request makes, and its answer."""
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(url)
    assert answer.status_code == 200, answer.content
    return [each["sql"] for each in captured if "tasks_app" in each["sql"]], answer.json()


def page_asked(client: APIClient, url: str) -> str:
    """Return the statement that selects the tasks of a page, as it is sent: a prepared one by its name."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    [*_, page] = captured
    return str(page["sql"])


def plan_of(statement: str) -> str:
    """Return how the statement is carried out where sorting, cheap for a few rows, is the last resort."""
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_sort = off; SET LOCAL enable_hashjoin = off")
        cursor.execute(f"{explain} {statement}")
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


@pytest.mark.parametrize(
    "query",
    [*SORTS, "sort=-priority,due_date", "tag=home", "tag=home&order=desc", "tag=home&sort_by=priority"],
)
def test_a_page_takes_few_queries_at_any_depth(client: APIClient, many: User, query: str) -> None:
    for url in (f"/api/tasks/?{query}", *deep(client, query)):
        statements, answer = asked(client, url)
        assert len(answer["results"]) == 50
        assert len(statements) <= 2, statements


@pytest.mark.parametrize("sort", ["", "&sort_by=relevance", "&sort_by=title&order=desc", "&tag=home"])
@pytest.mark.parametrize("text", ["wat", '"0007"', "title -0007"])
def test_a_search_takes_four_queries(client: APIClient, many: User, text: str, sort: str) -> None:
    statements, answer = asked(client, f"/api/tasks/?search={text}{sort}")
    assert answer["results"]
    assert len(statements) <= 4, statements


@pytest.mark.parametrize(
    "query",
    [
        *SORTS,
        "sort=-priority,due_date",
        "tag=home",
        "tag=home&order=desc",
        "status=pending",
        "due=none&limit=15",
    ],
)
def test_every_order_is_that_of_an_index(client: APIClient, many: User, query: str) -> None:
    """No page sorts the user's tasks: what is sorted are ties, rows that the order begins alike."""
    for url in (f"/api/tasks/?{query}", *deep(client, query)):
        statements, _ = asked(client, url)
        [page] = [each for each in statements if "t.version" in each]
        plan = plan_of(page)
        assert not WHOLE_SORTS.search(plan), plan


@pytest.mark.parametrize("query", [*SORTS, "sort=-priority,due_date", "tag=home", "status=pending"])
def test_a_plan_that_is_made_once_goes_along_the_index_too(
    client: APIClient, many: User, settings: Settings, query: str
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite compiles a statement each time")
    settings.DATABASE_PREPARE = True
    # Others have prepared statements in this connection; at 256 it would forget them all, maybe in between.
    if session := getattr(connection, "prepared_session", None):
        session.is_spent = True
    for url in (f"/api/tasks/?{query}", *deep(client, query)):
        for _ in range(USES_BEFORE + 1):
            page_asked(client, url)
        page = page_asked(client, url)
        assert page.startswith("EXECUTE todo_"), page
        sql.execute("SET LOCAL plan_cache_mode = force_generic_plan", [])
        # So few rows as here may be sorted at less cost; what is asked is whether the order of an index is there.
        sql.execute("SET LOCAL enable_sort = off", [])
        sql.execute("DISCARD PLANS", [])
        plan = plan_of(page)
        assert "$" in plan
        assert not WHOLE_SORTS.search(plan), plan


def test_rows_are_those_of_the_description_and_need_no_model_serializer(
    client: APIClient, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a list went through ModelSerializer")

    monkeypatch.setattr(ModelSerializer, "to_representation", refuse)
    monkeypatch.setattr(Task, "from_db", refuse)
    for number in range(50):
        make_task(
            user, f"{number}", due="2030-05-01T09:00", tags=("home",), reminders=["1h"], recurrence="weekly"
        )
    rows = client.get("/api/tasks/").json()["results"]
    assert len(rows) == 50
    for row in rows:
        assert row.keys() == TaskAnswerSerializer().fields.keys()
        assert row["reminders"][0].keys() == ReminderSerializer().fields.keys()
