"""Every action of every page of the admin: whoever may only look cannot run it, and whoever runs it is noted."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.checks import run_checks
from django.db.models import Model
from django.test import Client
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from accounts_app.models import PersonalToken, RefreshFamily, User
from accounts_app.operations.personal_tokens import create_personal_token
from accounts_app.operations.sign_ins.families import begin_family
from accounts_app.tests.factories import browser_of, make_user
from events_app.models import Consumer, Cursor, DeadLetter, ParkedMessage, Stream
from notifications_app.models import Delivery, Notification
from tasks_app.models import Reminder, Series, Task
from tasks_app.tests.helpers import make_task
from todo_project.admin.checks import actions_of

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def a_task() -> Task:
    user = make_user(time_zone="UTC")
    return make_task(user, due="2030-05-04T09:00", time_zone="UTC", recurrence="daily", reminders=["30m"])


def a_series() -> Series:
    series = a_task().series
    assert series is not None
    return series


def a_reminder() -> Reminder:
    return Reminder.objects.get(task=a_task())


def a_stream() -> Stream:
    return Stream.objects.create(key=f"user:{make_user().pk}")


def a_dead_letter() -> DeadLetter:
    return DeadLetter.objects.create(
        consumer="audit", stream=a_stream(), seq=1, event_id=uuid4(), type="x", error="e", attempts=1
    )


def a_family() -> RefreshFamily:
    user = make_user()
    begin_family(user)
    return RefreshFamily.objects.get(user=user)


def a_delivery() -> Delivery:
    told = Notification.objects.create(
        user=make_user(), title="x", body="", caused_by=1, created_at=NOW, shown_at=NOW
    )
    return Delivery.objects.create(notification=told, channel="email", key="k", status="sent", sent_at=NOW)


def a_periodic_task() -> PeriodicTask:
    every = IntervalSchedule.objects.create(every=1, period=IntervalSchedule.HOURS)
    return PeriodicTask.objects.create(name="x", task="accounts_app.jobs.remove_expired", interval=every)


# What each page's actions are tried on. A page that gets its first action gets a line.
ROWS: Mapping[type[Model], Callable[[], Model]] = {
    Consumer: lambda: Consumer.objects.get_or_create(name="audit")[0],
    Cursor: lambda: Cursor.objects.create(consumer="audit", stream=a_stream()),
    DeadLetter: a_dead_letter,
    ParkedMessage: lambda: ParkedMessage.objects.create(stream=a_stream(), seq=1, topic="t", reason="r"),
    RefreshFamily: a_family,
    User: lambda: make_user(email="ann@example.org"),
    PersonalToken: lambda: (
        create_personal_token(make_user(), "script", ["tasks:read"], expires_in_days=1).token
    ),
    Delivery: a_delivery,
    Task: a_task,
    Series: a_series,
    Reminder: a_reminder,
    PeriodicTask: a_periodic_task,
}
# What the actions call is tested where it is; here it only succeeds.
OPERATIONS = (
    "accounts_app.admin.send_password_link",
    "accounts_app.admin.remove_second_factor",
    "events_app.admin.retry_cursor",
    "events_app.admin.skip_event",
    "events_app.admin.retry_dead_letter",
    "events_app.admin.skip_dead_letter",
    "events_app.admin.send_parked_message_again",
    "events_app.admin.close_parked_message",
    "notifications_app.admin.resend",
    "tasks_app.admin.restore_task",
    "tasks_app.admin.retry_series",
    "tasks_app.admin.fire_reminder_now",
    "django_celery_beat.admin.PeriodicTaskAdmin.run_tasks",
)
ACTIONS = [
    pytest.param(page.model, name, id=f"{page.model._meta.label}-{name}")
    for page in admin.site._registry.values()
    for name, _ in actions_of(page)
    if name != "delete_selected"
]


def run(client: Client, row: Model, action: str) -> Any:
    page = f"/admin/{row._meta.app_label}/{row._meta.model_name}/"
    return client.post(page, {"action": action, "_selected_action": [str(row.pk)], "confirmed": "yes"})


def state_of(row: Model) -> dict[str, object]:
    return {field.name: getattr(row, field.attname) for field in row._meta.concrete_fields}


def staff_with(model: type[Model], *verbs: str) -> User:
    staff = make_user(is_staff=True)
    names = [f"{verb}_{model._meta.model_name}" for verb in verbs]
    wanted = Permission.objects.filter(content_type__app_label=model._meta.app_label, codename__in=names)
    assert wanted.count() == len(verbs)
    staff.user_permissions.set(wanted)
    return staff


@pytest.fixture
def operations(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Put something in the place of what the actions call; return the names of what was called."""
    called: list[str] = []

    def stand_in(name: str) -> Callable[..., bool]:
        def succeed(*_: object, **__: object) -> bool:
            called.append(name)
            return True

        return succeed

    for name in OPERATIONS:
        monkeypatch.setattr(name, stand_in(name))
    return called


@pytest.mark.parametrize(("model", "action"), ACTIONS)
def test_who_may_only_look_runs_no_action(model: type[Model], action: str, operations: list[str]) -> None:
    row = ROWS[model]()
    before = state_of(row)

    run(browser_of(staff_with(model, "view")), row, action)

    row.refresh_from_db()
    assert (state_of(row), operations, LogEntry.objects.count()) == (before, [], 0)


@pytest.mark.parametrize(("model", "action"), ACTIONS)
def test_whoever_runs_an_action_is_noted(model: type[Model], action: str, operations: list[str]) -> None:
    row, staff = ROWS[model](), staff_with(model, "view", "change", "delete")

    assert run(browser_of(staff), row, action).status_code == 302

    entry = LogEntry.objects.get()
    assert (entry.user_id, entry.object_id, entry.action_flag) == (staff.pk, str(row.pk), 2)
    assert entry.get_change_message()


def test_an_action_without_permissions_keeps_the_platform_from_starting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert [error for error in run_checks() if error.id == "todo_project.E002"] == []

    def careless(page: object, request: object, rows: object) -> None: ...

    for page, name in (
        (admin.site._registry[User], "User"),
        (admin.site._registry[PeriodicTask], "Schedule"),
    ):
        monkeypatch.setattr(page, "actions", [*(page.actions or ()), careless])
        [error] = [error for error in run_checks() if error.id == "todo_project.E002"]
        assert f"{name}Admin: the action careless declares no permissions." in error.msg
        monkeypatch.undo()


def test_an_action_of_the_whole_site_is_looked_at_on_each_page(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(page: object, request: object, rows: object) -> None: ...

    monkeypatch.setitem(admin.site._actions, "careless", careless)

    errors = [error for error in run_checks() if error.id == "todo_project.E002"]

    assert len(errors) == len(admin.site._registry)
