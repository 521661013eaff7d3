"""Two at once change nothing that one alone would not: on PostgreSQL, where writers really run side by side."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from django.db import connection, connections

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from tasks_app.consumers import on_task_completed
from tasks_app.fields import TaskFields
from tasks_app.invariants import log_gives_tasks, successors
from tasks_app.operations.completion import complete_task, reopen_task
from tasks_app.operations.reminders import fire_due_reminders
from tasks_app.operations.tasks import delete_task, update_task
from tasks_app.tests.helpers import NEW_YEAR, at, consume, history, kinds, live, make_task

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL"),
]
ROUNDS = 5


def together(*functions: Callable[[], object]) -> None:
    """Run functions at the same moment, each with a connection of its own."""
    barrier = Barrier(len(functions))

    def run(function: Callable[[], object]) -> None:
        try:
            barrier.wait(timeout=10)
            function()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(functions)) as pool:
        for outcome in [pool.submit(run, function) for function in functions]:
            outcome.result(timeout=30)


def test_two_sweeps_fire_each_reminder_once() -> None:
    users = [make_user() for _ in range(10)]
    for user in users:
        make_task(user, due="2026-01-02T09:00", reminders=["30m", "1h"])
    together(*[fire_due_reminders] * 4)
    fire_due_reminders()
    assert [kinds(user).count("reminder.due") for user in users] == [2] * 10


OPERATIONS: dict[str, Callable[[int, User], object]] = {
    "edit": lambda task, user: update_task(task, TaskFields(title="y"), by=user, at=NEW_YEAR),
    "reopen": lambda task, user: reopen_task(task, by=user, at=NEW_YEAR),
    "delete": lambda task, user: delete_task(task, by=user, at=NEW_YEAR),
    "complete again": lambda task, user: complete_task(task, by=user, at=NEW_YEAR),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_races_the_consumer(name: str) -> None:
    for _ in range(ROUNDS):
        user = make_user()
        task = make_task(user, due="2026-09-14", recurrence="weekly")
        complete_task(task.pk, by=user, at=at("2026-09-14T07:00+00:00"))
        [completed] = [event for event in history(user) if event.type == "task.completed"]
        together(partial(OPERATIONS[name], task.pk, user), *[partial(on_task_completed, completed)] * 2)
        consume(user)
        expected = {"reopen": ["2026-09-14"], "delete": ["2026-09-21"]}
        assert [each.occurrence for each in live(user)] == expected.get(name, ["2026-09-14", "2026-09-21"])
    assert [*log_gives_tasks(), *successors()] == []
