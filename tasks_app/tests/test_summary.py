"""The summary: each figure is what the list with that filter holds, in the user's zone, in few queries."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from tasks_app.models import Priority
from tasks_app.operations.completion import complete_task
from tasks_app.operations.tasks import delete_task
from tasks_app.queries.summary import summary
from tasks_app.tests.helpers import NEW_YEAR, make_task

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
ROOTS = ("/api/tasks/summary/", "/api/todos/summary/", "/todos/summary/", "/api/{}/tasks/summary/")
FILTERS: dict[tuple[str, ...], dict[str, str]] = {
    ("total",): {},
    ("status", "pending"): {"status": "pending"},
    ("status", "completed"): {"status": "completed"},
    **{("priority", name): {"priority": name} for name in ("low", "medium", "high", "urgent")},
    **{("tag", name): {"tag": name} for name in ("home", "work")},
    ("overdue",): {"due": "overdue"},
    ("today",): {"due": "today"},
}


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOON)


@pytest.fixture
def tasks(user: User, noon: None) -> None:
    dues = ("2026-03-09", "2026-03-10", "2026-03-11", "2026-03-10T11:00", "2026-03-10T23:30", None)
    for number, due in enumerate(dues):
        priority, tags = list(Priority)[number % 4], (("home",), ("home", "work"), ())[number % 3]
        make_task(user, due=due, priority=priority, tags=tags)
        done = make_task(user, due=due, priority=priority, tags=tags)
        complete_task(done.pk, by=user, at=NEW_YEAR)
        gone = make_task(user, due=due, priority=priority, tags=tags)
        delete_task(gone.pk, by=user, at=NEW_YEAR)
        make_task(make_user(), due=due, priority=priority, tags=tags)


def test_each_figure_is_what_the_list_with_that_filter_holds(client: APIClient, tasks: None) -> None:
    counts = client.get("/api/tasks/summary/").json()
    for path, query in FILTERS.items():
        figure = counts
        for name in path:
            figure = figure[name]
        listed = client.get("/api/tasks/", {**query, "limit": "200"}).json()["results"]
        assert figure == len(listed), path
    assert (counts["total"], counts["status"]) == (12, {"pending": 6, "completed": 6})
    # Overdue: yesterday, and 11:00 in Madrid, which was 10:00Z. Today: the day, 11:00, 23:30, and what is done.
    assert (counts["overdue"], counts["today"]) == (2, 6)


def test_nothing_is_counted_as_nothing(client: APIClient) -> None:
    assert client.get("/api/tasks/summary/").json() == {
        "total": 0,
        "status": {"pending": 0, "completed": 0},
        "priority": {"low": 0, "medium": 0, "high": 0, "urgent": 0},
        "tag": {},
        "overdue": 0,
        "today": 0,
    }


@pytest.mark.parametrize(
    ("zone", "overdue", "today"),
    [
        ("UTC", 1, 1),
        ("Asia/Tokyo", 1, 1),  # 21:00 on the 10th
        ("Pacific/Kiritimati", 2, 0),  # 02:00 on the 11th
        ("Etc/GMT+12", 1, 1),  # the 10th has just begun
    ],
)
def test_today_and_overdue_follow_the_user(db: None, zone: str, overdue: int, today: int) -> None:
    traveller = make_user(time_zone=zone)
    make_task(traveller, due="2026-03-09")
    make_task(traveller, due="2026-03-10")
    counts = summary(traveller, now=NOON)
    assert (counts["overdue"], counts["today"]) == (overdue, today)


def test_older_roots_answer_the_same(client: APIClient, user: User, tasks: None) -> None:
    answers = [client.get(root.format(user.pk)).json() for root in ROOTS]
    assert answers == [answers[0]] * 4
    assert client.get("/api/tasks/summary").json() == answers[0]


def test_it_takes_four_queries_besides_authentication(client: APIClient, tasks: None) -> None:
    with CaptureQueriesContext(connection) as captured:
        client.get("/api/tasks/summary/")
    asked = [query["sql"] for query in captured if "tasks_app" in query["sql"]]
    assert len(asked) <= 4
    assert len(captured) - len(asked) <= 1


def test_it_takes_no_parameters(client: APIClient) -> None:
    assert client.get("/api/tasks/summary/?status=pending").status_code == 400
