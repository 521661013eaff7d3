"""Series over HTTP, by their number: reading, changing, ending them."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from tasks_app.models import Series, Task
from tasks_app.operations.completion import complete_task, reopen_task
from tasks_app.tests.helpers import at, consume, kinds, live, slots
from tasks_app.tests.weekly import rows, series_url, weekly


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
        # The account itself asks for its address to confirm.
        assert len(captured) == len(authentication) - 1 + 3


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
            ({"recurrence": "FREQ=SECONDLY"}, "recurrence"),
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
