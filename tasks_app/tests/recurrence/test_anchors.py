"""Which slot completing leads to, and what is missed."""

import pytest

from tasks_app import recurrence as rec

from .build import day, schedule, slot, slots, utc, wall


def successor_of(own: str, completed: str, of: rec.Schedule, number: int | None = None) -> str | None:
    found = rec.successor(of, slot(own), utc(completed), number=number)
    return None if found.slot is None else rec.slot_text(found.slot)


def test_future_on_time_misses_nothing() -> None:
    daily = schedule("daily", "2026-03-02T09:00")
    assert rec.successor(daily, daily.start, utc("2026-03-02T09:05")) == rec.Successor(
        wall("2026-03-03T09:00")
    )


def test_future_completed_early_takes_the_slot_after_its_own() -> None:
    weekly = schedule("weekly", "2026-09-14T08:00")
    assert rec.successor(weekly, weekly.start, utc("2026-08-01T00:00")) == rec.Successor(
        wall("2026-09-21T08:00")
    )


def test_future_completed_at_the_very_moment_of_a_slot_takes_the_next() -> None:
    weekly = schedule("weekly", "2026-09-14T08:00")
    found = rec.successor(weekly, weekly.start, utc("2026-09-21T08:00"))
    assert found == rec.Successor(wall("2026-09-28T08:00"), rec.Missed.of(*slots("2026-09-21T08:00")))


def test_future_of_an_overdue_day_done_today_is_tomorrow() -> None:
    """A day counts as later than the moment when its first instant is; today has begun."""
    daily = schedule("daily", "2026-03-02", zone="Europe/Madrid")
    found = rec.successor(daily, daily.start, utc("2026-03-03T10:00"))
    assert found == rec.Successor(day("2026-03-04"), rec.Missed.of(*slots("2026-03-03")))


def test_future_looks_at_the_days_of_the_tasks_zone() -> None:
    completed_at = utc("2026-03-03T20:00")
    tokyo, los_angeles = (
        schedule("daily", "2026-03-02", zone=z) for z in ("Asia/Tokyo", "America/Los_Angeles")
    )
    assert rec.successor(tokyo, tokyo.start, completed_at).slot == day("2026-03-05")
    assert rec.successor(los_angeles, los_angeles.start, completed_at).slot == day("2026-03-04")


def test_future_starts_from_the_original_slot_not_from_where_it_was_moved() -> None:
    """The Monday was moved to Thursday and done there: Tuesday to Thursday are behind, Friday comes."""
    daily = schedule("daily", "2026-03-02T09:00")
    found = rec.successor(daily, wall("2026-03-02T09:00"), utc("2026-03-05T10:00"))
    assert found.slot == wall("2026-03-06T09:00")
    assert found.missed == rec.Missed.of(*slots("2026-03-03T09:00 2026-03-04T09:00 2026-03-05T09:00"))


def test_future_over_a_gap_compares_instants() -> None:
    """02:30 is 03:30 EDT on 8 March: at 03:15 EDT that day's slot is still to come."""
    new_york = schedule("daily", "2026-03-07T02:30", zone="America/New_York")
    found = rec.successor(new_york, new_york.start, utc("2026-03-08T07:15"))
    assert found == rec.Successor(wall("2026-03-08T02:30"))


def test_future_does_not_record_excluded_slots_as_missed() -> None:
    daily = schedule("daily", "2026-03-02", excluded="2026-03-04 2026-03-06")
    found = rec.successor(daily, daily.start, utc("2026-03-05T12:00"))
    assert found == rec.Successor(day("2026-03-07"), rec.Missed.of(*slots("2026-03-03 2026-03-05")))


def test_future_records_what_was_left_when_the_rule_ended_meanwhile() -> None:
    three = schedule("FREQ=DAILY;COUNT=3", "2026-03-02")
    assert rec.successor(three, three.start, utc("2026-06-01T12:00")) == rec.Successor(
        None, rec.Missed.of(*slots("2026-03-03 2026-03-04"))
    )


@pytest.mark.parametrize("anchor", ["future", "due", "completion"])
@pytest.mark.parametrize("end", ["COUNT=3", "UNTIL=20260304", "UNTIL=20260304T235959Z"])
def test_the_last_occurrence_has_no_successor(anchor: str, end: str) -> None:
    ending = schedule(f"FREQ=DAILY;{end}", "2026-03-02", anchor=anchor)
    assert successor_of("2026-03-03", "2026-03-03T12:00", ending, number=2) == "2026-03-04"
    assert rec.successor(ending, day("2026-03-04"), utc("2026-03-04T12:00"), number=3) == rec.Successor(None)


def test_due_goes_on_one_by_one_in_the_past() -> None:
    daily = schedule("daily", "2026-03-02T09:00", anchor="due")
    assert successor_of("2026-03-02T09:00", "2026-06-01T12:00", daily) == "2026-03-03T09:00:00"


@pytest.mark.parametrize(
    ("rule", "own", "completed", "expected"),
    [
        ("FREQ=DAILY;INTERVAL=30", "2026-03-02", "2026-03-20T12:00", "2026-04-19"),
        ("FREQ=DAILY;INTERVAL=30", "2026-03-02", "2026-02-20T12:00", "2026-03-22"),
        ("FREQ=DAILY;INTERVAL=3", "2026-03-10", "2026-03-08T12:00", "2026-03-11"),
        ("FREQ=DAILY;INTERVAL=3", "2026-03-10", "2026-03-07T12:00", "2026-03-13"),
        ("FREQ=DAILY;INTERVAL=3", "2026-03-10", "2026-03-01T12:00", "2026-03-13"),
        ("FREQ=WEEKLY;INTERVAL=2", "2026-03-02T09:00", "2026-03-05T23:00", "2026-03-19T09:00:00"),
        ("FREQ=MONTHLY", "2026-01-31", "2026-01-31T12:00", "2026-02-28"),
        ("FREQ=MONTHLY", "2026-02-28", "2026-03-15T12:00", "2026-04-15"),
        ("FREQ=MONTHLY", "2026-02-28", "2026-01-05T12:00", "2026-03-05"),
        ("FREQ=YEARLY", "2024-02-29", "2024-02-29T12:00", "2025-02-28"),
    ],
)
def test_completion_counts_whole_intervals_from_the_day_it_was_done(
    rule: str, own: str, completed: str, expected: str
) -> None:
    assert successor_of(own, completed, schedule(rule, own, anchor="completion")) == expected


@pytest.mark.parametrize(
    ("rule", "done", "expected"),
    [
        ("FREQ=MONTHLY", "2026-01-31", "2026-03-31"),
        ("FREQ=MONTHLY;INTERVAL=13", "2026-01-31", "2028-03-31"),
        ("FREQ=YEARLY", "2096-02-29", "2104-02-29"),
    ],
)
def test_completion_with_omit_passes_over_months_without_the_day(rule: str, done: str, expected: str) -> None:
    after = schedule(rule, done, anchor="completion", overflow="omit")
    assert successor_of(done, f"{done}T12:00", after) == expected


def test_completion_takes_the_day_in_the_tasks_zone() -> None:
    weekly = schedule("weekly", "2026-03-02T09:00", zone="Asia/Tokyo", anchor="completion")
    assert successor_of("2026-03-02T09:00", "2026-03-04T16:00", weekly) == "2026-03-12T09:00:00"


def test_completion_passes_over_a_slot_that_was_deleted() -> None:
    weekly = schedule("weekly", "2026-03-02", anchor="completion", excluded="2026-03-11")
    assert successor_of("2026-03-02", "2026-03-04T12:00", weekly) == "2026-03-18"


def test_completion_with_count_needs_the_number() -> None:
    three = schedule("FREQ=DAILY;COUNT=3", "2026-03-02", anchor="completion")
    with pytest.raises(ValueError, match="number"):
        rec.successor(three, three.start, utc("2026-03-02T12:00"))


def test_completion_ends_with_the_calendar() -> None:
    for rule in ("FREQ=DAILY", "FREQ=MONTHLY"):
        last = schedule(rule, "9999-12-31", anchor="completion")
        assert rec.successor(last, last.start, utc("9999-12-31T12:00")) == rec.Successor(None)


def test_skipping_is_the_same_question_asked_at_the_moment_of_skipping() -> None:
    five = schedule("FREQ=DAILY;COUNT=5", "2026-03-02", excluded="2026-03-04")
    assert successor_of("2026-03-04", "2026-03-04T08:00", five) == "2026-03-05"


@pytest.mark.parametrize(
    ("rule", "done", "expected"),
    [
        ("FREQ=HOURLY;INTERVAL=4", "2026-06-01T10:17:45", "2026-06-01T16:17:00"),
        ("FREQ=MINUTELY;INTERVAL=90", "2026-06-01T10:17:45", "2026-06-01T13:47:00"),
        ("FREQ=HOURLY;INTERVAL=1", "2026-06-01T21:59:59", "2026-06-02T00:59:00"),
        # Completed early: as many intervals more as it takes to be later than its own slot.
        ("FREQ=HOURLY;INTERVAL=4", "2026-05-31T05:10", "2026-06-01T11:10:00"),
        # At 01:30 the next hour is the one that the clocks of Madrid skip.
        ("FREQ=HOURLY;INTERVAL=1", "2027-03-28T00:30", "2027-03-28T02:30:00"),
        # At 02:40 for the second time, 02:45 has been.
        ("FREQ=MINUTELY;INTERVAL=5", "2026-10-25T01:40", "2026-10-25T03:00:00"),
    ],
)
def test_completion_of_hours_and_minutes_counts_from_the_minute(rule: str, done: str, expected: str) -> None:
    from_completion = schedule(
        {"rule": rule, "anchor": "completion"}, "2026-06-01T09:00:30", zone="Europe/Madrid"
    )
    assert successor_of("2026-06-01T09:00:30", done, from_completion) == expected


def test_completion_of_hours_knows_count_and_until() -> None:
    counted = schedule({"rule": "FREQ=HOURLY;COUNT=3", "anchor": "completion"}, "2026-06-01T09:00")
    assert successor_of("2026-06-01T11:00:00", "2026-06-01T11:05", counted, 2) == "2026-06-01T12:05:00"
    assert successor_of("2026-06-01T11:00:00", "2026-06-01T11:05", counted, 3) is None
    until = schedule(
        {"rule": "FREQ=HOURLY;UNTIL=20260601T120000", "anchor": "completion"}, "2026-06-01T09:00"
    )
    assert successor_of("2026-06-01T09:00:00", "2026-06-01T10:55", until) == "2026-06-01T11:55:00"
    assert successor_of("2026-06-01T09:00:00", "2026-06-01T11:05", until) is None


def test_excluded_slots_of_a_dense_rule_are_not_counted_as_missed() -> None:
    dense = schedule(
        "FREQ=MINUTELY;INTERVAL=30",
        "2026-06-01T09:00",
        excluded="2026-06-02T09:30 2026-06-02T09:31 2026-06-01T09:30",
    )
    found = rec.successor(dense, dense.start, utc("2026-06-04T09:00"))
    assert (found.missed.count, found.missed.first) == (48 * 3 - 2, wall("2026-06-01T10:00"))
    assert len(found.missed.slots) == found.missed.count


def test_a_thousand_missed_slots_are_kept_each_and_more_are_not() -> None:
    hourly = schedule("FREQ=HOURLY", "2026-06-01T00:00")
    thousand = rec.successor(hourly, hourly.start, utc("2026-07-12T16:00")).missed
    assert (thousand.count, len(thousand.slots)) == (1000, 1000)
    more = rec.successor(hourly, hourly.start, utc("2026-07-12T17:00")).missed
    assert (more.count, more.slots) == (1001, ())


@pytest.mark.parametrize(
    "end", ["COUNT=500", "UNTIL=20260603T000000", "UNTIL=20260603T000000Z", "UNTIL=20260602"]
)
def test_what_was_left_of_a_dense_rule_that_has_ended_is_missed(end: str) -> None:
    dense = schedule(f"FREQ=MINUTELY;INTERVAL=10;{end}", "2026-06-01T00:00")
    every = rec.occurrences(dense, 1000)
    found = rec.successor(dense, dense.start, utc("2030-01-01T00:00"))
    assert found == rec.Successor(None, rec.Missed.of(*every[1:]))
