"""When dues are: gaps, times that happen twice, days in zones without their midnight."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks_app import recurrence as rec

from .build import day, utc, wall

NEW_YORK, MADRID, APIA = (rec.load_zone(n) for n in ("America/New_York", "Europe/Madrid", "Pacific/Apia"))
LORD_HOWE = rec.load_zone("Australia/Lord_Howe")
ODD_ZONES = (
    "America/Sao_Paulo",
    "Africa/Cairo",
    "Asia/Beirut",
    "Pacific/Apia",
    "Pacific/Kwajalein",
    "Australia/Lord_Howe",
    "America/Havana",
    "America/St_Johns",
    "Africa/Monrovia",
    "Asia/Kathmandu",
    "Europe/Madrid",
    "Etc/GMT+12",
    "Pacific/Kiritimati",
)


@pytest.mark.parametrize(
    ("zone", "local", "instant", "moved_to", "note"),
    [
        ("Europe/Madrid", "2026-03-29T02:30", "2026-03-29T01:30", "2026-03-29T03:30", "gap"),
        ("Europe/Madrid", "2026-03-29T03:00", "2026-03-29T01:00", "2026-03-29T03:00", None),
        ("Europe/Madrid", "2026-10-25T02:30", "2026-10-25T00:30", "2026-10-25T02:30", None),
        ("Australia/Lord_Howe", "2026-10-04T02:15", "2026-10-03T15:45", "2026-10-04T02:45", "gap"),
        ("Australia/Lord_Howe", "2026-04-05T01:45", "2026-04-04T14:45", "2026-04-05T01:45", None),
        ("America/Sao_Paulo", "2018-11-04T00:30", "2018-11-04T03:30", "2018-11-04T01:30", "gap"),
        ("Pacific/Apia", "2011-12-30T09:00", "2011-12-30T19:00", "2011-12-31T09:00", "gap"),
    ],
)
def test_a_wall_time_becomes_an_instant(
    zone: str, local: str, instant: str, moved_to: str, note: str | None
) -> None:
    resolved = rec.resolve(rec.timed_from_wall(wall(local), rec.load_zone(zone)), NEW_YORK)
    assert resolved == rec.Resolved(utc(instant), wall(moved_to), note)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("instant", "fold"), [("2026-11-01T05:30", 0), ("2026-11-01T06:30", 1), ("2026-11-02T06:30", 0)]
)
def test_a_due_given_with_an_offset_keeps_its_own_of_two(instant: str, fold: int) -> None:
    due = rec.timed_from_instant(utc(instant), NEW_YORK)
    assert (due.wall.time(), due.fold) == (wall("2026-11-01T01:30").time(), fold)
    assert rec.resolve(due, MADRID).instant == utc(instant)


def test_two_dues_an_hour_apart_on_the_same_wall_time_differ() -> None:
    dues = {rec.timed_from_instant(utc(f"2026-11-01T0{hour}:30"), NEW_YORK) for hour in (5, 6)}
    assert len(dues) == 2


def test_a_series_keeps_the_second_of_two_for_its_start_alone() -> None:
    due = rec.timed_from_instant(utc("2026-11-01T06:30"), NEW_YORK)
    yearly = rec.Schedule(rec.parse_recurrence("FREQ=DAILY;INTERVAL=364"), rec.slot_of(due), NEW_YORK)
    rows = rec.preview(yearly, 2)
    assert rows[0].instant == utc("2026-11-01T06:30")
    assert rows[1].slot == wall("2027-10-31T01:30")
    assert rows[1].instant == utc("2027-10-31T05:30")


def test_a_time_that_does_not_happen_twice_ignores_fold() -> None:
    plain = rec.Timed(wall("2026-06-01T09:00"), MADRID, fold=1)
    skipped = rec.Timed(wall("2026-03-29T02:30"), MADRID, fold=1)
    assert rec.resolve(plain, MADRID).instant == utc("2026-06-01T07:00")
    assert rec.resolve(skipped, MADRID).instant == utc("2026-03-29T01:30")


@pytest.mark.parametrize(
    ("zone", "date_", "start", "hours"),
    [
        ("Europe/Madrid", "2026-03-29", "2026-03-28T23:00", 23),
        ("Europe/Madrid", "2026-10-25", "2026-10-24T22:00", 25),
        ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00", 23),
        ("Africa/Cairo", "2024-04-26", "2024-04-25T22:00", 23),
        ("Asia/Beirut", "2024-03-31", "2024-03-30T22:00", 23),
        ("America/Havana", "2026-11-01", "2026-11-01T04:00", 25),
        ("Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30", 23.5),
        ("Pacific/Apia", "2011-12-29", "2011-12-29T10:00", 24),
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00", 0),
        ("Pacific/Apia", "2011-12-31", "2011-12-30T10:00", 24),
        ("Pacific/Kwajalein", "1993-08-21", "1993-08-21T12:00", 0),
    ],
)
def test_a_day_runs_from_its_first_existing_instant(zone: str, date_: str, start: str, hours: float) -> None:
    of, within = day(date_), rec.load_zone(zone)
    assert rec.day_start(of, within) == utc(start)
    assert rec.day_end(of, within) - rec.day_start(of, within) == timedelta(hours=hours)


def test_a_day_whose_gap_begins_before_midnight_starts_where_the_gap_ends() -> None:
    """Toronto went from 23:30 on 30 March 1919 to 00:30 on the 31st."""
    toronto = rec.load_zone("America/Toronto")
    assert rec.day_start(date(1919, 3, 31), toronto) == datetime(1919, 3, 31, 4, 30, tzinfo=UTC)


def test_a_day_is_overdue_when_the_next_day_starts() -> None:
    due, end = rec.day_from_date(day("2026-03-29")), utc("2026-03-29T22:00")
    assert rec.overdue_at(due, MADRID) == end


def test_a_skipped_day_is_overdue_as_it_starts() -> None:
    due = rec.day_from_date(day("2011-12-30"), APIA)
    assert rec.resolve(due, MADRID).instant == rec.overdue_at(due, MADRID) == utc("2011-12-30T10:00")


def test_days_and_floating_dues_follow_the_user_and_timed_ones_do_not() -> None:
    nine = wall("2026-07-15T09:00")
    dues = (rec.timed_from_wall(nine, MADRID), rec.floating_from_wall(nine), rec.day_from_date(nine.date()))
    in_new_york = [rec.resolve(due, NEW_YORK).instant for due in dues]
    assert in_new_york == [utc("2026-07-15T07:00"), utc("2026-07-15T13:00"), utc("2026-07-15T04:00")]
    assert rec.resolve(rec.day_from_date(nine.date(), MADRID), NEW_YORK).instant == utc("2026-07-14T22:00")


@pytest.mark.parametrize("text", ["2026-01-31", "1970-01-01", "9999-12-31T23:59:59", "2026-03-08T02:30:00"])
def test_a_slot_reads_back(text: str) -> None:
    assert rec.slot_text(rec.parse_slot(text)) == text


@pytest.mark.parametrize(
    "text", ["", "2026-1-31", "2026-01-31T09:00", "2026-01-31T09:00:00Z", "1969-12-31", "x"]
)
def test_what_is_not_a_slot_is_refused(text: str) -> None:
    with pytest.raises(rec.DueRefused):
        rec.parse_slot(text)


@pytest.mark.parametrize(
    "name", ["", "madrid", "europe/madrid", "../../etc/passwd", "CEST", "localtime", 7, None, "a\x00"]
)
def test_what_is_not_a_zone_is_refused(name: object) -> None:
    with pytest.raises(rec.DueRefused) as refused:
        rec.load_zone(name)
    assert refused.value.code == "unknown_zone"
    assert refused.value.field == "time_zone"


def test_dues_outside_the_calendar_are_refused() -> None:
    beyond = (
        lambda: rec.timed_from_wall(wall("1969-12-31T23:59"), MADRID),
        lambda: rec.floating_from_wall(wall("1969-12-31T23:59")),
        lambda: rec.floating_from_wall(wall("9999-12-31T12:00")),
        lambda: rec.day_from_date(day("1969-12-31")),
        lambda: rec.timed_from_wall(wall("9999-12-31T23:00"), NEW_YORK),
        lambda: rec.timed_from_instant(utc("9999-12-31T23:30"), MADRID),
    )
    for due in beyond:
        with pytest.raises(rec.DueRefused) as refused:
            due()
        assert refused.value.code == "out_of_range"


def test_the_first_and_the_last_day_have_their_instants() -> None:
    tokyo = rec.load_zone("Asia/Tokyo")
    assert rec.resolve(rec.day_from_date(day("1970-01-01")), tokyo).instant == utc("1969-12-31T15:00")
    last = rec.day_from_date(day("9999-12-31"))
    assert rec.resolve(last, NEW_YORK).instant == utc("9999-12-31T05:00")
    assert rec.overdue_at(last, NEW_YORK) > utc("9999-12-31T23:59")


def test_fractions_of_a_second_are_dropped() -> None:
    due = rec.timed_from_instant(utc("2026-06-01T09:00").replace(microsecond=999_999), MADRID)
    assert due.wall == wall("2026-06-01T11:00")


DAYS = st.dates(date(1970, 1, 1), date(2200, 12, 31))
ZONES = st.sampled_from(ODD_ZONES).map(rec.load_zone)


@settings(max_examples=400, deadline=None)
@given(DAYS, ZONES)
def test_days_follow_each_other_without_a_hole(of: date, zone: ZoneInfo) -> None:
    start, end = rec.day_start(of, zone), rec.day_end(of, zone)
    assert start <= end == rec.day_start(of + timedelta(days=1), zone)
    assert start.astimezone(zone).date() >= of
    assert (start - timedelta(seconds=1)).astimezone(zone).date() < of


@settings(max_examples=400, deadline=None)
@given(st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1)), ZONES)  # noqa: DTZ001 - wall times
def test_an_instant_given_with_an_offset_comes_back_exactly(moment: datetime, zone: ZoneInfo) -> None:
    instant = moment.replace(microsecond=0, tzinfo=UTC)
    assert rec.resolve(rec.timed_from_instant(instant, zone), NEW_YORK).instant == instant


@settings(max_examples=400, deadline=None)
@given(st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1)), ZONES)  # noqa: DTZ001 - wall times
def test_a_wall_time_that_exists_is_kept_and_one_that_does_not_moves_forward(
    moment: datetime, zone: ZoneInfo
) -> None:
    due = rec.timed_from_wall(moment, zone)
    resolved = rec.resolve(due, NEW_YORK)
    assert resolved.instant.astimezone(zone).replace(tzinfo=None) == resolved.local
    assert (resolved.local > due.wall) == (resolved.note == "gap")
