"""Rules of hours, minutes, weeks and days of the year expand as dateutil expands them; where they do not is said."""

import random
from datetime import date, datetime, time, timedelta
from itertools import islice

import pytest
from dateutil.rrule import rrulestr

from tasks_app import recurrence as rec

from .build import between, wall

RULES_PER_SEED = 250
FREQUENCIES = ("MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
INTERVALS = (1, 1, 1, 2, 3, 4, 5, 7, 11, 13, 30, 45, 60, 90, 100, 997)
UTC = rec.load_zone("UTC")

COMMON = (
    "FREQ=HOURLY",
    "FREQ=HOURLY;INTERVAL=3;BYHOUR=9,10,11,12,13,14,15,16,17",
    "FREQ=MINUTELY;INTERVAL=20;BYHOUR=9,10,11,12,13,14,15,16",
    "FREQ=MINUTELY;INTERVAL=15;BYDAY=MO,TU,WE,TH,FR",
    "FREQ=MINUTELY;INTERVAL=90",
    "FREQ=HOURLY;INTERVAL=5;BYMINUTE=0,30;BYSECOND=0",
    "FREQ=HOURLY;BYMINUTE=0,15,30,45;BYSETPOS=-1",
    "FREQ=HOURLY;INTERVAL=1000",
    "FREQ=MINUTELY;INTERVAL=997",
    "FREQ=DAILY;BYHOUR=9,12,18;BYMINUTE=0,30",
    "FREQ=DAILY;INTERVAL=3;BYHOUR=9,18;BYSETPOS=-1",
    "FREQ=WEEKLY;BYDAY=TU,TH;BYHOUR=6,7",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYHOUR=9,17;BYSETPOS=-1,1",
    "FREQ=YEARLY;BYMONTH=1;BYDAY=SU;BYHOUR=8,9;BYMINUTE=30",
    "FREQ=YEARLY;INTERVAL=3;BYYEARDAY=1,100,200",
    "FREQ=YEARLY;BYYEARDAY=-1,366",
    "FREQ=HOURLY;INTERVAL=12;BYYEARDAY=1,100,-1",
    "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
    "FREQ=YEARLY;BYWEEKNO=1,20,51;WKST=SU",
    "FREQ=YEARLY;INTERVAL=2;BYWEEKNO=1;BYDAY=MO,SU",
    "FREQ=YEARLY;BYWEEKNO=-1;BYDAY=FR;BYHOUR=16",
    "FREQ=YEARLY;BYWEEKNO=10,20,30;BYSETPOS=1,-1",
)


def random_rule(dice: random.Random) -> str:
    frequency = dice.choice(FREQUENCIES)
    parts = [part for part in _parts(dice, frequency) if part]
    # Of a first week that the start cuts, dateutil counts positions from the start, RFC 5545 from WKST.
    if parts and frequency != "WEEKLY" and dice.random() < 0.25:
        parts.append(_part(dice, "BYSETPOS", [-3, -2, -1, 1, 2, 3, 4], 2))
    grid = [f"FREQ={frequency}", f"INTERVAL={dice.choice(INTERVALS)}"]
    return ";".join([*grid, *parts, f"WKST={dice.choice(WEEKDAYS)}"])


def _parts(dice: random.Random, frequency: str) -> list[str]:
    yearly, in_day = frequency == "YEARLY", frequency in ("HOURLY", "MINUTELY")
    weeks = _maybe(dice, "BYWEEKNO", list(range(1, 52)), 4) if yearly else ""
    days = dice.sample(WEEKDAYS, dice.randint(1, 4)) if dice.random() < 0.35 else []
    if days and not weeks and frequency in ("MONTHLY", "YEARLY") and dice.random() < 0.4:
        days = [f"{dice.choice((-5, -2, -1, 1, 2, 3, 4, 5))}{name}" for name in days]
    return [
        _maybe(dice, "BYMONTH", list(range(1, 13)), 5),
        weeks,
        _maybe(dice, "BYYEARDAY", _both_signs(366), 6) if yearly or in_day else "",
        "" if frequency == "WEEKLY" else _maybe(dice, "BYMONTHDAY", _both_signs(31), 4),
        f"BYDAY={','.join(days)}" if days else "",
        _maybe(dice, "BYHOUR", list(range(24)), 4),
        _maybe(dice, "BYMINUTE", list(range(60)), 4),
        "BYSECOND=0" if dice.random() < 0.2 else "",
    ]


def _both_signs(most: int) -> list[int]:
    return [number for number in range(-most, most + 1) if number]


def _maybe(dice: random.Random, name: str, numbers: list[int], most: int) -> str:
    return _part(dice, name, numbers, most) if dice.random() < 0.3 else ""


def _part(dice: random.Random, name: str, numbers: list[int], most: int) -> str:
    chosen = dice.sample(numbers, dice.randint(1, most))
    return f"{name}={','.join(map(str, chosen))}"


def random_wall(dice: random.Random) -> datetime:
    day = date.fromordinal(dice.randint(719_163, 767_000))
    return datetime.combine(day, time()) + timedelta(seconds=dice.randint(0, 86_399))


def accepted(rule: str, start: datetime) -> rec.Schedule | None:
    """The schedule, or None when the contract refuses it."""
    try:
        schedule = rec.Schedule(rec.parse_recurrence({"rule": rule, "overflow": "omit"}), start, UTC)
        rec.check_schedule(schedule)
    except rec.RuleRefused:
        return None
    return schedule


def by_dateutil(rule: str, start: datetime, limit: int) -> tuple[datetime, ...]:
    """The first ones later than the start, which is one of dateutil's only if it is on the rule."""
    found = (moment for moment in rrulestr(rule, dtstart=start) if moment > start)
    return tuple(islice(found, limit))


@pytest.mark.parametrize("seed", range(8))
def test_random_rules_with_times_expand_as_dateutil_expands_them(seed: int) -> None:
    dice, compared = random.Random(seed), 0
    for _ in range(RULES_PER_SEED):
        rule, start = random_rule(dice), random_wall(dice)
        schedule = accepted(rule, start)
        found = rec.occurrences_after(schedule, start, 8) if schedule else ()
        # dateutil looks at every step of the interval: rare slots take it too long.
        years = 1 if schedule and schedule.rule.steps_in_day else 40
        if not found or found[-1].year > start.year + years:
            continue
        compared += 1
        assert found == by_dateutil(rule, start, len(found)), f"{rule} from {start}"
    assert compared > RULES_PER_SEED / 3


@pytest.mark.parametrize("rule", COMMON)
@pytest.mark.parametrize("start", ["1970-01-01T00:00:00", "1999-12-31T23:59:30", "2026-06-15T09:10:00"])
def test_common_rules_with_times_expand_as_dateutil_expands_them(rule: str, start: str) -> None:
    schedule = accepted(rule, wall(start))
    assert schedule is not None
    assert rec.occurrences_after(schedule, wall(start), 60) == by_dateutil(rule, wall(start), 60)


def days_in_week(number: int, year: int) -> list[str]:
    """The days of a year's first and last week that a rule of one week number has there."""
    start = date(year - 1, 6, 1)
    schedule = rec.Schedule(rec.parse_recurrence(f"FREQ=YEARLY;BYWEEKNO={number}"), start, UTC)
    found = between(schedule, date(year, 1, 1), date(year + 1, 1, 1))
    return [day.isoformat()[5:] for day in found if day.month in (1, 12)]


def test_weeks_at_the_turn_of_the_year_are_those_of_iso_8601_where_dateutil_errs() -> None:
    """dateutil 2.9 takes 1 January 1983 for week 53, and sees no week 1 of the next year as its 53rd to last."""
    assert date(1983, 1, 1).isocalendar().week == 52
    assert days_in_week(52, 1983)[:2] == ["01-01", "01-02"]
    assert days_in_week(53, 1983) == []
    assert date(1975, 12, 31).isocalendar()[:2] == (1976, 1)
    assert days_in_week(-53, 1975) == ["12-29", "12-30", "12-31"]


@pytest.mark.parametrize("number", [*range(1, 54), *range(-53, 0)])
def test_every_week_number_is_that_of_iso_8601(number: int) -> None:
    for year in (2020, 2026, 2027, 2032):
        start = date(year, 1, 1)
        schedule = rec.Schedule(
            rec.load_recurrence(f"FREQ=YEARLY;BYWEEKNO={number}", "future", "omit"), start, UTC
        )
        days = (start + timedelta(days=each) for each in range(1, 366))
        expected = [day for day in days if day.year == year and number in _numbers(day)]
        assert list(between(schedule, date(year, 1, 2), date(year + 1, 1, 1))) == expected


def _numbers(day: date) -> tuple[int, int]:
    year, week, _ = day.isocalendar()
    return week, week - 1 - date(year, 12, 28).isocalendar().week
