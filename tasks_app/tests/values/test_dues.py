"""What a caller's words for a due mean."""

from zoneinfo import ZoneInfo

import pytest

from tasks_app import recurrence as rec
from tasks_app.errors import InvalidInput
from tasks_app.models import NO_DUE, Task
from tasks_app.tests.helpers import at, day, when
from tasks_app.values.dues import due_of, place_due, wanted_due
from tasks_app.values.fields import AtInstant, AtWall, OnDay, TaskFields

MADRID, TOKYO = ZoneInfo("Europe/Madrid"), ZoneInfo("Asia/Tokyo")


def changed(fields: TaskFields, *, before: rec.Due | None = None) -> rec.Due | None:
    task = Task()
    place_due(task, before, user_zone=MADRID)
    return wanted_due(task, fields, user_zone=MADRID)[0]


def test_a_time_with_an_offset_becomes_wall_time_in_the_users_zone() -> None:
    due = changed(TaskFields(due=AtInstant(at("2026-03-29T08:00:00+00:00"))))
    assert due == rec.Timed(at("2026-03-29T10:00"), rec.load_zone("Europe/Madrid"))


def test_a_time_without_an_offset_is_read_in_the_zone_that_is_named() -> None:
    due = changed(TaskFields(due=AtWall(at("2026-03-29T10:00")), time_zone="Asia/Tokyo"))
    assert due is not None
    assert rec.resolve(due, MADRID).instant == at("2026-03-29T01:00:00+00:00")


def test_a_timed_task_keeps_its_zone_when_it_is_moved() -> None:
    before = rec.Timed(at("2026-03-01T09:00"), TOKYO)
    due = changed(TaskFields(due=AtInstant(at("2026-03-02T00:00:00+00:00"))), before=before)
    assert due == rec.Timed(at("2026-03-02T09:00"), rec.load_zone("Asia/Tokyo"))


def test_naming_only_the_zone_keeps_the_wall_time() -> None:
    before = rec.Timed(at("2026-03-01T09:00"), rec.load_zone("Europe/Madrid"))
    due = changed(TaskFields(time_zone="Asia/Tokyo"), before=before)
    assert due == rec.Timed(at("2026-03-01T09:00"), rec.load_zone("Asia/Tokyo"))


def test_a_day_without_a_zone_follows_the_user() -> None:
    assert changed(TaskFields(due=OnDay(day("2026-07-15")))) == rec.Day(day("2026-07-15"))


def test_a_timed_task_that_becomes_a_day_forgets_its_zone() -> None:
    before = rec.Timed(at("2026-03-01T09:00"), TOKYO)
    assert changed(TaskFields(due=OnDay(day("2026-07-15"))), before=before) == rec.Day(day("2026-07-15"))


def test_floating_keeps_the_wall_time_without_a_zone() -> None:
    before = rec.Timed(at("2026-03-01T09:00"), TOKYO)
    assert changed(TaskFields(floating=True), before=before) == rec.Floating(at("2026-03-01T09:00"))


def test_a_floating_due_that_is_given_a_zone_no_longer_floats() -> None:
    before = rec.Floating(at("2026-03-01T09:00"))
    due = changed(TaskFields(time_zone="Asia/Tokyo"), before=before)
    assert due == rec.Timed(at("2026-03-01T09:00"), rec.load_zone("Asia/Tokyo"))


@pytest.mark.parametrize(
    "fields",
    [
        TaskFields(due=when("2026-03-01T09:00"), floating=True, time_zone="Asia/Tokyo"),
        TaskFields(due=when("2026-03-01"), floating=True),
        TaskFields(floating=True),
    ],
    ids=["with a zone", "on a day", "without a due"],
)
def test_what_cannot_float_is_refused(fields: TaskFields) -> None:
    with pytest.raises(InvalidInput) as refused:
        changed(fields)
    assert refused.value.errors[0].field == "floating"


def test_sending_back_the_instant_of_a_skipped_wall_time_keeps_the_wall_time() -> None:
    before = rec.Timed(at("2026-03-29T02:30"), rec.load_zone("Europe/Madrid"))
    instant = rec.resolve(before, MADRID).instant
    assert changed(TaskFields(due=AtInstant(instant)), before=before) == before


def test_the_second_of_a_doubled_wall_time_survives_being_sent_back_and_a_change_of_zone_alone() -> None:
    second = rec.timed_from_instant(at("2026-10-25T01:30:00+00:00"), rec.load_zone("Europe/Madrid"))
    assert second.fold == 1
    for fields in (TaskFields(due=AtInstant(at("2026-10-25T01:30:00+00:00"))), TaskFields(floating=False)):
        assert changed(fields, before=second) == second


def test_the_first_of_a_doubled_wall_time_is_another_due() -> None:
    second = rec.timed_from_instant(at("2026-10-25T01:30:00+00:00"), rec.load_zone("Europe/Madrid"))
    first = changed(TaskFields(due=AtInstant(at("2026-10-25T00:30:00+00:00"))), before=second)
    assert isinstance(first, rec.Timed)
    assert first.fold == 0


@pytest.mark.parametrize("text", ["0999-01-01", "9999-12-31T23:59:59"])
def test_a_due_outside_the_calendar_is_refused(text: str) -> None:
    moment = at(text)
    task = Task()
    with pytest.raises(InvalidInput):
        place_due(
            task,
            wanted_due(task, TaskFields(due=AtWall(moment), time_zone="Etc/GMT+12"), user_zone=MADRID)[0],
            user_zone=MADRID,
        )


def test_columns_give_the_due_back() -> None:
    for due in (
        rec.Timed(at("2026-10-25T02:30"), rec.load_zone("Europe/Madrid"), 1),
        rec.Floating(at("2026-03-01T09:00")),
        rec.Day(day("2026-07-15"), rec.load_zone("Asia/Tokyo")),
        rec.Day(day("2026-07-15")),
        None,
    ):
        task = Task()
        place_due(task, due, user_zone=MADRID)
        assert due_of(task) == due
        assert (task.due_sort == NO_DUE) == (due is None)
