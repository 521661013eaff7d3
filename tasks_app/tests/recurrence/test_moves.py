"""What becomes of a rule when its whole series moves to another day."""

import pytest

from tasks_app import recurrence as rec

from .build import day, first, slot


def moved(rule: str, old: str, new: str) -> rec.Recurrence:
    return rec.move_rule(rec.parse_recurrence(rule), slot(old), slot(new))


@pytest.mark.parametrize(
    ("rule", "old", "new", "expected"),
    [
        ("FREQ=WEEKLY;BYDAY=MO", "2026-06-01", "2026-06-03", "FREQ=WEEKLY;BYDAY=WE"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;COUNT=5;WKST=SU", "2026-06-01", "2026-06-07",
         "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU;COUNT=5;WKST=SU"),
        ("FREQ=DAILY;BYDAY=MO", "2026-06-01", "2026-06-02", "FREQ=DAILY;BYDAY=TU"),
        ("FREQ=MONTHLY;BYMONTHDAY=5", "2026-06-05", "2026-06-09", "FREQ=MONTHLY;BYMONTHDAY=9"),
        ("FREQ=MONTHLY;BYMONTHDAY=5", "2026-06-05", "2026-07-31", "FREQ=MONTHLY;BYMONTHDAY=31"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "2026-06-30", "2026-06-27", "FREQ=MONTHLY;BYMONTHDAY=27"),
        ("FREQ=MONTHLY;BYDAY=2MO", "2026-06-08", "2026-06-16", "FREQ=MONTHLY;BYDAY=3TU"),
        ("FREQ=MONTHLY;BYDAY=2MO", "2026-06-08", "2026-06-30", "FREQ=MONTHLY;BYDAY=-1TU"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "2026-06-26", "2026-06-25", "FREQ=MONTHLY;BYDAY=-1TH"),
        ("FREQ=MONTHLY;BYDAY=-1FR", "2026-06-26", "2026-06-11", "FREQ=MONTHLY;BYDAY=2TH"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=2", "2026-06-08", "2026-06-09", "FREQ=MONTHLY;BYDAY=TU;BYSETPOS=2"),
        ("FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=5", "2026-03-05", "2026-04-07", "FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=7"),
        ("FREQ=YEARLY;BYMONTH=3", "2026-03-05", "2026-04-07", "FREQ=YEARLY;BYMONTH=4"),
        ("FREQ=YEARLY;BYMONTH=3,5;BYMONTHDAY=5", "2026-03-05", "2026-05-07", "FREQ=YEARLY;BYMONTH=3,5;BYMONTHDAY=7"),
        ("FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", "2026-11-26", "2026-10-16", "FREQ=YEARLY;BYMONTH=10;BYDAY=3FR"),
        ("FREQ=YEARLY;BYDAY=20MO", "2026-05-18", "2026-05-26", "FREQ=YEARLY;BYDAY=21TU"),
        ("FREQ=YEARLY;BYYEARDAY=100", "2026-04-10", "2026-04-11", "FREQ=YEARLY;BYYEARDAY=101"),
        ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "2026-05-11", "2026-05-12", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=TU"),
    ],
)  # fmt: skip
def test_the_one_day_of_a_rule_moves_along(rule: str, old: str, new: str, expected: str) -> None:
    found = moved(rule, old, new)
    assert str(found.rule) == expected
    on_it = rec.Schedule(
        rec.Recurrence(found.rule.without_end(), overflow=found.overflow), day(new), rec.load_zone("UTC")
    )
    assert rec.first_on_or_after(on_it.recurrence, day(new), on_it.zone) == day(new)


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        ("FREQ=WEEKLY;BYDAY=MO,TH", "2026-06-01", "2026-06-04"),
        ("FREQ=WEEKLY;BYDAY=MO", "2026-06-03", "2026-06-03"),
        ("FREQ=WEEKLY;BYDAY=MO", "2026-06-01", "2026-06-15"),
        ("FREQ=MONTHLY;BYMONTHDAY=31", "2026-01-31", "2026-02-28"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", "2026-01-31", "2026-02-28"),
        ("weekly", "2026-06-01", "2026-06-03"),
        ("monthly", "2026-06-01", "2026-07-31"),
        ("FREQ=DAILY;BYMONTH=6", "2026-06-01", "2026-07-31"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2026-06-30", "2026-07-31"),
    ],
)
def test_a_rule_that_is_on_the_new_day_or_names_none_stays(rule: str, old: str, new: str) -> None:
    assert moved(rule, old, new) == rec.parse_recurrence(rule)


@pytest.mark.parametrize(
    ("rule", "old", "new"),
    [
        ("FREQ=WEEKLY;BYDAY=MO,TH", "2026-06-01", "2026-06-02"),
        ("weekdays", "2026-06-01", "2026-06-06"),
        ("FREQ=MONTHLY;BYMONTHDAY=1,15", "2026-06-01", "2026-06-02"),
        ("FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR", "2026-02-13", "2026-02-14"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2026-06-30", "2026-06-29"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=2", "2026-06-08", "2026-06-16"),
        ("FREQ=YEARLY;BYMONTH=3,5;BYMONTHDAY=5", "2026-03-05", "2026-04-05"),
        ("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO", "2026-05-11", "2026-06-01"),
        ("FREQ=YEARLY;BYYEARDAY=1,100", "2026-04-10", "2026-04-11"),
    ],
)
def test_a_rule_of_several_days_says_what_to_send_instead(rule: str, old: str, new: str) -> None:
    with pytest.raises(rec.RuleRefused) as refused:
        moved(rule, old, new)
    assert (refused.value.field, refused.value.code) == ("recurrence", "several_days")
    assert new in refused.value.detail
    assert "send recurrence" in refused.value.detail


def test_a_day_that_moves_behind_the_28th_clamps_unless_omit_was_said_before() -> None:
    clamps = rec.Schedule(
        moved("FREQ=MONTHLY;BYMONTHDAY=5", "2026-01-05", "2026-01-31"),
        day("2026-01-31"),
        rec.load_zone("UTC"),
    )
    assert first(3, clamps) == "2026-01-31 2026-02-28 2026-03-31"
    omits = rec.parse_recurrence({"rule": "FREQ=MONTHLY;BYMONTHDAY=30", "overflow": "omit"})
    assert rec.move_rule(omits, day("2026-01-30"), day("2026-01-31")).overflow is rec.Overflow.OMIT
    back = moved("FREQ=MONTHLY;BYMONTHDAY=31", "2026-01-31", "2026-01-05")
    assert back == rec.parse_recurrence("FREQ=MONTHLY;BYMONTHDAY=5")


@pytest.mark.parametrize(
    ("rule", "new", "expected"),
    [
        ("FREQ=DAILY;BYHOUR=9", "2026-06-01T10:15", "FREQ=DAILY;BYHOUR=10"),
        ("FREQ=DAILY;BYHOUR=9;BYMINUTE=0", "2026-06-01T10:15", "FREQ=DAILY;BYHOUR=10;BYMINUTE=15"),
        ("FREQ=WEEKLY;BYDAY=MO;BYHOUR=9", "2026-06-02T10:00", "FREQ=WEEKLY;BYDAY=TU;BYHOUR=10"),
        ("FREQ=DAILY;BYHOUR=9,17", "2026-06-01T10:00", "FREQ=DAILY;BYHOUR=9,17"),
        ("FREQ=HOURLY;BYHOUR=9;BYMINUTE=0", "2026-06-01T09:15", "FREQ=HOURLY;BYHOUR=9;BYMINUTE=15"),
        ("FREQ=WEEKLY;BYDAY=MO,TH", "2026-06-01T10:00", "FREQ=WEEKLY;BYDAY=MO,TH"),
        ("FREQ=HOURLY;INTERVAL=2", "2026-06-02T10:00", "FREQ=HOURLY;INTERVAL=2"),
        ("FREQ=HOURLY;BYDAY=MO", "2026-06-02T10:00", "FREQ=HOURLY;BYDAY=TU"),
    ],
)
def test_one_time_of_a_rule_moves_along_and_several_stay(rule: str, new: str, expected: str) -> None:
    assert str(moved(rule, "2026-06-01T09:00", new).rule) == expected
