"""Rows inserted in bulk are as those that the ORM inserts."""

from datetime import UTC, date, datetime, time

import pytest

from accounts_app.models import User
from tasks_app.bulk import give_ids, insert_rows
from tasks_app.models import Priority, Reminder, Task
from tasks_app.tests.helpers import NEW_YEAR, make_task

DUE = datetime(2026, 5, 4, 9, 0, 0, 123_456, tzinfo=UTC)


def two(user: User) -> list[Task]:
    shared = {"owner": user, "created_at": NEW_YEAR, "updated_at": DUE, "priority": Priority.HIGH}
    due = {"due_instant": DUE, "overdue_at": DUE, "due_sort": DUE, "due_date": date(2026, 5, 4)}
    return [
        Task(title="plain", description='it\'s 100 % \\ "quoted"\n', **shared),
        Task(
            title="due", due_time=time(9, 30), time_zone="UTC", recurrence={"rule": "é'\\"}, **shared, **due
        ),
    ]


def columns(task: Task) -> dict[str, object]:
    return {
        name: value for name, value in Task.objects.filter(pk=task.pk).values()[0].items() if name != "id"
    }


@pytest.mark.django_db
def test_rows_read_back_as_the_orm_writes_them(user: User) -> None:
    fast, slow = two(user), two(user)
    give_ids(fast)
    insert_rows(fast)
    Task.objects.bulk_create(slow)
    assert [columns(task) for task in fast] == [columns(task) for task in slow]


@pytest.mark.django_db
def test_ids_go_on_where_the_table_is(user: User) -> None:
    before = make_task(user)
    rows = two(user)
    give_ids(rows)
    insert_rows(rows)
    after = make_task(user, due="2030-05-04T09:00", reminders=["1h"])
    assert before.pk < rows[0].pk < rows[1].pk < after.pk
    reminder = Reminder(owner=user, task=after, at=DUE, fire_at=DUE, status=Reminder.Status.PENDING)
    give_ids([reminder])
    insert_rows([reminder])
    assert Reminder.objects.get(pk=reminder.pk).status == "pending"


def test_nothing_is_nothing() -> None:
    give_ids([])
    insert_rows([])
