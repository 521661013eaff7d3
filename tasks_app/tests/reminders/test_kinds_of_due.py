"""A due that becomes one of another kind: reminders go on firing at the time of day that people meant."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts_app.models import User
from tasks_app.invariants import find_missing_successors, find_tasks_unlike_log
from tasks_app.models import Reminder, Series, Task
from tasks_app.operations.reminders.fire import fire_due_reminders
from tasks_app.operations.reminders.replan import run_replan_jobs
from tasks_app.tests.conftest import SetClock
from tasks_app.tests.helpers import consume, history, live

pytestmark = pytest.mark.django_db

DAY, EVENING = "2030-09-16", "2030-09-16T20:00"


def create(client: APIClient, **fields: Any) -> dict[str, Any]:
    answer = client.post("/api/tasks/", {"title": "Water plants", **fields})
    assert answer.status_code == 201, answer.json()
    return dict(answer.json())


def patch(client: APIClient, task: dict[str, Any], query: str = "", **fields: Any) -> dict[str, Any]:
    answer = client.patch(f"/api/tasks/{task['id']}/{query}", fields)
    assert answer.status_code == 200, answer.json()
    return dict(answer.json())


def complete(client: APIClient, user: User, task: dict[str, Any]) -> dict[str, Any]:
    """Complete an occurrence and return the one that follows."""
    assert client.put(f"/api/tasks/{task['id']}/completion/").status_code == 200
    consume(user)
    [follower] = [each for each in live(user) if each.follows_id == task["id"]]
    return dict(client.get(f"/api/tasks/{follower.pk}/").json())


def planned(row: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["offset"], each["fire_at"]) for each in row["reminders"]]


@pytest.mark.parametrize(
    "case",
    [
        ({"due_on": DAY}, "PT9H", {"due_at": EVENING}, ("-PT11H", "2030-09-16T07:00:00Z")),
        ({"due_on": DAY}, "PT21H", {"due_at": EVENING}, ("PT1H", "2030-09-16T19:00:00Z")),
        ({"due_on": DAY}, "-PT15H", {"due_at": EVENING}, ("-P1DT11H", "2030-09-15T07:00:00Z")),
        ({"due_on": DAY}, "-P1D", {"due_at": EVENING}, ("-P1DT20H", "2030-09-14T22:00:00Z")),
        ({"due_on": DAY}, "P1D", {"due_at": EVENING}, ("PT4H", "2030-09-16T22:00:00Z")),
        (
            {"due_on": DAY},
            "PT9H",
            {"due_at": EVENING, "floating": True},
            ("-PT11H", "2030-09-16T07:00:00Z"),
        ),
        ({"due_at": EVENING}, "-PT30M", {"due_on": DAY}, ("PT19H30M", "2030-09-16T17:30:00Z")),
        ({"due_at": EVENING}, "-P1D", {"due_on": "2030-09-20"}, ("-PT4H", "2030-09-19T18:00:00Z")),
        ({"due_at": EVENING}, "PT2H", {"due_on": DAY}, ("PT22H", "2030-09-16T20:00:00Z")),
        ({"due_at": EVENING}, "-PT20H", {"due_on": DAY}, ("PT0S", "2030-09-15T22:00:00Z")),
        ({"due_at": EVENING}, "-PT30M", {"floating": True}, ("-PT30M", "2030-09-16T17:30:00Z")),
        # The clocks of Madrid change at 01:00 UTC on both of these days.
        (
            {"due_on": "2030-03-31"},
            "PT1H",
            {"due_at": "2030-03-31T20:00"},
            ("-PT18H", "2030-03-31T00:00:00Z"),
        ),
        (
            {"due_at": "2030-10-27T20:00"},
            "-PT24H",
            {"due_on": "2030-10-27"},
            ("-PT3H", "2030-10-26T19:00:00Z"),
        ),
    ],
)
def test_a_reminder_keeps_its_time_of_day(
    client: APIClient, user: User, case: tuple[dict[str, Any], str, dict[str, Any], tuple[str, str]]
) -> None:
    due, offset, becomes, expected = case
    task = create(client, **due, reminders=[{"offset": offset}])
    moved = patch(client, task, **becomes)
    assert planned(moved) == [expected]
    assert moved["reminders"][0]["id"] == task["reminders"][0]["id"]
    updated: Any = [each.data for each in history(user) if each.type == "task.updated"][-1]
    assert [(each["offset"], each["fire_at"]) for each in updated["task"]["reminders"]] == [expected]
    back = patch(client, moved, **{"floating": False, **due})
    assert [fire_at for _, fire_at in planned(back)] == [fire_at for _, fire_at in planned(task)]


def test_what_a_client_sends_back_unchanged_is_translated_and_what_it_writes_is_taken_literally(
    client: APIClient,
) -> None:
    task = create(client, due_on=DAY, reminders=[{"offset": "PT9H"}, {"offset": "-PT6H"}])
    kept, other = task["reminders"]
    echoed = patch(client, task, due_at=EVENING, due_on=None, reminders=[kept, {"offset": "PT9H"}])
    assert planned(echoed) == [("-PT11H", "2030-09-16T07:00:00Z"), ("PT9H", "2030-09-17T03:00:00Z")]
    assert (echoed["reminders"][0]["id"], other["id"] in {each["id"] for each in echoed["reminders"]}) == (
        kept["id"],
        False,
    )


def test_a_whole_task_can_be_sent_back_with_another_due(client: APIClient) -> None:
    task = create(client, due_at=EVENING, reminders=[{"offset": "-PT30M"}])
    body = {
        **client.get(f"/api/tasks/{task['id']}/").json(),
        "due_at": "2030-09-18T20:00",
        "due_date": "2030-09-18T20:00",
    }
    answer = client.put(f"/api/tasks/{task['id']}/", body)
    assert answer.status_code == 200, answer.json()
    assert planned(answer.json()) == [("-PT30M", "2030-09-18T17:30:00Z")]


def test_a_translated_offset_beyond_what_may_be_sent_can_be_sent_back(client: APIClient) -> None:
    task = create(client, due_on=DAY, recurrence="daily", reminders=[{"offset": "-P3660D"}])
    moved = patch(client, task, "?scope=all", due_at=EVENING)
    assert moved["reminders"][0]["offset"] == "-P3660DT20H"
    answer = client.put(f"/api/tasks/{task['id']}/", moved)
    assert answer.status_code == 200, answer.json()
    refused = client.post(f"/api/tasks/{task['id']}/reminders/", {"offset": "-P3661D"})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "out_of_range")


def test_what_was_read_before_time_passed_can_be_sent_back(
    client: APIClient, user: User, database_clock: SetClock
) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=90)
    database_clock.now = datetime.now(UTC)
    task = create(client, due_at=soon.isoformat(), reminders=[{"offset": "-PT1M"}, {"at": soon.isoformat()}])
    assert task["overdue"] is False
    database_clock.now = soon + timedelta(seconds=120)
    assert fire_due_reminders() == 2
    Task.objects.update(overdue_at=datetime.now(UTC) - timedelta(seconds=1))
    now = client.get(f"/api/tasks/{task['id']}/").json()
    assert (now["overdue"], now["reminder_at"], now["version"]) == (True, None, task["version"])
    assert {each["status"] for each in now["reminders"]} == {"fired"}
    for body in (task, now):
        answer = client.put(f"/api/tasks/{task['id']}/", body, headers={"If-Match": '"1"'})
        assert answer.status_code == 200, answer.json()
        assert {**answer.json(), "overdue": True} == now  # really it is not due yet
    wrong = {**now, "reminders": [{**now["reminders"][0], "status": "cancelled"}]}
    assert client.put(f"/api/tasks/{task['id']}/", wrong).status_code == 400


@pytest.mark.parametrize("scope", ["?scope=all", "?scope=future", "series"])
def test_a_rule_that_a_move_of_its_owner_has_ended_can_be_sent_back(
    client: APIClient, user: User, scope: str
) -> None:
    client.patch("/api/auth/me/", {"time_zone": "UTC"})
    task = create(client, due_on=DAY, recurrence="FREQ=DAILY;UNTIL=20300916T000000Z")
    client.patch("/api/auth/me/", {"time_zone": "America/New_York"})
    url = f"/api/series/{task['series_id']}/" if scope == "series" else f"/api/tasks/{task['id']}/{scope}"
    for name in ("due_on", "recurrence", "time_zone"):
        answer = client.patch(url, {name: task[name]})
        assert answer.status_code == 200, (name, answer.json())


def test_two_reminders_that_become_the_same_are_one(client: APIClient, user: User) -> None:
    task = create(client, due_on=DAY, reminders=[{"offset": "-P1D"}, {"offset": "-PT24H"}])
    moved = patch(client, task, due_at=EVENING)
    assert planned(moved) == [("-P1DT20H", "2030-09-14T22:00:00Z")]
    undone = client.post(f"/api/tasks/{task['id']}/undo/").json()
    assert planned(undone) == planned(task)


SCOPES = ["?scope=all", "?scope=future", "series"]


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize(
    "case",
    [
        ({"due_on": DAY}, ["PT9H"], {"due_at": EVENING}, [("-PT11H", "2030-09-17T07:00:00Z")]),
        ({"due_on": DAY}, ["P1D"], {"due_at": EVENING}, [("PT4H", "2030-09-17T22:00:00Z")]),
        (
            {"due_on": DAY},
            ["PT9H", "-PT15H"],
            {"due_at": EVENING, "floating": True},
            [("-PT11H", "2030-09-17T07:00:00Z"), ("-P1DT11H", "2030-09-16T07:00:00Z")],
        ),
        ({"due_at": EVENING}, ["-PT30M"], {"due_on": DAY}, [("PT19H30M", "2030-09-17T17:30:00Z")]),
    ],
)
def test_a_series_of_another_kind_goes_on_and_its_reminders_keep_their_time(
    client: APIClient,
    user: User,
    case: tuple[dict[str, Any], list[str], dict[str, Any], list[tuple[str, str]]],
    scope: str,
) -> None:
    due, offsets, becomes, coming = case
    task = create(client, **due, recurrence="daily", reminders=[{"offset": each} for each in offsets])
    if scope == "series":
        answer = client.patch(f"/api/series/{task['series_id']}/", becomes)
        assert answer.status_code == 200, answer.json()
        assert [each["offset"] for each in answer.json()["reminders"]] == [offset for offset, _ in coming]
    else:
        patch(client, task, scope, **becomes)
    following = complete(client, user, task)
    assert planned(following) == coming
    assert planned(complete(client, user, following)) != coming
    assert [*find_tasks_unlike_log(), *find_missing_successors()] == []


def test_a_reminder_of_an_occurrence_that_was_made_a_day_reminds_of_the_timed_ones_to_come(
    client: APIClient, user: User
) -> None:
    task = create(client, due_at=EVENING, recurrence="daily")
    patch(client, task, "?scope=this", due_on=DAY)
    answer = client.post(f"/api/tasks/{task['id']}/reminders/", {"offset": "PT9H"})
    assert answer.status_code == 201
    assert Series.objects.get(pk=task["series_id"]).offsets == ["-PT11H"]
    assert planned(complete(client, user, task)) == [("-PT11H", "2030-09-17T07:00:00Z")]


@pytest.mark.parametrize("scope", ["?scope=all", "?scope=future"])
def test_reminders_of_all_that_are_set_on_an_occurrence_of_another_kind_are_translated(
    client: APIClient, user: User, scope: str
) -> None:
    task = create(client, due_at=EVENING, recurrence="daily")
    patch(client, task, "?scope=this", due_on=DAY)
    patch(client, task, scope, reminders=[{"offset": "PT9H"}, {"offset": "P1D"}])
    assert planned(complete(client, user, task)) == [
        ("-PT11H", "2030-09-17T07:00:00Z"),
        ("PT4H", "2030-09-17T22:00:00Z"),
    ]


def test_offsets_that_are_sent_to_a_series_count_from_its_slots(client: APIClient, user: User) -> None:
    task = create(client, due_at=EVENING, recurrence="daily", reminders=[{"offset": "-PT11H"}])
    patch(client, task, "?scope=this", due_on=DAY)
    url = f"/api/series/{task['series_id']}/"
    for offset, of_the_day in (("-PT11H", "PT9H"), ("-PT12H", "PT8H")):
        row = client.patch(url, {"reminders": [{"offset": offset}]}).json()
        assert row["reminders"] == [{"offset": offset}]
        [reminder] = client.get(f"/api/tasks/{task['id']}/").json()["reminders"]
        assert reminder["offset"] == of_the_day
    assert planned(complete(client, user, task)) == [("-PT12H", "2030-09-17T06:00:00Z")]


def test_what_cannot_be_planned_is_cancelled_with_its_reason(client: APIClient, user: User) -> None:
    task = create(client, due_on="9999-12-20", recurrence="daily", reminders=[{"offset": "P10D"}])
    patch(client, task, "?scope=all", due_on="9999-12-29")
    [reminder] = client.get(f"/api/tasks/{task['id']}/").json()["reminders"]
    assert (reminder["status"], reminder["reason"]) == ("cancelled", "out_of_range")
    following = complete(client, user, task)
    assert [(each["status"], each["reason"]) for each in following["reminders"]] == [
        ("cancelled", "out_of_range")
    ]
    why = client.get(f"/api/tasks/{task['id']}/explain/").json()
    assert why["reminders"][0]["why"]


def test_a_template_that_has_collected_more_than_a_task_takes_makes_tasks_all_the_same(
    client: APIClient, user: User
) -> None:
    task = create(client, due_at=EVENING, recurrence="daily")
    for minutes in range(1, 31):
        added = client.post(f"/api/tasks/{task['id']}/reminders/", {"offset": f"-PT{minutes}M"})
        assert added.status_code == 201
        assert client.delete(f"/api/reminders/{added.json()['id']}/").status_code == 204
    assert len(Series.objects.get(pk=task["series_id"]).offsets) == 20
    # As templates were that were stored before they had a limit.
    Series.objects.update(offsets=[f"-PT{minutes}M" for minutes in range(1, 31)])
    following = complete(client, user, task)
    assert [each["status"] for each in following["reminders"]] == ["pending"] * 20 + ["cancelled"] * 10
    assert {each["reason"] for each in following["reminders"][20:]} == {"too_many"}
    sent_back = client.put(f"/api/tasks/{following['id']}/", following)
    assert sent_back.status_code == 200, sent_back.json()


def test_the_last_days_of_the_calendar_end_a_series_and_stop_nothing(client: APIClient, user: User) -> None:
    task = create(client, due_at="9999-12-30T23:30", recurrence="daily", reminders=[{"offset": "-PT1H"}])
    other = create(client, due_on=DAY, recurrence="daily")
    following = complete(client, user, task)
    assert client.put(f"/api/tasks/{following['id']}/completion/").status_code == 200
    consume(user)
    assert Series.objects.get(pk=task["series_id"]).end_reason == "finished"
    assert complete(client, user, other)["occurrence"] == "2030-09-17"


def test_a_floating_due_of_the_last_evening_follows_its_owner_west(client: APIClient, user: User) -> None:
    task = create(
        client, due_at="9999-12-30T22:00", floating=True, recurrence="daily", reminders=[{"offset": "-PT1H"}]
    )
    following = complete(client, user, task)
    other = create(client, due_on=DAY, reminders=[{"offset": "PT9H"}])
    assert client.patch("/api/auth/me/", {"time_zone": "America/Los_Angeles"}).status_code == 200
    consume(user, "replan")
    run_replan_jobs()
    assert Task.objects.get(pk=following["id"]).due_instant is not None
    assert client.get(f"/api/tasks/{following['id']}/explain/").status_code == 200
    assert patch(client, following, title="Edited")["title"] == "Edited"
    assert planned(client.get(f"/api/tasks/{other['id']}/").json()) == [("PT9H", "2030-09-16T16:00:00Z")]
    assert Reminder.objects.get(task_id=following["id"]).reason == "out_of_range"
