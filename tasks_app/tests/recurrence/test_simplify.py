"""The simpler rule that words are made of has the same slots, and rules with the same words have too."""

import random
from collections import defaultdict
from datetime import datetime
from functools import cache
from itertools import islice, product

import pytest

from tasks_app import recurrence as rec
from tasks_app.recurrence.describe import _fill, _is_clamped
from tasks_app.recurrence.simplify import simplify_rule
from tasks_app.recurrence.slots import rule_slots
from tasks_app.recurrence.times import moment_of

from .build import slot
from .test_times_against_dateutil import random_rule

FREQUENCIES = ("MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY")
STARTS = ("2026-01-31T08:30", "2027-05-12T09:00")
ALL_DAYS, ALL_MONTHS = "MO,TU,WE,TH,FR,SA,SU", ",".join(map(str, range(1, 13)))
ALL_HOURS, ALL_MINUTES = ",".join(map(str, range(24))), ",".join(map(str, range(60)))
# Values that meet at the edges of the rewriting: one, several, all, from the end.
PARTS = {
    "INTERVAL": ("", "2"),
    "BYMONTH": ("", "2", "1,7", ALL_MONTHS),
    "BYMONTHDAY": ("", "15", "1,31", "-1", ",".join(map(str, range(1, 32)))),
    "BYDAY": ("", "MO", "MO,TU,WE,TH,FR", ALL_DAYS, "1MO,-1FR", "MO,2MO"),
    "BYSETPOS": ("", "1", "-1", "1,2"),
}
TIMES = {
    "BYHOUR": ("", "3", "9,17", "9,10,11", "8,9,10,11,12,13,14,15", "0,22,23", ALL_HOURS),
    "BYMINUTE": ("", "0", "0,20,40", ALL_MINUTES),
}


def written(parts: dict[str, str]) -> str:
    return ";".join(f"{name}={value}" for name, value in parts.items() if value)


def all_rules(choices: dict[str, tuple[str, ...]]) -> list[str]:
    names = ("FREQ", *choices)
    return [
        written(dict(zip(names, values, strict=True))) for values in product(FREQUENCIES, *choices.values())
    ]


def some_rules() -> list[str]:
    """Every combination of days, and some with positions, of times, and of both together."""
    dice, days = (
        random.Random(8),
        {name: PARTS[name] for name in ("INTERVAL", "BYMONTH", "BYMONTHDAY", "BYDAY")},
    )
    times = all_rules({"INTERVAL": ("", "2"), "BYSETPOS": ("", "-1"), **TIMES})
    both = all_rules({**PARTS, "BYYEARDAY": ("", "1", "-1,100"), **TIMES})
    return (
        all_rules(days)
        + dice.sample(all_rules(PARTS), 800)
        + dice.sample(times, 300)
        + dice.sample(both, 800)
    )


@cache
def accepted_from(start: str) -> list[rec.Recurrence]:
    return accepted(some_rules(), slot(start))


def accepted(rules: list[str], start: rec.Slot) -> list[rec.Recurrence]:
    found = []
    for rule in rules:
        for overflow in ("clamp", "omit"):
            try:
                recurrence = rec.parse_recurrence({"rule": rule, "overflow": overflow})
                rec.check_schedule(rec.Schedule(recurrence, start, rec.load_zone("UTC")))
            except rec.RuleRefused:
                continue
            found.append(recurrence)
    return found


def slots(rule: rec.Rule, start: rec.Slot, overflow: rec.Overflow, limit: int = 40) -> tuple[int, ...]:
    return tuple(islice(rule_slots(rule, start, overflow).after(moment_of(start)), limit))


def assert_simplified_is_the_same(recurrence: rec.Recurrence, start: rec.Slot) -> None:
    filled = _fill(recurrence.rule, rec.day_of(start))
    overflow = rec.Overflow.CLAMP if _is_clamped(recurrence, filled) else rec.Overflow.OMIT
    simple = simplify_rule(filled)
    given = slots(recurrence.rule, start, recurrence.overflow)
    assert slots(simple, start, overflow) == given, f"{recurrence.rule} is not {simple}"
    assert simplify_rule(simple) == simple


@pytest.mark.parametrize("start", STARTS)
def test_a_simplified_rule_has_the_same_slots(start: str) -> None:
    rules = accepted_from(start)
    assert len(rules) > 800
    for recurrence in rules:
        assert_simplified_is_the_same(recurrence, slot(start))


@pytest.mark.parametrize("seed", range(3))
def test_a_simplified_random_rule_has_the_same_slots(seed: int) -> None:
    dice, start = random.Random(seed), datetime(2026, 3, 1, 9, 30)  # noqa: DTZ001 - wall time
    rules = accepted([random_rule(dice) for _ in range(300)], start)
    assert len(rules) > 80
    for recurrence in rules:
        assert_simplified_is_the_same(recurrence, start)


@pytest.mark.parametrize("start", STARTS)
def test_rules_with_the_same_words_have_the_same_slots(start: str) -> None:
    by_words: dict[str, dict[tuple[int, ...], str]] = defaultdict(dict)
    for recurrence in accepted_from(start):
        found = slots(recurrence.rule, slot(start), recurrence.overflow)
        by_words[rec.describe(recurrence, slot(start))][found] = str(recurrence.rule)
    assert len(by_words) > 300
    different = {words: [*rules.values()] for words, rules in by_words.items() if len(rules) > 1}
    assert not different
