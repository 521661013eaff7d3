"""The worked cases of the recurrence contract, by number."""

from datetime import time

import pytest

from accounts_app.preferences.quiet_hours import find_quiet_end
from tasks_app import recurrence as rec

from .build import day, first, schedule, slot, slots, texts, utc, wall

MADRID, NEW_YORK, PARIS = (
    rec.load_zone(name) for name in ("Europe/Madrid", "America/New_York", "Europe/Paris")
)
TOKYO, LOS_ANGELES = rec.load_zone("Asia/Tokyo"), rec.load_zone("America/Los_Angeles")


def instants(rule: str, start: str, zone: str, limit: int) -> list[str]:
    rows = rec.preview(schedule(rule, start, zone=zone), limit)
    return [f"{row.instant:%m-%d %H:%MZ}" for row in rows]


def test_case_01_monthly_omit_from_the_31st() -> None:
    monthly = schedule("FREQ=MONTHLY", "2026-01-31", overflow="omit")
    assert first(6, monthly) == "2026-01-31 2026-03-31 2026-05-31 2026-07-31 2026-08-31 2026-10-31"


def test_case_01_count_ends_with_the_fourth_that_the_calendar_has() -> None:
    four = schedule("FREQ=MONTHLY;COUNT=4", "2026-01-31", overflow="omit")
    assert first(9, four) == "2026-01-31 2026-03-31 2026-05-31 2026-07-31"
    assert rec.next_slot(four, day("2026-07-31")) is None


def test_case_02_monthly_clamp_returns_to_its_own_day() -> None:
    assert first(5, schedule("monthly", "2026-01-31")) == (
        "2026-01-31 2026-02-28 2026-03-31 2026-04-30 2026-05-31"
    )
    assert first(4, schedule("monthly", "2026-01-30")) == "2026-01-30 2026-02-28 2026-03-30 2026-04-30"


def test_case_03_the_last_day_of_the_month() -> None:
    last_day = schedule("FREQ=MONTHLY;BYMONTHDAY=-1", "2027-12-31")
    assert first(5, last_day) == "2027-12-31 2028-01-31 2028-02-29 2028-03-31 2028-04-30"


def test_case_04_the_last_weekday_and_the_fifth_friday() -> None:
    last_weekday = schedule("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2026-01-30")
    assert first(6, last_weekday) == "2026-01-30 2026-02-27 2026-03-31 2026-04-30 2026-05-29 2026-06-30"
    fifth_friday = schedule("FREQ=MONTHLY;BYDAY=5FR", "2026-01-30")
    assert first(5, fifth_friday) == "2026-01-30 2026-05-29 2026-07-31 2026-10-30 2027-01-29"


def test_case_05_a_skipped_occurrence_counts() -> None:
    five = schedule("FREQ=DAILY;COUNT=5", "2026-03-02", excluded="2026-03-04")
    assert first(9, five) == "2026-03-02 2026-03-03 2026-03-05 2026-03-06"


def test_case_06_nine_in_madrid_stays_nine_over_both_changes() -> None:
    assert instants("daily", "2026-03-28T09:00", "Europe/Madrid", 2) == ["03-28 08:00Z", "03-29 07:00Z"]
    assert instants("daily", "2026-10-24T09:00", "Europe/Madrid", 2) == ["10-24 07:00Z", "10-25 08:00Z"]


def test_case_07_a_skipped_time_moves_forward_by_the_gap() -> None:
    rows = rec.preview(schedule("daily", "2026-03-07T02:30", zone="America/New_York"), 3)
    assert [f"{row.instant:%d %H:%MZ}" for row in rows] == ["07 07:30Z", "08 07:30Z", "09 06:30Z"]
    assert [row.note for row in rows] == [None, "gap", None]
    assert rows[1].slot == wall("2026-03-08T02:30")
    assert rows[1].local == wall("2026-03-08T03:30")


def test_case_08_a_time_that_happens_twice_takes_the_first() -> None:
    found = instants("daily", "2026-10-31T01:30", "America/New_York", 3)
    assert found == ["10-31 05:30Z", "11-01 05:30Z", "11-02 06:30Z"]


def test_case_09_a_day_before_is_not_24_hours_before() -> None:
    due = rec.timed_from_wall(wall("2026-03-29T10:00"), MADRID)
    assert rec.resolve(due, TOKYO).instant == utc("2026-03-29T08:00")
    assert rec.fire_at(due, rec.parse_offset("-P1D"), TOKYO) == utc("2026-03-28T09:00")
    assert rec.fire_at(due, rec.parse_offset("-PT24H"), TOKYO) == utc("2026-03-28T08:00")


def test_case_10_a_days_reminder_follows_the_user() -> None:
    due, offset = rec.day_from_date(day("2026-07-15")), rec.parse_offset("-PT15H")
    assert rec.fire_at(due, offset, TOKYO) == utc("2026-07-14T00:00")
    assert rec.fire_at(due, offset, LOS_ANGELES) == utc("2026-07-14T16:00")


@pytest.mark.parametrize(
    ("anchor", "expected", "missed"),
    [
        ("due", "2026-09-21T08:00:00", ""),
        ("future", "2026-10-05T08:00:00", "2026-09-21T08:00:00 2026-09-28T08:00:00"),
        ("completion", "2026-10-07T08:00:00", ""),
    ],
)
def test_case_11_completed_late(anchor: str, expected: str, missed: str) -> None:
    weekly = schedule("weekly", "2026-09-14T08:00", anchor=anchor)
    found = rec.successor(weekly, weekly.start, utc("2026-09-30T10:00"))
    assert found == rec.Successor(slot(expected), rec.Missed.of(*slots(missed)))


def test_case_12_completed_an_hour_before_a_later_slot() -> None:
    weekly = schedule("weekly", "2026-09-14T08:00", anchor="future")
    found = rec.successor(weekly, weekly.start, utc("2026-10-05T07:00"))
    assert found.slot == wall("2026-10-05T08:00")
    assert texts(found.missed.slots) == "2026-09-21T08:00:00 2026-09-28T08:00:00"


def test_case_13_a_retry_and_a_second_completion_find_the_same_slot() -> None:
    every_30_days = schedule({"frequency": "daily", "interval": 30, "anchor": "completion"}, "2024-12-17")
    moments = ("2024-12-17T09:00", "2024-12-17T09:00", "2024-12-17T21:30")
    found = {rec.successor(every_30_days, every_30_days.start, utc(moment)) for moment in moments}
    assert found == {rec.Successor(day("2025-01-16"))}


def test_case_15_quiet_hours_end_at_seven_after_the_clocks_went_back() -> None:
    due = rec.timed_from_wall(wall("2026-10-24T23:15"), PARIS)
    fires = rec.fire_at(due, rec.parse_offset("PT0M"), PARIS)
    assert find_quiet_end(fires, zone=PARIS, hours=(time(22), time(7))) == utc("2026-10-25T06:00")


def test_case_16_clamp_holds_for_each_day_of_the_month() -> None:
    both = schedule("FREQ=MONTHLY;BYMONTHDAY=1,31", "2026-01-31", overflow="clamp")
    assert first(5, both) == "2026-01-31 2026-02-01 2026-02-28 2026-03-01 2026-03-31"
    four = schedule("FREQ=MONTHLY;BYMONTHDAY=1,31;COUNT=4", "2026-01-31", overflow="clamp")
    assert first(9, four) == "2026-01-31 2026-02-01 2026-02-28 2026-03-01"


def test_case_17_the_day_of_a_rule_moves_with_its_series() -> None:
    mondays = rec.parse_recurrence("FREQ=WEEKLY;BYDAY=MO")
    assert rec.move_rule(mondays, day("2026-06-01"), day("2026-06-03")) == rec.parse_recurrence(
        "FREQ=WEEKLY;BYDAY=WE"
    )
    with pytest.raises(rec.RuleRefused):
        rec.move_rule(rec.parse_recurrence("FREQ=WEEKLY;BYDAY=MO,TH"), day("2026-06-01"), day("2026-06-03"))


def test_case_18_hours_of_the_day() -> None:
    hours = schedule("FREQ=HOURLY;INTERVAL=3;BYHOUR=9,12,15,18", "2026-06-01T09:00")
    assert first(5, hours) == (
        "2026-06-01T09:00:00 2026-06-01T12:00:00 2026-06-01T15:00:00 2026-06-01T18:00:00 2026-06-02T09:00:00"
    )
    times = schedule("FREQ=DAILY;BYHOUR=9,17;BYMINUTE=0,30", "2026-06-01T09:00")
    assert first(5, times) == (
        "2026-06-01T09:00:00 2026-06-01T09:30:00 2026-06-01T17:00:00 2026-06-01T17:30:00 2026-06-02T09:00:00"
    )


def test_case_19_weeks_and_days_of_the_year() -> None:
    week = schedule("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "2026-05-11")
    assert first(3, week) == "2026-05-11 2027-05-17 2028-05-15"
    days = schedule("FREQ=YEARLY;BYYEARDAY=1,100,-1", "2027-01-01")
    assert first(5, days) == "2027-01-01 2027-04-10 2027-12-31 2028-01-01 2028-04-09"


def test_case_20_ten_years_of_every_five_minutes() -> None:
    dense = schedule("FREQ=MINUTELY;INTERVAL=5", "2016-01-01T09:00", zone="Europe/Madrid")
    found = rec.successor(dense, dense.start, utc("2026-01-01T12:00"))
    assert found == rec.Successor(
        wall("2026-01-01T13:05"),
        rec.Missed(1_052_112, wall("2016-01-01T09:05"), wall("2026-01-01T13:00")),
    )


def test_case_21_four_hours_after_completion() -> None:
    rule = {"rule": "FREQ=HOURLY;INTERVAL=4", "anchor": "completion"}
    four_hours = schedule(rule, "2026-06-01T09:00")
    found = rec.successor(four_hours, four_hours.start, utc("2026-06-01T10:17:45"))
    assert found == rec.Successor(wall("2026-06-01T14:17"))
