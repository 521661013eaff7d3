"""The sweep over many owners: its statements follow chunks of owners, not owners, and only what is due."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from events_app.log.history import head_of
from foundation.database import sql
from tasks_app.invariants import find_tasks_unlike_log
from tasks_app.models import Reminder, Task
from tasks_app.operations.reminders import fire
from tasks_app.operations.reminders.fire import fire_due_reminders
from tasks_app.operations.tasks import update_task
from tasks_app.queries.reminders import pending_until
from tasks_app.tests.conftest import SetClock
from tasks_app.tests.helpers import history, make_task, when
from tasks_app.values.fields import TaskFields


def owners_with_reminders(count: int) -> list[User]:
    owners = [make_user() for _ in range(count)]
    for owner in owners:
        make_task(owner, due="2026-05-04T09:00", reminders=["30m", "1h"])
    return owners


def fired(database_clock: SetClock, moment: str) -> tuple[int, int]:
    """How many fired, and in how many statements."""
    database_clock.set(moment)
    with CaptureQueriesContext(connection) as captured:
        count = fire_due_reminders()
    return count, len(captured)


def test_many_owners_take_as_many_statements_as_one(database_clock: SetClock, db: None) -> None:
    owners_with_reminders(1)
    assert fired(database_clock, "2026-05-04T09:00:00+00:00")[0] == 2
    database_clock.set("2026-01-01T00:00:00+00:00")
    owners_with_reminders(1)
    one = fired(database_clock, "2026-05-04T09:00:00+00:00")
    database_clock.set("2026-01-01T00:00:00+00:00")
    owners = owners_with_reminders(20)
    many = fired(database_clock, "2026-05-04T09:00:00+00:00")
    assert (one[0], many[0]) == (2, 40)
    assert many[1] == one[1]
    for owner in owners:
        told = [event for event in history(owner) if event.type == "reminder.due"]
        assert len(told) == 2
        assert [event.seq for event in told] == [4, 5]


def test_late_ones_and_punctual_ones_fire_together(database_clock: SetClock, user: User) -> None:
    make_task(user, due="2026-05-04T10:00", time_zone="UTC", reminders=["1h", "90m"])
    make_task(make_user(), due="2026-05-04T10:00", time_zone="UTC", reminders=["1h"])
    assert fired(database_clock, "2026-05-04T09:00:30+00:00")[0] == 3
    lateness = Reminder.objects.order_by("id").values_list("late", flat=True)
    assert sorted(lateness) == [False, False, True]


def test_who_waits_longest_comes_first_along_the_index_of_what_is_pending(
    database_clock: SetClock, db: None
) -> None:
    late, later = make_user(), make_user()
    make_task(later, due="2026-05-04T09:00", reminders=["30m"])
    make_task(late, due="2026-05-03T09:00", reminders=["30m"])
    database_clock.set("2026-05-04T09:00:00+00:00")
    if connection.vendor == "sqlite":
        sql.execute("ANALYZE", [])
    with CaptureQueriesContext(connection) as captured:
        assert [owner_id for owner_id, _ in pending_until(database_clock.now)] == [late.pk, later.pk]
    if connection.vendor == "sqlite":
        plan = sql.fetch(f"EXPLAIN QUERY PLAN {captured[0]['sql']}", [])
        assert "reminder_pending" in str(plan)


def test_two_reminders_of_a_task_that_moved_change_it_once(database_clock: SetClock, user: User) -> None:
    task = make_task(user, due="2026-05-04T09:00", floating=True, reminders=["30m", "1h"])
    User.objects.filter(pk=user.pk).update(time_zone="America/New_York")
    before = head_of(user.pk)
    assert fired(database_clock, "2026-05-04T08:00:00+00:00")[0] == 0
    updates: list[Any] = [
        event.data["task"] for event in history(user, before) if event.type == "task.updated"
    ]
    assert [row["version"] for row in updates] == [2]
    assert Task.objects.get(pk=task.pk).version == 2
    assert list(find_tasks_unlike_log()) == []


def test_two_reminders_of_a_task_at_one_instant_tell_once(user: User, database_clock: SetClock) -> None:
    task = make_task(user, due="2026-05-04T09:00", reminders=["-P1D", "-PT24H", "1h"])
    other = make_task(user, due="2026-05-04T09:00", reminders=["-P1D"])
    database_clock.set("2026-05-03T07:00:00+00:00")
    assert fire_due_reminders() == 2
    first, second, third = Reminder.objects.filter(task=task).order_by("id")
    assert [(each.status, each.reason) for each in (first, second, third)] == [
        ("fired", ""), ("cancelled", "same_instant"), ("pending", ""),
    ]  # fmt: skip
    told = [each.data["reminder_id"] for each in history(user) if each.type == "reminder.due"]
    assert told == [first.pk, other.reminders.get().pk]
    [cancelled] = [each.data for each in history(user) if each.type == "reminder.cancelled"]
    assert (cancelled["reminder_id"], cancelled["reason"]) == (second.pk, "same_instant")
    assert list(find_tasks_unlike_log()) == []


def test_the_second_tells_nothing_when_a_later_sweep_comes_to_it(
    user: User, database_clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = make_task(user, due="2026-05-04T09:00", reminders=["-P1D", "-PT24H"])
    monkeypatch.setattr(fire, "FIRINGS_PER_TRANSACTION", 1)
    database_clock.set("2026-05-03T07:00:00+00:00")
    assert fire_due_reminders() == 1
    assert sorted(Reminder.objects.filter(task=task).values_list("status", flat=True)) == [
        "cancelled",
        "fired",
    ]


def test_a_doubled_one_fires_again_when_the_due_moves(user: User, database_clock: SetClock) -> None:
    task = make_task(user, due="2026-05-04T09:00", reminders=["-P1D", "-PT24H"])
    database_clock.set("2026-05-03T07:00:00+00:00")
    fire_due_reminders()
    update_task(task.pk, TaskFields(due=when("2026-10-25T12:00")), by=user, at=database_clock.now)
    assert set(Reminder.objects.filter(task=task).values_list("status", flat=True)) == {"pending"}
    database_clock.set("2026-10-25T12:00:00+00:00")
    assert fire_due_reminders() == 2  # the clocks changed in between
