"""Saved views over HTTP: the list's own filters check them, positions have no gaps, nobody sees those of others."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.tests.factories import make_user, signed_in_client
from tasks_app.models import SavedView

VIEWS = "/api/views/"


def make(client: APIClient, name: str, query: str = "due=today", **more: object) -> dict[str, Any]:
    answer = client.post(VIEWS, {"name": name, "query": query, **more})
    assert answer.status_code == 201, answer.content
    row: dict[str, Any] = answer.json()
    return row


def names(client: APIClient) -> list[str]:
    listed = client.get(VIEWS).json()["results"]
    assert [each["position"] for each in listed] == list(range(len(listed)))
    return [each["name"] for each in listed]


def test_a_view_is_made_read_changed_and_deleted(client: APIClient) -> None:
    made = make(client, " Work ", "priority=high,urgent&tag=work", group="due", sort="-priority,due_date")
    url = f"{VIEWS}{made['id']}/"
    assert made == {
        "id": made["id"],
        "name": "Work",
        "query": "priority=high,urgent&tag=work",
        "group": "due",
        "sort": "-priority,due_date",
        "position": 0,
        "version": 1,
    }
    assert client.get(url).json() == client.get(VIEWS).json()["results"][0] == made
    assert client.get(url)["ETag"] == '"1"'
    changed = client.patch(url, {"name": "Office"})
    assert (changed.json()["name"], changed["ETag"]) == ("Office", '"2"')
    assert client.put(url, changed.json()).json() == changed.json()
    assert client.delete(url).status_code == 204
    assert client.get(url).status_code == client.delete(url).status_code == 404
    assert names(client) == []


def test_a_view_shows_what_its_query_lists(client: APIClient) -> None:
    for title, priority in (("one", "high"), ("two", "low")):
        client.post("/api/tasks/", {"title": title, "priority": priority})
    view = make(client, "Important", "priority=high")
    listed = client.get(f"/api/tasks/?{view['query']}").json()["results"]
    assert [task["title"] for task in listed] == ["one"]


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"query": ""}, "name", "required"),
        ({"name": "x"}, "query", "required"),
        ({"name": " \u200b ", "query": ""}, "name", "blank"),
        ({"name": "x" * 101, "query": ""}, "name", "max_length"),
        ({"name": "x", "query": "priority=huge"}, "query.priority", "invalid"),
        ({"name": "x", "query": "colour=red"}, "query.colour", "unknown_parameter"),
        ({"name": "x", "query": "?due=today"}, "query.?due", "unknown_parameter"),
        ({"name": "x", "query": "limit=5"}, "query.limit", "unknown_parameter"),
        ({"name": "x", "query": "sort=title"}, "query.sort", "conflict"),
        ({"name": "x", "query": "status=pending&status=all"}, "query.status", "repeated"),
        ({"name": "x", "query": "status=pending&completed=true"}, "query.completed", "conflict"),
        ({"name": "x", "query": "search=a%00b"}, "query.search", "invalid_character"),
        ({"name": "x", "query": "due_before=2026-02-31"}, "query.due_before", "invalid"),
        ({"name": "x", "query": "tag=" + "a" * 2000}, "query", "max_length"),
        ({"name": "x", "query": "a&" * 1000}, "query", "too_many"),
        ({"name": "x", "query": {"due": "today"}}, "query", "invalid"),
        ({"name": "x", "query": None}, "query", "null"),
        ({"name": "x", "query": "", "group": "colour"}, "group", "invalid_choice"),
        ({"name": "x", "query": "", "sort": "colour"}, "sort", "invalid"),
        ({"name": "x", "query": "", "sort": "title,title"}, "sort", "conflict"),
        ({"name": "x", "query": "", "position": -1}, "position", "min_value"),
        ({"name": "x", "query": "", "position": "first"}, "position", "invalid"),
        ({"name": "x", "query": "", "owner": 1}, "owner", "unknown_field"),
        ({"name": "x", "query": "", "version": 7}, "version", "read_only"),
    ],
)
def test_what_the_list_would_refuse_is_refused_at_its_field(
    client: APIClient, body: dict[str, object], field: str, code: str
) -> None:
    answer = client.post(VIEWS, body)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert (field, code) in [(each["field"], each["code"]) for each in answer.json()["errors"]]
    assert names(client) == []


@pytest.mark.parametrize(
    "query",
    [
        "",
        "tag=",
        "search=caf%C3%A9+%22now%22",
        "due=overdue,today&due=none",
        "trashed=true",
        "q=x&tag_mode=any",
    ],
)
def test_what_the_list_takes_is_taken(client: APIClient, query: str) -> None:
    assert client.get(f"/api/tasks/?{query}").status_code == 200
    assert make(client, "x", query)["query"] == query


def test_positions_make_room_and_have_no_gaps(client: APIClient) -> None:
    first, second = make(client, "a"), make(client, "b")
    make(client, "c", position=0)
    assert names(client) == ["c", "a", "b"]
    moved = client.patch(f"{VIEWS}{second['id']}/", {"position": 0}).json()
    assert (moved["position"], names(client)) == (0, ["b", "c", "a"])
    client.patch(f"{VIEWS}{second['id']}/", {"position": 500})
    assert names(client) == ["c", "a", "b"]
    client.delete(f"{VIEWS}{first['id']}/")
    assert names(client) == ["c", "b"]


def test_a_view_that_another_one_moves_has_another_version(client: APIClient) -> None:
    first = make(client, "a")
    make(client, "b", position=0)
    shown = client.get(f"{VIEWS}{first['id']}/").json()
    assert (shown["position"], shown["version"]) == (1, 2)
    again = client.patch(f"{VIEWS}{first['id']}/", {"position": 1, "name": "a"}).json()
    assert again["version"] == 2


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_change_of_an_older_version_is_412(client: APIClient, method: str) -> None:
    made = make(client, "a")
    url = f"{VIEWS}{made['id']}/"
    client.patch(url, {"name": "b"})
    body = None if method == "delete" else {**made, "name": "c", "version": 2}
    refused = getattr(client, method)(url, body, headers={"If-Match": '"1"'})
    assert (refused.status_code, refused.json()["code"]) == (412, "version_mismatch")
    assert "view" in refused.json()["detail"]
    assert getattr(client, method)(url, body, headers={"If-Match": '"2"'}).status_code in (200, 204)


def test_the_same_key_makes_one_view(client: APIClient) -> None:
    answers = [
        client.post(VIEWS, {"name": "a", "query": ""}, headers={"Idempotency-Key": "one"}) for _ in range(2)
    ]
    assert answers[0].json() == answers[1].json()
    assert answers[1]["Idempotent-Replayed"] == "true"
    assert names(client) == ["a"]


def test_nobody_sees_or_touches_views_of_others(client: APIClient, user: User) -> None:
    mine = make(client, "mine")
    stranger = signed_in_client(make_user())
    url = f"{VIEWS}{mine['id']}/"
    assert names(stranger) == []
    assert make(stranger, "theirs")["position"] == 0
    for answer in (stranger.get(url), stranger.patch(url, {"name": "x"}), stranger.delete(url)):
        assert answer.status_code == 404
    assert SavedView.objects.get(owner=user).name == "mine"


def test_beyond_the_quota_a_view_is_refused(client: APIClient, settings: Any) -> None:
    settings.VIEWS_PER_USER = 2
    first = make(client, "a")
    make(client, "b")
    refused = client.post(VIEWS, {"name": "c", "query": ""})
    assert (refused.status_code, refused.json()["code"]) == (409, "quota_exceeded")
    assert client.patch(f"{VIEWS}{first['id']}/", {"name": "d"}).status_code == 200
    client.delete(f"{VIEWS}{first['id']}/")
    make(client, "c")


def make_tag(client: APIClient, name: str) -> str:
    answer = client.post("/api/tags/", {"name": name})
    return f"/api/tags/{answer.json()['id']}/"


def queries(client: APIClient) -> list[str]:
    return [each["query"] for each in client.get(VIEWS).json()["results"]]


def test_a_view_follows_a_tag_that_is_renamed_or_merged(client: APIClient, user: User) -> None:
    work, home = make_tag(client, "work"), make_tag(client, "home")
    other = signed_in_client(make_user("bob"))
    make(other, "Theirs", "tag=work")
    make(client, "One", "tag=Work&priority=high,urgent&due_on=2027-01-01")
    make(client, "Two", "tag_not=home,work&tag_mode=any")
    make(client, "Words", "q=work&tag=workshop")
    assert client.patch(work, {"name": "büro & co"}).status_code == 200
    asked = queries(client)
    assert asked == [
        "tag=b%C3%BCro+%26+co&priority=high,urgent&due_on=2027-01-01",
        "tag_not=home,b%C3%BCro+%26+co&tag_mode=any",
        "q=work&tag=workshop",
    ]
    assert [each["version"] for each in client.get(VIEWS).json()["results"]] == [2, 2, 1]
    assert all(client.get(f"/api/tasks/?{query}").status_code == 200 for query in asked)
    into = int(home.rstrip("/").rpartition("/")[2])
    assert client.post(f"{work}merge/", {"into": into}).status_code == 200
    assert queries(client)[:2] == [
        "tag=home&priority=high,urgent&due_on=2027-01-01",
        "tag_not=home&tag_mode=any",
    ]
    assert queries(other) == ["tag=work"]
    changed = [
        each
        for each in client.get("/api/changes/?after=0&include=views").json()["results"]
        if each["operation"] == "view"
    ]
    assert changed[-1]["view"]["query"] == "tag_not=home&tag_mode=any"


def test_what_a_view_says_beside_the_tag_stays_as_it_was_written(client: APIClient) -> None:
    work = make_tag(client, "work")
    make(client, "One", "q=café%20au+lait&tag=grün,work&priority=high")
    client.patch(work, {"name": "büro & co"})
    assert queries(client) == ["q=café%20au+lait&tag=grün,büro+%26+co&priority=high"]
    assert client.get(f"/api/tasks/?{queries(client)[0]}").status_code == 200


def test_a_tag_whose_new_name_would_make_a_view_too_long_keeps_its_name(client: APIClient) -> None:
    work, other = make_tag(client, "work"), make_tag(client, "\u0628" * 50)
    rest = "&tag_mode=any&tag_not=" + ",".join(f"{number:02}{'a' * 48}" for number in range(38))
    make(client, "Full", f"tag=work{rest}")
    refused = client.patch(work, {"name": "w" * 50})
    assert (refused.status_code, refused.json()["code"]) == (409, "view_too_long")
    assert "'Full'" in refused.json()["detail"]
    into = int(other.rstrip("/").rpartition("/")[2])
    assert client.post(f"{work}merge/", {"into": into}).status_code == 409
    assert client.patch(work, {"name": "job"}).status_code == 200
    assert queries(client) == [f"tag=job{rest}"]


def test_a_view_keeps_the_name_of_a_tag_that_is_deleted(client: APIClient) -> None:
    work = make_tag(client, "work")
    make(client, "One", "tag=work")
    client.post("/api/tasks/", {"title": "Not mine to show"})
    assert client.delete(work).status_code in (200, 204)
    assert queries(client) == ["tag=work"]
    assert client.get("/api/tasks/?tag=work").json()["results"] == []
