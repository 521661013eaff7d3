"""Tags over HTTP: one spelling each, renaming keeps tasks, and every task that changes says so once."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.tests.factories import make_user, signed_in_client
from events_app.log.history import head_of
from foundation.database import sql
from tasks_app.invariants import find_tasks_unlike_log, find_wrong_tag_links
from tasks_app.models import Series, Tag, Task
from tasks_app.operations.completion import complete_task, reopen_task
from tasks_app.operations.tasks import delete_task
from tasks_app.queries.tags import template_tags
from tasks_app.tests.helpers import NEW_YEAR, consume, history, kinds, live, make_task


def tag_named(user: User, name: str) -> Tag:
    return Tag.objects.get(owner=user, name=name)


def told(user: User, after: int) -> list[tuple[Any, ...]]:
    """What the user's events after a number say of tasks' tags."""
    tasks = [event for event in history(user, after) if event.type.startswith("task.")]
    events: list[tuple[str, Any]] = [(event.type, event.data) for event in tasks]
    return [(type_, data["changed_fields"], data["previous"], data["task"]["tags"]) for type_, data in events]


def shown(client: APIClient, task: Task) -> dict[str, Any]:
    row: dict[str, Any] = client.get(f"/api/tasks/{task.pk}/").json()
    return row


def test_a_tag_is_made_read_changed_and_deleted(client: APIClient, user: User) -> None:
    made = client.post("/api/tags/", {"name": " Home ", "color": "#3366ff"})
    assert made.status_code == 201
    assert made.json() == {"id": made.json()["id"], "name": "Home", "color": "#3366ff", "task_count": 0}
    url = f"/api/tags/{made.json()['id']}/"
    assert client.patch(url, {"color": ""}).json()["color"] == ""
    assert client.put(url, {"name": "House"}).json()["name"] == "House"
    assert client.get(url).json()["name"] == "House"
    assert client.get("/api/tags/").json()["results"] == [client.get(url).json()]
    assert client.delete(url).status_code == 204
    assert client.get(url).status_code == 404
    assert told(user, 0) == []
    assert kinds(user) == ["tag.changed"] * 4


def test_what_was_read_can_be_sent_back(client: APIClient) -> None:
    made = client.post("/api/tags/", {"name": "home", "color": "#3366ff"}).json()
    assert client.put(f"/api/tags/{made['id']}/", made).json() == made


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "  "}, "name"),
        ({"name": "a,b"}, "name"),
        ({"name": "x" * 51}, "name"),
        ({"name": "a\x07b"}, "name"),
        ({"name": 5}, "name"),
        ({"name": None}, "name"),
        ({"name": "a", "color": "red"}, "color"),
        ({"name": "a", "color": "#12345g"}, "color"),
        ({"name": "a", "color": "#123456\n"}, "color"),
        ({"name": "a", "colour": "#123456"}, "colour"),
        ({"name": "a", "task_count": 3}, "task_count"),
    ],
)
def test_what_no_tag_can_be_is_refused_by_name(client: APIClient, body: dict[str, Any], field: str) -> None:
    answer = client.post("/api/tags/", body)
    assert (answer.status_code, [each["field"] for each in answer.json()["errors"]]) == (400, [field])
    assert not Tag.objects.exists()


@pytest.mark.parametrize("other", ["home", "HOME", "\uff48\uff4f\uff4d\uff45", " Home "])
def test_two_spellings_are_one_tag_and_the_first_wins(client: APIClient, user: User, other: str) -> None:
    client.post("/api/tags/", {"name": "Home"})
    again = client.post("/api/tags/", {"name": other})
    assert (again.status_code, again.json()["code"]) == (409, "name_taken")
    task = make_task(user, tags=(other.strip(),))
    assert shown(client, task)["tags"] == ["Home"]


def test_another_user_may_have_a_tag_of_the_same_name(client: APIClient) -> None:
    client.post("/api/tags/", {"name": "Home"})
    assert signed_in_client(make_user()).post("/api/tags/", {"name": "home"}).status_code == 201


def test_renaming_keeps_tasks_and_each_says_so_once(client: APIClient, user: User) -> None:
    first, second = make_task(user, tags=("home", "now")), make_task(user, tags=("home",))
    make_task(user, tags=("now",))
    before = head_of(user.pk)
    answer = client.patch(f"/api/tags/{tag_named(user, 'home').pk}/", {"name": "House"})
    assert (answer.status_code, answer.json()["task_count"]) == (200, 2)
    assert told(user, before) == [
        ("task.updated", ["tags"], {"tags": ["home", "now"]}, ["House", "now"]),
        ("task.updated", ["tags"], {"tags": ["home"]}, ["House"]),
    ]
    assert [shown(client, task)["version"] for task in (first, second)] == [2, 2]
    assert shown(client, first)["tags"] == ["House", "now"]
    assert list(find_tasks_unlike_log()) == []


def test_renaming_to_the_same_name_says_nothing(client: APIClient, user: User) -> None:
    make_task(user, tags=("home",))
    before = head_of(user.pk)
    assert client.patch(f"/api/tags/{tag_named(user, 'home').pk}/", {"name": "home"}).status_code == 200
    assert head_of(user.pk) == before


def test_a_tag_can_be_respelled(client: APIClient, user: User) -> None:
    task = make_task(user, tags=("home",))
    assert client.patch(f"/api/tags/{tag_named(user, 'home').pk}/", {"name": "HOME"}).status_code == 200
    assert shown(client, task)["tags"] == ["HOME"]


def test_renaming_onto_another_tag_names_the_one_to_merge_into(client: APIClient, user: User) -> None:
    make_task(user, tags=("home", "work"))
    work, before = tag_named(user, "work"), head_of(user.pk)
    answer = client.patch(f"/api/tags/{tag_named(user, 'home').pk}/", {"name": "WORK"})
    assert (answer.status_code, answer.json()["code"]) == (409, "name_taken")
    assert f"id {work.pk}" in answer.json()["detail"]
    assert head_of(user.pk) == before


def test_merging_moves_tasks_once_to_the_same_place(client: APIClient, user: User) -> None:
    both = make_task(user, tags=("a", "home", "house"))
    one = make_task(user, tags=("home", "a"))
    before, house = head_of(user.pk), tag_named(user, "house")
    url = f"/api/tags/{tag_named(user, 'home').pk}/merge/"
    answer = client.post(url, {"into": house.pk})
    assert (answer.status_code, answer.json()["id"], answer.json()["task_count"]) == (200, house.pk, 2)
    assert told(user, before) == [
        ("task.updated", ["tags"], {"tags": ["a", "home", "house"]}, ["a", "house"]),
        ("task.updated", ["tags"], {"tags": ["home", "a"]}, ["house", "a"]),
    ]
    assert [shown(client, task)["tags"] for task in (both, one)] == [["a", "house"], ["house", "a"]]
    assert client.post(url, {"into": house.pk}).status_code == 404
    assert [*find_tasks_unlike_log(), *find_wrong_tag_links()] == []


def test_a_tag_can_not_be_merged_into_itself_or_into_nothing(client: APIClient, user: User) -> None:
    make_task(user, tags=("home",))
    tag = tag_named(user, "home")
    stranger = make_user()
    make_task(stranger, tags=("theirs",))
    url = f"/api/tags/{tag.pk}/merge/"
    assert client.post(url, {"into": tag.pk}).status_code == 400
    assert client.post(url, {"into": tag_named(stranger, "theirs").pk}).status_code == 404
    assert client.post(url, {"into": 987_654}).status_code == 404
    for body in ({}, {"into": "x"}, {"into": 0}, {"into": 2**70}, {"into": None}, {"to": 1}):
        assert client.post(url, body).status_code == 400
    assert Tag.objects.filter(owner=user).count() == 1


def test_deleting_a_tag_takes_it_off_its_tasks(client: APIClient, user: User) -> None:
    task = make_task(user, tags=("home", "now"))
    before = head_of(user.pk)
    assert client.delete(f"/api/tags/{tag_named(user, 'home').pk}/").status_code == 204
    assert told(user, before) == [("task.updated", ["tags"], {"tags": ["home", "now"]}, ["now"])]
    assert shown(client, task)["tags"] == ["now"]
    assert list(find_tasks_unlike_log()) == []


def test_tasks_in_the_trash_change_without_a_word(client: APIClient, user: User) -> None:
    gone = make_task(user, tags=("home",))
    delete_task(gone.pk, by=user, at=NEW_YEAR)
    before = head_of(user.pk)
    assert client.patch(f"/api/tags/{tag_named(user, 'home').pk}/", {"name": "House"}).status_code == 200
    assert kinds(user, after=before) == ["tag.changed"]
    [row] = client.get("/api/tasks/?trashed=true").json()["results"]
    assert row["tags"] == ["House"]
    assert list(find_tasks_unlike_log()) == []


@pytest.mark.parametrize("change", ["rename", "merge", "delete"])
def test_what_comes_of_a_series_follows_its_tags(client: APIClient, user: User, change: str) -> None:
    make_task(user, due="2026-05-01", recurrence="daily", tags=("home", "now"))
    home, now = tag_named(user, "home"), tag_named(user, "now")
    if change == "rename":
        client.patch(f"/api/tags/{home.pk}/", {"name": "House"})
    elif change == "merge":
        client.post(f"/api/tags/{home.pk}/merge/", {"into": now.pk})
    else:
        client.delete(f"/api/tags/{home.pk}/")
    names = {"rename": ["House", "now"], "merge": ["now"], "delete": ["now"]}[change]
    assert [tag.name for tag in template_tags(Series.objects.get())] == names
    complete_task(live(user)[0].pk, by=user, at=NEW_YEAR)
    consume(user)
    assert shown(client, live(user)[1])["tags"] == names


def test_a_successor_whose_tag_was_renamed_is_still_withdrawn(client: APIClient, user: User) -> None:
    task = make_task(user, due="2026-05-01", recurrence="daily", tags=("home",))
    complete_task(task.pk, by=user, at=NEW_YEAR)
    consume(user)
    client.patch(f"/api/tags/{tag_named(user, 'home').pk}/", {"name": "House"})
    reopen_task(task.pk, by=user, at=NEW_YEAR)
    assert [each.pk for each in live(user)] == [task.pk]
    assert list(find_tasks_unlike_log()) == []


def test_counts_hold_pending_and_done_tasks_and_none_of_the_trash(client: APIClient, user: User) -> None:
    tasks = [make_task(user, tags=("home",)) for _ in range(3)]
    make_task(make_user(), tags=("home",))
    complete_task(tasks[0].pk, by=user, at=NEW_YEAR)
    delete_task(tasks[1].pk, by=user, at=NEW_YEAR)
    [row] = client.get("/api/tags/").json()["results"]
    assert row["task_count"] == 2


def test_a_list_of_tags_takes_two_queries_besides_authentication(client: APIClient, user: User) -> None:
    client.get("/api/tags/")
    with CaptureQueriesContext(connection) as none:
        client.get("/api/tags/")
    for number in range(20):
        make_task(user, tags=(f"tag {number}",))
    with CaptureQueriesContext(connection) as many:
        assert len(client.get("/api/tags/?limit=10").json()["results"]) == 10
    assert len(many) <= len(none) + 1


def test_pages_of_tags_come_by_name(client: APIClient) -> None:
    for name in ("c", "A", "b", "É"):
        client.post("/api/tags/", {"name": name})
    first = client.get("/api/tags/?limit=2").json()
    names = [row["name"] for row in first["results"]]
    rest = client.get(first["next"]).json()["results"]
    assert names + [row["name"] for row in rest] == ["A", "b", "c", "É"]
    assert client.get("/api/tags/?order=asc").status_code == 400


def test_tags_are_listed_in_the_same_order_on_every_database(client: APIClient) -> None:
    names = ["a b", "a-b", "a_b", "ab", "aé", "b", "é", "д", "日"]
    for name in reversed(names):
        assert client.post("/api/tags/", {"name": name}).status_code == 201
    assert [row["name"] for row in client.get("/api/tags/").json()["results"]] == names
    if connection.vendor == "postgresql":
        # Whatever the database was created with, which in a test may be that already.
        select = (
            "SELECT collation_name FROM information_schema.columns WHERE table_name = %s AND column_name = %s"
        )
        columns = (("tasks_app_tag", "key"), ("tasks_app_task", "title_key"))
        assert [sql.fetch(select, each) for each in columns] == [[("C",)], [("C",)]]
