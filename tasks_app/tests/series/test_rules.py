"""What rules are accepted over HTTP, what they lead to, and that what was read may be sent back."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from rest_framework.test import APIClient

from accounts_app.models import User
from tasks_app.models import MissedSlots, Series, Task
from tasks_app.operations.completion import complete_task
from tasks_app.tests.helpers import at, consume, day, kinds, slots

ENDED: dict[str, str] = {"rule": "FREQ=DAILY;UNTIL=20300101"}


def create(client: APIClient, recurrence: Any, **fields: Any) -> dict[str, Any]:
    response = client.post("/api/tasks/", {"title": "x", "recurrence": recurrence, **fields})
    assert response.status_code == 201, response.content
    return dict(response.json())


def problems(response: Any) -> list[tuple[str, str]]:
    assert response.status_code == 400, response.content
    return [(each["field"], each["code"]) for each in response.json()["errors"]]


def preview(client: APIClient, recurrence: Any, **fields: Any) -> list[str]:
    response = client.post("/api/recurrence/preview/", {"recurrence": recurrence, **fields})
    assert response.status_code == 200, response.content
    return [row["local"] for row in response.json()["results"]]


class TestOverflow:
    def test_clamp_holds_for_each_day_of_the_month(self, client: APIClient) -> None:
        found = preview(client, "FREQ=MONTHLY;BYMONTHDAY=1,31", due_on="2030-01-31", n=5)
        assert found == ["2030-01-31", "2030-02-01", "2030-02-28", "2030-03-01", "2030-03-31"]

    def test_naming_clamp_where_it_has_no_effect_is_refused(self, client: APIClient) -> None:
        body = {"title": "x", "due_on": "2030-01-31", "recurrence": {"rule": "weekly", "overflow": "clamp"}}
        assert problems(client.post("/api/tasks/", body)) == [("recurrence.overflow", "conflict")]
        assert not Task.objects.exists()

    def test_the_answer_says_clamp_only_where_it_has_an_effect(self, client: APIClient) -> None:
        assert create(client, "monthly", due_on="2030-01-31")["recurrence"]["overflow"] == "clamp"
        assert create(client, "weekly", due_on="2030-01-31")["recurrence"]["overflow"] == "omit"

    @pytest.mark.parametrize("rule", ["weekly", "monthly", "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=-1"])
    def test_what_was_read_may_be_sent_back(self, client: APIClient, user: User, rule: str) -> None:
        row = create(client, rule, due_on="2030-01-31")
        url, before = f"/api/tasks/{row['id']}/", kinds(user)
        assert client.put(url, row).json() == row
        assert client.patch(url, {"recurrence": row["recurrence"]}).json() == row
        series_url = f"/api/series/{row['series_id']}/"
        series = client.get(series_url).json()
        assert client.patch(series_url, series).json() == series
        assert kinds(user) == before

    @pytest.mark.parametrize("method", ["put", "patch"])
    def test_what_was_stored_before_it_was_refused_may_be_sent_back(
        self, client: APIClient, user: User, method: str
    ) -> None:
        row = create(client, "weekly", due_on="2030-01-31")
        stored = {**row["recurrence"], "overflow": "clamp"}
        Task.objects.filter(pk=row["id"]).update(recurrence=stored)
        Series.objects.filter(pk=row["series_id"]).update(overflow="clamp")
        before = kinds(user)
        response = getattr(client, method)(f"/api/tasks/{row['id']}/", {"title": "x", "recurrence": stored})
        assert (response.status_code, kinds(user)) == (200, before)


class TestEnds:
    def test_a_new_task_is_refused(self, client: APIClient) -> None:
        body = {"title": "x", "due_on": "2030-01-31", "recurrence": ENDED}
        assert problems(client.post("/api/tasks/", body)) == [("recurrence", "invalid_value")]

    def test_a_preview_is_refused(self, client: APIClient) -> None:
        body = {"due_at": "2030-01-31T09:00", "recurrence": ENDED}
        response = client.post("/api/recurrence/preview/", body)
        assert problems(response) == [("recurrence", "invalid_value")]

    @pytest.mark.parametrize("scope", ["future", "all"])
    def test_a_change_of_the_rule_is_refused(self, client: APIClient, scope: str) -> None:
        row = create(client, "daily", due_on="2030-01-31")
        response = client.patch(f"/api/tasks/{row['id']}/?scope={scope}", {"recurrence": ENDED})
        assert problems(response) == [("recurrence", "invalid_value")]
        assert client.get(f"/api/tasks/{row['id']}/").json() == row

    def test_a_change_of_the_series_is_refused(self, client: APIClient) -> None:
        row = create(client, "daily", due_on="2030-01-31")
        response = client.patch(f"/api/series/{row['series_id']}/", {"recurrence": ENDED})
        assert problems(response) == [("recurrence", "invalid_value")]

    @pytest.mark.parametrize("scope", ["future", "all"])
    def test_moving_the_schedule_behind_its_end_is_refused(self, client: APIClient, scope: str) -> None:
        row = create(client, "FREQ=DAILY;UNTIL=20300201", due_on="2030-01-31")
        response = client.patch(f"/api/tasks/{row['id']}/?scope={scope}", {"due_on": "2030-02-02"})
        assert problems(response) == [("recurrence", "invalid_value")]

    def test_a_series_stored_with_such_a_rule_takes_other_changes(self, client: APIClient) -> None:
        row = create(client, "daily", due_on="2030-01-31")
        stored = {**row["recurrence"], "rule": "FREQ=DAILY;UNTIL=20300101"}
        Task.objects.filter(pk=row["id"]).update(recurrence=stored)
        Series.objects.filter(pk=row["series_id"]).update(rule="FREQ=DAILY;UNTIL=20300101")
        for scope in ("all", "future"):
            response = client.patch(f"/api/tasks/{row['id']}/?scope={scope}", {"title": f"for {scope}"})
            assert response.status_code == 200, response.content


class TestMoving:
    @pytest.mark.parametrize(
        ("rule", "moved_to", "expected"),
        [
            ("FREQ=WEEKLY;BYDAY=MO", "2030-09-18T08:00", "FREQ=WEEKLY;BYDAY=WE"),
            ("FREQ=MONTHLY;BYMONTHDAY=16", "2030-09-20T08:00", "FREQ=MONTHLY;BYMONTHDAY=20"),
            ("FREQ=WEEKLY;BYDAY=MO,WE", "2030-09-16T10:00", "FREQ=WEEKLY;BYDAY=MO,WE"),
        ],
    )
    @pytest.mark.parametrize("by", ["all", "future", "series"])
    def test_the_day_of_the_rule_moves_with_the_series(
        self, client: APIClient, rule: str, moved_to: str, expected: str, *, by: str
    ) -> None:
        row = create(client, rule, due_at="2030-09-16T08:00")
        tasks, series = f"/api/tasks/{row['id']}/", f"/api/series/{row['series_id']}/"
        response = client.patch(series if by == "series" else f"{tasks}?scope={by}", {"due_at": moved_to})
        assert response.status_code == 200, response.content
        after = client.get(tasks).json()
        assert (after["recurrence"]["rule"], after["occurrence"]) == (expected, f"{moved_to}:00")
        coming = client.get(f"/api/series/{after['series_id']}/occurrences/?n=2").json()["results"]
        assert all(each["local"].endswith(f"{moved_to[10:]}:00") for each in coming)

    @pytest.mark.parametrize("by", ["all", "future", "series"])
    def test_a_rule_of_several_days_says_what_to_send(self, client: APIClient, by: str) -> None:
        row = create(client, "FREQ=WEEKLY;BYDAY=MO,WE", due_on="2030-09-16")
        tasks, series = f"/api/tasks/{row['id']}/", f"/api/series/{row['series_id']}/"
        url = series if by == "series" else f"{tasks}?scope={by}"
        response = client.patch(url, {"due_on": "2030-09-17"})
        assert problems(response) == [("recurrence", "several_days")]
        assert client.get(tasks).json() == row
        both = client.patch(url, {"due_on": "2030-09-17", "recurrence": "FREQ=WEEKLY;BYDAY=TU,TH"})
        assert both.status_code == 200

    @pytest.mark.parametrize("scope", ["future", "all"])
    @pytest.mark.parametrize("method", ["put", "patch"])
    def test_what_was_read_of_february_may_be_sent_back_without_losing_the_31st(
        self, client: APIClient, user: User, scope: str, method: str
    ) -> None:
        january = create(client, "monthly", due_on="2030-01-31")
        complete_task(january["id"], by=user, at=at("2030-01-31T12:00+00:00"))
        consume(user)
        [row] = client.get("/api/tasks/?status=pending").json()["results"]
        sent = {**row, "title": "Rent"}
        after = getattr(client, method)(f"/api/tasks/{row['id']}/?scope={scope}", sent).json()
        coming = client.get(f"/api/series/{after['series_id']}/occurrences/?n=3").json()["results"]
        assert [each["local"] for each in coming] == ["2030-02-28", "2030-03-31", "2030-04-30"]
        assert after["title"] == "Rent"

    def test_one_occurrence_alone_moves_without_its_rule(self, client: APIClient) -> None:
        row = create(client, "FREQ=WEEKLY;BYDAY=MO,WE", due_on="2030-09-16")
        after = client.patch(f"/api/tasks/{row['id']}/", {"due_on": "2030-09-17"}).json()
        assert (after["due_on"], after["recurrence"]) == ("2030-09-17", row["recurrence"])


class TestHoursAndMinutes:
    def test_a_rule_of_minutes_makes_its_next_occurrence(self, client: APIClient, user: User) -> None:
        row = create(client, "FREQ=MINUTELY;INTERVAL=30", due_at="2030-01-31T09:00", time_zone="UTC")
        assert row["recurrence"] == {
            "rule": "FREQ=MINUTELY;INTERVAL=30",
            "anchor": "future",
            "overflow": "omit",
            "advance": "completed",
            "text": "every 30 minutes",
        }
        client.put(f"/api/tasks/{row['id']}/completion/")
        consume(user)
        assert slots(user) == ["2030-01-31T09:00:00", "2030-01-31T09:30:00"]

    def test_the_plain_form_knows_hours(self, client: APIClient) -> None:
        plain = {"frequency": "hourly", "interval": 2, "weekdays": ["mo", "fr"]}
        found = preview(client, plain, due_at="2030-09-16T20:00", n=4)
        expected = [
            "2030-09-16T20:00:00",
            "2030-09-16T22:00:00",
            "2030-09-20T00:00:00",
            "2030-09-20T02:00:00",
        ]
        assert found == expected

    @pytest.mark.parametrize(
        "rule", ["FREQ=HOURLY", "FREQ=MINUTELY;INTERVAL=30", "FREQ=DAILY;BYHOUR=9", "FREQ=WEEKLY;BYMINUTE=30"]
    )
    def test_a_day_needs_a_time_for_it(self, client: APIClient, rule: str) -> None:
        needs_time = [("recurrence", "needs_time")]
        for due in ({"due_on": "2030-01-31"}, {}):
            assert (
                problems(client.post("/api/tasks/", {"title": "x", "recurrence": rule, **due})) == needs_time
            )
            body = {"recurrence": rule, "n": 3, **due}
            assert problems(client.post("/api/recurrence/preview/", body)) == needs_time
        day = create(client, "daily", due_on="2030-01-31")
        timed = create(client, rule, due_at="2030-01-31T09:00")
        for scope in ("future", "all"):
            to_rule = client.patch(f"/api/tasks/{day['id']}/?scope={scope}", {"recurrence": rule})
            to_day = client.patch(f"/api/tasks/{timed['id']}/?scope={scope}", {"due_on": "2030-01-31"})
            assert problems(to_rule) == problems(to_day) == needs_time

    def test_what_comes_too_often_is_refused(self, client: APIClient) -> None:
        body = {"title": "x", "due_at": "2030-01-31T09:00", "recurrence": "FREQ=MINUTELY;INTERVAL=4"}
        assert problems(client.post("/api/tasks/", body)) == [("recurrence", "too_frequent")]

    def test_ten_years_of_a_rule_of_five_minutes_are_one_row(self, client: APIClient, user: User) -> None:
        row = create(client, "FREQ=MINUTELY;INTERVAL=5", due_at="2016-01-01T00:00", time_zone="UTC")
        complete_task(row["id"], by=user, at=at("2026-01-01T00:02+00:00"))
        consume(user)
        assert slots(user)[-1] == "2026-01-01T00:05:00"
        [missed] = MissedSlots.objects.all()
        days = (day("2026-01-01") - day("2016-01-01")).days
        assert (missed.slots, missed.count) == ([], days * 288)
        past = client.get(f"/api/series/{row['series_id']}/occurrences/?past=true&n=1").json()["results"]
        assert [each for each in past if each["status"] == "missed"] == [
            {
                "local": "2016-01-01T00:05:00",
                "utc": "2016-01-01T00:05:00Z",
                "note": None,
                "status": "missed",
                "task_id": None,
                "count": days * 288,
                "last": "2026-01-01T00:00:00",
            }
        ]
        explained = client.get(f"/api/tasks/{row['id']}/explain/").json()["next"]
        assert (explained["missed"], explained["local"]) == (days * 288, "2026-01-01T00:05:00")

    def test_completion_counts_from_the_minute(self, client: APIClient, user: User) -> None:
        rule = {"rule": "FREQ=HOURLY;INTERVAL=4", "anchor": "completion"}
        row = create(client, rule, due_at="2026-06-01T09:00", time_zone="UTC")
        complete_task(row["id"], by=user, at=at("2026-06-01T10:17:45+00:00"))
        consume(user)
        assert slots(user)[-1] == "2026-06-01T14:17:00"

    def test_a_split_ends_the_old_series_a_second_before(self, client: APIClient) -> None:
        row = create(client, "FREQ=HOURLY", due_at="2030-01-31T09:00", time_zone="UTC")
        client.patch(f"/api/tasks/{row['id']}/?scope=future", {"title": "other"})
        assert Series.objects.get(pk=row["series_id"]).rule == "FREQ=HOURLY;UNTIL=20300131T085959"

    def test_a_rule_of_500_characters_takes_the_end_that_it_inherits(self, client: APIClient) -> None:
        rule = "FREQ=YEARLY;BYYEARDAY=" + ",".join(str(number) for number in range(100, 366))
        rule = rule[:500].rsplit(",", 1)[0]
        row = create(client, "FREQ=DAILY;COUNT=9", due_on="2030-01-31")
        changed = client.patch(f"/api/tasks/{row['id']}/?scope=all", {"recurrence": rule})
        assert changed.json()["recurrence"]["rule"] == f"{rule};COUNT=9"

    def test_dtstart_in_the_text_says_what_to_send(self, client: APIClient) -> None:
        text = "DTSTART;TZID=Europe/Madrid:20300131T090000\nRRULE:FREQ=DAILY"
        response = client.post("/api/tasks/", {"title": "x", "recurrence": text})
        assert problems(response) == [("recurrence", "unknown_part")]
        assert "due_at" in response.json()["errors"][0]["detail"]


class TestMigration:
    def test_missed_slots_of_the_release_before_are_counted(self, client: APIClient) -> None:
        row = create(client, "daily", due_on="2020-01-01")
        few, many = ["2020-01-02", "2020-01-03"], [f"{2020 + n}-01-01" for n in range(1050)]
        for listed in (few, many):
            MissedSlots.objects.create(series_id=row["series_id"], slots=listed)
        import_module("tasks_app.migrations.0003_missed_slots").count_missed(apps, None)
        rows = MissedSlots.objects.order_by("id").values_list("count", "first", "last", "slots")
        assert list(rows) == [(2, *few, few), (1050, many[0], many[-1], [])]
