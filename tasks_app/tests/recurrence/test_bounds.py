"""What is refused, and how quickly."""

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tasks_app import recurrence as rec

from .build import day, schedule, slot, utc

MAX_SECONDS = 0.050

BOMBS: list[tuple[object, str]] = [
    ("FREQ=SECONDLY", "invalid_value"),
    ("FREQ=DAILY;BYSECOND=0,1,2,3,4,5,6,7,8,9", "out_of_range"),
    ("FREQ=DAILY;BYHOUR=24", "out_of_range"),
    ("FREQ=DAILY;BYHOUR=-1", "out_of_range"),
    ("FREQ=DAILY;BYMINUTE=60", "out_of_range"),
    ("FREQ=YEARLY;BYYEARDAY=367", "out_of_range"),
    ("FREQ=YEARLY;BYYEARDAY=0", "out_of_range"),
    ("FREQ=YEARLY;BYWEEKNO=54", "out_of_range"),
    ("FREQ=MONTHLY;BYWEEKNO=20", "conflict"),
    ("FREQ=DAILY;BYYEARDAY=100", "conflict"),
    ("FREQ=MONTHLY;BYYEARDAY=100", "conflict"),
    ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=2MO", "conflict"),
    ("FREQ=HOURLY;BYDAY=2MO", "conflict"),
    ("FREQ=YEARLY;BYWEEKNO=20;BYMONTH=1", "too_rare"),
    ("FREQ=YEARLY;BYYEARDAY=100;BYMONTH=1", "too_rare"),
    ("FREQ=YEARLY;BYEASTER=0", "unknown_part"),
    ("FREQ=DAILY;X-BOMB=1", "unknown_part"),
    ("FREQ=DAILY;INTERVAL=0", "out_of_range"),
    ("FREQ=DAILY;INTERVAL=-1", "out_of_range"),
    ("FREQ=DAILY;INTERVAL=1001", "out_of_range"),
    ("FREQ=DAILY;INTERVAL=99999999999999999999", "out_of_range"),
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
    (";", "malformed"),
    ("FREQ=DAILY;;", "malformed"),
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
    ({"rule": "FREQ=DAILY;BYHOUR=9", "anchor": "completion"}, "by_parts_with_completion"),
    ("FREQ=HOURLY", "needs_time"),
    ("FREQ=MINUTELY;INTERVAL=30", "needs_time"),
    ("FREQ=DAILY;BYHOUR=9", "needs_time"),
    ("FREQ=MONTHLY;BYMINUTE=30", "needs_time"),
]
EVERY = {"hour": ",".join(map(str, range(24))), "minute": ",".join(map(str, range(60)))}
TIMED_BOMBS = [
    ("FREQ=MINUTELY", "too_frequent"),
    ("FREQ=MINUTELY;INTERVAL=4", "too_frequent"),
    ("FREQ=MINUTELY;INTERVAL=2;COUNT=2", "too_frequent"),
    ("FREQ=MINUTELY;BYMINUTE=" + EVERY["minute"], "too_frequent"),
    ("FREQ=HOURLY;BYMINUTE=0,4,8,12,16,20,24,28,32,36,40,44,48", "too_frequent"),
    (f"FREQ=DAILY;BYHOUR={EVERY['hour']};BYMINUTE={EVERY['minute']}", "too_frequent"),
    (f"FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR;BYHOUR={EVERY['hour']};BYMINUTE={EVERY['minute']}", "too_frequent"),
    ("FREQ=HOURLY;INTERVAL=24;BYHOUR=10", "too_rare"),
    ("FREQ=HOURLY;INTERVAL=168;BYDAY=TU", "too_rare"),
    ("FREQ=MINUTELY;INTERVAL=60;BYMINUTE=1", "too_rare"),
    ("FREQ=MINUTELY;INTERVAL=997;BYMONTH=2;BYMONTHDAY=29;BYHOUR=5;BYMINUTE=7", "too_rare"),
    ("FREQ=HOURLY;INTERVAL=1000;BYMONTH=2;BYMONTHDAY=29;BYHOUR=1", "too_rare"),
    ("FREQ=MINUTELY;INTERVAL=5;BYSETPOS=2;BYHOUR=1", "too_rare"),
    ("FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=-31", "too_rare"),
]


@contextmanager
def within_limit() -> Iterator[None]:
    """Run the block in at most 50 ms of processor time; what others left to be collected is not a part of it."""
    gc.collect()
    gc.disable()
    began = time.process_time()
    try:
        yield
    finally:
        took = time.process_time() - began
        gc.enable()
    assert took < MAX_SECONDS


def accept(value: object, start: rec.Slot) -> None:
    """What a request does with a recurrence: read it, then check it against its start."""
    recurrence = rec.parse_recurrence(value)
    rec.check_schedule(rec.Schedule(recurrence, start, rec.load_zone("UTC")))


@pytest.mark.parametrize(("bomb", "code"), BOMBS, ids=[str(bomb)[:60] for bomb, _ in BOMBS])
def test_a_bomb_is_refused_at_once(bomb: object, code: str) -> None:
    with within_limit(), pytest.raises(rec.RuleRefused) as refused:
        accept(bomb, day("2026-06-01"))
    assert refused.value.code == code
    assert refused.value.detail.isascii()
    assert len(refused.value.detail) < 200


@pytest.mark.parametrize(("bomb", "code"), TIMED_BOMBS, ids=[bomb[:60] for bomb, _ in TIMED_BOMBS])
@pytest.mark.parametrize("start", ["1970-01-01T00:00:00", "2026-06-01T09:00:00", "9999-12-31T23:59:59"])
def test_a_bomb_of_hours_and_minutes_is_refused_at_once(bomb: str, code: str, start: str) -> None:
    with within_limit(), pytest.raises(rec.RuleRefused) as refused:
        accept(bomb, slot(start))
    assert refused.value.code == code


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=MINUTELY;INTERVAL=5",
        "FREQ=MINUTELY;BYMINUTE=0,5,10,15,20,25,30,35,40,45,50,55",
        "FREQ=HOURLY;BYMINUTE=0,5,10,15,20,25,30,35,40,45,50,55",
        "FREQ=MINUTELY;BYHOUR=9",
        f"FREQ=WEEKLY;BYDAY=MO;BYHOUR={EVERY['hour']};BYMINUTE={EVERY['minute']}",
    ],
)
def test_a_mean_gap_of_five_minutes_is_accepted(rule: str) -> None:
    for start in ("1970-01-01T00:00:00", "2026-06-01T09:00:00", "9999-12-31T12:00:00"):
        accept(rule, slot(start))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("DTSTART:20260101T090000\nRRULE:FREQ=DAILY", "due_at"),
        ("DTSTART;TZID=Europe/Madrid:20260101T090000\nRRULE:FREQ=DAILY", "due_at"),
        ("RRULE:FREQ=DAILY\nDTSTART:20260101", "due_at"),
        ("FREQ=DAILY;DTSTART=20260101", "due_at"),
        ("dtstart=20260101;freq=daily", "due_at"),
        ("FREQ=DAILY;EXDATE=20260102", "skip or delete"),
        ("RRULE:FREQ=DAILY\r\nEXDATE;VALUE=DATE:20260102", "skip or delete"),
        ("FREQ=DAILY;EXRULE=FREQ=WEEKLY", "skip or delete"),
        ("RDATE:20260105", "task of its own"),
    ],
)
def test_what_stands_beside_a_rule_in_calendars_is_refused_with_what_to_send(text: str, says: str) -> None:
    with pytest.raises(rec.RuleRefused) as refused:
        accept(text, day("2026-06-01"))
    assert refused.value.code == "unknown_part"
    assert says in refused.value.detail


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
    with within_limit():
        found = rec.successor(daily, day("9998-01-01"), utc("2026-01-01T12:00"))
    assert found.slot == day("9998-01-02")
