"""The occurrences of a series over HTTP: listing them, skipping one, leaving with one."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts_app.models import User
from tasks_app.invariants import find_missing_successors, find_tasks_unlike_log
from tasks_app.models import Series, Task
from tasks_app.operations.completion import complete_task
from tasks_app.tests.helpers import at, consume, kinds, live, make_task, slots
from tasks_app.tests.weekly import rows, series_url, weekly


class TestOccurrences:
    def test_ten_from_the_open_one_on(self, user: User, client: APIClient) -> None:
        task = weekly(user)
        found = rows(client, task)
        assert len(found) == 10
        assert found[:2] == [
            ("2030-09-16T08:00:00", "open", task.pk),
            ("2030-09-23T08:00:00", "upcoming", None),
        ]
        assert [row[0] for row in rows(client, task, "?n=2")] == [
            "2030-09-16T08:00:00",
            "2030-09-23T08:00:00",
        ]

    def test_count_ends_them(self, user: User, client: APIClient) -> None:
        assert len(rows(client, weekly(user, "FREQ=WEEKLY;COUNT=3"))) == 3

    def test_a_gap_is_noted_and_local_is_when_it_really_happens(self, user: User, client: APIClient) -> None:
        task = weekly(user, "daily", due="2031-03-08T02:30", time_zone="America/New_York")
        second = client.get(series_url(task, "occurrences/?n=2")).json()["results"][1]
        assert (second["local"], second["utc"], second["note"]) == (
            "2031-03-09T03:30:00", "2031-03-09T07:30:00Z", "gap",
        )  # fmt: skip

    def test_a_moved_one_stands_where_the_rule_put_it(self, user: User, client: APIClient) -> None:
        task = weekly(user)
        client.patch(f"/api/tasks/{task.pk}/", {"due_at": "2030-09-18T09:00:00Z"})
        first = client.get(series_url(task, "occurrences/?n=1")).json()["results"][0]
        assert (first["local"], first["note"], first["task_id"]) == ("2030-09-16T08:00:00", "moved", task.pk)

    def test_the_past_tells_what_became_of_each_slot(self, user: User, client: APIClient) -> None:
        task = make_task(user, due="2026-09-14T08:00", time_zone="UTC", recurrence="weekly")
        complete_task(task.pk, by=user, at=at("2026-09-30T10:00+00:00"))
        consume(user)
        skipped = live(user)[1]
        client.post(f"/api/tasks/{skipped.pk}/skip/")
        deleted = live(user)[1]
        client.delete(f"/api/tasks/{deleted.pk}/")
        found = rows(client, task, "?past=true&n=1")
        assert found[:4] == [
            ("2026-09-14T08:00:00", "done", task.pk),
            ("2026-09-21T08:00:00", "missed", None),
            ("2026-09-28T08:00:00", "missed", None),
            ("2026-10-05T08:00:00", "skipped", skipped.pk),
        ]
        assert (deleted.occurrence, "excluded", deleted.pk) in found
        assert found[-1] == (live(user)[1].occurrence, "open", live(user)[1].pk)
        assert [status for _, status, _ in rows(client, task, "?n=1")] == ["open"]

    def test_a_successor_that_is_still_on_its_way_is_upcoming(self, user: User, client: APIClient) -> None:
        task = weekly(user)
        client.put(f"/api/tasks/{task.pk}/completion/")
        before = rows(client, task, "?n=2")
        consume(user)
        after = rows(client, task, "?n=2")
        assert [row[0] for row in before] == [row[0] for row in after]
        assert [(row[1], row[2]) for row in before] == [("upcoming", None), ("upcoming", None)]

    def test_what_completing_now_would_pass_over_is_not_upcoming(self, user: User, client: APIClient) -> None:
        for anchor, second in (("future", "2027"), ("due", "2001")):
            rule = {"rule": "FREQ=YEARLY", "anchor": anchor}
            task = make_task(user, due="2000-01-01", recurrence=rule)
            found = rows(client, task, "?n=2")
            assert found[1][0][:4] >= second if anchor == "future" else found[1][0][:4] == second

    def test_a_series_from_completions_is_projected_from_its_open_occurrence(
        self, user: User, client: APIClient
    ) -> None:
        rule = {"rule": "FREQ=DAILY;INTERVAL=30;COUNT=3", "anchor": "completion"}
        task = make_task(user, due="2030-01-01", recurrence=rule)
        assert [row[0] for row in rows(client, task)] == ["2030-01-01", "2030-01-31", "2030-03-02"]

    def test_pages_lead_to_all_of_a_long_past_and_back(self, user: User, client: APIClient) -> None:
        task = make_task(user, due="2025-01-01", recurrence="daily")
        complete_task(task.pk, by=user, at=at("2026-01-01T12:00+00:00"))
        consume(user)
        whole = rows(client, task, "?past=true&limit=200")
        url: str | None = series_url(task, "occurrences/?past=true&limit=150")
        walked, pages = [], []
        while url:
            answer = client.get(url).json()
            walked += [row["local"] for row in answer["results"]]
            pages.append(answer)
            url = answer["next"]
        assert len(walked) == len(set(walked)) == 366 + 10
        assert walked[:200] == [row[0] for row in whole]
        assert client.get(pages[1]["previous"]).json()["results"] == pages[0]["results"]
        assert pages[0]["previous"] is None

    @pytest.mark.parametrize(
        "query",
        [
            "n=0",
            "n=201",
            "n=x",
            "n=²",
            "past=yes",
            "limit=0",
            "cursor=x",
            "cursor=>2026-02-30",
            "cursor=",
            "m=1",
        ],
    )
    def test_a_parameter_that_cannot_be_is_named(self, user: User, client: APIClient, query: str) -> None:
        response = client.get(series_url(weekly(user), f"occurrences/?{query}"))
        assert response.status_code == 400
        assert response.json()["errors"][0]["field"] == query.partition("=")[0]

    def test_queries_do_not_grow_with_the_series(self, user: User, client: APIClient) -> None:
        def cost(task: Task) -> int:
            with CaptureQueriesContext(connection) as captured:
                assert client.get(series_url(task, "occurrences/?past=true&n=50")).status_code == 200
            return len(captured)

        old = make_task(user, due="2020-01-01", recurrence="daily")
        complete_task(old.pk, by=user, at=at("2026-01-01T12:00+00:00"))
        consume(user)
        new = weekly(user)
        cost(new)
        assert cost(old) == cost(new) <= 8


class TestSkipping:
    def test_case_05_skipping_counts_and_answers_what_is_open_next(
        self, user: User, client: APIClient
    ) -> None:
        """Daily, COUNT=5, 4 March skipped: 2, 3, 5, 6 March and no more."""
        make_task(user, due="2027-03-02", recurrence="FREQ=DAILY;COUNT=5")
        done = []
        while open_ones := client.get("/api/tasks/?status=pending").json()["results"]:
            [task] = open_ones
            if task["occurrence"] == "2027-03-04":
                answer = client.post(f"/api/tasks/{task['id']}/skip/")
                assert (answer.status_code, answer.json()["occurrence"]) == (200, "2027-03-05")
                assert answer["ETag"] == '"1"'
                continue
            done.append(task["occurrence"])
            client.put(f"/api/tasks/{task['id']}/completion/")
            consume(user)
        assert done == ["2027-03-02", "2027-03-03", "2027-03-05", "2027-03-06"]

    def test_skipping_the_last_ends_the_series(self, user: User, client: APIClient) -> None:
        task = weekly(user, "FREQ=WEEKLY;COUNT=1")
        assert client.post(f"/api/tasks/{task.pk}/skip/").status_code == 204
        assert (live(user), Series.objects.get().end_reason) == ([], "finished")

    def test_a_second_click_skips_nothing_more(self, user: User, client: APIClient) -> None:
        task = weekly(user)
        client.post(f"/api/tasks/{task.pk}/skip/")
        assert client.post(f"/api/tasks/{task.pk}/skip/").status_code == 404
        assert slots(user) == ["2030-09-23T08:00:00"]

    def test_the_reminders_of_a_skipped_occurrence_do_not_fire(self, user: User, client: APIClient) -> None:
        task = weekly(user, reminders=["1h"])
        client.post(f"/api/tasks/{task.pk}/skip/")
        assert [each.status for each in task.reminders.all()] == ["cancelled"]
        assert kinds(user)[2:4] == ["task.deleted", "reminder.cancelled"]

    def test_only_an_open_occurrence_can_be_skipped(self, user: User, client: APIClient) -> None:
        plain, done = make_task(user), weekly(user)
        client.put(f"/api/tasks/{done.pk}/completion/")
        for task, code in ((plain, "not_recurring"), (done, "occurrence_closed")):
            answer = client.post(f"/api/tasks/{task.pk}/skip/")
            assert (answer.status_code, answer.json()["code"]) == (400, code)

    def test_a_version_that_is_no_longer_so_is_412(self, user: User, client: APIClient) -> None:
        task = weekly(user)
        for verb in ("skip", "detach"):
            answer = client.post(f"/api/tasks/{task.pk}/{verb}/", headers={"if-match": '"7"'})
            assert answer.status_code == 412
        assert slots(user) == ["2030-09-16T08:00:00"]


class TestDetaching:
    def test_the_task_leaves_and_the_series_goes_on(self, user: User, client: APIClient) -> None:
        task = weekly(user, reminders=["1h"])
        answer = client.post(f"/api/tasks/{task.pk}/detach/").json()
        assert (answer["series_id"], answer["occurrence"], answer["recurrence"]) == (None, None, None)
        assert (answer["due_at"], answer["reminders"][0]["status"]) == ("2030-09-16T08:00:00Z", "pending")
        assert slots(user) == [None, "2030-09-23T08:00:00"]
        client.put(f"/api/tasks/{task.pk}/completion/")
        consume(user)
        assert len(live(user)) == 2
        assert [*find_tasks_unlike_log(), *find_missing_successors()] == []

    def test_a_done_one_can_leave_too(self, user: User, client: APIClient) -> None:
        task = weekly(user)
        client.put(f"/api/tasks/{task.pk}/completion/")
        assert client.post(f"/api/tasks/{task.pk}/detach/").json()["series_id"] is None
        client.delete(f"/api/tasks/{task.pk}/completion/")
        consume(user)
        assert slots(user) == [None, "2030-09-23T08:00:00"]

    def test_the_one_before_it_can_not_be_reopened_beside_the_next(
        self, user: User, client: APIClient
    ) -> None:
        first = weekly(user)
        complete_task(first.pk, by=user, at=at("2030-09-16T08:00+00:00"))
        consume(user)
        client.post(f"/api/tasks/{live(user)[1].pk}/detach/")
        answer = client.delete(f"/api/tasks/{first.pk}/completion/")
        assert (answer.status_code, answer.json()["code"]) == (409, "series_changed")
        assert [task.is_open for task in live(user)] == [False, True, True]
        assert slots(user) == ["2030-09-16T08:00:00", None, "2030-09-30T08:00:00"]

    def test_what_is_in_no_series_can_not_leave_one(self, user: User, client: APIClient) -> None:
        answer = client.post(f"/api/tasks/{make_task(user).pk}/detach/")
        assert (answer.status_code, answer.json()["code"]) == (400, "not_recurring")
