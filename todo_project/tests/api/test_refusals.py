"""Each refusal says what is wrong with this input, and what would be right."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts_app.tests.factories import make_user, signed_in_client

pytestmark = pytest.mark.django_db
FIELD, WRONG, RIGHT = 0, 1, 2

# Query, then of its error: the field, what of the input stands in it, what would be right.
QUERIES = [
    ("tasks/?ids=1,abc", "ids", '"abc"', "whole number"),
    ("tasks/?ids=1,0", "ids", '"0"', "from 1"),
    ("tasks/?ids=" + ",".join(["1"] * 201), "ids", "201", "at most 200"),
    ("tasks/?series=x", "series", '"x"', "whole number"),
    ("tasks/?priority=low,huge", "priority", '"huge"', "low, medium, high or urgent"),
    ("tasks/?status=open", "status", '"open"', "pending, completed or all"),
    ("tasks/?completed=yes", "completed", '"yes"', "true or false"),
    ("tasks/?tag_mode=some", "tag_mode", '"some"', "all or any"),
    ("tasks/?trashed=1", "trashed", '"1"', "true or false"),
    ("tasks/?order=up", "order", '"up"', "asc or desc"),
    ("tasks/?sort_by=colour", "sort_by", '"colour"', "due_date"),
    ("tasks/?sort=-priority,colour", "sort", '"colour"', "due_date"),
    ("tasks/?sort=title,-title", "sort", "title", "once"),
    ("tasks/?sort=relevance,title", "sort", "Relevance", "alone"),
    ("tasks/?due_on=2027-02-29", "due_on", "February 2027", "01 to 28"),
    ("tasks/?due_on=2026-03-29T10:00", "due_on", "2026-03-29T10:00", "the date alone, 2026-03-29"),
    ("tasks/?due_before=2026-13-01", "due_before", "13", "01 to 12"),
    ("tasks/?due_after=2026-03-29T25:00", "due_after", "25", "00 to 23"),
    ("tasks/?created_after=2026-03-29T10:61", "created_after", "61", "00 to 59"),
    ("tasks/?updated_before=1969-01-01", "updated_before", "1969-01-01", "from 1970 to 9999"),
    ("tasks/?completed_after=yesterday", "completed_after", '"yesterday"', "2026-03-29"),
    ("tasks/?created_before=2026-03-29T10:00:00%2B09:77", "created_before", "77", "00 to 59"),
    ("tasks/?limit=0", "limit", '"0"', "from 1 to 200"),
    ("tasks/?limit=many", "limit", '"many"', "from 1 to 200"),
    ("tasks/?count=1", "count", '"1"', "true or false"),
    ("tasks/?cursor=abc", "cursor", "no cursor", "`next`"),
    ("tasks/?due_befor=2026-03-29", "due_befor", "not known", "due_before"),
    ("tasks/?search=a%00b", "search", "Character 2", "without it"),
    ("audit/?since=2027-02-29", "since", "February 2027", "01 to 28"),
    ("audit/?since=soon", "since", '"soon"', "2026-03-29"),
    ("audit/?task_id=x", "task_id", '"x"', "whole number"),
    ("audit/?type=task", "type", '"task"', "task.created"),
    ("notifications/?unread=1", "unread", '"1"', "true or false"),
    ("reminders/?status=late", "status", '"late"', "pending, fired or cancelled"),
    ("changes/?after=x", "after", '"x"', "from 0"),
    ("changes/?after=-1", "after", "-1", "at least 0"),
    ("changes/?limit=501", "limit", "501", "at most 500"),
    ("changes/?epoch=" + "x" * 65, "epoch", "65", "at most 64"),
]
BODIES = [
    ("tasks/", {"title": ""}, "title", "empty", "at least one character"),
    ("tasks/", {"title": "x" * 201}, "title", "201", "at most 200"),
    ("tasks/", {"title": 3}, "title", "3", "in quotes"),
    ("tasks/", {"title": "x", "description": "x" * 10_001}, "description", "10001", "at most 10000"),
    ("tasks/", {"title": "x", "priority": "huge"}, "priority", '"huge"', "low, medium, high or urgent"),
    ("tasks/", {"title": "x", "priority": 3}, "priority", "3", "in quotes"),
    ("tasks/", {"title": "x", "tags": "home"}, "tags", '"home"', '["home"]'),
    ("tasks/", {"title": "x", "tags": ["home", "a,b"]}, "tags[1]", '"a,b"', "without comma"),
    ("tasks/", {"title": "x", "tags": [f"t{i}" for i in range(51)]}, "tags", "51", "at most 50"),
    ("tasks/", {"title": "x", "completed": "yes"}, "completed", '"yes"', "without quotes"),
    ("tasks/", {"title": "x", "floating": 1}, "floating", "1", "without quotes"),
    ("tasks/", {"title": "x", "due_at": "2027-02-29"}, "due_at", "February 2027", "01 to 28"),
    ("tasks/", {"title": "x", "due_at": "2026-03-29T24:00"}, "due_at", "24", "00 to 23"),
    ("tasks/", {"title": "x", "due_at": 1800000000}, "due_at", "1800000000", "in quotes"),
    ("tasks/", {"title": "x", "due_on": "2026-03-29T10:00"}, "due_on", "is a time", "2026-03-29"),
    ("tasks/", {"title": "x", "due_on": "2026-04-31"}, "due_on", "April 2026", "01 to 30"),
    ("tasks/", {"title": "x", "time_zone": "Madrid"}, "time_zone", "Madrid", "Europe/Madrid"),
    ("tasks/", {"title": "x", "reminders": {"offset": "1h"}}, "reminders", "An object", "[{"),
    ("tasks/", {"title": "x", "reminders": ["1h"]}, "reminders[0]", '"1h"', '{"offset"'),
    ("tasks/", {"title": "x", "reminders": [{}]}, "reminders[0]", "Neither", "one of them"),
    ("tasks/", {"title": "x", "reminders": [{"when": "1h"}]}, "reminders[0].when", "not known", "at, offset"),
    ("tasks/", {"title": "x", "reminders": [{"offset": "soon"}]}, "reminders[0].offset", "soon", "-PT15M"),
    ("tasks/", {"title": "x", "reminders": [{"at": "2026-03-29"}]}, "reminders[0].at", "whole day", "T10:00"),
    ("tasks/", {"title": "x", "reminder_at": "noon"}, "reminder_at", '"noon"', "2026-03-29T10:00"),
    ("tasks/", {"title": "x", "recurrence": "often"}, "recurrence", "OFTEN", "NAME=VALUE"),
    (
        "tasks/",
        {"title": "x", "recurrence": {"frequency": "often"}},
        "recurrence.frequency",
        "often",
        "daily",
    ),
    (
        "tasks/",
        {"title": "x", "recurrence": {"frequency": "daily", "interval": 0}},
        "recurrence.interval",
        "0",
        "from 1 to 1000",
    ),
    ("tasks/", {"title": "x", "priorty": "low"}, "priorty", "not known", "priority"),
    ("tasks/", {"title": "x", "id": 3}, "id", "can not be set", "leave it out"),
    ("tags/", {"name": "a,b"}, "name", '"a,b"', "without comma"),
    ("tags/", {"name": "home", "color": "red"}, "color", '"red"', "#3366ff"),
    ("recurrence/preview/", {"recurrence": "daily", "n": 0}, "n", "0", "at least 1"),
    ("recurrence/preview/", {"recurrence": "daily", "n": "3"}, "n", '"3"', "whole number"),
    ("recurrence/preview/", {"recurrence": "daily", "n": 201}, "n", "201", "at most 200"),
]
ACCOUNT = [
    ({"quiet_from": "25:00"}, "quiet_from", '"25:00"', "00:00 to 23:59"),
    ({"week_start": "monday"}, "week_start", '"monday"', "mo, tu, we, th, fr, sa or su"),
    ({"channels": ["sms"]}, "channels[0]", '"sms"', "in_app, email or web_push"),
    ({"time_zone": "Madrid"}, "time_zone", '"Madrid"', "Europe/Madrid"),
]


def check(answer: Any, expected: tuple[str, str, str]) -> None:
    """Look for the error of a field, and in its detail for what is wrong and what is right."""
    assert answer.status_code == 400, answer.content
    [error] = [each for each in answer.json()["errors"] if each["field"] == expected[FIELD]]
    assert expected[WRONG] in error["detail"], error
    assert expected[RIGHT] in error["detail"], error
    assert error["detail"][-1] in ".?"


@pytest.fixture
def client() -> APIClient:
    return signed_in_client(make_user())


@pytest.mark.parametrize(("query", "field", "wrong", "right"), QUERIES)
def test_a_parameter(client: APIClient, query: str, field: str, wrong: str, right: str) -> None:
    check(client.get(f"/api/{query}"), (field, wrong, right))


@pytest.mark.parametrize(
    ("path", "body", "expected"), [(path, body, (*rest,)) for path, body, *rest in BODIES]
)
def test_a_field(client: APIClient, path: str, body: object, expected: tuple[str, str, str]) -> None:
    check(client.post(f"/api/{path}", body), expected)


@pytest.mark.parametrize(("body", "field", "wrong", "right"), ACCOUNT)
def test_a_preference(client: APIClient, body: object, field: str, wrong: str, right: str) -> None:
    check(client.patch("/api/auth/me/", body), (field, wrong, right))


def test_a_format_that_is_none_is_refused_with_those_that_are(client: APIClient) -> None:
    check(client.get("/api/tasks/?format=xml"), ("format", '"xml"', "json"))


def test_a_body_that_is_no_json_says_what_to_send(client: APIClient) -> None:
    answer = client.post("/api/tasks/", "a=b", content_type="text/plain")

    assert answer.status_code == 415
    assert "text/plain" in answer.json()["detail"]
    assert "application/json" in answer.json()["detail"]


def test_a_scope_says_which_there_are(client: APIClient) -> None:
    task = client.post("/api/tasks/", {"title": "x"}).json()["id"]

    check(
        client.patch(f"/api/tasks/{task}/?scope=some", {"title": "y"}),
        ("scope", '"some"', "this, future or all"),
    )


def test_a_key_says_which_character_is_wrong(client: APIClient) -> None:
    answer = client.post("/api/tasks/", {"title": "x"}, headers={"idempotency-key": "a b"})

    check(answer, ("Idempotency-Key", "Character 2", "visible ASCII"))


def test_a_former_version_is_answered_with_the_present_one(client: APIClient) -> None:
    task = client.post("/api/tasks/", {"title": "x"}).json()["id"]
    answer = client.patch(f"/api/tasks/{task}/", {"title": "y"}, headers={"if-match": '"7"'})

    assert answer.status_code == 412
    assert '"1"' in answer.json()["detail"]


@pytest.mark.parametrize(
    "zone", ["Europe/Madrid", "Africa/Monrovia", "Pacific/Kiritimati", "America/New_York", "UTC"]
)
@pytest.mark.parametrize("floating", [False, True])
@pytest.mark.parametrize(
    "wall", ["1970-01-01T00:00", "1970-01-01T00:30", "1971-06-01T00:44:30", "9999-12-31T11:59"]
)
def test_what_is_answered_is_accepted_back(zone: str, floating: bool, wall: str) -> None:
    client = signed_in_client(make_user(time_zone=zone))
    made = client.post("/api/tasks/", {"title": "x", "due_at": wall, "floating": floating})
    assert made.status_code == 201, made.content
    row = made.json()
    url = f"/api/tasks/{row['id']}/"

    for body in (row, {"due_at": row["due_at"]}, {"due_date": row["due_date"]}):
        answer = (client.put if "title" in body else client.patch)(url, body)
        assert answer.status_code == 200, answer.content
        assert answer.json() == row
    again = client.post("/api/tasks/", {"title": "y", "due_at": row["due_at"], "floating": floating})
    assert again.json()["due_at"] == row["due_at"]
    assert client.get(f"/api/tasks/?due_after={row['due_at']}").status_code == 200
    assert client.get(f"/api/audit/?since={row['due_at']}").status_code == 200
