"""The same expansion as dateutil, an implementation of RFC 5545 by other people, where both say the same."""

import random
from datetime import date, datetime, time
from itertools import islice

import pytest
from dateutil.rrule import rrulestr

from tasks_app import recurrence as rec

from .build import day, texts

RULES_PER_SEED = 350
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
COMMON = (
    "FREQ=DAILY",
    "FREQ=DAILY;INTERVAL=10",
    "FREQ=DAILY;BYMONTH=1;BYDAY=SA,SU",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=MO",
    "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU",
    "FREQ=WEEKLY;INTERVAL=5;BYDAY=SA,MO;WKST=WE",
    "FREQ=MONTHLY;BYDAY=1FR",
    "FREQ=MONTHLY;BYDAY=5FR",
    "FREQ=MONTHLY;INTERVAL=2;BYDAY=1SU,-1SU",
    "FREQ=MONTHLY;BYMONTHDAY=-3",
    "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
    "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
    "FREQ=MONTHLY;BYDAY=TU,WE,TH;BYSETPOS=3",
    "FREQ=MONTHLY;INTERVAL=18;BYMONTHDAY=10,11,12,13,14,15",
    "FREQ=YEARLY;BYMONTH=6,7",
    "FREQ=YEARLY;BYDAY=20MO",
    "FREQ=YEARLY;BYDAY=-53MO,53TU",
    "FREQ=YEARLY;BYMONTH=3;BYDAY=TH",
    "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=YEARLY;BYMONTHDAY=31",
    "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
    "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,-1",
    "FREQ=YEARLY;BYMONTH=1,12;BYDAY=-1SU,1SU",
)


def random_rule(dice: random.Random) -> str:
    frequency = dice.choice(("DAILY", "WEEKLY", "MONTHLY", "YEARLY"))
    by_parts = [
        part for part in (_by_month(dice), _by_month_day(dice, frequency), _by_day(dice, frequency)) if part
    ]
    # Of a first week that the start cuts, dateutil counts positions from the start, RFC 5545 from WKST.
    if by_parts and frequency != "WEEKLY" and dice.random() < 0.3:
        by_parts.append(f"BYSETPOS={_sample(dice, [-3, -2, -1, 1, 2, 3, 4], 2)}")
    interval = dice.choice((1, 1, 1, 2, 3, 4, 5, 7, 11, 13, 30))
    return ";".join([f"FREQ={frequency}", f"INTERVAL={interval}", *by_parts, f"WKST={dice.choice(WEEKDAYS)}"])


def _by_month(dice: random.Random) -> str:
    return f"BYMONTH={_sample(dice, list(range(1, 13)), 5)}" if dice.random() < 0.35 else ""


def _by_month_day(dice: random.Random, frequency: str) -> str:
    if frequency == "WEEKLY" or dice.random() > 0.35:
        return ""
    return f"BYMONTHDAY={_sample(dice, [n for n in range(-31, 32) if n], 4)}"


def _by_day(dice: random.Random, frequency: str) -> str:
    """Either plain weekdays or ordinals: dateutil takes both together as an intersection, against RFC 5545."""
    if dice.random() > 0.5:
        return ""
    days = dice.sample(WEEKDAYS, dice.randint(1, 4))
    if frequency in ("MONTHLY", "YEARLY") and dice.random() < 0.5:
        days = [f"{dice.choice((-5, -2, -1, 1, 2, 3, 4, 5))}{name}" for name in days]
    return f"BYDAY={','.join(days)}"


def _sample(dice: random.Random, numbers: list[int], most: int) -> str:
    return ",".join(str(number) for number in dice.sample(numbers, dice.randint(1, most)))


def schedule_on_the_rule(rule: str, around: date) -> rec.Schedule | None:
    """The rule with `omit`, begun on its first day from `around`; None when the contract refuses it."""
    try:
        recurrence = rec.parse_recurrence({"rule": rule, "overflow": "omit"})
        start = rec.first_on_or_after(recurrence, around, rec.load_zone("UTC"))
        schedule = rec.Schedule(recurrence, start, rec.load_zone("UTC"))
        rec.check_schedule(schedule)
    except rec.RuleRefused:
        return None
    return schedule


def by_dateutil(rule: str, start: date, limit: int) -> str:
    found = islice(rrulestr(rule, dtstart=datetime.combine(start, time())), limit)
    return texts(moment.date() for moment in found)


@pytest.mark.parametrize("seed", range(12))
def test_random_rules_expand_as_dateutil_expands_them(seed: int) -> None:
    dice, compared = random.Random(seed), 0
    for _ in range(RULES_PER_SEED):
        rule, around = random_rule(dice), date.fromordinal(dice.randint(719_163, 767_000))
        schedule = schedule_on_the_rule(rule, around)
        if schedule is None:
            continue
        compared += 1
        ours = texts(rec.occurrences(schedule, 8))
        assert ours == by_dateutil(rule, rec.day_of(schedule.start), 8), f"{rule} from {schedule.start}"
    assert compared > RULES_PER_SEED / 2


@pytest.mark.parametrize("rule", COMMON)
@pytest.mark.parametrize("around", ["1970-01-01", "1999-12-31", "2024-02-29", "2026-06-15"])
def test_common_rules_expand_as_dateutil_expands_them(rule: str, around: str) -> None:
    schedule = schedule_on_the_rule(rule, day(around))
    assert schedule is not None
    assert texts(rec.occurrences(schedule, 40)) == by_dateutil(rule, rec.day_of(schedule.start), 40)


@pytest.mark.parametrize("end", ["COUNT=1", "COUNT=7", "UNTIL=20270315", "UNTIL=20260615"])
def test_ends_are_where_dateutil_ends(end: str) -> None:
    rule = f"FREQ=MONTHLY;BYDAY=MO;BYSETPOS=-1,1;{end}"
    schedule = schedule_on_the_rule(rule, day("2026-06-01"))
    assert schedule is not None
    assert texts(rec.occurrences(schedule, 99)) == by_dateutil(rule, rec.day_of(schedule.start), 99)
