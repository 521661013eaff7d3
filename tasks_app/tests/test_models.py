"""The database keeps the invariants, whoever writes."""

from datetime import date, time
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from tasks_app.models import ExcludedSlot, Reminder, ReplanJob, Series, Tag, Task, TaskTag
from tasks_app.tests.helpers import NEW_YEAR


def task(user: User, **fields: Any) -> Task:
    return Task.objects.create(owner=user, title="x", created_at=NEW_YEAR, updated_at=NEW_YEAR, **fields)


def series(user: User) -> Series:
    return Series.objects.create(
        owner=user, title="x", rule="FREQ=DAILY", start="2026-01-01", created_at=NEW_YEAR
    )


DUE = {"due_date": date(2026, 1, 1), "due_instant": NEW_YEAR, "overdue_at": NEW_YEAR}

WRONG_TASKS = {
    "a version below one": {"version": 0},
    "an unknown priority": {"priority": 5},
    "a due without its instant": {"due_date": date(2026, 1, 1)},
    "an instant without a due": {"due_instant": NEW_YEAR},
    "a time without a date": {"due_time": time(9), "time_zone": "UTC"},
    "a time without a zone that does not float": {**DUE, "due_time": time(9)},
    "a floating due with a zone": {**DUE, "due_time": time(9), "floating": True, "time_zone": "UTC"},
    "a floating day": {**DUE, "floating": True},
    "a day that happens twice": {**DUE, "due_fold": 1},
    "an occurrence without a series": {"occurrence": "2026-01-01"},
    "a withdrawn task that is live": {"withdrawn": True},
}


@pytest.mark.parametrize("fields", WRONG_TASKS.values(), ids=WRONG_TASKS)
def test_a_task_cannot_have(user: User, fields: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError):
        task(user, **fields)


def test_a_task_has_a_title(user: User) -> None:
    with pytest.raises(IntegrityError):
        Task.objects.create(owner=user, title="", created_at=NEW_YEAR, updated_at=NEW_YEAR)


def test_an_occurrence_of_a_series_is_one_task(user: User) -> None:
    weekly = series(user)
    task(user, series=weekly, occurrence="2026-01-01")
    with pytest.raises(IntegrityError):
        task(user, series=weekly, occurrence="2026-01-01")


def test_a_task_has_one_successor(user: User) -> None:
    first = task(user)
    task(user, follows=first)
    with pytest.raises(IntegrityError):
        task(user, follows=first)


def test_a_tag_is_one_per_owner_and_key(user: User) -> None:
    Tag.objects.create(owner=user, name="Home", key="home")
    Tag.objects.create(owner=make_user(), name="Home", key="home")
    with pytest.raises(IntegrityError):
        Tag.objects.create(owner=user, name="HOME", key="home")


def test_a_task_carries_a_tag_once(user: User) -> None:
    tag = Tag.objects.create(owner=user, name="Home", key="home")
    mine = task(user)
    TaskTag.objects.create(task=mine, tag=tag, priority=2)
    with pytest.raises(IntegrityError):
        TaskTag.objects.create(task=mine, tag=tag, priority=2)


WRONG_REMINDERS = {
    "neither offset nor instant": {"fire_at": NEW_YEAR},
    "both offset and instant": {"offset": "-PT1H", "at": NEW_YEAR, "fire_at": NEW_YEAR},
    "nothing to wait for": {"offset": "-PT1H"},
    "an end without a reason": {"offset": "-PT1H", "status": "cancelled"},
    "fired at no time": {"offset": "-PT1H", "status": "fired", "fire_at": NEW_YEAR},
    "pending but removed": {"offset": "-PT1H", "fire_at": NEW_YEAR, "removed": True},
    "a firing below one": {"offset": "-PT1H", "fire_at": NEW_YEAR, "firing": 0},
}


@pytest.mark.parametrize("fields", WRONG_REMINDERS.values(), ids=WRONG_REMINDERS)
def test_a_reminder_cannot_have(user: User, fields: dict[str, Any]) -> None:
    mine = task(user)
    with pytest.raises(IntegrityError):
        Reminder.objects.create(owner=user, task=mine, **fields)


def test_a_series_ends_for_a_reason(user: User) -> None:
    with pytest.raises(IntegrityError):
        Series.objects.filter(pk=series(user).pk).update(ended_at=NEW_YEAR)


def test_a_slot_is_left_out_once(user: User) -> None:
    weekly = series(user)
    ExcludedSlot.objects.create(series=weekly, slot="2026-01-01", reason="skipped")
    with pytest.raises(IntegrityError):
        ExcludedSlot.objects.create(series=weekly, slot="2026-01-01", reason="deleted")


def test_an_event_asks_for_planning_once(user: User) -> None:
    ReplanJob.objects.create(owner=user, event_seq=3, created_at=NEW_YEAR)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReplanJob.objects.create(owner=user, event_seq=3, created_at=NEW_YEAR)
