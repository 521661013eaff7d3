"""Dates at the edges of the calendar and of the clock, and text of every kind: kept whole, or refused."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts_app.models import User
from events_app.log.history import head_of
from tasks_app.invariants import find_tasks_unlike_log

EDGES: tuple[tuple[dict[str, Any], int], ...] = (
    ({"due_at": "1970-01-01T00:00:00Z"}, 201),
    ({"due_at": "1970-01-01T00:00:00", "time_zone": "Pacific/Kiritimati"}, 201),  # in 1969 by UTC
    ({"due_at": "1969-12-31T23:59:59Z", "time_zone": "Europe/Madrid"}, 201),  # in 1970 there
    ({"due_at": "1969-12-31T23:59:59Z", "time_zone": "UTC"}, 400),
    ({"due_on": "1970-01-01"}, 201),
    ({"due_on": "1969-12-31"}, 400),
    ({"due_on": "9999-12-30"}, 201),
    ({"due_on": "10000-01-01"}, 400),
    ({"due_on": "0000-01-01"}, 400),
    ({"due_on": "2028-02-29"}, 201),
    ({"due_on": "2027-02-29"}, 400),
    ({"due_on": "2100-02-29"}, 400),
    ({"due_on": "2000-02-29"}, 201),
    ({"due_on": "2011-12-30", "time_zone": "Pacific/Apia"}, 201),  # a day that the zone never had
    ({"due_at": "2026-03-29T02:30", "time_zone": "Europe/Madrid"}, 201),
    ({"due_at": "2026-10-25T02:30", "time_zone": "Europe/Madrid"}, 201),
    ({"due_at": "2026-06-30T23:59:60Z"}, 400),
    ({"due_at": "2026-06-30T24:00:00Z"}, 400),
    ({"due_at": "2026-06-30T23:59:59+25:00"}, 400),
    ({"due_at": "2026-06-30T23:59:59.123456789Z"}, 201),
)


@pytest.mark.parametrize(("fields", "status"), EDGES, ids=str)
def test_a_due_at_the_edge_is_kept_or_refused(
    client: APIClient, user: User, fields: dict[str, Any], status: int
) -> None:
    response = client.post("/api/tasks/", {"title": "x", **fields})
    assert response.status_code == status, response.content
    if response.status_code == 400:
        assert head_of(user.pk) == 0
        return
    row = response.json()
    assert client.get(f"/api/tasks/{row['id']}/").json() == row
    assert [each["id"] for each in client.get("/api/tasks/?sort=-due_date").json()["results"]] == [row["id"]]
    assert client.put(f"/api/tasks/{row['id']}/", row).json()["version"] == 1
    assert list(find_tasks_unlike_log()) == []


def test_what_the_clock_skips_or_repeats_has_one_instant(client: APIClient) -> None:
    due = {"title": "x", "time_zone": "Europe/Madrid"}
    told = [
        client.post("/api/tasks/", {**due, "due_at": text}).json()["due_at"]
        for text in ("2026-03-29T02:30", "2026-10-25T02:30", "2026-10-25T02:30+01:00")
    ]
    assert told == ["2026-03-29T01:30:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"]


TEXTS = (
    "\U0001f984" * 200,
    "שלום עולם",
    "a\u0301\u0323" * 60,
    "👩\u200d👩\u200d👧\u200d👦 family",
    "\u202egnp.exe",
    "line\nbreak\ttab",
    "\u2028\u2029.",
    "\ufffe\uffff\U0010ffff",
    "\U0001d56c\ufb00 \u2460 \u0130 ß",
    "<img src=x onerror=alert(1)> & \"'",
    "{{7*7}} %s %(x)s \\ \\u0000",
)


@pytest.mark.parametrize("text", TEXTS)
def test_text_of_every_kind_comes_back_as_it_was(client: APIClient, text: str) -> None:
    title = f"x{text}"[:200]
    row = client.post("/api/tasks/", {"title": title, "description": text}).json()
    # A direction mark in a title is removed: it shows as something that it is not.
    assert (row["title"], row["description"]) == (title.replace("\u202e", ""), text)
    assert client.get(f"/api/tasks/{row['id']}/").json() == row
    assert list(find_tasks_unlike_log()) == []


@pytest.mark.parametrize("title", ["", " ", "\u3000\u2003", "\n", "x" * 201, 1, 1.5, True, [], {}, ["x"]])
def test_what_is_no_title_is_refused(client: APIClient, user: User, title: object) -> None:
    response = client.post("/api/tasks/", {"title": title})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "title")
    assert head_of(user.pk) == 0
