"""A task that is read with all that its row shows, in one statement, is what the ORM reads."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from foundation.database import sql
from tasks_app.models import Reminder, Tag, Task, TaskTag
from tasks_app.queries.statements import select_for_change
from tasks_app.queries.tasks import FullTask, full_task_in
from tasks_app.tests.helpers import make_task

pytestmark = pytest.mark.django_db
AT = datetime(2030, 5, 1, 9, 30, 15, 123_456, tzinfo=UTC)


def plain(row: object) -> dict[str, object]:
    return row.__dict__ | {"_state": None}


def by_the_orm(task: Task) -> FullTask:
    links = TaskTag.objects.filter(task=task).select_related("tag").order_by("position")
    reminders = Reminder.objects.filter(task=task, removed=False).order_by("id")
    return FullTask(Task.objects.get(pk=task.pk), [link.tag for link in links], list(reminders))


def read_full(user: User, task_id: int) -> FullTask | None:
    asked = select_for_change(user.pk, tag_keys=(), task_id=task_id, makes_task=False)
    [(_, _, _, _, *row)] = sql.fetch(*asked)
    return None if row[0] is None else full_task_in(tuple(row))


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
        read = read_full(user, task.pk)
    assert read is not None
    assert len(queries) == 1
    assert all_of(read) == all_of(by_the_orm(task))
    assert read.lasting_row() == by_the_orm(task).lasting_row()


def test_what_is_of_another_is_not_found(user: User) -> None:
    task = make_task(user)
    assert read_full(make_user(), task.pk) is None
    assert read_full(user, task.pk + 1) is None
