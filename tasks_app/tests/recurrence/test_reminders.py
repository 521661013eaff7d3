"""Reminder offsets and quiet hours."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks_app import recurrence as rec

from .build import day, utc, wall

MADRID, NEW_YORK, PARIS = (
    rec.load_zone(name) for name in ("Europe/Madrid", "America/New_York", "Europe/Paris")
)


def fires(due: rec.Due, offset: str) -> str:
    return f"{rec.fire_at(due, rec.parse_offset(offset), MADRID):%Y-%m-%dT%H:%M}"


@pytest.mark.parametrize(
    ("written", "text", "days", "seconds"),
    [
        ("-P1D", "-P1D", -1, 0),
        ("-PT24H", "-PT24H", 0, -86_400),
        ("-p1dt2h", "-P1DT2H", -1, -7200),
        ("-P2W", "-P2W", -14, 0),
        ("-PT1H30M15S", "-PT1H30M15S", 0, -5415),
        ("PT9H", "PT9H", 0, 32_400),
        ("+P1D", "+P1D", 1, 0),
        ("PT0S", "PT0S", 0, 0),
        ("15m", "-PT15M", 0, -900),
        ("15min", "-PT15M", 0, -900),
        ("15 mins", "-PT15M", 0, -900),
        ("1h", "-PT1H", 0, -3600),
        ("1hr", "-PT1H", 0, -3600),
        ("1d", "-P1D", -1, 0),
        ("1Day", "-P1D", -1, 0),
        ("1 hour", "-PT1H", 0, -3600),
        ("90 minutes", "-PT90M", 0, -5400),
        ("90 Minutes  before", "-PT90M", 0, -5400),
        ("2 days before", "-P2D", -2, 0),
        ("1 week before", "-P1W", -7, 0),
        ("3 WKS earlier", "-P3W", -21, 0),
        ("30 secs", "-PT30S", 0, -30),
        ("1h30m", "-PT1H30M", 0, -5400),
        ("1 day, 2 hours and 5 min", "-P1DT2H5M", -1, -7500),
        ("1 week and 1 day", "-P8D", -8, 0),
        ("2 hours after", "PT2H", 0, 7200),
        ("1 day later", "P1D", 1, 0),
        ("-PT007M", "-PT7M", 0, -420),
        ("-P000000001DT000000001H000000001M000000001S", "-P1DT1H1M1S", -1, -3661),
    ],
)
def test_an_offset_is_read(written: str, text: str, days: int, seconds: int) -> None:
    assert rec.parse_offset(written) == rec.Offset(text, days, seconds)
    assert rec.parse_offset(text) == rec.parse_offset(written)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "malformed"),
        ("P", "malformed"),
        ("-PT", "malformed"),
        ("-P1DT", "malformed"),
        ("-P1M", "malformed"),
        ("-P1Y", "malformed"),
        ("-P1W2D", "malformed"),
        ("P-1D", "malformed"),
        ("-PT1.5H", "malformed"),
        ("-1d", "malformed"),
        ("15", "malformed"),
        ("1 fortnight", "malformed"),
        ("1 hour 2 hours", "malformed"),
        ("1 month before", "malformed"),
        ("before", "malformed"),
        ("1 hour before after", "malformed"),
        ("2 hours, ", "malformed"),
        ("15m" + " " * 100 + "and more", "malformed"),
        ("1 day\u017f", "malformed"),
        ("-PT٣H", "malformed"),
        ("-PT" + "9" * 100_000 + "H", "malformed"),
        (15, "invalid_type"),
        (None, "invalid_type"),
        (["15m"], "invalid_type"),
    ],
)
def test_what_is_not_an_offset_is_refused(written: object, code: str) -> None:
    with pytest.raises(rec.OffsetRefused) as refused:
        rec.parse_offset(written, field="reminders[0].offset")
    assert (refused.value.code, refused.value.field) == (code, "reminders[0].offset")


@pytest.mark.parametrize("written", ["523 weeks", "-P3661D", "-P999999999W", "-PT99999999H", "P3661D"])
@pytest.mark.parametrize("due", [rec.Day(date(2026, 7, 15)), rec.Floating(wall("2026-07-15T09:00"))])
def test_more_than_ten_years_are_refused(written: str, due: rec.Due) -> None:
    with pytest.raises(rec.OffsetRefused) as refused:
        rec.check_offset(rec.parse_offset(written), due)
    assert refused.value.code == "out_of_range"


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="+-PTWDHMS0123456789 minhrday", max_size=20))
def test_an_offset_reads_back_or_is_refused(text: str) -> None:
    try:
        offset = rec.parse_offset(text)
    except rec.OffsetRefused:
        return
    assert rec.parse_offset(offset.text) == offset


@pytest.mark.parametrize(
    "due",
    [
        rec.timed_from_wall(wall("2026-07-15T09:00"), MADRID),
        rec.floating_from_wall(wall("2026-07-15T09:00")),
    ],
)
def test_a_reminder_comes_up_to_30_days_after_a_due_with_a_time(due: rec.Due) -> None:
    for written in ("PT0M", "PT2H", "2 hours after", "P30D", "PT720H"):
        rec.check_offset(rec.parse_offset(written), due)
    assert fires(due, "PT2H") == "2026-07-15T09:00"
    assert fires(due, "P30D") == "2026-08-14T07:00"
    for written in ("P31D", "PT721H", "P30DT1S"):
        with pytest.raises(rec.OffsetRefused) as refused:
            rec.check_offset(rec.parse_offset(written), due)
        assert refused.value.code == "out_of_range"


def test_a_reminder_of_a_day_comes_as_late_as_offsets_go() -> None:
    rec.check_offset(rec.parse_offset("P3660D"), rec.day_from_date(day("2026-07-15")))


def test_bounds_of_what_people_send_do_not_apply_to_what_is_stored() -> None:
    assert rec.load_offset("-P3661D") == rec.Offset("-P3661D", -3661, 0)


def test_hours_of_a_day_count_on_the_wall_clock() -> None:
    """On 29 March 2026 the clocks of Madrid go from 02:00 to 03:00: nine is nine all the same."""
    short = rec.day_from_date(day("2026-03-29"))
    assert fires(short, "PT9H") == "2026-03-29T07:00"
    assert fires(short, "-PT15H") == "2026-03-28T08:00"
    assert fires(short, "-P1D") == "2026-03-27T23:00"
    assert fires(short, "PT2H30M") == "2026-03-29T01:30"
    assert fires(rec.day_from_date(day("2026-03-30")), "-PT24H") == "2026-03-28T23:00"


def test_hours_of_a_timed_due_are_exact() -> None:
    due = rec.timed_from_wall(wall("2026-03-29T10:00"), MADRID)
    assert fires(due, "-PT8H") == "2026-03-29T00:00"
    assert fires(due, "-P1DT1H") == "2026-03-28T08:00"
    assert fires(due, "-P1W") == "2026-03-22T09:00"


def test_a_day_before_a_skipped_time_and_onto_one() -> None:
    assert fires(rec.timed_from_wall(wall("2026-03-30T02:30"), MADRID), "-P1D") == "2026-03-29T01:30"
    assert fires(rec.timed_from_wall(wall("2026-03-29T02:30"), MADRID), "-P1D") == "2026-03-28T01:30"


def test_the_second_of_two_counts_from_its_own_instant() -> None:
    second = rec.timed_from_instant(utc("2026-11-01T06:30"), NEW_YORK)
    assert fires(second, "-PT15M") == "2026-11-01T06:15"
    assert fires(second, "-P1D") == "2026-10-31T05:30"


def test_a_floating_due_is_reminded_where_the_user_is() -> None:
    due, offset = rec.floating_from_wall(wall("2026-07-15T09:00")), rec.parse_offset("-PT1H")
    assert rec.fire_at(due, offset, MADRID) == utc("2026-07-15T06:00")
    assert rec.fire_at(due, offset, NEW_YORK) == utc("2026-07-15T12:00")


def test_a_reminder_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(rec.OffsetRefused) as refused:
        rec.fire_at(rec.day_from_date(day("9999-12-31")), rec.parse_offset("P2D"), MADRID)
    assert refused.value.code == "out_of_range"
