"""Sets of rows are written as the ORM writes them."""

from contextlib import nullcontext
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from foundation.database import sql
from foundation.database.row_writes import (
    _ROWS_WORTH_COPYING,
    insert_all,
    insert_statements,
    new_row,
    update_statements,
    upsert_statements,
)
from tasks_app.models import Priority, Reminder, SearchText, Series, Tag, Task, TaskTag
from tasks_app.search.words import words_for
from tasks_app.tests.helpers import NEW_YEAR, make_task

pytestmark = pytest.mark.django_db
DUE = datetime(2026, 5, 4, 9, 0, 0, 123_456, tzinfo=UTC)
MANY = _ROWS_WORTH_COPYING + 1


@pytest.fixture
def user(db: None) -> User:
    return make_user(time_zone="Europe/Madrid")


def some(user: User, count: int) -> list[Task]:
    shared = {"owner": user, "created_at": NEW_YEAR, "updated_at": DUE, "priority": Priority.HIGH}
    due = {"due_instant": DUE, "overdue_at": DUE, "due_sort": DUE, "due_date": date(2026, 5, 4)}
    plain = [
        Task(title=f"{n}", description='it\'s 100 % \\N \\ "quoted"\t\r\n{}é\u2028', **shared)
        for n in range(count - 1)
    ]
    recurrence = {"rule": "é'\\\t"}
    return [
        *plain,
        Task(title="due", due_time=time(9, 30), time_zone="UTC", recurrence=recurrence, **shared, **due),
    ]


def columns(task: Task) -> dict[str, object]:
    [found] = Task.objects.filter(pk=task.pk).values()
    return {name: value for name, value in found.items() if name != "id"}


@pytest.mark.parametrize("count", [1, 2, MANY])
def test_rows_read_back_as_the_orm_writes_them(user: User, count: int) -> None:
    fast, slow = some(user, count), some(user, count)
    insert_all(fast)
    Task.objects.bulk_create(slow)
    assert [columns(task) for task in fast] == [columns(task) for task in slow]
    assert not any(task._state.adding for task in fast)


def test_ids_go_on_where_the_table_is(user: User) -> None:
    before = make_task(user)
    rows = some(user, MANY)
    insert_all(rows)
    after = make_task(user, due="2030-05-04T09:00", reminders=["1h"])
    ids = [before.pk, *(row.pk for row in rows), after.pk]
    assert ids == sorted(set(ids))
    assert [Task.objects.get(pk=row.pk).title for row in rows] == [row.title for row in rows]


@pytest.mark.parametrize("count", [2, MANY])
def test_what_the_database_refuses_is_djangos_error(user: User, count: int) -> None:
    rows = some(user, count)
    rows[1].title = ""
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_all(rows)
    assert not Task.objects.exists()


@pytest.mark.parametrize("count", [1, 2, MANY])
def test_rows_are_updated_column_for_column_in_one_statement(user: User, count: int) -> None:
    rows = some(user, count)
    insert_all(rows)
    for n, row in enumerate(rows):
        row.title, row.priority, row.due_sort = f"new {n} ' %s", Priority.LOW, DUE
        row.completed_at, row.recurrence = (DUE if n % 2 else None), {"rule": str(n)}
    names = ("title", "priority", "due_sort", "completed_at", "recurrence")
    with CaptureQueriesContext(connection) as queries:
        sql.run_together(update_statements(rows, names))
    assert len(queries) == 1
    for row in rows:
        assert columns(row) == {name: getattr(row, name) for name in columns(row)}


def test_columns_without_any_value_are_cleared(user: User) -> None:
    rows = [task for task in some(user, 3) for task in (task,)]
    insert_all(rows)
    names = ("completed_at", "recurrence", "occurrence", "due_time")
    rows[2].due_time = None
    rows[2].recurrence = None
    rows[2].time_zone = ""
    sql.run_together(update_statements(rows, (*names, "time_zone")))
    assert list(Task.objects.values_list(*names).distinct()) == [(None,) * len(names)]


def test_a_row_that_is_not_there_can_not_be_updated(user: User) -> None:
    rows = some(user, 2)
    insert_all(rows)
    Task.objects.filter(pk=rows[1].pk).delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        sql.run_together(update_statements(rows, ("title",)))


def test_a_text_that_is_too_long_is_refused_where_the_database_counts_and_never_cut(user: User) -> None:
    rows = some(user, 2)
    insert_all(rows)
    before = [row.title for row in rows]
    for row in rows:
        row.title = "x" * 201
    refused = nullcontext() if connection.vendor == "sqlite" else pytest.raises(DatabaseError)
    with refused, transaction.atomic():
        sql.run_together(update_statements(rows, ("title",)))
    kept = ["x" * 201] * 2 if connection.vendor == "sqlite" else before
    assert list(Task.objects.order_by("id").values_list("title", flat=True)) == kept


def test_values_get_their_keys_from_the_database(user: User) -> None:
    rows = some(user, MANY)
    insert_all(rows)
    tag = Tag.objects.create(owner=user, name="home", key="home")
    names = ("task_id", "tag_id", "position", "priority", "due_sort", "completed", "live")
    sql.run_together(
        insert_statements(
            TaskTag, names, [(row.pk, tag.pk, 0, Priority.LOW, DUE, False, True) for row in rows]
        )
    )
    assert TaskTag.objects.filter(tag=tag, due_sort=DUE, live=True, completed=False).count() == MANY


def test_what_is_there_already_is_overwritten(user: User) -> None:
    rows = some(user, 2)
    insert_all(rows)
    names = ("task_id", "words", "version")
    old: list[Any] = [(row.pk, words_for(user.pk, "old", ""), 1) for row in rows]
    new = [(row.pk, words_for(user.pk, "new", ""), 2) for row in rows]
    sql.run_together(upsert_statements(SearchText, names, old[:1]))
    sql.run_together(upsert_statements(SearchText, names, new))
    kept = SearchText.objects.extra(select={"kept": "CAST(words AS text)"}).values_list("kept", flat=True)
    assert [("new" in text, "old" in text) for text in kept] == [(True, False)] * 2


def test_a_new_row_is_as_the_class_makes_it(user: User) -> None:
    assert new_row(Task).__dict__.keys() == Task().__dict__.keys()
    made, expected = new_row(Task, owner_id=user.pk, title="x"), Task(owner_id=user.pk, title="x")
    for field in Task._meta.concrete_fields:
        assert getattr(made, field.attname) == getattr(expected, field.attname)
    assert made._state.adding
    assert new_row(Task)._state is not made._state
    made.title = "other"
    assert new_row(Task).title == ""


def test_a_default_that_is_made_for_each_row_is_not_shared() -> None:
    with pytest.raises(TypeError):
        new_row(Series)


def test_nothing_is_nothing() -> None:
    with CaptureQueriesContext(connection) as queries:
        insert_all([])
        sql.run_together(insert_statements(TaskTag, ("task_id",), []))
        sql.run_together(upsert_statements(SearchText, ("task_id",), []))
        sql.run_together(update_statements([], ("title",)))
    assert len(queries) == 0
    assert Reminder.objects.count() == 0
