"""Out of the trash, and out of it for good."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from events_app.log.history import head_of
from tasks_app.invariants import (
    find_missing_successors,
    find_tasks_unlike_log,
    find_unfired_reminders,
    find_wrong_tag_links,
)
from tasks_app.models import ExcludedSlot, Reminder, Series, Tag, Task, TaskTag
from tasks_app.operations.completion import complete_task
from tasks_app.operations.tasks import delete_task
from tasks_app.operations.trash import trash
from tasks_app.operations.trash.trash import purge_trash, restore_task
from tasks_app.tests.conftest import SetClock
from tasks_app.tests.helpers import NEW_YEAR, at, consume, kinds, live, make_task, slots
from tasks_app.values.trash import TRASH_KEPT

FOUND = (find_tasks_unlike_log, find_missing_successors, find_unfired_reminders, find_wrong_tag_links)


def found() -> list[object]:
    return [finding for check in FOUND for finding in check()]


def restore(client: APIClient, task: Task, **headers: str) -> Any:
    return client.post(f"/api/tasks/{task.pk}/restore/", headers=headers)


def test_a_task_comes_back_whole_with_its_reminders_planned_again(client: APIClient, user: User) -> None:
    task = make_task(user, due="2030-05-04T09:00", reminders=["30m"], tags=("home",))
    before = client.get(f"/api/tasks/{task.pk}/").json()
    client.delete(f"/api/tasks/{task.pk}/")
    assert client.get("/api/reminders/?status=pending").json()["results"] == []
    response = restore(client, task)
    assert (response.status_code, response["ETag"]) == (200, '"3"')
    assert {**response.json(), "version": 1, "updated_at": before["updated_at"]} == before
    assert client.get("/api/tasks/?tag=home").json()["results"] == [response.json()]
    assert [each.status for each in Reminder.objects.all()] == ["pending"]
    assert [kind for kind in kinds(user) if kind.startswith("task.")] == [
        "task.created",
        "task.deleted",
        "task.created",
    ]
    assert found() == []


def test_restoring_again_changes_nothing(client: APIClient, user: User) -> None:
    task = make_task(user)
    delete_task(task.pk, by=user, at=NEW_YEAR)
    first = restore(client, task).json()
    head = head_of(user.pk)
    assert (restore(client, task).json(), head_of(user.pk)) == (first, head)


def test_a_version_that_is_not_the_one_is_412(client: APIClient, user: User) -> None:
    task = make_task(user)
    delete_task(task.pk, by=user, at=NEW_YEAR)
    assert restore(client, task, **{"If-Match": '"1"'}).status_code == 412
    assert restore(client, task, **{"If-Match": '"2"'}).status_code == 200


def test_a_withdrawn_occurrence_is_in_no_trash(client: APIClient, user: User) -> None:
    task = make_task(user, due="2030-05-01", recurrence="daily")
    complete_task(task.pk, by=user, at=at("2030-04-30T00:00+00:00"))
    consume(user)
    successor = live(user)[1]
    client.delete(f"/api/tasks/{task.pk}/completion/")
    assert restore(client, successor).status_code == 404


def test_a_deleted_occurrence_takes_its_place_back(client: APIClient, user: User) -> None:
    task = make_task(user, due="2030-05-01", recurrence="daily")
    delete_task(task.pk, by=user, at=NEW_YEAR)
    assert slots(user) == ["2030-05-02"]
    assert restore(client, task).json()["series_id"] == task.series_id
    assert slots(user) == ["2030-05-01"]
    assert found() == []


def test_beside_a_touched_successor_it_comes_back_as_a_task_of_its_own(client: APIClient, user: User) -> None:
    task = make_task(user, due="2030-05-01", recurrence="daily")
    delete_task(task.pk, by=user, at=NEW_YEAR)
    client.patch(f"/api/tasks/{live(user)[0].pk}/", {"title": "mine now"})
    row = restore(client, task).json()
    assert (row["series_id"], row["recurrence"], row["due_on"]) == (None, None, "2030-05-01")
    assert len(live(user)) == 2
    assert found() == []


def test_after_thirty_days_it_is_gone_for_good(
    client: APIClient, user: User, database_clock: SetClock
) -> None:
    task = make_task(user, due="2030-05-04T09:00", reminders=["30m"], tags=("home",))
    stays = make_task(user, tags=("home",))
    delete_task(task.pk, by=user, at=database_clock.now)
    head = head_of(user.pk)
    database_clock.advance(days=30)
    assert purge_trash() == 0
    database_clock.advance(seconds=1)
    assert (purge_trash(), purge_trash()) == (1, 0)
    assert restore(client, task).status_code == 404
    assert [each.pk for each in Task.objects.all()] == [stays.pk]
    assert (Reminder.objects.count(), TaskTag.objects.count(), Tag.objects.count()) == (0, 1, 1)
    assert client.get("/api/tags/").json()["results"][0]["task_count"] == 1
    assert head_of(user.pk) == head
    assert found() == []
    consume(user, "audit")
    history = client.get(f"/api/tasks/{task.pk}/history/").json()["results"]
    assert [each["type"] for each in history if each["type"].startswith("task.")] == [
        "task.deleted",
        "task.created",
    ]


def test_what_is_live_or_fresh_is_never_purged(user: User, database_clock: SetClock) -> None:
    task, fresh = make_task(user), make_task(user)
    delete_task(task.pk, by=user, at=database_clock.now)
    restore_task(task.pk, by=user, at=database_clock.now)
    database_clock.advance(days=40)
    delete_task(fresh.pk, by=user, at=database_clock.now)
    assert purge_trash() == 0


def test_a_series_goes_on_counting_what_was_purged(user: User, database_clock: SetClock) -> None:
    recurrence = {"rule": "FREQ=DAILY;COUNT=3", "anchor": "completion"}
    task = make_task(user, due="2026-01-01T09:00", recurrence=recurrence)
    for _ in range(2):
        occurrence = live(user)[-1]
        complete_task(occurrence.pk, by=user, at=database_clock.now)
        consume(user)
        delete_task(occurrence.pk, by=user, at=database_clock.now)
        database_clock.advance(days=1)
    database_clock.advance(days=31)
    assert purge_trash() == 2
    assert ExcludedSlot.objects.filter(series=task.series_id).count() == 2
    last = live(user)[-1]
    complete_task(last.pk, by=user, at=database_clock.now)
    consume(user)
    assert [each.pk for each in live(user)] == [last.pk]
    assert Series.objects.get().end_reason == "finished"
    assert found() == []


def test_a_withdrawn_row_leaves_with_its_predecessor(user: User, database_clock: SetClock) -> None:
    task = make_task(user, due="2026-03-01", recurrence="daily")
    delete_task(task.pk, by=user, at=database_clock.now)
    restore_task(task.pk, by=user, at=database_clock.now)
    assert Task.objects.filter(withdrawn=True).count() == 1
    database_clock.advance(days=31)
    assert purge_trash() == 0
    delete_task(task.pk, by=user, at=database_clock.now)
    later = Task.objects.get(follows=task)
    assert not later.withdrawn
    database_clock.advance(days=31)
    assert purge_trash() == 1
    assert [each.pk for each in Task.objects.all()] == [later.pk]
    assert found() == []


def test_it_is_removed_in_bounded_parts_and_a_cut_off_sweep_goes_on(
    database_clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trash, "_ROWS_PER_TRANSACTION", 4)
    monkeypatch.setattr(trash, "CHUNKS_PER_CALL", 2)
    for user in (make_user(), make_user(), make_user()):
        for _ in range(4):
            delete_task(make_task(user).pk, by=user, at=database_clock.now)
    database_clock.advance(days=31)
    assert [purge_trash() for _ in range(3)] == [8, 4, 0]


def test_a_sweep_that_finds_nothing_asks_once(user: User) -> None:
    make_task(user)
    with CaptureQueriesContext(connection) as queries:
        assert purge_trash() == 0
    selects = [query for query in queries if "tasks_app_task" in query["sql"]]
    assert len(selects) == 1
    assert timedelta(days=30) == TRASH_KEPT
