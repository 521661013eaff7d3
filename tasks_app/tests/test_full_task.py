"""A task that is read with all that its row shows, in one statement, is what the ORM reads."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from tasks_app.errors import TaskNotFound
from tasks_app.models import Reminder, Tag, Task, TaskTag
from tasks_app.queries.tasks import FullTask, full_task
from tasks_app.tests.helpers import make_task

pytestmark = pytest.mark.django_db
AT = datetime(2030, 5, 1, 9, 30, 15, 123_456, tzinfo=UTC)


def plain(row: object) -> dict[str, object]:
    return row.__dict__ | {"_state": None}


def by_the_orm(task: Task) -> FullTask:
    links = TaskTag.objects.filter(task=task).select_related("tag").order_by("position")
    reminders = Reminder.objects.filter(task=task, removed=False).order_by("id")
    return FullTask(Task.objects.get(pk=task.pk), [link.tag for link in links], list(reminders))


def all_of(full: FullTask) -> list[dict[str, object]]:
    return [plain(each) for each in (full.task, *full.tags, *full.reminders)]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"due": "2030-05-04", "tags": ('"é\\',)},
        {"due": "2030-05-04T09:00", "tags": ("work", "home", "a"), "reminders": ["1h", "-P1D"]},
        {"due": "2030-05-04T09:00", "recurrence": "weekly", "tags": ("home",), "reminders": ["15m"]},
    ],
)
def test_it_is_what_the_orm_reads(user: User, fields: dict[str, Any]) -> None:
    make_task(user, tags=("home",), reminders=["2h"], due="2030-05-04T09:00")
    task = make_task(user, title="it's % \u2028", **fields)
    Reminder.objects.filter(task=task).update(snoozed_until=AT, fired_at=AT.replace(microsecond=0), late=True)
    Reminder.objects.filter(task=task, offset="-P1D").update(
        removed=True, status="cancelled", reason="removed"
    )
    Tag.objects.filter(name="home").update(told_to=1, former_name="was", former_key="was")
    with CaptureQueriesContext(connection) as queries:
        read = full_task(user.pk, task.pk)
    assert len(queries) == 1
    assert all_of(read) == all_of(by_the_orm(task))
    assert read.lasting_row() == by_the_orm(task).lasting_row()


def test_what_is_in_the_trash_or_of_another_is_not_found(user: User) -> None:
    task = make_task(user)
    with pytest.raises(TaskNotFound):
        full_task(make_user().pk, task.pk)
    with pytest.raises(TaskNotFound):
        full_task(user.pk, task.pk + 1)
    Task.objects.filter(pk=task.pk).update(deleted_at=AT)
    with pytest.raises(TaskNotFound):
        full_task(user.pk, task.pk)
