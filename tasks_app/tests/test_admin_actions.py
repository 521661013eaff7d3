"""What operators may do: fire a reminder now, cancel a series. Each asks first and is in the owner's history."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from tasks_app.invariants import find_tasks_unlike_log, find_unfired_reminders
from tasks_app.models import Reminder, Series, Task
from tasks_app.operations.completion import complete_task
from tasks_app.operations.reminders.fire import fire_due_reminders
from tasks_app.tests.helpers import NEW_YEAR, history, kinds, live, make_task

SERIES, REMINDERS = "/admin/tasks_app/series/", "/admin/tasks_app/reminder/"


@pytest.fixture
def staff(db: None) -> User:
    return make_user(is_staff=True, is_superuser=True)


@pytest.fixture
def operator(staff: User) -> Client:
    client = Client()
    client.force_login(staff)
    return client


@pytest.fixture
def task(user: User) -> Task:
    return make_task(user, due="2030-05-04T09:00", time_zone="UTC", recurrence="daily", reminders=["30m"])


def choose(action: str, pk: int, **more: str) -> dict[str, str]:
    return {"action": action, "_selected_action": str(pk), **more}


def test_firing_now_asks_first(operator: Client, user: User, task: Task) -> None:
    reminder = Reminder.objects.get()
    asked = operator.post(REMINDERS, choose("fire_now", reminder.pk))
    assert (asked.status_code, b"Fire these now?" in asked.content) == (200, True)
    for field in (f'name="_selected_action" value="{reminder.pk}"', 'name="confirmed"', 'value="fire_now"'):
        assert field in asked.content.decode()
    assert Reminder.objects.get().status == "pending"


def test_firing_now_tells_once_and_names_the_operator(
    operator: Client, staff: User, user: User, task: Task
) -> None:
    reminder = Reminder.objects.get()
    assert operator.post(REMINDERS, choose("fire_now", reminder.pk, confirmed="yes")).status_code == 302
    assert kinds(user)[2:] == ["task.updated", "reminder.scheduled", "reminder.due"]
    due = history(user)[-1]
    assert (due.data["firing"], due.data["late"]) == (1, False)
    assert {(each.actor.type, each.actor.id) for each in history(user)[2:]} == {("user", str(staff.pk))}
    assert Reminder.objects.get().status == "fired"
    assert fire_due_reminders() == 0
    assert LogEntry.objects.get().object_id == str(reminder.pk)
    assert [*find_tasks_unlike_log(), *find_unfired_reminders()] == []


def test_what_has_fired_fires_again_under_the_next_number(operator: Client, user: User, task: Task) -> None:
    reminder = Reminder.objects.get()
    for _ in range(2):
        operator.post(REMINDERS, choose("fire_now", reminder.pk, confirmed="yes"))
    assert [each.data["firing"] for each in history(user) if each.type == "reminder.due"] == [1, 2]


def test_the_reminder_of_a_done_task_is_left_alone(operator: Client, user: User, task: Task) -> None:
    complete_task(task.pk, by=user, at=NEW_YEAR)
    reminder = Reminder.objects.get(task=task)
    page = operator.post(REMINDERS, choose("fire_now", reminder.pk, confirmed="yes"), follow=True)
    assert "The task is done." in page.content.decode()
    assert "reminder.due" not in kinds(user)
    assert not LogEntry.objects.exists()


def test_cancelling_asks_first_and_is_in_the_owners_history(
    operator: Client, staff: User, user: User, task: Task
) -> None:
    asked = operator.post(SERIES, choose("cancel", task.series_id or 0))
    assert (asked.status_code, b"Cancel these series?" in asked.content) == (200, True)
    assert Series.objects.get().is_running
    operator.post(SERIES, choose("cancel", task.series_id or 0, confirmed="yes"))
    assert Series.objects.get().end_reason == "cancelled"
    assert [each.recurrence for each in live(user)] == [None]
    event = history(user)[-1]
    assert (event.type, event.actor.id) == ("task.updated", str(staff.pk))
    assert LogEntry.objects.get().get_change_message() == "Cancelled."


@pytest.mark.parametrize(("page", "action"), [(SERIES, "cancel"), (REMINDERS, "fire_now")])
def test_staff_who_may_only_look_cannot_act(user: User, task: Task, page: str, action: str) -> None:
    viewer, before = make_user(is_staff=True), kinds(user)
    viewer.user_permissions.add(*Permission.objects.filter(codename__in=["view_series", "view_reminder"]))
    client = Client()
    client.force_login(viewer)
    pk = Reminder.objects.get().pk if page == REMINDERS else task.series_id
    client.post(page, choose(action, pk or 0, confirmed="yes"))
    assert kinds(user) == before
