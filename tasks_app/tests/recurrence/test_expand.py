"""Slots of a schedule: starts, counts, ends, searching both ways."""

from datetime import UTC

import pytest

from tasks_app import recurrence as rec

from .build import between, day, first, schedule, slot, slots, texts, utc, wall


def test_a_start_that_is_not_on_the_rule_is_occurrence_1() -> None:
    mondays = schedule("FREQ=WEEKLY;BYDAY=MO;COUNT=3", "2026-06-03")
    assert first(9, mondays) == "2026-06-03 2026-06-08 2026-06-15"


def test_a_start_before_the_rules_first_day_of_its_week_does_not_produce_earlier_days() -> None:
    assert first(3, schedule("FREQ=WEEKLY;BYDAY=MO,TH", "2026-06-03")) == "2026-06-03 2026-06-04 2026-06-08"


@pytest.mark.parametrize(
    ("week_start", "expected"),
    [
        ("MO", "1997-08-05 1997-08-10 1997-08-19 1997-08-24"),
        ("SU", "1997-08-05 1997-08-17 1997-08-19 1997-08-31"),
    ],
)
def test_the_week_start_changes_fortnights(week_start: str, expected: str) -> None:
    """The example of RFC 5545, 3.8.5.3."""
    rule = f"FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST={week_start}"
    assert first(9, schedule(rule, "1997-08-05")) == expected


def test_positions_in_a_week_count_from_the_week_start() -> None:
    """2005-03-13 is a Sunday; the week from Wednesday the 9th holds MO, TU, WE and SU as WE, SU, MO, TU."""
    rule = "FREQ=WEEKLY;BYDAY=MO,TU,WE,SU;BYSETPOS=2,4;WKST=WE"
    assert first(4, schedule(rule, "2005-03-13")) == "2005-03-13 2005-03-15 2005-03-20 2005-03-22"


def test_weeks_reach_over_the_turn_of_the_year() -> None:
    rule = "FREQ=WEEKLY;BYDAY=MO,FR;BYSETPOS=-1"
    assert first(3, schedule(rule, "2026-12-25")) == "2026-12-25 2027-01-01 2027-01-08"
    assert first(4, schedule("FREQ=WEEKLY;BYDAY=TU,SA;BYMONTH=1", "2026-12-29")) == (
        "2026-12-29 2027-01-02 2027-01-05 2027-01-09"
    )


def test_29_february_clamps_to_the_28th_in_common_years() -> None:
    assert first(5, schedule("yearly", "2096-02-29")) == (
        "2096-02-29 2097-02-28 2098-02-28 2099-02-28 2100-02-28"
    )
    assert rec.next_slot(schedule("yearly", "2096-02-29"), day("2103-12-31")) == day("2104-02-29")


def test_29_february_omits_common_years() -> None:
    assert (
        first(3, schedule("FREQ=YEARLY", "2096-02-29", overflow="omit")) == "2096-02-29 2104-02-29 2108-02-29"
    )


def test_clamp_holds_for_an_explicit_day_and_in_several_months() -> None:
    rule = "FREQ=MONTHLY;BYMONTHDAY=31"
    assert first(4, schedule(rule, "2026-01-15")) == "2026-01-15 2026-01-31 2026-02-28 2026-03-31"
    rule = "FREQ=YEARLY;BYMONTH=2,6,7;BYMONTHDAY=31"
    assert first(4, schedule(rule, "2026-01-31")) == "2026-01-31 2026-02-28 2026-06-30 2026-07-31"
    assert first(3, schedule("FREQ=DAILY;BYMONTHDAY=30", "2026-01-30")) == "2026-01-30 2026-02-28 2026-03-30"


def test_clamp_holds_for_each_of_several_days_and_those_that_fall_together_are_one() -> None:
    first_and_last = schedule("FREQ=MONTHLY;BYMONTHDAY=1,31", "2026-01-31")
    assert first(6, first_and_last) == "2026-01-31 2026-02-01 2026-02-28 2026-03-01 2026-03-31 2026-04-01"
    end = schedule("FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;COUNT=6", "2026-01-31")
    assert first(9, end) == "2026-01-31 2026-02-28 2026-03-28 2026-03-29 2026-03-30 2026-03-31"
    yearly = schedule("FREQ=YEARLY;BYMONTH=2,4;BYMONTHDAY=1,29,30", "2027-01-01")
    assert first(6, yearly) == "2027-01-01 2027-02-01 2027-02-28 2027-04-01 2027-04-29 2027-04-30"
    assert first(2, schedule("FREQ=MONTHLY;BYMONTHDAY=-1,31", "2026-02-28")) == "2026-02-28 2026-03-31"


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=MONTHLY;BYMONTHDAY=31;BYDAY=MO,TU,WE,TH,FR,SA,SU",
        "FREQ=MONTHLY;BYMONTHDAY=31;BYSETPOS=1",
        "FREQ=MONTHLY;BYMONTHDAY=-31",
    ],
)
def test_other_rules_omit(rule: str) -> None:
    by_default, omitted = schedule(rule, "2026-01-31"), schedule(rule, "2026-01-31", overflow="omit")
    assert by_default.recurrence == omitted.recurrence
    assert "-28" not in first(20, by_default)


def test_plain_and_ordinal_weekdays_add_up() -> None:
    rule = "FREQ=MONTHLY;BYDAY=MO,1FR"
    assert first(6, schedule(rule, "2026-06-01")) == (
        "2026-06-01 2026-06-05 2026-06-08 2026-06-15 2026-06-22 2026-06-29"
    )


def test_until_includes_its_last_moment() -> None:
    daily = "FREQ=DAILY;UNTIL={}"
    at_nine = {"20260303": 3, "20260303T090000": 3, "20260303T085959": 2, "20260303T000000": 2}
    for until, number in at_nine.items():
        assert len(rec.occurrences(schedule(daily.format(until), "2026-03-01T09:00"), 9)) == number
    for until in ("20260303", "20260303T000000"):
        assert first(9, schedule(daily.format(until), "2026-03-01")) == "2026-03-01 2026-03-02 2026-03-03"


def test_until_with_z_is_an_instant_in_the_zone() -> None:
    """09:00 in Madrid is 08:00Z on 28 March 2026 and 07:00Z from the 29th on."""
    for until, number in (("20260329T070000Z", 2), ("20260329T065959Z", 1), ("20260330T065959Z", 2)):
        madrid = schedule(f"FREQ=DAILY;UNTIL={until}", "2026-03-28T09:00", zone="Europe/Madrid")
        assert len(rec.occurrences(madrid, 9)) == number


def test_until_with_z_compares_the_first_instant_of_a_day() -> None:
    rule = "FREQ=DAILY;UNTIL=20260715T000000Z"
    assert first(9, schedule(rule, "2026-07-14", zone="Asia/Tokyo")) == "2026-07-14 2026-07-15"
    assert first(9, schedule(rule, "2026-07-14", zone="America/Los_Angeles")) == "2026-07-14"


def test_an_until_before_the_start_leaves_the_start() -> None:
    ended = schedule("FREQ=DAILY;UNTIL=20200101", "2026-03-01")
    assert first(9, ended) == "2026-03-01"
    assert rec.previous_slot(ended, day("2026-06-01")) == day("2026-03-01")


def test_after_is_strict_and_knows_the_time_of_day() -> None:
    daily = schedule("daily", "2026-03-01T09:00")
    for after, expected in (
        ("2026-03-05T08:59:59", "2026-03-05T09:00"),
        ("2026-03-05T09:00", "2026-03-06T09:00"),
        ("2026-03-05", "2026-03-06T09:00"),
        ("1999-01-01", "2026-03-01T09:00"),
    ):
        assert rec.next_slot(daily, slot(after)) == wall(expected)


def test_before_is_strict_and_ends_at_the_start() -> None:
    daily = schedule("daily", "2026-03-01T09:00")
    for before, expected in (
        ("2026-03-05T09:00:01", "2026-03-05T09:00"),
        ("2026-03-05T09:00", "2026-03-04T09:00"),
        ("2026-03-01T09:00:01", "2026-03-01T09:00"),
    ):
        assert rec.previous_slot(daily, slot(before)) == wall(expected)
    assert rec.previous_slot(daily, daily.start) is None


@pytest.mark.parametrize(
    ("rule", "last"),
    [
        ("FREQ=DAILY;COUNT=1", "2026-03-01"),
        ("FREQ=DAILY;COUNT=5", "2026-03-05"),
        ("FREQ=WEEKLY;COUNT=3", "2026-03-15"),
        ("FREQ=DAILY;UNTIL=20260310", "2026-03-10"),
        ("FREQ=DAILY;UNTIL=20260310T235959Z", "2026-03-10"),
    ],
)
def test_the_last_slot_of_an_ended_rule_is_found_from_far_behind(rule: str, last: str) -> None:
    assert rec.previous_slot(schedule(rule, "2026-03-01"), day("9999-12-31")) == day(last)


def test_excluded_slots_are_passed_over_both_ways_and_counted() -> None:
    four = schedule("FREQ=DAILY;COUNT=4", "2026-03-02", excluded="2026-03-03 2026-03-05")
    assert first(9, four) == "2026-03-02 2026-03-04"
    assert rec.previous_slot(four, day("2026-04-01")) == day("2026-03-04")
    assert rec.previous_slot(four, day("2026-03-04")) == day("2026-03-02")
    assert rec.slot_number(four, day("2026-03-04")) == 3


def test_between_takes_the_first_and_leaves_the_last() -> None:
    weekly = schedule("weekly", "2026-03-02T09:00")
    found = between(weekly, wall("2026-03-09T09:00"), wall("2026-03-30T09:00"))
    assert found == slots("2026-03-09T09:00 2026-03-16T09:00 2026-03-23T09:00")
    assert between(weekly, wall("2026-03-09T09:01"), wall("2026-03-30T09:01")) == slots(
        "2026-03-16T09:00 2026-03-23T09:00 2026-03-30T09:00"
    )
    assert between(weekly, day("1970-01-01"), day("2026-03-16")) == slots("2026-03-02T09:00 2026-03-09T09:00")
    assert len(between(weekly, day("2026-01-01"), day("2099-01-01"), limit=7)) == 7


def test_numbers_count_from_the_start() -> None:
    monthly = schedule("monthly", "2026-01-31")
    numbered = [rec.slot_number(monthly, slot) for slot in rec.occurrences(monthly, 30)]
    assert numbered == list(range(1, 31))


@pytest.mark.parametrize(
    ("rule", "today", "expected"),
    [
        ("daily", "2026-06-06", "2026-06-06"),
        ("weekdays", "2026-06-06", "2026-06-08"),
        ("FREQ=MONTHLY;BYMONTHDAY=31", "2026-02-10", "2026-02-28"),
        ("FREQ=MONTHLY;BYDAY=5FR", "2026-06-06", "2026-07-31"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO", "2026-06-06", "2044-02-29"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO", "2026-06-03", "2026-06-15"),
    ],
)
def test_a_recurring_task_without_a_due_gets_the_first_day_on_the_rule(
    rule: str, today: str, expected: str
) -> None:
    found = rec.first_on_or_after(rec.parse_recurrence(rule), day(today), rec.load_zone("UTC"))
    assert found == day(expected)


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("FREQ=DAILY;UNTIL=20260605", "invalid_value"),
        ("FREQ=WEEKLY;BYDAY=MO;UNTIL=20260606T120000Z", "invalid_value"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=-30", "too_rare"),
    ],
)
def test_a_rule_without_a_first_day_is_refused(rule: str, code: str) -> None:
    with pytest.raises(rec.RuleRefused) as refused:
        rec.first_on_or_after(rec.parse_recurrence(rule), day("2026-06-06"), rec.load_zone("UTC"))
    assert refused.value.code == code


def test_a_rule_ends_with_the_calendar() -> None:
    assert first(9, schedule("daily", "9999-12-29")) == "9999-12-29 9999-12-30 9999-12-31"
    late = schedule("daily", "9999-12-29T23:00", zone="America/New_York")
    assert first(9, late) == "9999-12-29T23:00:00 9999-12-30T23:00:00"
    assert rec.previous_slot(late, wall("9999-12-31T23:59")) == wall("9999-12-30T23:00")
    assert rec.next_slot(schedule("weekly", "9999-12-31"), day("9999-12-31")) is None


def test_a_series_from_1970_is_known_to_its_end() -> None:
    whole = schedule("FREQ=DAILY;COUNT=10000", "1970-01-01")
    assert rec.previous_slot(whole, day("9999-12-31")) == day("1997-05-18")
    assert rec.next_slot(whole, day("1997-05-17")) == day("1997-05-18")
    assert rec.next_slot(whole, day("1997-05-18")) is None


def test_a_moment_finds_the_first_slot_later_than_it() -> None:
    new_york = schedule("daily", "2026-03-07T02:30", zone="America/New_York")
    for moment, expected in (
        ("2026-03-08T07:29:59", "2026-03-08T02:30"),
        ("2026-03-08T07:30", "2026-03-09T02:30"),
        ("2000-01-01T00:00", "2026-03-07T02:30"),
    ):
        assert rec.next_slot_after_instant(new_york, utc(moment)) == wall(expected)


def test_a_date_that_a_zone_skipped_stays_in_the_series() -> None:
    rows = rec.preview(schedule("daily", "2011-12-29", zone="Pacific/Apia"), 3)
    assert texts(row.slot for row in rows) == "2011-12-29 2011-12-30 2011-12-31"
    assert rows[1].instant == rows[2].instant == utc("2011-12-30T10:00").astimezone(UTC)
