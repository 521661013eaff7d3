"""The worked cases of the recurrence contract through the front door: HTTP, the kernel's consumers, the sweeps.

The same cases are asked of the pure rules in tasks_app/tests/recurrence/test_worked_cases.py;
docs/reference/worked-cases.md lists them all.
"""

from collections.abc import Iterator

import pytest

from tasks_app.operations.reminders.fire import fire_due_reminders
from todo_project.tests.front_door import World, set_times


@pytest.fixture
def world(db: None) -> Iterator[World]:
    with set_times() as made:
        yield made


def test_case_01_monthly_from_the_31st_with_omit(world: World) -> None:
    omit = {"rule": "FREQ=MONTHLY", "overflow": "omit"}
    assert world.locals(omit, due_on="2026-01-31", n=6) == (
        "2026-01-31 2026-03-31 2026-05-31 2026-07-31 2026-08-31 2026-10-31"
    )
    four = {"rule": "FREQ=MONTHLY;COUNT=4", "overflow": "omit"}
    assert world.locals(four, due_on="2026-01-31") == "2026-01-31 2026-03-31 2026-05-31 2026-07-31"


def test_case_02_monthly_from_the_31st_and_30th_with_clamp(world: World) -> None:
    assert world.locals("monthly", due_on="2026-01-31", n=5) == (
        "2026-01-31 2026-02-28 2026-03-31 2026-04-30 2026-05-31"
    )
    assert world.locals("monthly", due_on="2026-01-30", n=4) == "2026-01-30 2026-02-28 2026-03-30 2026-04-30"


def test_case_03_the_last_day_of_each_month(world: World) -> None:
    assert world.locals("FREQ=MONTHLY;BYMONTHDAY=-1", due_on="2027-12-31", n=5) == (
        "2027-12-31 2028-01-31 2028-02-29 2028-03-31 2028-04-30"
    )


def test_case_04_the_last_weekday_and_the_fifth_friday(world: World) -> None:
    last = "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"
    assert world.locals(last, due_on="2026-01-30", n=6) == (
        "2026-01-30 2026-02-27 2026-03-31 2026-04-30 2026-05-29 2026-06-30"
    )
    assert world.locals("FREQ=MONTHLY;BYDAY=5FR", due_on="2026-01-30", n=5) == (
        "2026-01-30 2026-05-29 2026-07-31 2026-10-30 2027-01-29"
    )


def test_case_05_a_skipped_occurrence_counts(world: World) -> None:
    world.at("2026-03-01T12:00Z").task(due_on="2026-03-02", recurrence="FREQ=DAILY;COUNT=5")
    done = []
    while rows := world.open():
        [row] = rows
        world.at(f"{row['occurrence']}T12:00Z")
        if row["occurrence"] == "2026-03-04":
            world.call("post", f"tasks/{row['id']}/skip/")
        else:
            world.call("put", f"tasks/{row['id']}/completion/")
            done.append(row["occurrence"])
            world.run()
    assert done == ["2026-03-02", "2026-03-03", "2026-03-05", "2026-03-06"]


def test_case_06_nine_in_madrid_over_both_clock_changes(world: World) -> None:
    zone = {"time_zone": "Europe/Madrid", "n": 2}
    assert world.utcs("daily", due_at="2026-03-28T09:00", **zone) == ["03-28 08:00Z", "03-29 07:00Z"]
    assert world.utcs("daily", due_at="2026-10-24T09:00", **zone) == ["10-24 07:00Z", "10-25 08:00Z"]


def test_case_07_a_time_that_the_clocks_skip(world: World) -> None:
    due = {"due_at": "2026-03-07T02:30", "time_zone": "America/New_York", "n": 3}
    assert world.utcs("daily", **due) == ["03-07 07:30Z", "03-08 07:30Z", "03-09 06:30Z"]
    assert [(row["local"][11:16], row["note"]) for row in world.preview("daily", **due)] == [
        ("02:30", None),
        ("03:30", "gap"),
        ("02:30", None),
    ]


def test_case_08_a_time_that_happens_twice(world: World) -> None:
    due = {"due_at": "2026-10-31T01:30", "time_zone": "America/New_York", "n": 3}
    assert world.utcs("daily", **due) == ["10-31 05:30Z", "11-01 05:30Z", "11-02 06:30Z"]


def test_case_09_a_day_before_and_24_hours_before(world: World) -> None:
    row = world.task(
        due_at="2026-03-29T10:00",
        time_zone="Europe/Madrid",
        reminders=[{"offset": "-P1D"}, {"offset": "-PT24H"}],
    )
    assert row["due_at"] == "2026-03-29T08:00:00Z"
    assert [each["fire_at"] for each in row["reminders"]] == ["2026-03-28T09:00:00Z", "2026-03-28T08:00:00Z"]


def test_case_10_a_days_reminder_follows_its_user_to_another_zone(world: World) -> None:
    world.at("2026-07-13T00:00Z").call("patch", "auth/me/", {"time_zone": "Asia/Tokyo"})
    row = world.task(due_on="2026-07-15", reminders=[{"offset": "-PT15H"}])
    assert row["reminder_at"] == "2026-07-14T00:00:00Z"
    world.call("patch", "auth/me/", {"time_zone": "America/Los_Angeles"})
    for moment in ("2026-07-13T00:01Z", "2026-07-14T00:00Z", "2026-07-14T15:59Z"):
        world.at(moment).run()
        moved = world.call("get", f"tasks/{row['id']}/")
        assert (moved["due_on"], moved["reminder_at"]) == ("2026-07-15", "2026-07-14T16:00:00Z")
        assert world.notifications() == []
    for moment in ("2026-07-14T16:00Z", "2026-07-14T17:00Z", "2026-07-16T00:00Z"):
        world.at(moment).run()
        assert len(world.notifications()) == 1
    assert world.call("get", f"tasks/{row['id']}/")["due_on"] == "2026-07-15"


@pytest.mark.parametrize(
    ("anchor", "local", "missed"),
    [
        ("due", "2026-09-21T08:00:00", []),
        ("future", "2026-10-05T08:00:00", ["2026-09-21T08:00:00", "2026-09-28T08:00:00"]),
        ("completion", "2026-10-07T08:00:00", []),
    ],
)
def test_case_11_completed_late(world: World, anchor: str, local: str, missed: list[str]) -> None:
    rule = {"rule": "FREQ=WEEKLY", "anchor": anchor}
    row = world.at("2026-09-01T00:00Z").task(due_at="2026-09-14T08:00Z", recurrence=rule)
    world.at("2026-09-30T10:00Z").call("put", f"tasks/{row['id']}/completion/")
    world.at("2026-11-01T00:00Z").run()  # the moment is the completion's, never that of processing
    assert [each["occurrence"] for each in world.open()] == [local]
    past = world.call("get", f"series/{row['series_id']}/occurrences/?past=true")["results"]
    assert [each["local"] for each in past if each["status"] == "missed"] == missed


def test_case_12_completed_an_hour_before_a_later_slot(world: World) -> None:
    row = world.at("2026-09-01T00:00Z").task(due_at="2026-09-14T08:00Z", recurrence="weekly")
    world.at("2026-10-05T07:00Z").call("put", f"tasks/{row['id']}/completion/")
    world.run()
    assert [each["due_at"] for each in world.open()] == ["2026-10-05T08:00:00Z"]


def test_case_13_done_retried_reopened_and_done_again(world: World) -> None:
    rule = {"rule": "FREQ=DAILY;INTERVAL=30", "anchor": "completion"}
    row = world.at("2024-12-01T00:00Z").task(due_on="2024-12-17", recurrence=rule)
    done = f"tasks/{row['id']}/completion/"
    for _ in range(2):
        world.at("2024-12-17T09:00Z").call("put", done)
        world.run()
    [first] = world.open()
    world.at("2024-12-17T10:00Z").call("delete", done)
    assert [each["id"] for each in world.open()] == [row["id"]]
    world.at("2024-12-17T18:00Z").call("put", done)
    world.run()
    assert [(each["id"], each["occurrence"]) for each in world.open()] == [(first["id"], "2025-01-16")]


def test_case_14_nobody_worked_when_the_reminder_was_due(world: World) -> None:
    row = world.at("2026-05-04T08:58Z").task(due_at="2026-05-04T10:00Z", reminders=[{"offset": "1h"}])
    assert row["reminder_at"] == "2026-05-04T09:00:00Z"
    world.at("2026-05-04T09:20Z")
    assert [fire_due_reminders(), fire_due_reminders()] == [
        1,
        0,
    ]  # two at once: tasks_app/tests/test_races.py
    world.run().run()
    [told] = world.notifications()
    assert told["created_at"] == "2026-05-04T09:20:00Z"
    [reminder] = world.call("get", "reminders/?status=fired")["results"]
    assert (reminder["late"], reminder["fire_at"]) == (True, "2026-05-04T09:00:00Z")


def test_case_15_quiet_hours_over_the_end_of_summer_time(world: World) -> None:
    me = {"time_zone": "Europe/Paris", "quiet_from": "22:00", "quiet_until": "07:00"}
    world.at("2026-10-24T12:00Z").call("patch", "auth/me/", me)
    world.task(due_at="2026-10-25T09:00", reminders=[{"at": "2026-10-24T23:15:00+02:00"}])
    for moment in ("2026-10-24T21:15Z", "2026-10-25T05:00Z", "2026-10-25T05:59:59Z"):
        world.at(moment).run()
        assert world.notifications() == []
    assert world.call("get", "reminders/?status=fired")["results"][0]["late"] is False
    for moment in ("2026-10-25T06:00Z", "2026-10-25T07:00Z"):
        world.at(moment).run()
        assert [each["created_at"] for each in world.notifications()] == ["2026-10-24T21:15:00Z"]


def test_case_16_the_first_and_the_31st_with_clamp(world: World) -> None:
    both = {"rule": "FREQ=MONTHLY;BYMONTHDAY=1,31", "overflow": "clamp"}
    assert world.locals(both, due_on="2026-01-31", n=5) == (
        "2026-01-31 2026-02-01 2026-02-28 2026-03-01 2026-03-31"
    )
    four = {**both, "rule": f"{both['rule']};COUNT=4"}
    assert world.locals(four, due_on="2026-01-31") == "2026-01-31 2026-02-01 2026-02-28 2026-03-01"


def test_case_17_a_whole_series_moves_to_another_day(world: World) -> None:
    row = world.task(due_on="2026-06-01", recurrence="FREQ=WEEKLY;BYDAY=MO")
    moved = world.call("patch", f"tasks/{row['id']}/?scope=all", {"due_on": "2026-06-03"})
    assert moved["recurrence"]["rule"] == "FREQ=WEEKLY;BYDAY=WE"
    coming = world.call("get", f"series/{row['series_id']}/occurrences/?n=2")["results"]
    assert [each["local"] for each in coming] == ["2026-06-03", "2026-06-10"]

    twice = world.task(due_on="2026-06-01", recurrence="FREQ=WEEKLY;BYDAY=MO,TH")
    refused = world.client.patch(f"/api/tasks/{twice['id']}/?scope=all", {"due_on": "2026-06-03"})
    assert [each["code"] for each in refused.json()["errors"]] == ["several_days"]


def test_case_18_several_times_a_day(world: World) -> None:
    hours = world.preview("FREQ=HOURLY;INTERVAL=3;BYHOUR=9,12,15,18", due_at="2026-06-01T09:00", n=5)
    assert [row["local"][8:16] for row in hours] == [
        "01T09:00",
        "01T12:00",
        "01T15:00",
        "01T18:00",
        "02T09:00",
    ]
    times = world.preview("FREQ=DAILY;BYHOUR=9,17;BYMINUTE=0,30", due_at="2026-06-01T09:00", n=5)
    assert [row["local"][8:16] for row in times] == [
        "01T09:00",
        "01T09:30",
        "01T17:00",
        "01T17:30",
        "02T09:00",
    ]


def test_case_19_weeks_and_days_of_the_year(world: World) -> None:
    week = "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO"
    assert world.locals(week, due_on="2026-05-11", n=3) == "2026-05-11 2027-05-17 2028-05-15"
    days = "FREQ=YEARLY;BYYEARDAY=1,100,-1"
    assert world.locals(days, due_on="2027-01-01", n=5) == (
        "2027-01-01 2027-04-10 2027-12-31 2028-01-01 2028-04-09"
    )


def test_case_20_ten_years_of_every_five_minutes(world: World) -> None:
    zone = {"time_zone": "Europe/Madrid"}
    row = world.task(due_at="2016-01-01T09:00", recurrence="FREQ=MINUTELY;INTERVAL=5", **zone)
    world.at("2026-01-01T12:00Z").call("put", f"tasks/{row['id']}/completion/")
    world.run()
    assert [each["occurrence"] for each in world.open()] == ["2026-01-01T13:05:00"]
    past = world.call("get", f"series/{row['series_id']}/occurrences/?past=true&n=1")["results"]
    [missed] = [each for each in past if each["status"] == "missed"]
    assert (missed["count"], missed["local"], missed["last"]) == (
        1_052_112, "2016-01-01T09:05:00", "2026-01-01T13:00:00",
    )  # fmt: skip


def test_case_21_four_hours_after_completion(world: World) -> None:
    rule = {"rule": "FREQ=HOURLY;INTERVAL=4", "anchor": "completion"}
    row = world.at("2026-06-01T08:00Z").task(due_at="2026-06-01T09:00", recurrence=rule)
    world.at("2026-06-01T10:17:45Z").call("put", f"tasks/{row['id']}/completion/")
    world.run()
    assert [each["due_at"] for each in world.open()] == ["2026-06-01T14:17:00Z"]
