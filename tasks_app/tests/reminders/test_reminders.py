"""When reminders fire, and that they fire once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.operations.preferences import change_preferences
from accounts_app.tests.factories import make_user
from events_app.runtime.crash import intercept
from tasks_app.models import Reminder, Task
from tasks_app.operations.completion import complete_task, reopen_task
from tasks_app.operations.reminders.edit import snooze_reminder
from tasks_app.operations.reminders.fire import fire_due_reminders
from tasks_app.operations.reminders.replan import run_replan_jobs
from tasks_app.operations.tasks import delete_task, update_task
from tasks_app.queries.reminders import upcoming_instants
from tasks_app.tests.conftest import SetClock
from tasks_app.tests.helpers import NEW_YEAR, at, consume, history, kinds, make_task
from tasks_app.values.fields import AtInstant, TaskFields


def fire_times(task: Task) -> list[str]:
    reminders = Reminder.objects.filter(task=task, status="pending").order_by("id")
    return [each.fire_at.strftime("%m-%dT%H:%MZ") for each in reminders if each.fire_at]


def states(task: Task) -> list[tuple[str, str]]:
    return [(each.status, each.reason) for each in Reminder.objects.filter(task=task).order_by("id")]


def firings(user: User) -> list[tuple[int, int, bool]]:
    """(reminder, firing, late) of everything that fired."""
    told = [event.data for event in history(user) if event.type == "reminder.due"]
    return [(each["reminder_id"], each["firing"], each["late"]) for each in told]  # type: ignore[misc]


def test_case_9_days_are_nominal_and_hours_exact(user: User) -> None:
    task = make_task(user, due="2026-03-29T10:00", reminders=["-P1D", "-PT24H"])
    assert task.due_instant == at("2026-03-29T08:00+00:00")
    assert fire_times(task) == ["03-28T09:00Z", "03-28T08:00Z"]


def test_a_reminder_fires_when_its_instant_has_come_and_not_before(
    user: User, database_clock: SetClock
) -> None:
    task = make_task(user, due="2026-05-04T09:00", time_zone="UTC", reminders=["30m"], title="Buy milk")
    database_clock.set("2026-05-04T08:29:59+00:00")
    assert fire_due_reminders() == 0
    database_clock.set("2026-05-04T08:30:00+00:00")
    assert fire_due_reminders() == 1
    event = history(user)[-1]
    assert (event.type, event.task_id) == ("reminder.due", task.pk)
    assert event.data["message"] == "Task 'Buy milk' is due in 30 minutes"
    assert (event.data["remind_at"], event.data["late"]) == ("2026-05-04T08:30:00Z", False)
    assert (event.actor.type, event.actor.id) == ("system", "reminders")


def test_a_reminder_two_hours_after_the_due_asks_whether_it_is_done(
    user: User, database_clock: SetClock
) -> None:
    task = make_task(user, due="2026-05-04T09:00", time_zone="UTC", reminders=["2 hours after"], title="Milk")
    assert fire_times(task) == ["05-04T11:00Z"]
    database_clock.set("2026-05-04T11:00:00+00:00")
    fire_due_reminders()
    assert history(user)[-1].data["message"] == "Task 'Milk' was due 2 hours ago"


def test_firing_again_tells_nothing_and_leaves_the_version(user: User, database_clock: SetClock) -> None:
    task = make_task(user, due="2026-05-04T09:00", reminders=["30m"])
    database_clock.set("2026-05-05T00:00:00+00:00")
    assert [fire_due_reminders(), fire_due_reminders()] == [1, 0]
    task.refresh_from_db()
    assert (task.version, states(task)) == (1, [("fired", "")])


def test_case_14_a_reminder_that_waited_for_the_workers_is_late_and_comes_once(
    user: User, database_clock: SetClock
) -> None:
    make_task(user, due="2026-05-04T09:30", time_zone="UTC", reminders=["30m"])
    database_clock.set("2026-05-04T09:20:00+00:00")
    fire_due_reminders()
    fire_due_reminders()
    assert [late for _, _, late in firings(user)] == [True]
    assert history(user)[-1].data["message"] == "Task 'Water plants' is due in 10 minutes"


def test_case_10_a_day_reminder_follows_the_user_to_another_zone(database_clock: SetClock) -> None:
    user = make_user(time_zone="Asia/Tokyo")
    task = make_task(user, due="2026-07-15", reminders=["-PT15H"])
    assert fire_times(task) == ["07-14T00:00Z"]
    database_clock.set("2026-07-13T00:00:00+00:00")
    change_preferences(user.pk, {"time_zone": "America/Los_Angeles"})
    consume(user, "replan")
    run_replan_jobs()
    assert fire_times(task) == ["07-14T16:00Z"]
    database_clock.set("2026-07-14T16:00:01+00:00")
    assert fire_due_reminders() == 1
    task.refresh_from_db()
    assert (task.due_date.isoformat() if task.due_date else None) == "2026-07-15"


def test_the_sweep_plans_again_instead_of_firing_where_the_zone_has_changed(
    database_clock: SetClock,
) -> None:
    user = make_user(time_zone="Asia/Tokyo")
    task = make_task(user, due="2026-07-15", reminders=["-PT15H"])
    database_clock.set("2026-07-14T00:00:01+00:00")
    change_preferences(user.pk, {"time_zone": "America/Los_Angeles"})
    assert fire_due_reminders() == 0
    assert fire_times(task) == ["07-14T16:00Z"]
    consume(user, "replan")
    before = kinds(user)
    run_replan_jobs()
    assert kinds(user) == before


def test_a_zone_change_leaves_timed_tasks_alone(user: User, database_clock: SetClock) -> None:
    make_task(user, due="2026-07-15T09:00", reminders=["1h"])
    floating = make_task(user, due="2026-07-15T09:00", floating=True, reminders=["1h"])
    before = len(kinds(user))
    change_preferences(user.pk, {"time_zone": "Asia/Tokyo"})
    consume(user, "replan")
    assert run_replan_jobs() == 1
    changed = history(user, after=before)
    assert [event.type for event in changed] == ["preferences.updated", "task.updated", "reminder.scheduled"]
    assert changed[1].task_id == floating.pk
    assert changed[1].data["changed_fields"] == ["due_at", "due_date", "reminders", "reminder_at"]


def test_a_replan_job_goes_on_where_it_stopped_and_ends(
    user: User, database_clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks_app.operations.reminders.replan._TASKS_PER_TRANSACTION", 2)
    for number in range(5):
        make_task(user, f"task {number}", due="2026-07-15T09:00", floating=True)
    change_preferences(user.pk, {"time_zone": "Asia/Tokyo"})
    consume(user, "replan")
    assert [run_replan_jobs(), run_replan_jobs()] == [5, 0]
    assert set(Task.objects.values_list("due_instant", flat=True)) == {at("2026-07-15T00:00+00:00")}


def test_a_preference_that_is_not_the_zone_plans_nothing(user: User, database_clock: SetClock) -> None:
    make_task(user, due="2026-07-15T09:00", floating=True)
    change_preferences(user.pk, {"week_start": "su"})
    consume(user, "replan")
    assert run_replan_jobs() == 0


def test_moving_the_due_moves_the_reminder_and_arms_a_fired_one_again(
    user: User, database_clock: SetClock
) -> None:
    task = make_task(user, due="2026-05-04T09:00", time_zone="UTC", reminders=["30m"])
    database_clock.set("2026-05-04T08:30:00+00:00")
    fire_due_reminders()
    later = TaskFields(due=AtInstant(at("2026-05-05T09:00+00:00")))
    update_task(task.pk, later, by=user, at=database_clock.now)
    assert fire_times(task) == ["05-05T08:30Z"]
    database_clock.set("2026-05-05T08:30:00+00:00")
    fire_due_reminders()
    assert [firing for _, firing, _ in firings(user)] == [1, 2]


def test_an_edit_that_is_not_of_the_due_plans_nothing(user: User) -> None:
    task = make_task(user, due="2026-05-04T09:00", reminders=["30m"])
    update_task(task.pk, TaskFields(title="y"), by=user, at=NEW_YEAR)
    assert kinds(user) == ["task.created", "reminder.scheduled", "task.updated"]


ENDS: dict[str, tuple[Callable[[int, User], object], str]] = {
    "completing": (lambda task, user: complete_task(task, by=user, at=NEW_YEAR), "completed"),
    "deleting": (lambda task, user: delete_task(task, by=user, at=NEW_YEAR), "deleted"),
    "removing the due": (
        lambda task, user: update_task(task, TaskFields(due=None), by=user, at=NEW_YEAR),
        "no_due",
    ),
}


@pytest.mark.parametrize(("end", "reason"), ENDS.values(), ids=ENDS)
def test_a_reminder_is_cancelled_by(
    user: User, database_clock: SetClock, end: Callable[[int, User], object], reason: str
) -> None:
    task = make_task(user, due="2026-05-04T09:00", reminders=["30m"])
    end(task.pk, user)
    assert states(task) == [("cancelled", reason)]
    assert (history(user)[-1].type, history(user)[-1].data["reason"]) == ("reminder.cancelled", reason)
    database_clock.set("2026-06-01T00:00:00+00:00")
    assert fire_due_reminders() == 0


def test_reopening_plans_what_is_ahead_and_cancels_what_has_passed(user: User) -> None:
    task = make_task(user, due="2026-05-04T09:00", time_zone="UTC", reminders=["1d", "1h"])
    complete_task(task.pk, by=user, at=at("2026-05-01T00:00+00:00"))
    reopen_task(task.pk, by=user, at=at("2026-05-04T00:00+00:00"))
    assert states(task) == [("cancelled", "past"), ("pending", "")]


def test_an_offset_that_has_passed_fires_at_once_while_the_due_is_ahead(
    user: User, database_clock: SetClock
) -> None:
    now = at("2026-05-04T08:45+00:00")
    task = make_task(user, due="2026-05-04T09:00", time_zone="UTC", reminders=["1h"], now=now)
    assert fire_times(task) == ["05-04T08:45Z"]
    database_clock.now = now
    assert fire_due_reminders() == 1
    assert [late for _, _, late in firings(user)] == [False]


def test_an_offset_of_a_due_that_has_passed_is_cancelled(user: User) -> None:
    task = make_task(user, due="2025-05-04T09:00", reminders=["1h"])
    assert states(task) == [("cancelled", "past")]


def test_an_offset_that_has_passed_is_cancelled_on_a_successor(user: User) -> None:
    task = make_task(user, due="2026-05-04T09:00", time_zone="UTC", reminders=["1d"], recurrence="daily")
    complete_task(task.pk, by=user, at=at("2026-05-05T08:00+00:00"))
    consume(user)
    successor = Task.objects.get(follows=task)
    assert successor.occurrence == "2026-05-05T09:00:00"
    assert states(successor) == [("cancelled", "past")]


def test_a_reminder_that_is_taken_off_stays_as_history_alone(user: User, client: APIClient) -> None:
    task = make_task(user, due="2026-05-04T09:00", reminders=["30m", "1h"])
    row = client.patch(f"/api/tasks/{task.pk}/", {"reminders": [{"offset": "1h"}]}).json()
    assert [each["offset"] for each in row["reminders"]] == ["-PT1H"]
    assert history(user)[-1].data["reason"] == "removed"
    assert [each["offset"] for each in client.get("/api/reminders/").json()["results"]] == ["-PT1H"]


def test_a_wanted_reminder_that_is_there_already_stays_the_same(user: User, client: APIClient) -> None:
    task = make_task(user, due="2030-05-04T09:00", reminders=["30m", "1h"])
    before = client.get(f"/api/tasks/{task.pk}/").json()["reminders"]
    body = {"reminders": [{"offset": "2h"}, {"offset": "-PT60M"}]}
    after = client.patch(f"/api/tasks/{task.pk}/", body).json()["reminders"]
    assert after[0] == before[1]
    assert after[1]["offset"] == "-PT2H"


def test_reminders_of_one_user_are_fired_in_bounded_transactions(
    user: User, database_clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks_app.operations.reminders.fire.FIRINGS_PER_TRANSACTION", 2)
    for number in range(5):
        make_task(user, f"task {number}", due="2026-05-04T09:00", reminders=["30m"])
    database_clock.set("2026-05-04T12:00:00+00:00")
    steps: list[str] = []
    with intercept(steps.append):
        assert fire_due_reminders() == 5
    assert steps.count("sweep.after_commit") == 3


def test_reminders_of_many_users_are_fired_in_bounded_transactions(
    database_clock: SetClock, monkeypatch: pytest.MonkeyPatch, db: None
) -> None:
    monkeypatch.setattr("tasks_app.operations.reminders.fire._USERS_PER_TRANSACTION", 2)
    users = [make_user() for _ in range(5)]
    for owner in users:
        make_task(owner, due="2026-05-04T09:00", reminders=["30m"])
    database_clock.set("2026-05-04T12:00:00+00:00")
    steps: list[str] = []
    with intercept(steps.append):
        assert fire_due_reminders() == 5
    assert steps.count("sweep.after_commit") == 3
    assert [len(firings(owner)) for owner in users] == [1] * 5


def test_snoozing_plans_another_firing_of_the_same_reminder(user: User, database_clock: SetClock) -> None:
    task = make_task(user, due="2026-05-04T09:00", time_zone="UTC", reminders=["30m"])
    database_clock.set("2026-05-04T08:30:00+00:00")
    fire_due_reminders()
    reminder = Reminder.objects.get()
    until = database_clock.now + timedelta(minutes=10)
    snooze_reminder(reminder.pk, until=until, by=user, at=database_clock.now)
    task.refresh_from_db()
    assert task.version == 2
    database_clock.now = until
    fire_due_reminders()
    assert [firing for _, firing, _ in firings(user)] == [1, 2]


def test_coming_instants_are_distinct_and_in_order(user: User) -> None:
    for due in ("2026-05-04T10:00", "2026-05-04T09:00", "2026-05-04T09:00", "2026-05-06T09:00"):
        make_task(user, due=due, time_zone="UTC", reminders=["30m"])
    coming = upcoming_instants(at("2026-05-05T00:00+00:00"), 10)
    assert coming == [at("2026-05-04T08:30+00:00"), at("2026-05-04T09:30+00:00")]


class TestOverHttp:
    def test_a_reminder_is_added_listed_changed_snoozed_and_removed(self, client: APIClient) -> None:
        body = {"title": "x", "due_at": "2030-05-04T09:00", "time_zone": "UTC"}
        task = client.post("/api/tasks/", body).json()["id"]
        added = client.post(f"/api/tasks/{task}/reminders/", {"offset": "30m"})
        assert added.status_code == 201
        reminder = added.json()
        assert (reminder["fire_at"], reminder["task_id"]) == ("2030-05-04T08:30:00Z", task)
        assert client.get("/api/reminders/?status=pending").json()["results"] == [reminder]
        assert client.get("/api/reminders/?status=fired").json()["results"] == []
        url = f"/api/reminders/{reminder['id']}/"
        assert client.patch(url, {"offset": "1h"}).json()["fire_at"] == "2030-05-04T08:00:00Z"
        until = {"until": "2030-05-04T08:15:00Z"}
        assert client.post(f"{url}snooze/", until).json()["fire_at"] == "2030-05-04T08:15:00Z"
        assert client.delete(url).status_code == 204
        assert client.get("/api/reminders/").json()["results"] == []

    @pytest.mark.parametrize(
        ("path", "body", "field"),
        [
            ("/api/tasks/{task}/reminders/", {"offset": "x"}, "offset"),
            ("/api/tasks/{task}/reminders/", {"at": "2020-01-01T00:00:00Z"}, "at"),
            ("/api/tasks/{task}/reminders/", {"offset": "1h", "task_id": 3}, "task_id"),
            ("/api/tasks/{task}/reminders/", {"offset": "1h", "id": 3}, "id"),
            ("/api/reminders/{reminder}/snooze/", {}, "minutes"),
            ("/api/reminders/{reminder}/snooze/", {"minutes": 0}, "minutes"),
            ("/api/reminders/{reminder}/snooze/", {"until": "2020-01-01T00:00:00Z"}, "until"),
            ("/api/reminders/{reminder}/snooze/", {"minutes": 5, "until": "2030-01-01T00:00:00Z"}, "minutes"),
        ],
    )
    def test_a_wrong_body_names_the_field(
        self, user: User, client: APIClient, path: str, body: dict[str, Any], field: str
    ) -> None:
        task = make_task(user, due="2030-05-04T09:00", reminders=["30m"])
        url = path.format(task=task.pk, reminder=Reminder.objects.get().pk)
        response = client.post(url, body)
        assert response.status_code == 400, response.content
        assert field in [error["field"] for error in response.json()["errors"]]

    def test_a_reminder_added_to_a_recurring_task_comes_with_the_next_too(
        self, user: User, client: APIClient
    ) -> None:
        task = make_task(user, due="2030-05-04T09:00", recurrence="daily")
        client.post(f"/api/tasks/{task.pk}/reminders/", {"offset": "30m"})
        client.put(f"/api/tasks/{task.pk}/completion/")
        consume(user)
        assert [each.offset for each in Reminder.objects.filter(task__follows=task)] == ["-PT30M"]
