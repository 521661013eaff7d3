from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts_app.preferences.quiet_hours import find_quiet_end

NIGHT = (time(22), time(7))
NAP = (time(13), time(14, 30))
PARIS = ZoneInfo("Europe/Paris")


def end(now: str, zone: str, hours: tuple[time, time] | None) -> str | None:
    found = find_quiet_end(datetime.fromisoformat(now), zone=ZoneInfo(zone), hours=hours)
    assert found is None or found.tzinfo is UTC
    return found.strftime("%Y-%m-%dT%H:%MZ") if found else None


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def release(instant: datetime, hours: tuple[time, time], *, zone: ZoneInfo = PARIS) -> datetime:
    return find_quiet_end(instant, zone=zone, hours=hours) or instant


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-01-31T21:59:59Z", None),
        ("2026-01-31T22:00:00Z", "2026-02-01T07:00Z"),
        ("2026-02-01T00:00:00Z", "2026-02-01T07:00Z"),
        ("2026-02-01T06:59:59Z", "2026-02-01T07:00Z"),
        ("2026-02-01T07:00:00Z", None),
    ],
)
def test_a_night_is_quiet_from_its_start_until_before_its_end(now: str, expected: str | None) -> None:
    assert end(now, "UTC", NIGHT) == expected


def test_hours_within_a_day_end_on_that_day() -> None:
    assert end("2026-01-31T13:00:00Z", "UTC", NAP) == "2026-01-31T14:30Z"
    assert end("2026-01-31T14:30:00Z", "UTC", NAP) is None


def test_the_hours_are_of_the_users_zone_over_a_clock_change() -> None:
    assert end("2026-10-24T21:15:00Z", "Europe/Paris", NIGHT) == "2026-10-25T06:00Z"
    assert end("2026-03-28T22:15:00Z", "Europe/Paris", NIGHT) == "2026-03-29T05:00Z"


def test_an_end_that_a_clock_change_skips_moves_forward_by_the_gap() -> None:
    assert end("2026-03-28T23:00:00Z", "Europe/Paris", (time(22), time(2, 30))) == "2026-03-29T01:30Z"


def test_an_end_that_comes_twice_is_the_first_that_is_still_ahead() -> None:
    hours = (time(22), time(2, 30))
    assert end("2026-10-24T23:59:00Z", "Europe/Paris", hours) == "2026-10-25T00:30Z"
    assert end("2026-10-25T01:10:00Z", "Europe/Paris", hours) == "2026-10-25T01:30Z"


def test_equal_ends_and_none_mean_no_quiet_hours() -> None:
    assert end("2026-01-31T22:00:00Z", "UTC", (time(22), time(22))) is None
    assert end("2026-01-31T22:00:00Z", "UTC", None) is None


@pytest.mark.parametrize(
    ("now", "released"),
    [
        ("2026-06-01T19:59", "2026-06-01T19:59"),
        ("2026-06-01T20:00", "2026-06-02T05:00"),
        ("2026-06-01T23:30", "2026-06-02T05:00"),
        ("2026-06-02T04:59", "2026-06-02T05:00"),
        ("2026-06-02T05:00", "2026-06-02T05:00"),
        ("2026-03-28T22:00", "2026-03-29T05:00"),
        ("2026-10-24T21:15", "2026-10-25T06:00"),
    ],
)
def test_quiet_hours_over_midnight_hold_until_morning(now: str, released: str) -> None:
    assert release(utc(now), (time(22), time(7))) == utc(released)


@pytest.mark.parametrize(
    ("now", "released"),
    [
        ("2026-06-01T10:59", "2026-06-01T10:59"),
        ("2026-06-01T11:30", "2026-06-01T13:00"),
        ("2026-06-01T13:00", "2026-06-01T13:00"),
    ],
)
def test_quiet_hours_within_a_day(now: str, released: str) -> None:
    assert release(utc(now), (time(13), time(15))) == utc(released)


def test_equal_times_hold_nothing() -> None:
    now = utc("2026-06-01T20:00")
    assert release(now, (time(22), time(22))) == now


@pytest.mark.parametrize("zone", [PARIS, ZoneInfo("UTC"), ZoneInfo("America/Los_Angeles")])
def test_quiet_hours_that_the_calendar_ends_before_hold_nothing(zone: ZoneInfo) -> None:
    late = utc("9999-12-31T23:30")
    assert release(late, (time(12), time(7)), zone=zone) == late


def test_quiet_hours_that_end_in_the_repeated_hour_end_after_now() -> None:
    """On 25 October 2026 02:30 comes at 00:30Z and at 01:30Z."""
    first_pass, second_pass = utc("2026-10-25T00:15"), utc("2026-10-25T01:15")
    assert release(first_pass, (time(22), time(2, 30))) == utc("2026-10-25T00:30")
    assert release(second_pass, (time(22), time(2, 30))) == utc("2026-10-25T01:30")


def test_quiet_hours_that_end_in_the_skipped_hour_end_after_the_gap() -> None:
    assert release(utc("2026-03-28T23:00"), (time(22), time(2, 30))) == utc("2026-03-29T01:30")


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 400 * 24 * 60), st.times(), st.times())
def test_a_release_is_never_before_and_less_than_26_hours_after(minutes: int, start: time, end: time) -> None:
    now = utc("2026-01-01T00:00") + minutes * (utc("2026-01-01T00:01") - utc("2026-01-01T00:00"))
    released = release(now, (start, end))
    assert now <= released
    assert (released - now).total_seconds() < 26 * 3600
