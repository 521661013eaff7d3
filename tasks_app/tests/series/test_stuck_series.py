"""A fault in one series: it is noted there, tried again on its own clock, and holds up nothing else."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts_app.models import User
from events_app.models import Cursor
from foundation import counters
from tasks_app import recurrence as rec
from tasks_app.editing.change import Change
from tasks_app.editing.draft import Draft
from tasks_app.invariants import find_missing_successors, find_stuck_series, find_tasks_unlike_log
from tasks_app.models import Series, Task
from tasks_app.operations.completion import retry_stuck_series
from tasks_app.operations.series import succession, templates
from tasks_app.tests.helpers import consume, live, make_task

pytestmark = pytest.mark.django_db

Heal = Callable[[], None]
FAULTY = "Faulty"


@pytest.fixture
def heal(monkeypatch: pytest.MonkeyPatch) -> Heal:
    """Plant a fault in whatever makes occurrences of the series of that title; calling it takes it out."""
    original = templates.fill_occurrence

    def fail_for_one(change: Change, series: Series, draft: Draft, *, slot: rec.Slot, since: Any) -> None:
        original(change, series, draft, slot=slot, since=since)
        if series.title == FAULTY:
            raise ArithmeticError("planted")

    monkeypatch.setattr(succession, "fill_occurrence", fail_for_one)
    return monkeypatch.undo


@pytest.fixture
def stuck(user: User, client: APIClient, heal: Heal) -> Task:
    """A done occurrence whose successor cannot be made."""
    task = make_task(user, FAULTY, due="2030-09-16", recurrence="daily", reminders=["15h"], tags=("home",))
    assert client.put(f"/api/tasks/{task.pk}/completion/").status_code == 200
    consume(user)
    return task


def series_of(task: Task) -> Series:
    series = task.series
    assert series is not None
    series.refresh_from_db()
    return series


def make_it_time() -> None:
    Series.objects.filter(stuck_since__isnull=False).update(stuck_retry_at=datetime(2026, 1, 1, tzinfo=UTC))


def test_the_other_series_go_on_and_the_cursor_moves(user: User, client: APIClient, stuck: Task) -> None:
    other = make_task(user, "Other", due="2030-09-16", recurrence="daily")
    client.put(f"/api/tasks/{other.pk}/completion/")
    consume(user)
    assert [task.title for task in live(user) if task.is_open] == ["Other"]
    cursor = Cursor.objects.get(consumer="recurrence")
    assert (cursor.attempts, cursor.blocked_at, cursor.retry_at) == (0, None, None)
    assert cursor.seq == cursor.stream.head - 1  # behind it lies what it made itself


def test_everybody_who_asks_is_told(client: APIClient, stuck: Task) -> None:
    row = client.get(f"/api/series/{stuck.series_id}/").json()
    assert (row["status"], row["state"], row["task_id"]) == ("running", "stuck", None)
    assert row["stuck"]["reason"] == "ArithmeticError: planted"
    assert row["stuck"]["since"] < row["stuck"]["retry_at"]
    why = client.get(f"/api/tasks/{stuck.pk}/explain/").json()["next"]
    assert why["local"] is None
    assert "cannot be made" in why["why"]
    assert "ArithmeticError: planted" in why["why"]
    [finding] = find_stuck_series()
    assert (finding.kind, finding.detail) == ("operator", "ArithmeticError: planted")
    assert list(find_missing_successors()) == []
    assert counters.snapshot()["series.stuck"] >= 1


def test_it_goes_on_by_itself_once_the_fault_is_gone(
    user: User, client: APIClient, stuck: Task, heal: Heal
) -> None:
    assert retry_stuck_series() == 0
    assert series_of(stuck).stuck_attempts == 1
    make_it_time()
    assert retry_stuck_series() == 0
    assert series_of(stuck).stuck_attempts == 2
    assert retry_stuck_series() == 0
    assert series_of(stuck).stuck_attempts == 2
    heal()
    make_it_time()
    assert retry_stuck_series() == 1
    assert [task.occurrence for task in live(user)] == ["2030-09-16", "2030-09-17"]
    row = client.get(f"/api/series/{stuck.series_id}/").json()
    assert (row["state"], row["stuck"]) == ("running", None)
    assert [*find_tasks_unlike_log(), *find_missing_successors(), *find_stuck_series()] == []
    assert retry_stuck_series() == 0


def cancel(client: APIClient, task: Task) -> Any:
    return client.post(f"/api/series/{task.series_id}/cancel/")


def delete_series(client: APIClient, task: Task) -> Any:
    return client.delete(f"/api/series/{task.series_id}/")


def delete_task(client: APIClient, task: Task) -> Any:
    return client.delete(f"/api/tasks/{task.pk}/")


def end_by_its_number(client: APIClient, task: Task) -> Any:
    return client.patch(f"/api/series/{task.series_id}/", {"recurrence": None})


def detach(client: APIClient, task: Task) -> Any:
    return client.post(f"/api/tasks/{task.pk}/detach/")


def reopen(client: APIClient, task: Task) -> Any:
    return client.delete(f"/api/tasks/{task.pk}/completion/")


def undo(client: APIClient, task: Task) -> Any:
    return client.post(f"/api/tasks/{task.pk}/undo/")


def take_reminders_off(client: APIClient, task: Task) -> Any:
    return client.patch(f"/api/tasks/{task.pk}/", {"reminders": []})


def edit(client: APIClient, task: Task) -> Any:
    return client.patch(f"/api/tasks/{task.pk}/", {"title": "Edited", "priority": "high"})


@pytest.mark.parametrize(
    "act",
    [cancel, delete_series, delete_task, end_by_its_number, detach, reopen, undo, take_reminders_off, edit],
)
def test_every_operation_that_mends_or_ends_it_works(
    user: User, client: APIClient, stuck: Task, act: Callable[[APIClient, Task], Any], heal: Heal
) -> None:
    answer = act(client, stuck)
    assert answer.status_code in (200, 204), answer.json()
    assert list(find_tasks_unlike_log()) == []
    heal()
    make_it_time()
    retry_stuck_series()
    assert list(find_stuck_series()) == []


@pytest.mark.parametrize(
    ("act", "state"),
    [(cancel, "ended"), (delete_series, "ended"), (end_by_its_number, "ended"), (reopen, "running")],
)
def test_what_ends_or_reopens_it_ends_the_fault(
    client: APIClient, stuck: Task, act: Callable[[APIClient, Task], Any], state: str
) -> None:
    act(client, stuck)
    assert client.get(f"/api/series/{stuck.series_id}/").json()["state"] == state
    assert list(find_stuck_series()) == []


def test_a_change_of_its_template_is_tried_at_once(user: User, client: APIClient, stuck: Task) -> None:
    body = {"title": "Mended", "reminders": [{"offset": "PT9H"}], "tags": ["garden"], "recurrence": "weekly"}
    answer = client.patch(f"/api/series/{stuck.series_id}/", body)
    assert answer.status_code == 200, answer.json()
    row = answer.json()
    assert (row["state"], row["title"], row["tags"], row["reminders"]) == (
        "running", "Mended", ["garden"], [{"offset": "PT9H"}],
    )  # fmt: skip
    following = Task.objects.get(pk=row["task_id"])
    assert (following.title, following.occurrence) == ("Mended", "2030-09-23")
    assert [*find_tasks_unlike_log(), *find_missing_successors()] == []


def test_a_stuck_series_has_no_due_that_could_move(client: APIClient, stuck: Task) -> None:
    answer = client.patch(f"/api/series/{stuck.series_id}/", {"due_on": "2030-10-01"})
    assert (answer.status_code, answer.json()["code"]) == (409, "series_stuck")


@pytest.mark.parametrize("verb", ["skip", "delete"])
def test_what_passes_an_occurrence_over_is_done_and_the_series_goes_on_later(
    user: User, client: APIClient, heal: Heal, verb: str
) -> None:
    task = make_task(user, FAULTY, due="2030-09-16", recurrence="daily")
    if verb == "skip":
        assert client.post(f"/api/tasks/{task.pk}/skip/").status_code == 204
    else:
        assert client.delete(f"/api/tasks/{task.pk}/").status_code == 204
    assert live(user) == []
    assert series_of(task).state == "stuck"
    heal()
    make_it_time()
    assert retry_stuck_series() == 1
    assert [each.occurrence for each in live(user)] == ["2030-09-17"]


def test_in_a_bulk_call_only_the_stuck_one_is_left_out(user: User, client: APIClient, heal: Heal) -> None:
    tasks = [make_task(user, title, due="2030-09-16", recurrence="daily") for title in (FAULTY, "Other")]
    operations = [{"op": "delete", "id": task.pk} for task in tasks]
    answer = client.post("/api/tasks/bulk/", {"operations": operations})
    assert answer.status_code == 200, answer.json()
    assert [(each.title, each.occurrence) for each in live(user)] == [("Other", "2030-09-17")]
    assert [series_of(task).state for task in tasks] == ["stuck", "running"]
    assert list(find_tasks_unlike_log()) == []
