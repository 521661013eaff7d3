"""The demo: believable, the same for the same seed, whole in log and tables, and gone when it is removed."""

import json
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.test import RequestFactory

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from events_app.operating.invariants import find_all
from foundation.database.transactions import database_now
from tasks_app.invariants import (
    find_missing_successors,
    find_tasks_unlike_log,
    find_unfired_reminders,
    find_wrong_tag_links,
)
from tasks_app.models import DemoChunk, DemoRun, Priority, Reminder, SearchText, Series, Tag, Task
from tasks_app.operations.completion import complete_task
from tasks_app.operations.demo import people
from tasks_app.tests.conftest import SetClock
from tasks_app.tests.helpers import NEW_YEAR, consume, history, kinds, live, make_task

pytestmark = pytest.mark.django_db
TITLES = ("title", "priority", "due_date", "due_time", "floating")


def run(*arguments: str) -> list[dict[str, Any]]:
    """Run the command and return what it said."""
    said = StringIO()
    call_command("demo", "--json", *arguments, stdout=said)
    return [json.loads(line) for line in said.getvalue().splitlines()]


def make(tasks: int = 60, seed: int = 1, user: str = "anna") -> User:
    run("--tasks", str(tasks), "--seed", str(seed), "--user", user)
    return User.objects.get(username=user)


def rows(user: User) -> list[tuple[Any, ...]]:
    return list(Task.objects.filter(owner=user).order_by("id").values_list(*TITLES))


def test_an_account_is_made_once_and_its_password_said_once() -> None:
    first, made = run("--tasks", "3", "--user", "anna")
    assert made["made"] == 3
    request = RequestFactory().get("/")
    assert authenticate(request, username="anna", password=first["password"]) is not None
    [again] = run("--tasks", "3", "--user", "anna")
    assert (again["made"], "password" in again) == (0, False)


def test_the_tables_and_the_log_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "_TASKS_PER_TRANSACTION", 50)
    user = make(tasks=220)
    assert [
        *find_tasks_unlike_log(),
        *find_missing_successors(),
        *find_unfired_reminders(),
        *find_wrong_tag_links(),
    ] == []
    assert [each for each in find_all() if each.kind == "broken"] == []
    assert kinds(user).count("task.created") == 220
    scheduled = kinds(user).count("reminder.scheduled")
    assert scheduled == Reminder.objects.filter(owner=user, status="pending").count() > 0
    assert {event.actor.id for event in history(user)} == {"demo"}
    assert DemoChunk.objects.count() == 5
    assert SearchText.objects.count() == 220


def test_there_is_something_of_everything() -> None:
    user = make(tasks=250)
    mine, now = Task.objects.filter(owner=user), database_now()
    assert set(mine.values_list("priority", flat=True)) == set(Priority.values)
    for some in (
        mine.filter(completed_at__isnull=False),
        mine.filter(completed_at=None, overdue_at__lt=now),
        mine.filter(completed_at=None, overdue_at__gt=now),
        mine.filter(due_date=None),
        mine.filter(due_date__isnull=False, due_time=None),
        mine.filter(floating=True),
        mine.filter(series__isnull=False),
        mine.filter(tag_links=None),
    ):
        assert 2 <= some.count() < 220
    assert Tag.objects.filter(owner=user).count() == 12
    soon = Reminder.objects.get(task=mine.earliest("id"))
    assert soon.fire_at is not None
    assert 50 <= (soon.fire_at - DemoRun.objects.get().created_at).total_seconds() <= 60


def test_the_same_seed_gives_the_same_tasks_and_another_gives_others(database_clock: SetClock) -> None:
    anna, berta, clara = make(user="anna"), make(user="berta"), make(user="clara", seed=2)
    assert rows(anna) == rows(berta) != rows(clara)


def test_made_in_two_steps_it_is_the_same_as_at_once(
    database_clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = make(tasks=40, user="anna")
    monkeypatch.setattr(people, "_TASKS_PER_TRANSACTION", 15)
    make(tasks=20, user="berta")
    database_clock.advance(days=3)
    assert rows(make(tasks=40, user="berta")) == rows(whole)
    assert [*find_tasks_unlike_log(), *find_wrong_tag_links()] == []


def test_removing_takes_away_exactly_what_was_made() -> None:
    user = make_user("anna")
    own = make_task(user, "Mine", due="2030-05-01", recurrence="daily", tags=("home", "mine"))
    make(tasks=80)
    make(tasks=30, seed=2)
    [removed] = run("--remove", "--user", "anna")
    assert removed["removed"] == 110
    assert [task.pk for task in live(user)] == [own.pk]
    assert set(Tag.objects.filter(owner=user).values_list("name", flat=True)) == {"home", "mine"}
    assert Series.objects.count() == SearchText.objects.count() == 1
    assert not DemoRun.objects.exists()
    assert User.objects.get(pk=user.pk).is_active
    assert [
        *find_tasks_unlike_log(),
        *find_missing_successors(),
        *find_unfired_reminders(),
        *find_wrong_tag_links(),
    ] == []
    assert kinds(user).count("task.deleted") == 110


def test_what_came_of_a_series_goes_along() -> None:
    user = make(tasks=100)
    recurring = Task.objects.filter(owner=user, series__isnull=False)[0]
    complete_task(recurring.pk, by=user, at=NEW_YEAR)
    consume(user)
    assert run("--remove", "--user", "anna")[0]["removed"] == 101
    assert not Task.objects.exists()
    assert not Series.objects.exists()


def test_an_account_that_was_made_for_it_is_closed_and_opened_again() -> None:
    first = run("--tasks", "3", "--user", "anna")[0]["password"]
    run("--remove", "--user", "anna")
    assert not User.objects.get(username="anna").is_active
    second = run("--tasks", "3", "--user", "anna")[0]["password"]
    assert first != second
    assert User.objects.get(username="anna").is_active
    assert len(live(User.objects.get(username="anna"))) == 3


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--tasks", "0"), 2),
        (("--tasks", "1000001"), 2),
        (("--seed", "-1"), 2),
        (("--time-zone", "Mars/Base"), 2),
        (("--remove", "--user", "nobody"), 1),
    ],
)
def test_what_can_not_be_is_refused(arguments: tuple[str, ...], code: int) -> None:
    with pytest.raises(SystemExit) as refused:
        call_command("demo", *arguments, stderr=StringIO())
    assert refused.value.code == code
    assert not User.objects.exists()


def test_an_account_is_found_however_its_name_is_written() -> None:
    run("--tasks", "3", "--user", "Anna")

    [again] = run("--tasks", "3", "--user", "anna")

    assert again["user"] == "Anna"
    assert User.objects.count() == 1
