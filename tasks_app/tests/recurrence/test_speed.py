"""The next occurrence within 5 ms of processor time, whatever the rule and its start.

Medians over fresh searches: nothing is kept from one to the next.
"""

import random
import statistics
import time
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

import pytest

from tasks_app import recurrence as rec
from tasks_app.recurrence.days import RuleDays

from .build import day, schedule, utc
from .test_against_dateutil import random_rule

MAX_SECONDS = 0.005

COSTLY = (
    "FREQ=DAILY;COUNT=10000",
    "FREQ=YEARLY;COUNT=10000",
    "FREQ=MONTHLY;BYDAY=5FR;COUNT=10000",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=10000",
    "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=366;COUNT=10000",
    "FREQ=WEEKLY;INTERVAL=13;BYMONTH=2,3;COUNT=10000",
    "FREQ=DAILY;INTERVAL=11;BYMONTH=2;COUNT=10000",
    "FREQ=DAILY;INTERVAL=997;BYMONTH=2,3,4,5,6;COUNT=10000",
    "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=SU",
    "FREQ=DAILY;UNTIL=99991231T235959Z",
)


def median_seconds(work: Callable[[], object], rounds: int = 5) -> float:
    taken = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return statistics.median(taken)


def search(schedule: rec.Schedule, after: date) -> int | None:
    """The day search and the count that `next_slot` does, on days that nobody has looked at yet."""
    days = RuleDays(schedule.rule.without_end(), rec.day_of(schedule.start), schedule.recurrence.overflow)
    days.count_through(after.toordinal())
    return days.first_after(after.toordinal())


@pytest.mark.parametrize("rule", COSTLY)
@pytest.mark.parametrize("start", ["1970-01-01", "1996-02-29", "2026-06-01"])
def test_the_next_of_a_costly_rule_is_quick_from_far_away(rule: str, start: str) -> None:
    costly = schedule(rule, start, overflow="omit")
    rec.check_schedule(costly)
    assert median_seconds(lambda: search(costly, day("2099-06-15"))) < MAX_SECONDS


def random_schedule(dice: random.Random) -> rec.Schedule | None:
    start = date.fromordinal(dice.randint(719_163, 767_000))
    schedule = rec.Schedule(rec.parse_recurrence(random_rule(dice)), start, rec.load_zone("UTC"))
    try:
        rec.check_schedule(schedule)
    except rec.RuleRefused:
        return None
    return schedule


def test_the_next_of_random_rules_is_quick() -> None:
    dice = random.Random(5)
    accepted = [schedule for _ in range(400) if (schedule := random_schedule(dice))]
    assert len(accepted) > 200
    for ruled in accepted:
        after = rec.day_of(ruled.start) + timedelta(days=dice.randint(0, 30_000))
        assert median_seconds(partial(search, ruled, after), rounds=3) < MAX_SECONDS, ruled.rule


@pytest.mark.parametrize("interval", [30, 290, 365, 500, 730, 997, 1000])
@pytest.mark.parametrize("also", ["", ";BYDAY=TU"])
def test_a_gap_of_thousands_of_years_is_crossed_quickly(interval: int, also: str) -> None:
    """29 February 2028 is met from this start, and the next meeting may be 4,000 years away or never."""
    leap_day = day("2028-02-29")
    start = leap_day - timedelta(days=interval * (4000 // interval))
    rule = f"FREQ=DAILY;INTERVAL={interval};BYMONTH=2;BYMONTHDAY=29{also}"
    rare = schedule(rule, start.isoformat(), overflow="omit")
    rec.check_schedule(rare)
    assert median_seconds(lambda: search(rare, leap_day)) < MAX_SECONDS


def test_a_late_completion_is_answered_quickly() -> None:
    daily = schedule("daily", "2016-01-01T09:00", zone="Europe/Madrid")
    completed_at = utc("2026-01-01T12:00")
    assert median_seconds(lambda: rec.next_slot_after_instant(daily, completed_at)) < MAX_SECONDS
    assert len(rec.successor(daily, daily.start, completed_at).missed) == 3653
