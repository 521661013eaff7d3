"""Series over HTTP: reading, changing, ending them, their occurrences, skipping and leaving."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from tasks_app.invariants import log_gives_tasks, successors
from tasks_app.models import Series, Task
from tasks_app.operations.completion import complete_task, reopen_task
from tasks_app.tests.helpers import at, consume, kinds, live, make_task, slots

FUTURE: dict[str, Any] = {"due": "2030-09-16T08:00", "time_zone": "UTC"}


def weekly(user: User, rule: Any = "weekly", **fields: Any) -> Task:
    return make_task(user, recurrence=rule, **{**FUTURE, **fields})


def series_url(task: Task, more: str = "") -> str:
    return f"/api/series/{task.series_id}/{more}"


def rows(client: APIClient, task: Task, query: str = "") -> list[tuple[str, str, int | None]]:
    found = client.get(series_url(task, f"occurrences/{query}")).json()["results"]
    return [(row["local"], row["status"], row["task_id"]) for row in found]


class TestReading:
    def test_a_series_shows_its_rule_its_template_and_its_open_occurrence(
        self, user: User, client: APIClient
    ) -> None:
        task = weekly(user, tags=("home",), reminders=["1h"])
        row = client.get(series_url(task)).json()
        assert (row["id"], row["status"], row["end_reason"], row["task_id"]) == (
            task.series_id, "running", None, task.pk,
        )  # fmt: skip
        assert row["recurrence"]["rule"].startswith("FREQ=WEEKLY")
        assert (row["start"], row["time_zone"]) == ("2030-09-16T08:00:00", "UTC")
        assert (row["title"], row["tags"], row["reminders"]) == (
            "Water plants", ["home"], [{"offset": "-PT1H"}],
        )  # fmt: skip

    def test_somebody_elses_series_is_not_there(self, user: User, client: APIClient) -> None:
        task = weekly(make_user())
        for url in (series_url(task), series_url(task, "occurrences/")):
            assert client.get(url).status_code == 404

    def test_reading_it_takes_three_queries_besides_the_authentication(
        self, user: User, client: APIClient
    ) -> None:
        task = weekly(user, tags=("home", "green"), reminders=["1h"])
        with CaptureQueriesContext(connection) as authentication:
            client.get("/api/auth/me/")
        with CaptureQueriesContext(connection) as captured:
            client.get(series_url(task))
        assert len(captured) == len(authentication) + 3


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
        assert [*log_gives_tasks(), *successors()] == []

    def test_a_done_one_can_leave_too(self, user: User, client: APIClient) -> None:
        task = weekly(user)
        client.put(f"/api/tasks/{task.pk}/completion/")
        assert client.post(f"/api/tasks/{task.pk}/detach/").json()["series_id"] is None
        client.delete(f"/api/tasks/{task.pk}/completion/")
        consume(user)
        assert slots(user) == [None, "2030-09-23T08:00:00"]

    def test_the_one_before_it_can_be_reopened_and_leads_on_again(
        self, user: User, client: APIClient
    ) -> None:
        first = weekly(user)
        complete_task(first.pk, by=user, at=at("2030-09-16T08:00+00:00"))
        consume(user)
        client.post(f"/api/tasks/{live(user)[1].pk}/detach/")
        reopen_task(first.pk, by=user, at=at("2030-09-16T09:00+00:00"))
        client.delete(f"/api/tasks/{live(user)[2].pk}/")
        complete_task(first.pk, by=user, at=at("2030-09-16T10:00+00:00"))
        consume(user)
        assert slots(user) == ["2030-09-16T08:00:00", None, "2030-10-07T08:00:00"]
        assert list(successors()) == []

    def test_what_is_in_no_series_can_not_leave_one(self, user: User, client: APIClient) -> None:
        answer = client.post(f"/api/tasks/{make_task(user).pk}/detach/")
        assert (answer.status_code, answer.json()["code"]) == (400, "not_recurring")


class TestChanging:
    def test_rule_and_template_change_from_the_open_occurrence_on(
        self, user: User, client: APIClient
    ) -> None:
        task = weekly(user, "FREQ=WEEKLY;COUNT=5")
        complete_task(task.pk, by=user, at=at("2030-09-16T08:00+00:00"))
        consume(user)
        body = {
            "title": "Water all",
            "recurrence": "FREQ=DAILY",
            "reminders": [{"offset": "30m"}],
            "tags": ["x"],
        }
        row = client.patch(series_url(task), body).json()
        assert (row["title"], row["recurrence"]["rule"], row["tags"]) == (
            "Water all",
            "FREQ=DAILY;COUNT=4",
            ["x"],
        )
        done, second = live(user)
        assert (done.title, second.title, second.series_id) == ("Water plants", "Water all", task.series_id)
        complete_task(second.pk, by=user, at=at("2030-09-23T08:00+00:00"))
        consume(user)
        third = live(user)[2]
        assert (third.title, third.occurrence) == ("Water all", "2030-09-24T08:00:00")
        assert [each.offset for each in third.reminders.all()] == ["-PT30M"]

    def test_the_due_of_all_moves(self, user: User, client: APIClient) -> None:
        task = weekly(user)
        row = client.patch(series_url(task), {"due_at": "2030-09-17T09:00"}).json()
        assert row["start"] == "2030-09-17T09:00:00"
        assert slots(user) == ["2030-09-17T09:00:00"]

    def test_what_was_read_can_be_sent_back(self, user: User, client: APIClient) -> None:
        task = weekly(user, tags=("home",), reminders=["1h"])
        before = kinds(user)
        row = client.get(series_url(task)).json()
        answer = client.patch(series_url(task), row)
        assert (answer.status_code, answer.json()) == (200, row)
        assert kinds(user) == before

    def test_null_ends_the_series_and_keeps_the_task(self, user: User, client: APIClient) -> None:
        task = weekly(user)
        row = client.patch(series_url(task), {"recurrence": None}).json()
        assert (row["status"], row["end_reason"], row["task_id"]) == ("ended", "removed", task.pk)
        assert live(user)[0].recurrence is None

    def test_a_series_that_is_over_does_not_change(self, user: User, client: APIClient) -> None:
        task = weekly(user)
        client.post(series_url(task, "cancel/"))
        answer = client.patch(series_url(task), {"title": "y"})
        assert (answer.status_code, answer.json()["code"]) == (400, "series_ended")

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"completed": True}, "completed"),
            ({"title": ""}, "title"),
            ({"id": 7}, "id"),
            ({"recurrence": "FREQ=HOURLY"}, "recurrence"),
            ({"due_at": None}, "due_at"),
            ({"reminders": [{"at": "2031-01-01T00:00:00Z"}]}, "reminders[0].at"),
            ({"recurrence": {"rule": "FREQ=DAILY", "text": "other"}}, "recurrence.text"),
        ],
    )
    def test_a_wrong_body_names_the_field(
        self, user: User, client: APIClient, body: dict[str, Any], field: str
    ) -> None:
        task = weekly(user)
        before = kinds(user)
        answer = client.patch(series_url(task), body)
        assert (answer.status_code, [each["field"] for each in answer.json()["errors"]]) == (400, [field])
        assert kinds(user) == before


class TestEnding:
    def test_cancelling_keeps_the_open_one_as_the_last(self, user: User, client: APIClient) -> None:
        task = weekly(user)
        for _ in range(2):
            row = client.post(series_url(task, "cancel/")).json()
            assert (row["status"], row["end_reason"], row["task_id"]) == ("ended", "cancelled", task.pk)
        assert kinds(user) == ["task.created", "task.updated"]
        assert [status for _, status, _ in rows(client, task)] == ["open"]

    def test_deleting_trashes_the_open_one_and_the_history_stays(self, user: User, client: APIClient) -> None:
        task = weekly(user)
        complete_task(task.pk, by=user, at=at("2030-09-16T08:00+00:00"))
        for _ in range(2):
            assert client.delete(series_url(task)).status_code == 204
        assert [each.pk for each in live(user)] == [task.pk]
        assert client.get(series_url(task)).json()["end_reason"] == "deleted"
        assert [status for _, status, _ in rows(client, task, "?past=true")] == ["done", "excluded"]

    def test_a_reopened_one_survives_a_second_deletion_of_its_series(
        self, user: User, client: APIClient
    ) -> None:
        task = weekly(user)
        complete_task(task.pk, by=user, at=at("2030-09-16T08:00+00:00"))
        client.delete(series_url(task))
        reopen_task(task.pk, by=user, at=at("2030-09-17T08:00+00:00"))
        client.delete(series_url(task))
        assert [each.pk for each in live(user)] == [task.pk]


class TestTwoOpen:
    """A reopened occurrence beside a successor that somebody touched."""

    @pytest.fixture
    def both(self, user: User, client: APIClient) -> tuple[Task, Task]:
        first = weekly(user)
        complete_task(first.pk, by=user, at=at("2030-09-16T08:00+00:00"))
        consume(user)
        second = live(user)[1]
        client.patch(f"/api/tasks/{second.pk}/", {"title": "Mine"})
        reopen_task(first.pk, by=user, at=at("2030-09-16T09:00+00:00"))
        return first, second

    @pytest.mark.parametrize(
        ("query", "body"), [("", {"recurrence": None}), ("", {"recurrence": "daily"})], ids=["end", "split"]
    )
    def test_the_other_recurs_no_more_when_the_series_ends(
        self, user: User, client: APIClient, both: tuple[Task, Task], query: str, body: dict[str, Any]
    ) -> None:
        client.patch(f"/api/tasks/{both[0].pk}/{query}", body)
        assert client.get(f"/api/tasks/{both[1].pk}/").json()["recurrence"] is None

    def test_deleting_the_future_takes_a_later_one_along_and_leaves_an_earlier_one(
        self, user: User, client: APIClient, both: tuple[Task, Task]
    ) -> None:
        client.delete(f"/api/tasks/{both[1].pk}/?scope=future")
        assert [each.pk for each in live(user)] == [both[0].pk]
        assert live(user)[0].recurrence is None

    def test_deleting_the_future_of_the_earlier_one_deletes_both(
        self, user: User, client: APIClient, both: tuple[Task, Task]
    ) -> None:
        client.delete(f"/api/tasks/{both[0].pk}/?scope=future")
        assert live(user) == []


@pytest.mark.parametrize("recurrence", ["daily", None])
def test_a_rule_is_never_that_of_one_occurrence_alone(
    user: User, client: APIClient, recurrence: str | None
) -> None:
    task = weekly(user)
    answer = client.patch(f"/api/tasks/{task.pk}/?scope=this", {"recurrence": recurrence})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "recurrence")
    assert Series.objects.get().is_running


@pytest.mark.parametrize("verb", ["skip", "detach", "cancel"])
@pytest.mark.parametrize("body", [{"title": "x"}, [1]])
def test_a_verb_takes_no_body(user: User, client: APIClient, verb: str, body: Any) -> None:
    task = weekly(user)
    url = series_url(task, "cancel/") if verb == "cancel" else f"/api/tasks/{task.pk}/{verb}/"
    assert client.post(url, body).status_code == 400
    assert kinds(user) == ["task.created"]
