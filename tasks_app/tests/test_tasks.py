"""Creating, reading, changing and deleting tasks over HTTP."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts_app.models import User
from tasks_app.models import Task
from tasks_app.tests.helpers import history, kinds

SOON = "2030-03-29T10:00"


def create(client: APIClient, **body: Any) -> dict[str, Any]:
    response = client.post("/api/tasks/", {"title": "Buy milk", **body})
    assert response.status_code == 201, response.content
    row: dict[str, Any] = response.json()
    return row


def refused(response: Any) -> set[tuple[str, str]]:
    """The fields at fault, each with its code."""
    assert response.status_code == 400, response.content
    assert response["Content-Type"] == "application/problem+json"
    return {(error["field"], error["code"]) for error in response.json()["errors"]}


def test_a_new_task_has_defaults_and_one_event(client: APIClient, user: User) -> None:
    row = create(client, title="  Buy milk ")
    assert row["title"] == "Buy milk"
    assert (row["priority"], row["tags"], row["status"], row["version"]) == ("medium", [], "pending", 1)
    assert row["user_id"] == str(user.pk)
    assert kinds(user) == ["task.created"]


def test_reading_answers_what_creating_answered_with_the_version_as_etag(client: APIClient) -> None:
    row = create(client, due_at=SOON, tags=["home"], reminders=[{"offset": "15m"}], recurrence="weekly")
    response = client.get(f"/api/tasks/{row['id']}/")
    assert response.json() == row
    assert response["ETag"] == '"1"'


def test_the_actor_and_the_request_stand_in_the_event(client: APIClient, user: User) -> None:
    response = client.post("/api/tasks/", {"title": "x"}, headers={"X-Request-ID": "request-7"})
    event = history(user)[0]
    assert (event.actor.type, event.actor.id) == ("user", str(user.pk))
    assert event.request_id == response["X-Request-ID"] != "request-7"
    assert event.client_request_id == "request-7"


def test_patch_touches_only_what_it_names(client: APIClient, user: User) -> None:
    row = create(client, description="two litres", due_at=SOON, tags=["home"], priority="high")
    changed = client.patch(f"/api/tasks/{row['id']}/", {"title": "Buy oat milk"}).json()
    same = {**row, "title": "Buy oat milk", "version": 2, "updated_at": changed["updated_at"]}
    assert changed == same
    event = history(user)[-1]
    assert (event.type, event.data["changed_fields"]) == ("task.updated", ["title"])
    assert event.data["previous"] == {"title": "Buy milk"}


def test_null_clears(client: APIClient) -> None:
    row = create(client, description="x", due_at=SOON, tags=["home"], priority="high", reminder_offset="1h")
    fields = ("description", "due_at", "tags", "priority", "reminders")
    changed = client.patch(f"/api/tasks/{row['id']}/", dict.fromkeys(fields)).json()
    assert [changed[name] for name in fields] == ["", None, [], "medium", []]
    assert (changed["due_date"], changed["due_on"], changed["time_zone"]) == (None, None, None)


def test_a_change_without_difference_records_nothing(client: APIClient, user: User) -> None:
    row = create(client, due_at=SOON, tags=["home"], reminders=[{"offset": "15m"}])
    before = kinds(user)
    answer = client.patch(f"/api/tasks/{row['id']}/", {"title": "Buy milk", "tags": ["HOME"]})
    assert answer.json() == row
    assert kinds(user) == before


@pytest.mark.parametrize(
    "body",
    [
        {"due_at": SOON, "recurrence": {"rule": "FREQ=DAILY;COUNT=4"}, "reminders": [{"offset": "-P1D"}]},
        {"due_on": "2030-07-15", "reminders": [{"offset": "PT9H"}, {"at": "2030-01-01T00:00:00Z"}]},
        {"due_at": SOON, "floating": True},
        {"due_at": "2026-03-29T02:30", "time_zone": "Europe/Madrid"},
        {"due_at": "2026-10-25T01:30:00Z", "time_zone": "Europe/Madrid"},
        {"tags": ["b", "a"], "completed": True, "priority": "urgent"},
        {"time_zone": "Asia/Tokyo"},
    ],
    ids=["recurring", "day", "floating", "skipped time", "doubled time", "done", "zone alone"],
)
def test_put_of_what_get_answered_changes_nothing(
    client: APIClient, user: User, body: dict[str, Any]
) -> None:
    row = create(client, **body)
    before = kinds(user)
    response = client.put(f"/api/tasks/{row['id']}/", client.get(f"/api/tasks/{row['id']}/").json())
    assert (response.status_code, response.json()) == (200, row)
    assert kinds(user) == before


def test_put_needs_a_title_and_leaves_what_it_does_not_name(client: APIClient) -> None:
    row = create(client, due_at=SOON, recurrence="weekly", tags=["home"])
    url = f"/api/tasks/{row['id']}/"
    assert refused(client.put(url, {"priority": "low"})) == {("title", "required")}
    changed = client.put(url, {"title": "Buy bread", "priority": "low"}).json()
    assert (changed["recurrence"], changed["tags"], changed["due_at"]) == (
        row["recurrence"],
        ["home"],
        row["due_at"],
    )


def test_read_only_fields_are_refused_unless_they_say_what_is(client: APIClient) -> None:
    assert refused(client.post("/api/tasks/", {"title": "x", "version": 1})) == {("version", "read_only")}
    row = create(client)
    url = f"/api/tasks/{row['id']}/"
    assert client.patch(url, {"version": 1, "status": "pending", "overdue": False}).status_code == 200
    assert refused(client.patch(url, {"version": 2, "title": "y"})) == {("version", "read_only")}
    assert client.get(url).json()["title"] == "Buy milk"


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"title": ""}, ("title", "blank")),
        ({"title": "   "}, ("title", "blank")),
        ({"title": "x" * 201}, ("title", "max_length")),
        ({"title": None}, ("title", "null")),
        ({"description": "x" * 10_001}, ("description", "max_length")),
        ({"colour": "red"}, ("colour", "unknown_field")),
        ({"priority": "top"}, ("priority", "invalid_choice")),
        ({"priority": 3}, ("priority", "invalid_choice")),
        ({"completed": "yes"}, ("completed", "invalid")),
        ({"tags": "home"}, ("tags", "not_a_list")),
        ({"tags": ["ok", "a,b"]}, ("tags[1]", "invalid")),
        ({"tags": ["x" * 51]}, ("tags[0]", "invalid")),
        ({"tags": [" "]}, ("tags[0]", "invalid")),
        ({"tags": [7]}, ("tags[0]", "invalid")),
        ({"tags": [f"t{i}" for i in range(51)]}, ("tags", "too_many")),
        ({"due_at": "tomorrow"}, ("due_at", "invalid")),
        ({"due_at": "2026-02-30T10:00"}, ("due_at", "invalid")),
        ({"due_at": "1969-12-31T10:00"}, ("due_at", "invalid")),
        ({"due_at": 1700000000}, ("due_at", "invalid")),
        ({"due_on": SOON}, ("due_on", "invalid")),
        ({"due_at": SOON, "time_zone": "Mars/Olympus"}, ("time_zone", "unknown_zone")),
        ({"due_at": SOON, "time_zone": "../etc/passwd"}, ("time_zone", "unknown_zone")),
        ({"due_at": SOON, "due_date": "2030-03-30"}, ("due_date", "conflict")),
        ({"due_at": SOON, "due_date": None}, ("due_date", "conflict")),
        ({"due_on": "2030-03-29", "due_at": SOON}, ("due_on", "conflict")),
        ({"due_at": SOON, "floating": True, "time_zone": "Asia/Tokyo"}, ("floating", "conflict")),
        ({"reminders": [{"offset": "15m"}]}, ("reminders[0].offset", "no_due")),
        ({"reminder_offset": "15m"}, ("reminder_offset", "no_due")),
        ({"due_at": SOON, "reminders": [{"offset": "soon"}]}, ("reminders[0].offset", "malformed")),
        ({"due_at": SOON, "reminders": [{"offset": "P31D"}]}, ("reminders[0].offset", "out_of_range")),
        ({"due_at": SOON, "reminders": [{}]}, ("reminders[0]", "required")),
        ({"due_at": SOON, "reminders": [{"offset": "1h", "at": SOON}]}, ("reminders[0]", "conflict")),
        ({"due_at": SOON, "reminders": [{"offset": "1h", "id": 5}]}, ("reminders[0].id", "read_only")),
        ({"due_at": SOON, "reminders": [{"in": "1h"}]}, ("reminders[0].in", "unknown_field")),
        ({"reminders": [{"at": "2020-01-01T00:00:00Z"}]}, ("reminders[0].at", "past")),
        ({"reminder_at": "2020-01-01T00:00:00Z"}, ("reminder_at", "past")),
        (
            {"due_at": SOON, "reminder_offset": "15m", "reminders": [{"offset": "1h"}]},
            ("reminder_offset", "conflict"),
        ),
        ({"recurrence": "hourly"}, ("recurrence", "malformed")),
        ({"recurrence": {"rule": "FREQ=SECONDLY"}}, ("recurrence.rule", "invalid_value")),
        ({"recurrence": {"rule": "FREQ=DAILY", "anchor": "past"}}, ("recurrence.anchor", "invalid_value")),
    ],
)
def test_a_wrong_body_names_the_field_and_leaves_nothing(
    client: APIClient, user: User, body: dict[str, Any], problem: tuple[str, str]
) -> None:
    assert problem in refused(client.post("/api/tasks/", {"title": "x", **body}))
    assert not Task.objects.exists()
    assert kinds(user) == []


def test_more_than_twenty_reminders_are_refused(client: APIClient) -> None:
    reminders = [{"offset": f"{minutes}m"} for minutes in range(1, 22)]
    answer = client.post("/api/tasks/", {"title": "x", "due_at": SOON, "reminders": reminders})
    assert refused(answer) == {("reminders", "too_many")}


def test_two_offsets_that_mean_the_same_are_one_reminder(client: APIClient) -> None:
    row = create(client, due_at=SOON, reminders=[{"offset": "1h"}, {"offset": "-PT60M"}, {"offset": "-PT1H"}])
    assert len(row["reminders"]) == 1


@pytest.mark.parametrize(
    ("written", "meant"),
    [("HIGH", "high"), ("normal", "medium"), ("Critical", "urgent"), ("low", "low")],
)
def test_priorities_are_read_as_people_write_them(client: APIClient, written: str, meant: str) -> None:
    assert create(client, priority=written)["priority"] == meant


def test_a_tag_keeps_its_first_spelling_for_one_user(client: APIClient, user: User) -> None:
    create(client, tags=["Straße", "\uff28ome"])
    row = create(client, tags=["STRASSE", "home", "HOME"])
    assert row["tags"] == ["Straße", "\uff28ome"]


def test_a_time_has_one_instant_under_both_names(client: APIClient) -> None:
    row = create(client, due_date="2030-03-31T10:00:00+02:00")
    assert row["due_at"] == row["due_date"] == "2030-03-31T08:00:00Z"
    assert (row["due_on"], row["time_zone"], row["floating"]) == (None, "Europe/Madrid", False)


@pytest.mark.parametrize("name", ["due_at", "due_date", "due_on"])
def test_a_bare_date_is_a_day(client: APIClient, name: str) -> None:
    row = create(client, **{name: "2030-07-15"})
    assert (row["due_at"], row["due_date"], row["due_on"]) == (None, "2030-07-15", "2030-07-15")
    assert row["time_zone"] is None


def test_a_stale_if_match_changes_nothing(client: APIClient, user: User) -> None:
    url = f"/api/tasks/{create(client)['id']}/"
    client.patch(url, {"title": "y"})
    before = kinds(user)
    for call in (client.patch, client.put):
        assert call(url, {"title": "z"}, headers={"If-Match": '"1"'}).status_code == 412
    assert client.delete(url, headers={"If-Match": 'W/"2"'}).status_code == 412
    assert client.patch(f"{url}complete/", headers={"If-Match": '"1"'}).status_code == 412
    assert kinds(user) == before
    assert client.patch(url, {"title": "z"}, headers={"If-Match": '"1", "2"'})["ETag"] == '"3"'
    assert client.patch(url, {"title": "a"}, headers={"If-Match": "*"}).status_code == 200


def test_a_deleted_task_is_gone_from_everywhere_but_the_trash(client: APIClient, user: User) -> None:
    row = create(client, tags=["home"])
    url = f"/api/tasks/{row['id']}/"
    assert client.delete(url).status_code == 204
    assert client.get(url).status_code == 404
    assert client.delete(url).status_code == 404
    assert client.get("/api/tasks/").json()["results"] == []
    assert client.get("/api/tasks/?tag=home").json()["results"] == []
    assert [each["id"] for each in client.get("/api/tasks/?trashed=true").json()["results"]] == [row["id"]]
    assert kinds(user) == ["task.created", "task.deleted"]


def test_an_unknown_scope_is_refused_and_a_scope_needs_a_series(client: APIClient) -> None:
    url = f"/api/tasks/{create(client)['id']}/"
    assert refused(client.patch(f"{url}?scope=some", {"title": "y"})) == {("scope", "invalid")}
    assert client.patch(f"{url}?scope=this", {"title": "y"}).status_code == 200
    for response in (client.patch(f"{url}?scope=all", {"title": "y"}), client.delete(f"{url}?scope=future")):
        assert (response.status_code, response.json()["code"]) == (400, "not_recurring")


def test_an_id_beyond_all_ids_is_not_found(client: APIClient) -> None:
    assert client.get(f"/api/tasks/{10**18}/").status_code == 404
    assert client.get(f"/api/tasks/{10**40}/").status_code == 404
