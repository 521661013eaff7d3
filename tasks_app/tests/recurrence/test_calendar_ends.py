"""At the ends of the calendar input is refused and what is stored ends: nothing raises anything else."""

import contextlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks_app import recurrence as rec

from .build import schedule, slot, wall
from .test_properties import by_parts, time_parts

ZONES = [
    rec.load_zone(name)
    for name in (
        "UTC",
        "Pacific/Kiritimati",
        "Etc/GMT+12",
        "Pacific/Apia",
        "America/New_York",
        "Africa/Monrovia",
    )
]
EDGES = [
    wall(text)
    for text in (
        "1970-01-01T00:00:00", "1970-01-01T23:59:59", "9998-12-31T03:00:00", "9999-12-30T12:00:00",
        "9999-12-31T00:00:00", "9999-12-31T23:59:59",
    )
]  # fmt: skip
INSTANTS = [
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(2026, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 10, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
]
ENDS = (
    "", ";COUNT=1", ";COUNT=10000", ";UNTIL=19691231", ";UNTIL=19700101T000000Z", ";UNTIL=99991231",
    ";UNTIL=99991231T235959", ";UNTIL=99991231T235959Z", ";UNTIL=99991230T120000Z",
)  # fmt: skip
OFFSETS = [rec.parse_offset(text) for text in ("P3660D", "-P3660D", "PT720H", "-PT15H", "PT0S")]


@st.composite
def recurrences(draw: st.DrawFn) -> rec.Recurrence:
    """Anything that a release may have stored, accepted today or not."""
    frequency = draw(st.sampled_from([each.value for each in rec.Frequency]))
    parts = draw(st.just("") | by_parts(frequency)) + draw(st.just("") | time_parts(frequency))
    interval = draw(st.sampled_from((1, 2, 5, 13, 997)))
    rule = f"FREQ={frequency};INTERVAL={interval}{parts}{draw(st.sampled_from(ENDS))}"
    anchor = draw(st.sampled_from([each.value for each in rec.Anchor]))
    return rec.load_recurrence(rule, anchor, draw(st.sampled_from(("clamp", "omit"))))


@settings(max_examples=60, deadline=None)
@given(recurrences(), st.sampled_from(EDGES), st.sampled_from(ZONES), st.booleans())
def test_what_is_stored_expands_to_the_end_of_the_calendar(
    recurrence: rec.Recurrence, edge: datetime, zone: ZoneInfo, is_timed: bool
) -> None:
    own: rec.Slot = edge if is_timed else edge.date()
    stored = rec.Schedule(recurrence, own, zone)
    for moment in INSTANTS:
        rec.successor(stored, own, moment, number=1)
        rec.next_slot_after_instant(stored, moment)
    for after in (own, EDGES[0], EDGES[-1], date.max):
        rec.next_slot(stored, after)
        rec.previous_slot(stored, after)
        rec.slot_number(stored, after)
    rec.describe(recurrence, own)
    before = rec.end_before(stored, own)
    rec.load_recurrence(str(before.rule), before.anchor.value, before.overflow.value)
    rec.keep_day(rec.inherit_end(recurrence, stored, own, number=1), stored, own)
    assert rec.occurrences(rec.continue_from(stored, own, number=1), 3)[0] == own


@settings(max_examples=60, deadline=None)
@given(recurrences(), st.sampled_from(EDGES), st.sampled_from(ZONES), st.sampled_from(EDGES))
def test_what_people_send_is_refused_or_accepted(
    recurrence: rec.Recurrence, edge: datetime, zone: ZoneInfo, moved_to: datetime
) -> None:
    makers: list[Callable[[], rec.Due]] = [
        lambda: rec.timed_from_wall(edge, zone),
        lambda: rec.floating_from_wall(edge),
        lambda: rec.day_from_date(edge.date(), zone),
        *(partial(rec.timed_from_instant, moment, zone) for moment in INSTANTS),
    ]
    for make in makers:
        with contextlib.suppress(rec.RecurrenceError):
            due = make()
            rec.overdue_at(due, zone)
            for offset in OFFSETS:
                with contextlib.suppress(rec.RecurrenceError):
                    rec.fire_at(due, offset, zone)
            rec.check_schedule(rec.Schedule(recurrence, rec.slot_of(due), zone))
    with contextlib.suppress(rec.RecurrenceError):
        rec.first_on_or_after(recurrence, edge.date(), zone)
    with contextlib.suppress(rec.RecurrenceError):
        rec.move_rule(recurrence, edge, moved_to)


@pytest.mark.parametrize(
    ("rule", "last", "zone"),
    [
        ("daily", "9999-12-31", "UTC"),
        ("FREQ=HOURLY", "9999-12-31T23:30:00", "UTC"),
        ("FREQ=HOURLY", "9999-12-31T11:30:00", "Etc/GMT+12"),
        ("FREQ=MINUTELY;INTERVAL=5", "9999-12-31T23:55:00", "Pacific/Kiritimati"),
    ],
)
@pytest.mark.parametrize("anchor", ["future", "due", "completion"])
def test_behind_the_last_slot_of_the_calendar_there_is_none(
    rule: str, last: str, zone: str, anchor: str
) -> None:
    ending = schedule({"rule": rule, "anchor": anchor}, last, zone=zone)
    done = rec.resolve_slot(ending.start, ending.zone).instant
    assert rec.successor(ending, slot(last), done) == rec.Successor(None)
    assert rec.occurrences(ending, 5) == (ending.start,)


def test_a_series_that_is_split_at_the_first_day_can_be_read_back() -> None:
    first_day = schedule("daily", "1970-01-01")
    ended = rec.end_before(first_day, first_day.start)
    assert ended.rule.until == date(1969, 12, 31)
    assert rec.load_recurrence(str(ended.rule), "future", "omit") == ended


def test_an_early_completion_at_the_end_of_the_calendar_is_answered() -> None:
    hourly = schedule({"rule": "FREQ=HOURLY", "anchor": "completion"}, "9999-12-31T22:00")
    done = datetime(9999, 12, 31, 20, 15, tzinfo=UTC)
    assert rec.successor(hourly, hourly.start, done).slot == wall("9999-12-31T22:15")
    assert rec.successor(hourly, hourly.start, done + timedelta(hours=3)).slot is None
