"""Why is it due then, what comes next, why was I (not) told?"""

from datetime import time
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from tasks_app.models import Reminder, Task
from tasks_app.operations.completion import complete_task
from tasks_app.operations.reminders.edit import snooze_reminder
from tasks_app.operations.reminders.fire import fire_due_reminders
from tasks_app.tests.conftest import SetClock
from tasks_app.tests.helpers import at, consume, live, make_task


def explained(client: APIClient, task: Task) -> dict[str, Any]:
    response = client.get(f"/api/tasks/{task.pk}/explain/")
    assert response.status_code == 200, response.content
    body: dict[str, Any] = response.json()
    return body


class TestDue:
    def test_a_time_says_on_whose_clocks(self, user: User, client: APIClient) -> None:
        due = explained(client, make_task(user, due="2026-03-29T10:00"))["due"]
        assert (due["kind"], due["local"], due["utc"]) == (
            "timed",
            "2026-03-29T10:00:00",
            "2026-03-29T08:00:00Z",
        )
        assert due["why"] == ["It is due at 2026-03-29 10:00 on the clocks of Europe/Madrid."]

    def test_a_time_that_the_clocks_skip_says_so(self, user: User, client: APIClient) -> None:
        due = explained(client, make_task(user, due="2026-03-29T02:30"))["due"]
        assert (due["local"], due["note"]) == ("2026-03-29T03:30:00", "gap")
        assert "The clocks skip that time: it moves forward by the gap." in due["why"]

    def test_a_floating_time_and_a_day_name_the_users_zone(self, user: User, client: APIClient) -> None:
        floating = explained(client, make_task(user, due="2026-03-29T10:00", floating=True))["due"]
        day = explained(client, make_task(user, due="2026-03-29"))["due"]
        assert (floating["kind"], day["kind"], day["local"]) == ("floating", "day", "2026-03-29")
        assert "Europe/Madrid now" in floating["why"][0]
        assert "your zone, Europe/Madrid" in day["why"][0]
        assert day["overdue_at"] == "2026-03-29T22:00:00Z"

    def test_no_due_is_said_too(self, user: User, client: APIClient) -> None:
        due = explained(client, make_task(user))["due"]
        assert (due["kind"], due["why"]) == (None, ["It has no due."])

    def test_an_occurrence_says_what_it_follows_and_that_it_was_moved(
        self, user: User, client: APIClient
    ) -> None:
        first = make_task(user, due="2026-09-14T08:00", time_zone="UTC", recurrence="weekly")
        complete_task(first.pk, by=user, at=at("2026-09-30T10:00+00:00"))
        consume(user)
        second = live(user)[1]
        client.patch(f"/api/tasks/{second.pk}/", {"due_at": "2026-10-07T08:00:00Z"})
        assert explained(client, second)["due"]["why"][1:] == [
            f"It is the occurrence 2026-10-05T08:00:00 of series {first.series_id}.",
            "It recurs every week on Monday.",
            "It was moved; the schedule stays as it is.",
            f"It follows task {first.pk}, completed at 2026-09-30T10:00:00Z: "
            "the first slot later than both its own and the moment of completion.",
        ]

    def test_what_follows_a_skipped_one_says_so(self, user: User, client: APIClient) -> None:
        first = make_task(user, due="2030-09-16", recurrence="weekly")
        client.post(f"/api/tasks/{first.pk}/skip/")
        assert (
            f"It follows task {first.pk}: skipped by its owner."
            in explained(client, live(user)[0])["due"]["why"]
        )

    def test_what_follows_a_completion_of_the_series_before_a_split_keeps_its_reason(
        self, user: User, client: APIClient
    ) -> None:
        rule = {"rule": "FREQ=DAILY", "anchor": "completion"}
        first = make_task(user, due="2030-09-14", recurrence=rule)
        complete_task(first.pk, by=user, at=at("2030-09-20T10:00+00:00"))
        consume(user)
        second = live(user)[1]
        client.patch(f"/api/tasks/{second.pk}/", {"recurrence": "weekly"})
        assert "counted from the day of completion" in explained(client, second)["due"]["why"][-1]
        client.post(f"/api/tasks/{first.pk}/detach/")
        assert (
            explained(client, second)["due"]["why"][-1]
            == f"It follows task {first.pk}, which left the series."
        )


class TestNext:
    def test_case_11_what_completing_now_would_lead_to(self, user: User, client: APIClient) -> None:
        task = make_task(user, due="2030-09-16", recurrence="weekly")
        following = explained(client, task)["next"]
        assert (following["local"], following["task_id"], following["missed"]) == ("2030-09-23", None, 0)
        assert following["why"].startswith("What completing it now leads to: the first slot later than both")

    def test_a_done_one_names_its_successor_and_how_many_were_missed(
        self, user: User, client: APIClient
    ) -> None:
        task = make_task(user, due="2026-09-14T08:00", time_zone="UTC", recurrence="weekly")
        complete_task(task.pk, by=user, at=at("2026-09-30T10:00+00:00"))
        before = explained(client, task)["next"]
        consume(user)
        after = explained(client, task)["next"]
        assert (before["local"], before["missed"], before["task_id"]) == ("2026-10-05T08:00:00", 2, None)
        assert (after["local"], after["missed"], after["task_id"]) == (
            "2026-10-05T08:00:00",
            2,
            live(user)[1].pk,
        )

    @pytest.mark.parametrize(
        ("how", "why"),
        [
            ("plain", "It does not recur."),
            ("cancelled", "The series was cancelled; this is its last occurrence."),
            ("last", "The rule has no further occurrence."),
            ("skipped", "It is in the trash; the series goes on without it."),
        ],
    )
    def test_where_nothing_follows_it_says_why(
        self, user: User, client: APIClient, how: str, why: str
    ) -> None:
        rule = {"plain": None, "last": "FREQ=DAILY;COUNT=1"}.get(how, "daily")
        fields: dict[str, Any] = {"recurrence": rule} if rule else {}
        task = make_task(user, due="2030-05-04", **fields)
        if how == "cancelled":
            client.post(f"/api/series/{task.series_id}/cancel/")
        if how == "skipped":
            client.post(f"/api/tasks/{task.pk}/skip/")
            client.delete(f"/api/tasks/{live(user)[0].pk}/")
            live(user)[0].delete()
        following = explained(client, task)["next"]
        assert (following["local"], following["why"]) == (None, why)


class TestTold:
    def tell(self, user: User, clock: SetClock, text: str) -> None:
        clock.set(text)
        fire_due_reminders()
        consume(user, "notifications")

    def test_what_a_reminder_will_do(self, user: User, client: APIClient) -> None:
        task = make_task(user, due="2030-05-04T09:00", time_zone="UTC", reminders=["30m"])
        [reminder] = explained(client, task)["reminders"]
        assert reminder["why"] == [
            "It counts -PT30M from the due.",
            "It fires at 2030-05-04T08:30:00Z and tells you by in_app.",
        ]

    def test_quiet_hours_and_what_is_urgent(self, client: APIClient, user: User) -> None:
        User.objects.filter(pk=user.pk).update(quiet_from=time(22), quiet_until=time(7))
        for priority, said in (("low", True), ("urgent", False)):
            body = {"title": "x", "due_at": "2030-05-04T23:00", "reminders": [{"offset": "PT0M"}]}
            row = client.post("/api/tasks/", {**body, "priority": priority}).json()
            [reminder] = client.get(f"/api/tasks/{row['id']}/explain/").json()["reminders"]
            held = "Your quiet hours hold the notification until 2030-05-05T05:00:00Z."
            assert (held in reminder["why"]) is said

    def test_the_ledger_of_a_late_firing(
        self, user: User, client: APIClient, database_clock: SetClock
    ) -> None:
        task = make_task(user, due="2026-05-04T09:30", time_zone="UTC", reminders=["30m"])
        self.tell(user, database_clock, "2026-05-04T09:20:00+00:00")
        answer = explained(client, task)
        assert [(each["what"], each["firing"], each["late"]) for each in answer["ledger"]] == [
            ("planned", 1, False),
            ("fired", 1, True),
            ("shown", 1, False),
        ]
        assert answer["reminders"][0]["why"][1:] == [
            "It fired late, at 2026-05-04T09:20:00Z: nothing ran that could fire it at 2026-05-04T09:00:00Z.",
            "You were told at 2026-05-04T09:20:00Z.",
        ]

    def test_a_second_firing_has_its_own_entries(
        self, user: User, client: APIClient, database_clock: SetClock
    ) -> None:
        task = make_task(user, due="2026-05-04T09:00", time_zone="UTC", reminders=["30m"])
        self.tell(user, database_clock, "2026-05-04T08:30:00+00:00")
        until = at("2026-05-04T08:45:00+00:00")
        snooze_reminder(Reminder.objects.get().pk, until=until, by=user, at=database_clock.now)
        self.tell(user, database_clock, "2026-05-04T08:45:00+00:00")
        found = [(each["what"], each["firing"]) for each in explained(client, task)["ledger"]]
        assert found == [
            ("planned", 1),
            ("fired", 1),
            ("shown", 1),
            ("planned", 2),
            ("fired", 2),
            ("shown", 2),
        ]

    @pytest.mark.parametrize(
        ("act", "reason"),
        [
            ("complete", "the task was completed"),
            ("delete", "the task was deleted"),
            ("skip", "the occurrence was skipped"),
            ("remove", "it was taken off the task"),
        ],
    )
    def test_why_was_i_not_told(self, user: User, client: APIClient, act: str, reason: str) -> None:
        task = make_task(user, due="2030-05-04T09:00", reminders=["30m"], recurrence="weekly")
        url = f"/api/tasks/{task.pk}/"
        if act == "complete":
            client.put(f"{url}completion/")
        elif act == "delete":
            client.delete(url)
        elif act == "skip":
            client.post(f"{url}skip/")
        else:
            client.patch(url, {"reminders": []})
        answer = explained(client, task)
        assert answer["reminders"][0]["why"][-1] == f"It does not fire: {reason}."
        assert answer["ledger"][-1]["what"] == "cancelled"

    def test_a_notification_that_quiet_hours_hold(
        self, user: User, client: APIClient, database_clock: SetClock
    ) -> None:
        User.objects.filter(pk=user.pk).update(quiet_from=time(0), quiet_until=time(23, 59))
        task = make_task(user, due="2026-05-04T09:30", time_zone="UTC", reminders=["30m"])
        self.tell(user, database_clock, "2026-05-04T09:00:00+00:00")
        assert [each["what"] for each in explained(client, task)["ledger"]] == ["planned", "fired"]
        complete_task(task.pk, by=user, at=database_clock.now)
        told = explained(client, task)["reminders"][0]["why"][-1]
        assert told == "The notification was not shown before the task was completed, and is suppressed."


def test_somebody_elses_task_is_not_explained(client: APIClient, user: User) -> None:
    assert client.get(f"/api/tasks/{make_task(make_user()).pk}/explain/").status_code == 404


def test_queries_do_not_grow_with_reminders_or_history(user: User, client: APIClient) -> None:
    def cost(task: Task) -> int:
        with CaptureQueriesContext(connection) as captured:
            explained(client, task)
        return len(captured)

    few = make_task(user, due="2030-05-04T09:00", recurrence="weekly", reminders=["1h"])
    many = make_task(
        user, due="2030-05-04T09:00", recurrence="weekly", reminders=[f"{n}h" for n in range(1, 21)]
    )
    for task in (few, many):
        client.delete(f"/api/tasks/{task.pk}/")
    cost(few)
    assert cost(few) == cost(many) <= 10
