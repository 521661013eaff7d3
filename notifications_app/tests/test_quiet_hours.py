from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from notifications_app.quiet_hours import quiet_until

NIGHT = (time(22), time(7))
NAP = (time(13), time(14, 30))


def end(now: str, zone: str, hours: tuple[time, time] | None) -> str | None:
    found = quiet_until(datetime.fromisoformat(now), zone=ZoneInfo(zone), hours=hours)
    assert found is None or found.tzinfo is UTC
    return found.strftime("%Y-%m-%dT%H:%MZ") if found else None


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
