"""Lists: what they hold, in which order, in how many queries."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from events_app.log.history import events_between, head_of
from tasks_app.api.filters import ListInput, TaskFilter
from tasks_app.models import Priority, Task
from tasks_app.operations.completion import complete_task
from tasks_app.operations.tasks import delete_task
from tasks_app.queries.due_days import due_today_of_all
from tasks_app.queries.lists.orders import SORT_NAMES
from tasks_app.tests.helpers import NEW_YEAR, at, make_task
from tasks_app.values.fields import AtInstant


def titles(client: APIClient, query: str = "") -> list[str]:
    response = client.get(f"/api/tasks/{query}")
    assert response.status_code == 200, response.content
    return [row["title"] for row in response.json()["results"]]


def pages(client: APIClient, query: str) -> Iterator[dict[str, Any]]:
    url: str | None = f"/api/tasks/{query}"
    while url:
        page = client.get(url).json()
        yield page
        url = page["next"]


@pytest.fixture
def tasks(user: User) -> dict[str, Task]:
    make_task(make_user(), "somebody else's", due="2026-05-01", tags=("home",))
    made = {
        "third": make_task(user, "third", due="2026-05-03T09:00", tags=("home",), priority=Priority.HIGH),
        "never": make_task(user, "never", tags=("home", "work")),
        "first": make_task(user, "first", due="2026-05-01", tags=("work",), priority=Priority.URGENT),
        "second": make_task(user, "second", due="2026-05-02T09:00", tags=("home", "work")),
    }
    complete_task(made["second"].pk, by=user, at=at("2026-05-02T10:00+00:00"))
    return made


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["first", "second", "third", "never"]),
        ("?status=all", ["first", "second", "third", "never"]),
        ("?status=pending", ["first", "third", "never"]),
        ("?status=completed", ["second"]),
        ("?completed=false", ["first", "third", "never"]),
        ("?priority=high", ["third"]),
        ("?priority=high,URGENT", ["first", "third"]),
        ("?priority=high&priority=critical", ["first", "third"]),
        ("?tag=home", ["second", "third", "never"]),
        ("?tag=HOME&status=pending", ["third", "never"]),
        ("?tag=home&priority=high", ["third"]),
        ("?tag=home,work", ["second", "never"]),
        ("?tag=home&tag=work", ["second", "never"]),
        ("?tag=home,work&tag_mode=any", ["first", "second", "third", "never"]),
        ("?tag=", []),
        ("?tag=nowhere", []),
        ("?tag=home,nowhere", []),
        ("?tag=home,nowhere&tag_mode=any", ["second", "third", "never"]),
        ("?due_on=2026-05-01", ["first"]),
        ("?due_before=2026-05-02", ["first"]),
        ("?due_after=2026-05-02", ["second", "third"]),
        ("?due_after=2026-05-02T07:00:00Z&due_before=2026-05-03T07:00:00Z", ["second"]),
        ("?due_after=2026-05-03T09:00", ["third"]),
        ("?due=none", ["never"]),
        ("?completed_after=2026-05-02T10:00:00Z", ["second"]),
        ("?completed_before=2026-05-02T10:00:00Z", []),
        ("?created_after=2026-01-01T00:00:00Z", ["first", "second", "third", "never"]),
        ("?created_before=2026-01-01T00:00:00Z", []),
        ("?trashed=true", []),
        ("?sort=-priority,due_date", ["first", "third", "second", "never"]),
        ("?sort=priority,due_date", ["second", "never", "third", "first"]),
        ("?sort_by=title", ["first", "never", "second", "third"]),
        ("?sort_by=title&order=desc", ["third", "second", "never", "first"]),
        ("?order=desc", ["third", "second", "first", "never"]),
        ("?sort_by=completed_at", ["second", "third", "never", "first"]),
        ("?tag=home&sort_by=title", ["never", "second", "third"]),
        ("?tag=home&order=desc", ["third", "second", "never"]),
    ],
)
def test_a_query_finds(client: APIClient, tasks: dict[str, Task], query: str, expected: list[str]) -> None:
    assert titles(client, query) == expected


def test_ids_and_series_are_filters(client: APIClient, user: User, tasks: dict[str, Task]) -> None:
    weekly = make_task(user, "weekly", due="2026-05-09", recurrence="weekly")
    assert titles(client, f"?ids={tasks['third'].pk},{tasks['first'].pk}") == ["first", "third"]
    assert titles(client, f"?series={weekly.series_id}") == ["weekly"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?status=done", "status"),
        ("?priority=top", "priority"),
        ("?tag_mode=none", "tag_mode"),
        ("?due=someday", "due"),
        ("?due_on=2026-05-01T10:00", "due_on"),
        ("?due_before=soon", "due_before"),
        ("?created_after=2026-13-01", "created_after"),
        ("?series=x", "series"),
        ("?series=99999999999999999999", "series"),
        ("?ids=1,x", "ids"),
        ("?trashed=maybe", "trashed"),
        ("?sort=size", "sort"),
        ("?sort=title,-title", "sort"),
        ("?sort_by=__class__", "sort_by"),
        ("?order=up", "order"),
        ("?owner__username=x", "owner__username"),
        ("?title__startswith=x", "title__startswith"),
        ("?limit=0", "limit"),
        ("?limit=201", "limit"),
        ("?cursor=abc", "cursor"),
    ],
)
def test_a_value_that_cannot_be_is_refused(client: APIClient, query: str, field: str) -> None:
    response = client.get(f"/api/tasks/{query}")
    assert response.status_code == 400
    assert field in [error["field"] for error in response.json()["errors"]]


def test_days_of_the_calendar_are_the_users(client: APIClient, user: User) -> None:
    local = timezone.now().astimezone(user.zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    for name, hours in (("yesterday", -1), ("tomorrow", 30), ("in a month", 24 * 31)):
        make_task(user, name, due=AtInstant(midnight + timedelta(hours=hours)), now=NEW_YEAR)
    make_task(user, "today", due=local.date().isoformat())
    assert titles(client, "?due=today") == ["today"]
    assert titles(client, "?due=tomorrow") == ["tomorrow"]
    assert titles(client, "?due=overdue") == ["yesterday"]
    week = titles(client, "?due=week")
    assert "today" in week
    assert "yesterday" not in week
    assert "in a month" not in week
    overdue = {row["title"]: row["overdue"] for row in client.get("/api/tasks/").json()["results"]}
    assert overdue == {"yesterday": True, "today": False, "tomorrow": False, "in a month": False}


@pytest.mark.parametrize(
    "query", ["", "?tag=home", "?sort=-priority,due_date", "?order=desc", "?tag=home&order=desc"]
)
def test_pages_hold_every_task_once_whatever_happens_between_them(
    client: APIClient, user: User, query: str
) -> None:
    for number in range(7):
        make_task(
            user, f"task {number}", due=f"2026-05-0{number % 3 + 1}" if number % 4 else None, tags=("home",)
        )
    joined = f"{query}{'&' if query else '?'}limit=2"
    expected = titles(client, query)
    seen = []
    for page in pages(client, joined):
        seen += [row["title"] for row in page["results"]]
        make_task(user, "new", due="2026-04-01", tags=("other",))
    assert [title for title in seen if title != "new"] == expected


def test_a_page_goes_back_to_where_it_came_from(client: APIClient, tasks: dict[str, Task]) -> None:
    first, second = list(pages(client, "?limit=3"))
    back = client.get(second["previous"]).json()
    assert back["results"] == first["results"]
    assert first["previous"] is None


@pytest.mark.parametrize(
    "query", ["", "?tag=home&priority=medium", "?sort=-priority,title", "?status=pending"]
)
def test_a_list_of_fifty_takes_two_queries_besides_authentication(
    client: APIClient, user: User, settings: Settings, query: str
) -> None:
    settings.DATABASE_PREPARE = False  # so that each statement shows its text
    for number in range(50):
        make_task(user, f"{number}", due="2030-05-01T09:00", tags=("home", "work"), reminders=["1h"])
    client.get("/api/tasks/?limit=1")
    with CaptureQueriesContext(connection) as captured:
        assert len(client.get(f"/api/tasks/{query}").json()["results"]) == 50
    besides = [each["sql"] for each in captured if "tasks_app" in each["sql"]]
    assert len(besides) == 2, besides
    assert len(captured) == 3


def test_list_single_answer_and_event_show_the_same(client: APIClient, user: User) -> None:
    bodies: list[dict[str, Any]] = [
        {"title": "plain"},
        {"title": "day", "due_on": "2030-07-15", "reminders": [{"offset": "PT9H"}]},
        {"title": "floating", "due_at": "2030-07-15T09:00", "floating": True, "tags": ["b", "a"]},
        {"title": "weekly", "due_at": "2030-07-15T09:00", "recurrence": "weekly", "description": "é\n"},
        {"title": "done", "due_at": "2020-07-15T09:00", "completed": True, "priority": "urgent"},
        {"title": "late", "due_at": "2020-07-15T09:00", "reminders": [{"offset": "1h"}]},
    ]
    created = {row["id"]: row for row in (client.post("/api/tasks/", body).json() for body in bodies)}
    half = make_task(user, "half a second", now=NEW_YEAR + timedelta(milliseconds=500))
    created[half.pk] = client.get(f"/api/tasks/{half.pk}/").json()
    assert created[half.pk]["created_at"] == "2026-01-01T00:00:00.500000Z"
    listed = {row["id"]: row for row in client.get("/api/tasks/").json()["results"]}
    single = {id_: client.get(f"/api/tasks/{id_}/").json() for id_ in created}
    events = events_between(user.pk, after=0, to=head_of(user.pk), types=["task.created"])
    told: dict[Any, Any] = {event.task_id: event.data["task"] for event in events}
    assert created == listed == single
    assert {id_: {**row, "overdue": single[id_]["overdue"]} for id_, row in told.items()} == single


def test_counting_is_asked_for(client: APIClient, tasks: dict[str, Task]) -> None:
    assert "count" not in client.get("/api/tasks/").json()
    assert client.get("/api/tasks/?count=true&limit=1&tag=home").json()["count"] == 3


class TestOlderRoots:
    @pytest.mark.parametrize("root", ["/api/todos", "/api/todos/", "/todos", "/todos/", "own"])
    def test_the_same_tasks_as_a_plain_array_with_links(
        self, client: APIClient, user: User, tasks: dict[str, Task], root: str
    ) -> None:
        url = f"/api/{user.pk}/tasks/" if root == "own" else root
        whole = client.get(url)
        assert whole.json() == client.get("/api/tasks/").json()["results"]
        page = client.get(f"{url}?limit=3")
        assert len(page.json()) == 3
        assert 'rel="next"' in page["Link"]

    @pytest.mark.parametrize("root", ["/api/todos", "/todos", "own"])
    def test_the_same_calls(self, client: APIClient, user: User, root: str) -> None:
        base = f"/api/{user.pk}/tasks" if root == "own" else root
        row = client.post(base, {"title": "x"}).json()
        one = f"{base}/{row['id']}"
        assert client.get(one).json() == client.get(f"/api/tasks/{row['id']}").json()
        assert client.put(one, {"title": "y"}).json()["title"] == "y"
        assert client.patch(f"{one}/complete").json()["completed"] is True
        assert client.delete(one).status_code == 204

    def test_the_root_of_another_user_is_not_there(self, client: APIClient) -> None:
        stranger = make_user()
        task = make_task(stranger)
        for url in (f"/api/{stranger.pk}/tasks/", f"/api/{stranger.pk}/tasks/{task.pk}/", "/api/0/tasks/"):
            assert client.get(url).status_code == 404


WRONG = [
    "junk",
    "%00",
    "%FF",
    "-1",
    "9" * 40,
    "a" * 5000,
    "NaN",
    "[]",
    "' OR 1=1--",
    "2026-13-40",
    "0000-00-00",
    "%F0%9F%91%8D",
]


@pytest.mark.parametrize("name", [*TaskFilter.base_filters, "limit", "cursor", "count", "format"])
def test_no_value_of_any_parameter_breaks_a_list(
    client: APIClient, tasks: dict[str, Task], name: str
) -> None:
    for value in ("", *WRONG):
        response = client.get(f"/api/tasks/?{name}={value}")
        assert response.status_code in ((200, 400) if name != "format" else (200, 400, 404)), value
        if response.status_code == 400:
            assert response.json()["errors"][0]["field"] == name
    for other in (f"{name}[]", f"{name}__gt", f"-{name}"):
        assert client.get(f"/api/tasks/?{other}=1").status_code == 400


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("?status=pending&completed=true", "completed"),
        ("?sort=title&sort_by=due_date", "sort_by"),
        ("?search=a&q=b", "q"),
    ],
)
def test_parameters_that_disagree_are_refused(client: APIClient, query: str, field: str) -> None:
    response = client.get(f"/api/tasks/{query}")
    assert [error["field"] for error in response.json()["errors"]] == [field]


def test_tags_of_the_trash_are_all_meant(client: APIClient, user: User) -> None:
    both = make_task(user, "both", tags=("home", "work"))
    one = make_task(user, "one", tags=("home",))
    for task in (both, one):
        delete_task(task.pk, by=user, at=NEW_YEAR)
    assert titles(client, "?trashed=true&tag=home,work") == ["both"]
    assert titles(client, "?trashed=true&tag=home,work&tag_mode=any") == ["both", "one"]


def test_every_sort_holds_every_task_in_order_on_all_pages(client: APIClient, tasks: dict[str, Task]) -> None:
    for name in SORT_NAMES:
        for order in ("asc", "desc"):
            query = f"?sort_by={name}&order={order}"
            whole = titles(client, query)
            assert sorted(whole) == sorted(tasks)
            seen = [row["title"] for page in pages(client, f"{query}&limit=1") for row in page["results"]]
            assert seen == whole


class TestDue:
    """`due` has several values, and what it means is what the summary and the admin count."""

    @pytest.fixture(autouse=True)
    def _noon(self, client: APIClient, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
        """Noon of a Tuesday in Madrid, with a task for each case."""
        monkeypatch.setattr(timezone, "now", lambda: at("2026-03-10T11:00:00+00:00"))
        dues = {
            "last week": "2026-03-03", "yesterday": "2026-03-09T23:00", "morning": "2026-03-10T08:00",
            "all day": "2026-03-10", "first": "2026-03-10T00:00", "last": "2026-03-10T23:59",
            "done": "2026-03-10T09:00",
            "tomorrow": "2026-03-11", "sunday": "2026-03-15", "next week": "2026-03-16", "never": None,
        }  # fmt: skip
        for name, due in dues.items():
            task = make_task(user, name, due=due, tags=("home",))
            if name == "done":
                complete_task(task.pk, by=user, at=NEW_YEAR)

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("today", ["first", "all day", "morning", "done", "last"]),
            ("overdue", ["last week", "yesterday", "first", "morning"]),
            ("overdue,today", ["last week", "yesterday", "first", "all day", "morning", "done", "last"]),
            ("today&due=overdue", ["last week", "yesterday", "first", "all day", "morning", "done", "last"]),
            ("tomorrow,none", ["tomorrow", "never"]),
            ("today,tomorrow", ["first", "all day", "morning", "done", "last", "tomorrow"]),
            ("week", ["first", "all day", "morning", "done", "last", "tomorrow", "sunday"]),
            ("none,overdue", ["last week", "yesterday", "first", "morning", "never"]),
            ("today&due_after=2026-03-10T09:00", ["done", "last"]),
            (
                "overdue,today&status=pending",
                ["last week", "yesterday", "first", "all day", "morning", "last"],
            ),
        ],
    )
    @pytest.mark.parametrize("more", ["", "&tag=home"])
    def test_it_is_a_union(self, client: APIClient, query: str, expected: list[str], more: str) -> None:
        assert sorted(titles(client, f"?due={query}{more}")) == sorted(expected)

    def test_today_is_the_same_in_the_list_the_summary_and_the_admin(
        self, client: APIClient, user: User
    ) -> None:
        listed = titles(client, "?due=today")
        assert client.get("/api/tasks/summary/").json()["today"] == len(listed)
        # Where it is the 11th already: another owner's today.
        make_task(make_user(time_zone="Pacific/Kiritimati"), "theirs", due="2026-03-11T00:30")
        make_task(make_user(time_zone="Pacific/Kiritimati"), "not theirs", due="2026-03-10T22:00")
        found = Task.objects.filter(due_today_of_all(timezone.now())).values_list("title", flat=True)
        assert sorted(found) == sorted([*listed, "theirs"])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?tag_not=home", ["first"]),
        ("?tag_not=HOME,work", []),
        ("?tag_not=home&tag_not=nowhere", ["first"]),
        ("?tag=work&tag_not=home", ["first"]),
        ("?tag=home&tag_not=home", []),
        ("?tag_not=nowhere", ["first", "second", "third", "never"]),
        ("?tag_not=", ["first", "second", "third", "never"]),
        ("?tag=nowhere&tag_not=home", []),
        ("?priority_not=urgent", ["second", "third", "never"]),
        ("?priority_not=urgent,HIGH", ["second", "never"]),
        ("?priority_not=urgent&priority_not=high", ["second", "never"]),
        ("?priority=high,urgent&priority_not=urgent", ["third"]),
        ("?priority=high&priority_not=high", []),
        ("?tag=home&priority_not=high", ["second", "never"]),
        ("?priority_not=", ["first", "second", "third", "never"]),
    ],
)
def test_what_is_not_wanted_is_left_out(
    client: APIClient, tasks: dict[str, Task], query: str, expected: list[str]
) -> None:
    assert titles(client, query) == expected


def test_untagged_tasks_and_their_contrary(client: APIClient, user: User) -> None:
    make_task(user, "bare")
    make_task(user, "tagged", tags=("home",))
    assert (titles(client, "?tag="), titles(client, "?tag_not=")) == (["bare"], ["tagged"])


REPEATABLE = TaskFilter.repeatable
ONCE = sorted({*TaskFilter.base_filters, "limit", "cursor", "count", "format"} - REPEATABLE)


@pytest.mark.parametrize("name", ONCE)
def test_a_parameter_of_one_value_is_given_once(client: APIClient, name: str) -> None:
    value = "json" if name == "format" else "1"
    response = client.get(f"/api/tasks/?{name}={value}&{name}={value}")
    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert (error["field"], error["code"]) == (name, "repeated")


@pytest.mark.parametrize(
    "url",
    [
        "/api/audit/?type=task.created", "/api/audit/?limit=1", "/api/notifications/?unread=true", "/api/tags/?limit=1",
        "/api/changes/?after=0",
    ],
)  # fmt: skip
def test_every_list_refuses_a_repeated_parameter(client: APIClient, url: str) -> None:
    path, _, parameter = url.partition("?")
    assert client.get(url).status_code == 200
    response = client.get(f"{path}?{parameter}&{parameter}")
    assert response.status_code == 400, response.content
    assert [error["code"] for error in response.json()["errors"]] == ["repeated"]


def test_what_may_be_repeated_is_read_as_a_list() -> None:
    fields = TaskFilter.base_filters.items()
    assert {name for name, each in fields if isinstance(each.field.widget, ListInput)} == REPEATABLE
