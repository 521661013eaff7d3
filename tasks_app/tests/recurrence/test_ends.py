"""Ending a series before an occurrence, and what the next one inherits."""

import pytest

from tasks_app import recurrence as rec

from .build import day, first, schedule, slot, wall


def inherited(new: object, old: rec.Schedule, at: str, number: int | None = None) -> str:
    return str(rec.inherit_end(rec.parse_recurrence(new), old, slot(at), number=number).rule)


def test_the_old_rule_ends_before_the_occurrence() -> None:
    weekly = schedule("FREQ=WEEKLY;COUNT=10", "2026-03-02T09:00")
    ended = rec.Schedule(rec.end_before(weekly, wall("2026-03-23T09:00")), weekly.start, weekly.zone)
    assert str(ended.rule) == "FREQ=WEEKLY;UNTIL=20260322"
    assert first(99, ended) == "2026-03-02T09:00:00 2026-03-09T09:00:00 2026-03-16T09:00:00"


def test_an_earlier_end_of_the_old_rule_stays() -> None:
    daily = schedule("FREQ=DAILY;UNTIL=20260310", "2026-03-02")
    assert rec.end_before(daily, day("2026-03-20")) == daily.recurrence
    assert str(rec.end_before(daily, day("2026-03-10")).rule) == "FREQ=DAILY;UNTIL=20260309"


def test_an_end_given_as_an_instant_is_compared_in_the_zone() -> None:
    """20:00Z on the 5th is 10:00 on the 6th on Kiritimati: the 6th would still be in the old series."""
    rule = "FREQ=DAILY;UNTIL=20260305T200000Z"
    far_east = schedule(rule, "2026-03-02T09:00", zone="Pacific/Kiritimati")
    assert str(rec.end_before(far_east, wall("2026-03-06T09:00")).rule) == "FREQ=DAILY;UNTIL=20260305"


def test_a_rule_without_an_end_inherits_what_remains_of_the_count() -> None:
    ten = schedule("FREQ=DAILY;COUNT=10", "2026-03-01", excluded="2026-03-02")
    assert inherited("FREQ=WEEKLY", ten, "2026-03-04") == "FREQ=WEEKLY;COUNT=7"
    assert inherited("FREQ=WEEKLY", ten, "2026-03-10") == "FREQ=WEEKLY;COUNT=1"
    assert rec.remaining_count(ten, day("2026-03-01")) == 10


def test_a_rule_without_an_end_inherits_until() -> None:
    ending = schedule("FREQ=DAILY;UNTIL=20260601", "2026-03-01")
    assert inherited("FREQ=WEEKLY", ending, "2026-03-04") == "FREQ=WEEKLY;UNTIL=20260601"


@pytest.mark.parametrize("new", ["FREQ=WEEKLY;COUNT=99", "FREQ=WEEKLY;UNTIL=20300101"])
def test_a_rule_with_an_end_keeps_its_own(new: str) -> None:
    assert inherited(new, schedule("FREQ=DAILY;COUNT=10", "2026-03-01"), "2026-03-04") == new


def test_ends_never_drops_what_remains() -> None:
    new = {"rule": "FREQ=WEEKLY", "ends": "never"}
    assert inherited(new, schedule("FREQ=DAILY;COUNT=10", "2026-03-01"), "2026-03-04") == "FREQ=WEEKLY"


def test_what_remains_after_completions_comes_from_the_number() -> None:
    ten = schedule("FREQ=DAILY;INTERVAL=30;COUNT=10", "2026-03-01", anchor="completion")
    assert rec.remaining_count(ten, day("2026-05-17"), number=3) == 8
    assert inherited("FREQ=WEEKLY", ten, "2026-05-17", number=3) == "FREQ=WEEKLY;COUNT=8"


def test_without_a_count_nothing_remains_to_be_counted() -> None:
    assert rec.remaining_count(schedule("daily", "2026-03-01"), day("2026-03-04")) is None


@pytest.mark.parametrize(
    ("rule", "start", "at", "pinned"),
    [
        ("FREQ=MONTHLY", "2026-01-31", "2026-02-28", "FREQ=MONTHLY;BYMONTHDAY=31"),
        ("FREQ=MONTHLY", "2026-01-31", "2026-03-31", "FREQ=MONTHLY"),
        ("FREQ=MONTHLY", "2026-01-15", "2026-02-15", "FREQ=MONTHLY"),
        ("FREQ=YEARLY", "2024-02-29", "2025-02-28", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"),
        ("FREQ=MONTHLY;BYMONTH=2", "2026-01-31", "2026-02-28", "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=29"),
        ("FREQ=MONTHLY;COUNT=5", "2026-01-31", "2026-02-28", "FREQ=MONTHLY;BYMONTHDAY=31;COUNT=4"),
    ],
)
def test_continuing_at_a_clamped_slot_pins_the_day(rule: str, start: str, at: str, pinned: str) -> None:
    before = schedule(rule, start)
    after = rec.continue_from(before, day(at))
    assert str(after.rule) == pinned
    assert rec.load_recurrence(pinned, "future", "clamp") == after.recurrence
    assert rec.occurrences_after(after, day(at), 3) == rec.occurrences_after(before, day(at), 3)


def test_continuing_after_completions_projects_from_the_open_one() -> None:
    ten = schedule("FREQ=MONTHLY;COUNT=4", "2026-01-31", anchor="completion")
    open_one = rec.continue_from(ten, day("2026-02-28"), number=2)
    assert first(9, open_one) == "2026-02-28 2026-03-28 2026-04-28"


@pytest.mark.parametrize(
    ("new", "kept"),
    [
        ("FREQ=MONTHLY;COUNT=3", "FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3"),
        ({"rule": "FREQ=MONTHLY;WKST=SU", "anchor": "due"}, "FREQ=MONTHLY;BYMONTHDAY=31;WKST=SU"),
        ("FREQ=MONTHLY;INTERVAL=2", "FREQ=MONTHLY;INTERVAL=2"),
        ({"rule": "FREQ=MONTHLY", "overflow": "omit"}, "FREQ=MONTHLY"),
        ({"rule": "FREQ=MONTHLY", "anchor": "completion"}, "FREQ=MONTHLY"),
    ],
)
def test_the_same_rule_with_another_end_keeps_its_day(new: object, kept: str) -> None:
    monthly = schedule("FREQ=MONTHLY;COUNT=9", "2026-01-31")
    assert str(rec.keep_day(rec.parse_recurrence(new), monthly, day("2026-02-28")).rule) == kept
