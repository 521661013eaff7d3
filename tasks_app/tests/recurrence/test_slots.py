"""Jumping over years and whole cycles of the calendar finds and counts what looking at every year finds."""

import random
from datetime import date

import pytest

from tasks_app import recurrence as rec
from tasks_app.recurrence.pages import Pages
from tasks_app.recurrence.slots import rule_slots
from tasks_app.recurrence.times import DAY_SECONDS

from .build import day
from .test_against_dateutil import random_rule

LONG_INTERVALS = (9, 13, 28, 60, 97, 120, 299, 365, 366, 500, 730, 997, 1000)


def every_day(rule: rec.Rule, start: date, last_year: int) -> list[int]:
    """The days from the start on, found by opening the page of every year."""
    pages = Pages(rule, start, rec.Overflow.OMIT)
    opened = (pages.page(year) for year in range(start.year, last_year + 1))
    return [first + day for first, page in opened for day in page.days if first + day >= start.toordinal()]


def rare_rule(dice: random.Random) -> rec.Rule:
    text = random_rule(dice)
    interval = text.split(";")[1]
    return rec.parse_recurrence(text.replace(interval, f"INTERVAL={dice.choice(LONG_INTERVALS)}")).rule


@pytest.mark.parametrize("seed", range(4))
def test_jumping_over_years_loses_no_day(seed: int) -> None:
    dice, met = random.Random(seed), 0
    for _ in range(60):
        rule, start = rare_rule(dice), date.fromordinal(dice.randint(719_163, 767_000))
        expected = every_day(rule, start, start.year + 300)
        slots = rule_slots(rule, start, rec.Overflow.OMIT)
        moments = slots.after(start.toordinal() * DAY_SECONDS - 1, last_year=start.year + 300)
        found = [moment // DAY_SECONDS for moment in moments]
        assert found == expected, f"{rule} from {start}"
        met += bool(expected)
    assert met > 20


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=3;BYDAY=MO,TU",
        "FREQ=WEEKLY;INTERVAL=3;BYMONTH=2,3",
        "FREQ=MONTHLY;BYDAY=5FR",
        "FREQ=MONTHLY;INTERVAL=16",
        "FREQ=YEARLY;INTERVAL=2;BYMONTH=2;BYMONTHDAY=28,29;BYDAY=SU",
        "FREQ=YEARLY;BYDAY=53TU",
    ],
)
@pytest.mark.parametrize("start", ["1970-01-01", "1996-02-29", "2026-11-17"])
def test_whole_cycles_are_counted_like_their_years(rule: str, start: str) -> None:
    begin, parsed = day(start), rec.parse_recurrence(rule).rule
    expected = [found for found in every_day(parsed, begin, 3600) if found > begin.toordinal()]
    for year in (2100, 2371, 2427, 2769, 3000, 3599):
        ordinal = date(year, 6, 15).toordinal()
        number = sum(found <= ordinal for found in expected)
        slots, moment = rule_slots(parsed, begin, rec.Overflow.OMIT), ordinal * DAY_SECONDS
        assert slots.count_through(moment) == number
        assert slots.nth(number) == slots.last_before(moment + 1) == expected[number - 1] * DAY_SECONDS
