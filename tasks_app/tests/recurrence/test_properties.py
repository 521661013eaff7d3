"""What holds for every rule: nothing twice, nothing lost, nothing before the start, no drift."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tasks_app import recurrence as rec
from tasks_app.recurrence import Schedule, Slot

from .build import between

ZONES = (
    "Europe/Madrid",
    "America/New_York",
    "Pacific/Apia",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "UTC",
)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
EXAMPLES = settings(max_examples=80, deadline=None)


def listed(values: st.SearchStrategy[object], most: int = 3) -> st.SearchStrategy[str]:
    return st.lists(values, min_size=1, max_size=most).map(
        lambda items: ",".join(str(item) for item in items)
    )


def by_parts(frequency: str) -> st.SearchStrategy[str]:
    parts = {"BYMONTH": listed(st.integers(1, 12))}
    if frequency != "WEEKLY":
        parts["BYMONTHDAY"] = listed(st.integers(-31, 31).filter(bool))
    parts["BYDAY"] = listed(st.sampled_from(WEEKDAYS))
    if frequency in ("MONTHLY", "YEARLY"):
        parts["BYDAY"] |= listed(st.tuples(st.sampled_from((-2, -1, 1, 2, 5)), st.sampled_from(WEEKDAYS)).map(
            lambda pair: f"{pair[0]}{pair[1]}"
        ))  # fmt: skip
    return st.fixed_dictionaries({}, optional=parts).map(
        lambda chosen: "".join(f";{name}={value}" for name, value in chosen.items())
    )


ENDS = st.one_of(
    st.just(""),
    st.integers(1, 60).map(lambda count: f";COUNT={count}"),
    st.dates(date(2020, 1, 1), date(2040, 1, 1)).map(lambda day: f";UNTIL={day:%Y%m%d}"),
    st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)).map(  # noqa: DTZ001 - a wall time
        lambda moment: f";UNTIL={moment:%Y%m%dT%H%M%S}Z"
    ),
)
STARTS = st.dates(date(2019, 1, 1), date(2030, 1, 1)) | st.datetimes(
    datetime(2019, 1, 1),  # noqa: DTZ001 - a wall time
    datetime(2030, 1, 1),  # noqa: DTZ001 - a wall time
).map(lambda wall: wall.replace(microsecond=0))


@st.composite
def schedules(draw: st.DrawFn, *, ends: st.SearchStrategy[str] = ENDS, anchor: str = "future") -> Schedule:
    frequency = draw(st.sampled_from(("DAILY", "WEEKLY", "MONTHLY", "YEARLY")))
    parts = "" if anchor == "completion" else draw(by_parts(frequency))
    grid = f"INTERVAL={draw(st.integers(1, 14))};WKST={draw(st.sampled_from(WEEKDAYS))}"
    rule = f"FREQ={frequency};{grid}{parts}{draw(ends)}"
    value = {"rule": rule, "anchor": anchor, **draw(st.sampled_from(({}, {"overflow": "omit"})))}
    try:
        recurrence = rec.parse_recurrence(value)
        schedule = Schedule(recurrence, draw(STARTS), rec.load_zone(draw(st.sampled_from(ZONES))))
        rec.check_schedule(schedule)
    except rec.RuleRefused:
        assume(False)
    return schedule


def time_parts(frequency: str) -> st.SearchStrategy[str]:
    parts = {
        "BYHOUR": listed(st.integers(0, 23), 4),
        "BYMINUTE": listed(st.integers(0, 59), 4),
        "BYSECOND": st.just("0"),
    }
    if frequency in ("HOURLY", "MINUTELY", "YEARLY"):
        parts["BYYEARDAY"] = listed(st.integers(-366, 366).filter(bool), 6)
    if frequency == "YEARLY":
        parts["BYWEEKNO"] = listed(st.integers(-53, 53).filter(bool), 6)
    return st.fixed_dictionaries({}, optional=parts).map(
        lambda chosen: "".join(f";{name}={value}" for name, value in chosen.items())
    )


@st.composite
def timed_schedules(draw: st.DrawFn, *, ends: st.SearchStrategy[str] = ENDS) -> Schedule:
    """Schedules of rules with hours and minutes, weeks and days of the year."""
    frequency = draw(st.sampled_from(("MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY")))
    days = draw(st.just("") | by_parts(frequency))
    interval = draw(st.sampled_from((1, 1, 2, 3, 5, 7, 20, 45, 90, 100, 997)))
    parts = days + draw(time_parts(frequency))
    position = draw(st.just("") | st.sampled_from((";BYSETPOS=1", ";BYSETPOS=-1,2"))) if parts else ""
    rule = f"FREQ={frequency};INTERVAL={interval}{parts}{position}{draw(ends)}"
    start = datetime.combine(draw(st.dates(date(1970, 1, 1), date(9999, 12, 30))), draw(st.times()))
    try:
        schedule = Schedule(
            rec.parse_recurrence(rule),
            start.replace(microsecond=0),
            rec.load_zone(draw(st.sampled_from(ZONES))),
        )
        rec.check_schedule(schedule)
    except rec.RuleRefused:
        assume(False)
    return schedule


def instant_of(slot: Slot, schedule: Schedule) -> datetime:
    return rec.resolve_slot(slot, schedule.zone).instant


@EXAMPLES
@given(schedules() | timed_schedules())
def test_slots_only_go_forward_from_the_start(schedule: Schedule) -> None:
    found = rec.occurrences(schedule, 40)
    assert found[0] == schedule.start
    assert all(earlier < later for earlier, later in pairwise(found))
    assert all(rec.parse_slot(rec.slot_text(slot)) == slot for slot in found)


@EXAMPLES
@given(schedules() | timed_schedules())
def test_one_by_one_is_the_same_as_all_at_once_both_ways(schedule: Schedule) -> None:
    found = rec.occurrences(schedule, 25)
    for number, (earlier, later) in enumerate(pairwise(found), start=1):
        assert rec.next_slot(schedule, earlier) == later
        assert rec.previous_slot(schedule, later) == earlier
        assert rec.slot_number(schedule, earlier) == number


@EXAMPLES
@given(schedules())
def test_count_and_until_are_respected(schedule: Schedule) -> None:
    rule, found = schedule.rule, rec.occurrences(schedule, 80)
    if rule.count is not None:
        assert len(found) <= rule.count
    endless = Schedule(rec.Recurrence(rule.without_end(), overflow=schedule.recurrence.overflow), schedule.start,
                       schedule.zone)  # fmt: skip
    unbounded = rec.occurrences(endless, 80)
    assert found == unbounded[: len(found)]
    if len(found) < len(unbounded):
        assert len(found) == rule.count or is_past_until(unbounded[len(found)], schedule)
    assert not any(is_past_until(slot, schedule) for slot in found[1:])


def is_past_until(slot: Slot, schedule: Schedule) -> bool:
    until = schedule.rule.until
    if isinstance(until, datetime):
        return instant_of(slot, schedule) > until
    return until is not None and rec.day_of(slot) > until


MOMENTS = st.datetimes(datetime(2018, 1, 1), datetime(2045, 1, 1)).map(  # noqa: DTZ001 - made aware
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)


@EXAMPLES
@given(schedules(), st.integers(0, 20), MOMENTS)
def test_future_loses_nothing_unrecorded(schedule: Schedule, index: int, completed_at: datetime) -> None:
    found = rec.occurrences(schedule, 21)
    own = found[min(index, len(found) - 1)]
    next_one = rec.successor(schedule, own, completed_at)
    upcoming = rec.occurrences_after(schedule, own, next_one.missed.count + 1)
    passed, following = upcoming[: next_one.missed.count], upcoming[next_one.missed.count :]
    assert following == (() if next_one.slot is None else (next_one.slot,))
    assert next_one.missed.slots == (passed if len(passed) <= 1000 else ())
    assert (next_one.missed.first, next_one.missed.last) == (
        (passed[0], passed[-1]) if passed else (None, None)
    )
    assert all(instant_of(slot, schedule) <= completed_at for slot in passed)
    if next_one.slot is not None:
        assert instant_of(next_one.slot, schedule) > completed_at
        assert next_one.slot > own


@EXAMPLES
@given(timed_schedules(ends=st.just("")), st.integers(0, 30), st.integers(0, 400))
def test_what_is_missed_is_counted_as_if_it_were_listed(schedule: Schedule, own: int, later: int) -> None:
    found = rec.occurrences(schedule, own + later + 1)
    first, last = found[min(own, len(found) - 1)], found[-1]
    next_one = rec.successor(schedule, first, instant_of(last, schedule))
    passed = [slot for slot in rec.occurrences_after(schedule, first, later + 400)
              if next_one.slot is None or slot < next_one.slot]  # fmt: skip
    expected = (len(passed), passed[0], passed[-1]) if passed else (0, None, None)
    if len(passed) < later + 400:
        assert (next_one.missed.count, next_one.missed.first, next_one.missed.last) == expected
        assert next_one.missed.slots == tuple(passed)


@EXAMPLES
@given(schedules(), st.integers(0, 20), MOMENTS)
def test_due_takes_the_very_next_slot(schedule: Schedule, index: int, completed_at: datetime) -> None:
    anchored = Schedule(rec.Recurrence(schedule.rule, rec.Anchor.DUE, schedule.recurrence.overflow),
                        schedule.start, schedule.zone)  # fmt: skip
    found = rec.occurrences(schedule, 22)
    index = min(index, len(found) - 1)
    following = found[index + 1] if index + 1 < len(found) else None
    assert rec.successor(anchored, found[index], completed_at) == rec.Successor(following)


@EXAMPLES
@given(schedules(ends=st.just(""), anchor="completion"), MOMENTS)
def test_completion_is_later_than_both_and_whole_intervals_after(schedule: Schedule, done: datetime) -> None:
    found = rec.successor(schedule, schedule.start, done)
    assert found.slot is not None
    assert found.missed == rec.Missed()
    day, done_on = rec.day_of(found.slot), rec.local_day(done, schedule.zone)
    assert day > max(rec.day_of(schedule.start), done_on)
    if schedule.rule.frequency in (rec.Frequency.DAILY, rec.Frequency.WEEKLY):
        assert (day - done_on).days % schedule.rule.interval == 0
    if isinstance(found.slot, datetime) and isinstance(schedule.start, datetime):
        assert found.slot.time() == schedule.start.time()


@EXAMPLES
@given(schedules(ends=st.just("")), st.sampled_from(("UTC", "Europe/Madrid")))
def test_nothing_drifts_in_50_years(schedule: Schedule, zone: str) -> None:
    """Slots do not depend on the zone, and those of a day late are those counted all the way there."""
    elsewhere = Schedule(schedule.recurrence, schedule.start, rec.load_zone(zone))
    late = rec.day_of(schedule.start).replace(day=1) + timedelta(days=50 * 365)
    from_there = rec.occurrences_after(elsewhere, late, 3)
    walked = [slot for slot in between(schedule, schedule.start, late + timedelta(days=3_650), limit=20_000)
              if rec.day_of(slot) > late][:3]  # fmt: skip
    assert list(from_there[: len(walked)]) == walked
    times = {slot.time() for slot in from_there if isinstance(slot, datetime)}
    assert times <= {schedule.start.time()} if isinstance(schedule.start, datetime) else not times


@EXAMPLES
@given(st.dates(date(1970, 1, 1), date(2100, 12, 31)), st.sampled_from(("MONTHLY", "YEARLY")))
def test_a_clamped_rule_is_on_its_day_or_the_last_for_50_years(start: date, frequency: str) -> None:
    schedule = Schedule(rec.parse_recurrence(f"FREQ={frequency}"), start, rec.load_zone("UTC"))
    months = 1 if frequency == "MONTHLY" else 12
    for number, slot in enumerate(rec.occurrences(schedule, 600 // months)):
        day = rec.day_of(slot)
        assert day.year * 12 + day.month == start.year * 12 + start.month + number * months
        assert day.day == start.day or (day.day < start.day and (day + timedelta(days=1)).day == 1)


@EXAMPLES
@given(schedules() | timed_schedules(), st.integers(0, 20))
def test_a_series_split_anywhere_has_the_same_slots(schedule: Schedule, index: int) -> None:
    found = rec.occurrences(schedule, 45)
    index = min(index, len(found) - 1)
    after = rec.continue_from(schedule, found[index])
    assert rec.occurrences(after, 45 - index) == found[index:]
    if index:
        before = Schedule(rec.end_before(schedule, found[index]), schedule.start, schedule.zone)
        assert rec.occurrences(before, 45) == found[:index]


@EXAMPLES
@given(schedules() | timed_schedules())
def test_every_accepted_rule_has_words_and_reads_back(schedule: Schedule) -> None:
    recurrence = schedule.recurrence
    assert rec.describe(recurrence, schedule.start).startswith(("every ", "on the ", "on every ", "once"))
    stored = (str(recurrence.rule), recurrence.anchor.value, recurrence.overflow.value)
    assert rec.load_recurrence(*stored) == recurrence
