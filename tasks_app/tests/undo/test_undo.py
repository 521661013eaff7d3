"""Taking back the last change of a task: itself a change, and taking that back does it again."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.operations.preferences import change_preferences
from accounts_app.tests.factories import make_user, signed_in_client
from tasks_app.models import Reminder, Task
from tasks_app.operations.completion import complete_task
from tasks_app.operations.reminders.replan import run_replan_jobs
from tasks_app.operations.tasks import update_task
from tasks_app.tests.helpers import NEW_YEAR, consume, kinds, live, when
from tasks_app.tests.undoing import create, found, read, redo, same, undo
from tasks_app.values.fields import TaskFields

WHOLE: dict[str, Any] = {
    "title": "Milk",
    "description": "two litres",
    "priority": "high",
    "tags": ["home", "shop"],
    "due_at": "2030-05-04T09:00",
    "time_zone": "Europe/Madrid",
    "reminders": [{"offset": "30m"}, {"at": "2030-05-03T10:00:00Z"}],
}


CHANGES: dict[str, dict[str, Any]] = {
    "title": {"title": "Bread"},
    "description": {"description": None},
    "priority": {"priority": "low"},
    "tags": {"tags": ["work", "home"]},
    "no tags": {"tags": []},
    "another time": {"due_at": "2030-06-01T10:00"},
    "a day": {"due_on": "2030-06-01"},
    "no due": {"due_at": None, "reminders": []},
    "floating": {"floating": True},
    "another zone": {"time_zone": "Asia/Tokyo"},
    "other reminders": {"reminders": [{"offset": "1h"}]},
    "no reminders": {"reminders": []},
    "completed": {"completed": True},
    "all at once": {"title": "x", "completed": True, "tags": ["x"], "due_on": "2031-01-01", "reminders": []},
}


STARTS: dict[str, dict[str, Any]] = {
    "timed": WHOLE,
    "day": {"due_on": "2030-07-01"},
    "floating": {"due_at": "2030-07-01T09:00", "floating": True},
}
# There is nothing to take away from those that begin with a due alone; a day can not float.
NO_CHANGES = {"description", "no tags", "no reminders", "floating"}


@pytest.mark.parametrize(
    ("start", "change"),
    [
        (start, change)
        for start in STARTS
        for change in CHANGES
        if start == "timed" or change not in NO_CHANGES
    ],
)
def test_what_a_change_changed_is_put_back_and_done_again(client: APIClient, start: str, change: str) -> None:
    before = create(client, **STARTS[start])
    response = client.patch(f"/api/tasks/{before['id']}/", CHANGES[change])
    changed = response.json()
    assert (response.status_code, changed["version"]) == (200, 2), changed
    undone = undo(client, before)
    assert same(undone, before)
    assert undone["version"] == 3
    assert same(redo(client, before), changed)
    assert found() == []


def test_each_undo_is_one_event(client: APIClient, user: User) -> None:
    row = create(client)
    client.patch(f"/api/tasks/{row['id']}/", {"title": "Bread"})
    undo(client, row)
    redo(client, row)
    assert kinds(user) == ["task.created", "task.updated", "task.updated", "task.updated"]


def test_undoing_a_creation_trashes_and_again_restores(client: APIClient, user: User) -> None:
    row = create(client, **WHOLE)
    undo(client, row, expect=204)
    assert [live(user), client.get("/api/tasks/?trashed=true").json()["results"][0]["id"]] == [[], row["id"]]
    assert same(redo(client, row), row)
    undo(client, row, expect=204)
    assert found() == []


def test_undoing_a_deletion_restores_and_again_deletes(client: APIClient, user: User) -> None:
    row = create(client, **WHOLE)
    client.delete(f"/api/tasks/{row['id']}/")
    assert same(undo(client, row), row)
    redo(client, row, expect=204)
    assert live(user) == []
    assert found() == []


def test_undoing_a_reopening_gives_the_moment_of_completion_back(client: APIClient) -> None:
    row = create(client)
    done = client.put(f"/api/tasks/{row['id']}/completion/").json()
    client.delete(f"/api/tasks/{row['id']}/completion/")
    assert undo(client, row)["completed_at"] == done["completed_at"]


@pytest.mark.parametrize("consumer_was_faster", [True, False])
def test_undoing_the_completion_of_an_occurrence_withdraws_its_successor(
    client: APIClient, user: User, consumer_was_faster: bool
) -> None:
    row = create(client, due_on="2030-05-01", recurrence="daily")
    client.put(f"/api/tasks/{row['id']}/completion/")
    if consumer_was_faster:
        consume(user)
    assert same(undo(client, row), row)
    assert [task.pk for task in live(user)] == [row["id"]]
    done = redo(client, row)
    consume(user)
    assert done["completed"]
    assert [task.occurrence for task in live(user)] == ["2030-05-01", "2030-05-02"]
    assert found() == []


def test_undoing_the_creation_of_a_recurring_task_takes_its_series_along(
    client: APIClient, user: User
) -> None:
    row = create(client, due_on="2030-05-01", recurrence="daily")
    undo(client, row, expect=204)
    assert live(user) == []
    assert same(redo(client, row), row)
    assert client.get(f"/api/series/{row['series_id']}/").json()["ended_at"] is None
    undo(client, row, expect=204)
    assert live(user) == []
    assert found() == []


@pytest.mark.parametrize("scope", ["this", "all", "future"])
def test_undoing_the_deletion_of_an_occurrence_gives_its_place_back(
    client: APIClient, user: User, scope: str
) -> None:
    row = create(client, due_on="2030-05-01", recurrence="daily")
    client.delete(f"/api/tasks/{row['id']}/?scope={scope}")
    after = [task.occurrence for task in live(user)]
    assert same(undo(client, row), row)
    assert [task.pk for task in live(user)] == [row["id"]]
    redo(client, row, expect=204)
    assert [task.occurrence for task in live(user)] == after
    assert found() == []


def test_undoing_a_skip_gives_the_place_back(client: APIClient, user: User) -> None:
    row = create(client, due_on="2030-05-01", recurrence="daily")
    client.post(f"/api/tasks/{row['id']}/skip/")
    assert same(undo(client, row), row)
    assert [task.pk for task in live(user)] == [row["id"]]
    assert found() == []


@pytest.mark.parametrize("consumer_was_faster", [True, False])
def test_what_the_rule_made_is_nobodys_change(
    client: APIClient, user: User, consumer_was_faster: bool
) -> None:
    row = create(client, due_on="2030-05-01", recurrence="daily")
    client.put(f"/api/tasks/{row['id']}/completion/")
    if consumer_was_faster:
        consume(user)
    client.patch(f"/api/tasks/{row['id']}/", {"title": "settles first"})
    successor = {"id": live(user)[1].pk}
    assert undo(client, successor, expect=409)["code"] == "nothing_to_undo"
    client.patch(f"/api/tasks/{successor['id']}/", {"title": "touched"})
    assert undo(client, successor)["title"] == "Milk"


def test_what_others_changed_since_is_not_overwritten(client: APIClient, user: User) -> None:
    row = create(client)
    client.patch(f"/api/tasks/{row['id']}/", {"title": "Bread", "priority": "high"})
    update_task(row["id"], TaskFields(title="Somebody's"), by=user, at=NEW_YEAR)
    assert undo(client, row, expect=409)["code"] == "changed_since"
    assert read(client, row)["title"] == "Somebody's"


def test_a_change_beside_it_does_not_keep_from_undoing(client: APIClient, user: User) -> None:
    row = create(client)
    client.patch(f"/api/tasks/{row['id']}/", {"title": "Bread"})
    update_task(row["id"], TaskFields(description="added"), by=user, at=NEW_YEAR)
    undone = undo(client, row)
    assert (undone["title"], undone["description"]) == ("Milk", "added")


def test_a_completion_by_somebody_else_is_not_the_callers(client: APIClient, user: User) -> None:
    row = create(client)
    complete_task(row["id"], by=user, at=NEW_YEAR)  # outside a request: by the platform itself
    assert undo(client, row, expect=409)["code"] == "nothing_to_undo"


def test_after_a_move_of_the_user_a_due_that_moved_along_is_left(client: APIClient, user: User) -> None:
    row = create(client, due_on="2030-05-01", reminders=[{"offset": "PT9H"}])
    client.patch(f"/api/tasks/{row['id']}/", {"title": "Bread"})
    change_preferences(user.pk, {"time_zone": "Asia/Tokyo"})
    consume(user, "replan")
    run_replan_jobs()
    assert undo(client, row)["title"] == "Milk"


FLOATING = {"due_at": "2030-05-01T09:00", "floating": True, "reminders": [{"offset": "30m"}]}


def move_to_tokyo(user: User, *, is_replanned: bool) -> None:
    change_preferences(user.pk, {"time_zone": "Asia/Tokyo"})
    if is_replanned:
        consume(user, "replan")
        run_replan_jobs()


@pytest.mark.parametrize("is_replanned", [True, False])
@pytest.mark.parametrize(
    "change", [{"due_at": "2030-05-02T10:00"}, {"due_on": "2030-05-02"}, {"reminders": []}]
)
def test_what_was_set_on_the_wall_goes_back_to_the_wall_wherever_the_user_is(
    client: APIClient, user: User, change: dict[str, Any], is_replanned: bool
) -> None:
    row = create(client, **FLOATING)
    client.patch(f"/api/tasks/{row['id']}/", change)
    move_to_tokyo(user, is_replanned=is_replanned)
    undone = undo(client, row)
    assert (undone["due_at"], undone["floating"]) == ("2030-05-01T00:00:00Z", True)  # nine o'clock in Tokyo
    assert [each["fire_at"] for each in undone["reminders"]] == ["2030-04-30T23:30:00Z"]
    redo(client, row)
    assert same(undo(client, row), undone)
    consume(user, "replan")
    run_replan_jobs()
    assert same(read(client, row), undone)
    assert found() == []


def test_what_somebody_else_set_on_the_wall_since_is_left(client: APIClient, user: User) -> None:
    row = create(client, **FLOATING)
    client.patch(f"/api/tasks/{row['id']}/", {"due_at": "2030-05-02T10:00"})
    move_to_tokyo(user, is_replanned=True)
    update_task(row["id"], TaskFields(due=when("2030-05-02T11:00")), by=user, at=NEW_YEAR)
    assert undo(client, row, expect=409)["code"] == "changed_since"


def test_a_snooze_is_undone_under_the_same_reminder(client: APIClient) -> None:
    row = create(client, due_at="2030-05-04T09:00Z", reminders=[{"offset": "30m"}])
    [reminder] = row["reminders"]
    until = "2030-05-04T12:00:00Z"
    client.post(f"/api/reminders/{reminder['id']}/snooze/", {"until": until})
    assert undo(client, row)["reminders"] == [reminder]
    assert redo(client, row)["reminders"] == [{**reminder, "fire_at": until}]
    assert found() == []


def test_a_snooze_of_what_has_fired_is_undone_without_firing_again(client: APIClient) -> None:
    row = create(client, due_at="2030-05-04T09:00Z", reminders=[{"offset": "30m"}])
    at = "2026-01-01T00:00:00Z"
    Reminder.objects.update(status="fired", fired_at=at, fire_at=at, offset=None, at=at)
    fired = read(client, row)["reminders"]
    url = f"/api/reminders/{fired[0]['id']}/snooze/"
    snoozed = client.post(url, {"until": "2030-05-04T12:00:00Z"}).json()
    assert (snoozed["status"], fired[0]["status"]) == ("pending", "fired")
    assert undo(client, row)["reminders"] == fired
    assert redo(client, row)["reminders"][0]["fire_at"] == "2030-05-04T12:00:00Z"
    assert found() == []


@pytest.mark.parametrize("verb", ["add", "change", "remove"])
def test_reminders_come_back_under_their_own_ids(client: APIClient, verb: str) -> None:
    row = create(client, due_at="2030-05-04T09:00Z", reminders=[{"offset": "30m"}])
    url = f"/api/reminders/{row['reminders'][0]['id']}/"
    if verb == "add":
        client.post(f"/api/tasks/{row['id']}/reminders/", {"offset": "2h"})
    elif verb == "change":
        client.patch(url, {"offset": "1d"})
    else:
        client.delete(url)
    changed = read(client, row)
    assert same(undo(client, row), row)
    assert same(redo(client, row), changed)
    assert found() == []


def test_what_has_fired_does_not_fire_again(client: APIClient, user: User) -> None:
    row = create(client, due_at="2030-05-04T09:00Z", reminders=[{"offset": "30m"}])
    fired = {"status": "fired", "fired_at": "2026-01-01T00:00:00Z", "fire_at": "2026-01-01T00:00:00Z"}
    Reminder.objects.update(**fired, offset=None, at="2026-01-01T00:00:00Z")
    client.patch(f"/api/tasks/{row['id']}/", {"reminders": []})
    [reminder] = undo(client, row)["reminders"]
    assert (reminder["id"], reminder["status"]) == (row["reminders"][0]["id"], "fired")


def test_a_version_that_is_not_the_one_is_412(client: APIClient) -> None:
    row = create(client)
    client.patch(f"/api/tasks/{row['id']}/", {"title": "Bread"})
    undo(client, row, expect=412, if_match='"1"')
    assert undo(client, row, if_match='"2"')["title"] == "Milk"


def test_nothing_is_undone_of_others(client: APIClient) -> None:
    stranger = signed_in_client(make_user())
    row = create(stranger)
    undo(client, row, expect=404)
    assert Task.objects.get().deleted_at is None


def test_what_the_log_no_longer_tells_stays(
    client: APIClient, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks_app.operations.undo.past_changes.REACH", 2)
    row = create(client)
    for _ in range(2):
        create(client)
    assert undo(client, row, expect=409)["code"] == "nothing_to_undo"
