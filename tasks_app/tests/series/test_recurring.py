"""Completing recurring tasks: one successor, at the right slot, whatever happens around it."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts_app.models import User
from tasks_app import recurrence as rec
from tasks_app.consumers import on_task_completed
from tasks_app.models import ExcludedSlot, MissedSlots, Series, Task
from tasks_app.operations.completion import complete_task, reopen_task
from tasks_app.operations.series.rules import cancel_series, delete_series
from tasks_app.operations.tasks import create_task, delete_task, update_task
from tasks_app.tests.helpers import NEW_YEAR, at, consume, history, kinds, live, make_task, slots
from tasks_app.values.fields import AtInstant, Scope, TaskFields, Terms
from tasks_app.values.schedules import series_of

WEEKLY: dict[str, Any] = {"due": "2026-09-14T08:00", "time_zone": "UTC"}


def weekly(user: User, anchor: str = "future") -> Task:
    return make_task(user, recurrence={"rule": "FREQ=WEEKLY", "anchor": anchor}, tags=("home",), **WEEKLY)


@pytest.mark.parametrize(
    ("anchor", "done_at", "slot", "missed"),
    [
        ("due", "2026-09-30T10:00+00:00", "2026-09-21T08:00:00", []),
        (
            "future",
            "2026-09-30T10:00+00:00",
            "2026-10-05T08:00:00",
            ["2026-09-21T08:00:00", "2026-09-28T08:00:00"],
        ),
        ("completion", "2026-09-30T10:00+00:00", "2026-10-07T08:00:00", []),
        (
            "future",
            "2026-10-05T07:00+00:00",
            "2026-10-05T08:00:00",
            ["2026-09-21T08:00:00", "2026-09-28T08:00:00"],
        ),
    ],
    ids=["case 11 due", "case 11 future", "case 11 completion", "case 12"],
)
def test_completing_late_leads_to_the_slot_that_the_anchor_says(
    user: User, anchor: str, done_at: str, slot: str, missed: list[str]
) -> None:
    complete_task(weekly(user, anchor).pk, by=user, at=at(done_at))
    consume(user)
    assert slots(user) == ["2026-09-14T08:00:00", slot]
    assert [each for row in MissedSlots.objects.all() for each in row.slots] == missed


def test_case_13_one_successor_whatever_is_repeated(user: User) -> None:
    """Every 30 days from completion; a retry; reopened and done again on the same day: the same row."""
    rule = {"rule": "FREQ=DAILY;INTERVAL=30", "anchor": "completion"}
    task = make_task(user, due="2024-12-10", recurrence=rule, now=at("2024-12-01T00:00+00:00"))
    complete_task(task.pk, by=user, at=at("2024-12-17T09:00+00:00"))
    consume(user)
    successor = live(user)[1]
    complete_task(task.pk, by=user, at=at("2024-12-17T09:01+00:00"))
    reopen_task(task.pk, by=user, at=at("2024-12-17T10:00+00:00"))
    assert slots(user) == ["2024-12-10"]
    complete_task(task.pk, by=user, at=at("2024-12-17T18:00+00:00"))
    consume(user)
    assert slots(user) == ["2024-12-10", "2025-01-16"]
    assert live(user)[1].pk == successor.pk


def test_the_successor_copies_the_template_and_resets_the_rest(user: User, client: APIClient) -> None:
    body = {
        "title": "Water plants",
        "description": "all of them",
        "priority": "high",
        "tags": ["home", "green"],
        "due_at": "2030-09-14T08:00",
        "recurrence": "weekly",
        "reminders": [{"offset": "15m"}, {"at": "2030-09-01T00:00:00Z"}],
    }
    first = client.post("/api/tasks/", body).json()
    client.put(f"/api/tasks/{first['id']}/completion/")
    consume(user)
    copied = ("title", "description", "priority", "tags", "series_id", "recurrence", "time_zone")
    second = client.get("/api/tasks/?status=pending").json()["results"][0]
    assert [second[name] for name in copied] == [first[name] for name in copied]
    assert (second["version"], second["completed"], second["occurrence"]) == (1, False, "2030-09-21T08:00:00")
    assert [each["offset"] for each in second["reminders"]] == ["-PT15M"]


def test_the_successors_event_is_caused_by_the_completion(user: User) -> None:
    complete_task(weekly(user).pk, by=user, at=at("2026-09-14T07:00+00:00"))
    consume(user)
    completed, created = history(user)[-2:]
    assert (completed.type, created.type) == ("task.completed", "task.created")
    assert (created.actor.type, created.actor.id) == ("consumer", "recurrence")
    assert created.causation_id == completed.event_id


def test_handling_the_event_again_changes_nothing(user: User) -> None:
    complete_task(weekly(user).pk, by=user, at=at("2026-09-14T07:00+00:00"))
    consume(user)
    before = kinds(user)
    for event in history(user):
        on_task_completed(event)
    assert kinds(user) == before
    assert len(live(user)) == 2


def test_a_task_that_was_reopened_before_the_consumer_came_has_no_successor_in_any_list(user: User) -> None:
    task = weekly(user)
    complete_task(task.pk, by=user, at=at("2026-09-14T07:00+00:00"))
    reopen_task(task.pk, by=user, at=at("2026-09-14T07:01+00:00"))
    consume(user)
    assert slots(user) == ["2026-09-14T08:00:00"]


def test_a_withdrawn_successor_is_in_no_list_and_no_trash(user: User, client: APIClient) -> None:
    task = weekly(user)
    complete_task(task.pk, by=user, at=at("2026-09-14T07:00+00:00"))
    consume(user)
    successor = live(user)[1].pk
    reopen_task(task.pk, by=user, at=at("2026-09-14T07:01+00:00"))
    for url in ("/api/tasks/", "/api/tasks/?trashed=true", "/api/tasks/?tag=home"):
        assert successor not in [row["id"] for row in client.get(url).json()["results"]]
    assert client.get(f"/api/tasks/{successor}/").status_code == 404


def test_a_withdrawn_successor_comes_back_moved_if_the_anchor_says_so(user: User) -> None:
    task = weekly(user)
    complete_task(task.pk, by=user, at=at("2026-09-14T07:00+00:00"))
    consume(user)
    successor = live(user)[1]
    reopen_task(task.pk, by=user, at=at("2026-09-14T07:01+00:00"))
    complete_task(task.pk, by=user, at=at("2026-09-30T07:00+00:00"))
    consume(user)
    assert (live(user)[1].pk, live(user)[1].occurrence) == (successor.pk, "2026-10-05T08:00:00")


def test_a_successor_that_came_back_is_still_untouched(user: User) -> None:
    task = weekly(user)
    for _ in range(3):
        complete_task(task.pk, by=user, at=at("2026-09-14T07:00+00:00"))
        consume(user)
        assert len(live(user)) == 2
        reopen_task(task.pk, by=user, at=at("2026-09-14T07:01+00:00"))
        assert len(live(user)) == 1


def test_a_touched_successor_stays_when_its_predecessor_is_reopened(user: User) -> None:
    task = weekly(user)
    complete_task(task.pk, by=user, at=at("2026-09-14T07:00+00:00"))
    consume(user)
    update_task(live(user)[1].pk, TaskFields(title="Mine"), by=user, at=NEW_YEAR)
    reopen_task(task.pk, by=user, at=at("2026-09-14T07:01+00:00"))
    assert [each.completed_at for each in live(user)] == [None, None]
    complete_task(task.pk, by=user, at=at("2026-09-14T07:02+00:00"))
    consume(user)
    assert len(live(user)) == 2


def test_completing_both_open_occurrences_in_either_order_goes_on_with_the_series(user: User) -> None:
    task = weekly(user)
    complete_task(task.pk, by=user, at=at("2026-09-14T07:00+00:00"))
    consume(user)
    second = live(user)[1]
    update_task(second.pk, TaskFields(title="Mine"), by=user, at=NEW_YEAR)
    reopen_task(task.pk, by=user, at=at("2026-09-14T07:01+00:00"))
    complete_task(second.pk, by=user, at=at("2026-09-15T07:00+00:00"))
    complete_task(task.pk, by=user, at=at("2026-09-15T07:01+00:00"))
    consume(user)
    assert slots(user) == ["2026-09-14T08:00:00", "2026-09-21T08:00:00", "2026-09-28T08:00:00"]


def test_a_counted_series_ends_and_goes_on_when_its_last_is_reopened(user: User) -> None:
    task = make_task(user, due="2026-03-02", recurrence="FREQ=DAILY;COUNT=2")
    complete_task(task.pk, by=user, at=at("2026-03-02T08:00+00:00"))
    consume(user)
    last = live(user)[1]
    complete_task(last.pk, by=user, at=at("2026-03-03T08:00+00:00"))
    consume(user)
    assert slots(user) == ["2026-03-02", "2026-03-03"]
    assert Series.objects.get().end_reason == "finished"
    reopen_task(last.pk, by=user, at=at("2026-03-03T09:00+00:00"))
    assert Series.objects.get().is_running


def test_case_5_a_deleted_occurrence_counts_and_is_never_made(user: User) -> None:
    make_task(user, due="2026-03-02", recurrence="FREQ=DAILY;COUNT=5")
    done = []
    while open_tasks := [task for task in live(user) if task.completed_at is None]:
        task = open_tasks[0]
        noon = at(f"{task.occurrence}T07:00+00:00")
        if task.occurrence == "2026-03-04":
            delete_task(task.pk, by=user, at=noon)
        else:
            complete_task(task.pk, by=user, at=noon)
            done.append(task.occurrence)
            consume(user)
    assert done == ["2026-03-02", "2026-03-03", "2026-03-05", "2026-03-06"]


def test_deleting_an_occurrence_makes_the_next_and_leaves_its_slot_out(user: User) -> None:
    task = weekly(user)
    delete_task(task.pk, by=user, at=at("2026-09-01T00:00+00:00"))
    assert slots(user) == ["2026-09-21T08:00:00"]
    assert [(each.slot, each.reason) for each in ExcludedSlot.objects.all()] == [
        ("2026-09-14T08:00:00", "deleted")
    ]


def test_a_moved_occurrence_leaves_the_schedule_as_it_is(user: User) -> None:
    task = weekly(user)
    moved = update_task(
        task.pk, TaskFields(due=AtInstant(at("2026-09-17T09:00+00:00"))), by=user, at=NEW_YEAR
    )
    assert moved.task.occurrence == "2026-09-14T08:00:00"
    complete_task(task.pk, by=user, at=at("2026-09-17T09:00+00:00"))
    consume(user)
    assert slots(user)[1] == "2026-09-21T08:00:00"


def test_an_edit_of_one_occurrence_is_not_inherited(user: User) -> None:
    task = weekly(user)
    update_task(task.pk, TaskFields(title="Only today", tags=()), by=user, at=NEW_YEAR)
    complete_task(task.pk, by=user, at=at("2026-09-14T07:00+00:00"))
    consume(user)
    assert [each.title for each in live(user)] == ["Only today", "Water plants"]
    assert live(user)[1].tag_links.count() == 1


def test_an_edit_of_all_is_inherited_and_the_series_stays_the_same(user: User) -> None:
    task = weekly(user)
    fields = TaskFields(title="Water all", due=AtInstant(at("2026-09-15T09:00+00:00")))
    update_task(task.pk, fields, by=user, at=NEW_YEAR, terms=Terms(scope=Scope.ALL))
    complete_task(task.pk, by=user, at=at("2026-09-15T07:00+00:00"))
    consume(user)
    assert slots(user) == ["2026-09-15T09:00:00", "2026-09-22T09:00:00"]
    assert {each.title for each in live(user)} == {"Water all"}
    assert {each.series_id for each in live(user)} == {task.series_id}


def shown(task: Task) -> str:
    assert task.recurrence is not None
    return str(task.recurrence["rule"])


def test_a_new_rule_splits_the_series_and_inherits_what_remains_of_the_count(user: User) -> None:
    task = make_task(user, due="2026-03-02", recurrence="FREQ=DAILY;COUNT=5")
    complete_task(task.pk, by=user, at=at("2026-03-02T08:00+00:00"))
    consume(user)
    second = live(user)[1]
    changed = update_task(
        second.pk, TaskFields(recurrence=rec.parse_recurrence("FREQ=WEEKLY")), by=user, at=NEW_YEAR
    )
    assert changed.task.series_id != task.series_id
    assert shown(changed.task) == "FREQ=WEEKLY;COUNT=4"
    old = series_of(task)
    assert (old.end_reason, old.rule) == ("split", "FREQ=DAILY;UNTIL=20260302")
    assert shown(live(user)[0]) == "FREQ=DAILY;COUNT=5"


def test_a_new_rule_that_never_ends_inherits_no_end(user: User, client: APIClient) -> None:
    task = make_task(user, due="2026-03-02", recurrence="FREQ=DAILY;COUNT=5")
    body = {"recurrence": {"rule": "FREQ=WEEKLY", "ends": "never"}}
    changed = client.patch(f"/api/tasks/{task.pk}/", body).json()
    assert changed["recurrence"]["rule"] == "FREQ=WEEKLY"


def test_null_ends_the_series_and_keeps_the_task(user: User, client: APIClient) -> None:
    task = weekly(user)
    changed = client.patch(f"/api/tasks/{task.pk}/", {"recurrence": None}).json()
    assert (changed["recurrence"], changed["due_at"]) == (None, "2026-09-14T08:00:00Z")
    complete_task(task.pk, by=user, at=at("2026-09-14T07:00+00:00"))
    consume(user)
    assert len(live(user)) == 1


def test_a_recurring_task_keeps_its_due(user: User, client: APIClient) -> None:
    task = weekly(user)
    response = client.patch(f"/api/tasks/{task.pk}/", {"due_at": None})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "due_at")


def test_a_recurring_task_without_a_due_gets_the_first_day_on_its_rule(user: User) -> None:
    fields = TaskFields(title="x", recurrence=rec.parse_recurrence("FREQ=WEEKLY;BYDAY=FR"))
    full = create_task(fields, by=user, at=at("2026-09-14T22:30+00:00"))
    assert full.row(now=NEW_YEAR)["due_on"] == "2026-09-18"


def test_a_due_that_is_not_on_the_rule_is_the_first_occurrence(user: User) -> None:
    task = make_task(user, due="2026-09-14", recurrence="FREQ=WEEKLY;BYDAY=FR")
    complete_task(task.pk, by=user, at=at("2026-09-14T07:00+00:00"))
    consume(user)
    assert slots(user) == ["2026-09-14", "2026-09-18"]


def test_a_task_that_is_created_done_has_its_successor_at_once(user: User) -> None:
    make_task(user, completed=True, recurrence="weekly", now=at("2026-09-13T00:00+00:00"), **WEEKLY)
    assert slots(user) == ["2026-09-14T08:00:00", "2026-09-21T08:00:00"]


def test_a_done_occurrence_cannot_change_its_series(user: User, client: APIClient) -> None:
    task = weekly(user)
    complete_task(task.pk, by=user, at=at("2026-09-14T07:00+00:00"))
    for query, body in (("", {"recurrence": "daily"}), ("?scope=all", {"title": "y"})):
        response = client.patch(f"/api/tasks/{task.pk}/{query}", body)
        assert (response.status_code, response.json()["code"]) == (400, "occurrence_closed")


def test_cancelling_keeps_the_open_one_as_the_last(user: User) -> None:
    task = weekly(user)
    assert task.series_id is not None
    cancel_series(task.series_id, by=user, at=NEW_YEAR)
    before = kinds(user)
    cancel_series(task.series_id, by=user, at=NEW_YEAR)
    assert kinds(user) == before
    complete_task(task.pk, by=user, at=at("2026-09-14T07:00+00:00"))
    consume(user)
    assert len(live(user)) == 1


@pytest.mark.parametrize("through", ["series", "task"])
def test_deleting_a_series_trashes_the_open_one_and_keeps_done_ones(user: User, through: str) -> None:
    task = weekly(user)
    assert task.series_id is not None
    complete_task(task.pk, by=user, at=at("2026-09-14T07:00+00:00"))
    if through == "series":
        delete_series(task.series_id, by=user, at=NEW_YEAR)
    else:
        delete_task(task.pk, by=user, at=NEW_YEAR, terms=Terms(scope=Scope.ALL))
    assert slots(user) == ["2026-09-14T08:00:00"]
    consume(user)
    assert len(live(user)) == 1


def test_deleting_the_future_ends_the_series_here(user: User) -> None:
    task = weekly(user)
    delete_task(task.pk, by=user, at=NEW_YEAR, terms=Terms(scope=Scope.FUTURE))
    assert live(user) == []
    assert Series.objects.get().end_reason == "deleted"


def test_a_daily_task_that_is_decades_late_notes_what_it_missed_in_one_row(user: User) -> None:
    task = make_task(user, due="1990-01-01", recurrence="daily")
    complete_task(task.pk, by=user, at=at("2026-01-01T12:00+00:00"))
    consume(user)
    assert slots(user)[1] == "2026-01-02"
    missed = MissedSlots.objects.get()
    assert (missed.count, missed.first, missed.last, missed.slots) == (13149, "1990-01-02", "2026-01-01", [])


def test_dropping_the_end_in_february_does_not_drift_to_the_28th(user: User, client: APIClient) -> None:
    task = make_task(user, due="2026-01-31", recurrence="FREQ=MONTHLY;COUNT=6")
    complete_task(task.pk, by=user, at=at("2026-01-31T12:00+00:00"))
    consume(user)
    february = live(user)[1]
    body = {"recurrence": {"rule": "FREQ=MONTHLY", "ends": "never"}}
    client.patch(f"/api/tasks/{february.pk}/", body)
    complete_task(february.pk, by=user, at=at("2026-02-28T12:00+00:00"))
    consume(user)
    assert slots(user) == ["2026-01-31", "2026-02-28", "2026-03-31"]


def test_editing_the_future_of_a_moved_occurrence_keeps_the_schedule(user: User, client: APIClient) -> None:
    task = weekly(user)
    client.patch(f"/api/tasks/{task.pk}/", {"due_at": "2026-09-17T09:00:00Z"})
    row = client.patch(f"/api/tasks/{task.pk}/?scope=future", {"title": "From now on"}).json()
    assert (row["due_at"], row["occurrence"]) == ("2026-09-17T09:00:00Z", "2026-09-14T08:00:00")
    complete_task(task.pk, by=user, at=at("2026-09-17T09:00+00:00"))
    consume(user)
    assert [(each.title, each.occurrence) for each in live(user)] == [
        ("From now on", "2026-09-14T08:00:00"),
        ("From now on", "2026-09-21T08:00:00"),
    ]
