"""Reading recurrences in every form, and the canonical text."""

import contextlib
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks_app import recurrence as rec

from .build import day, first, wall


def rule_text(value: object, week_start: str = "mo") -> str:
    return str(rec.parse_recurrence(value, week_start=week_start).rule)


def refusal(value: object) -> tuple[str | None, str]:
    with pytest.raises(rec.RuleRefused) as refused:
        rec.parse_recurrence(value)
    return refused.value.field, refused.value.code


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("FREQ=DAILY", "FREQ=DAILY"),
        ("RRULE:FREQ=DAILY", "FREQ=DAILY"),
        ("rrule:freq=weekly;byday=mo,we", "FREQ=WEEKLY;BYDAY=MO,WE"),
        ("freq=daily;", "FREQ=DAILY"),
        (
            "FREQ=HOURLY;BYSECOND=0;BYMINUTE=30,0,30;BYHOUR=9,8;INTERVAL=2;",
            "FREQ=HOURLY;INTERVAL=2;BYHOUR=8,9;BYMINUTE=0,30;BYSECOND=0",
        ),
        (
            "FREQ=YEARLY;BYDAY=MO;BYYEARDAY=-1,100,1;BYWEEKNO=-1,20",
            "FREQ=YEARLY;BYWEEKNO=20,-1;BYYEARDAY=1,100,-1;BYDAY=MO",
        ),
        (" FREQ=DAILY;INTERVAL=1 ", "FREQ=DAILY"),
        ("COUNT=4;BYMONTHDAY=31;FREQ=MONTHLY", "FREQ=MONTHLY;BYMONTHDAY=31;COUNT=4"),
        ("FREQ=WEEKLY;BYDAY=SU,MO,SU;WKST=SU;INTERVAL=02", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU"),
        ("FREQ=MONTHLY;BYDAY=+1MO,-1FR", "FREQ=MONTHLY;BYDAY=1MO,-1FR"),
        ("FREQ=MONTHLY;BYMONTHDAY=-1,15,1", "FREQ=MONTHLY;BYMONTHDAY=1,15,-1"),
        ("FREQ=DAILY;UNTIL=20261231T100000z", "FREQ=DAILY;UNTIL=20261231T100000Z"),
    ],
)
def test_a_rule_has_one_canonical_text(written: str, canonical: str) -> None:
    assert rule_text(written) == canonical
    assert rule_text(canonical) == canonical


@pytest.mark.parametrize(
    ("word", "rule"),
    [
        ("daily", "FREQ=DAILY;WKST=SU"),
        ("weekdays", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;WKST=SU"),
        ("Weekly", "FREQ=WEEKLY;WKST=SU"),
        ("monthly", "FREQ=MONTHLY;WKST=SU"),
        ("yearly", "FREQ=YEARLY;WKST=SU"),
    ],
)
def test_words_take_the_users_week_start(word: str, rule: str) -> None:
    assert rule_text(word, "su") == rule


def test_a_given_rule_keeps_its_own_week_start() -> None:
    assert rule_text("FREQ=WEEKLY;INTERVAL=2", "su") == "FREQ=WEEKLY;INTERVAL=2"
    assert rec.parse_recurrence("FREQ=WEEKLY", week_start="su").rule.week_start is None


def test_the_plain_form_reads_like_its_rule() -> None:
    fortnightly = {"frequency": "weekly", "interval": 2, "weekdays": ["th", "MO"], "end_date": "2026-12-31"}
    assert rule_text(fortnightly) == "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TH;UNTIL=20261231;WKST=MO"
    assert rule_text({"frequency": "monthly", "count": 3}, "sa") == "FREQ=MONTHLY;COUNT=3;WKST=SA"
    assert rule_text({"frequency": "daily", "interval": None, "end_date": None}) == "FREQ=DAILY;WKST=MO"


def test_the_object_carries_anchor_overflow_and_ends() -> None:
    value = {"rule": "FREQ=MONTHLY", "anchor": "completion", "overflow": "omit", "ends": "never"}
    found = rec.parse_recurrence(value)
    assert (found.anchor, found.overflow, found.never_ends) == (
        rec.Anchor.COMPLETION,
        rec.Overflow.OMIT,
        True,
    )


def test_future_and_clamp_are_the_defaults() -> None:
    found = rec.parse_recurrence({"rule": "monthly"})
    assert (found.anchor, found.overflow, found.never_ends) == (rec.Anchor.FUTURE, rec.Overflow.CLAMP, False)


CLAMPABLE = (
    "monthly",
    "yearly",
    "FREQ=MONTHLY;BYMONTHDAY=1,31",
    "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=29",
    "FREQ=YEARLY;BYMONTH=2,7;BYMONTHDAY=30",
    "FREQ=DAILY;BYMONTHDAY=29",
)
NOT_CLAMPABLE = (
    "daily",
    "weekdays",
    "weekly",
    "FREQ=MONTHLY;BYMONTHDAY=28",
    "FREQ=MONTHLY;BYMONTHDAY=-1",
    "FREQ=MONTHLY;BYMONTHDAY=-31",
    "FREQ=MONTHLY;BYMONTH=1,3;BYMONTHDAY=31",
    "FREQ=YEARLY;BYMONTH=5",
    "FREQ=MONTHLY;BYDAY=MO",
    "FREQ=MONTHLY;BYMONTHDAY=31;BYDAY=FR",
    "FREQ=MONTHLY;BYMONTHDAY=31;BYSETPOS=1",
)


@pytest.mark.parametrize("rule", CLAMPABLE)
def test_clamp_may_be_named_where_it_has_an_effect_and_is_the_default_there(rule: str) -> None:
    assert rec.parse_recurrence({"rule": rule, "overflow": "clamp"}) == rec.parse_recurrence(rule)
    assert rec.parse_recurrence({"rule": rule}).overflow is rec.Overflow.CLAMP


@pytest.mark.parametrize("rule", NOT_CLAMPABLE)
def test_clamp_is_refused_where_it_could_have_no_effect(rule: str) -> None:
    assert refusal({"rule": rule, "overflow": "clamp"}) == ("recurrence.overflow", "conflict")
    assert rec.parse_recurrence({"rule": rule, "overflow": "omit"}) == rec.parse_recurrence(rule)
    assert rec.parse_recurrence(rule).overflow is rec.Overflow.OMIT


def test_what_was_stored_before_clamp_was_refused_is_the_same_rule() -> None:
    stored = rec.load_recurrence("FREQ=WEEKLY;BYDAY=MO", "future", "clamp")
    assert stored == rec.parse_recurrence("FREQ=WEEKLY;BYDAY=MO")


def test_bounds_of_what_people_send_do_not_apply_to_what_is_stored() -> None:
    stored = rec.load_recurrence("FREQ=DAILY;INTERVAL=1001;COUNT=10001", "future", "omit")
    assert (stored.rule.interval, stored.rule.count) == (1001, 10_001)
    together = rec.load_recurrence("FREQ=DAILY;COUNT=2;UNTIL=20301231", "future", "omit")
    assert (
        first(9, rec.Schedule(together, day("2030-01-01"), rec.load_zone("UTC"))) == "2030-01-01 2030-01-02"
    )


def test_until_is_a_date_a_wall_time_or_an_instant() -> None:
    read = [rec.parse_recurrence(f"FREQ=DAILY;UNTIL={text}").rule.until for text in (
        "20261231", "20261231T100000", "20261231T100000Z"
    )]  # fmt: skip
    at_ten = wall("2026-12-31T10:00")
    assert read == [date(2026, 12, 31), at_ten, at_ten.replace(tzinfo=UTC)]
    assert [isinstance(until, datetime) for until in read] == [False, True, True]


@pytest.mark.parametrize(
    ("value", "field", "code"),
    [
        ("FREQ=DAILY;COUNT=0", "recurrence", "out_of_range"),
        ({"rule": "FREQ=DAILY;COUNT=0"}, "recurrence.rule", "out_of_range"),
        ({"rule": 7}, "recurrence.rule", "invalid_type"),
        ({"rule": "daily", "anchor": "past"}, "recurrence.anchor", "invalid_value"),
        ({"rule": "daily", "anchor": []}, "recurrence.anchor", "invalid_value"),
        ({"rule": "daily", "overflow": None}, "recurrence.overflow", "invalid_value"),
        ({"rule": "daily", "ends": "soon"}, "recurrence.ends", "invalid_value"),
        ({"rule": "FREQ=DAILY;COUNT=2", "ends": "never"}, "recurrence.ends", "conflict"),
        ({"rule": "daily", "frequency": "daily"}, "recurrence", "unknown_field"),
        ({"rule": "daily", "text": "every day"}, "recurrence.text", "read_only"),
        ({"frequency": "secondly"}, "recurrence.frequency", "invalid_value"),
        ({"frequency": 3}, "recurrence.frequency", "invalid_type"),
        ({}, "recurrence.frequency", "missing_part"),
        ({"frequency": "daily", "interval": True}, "recurrence.interval", "invalid_type"),
        ({"frequency": "daily", "interval": 2.0}, "recurrence.interval", "invalid_type"),
        ({"frequency": "daily", "interval": 0}, "recurrence.interval", "out_of_range"),
        ({"frequency": "daily", "count": 10_001}, "recurrence.count", "out_of_range"),
        ({"frequency": "weekly", "weekdays": []}, "recurrence.weekdays", "invalid_type"),
        ({"frequency": "weekly", "weekdays": ["monday"]}, "recurrence.weekdays", "invalid_value"),
        ({"frequency": "weekly", "weekdays": [["mo"]]}, "recurrence.weekdays", "invalid_value"),
        ({"frequency": "daily", "end_date": "2026-02-30"}, "recurrence.end_date", "invalid_value"),
        ({"frequency": "daily", "end_date": "20261231"}, "recurrence.end_date", "invalid_value"),
        ({"frequency": "daily", "end_date": 20261231}, "recurrence.end_date", "invalid_type"),
        ({"frequency": "daily", "end_date": "2026-12-31", "count": 2}, "recurrence", "conflict"),
        ({"frequency": "daily", "until": "2026-12-31"}, "recurrence", "unknown_field"),
        ({"frequency": "daily", "weekdays": ["mo"], "anchor": "completion"}, "recurrence",
         "by_parts_with_completion"),
        (None, "recurrence", "invalid_type"),
        (["daily"], "recurrence", "invalid_type"),
        (True, "recurrence", "invalid_type"),
        ("fortnightly", "recurrence", "malformed"),
        ("FREQ=DAILY;BYDAY=", "recurrence", "malformed"),
        ("FREQ=DAILY;BYMONTH=1,,2", "recurrence", "invalid_value"),
        ("FREQ=DAILY;BYMONTH=٣", "recurrence", "malformed"),
        ("FREQ=MONTHLY;BYDAY=0MO", "recurrence", "out_of_range"),
        ("FREQ=WEEKLY;WKST=XX", "recurrence", "invalid_value"),
        ("FREQ=DAILY;UNTIL=20261231Z", "recurrence", "invalid_value"),
        ("FREQ=DAILY;UNTIL=2026-12-31", "recurrence", "invalid_value"),
    ],
)  # fmt: skip
def test_a_refusal_names_the_field(value: object, field: str, code: str) -> None:
    assert refusal(value) == (field, code)


def test_a_text_that_is_the_current_one_is_tolerated() -> None:
    current = {"rule": "FREQ=DAILY", "anchor": "future", "overflow": "omit", "text": "every day"}
    value = {"rule": "FREQ=DAILY", "text": "every day"}
    assert rec.parse_recurrence(value, current=current) == rec.parse_recurrence("FREQ=DAILY")
    with pytest.raises(rec.RuleRefused):
        rec.parse_recurrence(value, current={**current, "text": "every week"})


@pytest.mark.parametrize("left_out", [set(), {"text"}])
def test_what_was_answered_is_accepted_when_it_comes_back_whatever_is_refused_today(
    left_out: set[str],
) -> None:
    answered = {"rule": "FREQ=DAILY;INTERVAL=1001", "anchor": "due", "overflow": "clamp", "text": "as it was"}
    sent = {name: answered[name] for name in answered.keys() - left_out}
    loaded = rec.load_recurrence(answered["rule"], answered["anchor"], answered["overflow"])
    assert rec.parse_recurrence(sent, current=answered) == loaded
    with pytest.raises(rec.RuleRefused):
        rec.parse_recurrence({**sent, "anchor": "future"}, current=answered)


def test_a_refusal_says_where_the_caller_wants() -> None:
    with pytest.raises(rec.RuleRefused) as refused:
        rec.parse_recurrence({"rule": "FREQ=NEVER"}, field="operations[3].fields.recurrence")
    assert refused.value.field == "operations[3].fields.recurrence.rule"


def test_what_is_stored_comes_back() -> None:
    given_form = rec.parse_recurrence({"rule": "FREQ=MONTHLY;BYMONTHDAY=31;COUNT=4", "anchor": "due"})
    stored = (str(given_form.rule), given_form.anchor.value, given_form.overflow.value)
    assert rec.load_recurrence(*stored) == given_form


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["rule", "anchor", "overflow", "ends", "text", "frequency", "interval", "weekdays", "end_date", "count"]
)


@settings(max_examples=300, deadline=None)
@given(JUNK | st.dictionaries(FIELDS, JUNK, max_size=5))
def test_junk_is_refused_and_never_breaks(value: object) -> None:
    with contextlib.suppress(rec.RuleRefused):
        rec.parse_recurrence(value)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="FREQDAILYMONTHWKSBU=;,+-0123456789TZ:", max_size=60))
def test_rule_like_junk_is_refused_or_canonical(tail: str) -> None:
    try:
        rule = rec.parse_recurrence(f"FREQ=MONTHLY;{tail}").rule
    except rec.RuleRefused:
        return
    assert rec.parse_recurrence(str(rule)).rule == rule


@pytest.mark.parametrize("number", ["0", "-1", "10001", "1000000000", "99999999999999"])
@pytest.mark.parametrize(("part", "most"), [("INTERVAL", 1000), ("COUNT", 10_000)])
def test_a_number_out_of_bounds_is_refused_with_the_bound_that_holds(
    part: str, most: int, number: str
) -> None:
    with pytest.raises(rec.RuleRefused, match=f"^{part}.*from 1 to {most}\\.") as refused:
        rec.parse_recurrence(f"FREQ=DAILY;{part}={number}")
    assert refused.value.code == "out_of_range"
