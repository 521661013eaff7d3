"""`parse` and `quick` over HTTP: every example reads as it says, and what is read is what is created."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts_app.models import User
from tasks_app import recurrence as rec
from tasks_app.api import quick_add, views
from tasks_app.models import Task
from tasks_app.tests.helpers import history, kinds
from tasks_app.tests.language.cases import Example, clock_of, examples

ROOTS = ("/api/tasks", "/api/todos", "/todos")
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch, user: User) -> None:
    """A day on which the examples may be sent, and their writer."""
    for module in (quick_add, views):
        monkeypatch.setattr(module, "timezone", SimpleNamespace(now=lambda: NOW))
    user.time_zone = "Europe/Madrid"
    user.save()


def sendable() -> list[Example]:
    """The examples that were typed in the thirty days before."""
    return [example for example in examples() if NOW - timedelta(days=30) <= clock_of(example).now <= NOW]


def body_of(example: Example) -> dict[str, Any]:
    clock = clock_of(example)
    return {"text": example["text"], "at": clock.now.isoformat(), "time_zone": clock.zone.key}


def parse(client: APIClient, body: dict[str, Any], root: str = "/api/tasks") -> dict[str, Any]:
    response = client.post(f"{root}/parse/", body)
    assert response.status_code == 200, response.content
    read: dict[str, Any] = response.json()
    return read


def refused(client: APIClient, name: str, **body: Any) -> list[tuple[str, str]]:
    response = client.post(f"/api/tasks/{name}/", body)
    assert response.status_code == 400, response.content
    return [(error["field"], error["code"]) for error in response.json()["errors"]]


def test_every_example_is_read_as_it_says(client: APIClient, user: User) -> None:
    found = sendable()
    assert len(found) > 400
    for example in found:
        user.week_start = example.get("week_start", "mo")
        user.save()
        read = parse(client, body_of(example))
        fields = {name: value for name, value in read["fields"].items() if name not in ("title", "time_zone")}
        expected = {name: value for name, value in example["fields"].items() if name != "time_zone"}
        assert (read["title"], fields) == (example["title"], expected), example["text"]
        spans = [[chip["kind"], chip["start"], chip["end"], chip["text"]] for chip in read["chips"]]
        assert spans == example["chips"], example["text"]
        assert [note["code"] for note in read["notes"]] == example.get("notes", [])
        assert [problem["code"] for problem in read["problems"]] == [
            code for code, _ in example.get("problems", [])
        ]
    assert not Task.objects.exists()


def made(row: dict[str, Any]) -> dict[str, Any]:
    """A task as it was made, apart from its number and the reading."""
    own = {"id", "task_id", "series_id", "read", "created_at", "updated_at"}
    reminders = [{name: each[name] for name in ("offset", "fire_at", "status")} for each in row["reminders"]]
    return {**{name: value for name, value in row.items() if name not in own}, "reminders": reminders}


def test_fields_that_are_sent_make_the_task_that_quick_makes(client: APIClient) -> None:
    for example in [each for each in sendable() if each["title"]][::4]:
        body = body_of(example)
        quick = client.post("/api/tasks/quick/", body)
        assert quick.status_code == 201, (example["text"], quick.content)
        sent = client.post("/api/tasks/", parse(client, body)["fields"])
        assert sent.status_code == 201, (example["text"], sent.content)
        assert made(quick.json()) == made(sent.json()), example["text"]
        assert quick.json()["read"] == parse(client, body)


def test_alternatives_that_are_sent_make_tasks(client: APIClient) -> None:
    for example in [each for each in sendable() if each.get("alternatives") and each["title"]][::3]:
        read = parse(client, body_of(example))
        for chip in read["chips"]:
            for alternative in chip["alternatives"]:
                body = {**read["fields"], **alternative["fields"]}
                body = {name: value for name, value in body.items() if name not in ("reminders",)}
                if "due_at" in alternative["fields"]:
                    body.pop("due_on", None)
                assert client.post("/api/tasks/", body).status_code == 201, (example["text"], body)


@pytest.mark.parametrize("root", ROOTS)
def test_both_calls_are_under_every_root(client: APIClient, root: str) -> None:
    assert parse(client, {"text": "Buy milk tomorrow"}, root)["title"] == "Buy milk"
    assert client.post(f"{root}/quick/", {"text": "Buy milk tomorrow"}).json()["title"] == "Buy milk"
    assert client.post(f"{root}/quick", {"text": "Buy milk tomorrow"}).status_code == 201


def test_the_root_of_the_oldest_clients_has_both(client: APIClient, user: User) -> None:
    assert parse(client, {"text": "Buy milk"}, f"/api/{user.pk}/tasks")["title"] == "Buy milk"
    assert client.post(f"/api/{user.pk + 1}/tasks/quick/", {"text": "Buy milk"}).status_code == 404


def test_quick_records_what_every_creation_records(client: APIClient, user: User) -> None:
    response = client.post(
        "/api/tasks/quick/", {"text": "Pay rent every month on the 31st 9am #home !high remind 1d"}
    )
    row = response.json()
    assert response["ETag"] == '"1"'
    assert (row["title"], row["priority"], row["tags"]) == ("Pay rent", "high", ["home"])
    assert row["recurrence"]["rule"] == "FREQ=MONTHLY;BYMONTHDAY=31"
    assert [each["offset"] for each in row["reminders"]] == ["-P1D"]
    assert kinds(user)[0] == "task.created"
    assert history(user)[0].actor.type == "user"


def test_a_key_makes_one_task(client: APIClient) -> None:
    first, again = (
        client.post("/api/tasks/quick/", {"text": "Buy milk tomorrow"}, headers={"Idempotency-Key": "k"})
        for _ in range(2)
    )
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert Task.objects.count() == 1


def test_the_first_occurrences_of_a_rule_are_told(client: APIClient) -> None:
    read = parse(client, {"text": "Team sync every monday 9am"})
    assert [row["local"] for row in read["next"]] == [
        "2026-11-30T09:00:00",
        "2026-12-07T09:00:00",
        "2026-12-14T09:00:00",
    ]
    assert read["next"][0]["utc"] == "2026-11-30T08:00:00Z"
    assert parse(client, {"text": "Buy milk tomorrow"})["next"] == []


def test_a_dropped_chip_stays_in_the_title(client: APIClient) -> None:
    row = client.post("/api/tasks/quick/", {"text": "Buy milk tomorrow #home", "without": [[9, 17]]}).json()
    assert (row["title"], row["tags"], row["due_at"]) == ("Buy milk tomorrow", ["home"], None)


def test_at_is_when_it_was_typed(client: APIClient) -> None:
    body = {"text": "Buy milk tomorrow", "at": "2026-11-20T10:00:00Z"}
    assert parse(client, body)["fields"]["due_on"] == "2026-11-21"
    assert client.post("/api/tasks/quick/", body).json()["due_on"] == "2026-11-21"


def test_a_zone_is_where_it_was_typed(client: APIClient) -> None:
    body = {"text": "Call tomorrow 9am", "time_zone": "Asia/Tokyo", "at": "2026-11-26T11:00:00Z"}
    assert parse(client, body)["fields"]["time_zone"] == "Asia/Tokyo"
    row = client.post("/api/tasks/quick/", body).json()
    assert (row["due_at"], row["time_zone"]) == ("2026-11-27T00:00:00Z", "Asia/Tokyo")
    late = {"text": "Call tomorrow", "time_zone": "Asia/Tokyo", "at": "2026-11-25T23:30:00Z"}
    assert parse(client, late)["fields"]["due_on"] == "2026-11-27"


def test_your_own_zone_is_not_written_into_the_task(client: APIClient) -> None:
    body = {"text": "Call tomorrow 9am", "time_zone": "Europe/Madrid"}
    assert "time_zone" not in parse(client, body)["fields"]


def test_the_first_day_of_your_week_counts(client: APIClient, user: User) -> None:
    user.week_start = "su"
    user.save()
    assert parse(client, {"text": "Plan trip next week"})["fields"]["due_on"] == "2026-11-29"


def test_strict_refuses_problems_by_their_codes(client: APIClient) -> None:
    text = "Lunch feb 30"
    assert client.post("/api/tasks/quick/", {"text": text}).json()["title"] == text
    assert refused(client, "quick", text=text, strict=True) == [("text", "impossible_date")]
    assert client.post("/api/tasks/quick/", {"text": "Lunch friday", "strict": True}).status_code == 201


def test_a_line_without_a_title_makes_no_task(client: APIClient) -> None:
    assert refused(client, "quick", text="tomorrow") == [("title", "required")]
    assert refused(client, "quick", text="word " * 60) == [("title", "max_length")]
    assert parse(client, {"text": "tomorrow"})["problems"][0]["code"] == "title_missing"
    assert not Task.objects.exists()


@pytest.mark.parametrize("name", ["parse", "quick"])
@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, ("text", "required")),
        ({"text": ""}, ("text", "blank")),
        ({"text": "  \n "}, ("text", "blank")),
        ({"text": None}, ("text", "null")),
        ({"text": 5}, ("text", "invalid")),
        ({"text": "a" * 2001}, ("text", "max_length")),
        ({"text": "a\0b"}, ("text", "invalid_character")),
        ({"text": "milk", "without": [[0, 5]]}, ("without[0]", "out_of_range")),
        ({"text": "milk", "without": [[2, 2]]}, ("without[0]", "out_of_range")),
        ({"text": "milk", "without": [[-1, 2]]}, ("without[0][0]", "min_value")),
        ({"text": "milk", "without": [[1]]}, ("without[0]", "min_length")),
        ({"text": "milk", "without": [["0", "2"]]}, ("without[0][0]", "invalid")),
        ({"text": "milk", "without": [[0, 1.5]]}, ("without[0][1]", "invalid")),
        ({"text": "milk", "without": [[True, 2]]}, ("without[0][0]", "invalid")),
        ({"text": "milk", "without": [[0, None]]}, ("without[0][1]", "null")),
        ({"text": "milk", "without": "x"}, ("without", "not_a_list")),
        ({"text": "milk", "without": [[0, 1]] * 1001}, ("without", "max_length")),
        ({"text": "milk", "time_zone": "Mars/Base"}, ("time_zone", "unknown_zone")),
        ({"text": "milk", "at": "soon"}, ("at", "invalid")),
        ({"text": "milk", "at": "2026-11-26T13:00:00Z"}, ("at", "out_of_range")),
        ({"text": "milk", "at": "2026-10-26T11:00:00Z"}, ("at", "out_of_range")),
        ({"text": "milk", "colour": "red"}, ("colour", "unknown_field")),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_a_bad_body_is_refused_by_field(
    client: APIClient, name: str, body: dict[str, Any], error: tuple[str, str]
) -> None:
    assert error in refused(client, name, **body)


def test_spans_count_units_of_utf_16(client: APIClient) -> None:
    text = "🎉 milk tomorrow"
    read = parse(client, {"text": text})
    assert [(chip["start"], chip["end"]) for chip in read["chips"]] == [(8, 16)]
    assert parse(client, {"text": text, "without": [[8, 16]]})["title"] == text
    assert refused(client, "parse", text=text, without=[[8, 17]]) == [("without[0]", "out_of_range")]


@pytest.mark.parametrize(
    "text",
    ["🎉" * 100, "\u202eabc\u202c", "a " * 1000, "every " * 300, "#a " * 600, "1/1/" * 500, "p1 " * 600],
)
def test_odd_lines_are_answered(client: APIClient, text: str) -> None:
    assert parse(client, {"text": text})["language"] == "en"


def test_lone_surrogates_are_refused(client: APIClient) -> None:
    response = client.post("/api/tasks/parse/", b'{"text": "a \\ud800 b"}', content_type="application/json")
    assert response.status_code == 400


def test_a_zone_of_the_line_is_the_zone_of_its_occurrences(client: APIClient) -> None:
    read = parse(client, {"text": "Standup every monday 9:00 UTC"})
    assert [row["utc"] for row in read["next"]][:1] == ["2026-11-30T09:00:00Z"]
    assert rec.load_zone(read["fields"]["time_zone"]).key == "UTC"
