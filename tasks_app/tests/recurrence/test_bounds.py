"""What is refused, and how quickly."""

import time
from datetime import date

import pytest

from tasks_app import recurrence as rec

from .build import day, schedule, utc

MAX_SECONDS = 0.050

BOMBS: list[tuple[object, str]] = [
    ("FREQ=SECONDLY", "invalid_value"),
    ("FREQ=MINUTELY;INTERVAL=1", "invalid_value"),
    ("FREQ=HOURLY", "invalid_value"),
    ("FREQ=DAILY;BYSECOND=0,1,2,3,4,5,6,7,8,9", "unknown_part"),
    ("FREQ=DAILY;BYMINUTE=0,59", "unknown_part"),
    ("FREQ=DAILY;BYHOUR=0,1,2,3", "unknown_part"),
    ("FREQ=YEARLY;BYYEARDAY=366", "unknown_part"),
    ("FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO", "unknown_part"),
    ("FREQ=YEARLY;BYEASTER=0", "unknown_part"),
    ("FREQ=DAILY;X-BOMB=1", "unknown_part"),
    ("FREQ=DAILY;INTERVAL=0", "out_of_range"),
    ("FREQ=DAILY;INTERVAL=-1", "out_of_range"),
    ("FREQ=DAILY;INTERVAL=1001", "out_of_range"),
    ("FREQ=DAILY;INTERVAL=99999999999999999999", "invalid_value"),
    ("FREQ=DAILY;INTERVAL=1e9", "invalid_value"),
    ("FREQ=DAILY;COUNT=0", "out_of_range"),
    ("FREQ=DAILY;COUNT=10001", "out_of_range"),
    ("FREQ=DAILY;COUNT=999999999", "out_of_range"),
    ("FREQ=DAILY;COUNT=5;UNTIL=20301231", "conflict"),
    ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "impossible_day"),
    ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31", "impossible_day"),
    ("FREQ=MONTHLY;BYMONTH=2,4,6,9,11;BYMONTHDAY=31", "impossible_day"),
    ("FREQ=MONTHLY;BYMONTH=4;BYMONTHDAY=1,31", "impossible_day"),
    ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=-30", "too_rare"),
    ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=-31;UNTIL=99991231", "too_rare"),
    ("FREQ=YEARLY;INTERVAL=1000", "too_rare"),
    ("FREQ=YEARLY;INTERVAL=51;COUNT=10000", "too_rare"),
    ("FREQ=MONTHLY;INTERVAL=1000", "too_rare"),
    ("FREQ=YEARLY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO", "too_rare"),
    ("FREQ=DAILY;INTERVAL=7;BYDAY=TU", "too_rare"),
    ("FREQ=DAILY;INTERVAL=1000;BYMONTH=2;BYMONTHDAY=29", "too_rare"),
    ("FREQ=MONTHLY;INTERVAL=12;BYMONTH=2", "too_rare"),
    ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6", "too_rare"),
    ("FREQ=DAILY;BYDAY=MO;BYSETPOS=2", "too_rare"),
    ("FREQ=MONTHLY;BYMONTHDAY=1,2,3,4,5,6,7;BYDAY=-1MO", "too_rare"),
    ("FREQ=MONTHLY;BYDAY=6MO", "out_of_range"),
    ("FREQ=YEARLY;BYDAY=54MO", "out_of_range"),
    ("FREQ=YEARLY;BYMONTHDAY=32", "out_of_range"),
    ("FREQ=YEARLY;BYMONTH=13", "out_of_range"),
    ("FREQ=YEARLY;BYMONTHDAY=0", "out_of_range"),
    ("FREQ=DAILY;BYSETPOS=367;BYMONTH=1", "out_of_range"),
    ("FREQ=DAILY;BYSETPOS=1", "missing_part"),
    ("FREQ=WEEKLY;BYMONTHDAY=13", "conflict"),
    ("FREQ=WEEKLY;BYDAY=2MO", "conflict"),
    ("FREQ=DAILY;FREQ=YEARLY", "duplicate_part"),
    ("INTERVAL=1", "missing_part"),
    ("", "malformed"),
    ("FREQ=DAILY;", "malformed"),
    ("FREQ=DAILY\nRRULE:FREQ=DAILY", "malformed"),
    ("RRULE:RRULE:FREQ=DAILY", "malformed"),
    ("FREQ=DAILY\x00", "malformed"),
    ("FREQ=DAILY;BYMONTH=" + ",".join(["1"] * 300), "too_long"),
    ("FREQ=" + "A" * 1_000_000, "too_long"),
    ("FREQ=DAILY;UNTIL=20260230", "invalid_value"),
    ("FREQ=DAILY;UNTIL=00010101", "invalid_value"),
    ("FREQ=DAILY;UNTIL=20260101T250000Z", "invalid_value"),
    ({"frequency": "daily", "interval": 10**30}, "out_of_range"),
    ({"frequency": "daily", "count": 10**6}, "out_of_range"),
    ({"frequency": "yearly", "interval": 900}, "too_rare"),
    ({"rule": "FREQ=WEEKLY;BYDAY=MO", "anchor": "completion"}, "by_parts_with_completion"),
]


def accept(value: object, start: date) -> None:
    """What a request does with a recurrence: read it, then check it against its start."""
    recurrence = rec.parse_recurrence(value)
    rec.check_schedule(rec.Schedule(recurrence, start, rec.load_zone("UTC")))


@pytest.mark.parametrize(("bomb", "code"), BOMBS, ids=[str(bomb)[:60] for bomb, _ in BOMBS])
def test_a_bomb_is_refused_at_once(bomb: object, code: str) -> None:
    began = time.process_time()
    with pytest.raises(rec.RuleRefused) as refused:
        accept(bomb, day("2026-06-01"))
    assert time.process_time() - began < MAX_SECONDS
    assert refused.value.code == code
    assert refused.value.detail.isascii()
    assert len(refused.value.detail) < 200


@pytest.mark.parametrize("start", ["1970-01-01", "2026-01-31", "2024-02-29", "9950-01-01", "9999-12-31"])
def test_a_rule_that_never_matches_is_refused_from_every_start(start: str) -> None:
    with pytest.raises(rec.RuleRefused) as refused:
        accept("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=-31", day(start))
    assert refused.value.code == "too_rare"


def test_a_second_occurrence_exactly_50_years_on_is_accepted() -> None:
    accept("FREQ=YEARLY;INTERVAL=50", day("2026-06-01"))
    accept("FREQ=MONTHLY;INTERVAL=600", day("2026-06-01"))


def test_a_second_occurrence_a_day_after_50_years_is_refused() -> None:
    second_monday = "FREQ=YEARLY;INTERVAL=50;BYMONTH=1;BYDAY=2MO"
    accept(second_monday, day("2026-01-13"))
    with pytest.raises(rec.RuleRefused) as refused:
        accept(second_monday, day("2026-01-12"))
    assert refused.value.code == "too_rare"


def test_a_rule_that_the_end_of_the_calendar_cuts_is_accepted() -> None:
    accept("FREQ=YEARLY", day("9999-06-01"))
    assert rec.next_slot(schedule("yearly", "9999-06-01"), day("9999-06-01")) is None


def test_29_february_is_accepted_over_a_century_without_it() -> None:
    accept({"rule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", "overflow": "omit"}, day("2096-02-29"))


def test_february_from_the_30th_is_refused_with_omit_and_accepted_with_clamp() -> None:
    accept("FREQ=YEARLY;BYMONTH=2", day("2026-01-30"))
    with pytest.raises(rec.RuleRefused) as refused:
        accept({"rule": "FREQ=YEARLY;BYMONTH=2", "overflow": "omit"}, day("2026-01-30"))
    assert refused.value.code == "too_rare"


def test_500_characters_are_accepted_and_501_are_not() -> None:
    rule = "FREQ=DAILY;BYMONTH="
    fitting = rule + ",".join(["11"] * 160)
    fitting += ",1" * ((500 - len(fitting)) // 2) + "1" * ((500 - len(fitting)) % 2)
    assert len(fitting) == 500
    accept(fitting, day("2026-01-01"))
    with pytest.raises(rec.RuleRefused) as refused:
        accept(fitting.replace("FREQ=DAILY", "FREQ=WEEKLY"), day("2026-01-01"))
    assert refused.value.code == "too_long"


def test_a_completed_moment_far_from_the_own_slot_costs_nothing() -> None:
    daily = schedule("daily", "1970-01-01", anchor="completion")
    began = time.process_time()
    found = rec.successor(daily, day("9998-01-01"), utc("2026-01-01T12:00"))
    assert found.slot == day("9998-01-02")
    assert time.process_time() - began < MAX_SECONDS
