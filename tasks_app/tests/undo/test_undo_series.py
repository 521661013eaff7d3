"""Taking back what a change did to a series as well: its rule, its template, its end, a task's place in it."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts_app.models import User
from events_app.log.history import events_between, head_of
from tasks_app.models import ExcludedSlot, Series
from tasks_app.operations.tasks import update_task
from tasks_app.tests.helpers import NEW_YEAR, consume, kinds, live, slots
from tasks_app.tests.undoing import create, found, read, redo, same, undo
from tasks_app.values.fields import Scope, TaskFields, Terms

START: dict[str, Any] = {"due_at": "2030-05-01T09:00", "time_zone": "Europe/Madrid", "tags": ["home"]}
DAILY = {**START, "recurrence": "daily"}
Start = Callable[[APIClient, User], dict[str, Any]]
# What is asked for, at which address of the task or (with "series") of its series.
CHANGES: dict[str, tuple[str, dict[str, Any]]] = {
    "the title of all": ("?scope=all", {"title": "Bread"}),
    "the tags and reminders of all": ("?scope=all", {"tags": ["work", "x"], "reminders": [{"offset": "1h"}]}),
    "the rule of all": ("?scope=all", {"recurrence": "weekly"}),
    "the time of all": ("?scope=all", {"due_at": "2030-06-01T10:00"}),
    "the title of those to come": ("?scope=future", {"title": "Bread", "priority": "low"}),
    "the time of those to come": ("?scope=future", {"due_at": "2030-06-01T10:00", "time_zone": "Asia/Tokyo"}),
    "the rule of those to come": ("", {"recurrence": "FREQ=WEEKLY;BYDAY=MO"}),
    "the end": ("", {"recurrence": {"rule": "FREQ=DAILY", "ends": "never"}, "title": "Bread"}),
    "no rule": ("", {"recurrence": None}),
    "no rule and done": ("", {"recurrence": None, "completed": True}),
    "no rule and no due": ("", {"recurrence": None, "due_at": None}),
    "by number of the series": ("series", {"title": "Bread", "recurrence": "monthly"}),
    "no rule by number": ("series", {"recurrence": None}),
    "cancelled": ("cancel", {}),
    "left": ("detach/", {}),
    "one reminder more": ("reminders/", {"offset": "2h"}),
}


def ask(client: APIClient, row: dict[str, Any], address: str, body: dict[str, Any]) -> None:
    series, task = f"/api/series/{row['series_id']}/", f"/api/tasks/{row['id']}/"
    if address == "cancel":
        response = client.post(f"{series}cancel/")
    elif address == "delete":
        response = client.delete(series)
    elif address == "series":
        response = client.patch(series, body)
    else:
        response = (client.post if address.endswith("/") else client.patch)(f"{task}{address}", body)
    assert response.status_code < 300, response.content


def told(client: APIClient, user: User) -> dict[str, Any]:
    """Everything that can be read of the user's tasks and running series, without the bookkeeping."""
    tasks = {
        task.pk: {**read(client, {"id": task.pk}), "version": 0, "updated_at": ""} for task in live(user)
    }
    series = Series.objects.filter(owner=user, ended_at=None).values_list("pk", flat=True)
    urls = [f"/api/series/{pk}/{part}" for pk in series for part in ("", "occurrences/?n=6")]
    return {"tasks": tasks, **{url: client.get(url).json() for url in urls}}


def first(client: APIClient, user: User) -> dict[str, Any]:
    return create(client, **DAILY)


def second_of_ten(client: APIClient, user: User) -> dict[str, Any]:
    row = create(client, **START, recurrence="FREQ=DAILY;COUNT=10")
    client.put(f"/api/tasks/{row['id']}/completion/")
    consume(user)
    return dict(read(client, {"id": live(user)[1].pk}))


@pytest.mark.parametrize("start", [first, second_of_ten])
@pytest.mark.parametrize(("address", "body"), CHANGES.values(), ids=CHANGES)
def test_what_a_change_did_to_the_series_is_put_back_and_done_again(
    client: APIClient, user: User, start: Start, address: str, body: dict[str, Any]
) -> None:
    row = start(client, user)
    before = told(client, user)
    ask(client, row, address, body)
    consume(user)
    changed = told(client, user)
    assert changed != before
    for _ in range(2):
        undo(client, row)
        consume(user)
        assert told(client, user) == before
        redo(client, row)
        consume(user)
        assert told(client, user) == changed
    assert found() == []


@pytest.mark.parametrize("address", ["?scope=all", "series"])
def test_what_changes_what_comes_alone_has_a_version_and_an_event_and_is_taken_back(
    client: APIClient, user: User, address: str
) -> None:
    row = create(client, **DAILY)
    ask(client, row, "", {"title": "Bread", "tags": ["work"]})
    before, done = told(client, user), len(kinds(user))
    ask(client, row, address, {"title": "Bread", "tags": ["work"]})
    changed = told(client, user)
    assert (changed["tasks"], read(client, row)["version"]) == (before["tasks"], 3)
    assert kinds(user, after=done) == ["task.updated"]
    ask(client, row, address, {"title": "Bread", "tags": ["work"]})
    assert read(client, row)["version"] == 3
    for _ in range(2):
        undo(client, row)
        assert told(client, user) == before
        redo(client, row)
        assert told(client, user) == changed
    events = events_between(user.pk, after=0, to=head_of(user.pk), types=("task.updated",))
    assert [event.data["changed_fields"] for event in events[1:]] == [[]] * 5
    assert found() == []


@pytest.mark.parametrize(("address", "body"), CHANGES.values(), ids=CHANGES)
def test_each_changed_row_has_one_event(
    client: APIClient, user: User, address: str, body: dict[str, Any]
) -> None:
    row = create(client, **DAILY)
    ask(client, row, address, body)
    for act in (undo, redo):
        versions, done = {task.pk: task.version for task in live(user)}, len(kinds(user))
        act(client, row)
        raised = [task for task in live(user) if versions.pop(task.pk, 0) != task.version]
        told_of = [kind for kind in kinds(user, after=done) if kind.startswith("task.")]
        assert len(told_of) == len(raised) + len(versions)


@pytest.mark.parametrize("start", [START, {}], ids=["with a due", "without"])
@pytest.mark.parametrize("body", [{}, {"title": "Bread", "completed": True}], ids=["open", "and done"])
def test_a_task_that_began_to_recur_does_so_no_more_and_again_in_the_same_series(
    client: APIClient, user: User, start: dict[str, Any], body: dict[str, Any]
) -> None:
    row = create(client, **start)
    ask(client, row, "", {"recurrence": "daily", **body})
    consume(user)
    changed = told(client, user)
    assert same(undo(client, row), row)
    assert [task.pk for task in live(user)] == [row["id"]]
    assert not Series.objects.filter(ended_at=None).exists()
    redo(client, row)
    consume(user)
    assert told(client, user) == changed
    assert found() == []


def test_a_done_task_that_began_to_recur_takes_what_followed_back(client: APIClient, user: User) -> None:
    row = create(client, **START, completed=True)
    ask(client, row, "", {"recurrence": "daily"})
    first, second = (task.pk for task in live(user))
    assert same(undo(client, row), row)
    assert [task.pk for task in live(user)] == [first]
    redo(client, row)
    assert [task.pk for task in live(user)] == [first, second]
    assert found() == []


def test_a_done_task_that_was_to_recur_once_recurs_no_more(client: APIClient, user: User) -> None:
    row = create(client, **START, completed=True)
    ask(client, row, "", {"recurrence": "FREQ=DAILY;COUNT=1"})
    assert Series.objects.get().end_reason == "finished"
    assert same(undo(client, row), row)
    redo(client, row)
    assert Series.objects.get().end_reason == "finished"
    assert found() == []


def test_a_done_occurrence_that_left_comes_back_beside_the_open_one(client: APIClient, user: User) -> None:
    row = create(client, **DAILY)
    client.put(f"/api/tasks/{row['id']}/completion/")
    consume(user)
    before = told(client, user)
    ask(client, row, "detach/", {})
    undo(client, row)
    assert told(client, user) == before
    assert not ExcludedSlot.objects.exists()
    assert redo(client, row)["series_id"] is None
    assert found() == []


def test_the_reopening_of_what_was_the_last_is_undone(client: APIClient, user: User) -> None:
    row = create(client, **DAILY)
    client.put(f"/api/tasks/{row['id']}/completion/")
    client.post(f"/api/series/{row['series_id']}/cancel/")
    done = read(client, row)
    assert client.delete(f"/api/tasks/{row['id']}/completion/").json()["recurrence"] is None
    assert same(undo(client, row), done)
    assert found() == []


def test_the_last_of_a_cancelled_series_comes_back_as_that(client: APIClient, user: User) -> None:
    row = create(client, **DAILY)
    client.post(f"/api/series/{row['series_id']}/cancel/")
    last = read(client, row)
    client.delete(f"/api/tasks/{row['id']}/")
    assert same(undo(client, row), last)
    redo(client, row, expect=204)
    assert found() == []


def test_a_deletion_of_the_series_is_done_again_whatever_was_withdrawn_before(
    client: APIClient, user: User
) -> None:
    row = create(client, **DAILY)
    for scope in ("this", "all"):
        client.delete(f"/api/tasks/{row['id']}/?scope={scope}")
        assert same(undo(client, row), row)
    redo(client, row, expect=204)
    assert live(user) == []
    assert found() == []


def refused(client: APIClient, user: User, row: dict[str, Any]) -> str:
    """The sentence of a 409 that changed nothing."""
    before = told(client, user)
    problem = undo(client, row, expect=409)
    assert (problem["code"], told(client, user), found()) == ("series_changed", before, [])
    return str(problem["detail"])


def test_a_series_that_changed_again_since_stays(client: APIClient, user: User) -> None:
    row = create(client, **DAILY)
    ask(client, row, "?scope=all", {"title": "Bread"})
    others = TaskFields(description="by somebody else")
    update_task(row["id"], others, by=user, at=NEW_YEAR, terms=Terms(scope=Scope.ALL))
    assert "has changed again" in refused(client, user, row)


@pytest.mark.parametrize("start", [START, DAILY], ids=["begun", "left"])
@pytest.mark.parametrize("touch", ["edit", "complete", "delete"])
def test_what_follows_and_was_touched_stays(
    client: APIClient, user: User, start: dict[str, Any], touch: str
) -> None:
    row = create(client, **start, completed=start is START)
    if start is START:
        ask(client, row, "", {"recurrence": "daily"})
    else:
        ask(client, row, "detach/", {})
    following = f"/api/tasks/{live(user)[1].pk}/"
    if touch == "edit":
        client.patch(following, {"title": "touched"})
    elif touch == "complete":
        client.put(f"{following}completion/")
    else:
        client.delete(following)
    consume(user)
    assert "next occurrence" in refused(client, user, row)


ENDS = {"cancelled": ("cancel", {}), "removed": ("", {"recurrence": None})}


def two_open(client: APIClient, user: User) -> tuple[dict[str, Any], dict[str, Any]]:
    """An occurrence that was reopened, and the one after it, which had been edited by then."""
    row = create(client, **DAILY)
    client.put(f"/api/tasks/{row['id']}/completion/")
    consume(user)
    other = {"id": live(user)[1].pk}
    client.patch(f"/api/tasks/{other['id']}/", {"title": "touched"})
    client.delete(f"/api/tasks/{row['id']}/completion/")
    assert slots(user) == ["2030-05-01T09:00:00", "2030-05-02T09:00:00"]
    return row, other


@pytest.mark.parametrize("which", [0, 1])
def test_a_series_that_was_deleted_with_two_open_comes_back_with_both(
    client: APIClient, user: User, which: int
) -> None:
    both = two_open(client, user)
    before = told(client, user)
    ask(client, both[0], "delete", {})
    assert live(user) == []
    undo(client, both[which])
    assert told(client, user) == before
    redo(client, both[which], expect=204)
    assert live(user) == []
    assert client.post(f"/api/tasks/{both[which]['id']}/restore/").status_code == 200
    assert told(client, user) == before
    assert found() == []


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_what_changed_other_open_occurrences_too_stays(
    client: APIClient, user: User, end: tuple[str, dict[str, Any]]
) -> None:
    row, other = two_open(client, user)
    ask(client, row, *end)
    assert "Other open occurrences" in refused(client, user, row)
    assert "the series instead" in refused(client, user, other)
