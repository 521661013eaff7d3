"""Reminders from HTTP to the notification: planned, moved, held, told once."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail

from todo_project.tests.front_door import World, set_times


@pytest.fixture
def world(db: None) -> Iterator[World]:
    with set_times(email="someone@example.org", channels=["in_app", "email"]) as made:
        yield made.at("2026-05-01T00:00Z")


def reminders(world: World, row: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    found = world.call("get", f"tasks/{row['id']}/")["reminders"]
    return [(each["fire_at"], each["status"], each["reason"]) for each in found]


def titles(world: World) -> list[str]:
    return sorted(each["title"] for each in world.notifications())


def test_each_of_several_tells_once_however_often_everything_runs(world: World) -> None:
    row = world.task(due_at="2026-05-04T09:00Z", reminders=[{"offset": "1h"}, {"offset": "15m"}])
    for moment in ("2026-05-04T07:59:59Z", "2026-05-04T08:00Z", "2026-05-04T08:44Z", "2026-05-04T08:45Z"):
        world.at(moment).run().run()
    assert [each["body"] for each in reversed(world.notifications())] == [
        "Task 'Water plants' is due in 1 hour",
        "Task 'Water plants' is due in 15 minutes",
    ]
    assert len(mail.outbox) == 2
    assert {status for _, status, _ in reminders(world, row)} == {"fired"}


def test_pending_ones_are_listed_the_next_first(world: World) -> None:
    world.task(due_at="2026-05-04T09:00Z", reminders=[{"offset": "15m"}, {"offset": "1d"}])
    world.task(due_at="2026-05-03T09:00Z", reminders=[{"at": "2026-05-03T20:00:00Z"}])
    found = world.call("get", "reminders/?status=pending")["results"]
    assert [each["fire_at"] for each in found] == [
        "2026-05-03T09:00:00Z",
        "2026-05-03T20:00:00Z",
        "2026-05-04T08:45:00Z",
    ]


@pytest.mark.parametrize(
    ("body", "fires"),
    [
        ({"due_at": "2026-05-06T12:00Z"}, "2026-05-06T11:00:00Z"),
        ({"time_zone": "America/New_York"}, "2026-05-04T12:00:00Z"),
        ({"due_on": "2026-05-05"}, "2026-05-05T08:00:00Z"),
    ],
    ids=["due", "zone", "kind"],
)
def test_they_follow_their_tasks_due_and_zone(world: World, body: dict[str, Any], fires: str) -> None:
    row = world.task(due_at="2026-05-04T09:00", time_zone="UTC", reminders=[{"offset": "1h"}])
    world.call("patch", f"tasks/{row['id']}/", body)
    assert reminders(world, row) == [(fires, "pending", None)]


def test_they_are_cancelled_and_planned_again_with_their_task(world: World) -> None:
    row = world.task(due_at="2026-05-04T09:00Z", reminders=[{"offset": "1h"}])
    planned, url = reminders(world, row), f"tasks/{row['id']}/"
    world.call("put", f"{url}completion/")
    assert [(status, reason) for _, status, reason in reminders(world, row)] == [("cancelled", "completed")]
    world.call("delete", f"{url}completion/")
    assert reminders(world, row) == planned
    world.call("delete", url)
    assert world.call("get", "reminders/?status=pending")["results"] == []
    world.call("post", f"{url}restore/")
    assert reminders(world, row) == planned


def test_snoozing_one_occurrence_leaves_the_next_as_it_is(world: World) -> None:
    row = world.task(due_at="2026-05-04T09:00Z", recurrence="daily", reminders=[{"offset": "1h"}])
    world.at("2026-05-04T08:00Z").run()
    reminder = row["reminders"][0]["id"]
    snoozed = world.call("post", f"reminders/{reminder}/snooze/", {"minutes": 30})
    assert (snoozed["fire_at"], snoozed["firing"], snoozed["status"]) == (
        "2026-05-04T08:30:00Z",
        2,
        "pending",
    )
    assert world.call("get", f"tasks/{row['id']}/")["version"] == row["version"] + 1
    world.at("2026-05-04T08:30Z").run()
    assert len(world.notifications()) == 2
    world.call("put", f"tasks/{row['id']}/completion/")
    [following] = world.run().open()
    assert reminders(world, following) == [("2026-05-05T08:00:00Z", "pending", None)]


def test_quiet_hours_hold_all_but_what_is_urgent_and_send_one_digest(world: World) -> None:
    quiet = {"quiet_from": "22:00", "quiet_until": "07:00", "time_zone": "Europe/Paris"}
    world.call("patch", "auth/me/", quiet)
    for title, priority in (("one", "low"), ("two", "high"), ("fire", "urgent"), ("done", "low")):
        body = {"due_at": "2026-05-04T23:30", "reminders": [{"offset": "30m"}], "priority": priority}
        row = world.task(title=title, **body)
    world.at("2026-05-04T21:00Z").run()
    assert (titles(world), len(mail.outbox)) == (["fire"], 1)
    world.call("put", f"tasks/{row['id']}/completion/")
    world.at("2026-05-05T04:59Z").run()
    assert titles(world) == ["fire"]
    world.at("2026-05-05T05:00Z").run().run()
    assert titles(world) == ["fire", "one", "two"]
    assert len(mail.outbox) == 2
    assert all(title in mail.outbox[1].body for title in ("one", "two"))
    assert "done" not in mail.outbox[1].body
