"""A deleted or skipped occurrence that comes out of the trash: into its place, or as a task of its own."""

from datetime import datetime

import pytest

from accounts_app.models import User
from tasks_app.editing.change import changing
from tasks_app.invariants import find_missing_successors, find_tasks_unlike_log
from tasks_app.models import ExcludedSlot, Series, Task
from tasks_app.operations.completion import complete_task
from tasks_app.operations.series.rules import cancel_series
from tasks_app.operations.tasks import delete_task, update_task
from tasks_app.operations.trash.trash import return_from_trash
from tasks_app.tests.helpers import NEW_YEAR, at, consume, live, make_task, slots
from tasks_app.values.fields import Scope, TaskFields, Terms
from tasks_app.values.schedules import series_of

NOW = at("2026-09-10T00:00+00:00")


def weekly(user: User, rule: str = "weekly") -> Task:
    return make_task(user, due="2026-09-14T08:00", time_zone="UTC", recurrence=rule, reminders=["1h"])


def restored(task: Task, user: User, *, now: datetime = NOW) -> Task:
    """What taking a task out of the trash does."""
    with changing(user, at=now) as change:
        draft = return_from_trash(change, Task.objects.get(pk=task.pk))
    assert [*find_tasks_unlike_log(), *find_missing_successors()] == []
    return draft.task


def test_an_untouched_successor_makes_room_for_the_deleted_occurrence(user: User) -> None:
    task = weekly(user)
    delete_task(task.pk, by=user, at=NOW)
    assert slots(user) == ["2026-09-21T08:00:00"]
    back = restored(task, user)
    assert slots(user) == ["2026-09-14T08:00:00"]
    assert (back.series_id, back.recurrence is None) == (task.series_id, False)
    assert not ExcludedSlot.objects.exists()


def test_completing_what_came_back_brings_the_same_successor_back(user: User) -> None:
    task = weekly(user)
    delete_task(task.pk, by=user, at=NOW)
    successor = live(user)[0]
    restored(task, user)
    complete_task(task.pk, by=user, at=NOW)
    consume(user)
    assert [each.pk for each in live(user)] == [task.pk, successor.pk]


def test_a_touched_successor_stays_and_the_deleted_one_comes_back_detached(user: User) -> None:
    task = weekly(user)
    delete_task(task.pk, by=user, at=NOW)
    update_task(live(user)[0].pk, TaskFields(title="Mine"), by=user, at=NEW_YEAR)
    back = restored(task, user)
    assert (back.series_id, back.occurrence, back.recurrence) == (None, None, None)
    assert [(each.slot, each.reason) for each in ExcludedSlot.objects.all()] == [
        ("2026-09-14T08:00:00", "detached")
    ]
    assert slots(user) == [None, "2026-09-21T08:00:00"]


def test_a_successor_that_was_done_before_the_consumer_came_counts_as_touched(user: User) -> None:
    task = weekly(user)
    delete_task(task.pk, by=user, at=NOW)
    complete_task(live(user)[0].pk, by=user, at=NOW)
    assert restored(task, user).series_id is None
    consume(user)
    assert slots(user) == [None, "2026-09-21T08:00:00", "2026-09-28T08:00:00"]


def test_the_last_of_a_counted_series_comes_back_and_is_the_last_again(user: User) -> None:
    task = weekly(user, "FREQ=WEEKLY;COUNT=1")
    delete_task(task.pk, by=user, at=NOW)
    assert Series.objects.get().end_reason == "finished"
    assert restored(task, user).series_id == task.series_id
    assert Series.objects.get().is_running
    complete_task(task.pk, by=user, at=NOW)
    consume(user)
    assert Series.objects.get().end_reason == "finished"


def test_a_done_occurrence_comes_back_as_it_was(user: User) -> None:
    task = weekly(user)
    complete_task(task.pk, by=user, at=NOW)
    delete_task(task.pk, by=user, at=NOW)
    assert restored(task, user).series_id == task.series_id
    assert slots(user) == ["2026-09-14T08:00:00", "2026-09-21T08:00:00"]


def test_an_occurrence_of_a_series_that_is_over_comes_back_detached(user: User) -> None:
    task = weekly(user)
    delete_task(task.pk, by=user, at=NOW)
    assert task.series_id is not None
    cancel_series(task.series_id, by=user, at=NOW)
    assert restored(task, user).series_id is None


@pytest.mark.parametrize("scope", [Scope.ALL, Scope.FUTURE])
def test_what_was_deleted_with_its_series_brings_the_series_back(user: User, scope: Scope) -> None:
    task = weekly(user)
    delete_task(task.pk, by=user, at=NOW, terms=Terms(scope=scope))
    assert not series_of(task).is_running
    back = restored(task, user)
    assert (back.series_id, back.recurrence) == (task.series_id, task.recurrence)
    assert series_of(task).is_running
    complete_task(task.pk, by=user, at=NOW)
    consume(user)
    assert slots(user) == ["2026-09-14T08:00:00", "2026-09-21T08:00:00"]


def test_reminders_are_planned_again(user: User) -> None:
    task = weekly(user)
    delete_task(task.pk, by=user, at=NOW)
    restored(task, user)
    assert [each.status for each in task.reminders.all()] == ["pending"]
