"""The next occurrence within 5 ms of processor time, whatever the rule and its start.

Medians over fresh searches: nothing is kept from one to the next.
"""

import random
import statistics
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from datetime import time as clock
from functools import partial

import pytest

from tasks_app import recurrence as rec
from tasks_app.recurrence import slots as searching
from tasks_app.recurrence.times import moment_of

from .build import day, schedule, utc, wall
from .test_against_dateutil import random_rule
from .test_times_against_dateutil import accepted
from .test_times_against_dateutil import random_rule as random_timed_rule

# The aim is 5 ms on a core of its own; busy neighbours double processor time, and a rule that is a bomb takes seconds.
MAX_SECONDS = 0.02

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


def search(schedule: rec.Schedule, after: rec.Slot) -> int | None:
    """The search and the count that `next_slot` does, of slots that nobody has looked at yet."""
    searching._cached_pages.cache_clear()
    slots = searching.rule_slots(schedule.rule, schedule.start, schedule.recurrence.overflow)
    slots.count_through(moment_of(after))
    return slots.first_after(moment_of(after))


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


TIMED = (
    "FREQ=MINUTELY;INTERVAL=5",
    "FREQ=MINUTELY;INTERVAL=5;COUNT=10000",
    "FREQ=MINUTELY;INTERVAL=997;COUNT=10000",
    "FREQ=MINUTELY;INTERVAL=997;BYDAY=SA,TU;COUNT=10000",
    "FREQ=MINUTELY;INTERVAL=999;BYHOUR=3;BYMINUTE=33",
    "FREQ=MINUTELY;INTERVAL=7;BYMONTH=2,3;BYDAY=MO;BYHOUR=9;COUNT=10000",
    "FREQ=MINUTELY;BYHOUR=9;BYDAY=MO",
    "FREQ=HOURLY;INTERVAL=1000;COUNT=10000",
    "FREQ=HOURLY;INTERVAL=25;BYHOUR=7;COUNT=10000",
    "FREQ=HOURLY;INTERVAL=997;BYYEARDAY=1,100,200,-1",
    "FREQ=DAILY;BYHOUR=0,6,12,18;BYMINUTE=0,15,30,45;COUNT=10000",
    "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYHOUR=9,17;BYSETPOS=-1,1;COUNT=10000",
    "FREQ=YEARLY;BYWEEKNO=1,53,-1;BYHOUR=9;COUNT=10000",
    "FREQ=YEARLY;BYYEARDAY=1,100,366,-1;COUNT=10000",
)


@pytest.mark.parametrize("rule", TIMED)
@pytest.mark.parametrize("start", ["1970-01-01T00:00", "2026-06-01T09:30", "9000-02-28T23:59"])
def test_the_next_of_a_rule_with_times_is_quick_wherever_one_asks(rule: str, start: str) -> None:
    timed = schedule(rule, start)
    for days in (0, 1, 400, 20_000):
        after = timed.start + timedelta(days=days)
        assert median_seconds(partial(search, timed, after)) < MAX_SECONDS, days


def random_timed_schedule(dice: random.Random) -> rec.Schedule | None:
    start = datetime.combine(date.fromordinal(dice.randint(719_163, 3_600_000)), clock(9, 30))
    end = dice.choice(("", ";COUNT=5", ";COUNT=10000"))
    return accepted(random_timed_rule(dice) + end, start)


def test_the_next_of_random_rules_with_times_is_quick_from_every_start() -> None:
    dice = random.Random(7)
    some = [schedule for _ in range(300) if (schedule := random_timed_schedule(dice))]
    assert len(some) > 150
    for ruled in some:
        after = ruled.start + timedelta(minutes=dice.randint(0, 40_000_000))
        assert median_seconds(partial(search, ruled, after), rounds=3) < MAX_SECONDS, ruled.rule


def test_far_away_the_count_of_rules_that_name_no_days_is_arithmetic() -> None:
    for rule in ("FREQ=DAILY;INTERVAL=997;COUNT=10000", "FREQ=MINUTELY;INTERVAL=997"):
        assert (
            median_seconds(partial(search, schedule(rule, "1970-01-01T00:00"), wall("9999-06-01T00:00")))
            < MAX_SECONDS
        )


def test_ten_years_of_a_rule_of_five_minutes_are_passed_over_at_once() -> None:
    dense = schedule("FREQ=MINUTELY;INTERVAL=5", "2016-01-01T09:00", zone="Europe/Madrid")
    done = utc("2026-01-01T12:00")
    searching._cached_pages.cache_clear()
    assert median_seconds(lambda: rec.successor(dense, dense.start, done)) < MAX_SECONDS
    found = rec.successor(dense, dense.start, done)
    assert found.slot == wall("2026-01-01T13:05")
    days = (date(2026, 1, 1) - date(2016, 1, 1)).days
    assert found.missed == rec.Missed(days * 288 + 48, wall("2016-01-01T09:05"), wall("2026-01-01T13:00"))


def test_a_late_completion_is_answered_quickly() -> None:
    daily = schedule("daily", "2016-01-01T09:00", zone="Europe/Madrid")
    completed_at = utc("2026-01-01T12:00")
    assert median_seconds(lambda: rec.next_slot_after_instant(daily, completed_at)) < MAX_SECONDS
    assert rec.successor(daily, daily.start, completed_at).missed.count == 3653
