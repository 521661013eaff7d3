"""Series that go on by their schedule alone: what is still open when the next slot begins is missed."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts_app.models import User
from tasks_app.invariants import find_missing_successors, find_tasks_unlike_log, find_unfired_reminders
from tasks_app.models import MISSED_UNTIL_PAUSED, Reminder, Series, Task
from tasks_app.operations.reminders.fire import fire_due_reminders
from tasks_app.operations.reminders.replan import run_replan_jobs
from tasks_app.operations.series.missed import advance_series
from tasks_app.operations.trash.trash import purge_trash
from tasks_app.queries.series import coming_slots
from tasks_app.tests.conftest import SetClock
from tasks_app.tests.helpers import consume, history, live

SCHEDULED = {"rule": "daily", "advance": "scheduled"}


@pytest.fixture
def clock_of_tests(database_clock: SetClock) -> SetClock:
    database_clock.set("2030-09-15T00:00:00+00:00")
    return database_clock


@pytest.fixture
def task(client: APIClient, clock_of_tests: SetClock) -> dict[str, Any]:
    return create(client)


def create(client: APIClient, **fields: Any) -> dict[str, Any]:
    body = {"title": "Water plants", "due_on": "2030-09-16", "recurrence": SCHEDULED, **fields}
    answer = client.post("/api/tasks/", body)
    assert answer.status_code == 201, answer.json()
    return dict(answer.json())


def sweep(clock: SetClock, at: str) -> int:
    clock.set(at)
    return advance_series()


def slots(user: User) -> list[str | None]:
    return [each.occurrence for each in live(user)]


def series_row(client: APIClient, task: dict[str, Any]) -> dict[str, Any]:
    return dict(client.get(f"/api/series/{task['series_id']}/").json())


def past(client: APIClient, task: dict[str, Any]) -> list[tuple[str, str, int | None]]:
    rows = client.get(f"/api/series/{task['series_id']}/occurrences/?past=true&n=1").json()["results"]
    return [(each["local"], each["status"], each["task_id"]) for each in rows]


def test_nothing_is_missed_before_the_next_slot_begins(
    user: User, task: dict[str, Any], clock_of_tests: SetClock
) -> None:
    assert sweep(clock_of_tests, "2030-09-16T21:59:59+00:00") == 0  # the 17th begins at 22:00 UTC in Madrid
    assert slots(user) == ["2030-09-16"]
    assert sweep(clock_of_tests, "2030-09-16T22:00:00+00:00") == 1
    assert slots(user) == ["2030-09-17"]
    assert advance_series() == 0


def test_a_missed_one_leaves_all_lists_and_its_event_says_why(
    user: User, client: APIClient, task: dict[str, Any], clock_of_tests: SetClock
) -> None:
    sweep(clock_of_tests, "2030-09-16T22:00:05+00:00")
    for query in ("", "?status=all", "?trashed=true", f"?ids={task['id']}", f"?series={task['series_id']}"):
        rows = client.get(f"/api/tasks/{query}").json()["results"]
        assert task["id"] not in [each["id"] for each in rows], query
    assert client.get(f"/api/tasks/{task['id']}/").status_code == 404
    assert client.post(f"/api/tasks/{task['id']}/restore/").status_code == 404
    [deleted] = [each for each in history(user) if each.type == "task.deleted"]
    assert (deleted.data["reason"], deleted.actor.type) == ("missed", "system")
    [change] = [
        each
        for each in client.get("/api/changes/?after=0").json()["results"]
        if each["operation"] == "delete"
    ]
    assert (change["reason"], change["task_id"]) == ("missed", task["id"])
    new = live(user)[0]
    assert past(client, task)[:2] == [("2030-09-16", "missed", task["id"]), ("2030-09-17", "open", new.pk)]
    assert new.follows_id == task["id"]
    assert [*find_tasks_unlike_log(), *find_missing_successors()] == []


def test_its_reminders_are_cancelled_and_the_next_has_its_own(
    user: User, client: APIClient, clock_of_tests: SetClock
) -> None:
    task = create(
        client, reminders=[{"offset": "PT23H30M"}, {"at": "2030-09-20T09:00:00Z"}, {"offset": "P1D"}]
    )
    sweep(clock_of_tests, "2030-09-16T22:00:00+00:00")
    assert {each.reason for each in Reminder.objects.filter(task_id=task["id"])} == {"missed"}
    assert [each.offset for each in Reminder.objects.filter(task=live(user)[0], status="pending")] == [
        "PT23H30M", "P1D",
    ]  # fmt: skip
    clock_of_tests.set("2030-09-17T21:30:00+00:00")
    assert fire_due_reminders() == 1
    assert list(find_unfired_reminders()) == []


def test_what_reminds_at_its_due_fires_however_late_the_sweep_comes(
    user: User, client: APIClient, clock_of_tests: SetClock
) -> None:
    hourly = {"rule": "FREQ=HOURLY", "advance": "scheduled"}
    offsets = [{"offset": each} for each in ("PT0S", "-PT10M", "PT20M")]
    create(
        client, due_on=None, due_at="2030-09-16T08:00", time_zone="UTC", recurrence=hourly, reminders=offsets
    )
    sweep(clock_of_tests, "2030-09-16T09:00:04+00:00")
    of_new = Reminder.objects.filter(task=live(user)[0]).order_by("id")
    assert [(each.offset, each.status, each.reason) for each in of_new] == [
        ("PT0S", "pending", ""), ("-PT10M", "cancelled", "past"), ("PT20M", "pending", ""),
    ]  # fmt: skip
    assert fire_due_reminders() == 1
    clock_of_tests.set("2030-09-16T09:20:00+00:00")
    assert fire_due_reminders() == 1
    assert [each.late for each in of_new.all() if each.status == "fired"] == [False, False]


def test_a_late_sweep_makes_the_occurrence_of_now_and_notes_those_between(
    user: User, client: APIClient, task: dict[str, Any], clock_of_tests: SetClock
) -> None:
    assert sweep(clock_of_tests, "2030-09-20T10:00:00+00:00") == 1
    assert slots(user) == ["2030-09-20"]
    assert [(local, status) for local, status, _ in past(client, task)[:5]] == [
        ("2030-09-16", "missed"),
        ("2030-09-17", "missed"),
        ("2030-09-18", "missed"),
        ("2030-09-19", "missed"),
        ("2030-09-20", "open"),
    ]
    assert Series.objects.get().missed_in_a_row == 4


def test_doing_a_missed_one_later_marks_it_done_and_makes_no_other(
    user: User, client: APIClient, task: dict[str, Any], clock_of_tests: SetClock
) -> None:
    sweep(clock_of_tests, "2030-09-16T22:00:00+00:00")
    for _ in range(2):
        answer = client.put(f"/api/tasks/{task['id']}/completion/")
        assert (answer.status_code, answer.json()["completed"]) == (200, True)
        consume(user)
    assert slots(user) == ["2030-09-16", "2030-09-17"]
    assert past(client, task)[0] == ("2030-09-16", "done", task["id"])
    assert [*find_tasks_unlike_log(), *find_missing_successors()] == []
    undone = client.post(f"/api/tasks/{task['id']}/undo/")
    assert (undone.status_code, undone.json()["completed"]) == (200, False)
    assert past(client, task)[0] == ("2030-09-16", "missed", task["id"])
    assert slots(user) == ["2030-09-17"]
    assert [*find_tasks_unlike_log(), *find_missing_successors()] == []


def test_a_missed_one_that_was_done_after_all_is_a_task_like_any_other(
    user: User, client: APIClient, task: dict[str, Any], clock_of_tests: SetClock
) -> None:
    sweep(clock_of_tests, "2030-09-16T22:00:00+00:00")
    assert client.post(f"/api/tasks/{task['id']}/undo/").json()["code"] == "nothing_to_undo"
    assert client.patch(f"/api/tasks/{task['id']}/", {"title": "x"}).status_code == 404
    assert client.patch(f"/api/tasks/{task['id']}/", {"completed": True}).json()["completed"] is True
    assert client.delete(f"/api/tasks/{task['id']}/").status_code == 204
    assert [each["id"] for each in client.get("/api/tasks/?trashed=true").json()["results"]] == [task["id"]]
    assert client.post(f"/api/tasks/{task['id']}/restore/").json()["completed"] is True
    client.delete(f"/api/tasks/{task['id']}/")
    assert client.post(f"/api/tasks/{task['id']}/undo/").json()["completed"] is True
    client.delete(f"/api/tasks/{task['id']}/completion/")
    assert past(client, task)[0] == ("2030-09-16", "missed", task["id"])
    assert client.post(f"/api/tasks/{task['id']}/undo/").json()["completed"] is True
    assert slots(user) == ["2030-09-16", "2030-09-17"]
    assert [*find_tasks_unlike_log(), *find_missing_successors()] == []
    client.delete(f"/api/tasks/{task['id']}/")
    clock_of_tests.set("2031-09-16T22:00:00+00:00")
    assert purge_trash() == 1
    assert not Task.objects.filter(pk=task["id"]).exists()


def test_a_bulk_call_and_the_toggle_do_a_missed_one_too(
    user: User, client: APIClient, task: dict[str, Any], clock_of_tests: SetClock
) -> None:
    sweep(clock_of_tests, "2030-09-16T22:00:00+00:00")
    sweep(clock_of_tests, "2030-09-17T22:00:00+00:00")
    first, second = Task.objects.filter(missed_at__isnull=False).order_by("id")
    operations = [{"op": "complete", "id": first.pk}]
    answer = client.post("/api/tasks/bulk/", {"operations": operations})
    assert answer.status_code == 200, answer.json()
    assert client.patch(f"/api/tasks/{second.pk}/complete/").json()["completed"] is True
    consume(user)
    assert slots(user) == ["2030-09-16", "2030-09-17", "2030-09-18"]
    assert client.patch(f"/api/tasks/{second.pk}/complete/").json()["completed"] is False
    assert slots(user) == ["2030-09-16", "2030-09-18"]
    assert [*find_tasks_unlike_log(), *find_missing_successors()] == []


def test_a_done_one_leads_on_as_always_and_is_not_missed(
    user: User, client: APIClient, task: dict[str, Any], clock_of_tests: SetClock
) -> None:
    clock_of_tests.set("2030-09-16T10:00:00+00:00")
    client.put(f"/api/tasks/{task['id']}/completion/")
    consume(user)
    assert slots(user) == ["2030-09-16", "2030-09-17"]
    assert sweep(clock_of_tests, "2030-09-16T22:00:01+00:00") == 0
    assert sweep(clock_of_tests, "2030-09-17T22:00:01+00:00") == 1
    assert [each.occurrence for each in live(user) if each.is_open] == ["2030-09-18"]
    reopened = client.delete(f"/api/tasks/{task['id']}/completion/")
    assert (reopened.status_code, reopened.json()["code"]) == (409, "series_changed")


def test_after_a_hundred_in_a_row_it_is_paused_until_somebody_does_something(
    user: User, client: APIClient, task: dict[str, Any], clock_of_tests: SetClock
) -> None:
    sweep(clock_of_tests, "2030-11-01T10:00:00+00:00")
    assert series_row(client, task)["state"] == "running"
    sweep(clock_of_tests, "2031-06-01T10:00:00+00:00")
    row = series_row(client, task)
    assert (row["state"], row["status"]) == ("paused", "running")
    [last] = live(user)
    assert last.occurrence == "2030-12-25"  # a hundred days after the first
    assert Series.objects.get().missed_in_a_row == MISSED_UNTIL_PAUSED
    assert "paused" in client.get(f"/api/tasks/{last.pk}/explain/").json()["next"]["why"]
    assert sweep(clock_of_tests, "2031-07-01T10:00:00+00:00") == 0
    client.put(f"/api/tasks/{last.pk}/completion/")
    consume(user)
    assert series_row(client, task)["state"] == "running"
    assert [*find_tasks_unlike_log(), *find_missing_successors()] == []


def test_the_last_one_is_never_missed(user: User, client: APIClient, clock_of_tests: SetClock) -> None:
    create(client, recurrence={"rule": "FREQ=DAILY;COUNT=2", "advance": "scheduled"})
    assert sweep(clock_of_tests, "2030-09-30T10:00:00+00:00") == 1
    assert sweep(clock_of_tests, "2030-10-30T10:00:00+00:00") == 0
    assert slots(user) == ["2030-09-17"]


def test_by_the_number_of_the_series_it_is_switched_on_and_off(
    user: User, client: APIClient, clock_of_tests: SetClock
) -> None:
    task = create(client, recurrence="daily")
    assert (task["recurrence"]["advance"], series_row(client, task)["advance"]) == ("completed", "completed")
    url = f"/api/series/{task['series_id']}/"
    assert client.patch(url, {"advance": "scheduled"}).json()["recurrence"]["advance"] == "scheduled"
    assert client.get(f"/api/tasks/{task['id']}/").json()["recurrence"]["advance"] == "scheduled"
    assert Series.objects.get().advance_at is not None
    assert client.post(f"/api/tasks/{task['id']}/undo/").json()["recurrence"]["advance"] == "completed"
    assert (series_row(client, task)["advance"], Series.objects.get().advance_at) == ("completed", None)
    client.patch(url, {"advance": "scheduled"})
    client.patch(url, {"advance": "completed"})
    assert sweep(clock_of_tests, "2030-09-20T10:00:00+00:00") == 0
    assert list(find_tasks_unlike_log()) == []


def test_it_is_switched_together_with_a_move(client: APIClient, user: User) -> None:
    task = create(client, recurrence="daily")
    url = f"/api/series/{task['series_id']}/"
    row = client.patch(url, {"due_at": "2030-09-18T09:00", "advance": "scheduled"}).json()
    assert (row["start"], row["advance"]) == ("2030-09-18T09:00:00", "scheduled")
    row = client.patch(url, {"recurrence": "weekly", "advance": "scheduled"}).json()
    assert (row["recurrence"]["rule"], row["advance"]) == ("FREQ=WEEKLY;WKST=MO", "scheduled")
    both = {"recurrence": {"rule": "daily", "advance": "completed"}, "advance": "scheduled"}
    answer = client.patch(url, both)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "conflict")


@pytest.mark.parametrize(
    "recurrence",
    [
        {"rule": "FREQ=DAILY;INTERVAL=3", "anchor": "completion", "advance": "scheduled"},
        {"rule": "daily", "advance": "sometimes"},
        {"rule": "FREQ=MINUTELY;INTERVAL=30", "advance": "scheduled"},
        {"rule": "daily", "advance": None},
    ],
)
def test_what_cannot_go_on_by_itself_is_refused(
    client: APIClient, user: User, recurrence: dict[str, Any]
) -> None:
    body = {"title": "x", "due_at": "2030-09-16T09:00", "recurrence": recurrence}
    assert client.post("/api/tasks/", body).status_code == 400


def test_a_series_counting_from_completions_cannot_be_switched(client: APIClient, user: User) -> None:
    task = create(client, recurrence={"rule": "daily", "anchor": "completion"})
    answer = client.patch(f"/api/series/{task['series_id']}/", {"advance": "scheduled"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "advance")


def test_every_hour_is_the_most_that_goes_on_by_itself(
    user: User, client: APIClient, clock_of_tests: SetClock
) -> None:
    hourly = {"rule": "FREQ=HOURLY", "advance": "scheduled"}
    task = create(client, due_on=None, due_at="2030-09-16T08:00", time_zone="UTC", recurrence=hourly)
    assert sweep(clock_of_tests, "2030-09-16T09:00:00+00:00") == 1
    assert slots(user) == ["2030-09-16T09:00:00"]
    half = create(client, due_on=None, due_at="2030-09-16T08:00", recurrence="FREQ=MINUTELY;INTERVAL=30")
    answer = client.patch(f"/api/series/{half['series_id']}/", {"advance": "scheduled"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "too_frequent")
    assert task["recurrence"]["text"] == "every hour"


def test_its_instant_follows_rule_zone_and_owner(
    user: User, client: APIClient, task: dict[str, Any], clock_of_tests: SetClock
) -> None:
    def begins() -> str:
        instant = Series.objects.get().advance_at
        assert instant is not None
        return instant.isoformat()

    assert begins() == "2030-09-16T22:00:00+00:00"
    client.patch("/api/auth/me/", {"time_zone": "America/New_York"})
    consume(user, "replan")
    run_replan_jobs()
    assert begins() == "2030-09-17T04:00:00+00:00"
    client.patch(f"/api/tasks/{task['id']}/?scope=all", {"due_at": "2030-09-18T09:00", "time_zone": "UTC"})
    assert begins() == "2030-09-19T09:00:00+00:00"
    assert [each.isoformat() for each in coming_slots(clock_of_tests().replace(year=2031), 10)] == [begins()]
    client.post(f"/api/tasks/{task['id']}/skip/")
    assert begins() == "2030-09-20T09:00:00+00:00"
    client.post(f"/api/series/{task['series_id']}/cancel/")
    assert Series.objects.get().advance_at is None


def test_a_slot_that_moved_away_is_looked_at_again_and_nothing_is_missed(
    user: User, task: dict[str, Any], clock_of_tests: SetClock
) -> None:
    Series.objects.update(advance_at=clock_of_tests.now)
    assert advance_series() == 0
    assert slots(user) == ["2030-09-16"]
    assert advance_series() == 0


def test_missed_ones_are_kept_and_explained(
    user: User, client: APIClient, task: dict[str, Any], clock_of_tests: SetClock
) -> None:
    why = client.get(f"/api/tasks/{task['id']}/explain/").json()["next"]["why"]
    assert "Still open at 2030-09-16T22:00:00Z, when the next slot begins, it is missed" in why
    sweep(clock_of_tests, "2030-09-16T22:00:00+00:00")
    clock_of_tests.set("2031-09-16T22:00:00+00:00")
    purge_trash()
    assert Task.objects.filter(pk=task["id"]).exists()
    missed = client.get(f"/api/tasks/{task['id']}/explain/").json()
    assert missed["next"]["task_id"] == live(user)[0].pk
    assert "still open when this slot began" in missed["next"]["why"]
    following = client.get(f"/api/tasks/{live(user)[0].pk}/explain/").json()["due"]["why"]
    assert any("still open when this slot began" in each for each in following)
