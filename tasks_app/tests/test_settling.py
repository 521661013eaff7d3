"""It never matters whether the consumer was faster: before, after, twice, or (on PostgreSQL) at the same moment."""

from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from tasks_app.consumers import on_task_completed
from tasks_app.invariants import find_missing_successors, find_tasks_unlike_log, find_unfired_reminders
from tasks_app.models import Task
from tasks_app.operations.completion import complete_task, reopen_task
from tasks_app.operations.series.departures import detach_task, skip_occurrence
from tasks_app.operations.tasks import delete_task, update_task
from tasks_app.tests.helpers import at, consume, history, make_task
from tasks_app.tests.racing import RACES, Race, final_state, together
from tasks_app.values.fields import TaskFields

ROUNDS = 3


def consumer_before(race: Race, user: User) -> None:
    task = race.prepare(user)
    consume(user)
    race.act(task, user)
    consume(user)


def consumer_after(race: Race, user: User) -> None:
    task = race.prepare(user)
    race.act(task, user)
    consume(user)


def consumer_twice(race: Race, user: User) -> None:
    """Every event is handed over again after everything, as a replay does."""
    task = race.prepare(user)
    consume_anew(user)
    race.act(task, user)
    consume(user)
    consume_anew(user)


def consume_anew(user: User) -> None:
    for event in history(user):
        on_task_completed(event)


def both_at_once(race: Race, user: User) -> None:
    task = race.prepare(user)
    together(partial(race.act, task, user), *[partial(consume_anew, user)] * 2)
    consume(user)


ORDERS: dict[str, Callable[[Race, User], None]] = {"before": consumer_before, "twice": consumer_twice}


def outcome(race: Race, order: Callable[[Race, User], None]) -> object:
    user = make_user(time_zone="UTC")
    order(race, user)
    return final_state(user)


@pytest.mark.django_db
@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
@pytest.mark.parametrize("race", RACES.values(), ids=RACES)
def test_the_end_is_the_same_as_when_the_consumer_comes_after(
    race: Race, order: Callable[[Race, User], None]
) -> None:
    assert outcome(race, order) == outcome(race, consumer_after)
    assert [*find_tasks_unlike_log(), *find_missing_successors(), *find_unfired_reminders()] == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL")
def test_the_end_is_the_same_when_both_come_at_once() -> None:
    """All races in one test: emptying the tables after each would cost more than the races."""
    other = [
        name
        for name, race in RACES.items()
        for expected in [outcome(race, consumer_after)]
        if any(outcome(race, both_at_once) != expected for _ in range(ROUNDS))
    ]
    assert other == []
    assert [*find_tasks_unlike_log(), *find_missing_successors(), *find_unfired_reminders()] == []


@pytest.mark.django_db
@pytest.mark.parametrize("leave", [delete_task, skip_occurrence, detach_task])
@pytest.mark.parametrize(("rule", "dues"), [("FREQ=DAILY;COUNT=2", []), ("FREQ=DAILY", ["2026-03-04"])])
def test_a_series_goes_on_behind_its_last_done_occurrence_when_an_earlier_reopened_one_leaves(
    user: User, leave: Callable[..., object], rule: str, dues: list[str]
) -> None:
    first = make_task(user, due="2026-03-02", recurrence=rule, now=at("2026-03-01T00:00Z"))
    complete_task(first.pk, by=user, at=at("2026-03-02T12:00Z"))
    consume(user)
    second = open_one(user, "2026-03-03")
    update_task(second.pk, TaskFields(title="Edited"), by=user, at=at("2026-03-02T13:00Z"))
    reopen_task(first.pk, by=user, at=at("2026-03-02T14:00Z"))
    complete_task(second.pk, by=user, at=at("2026-03-03T12:00Z"))
    consume(user)
    leave(first.pk, by=user, at=at("2026-03-03T13:00Z"))
    still_open = Task.objects.filter(series=first.series_id, deleted_at=None, completed_at=None)
    assert [task.occurrence for task in still_open] == dues
    assert [*find_tasks_unlike_log(), *find_missing_successors()] == []


def open_one(user: User, day: str) -> Task:
    return Task.objects.get(owner=user, occurrence=day, deleted_at=None, completed_at=None)
