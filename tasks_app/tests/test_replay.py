"""The log replayed in order gives the table back, and the audit notices when it does not."""

import random
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.operations.preferences import change_preferences
from accounts_app.tests.factories import make_user
from events_app.contracts import stream_key
from events_app.log.read import SeqRange
from events_app.models import Event, Stream
from tasks_app.invariants import (
    find_missing_successors,
    find_old_documents,
    find_open_replans,
    find_tasks_unlike_log,
    find_unfired_reminders,
    find_wrong_documents,
    find_wrong_tag_links,
)
from tasks_app.models import Series, Task, TaskTag
from tasks_app.operations.completion import complete_task
from tasks_app.operations.reminders.fire import fire_due_reminders
from tasks_app.operations.reminders.replan import run_replan_jobs
from tasks_app.operations.tasks import delete_task
from tasks_app.queries import replay
from tasks_app.queries.replay import replay_in_parts
from tasks_app.queries.shown import read_shown
from tasks_app.queries.tasks import load_all_full
from tasks_app.tests.conftest import SetClock
from tasks_app.tests.helpers import NEW_YEAR, at, consume, live, make_task

BODIES: tuple[dict[str, Any], ...] = (
    {"title": "new title"},
    {"priority": "high", "description": "more"},
    {"tags": ["home", "work"]},
    {"tags": []},
    {"due_at": "2030-07-15T09:00"},
    {"due_on": "2030-07-20"},
    {"due_at": "2030-07-15T09:00", "floating": True},
    {"reminders": [{"offset": "1h"}, {"offset": "1d"}]},
    {"reminders": [{"offset": "1h"}]},
    {"recurrence": "daily"},
    {"recurrence": "weekly"},
    {"recurrence": None},
    {"completed": True},
    {"completed": False},
)


def act(client: APIClient, user: User, choose: random.Random) -> None:
    ids = [task.pk for task in live(user)]
    action = choose.choice(("create", "change", "change", "change", "toggle", "delete", "move", "consume"))
    if action == "create" or not ids:
        client.post("/api/tasks/", {"title": "x", **choose.choice(BODIES[:7])})
    elif action == "change":
        scope = choose.choice(("", "?scope=this", "?scope=all", "?scope=future"))
        client.patch(f"/api/tasks/{choose.choice(ids)}/{scope}", choose.choice(BODIES))
    elif action == "toggle":
        client.patch(f"/api/tasks/{choose.choice(ids)}/complete/")
    elif action == "delete":
        client.delete(f"/api/tasks/{choose.choice(ids)}/{choose.choice(('', '?scope=all'))}")
    elif action == "move":
        change_preferences(user.pk, {"time_zone": choose.choice(("UTC", "Asia/Tokyo", "America/New_York"))})
    else:
        consume(user)
        run_replan_jobs()
        fire_due_reminders()


@pytest.mark.parametrize("seed", range(5))
def test_after_anything_the_log_gives_the_table_back(client: APIClient, user: User, seed: int) -> None:
    choose = random.Random(seed)
    for _ in range(60):
        act(client, user, choose)
    consume(user)
    consume(user, "replan")
    run_replan_jobs()
    tasks = Task.objects.filter(owner=user).order_by("pk")
    assert [shown.row for shown in read_shown(tasks)] == [
        full.lasting_row() for full in load_all_full(list(tasks))
    ]
    assert [
        *find_tasks_unlike_log(),
        *find_missing_successors(),
        *find_unfired_reminders(),
        *find_open_replans(),
        *find_wrong_tag_links(),
        *find_wrong_documents(),
        *find_old_documents(),
    ] == []


def test_a_change_without_an_event_is_found(user: User) -> None:
    task = make_task(user)
    Task.objects.filter(pk=task.pk).update(title="changed behind the log's back")
    assert [(each.subject, each.detail) for each in find_tasks_unlike_log()] == [
        (f"task {task.pk}", "the log tells another title")
    ]


def test_a_row_of_the_log_that_lacks_what_is_empty_in_the_table_is_found(user: User) -> None:
    task = make_task(user)
    [event] = Event.objects.filter(task_id=task.pk, type="task.created")
    del event.data["task"]["recurrence"]
    Event.objects.filter(pk=event.pk).update(data=event.data)
    assert [each.detail for each in find_tasks_unlike_log()] == ["the log tells another recurrence"]


def test_a_tag_link_that_tells_another_state_is_found(user: User) -> None:
    task = make_task(user, due="2030-05-01", tags=("home",))
    assert list(find_wrong_tag_links()) == []
    TaskTag.objects.update(live=False)
    assert [each.subject for each in find_wrong_tag_links()] == [f"task {task.pk}"]


def test_a_row_without_an_event_is_found(user: User) -> None:
    task = make_task(user)
    Task.objects.create(owner=user, title="x", created_at=task.created_at, updated_at=task.updated_at)
    assert [each.detail for each in find_tasks_unlike_log()] == ["in the table only"]


def test_short_histories_are_read_together(user: User) -> None:
    others = [make_user() for _ in range(12)]
    for each in others:
        make_task(each, "one", due="2030-05-04T09:00", reminders=["30m"], tags=("home",))
        delete_task(make_task(each, "gone").pk, by=each, at=NEW_YEAR)
    with CaptureQueriesContext(connection) as statements:
        assert list(find_tasks_unlike_log()) == []
    assert len(statements) == 5  # streams, events, tasks, their tags, their reminders

    # One fault at a time: with any of them all histories are read again, each alone.
    def found() -> list[tuple[str, str]]:
        return [(each.subject, each.detail) for each in find_tasks_unlike_log()]

    [first, second] = Task.objects.filter(owner__in=others[:2], title="one").order_by("pk")
    Task.objects.filter(pk=second.pk).update(title="two")
    assert found() == [(f"task {second.pk}", "the log tells another title")]
    Task.objects.filter(pk=second.pk).update(title="one")

    [gone] = Task.objects.filter(owner=others[2], title="gone")
    Task.objects.filter(pk=gone.pk).update(deleted_at=None)
    assert found() == [(f"task {gone.pk}", "in the table only")]
    Task.objects.filter(pk=gone.pk).update(deleted_at=NEW_YEAR)

    # The task of one person is in the log of another one, and says so.
    Stream.objects.filter(key=stream_key(others[3].pk)).update(head=F("head") + 1)
    other = Stream.objects.get(key=stream_key(others[3].pk))
    Event.objects.filter(task_id=first.pk, type="task.created").update(stream=other, seq=other.head)
    assert found() == [(f"task {first.pk}", "in the table only"), (f"task {first.pk}", "in the log only")]


def test_an_event_that_names_no_task_is_found_among_short_histories(user: User) -> None:
    make_task(user)
    task = make_task(make_user(), "one")
    Event.objects.filter(task_id=task.pk).update(task_id=None)
    assert [(each.subject, each.detail) for each in find_tasks_unlike_log()] == [
        (f"task {task.pk}", "in the table only")
    ]


def test_a_history_of_any_length_is_read_in_parts(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "_TASKS_AT_ONCE", 2)
    tasks = [make_task(user, f"number {number}") for number in range(8)]
    delete_task(tasks[1].pk, by=user, at=NEW_YEAR)
    assert list(find_tasks_unlike_log()) == []
    [stream] = Stream.objects.all()
    parts = list(replay_in_parts(SeqRange(stream.pk, stream.key, 0, stream.head)))
    assert [len(part.rows) for part in parts] == [1, 2, 2, 2, 0]

    Task.objects.filter(pk__in=(tasks[2].pk, tasks[7].pk)).update(title="changed")
    Task.objects.filter(pk=tasks[4].pk).delete()
    Event.objects.filter(task_id=tasks[5].pk).delete()
    assert [(each.subject, each.detail) for each in find_tasks_unlike_log()] == [
        (f"task {tasks[2].pk}", "the log tells another title"),
        (f"task {tasks[4].pk}", "in the log only"),
        (f"task {tasks[5].pk}", "in the table only"),
        (f"task {tasks[7].pk}", "the log tells another title"),
    ]


def test_a_series_without_an_open_occurrence_is_found(user: User) -> None:
    task = make_task(user, due="2030-05-01", recurrence="daily")
    complete_task(task.pk, by=user, at=at("2030-05-01T00:00+00:00"))
    assert [each.kind for each in find_missing_successors()] == ["lag"]
    consume(user)
    assert list(find_missing_successors()) == []
    live(user)[1].delete()
    assert [each.kind for each in find_missing_successors()] == ["broken"]
    assert Series.objects.count() == 1


def test_a_reminder_that_waits_too_long_is_found(user: User, database_clock: SetClock) -> None:
    make_task(user, due="2026-05-04T09:00", reminders=["30m"])
    database_clock.set("2026-05-04T09:00:00+00:00")
    assert [each.kind for each in find_unfired_reminders()] == ["lag"]
    fire_due_reminders()
    assert list(find_unfired_reminders()) == []
