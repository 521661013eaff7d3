"""Writing many drafts: what the log keeps is what the contracts say, in statements that do not grow with the drafts."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import ForeignKey
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts_app.models import User
from events_app.contracts import decode_payload
from events_app.log.history import head_of
from events_app.operating.invariants import find_all
from foundation.database.transactions import write_transaction
from tasks_app.invariants import (
    find_missing_successors,
    find_tasks_unlike_log,
    find_unfired_reminders,
    find_wrong_tag_links,
)
from tasks_app.models import Reminder, SearchText, Series, SeriesTag, Tag, Task, TaskTag
from tasks_app.operations.trash.removal import remove_rows
from tasks_app.tests.helpers import consume, history, kinds, live, make_task

PATH = "/api/tasks/bulk/"
RICH: dict[str, Any] = {
    "description": "Two litres.",
    "priority": "high",
    "due_at": "2030-05-04T09:00",
    "tags": ["home", "garden"],
    "reminders": [{"offset": "1h"}, {"offset": "-P1D"}],
    "recurrence": "weekly",
}


def bulk(client: APIClient, operations: Sequence[Any], **more: Any) -> list[Any]:
    response = client.post(PATH, {"operations": list(operations), **more})
    assert response.status_code in (200, 207), response.content
    results: list[Any] = response.json()["results"]
    return results


def on_each(tasks: Sequence[Any], op: str, fields: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    more = {} if fields is None else {"fields": fields}
    return [{"op": op, "id": each["task"]["id"], **more} for each in tasks]


def create(count: int, **fields: Any) -> list[dict[str, Any]]:
    return [{"op": "create", "fields": {"title": f"Milk {n}", **fields}} for n in range(count)]


def nothing_is_wrong(user: User) -> bool:
    consume(user)
    return [
        *find_tasks_unlike_log(),
        *find_missing_successors(),
        *find_unfired_reminders(),
        *find_wrong_tag_links(),
    ] == [] and not [each for each in find_all() if each.kind == "broken"]


def test_what_is_printed_is_what_the_contract_prints(client: APIClient, user: User) -> None:
    made = bulk(client, [*create(3, **RICH), *create(2), *create(1, due_date="2030-05-04", completed=True)])
    bulk(client, on_each(made[3:], "update", RICH))
    bulk(client, on_each(made[:2], "update", {"title": 'é "\\ \u2028', "tags": ["other"], "reminders": []}))
    bulk(client, on_each(made, "complete"))
    bulk(client, on_each(made[:4], "reopen"))
    bulk(client, on_each(made, "delete"))
    client.post(f"/api/tasks/{made[0]['task']['id']}/restore/")
    assert {event.type for event in history(user)} >= {
        "task.created", "task.updated", "task.completed", "task.deleted",
        "reminder.scheduled", "reminder.cancelled",
    }  # fmt: skip
    for event in history(user):
        payload = decode_payload(event.type, event.v, event.data)
        assert json.loads(payload.model_dump_json(exclude_unset=True)) == event.data
        assert payload.about_task == event.task_id
    assert nothing_is_wrong(user)


def statements(work: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as queries:
        work()
    return len(queries)


def made_series(client: APIClient, count: int) -> list[Any]:
    return bulk(client, create(count, **RICH))


def made_plain(client: APIClient, count: int) -> list[Any]:
    return bulk(client, create(count, due_at="2030-05-04T09:00", tags=["home"], reminders=[{"offset": "1h"}]))


NEW: dict[str, Any] = {
    "title": "Bread",
    "priority": "low",
    "due_at": "2030-06-07T10:00",
    "tags": ["work", "home"],
    "reminders": [{"offset": "-PT2H"}, {"at": "2030-06-01T08:00:00Z"}],
}
BEGINNING: dict[str, Any] = {**NEW, "recurrence": "daily"}
CALLS: dict[str, Callable[[APIClient, int], tuple[list[Any], str, dict[str, Any] | None]]] = {
    "rich updates": lambda client, count: (made_plain(client, count), "update", NEW),
    "updates that begin series": lambda client, count: (
        made_plain(client, count),
        "update",
        {**NEW, "recurrence": "daily"},
    ),
    "updates of occurrences": lambda client, count: (made_series(client, count), "update", NEW),
    "completions": lambda client, count: (made_plain(client, count), "complete", None),
    "completions of occurrences": lambda client, count: (made_series(client, count), "complete", None),
    "deletions": lambda client, count: (made_plain(client, count), "delete", None),
}


@pytest.mark.parametrize("atomic", [True, False])
@pytest.mark.parametrize("name", CALLS)
def test_a_call_takes_about_as_many_statements_for_many_as_for_few(
    client: APIClient, user: User, name: str, atomic: bool
) -> None:
    def call(count: int) -> int:
        tasks, op, fields = CALLS[name](client, count)
        operations = on_each(tasks, op, fields)
        return statements(lambda: bulk(client, operations, atomic=atomic))

    few = call(4)  # with the tag that nobody had yet
    assert call(60) <= few
    assert kinds(user).count("task.created") == 64
    assert nothing_is_wrong(user)


@pytest.mark.parametrize("atomic", [True, False])
def test_rich_tasks_are_made_in_about_as_many_statements_as_few(
    client: APIClient, user: User, atomic: bool
) -> None:
    few = statements(lambda: bulk(client, create(4, **RICH), atomic=atomic))
    many = statements(lambda: bulk(client, create(100, **RICH), atomic=atomic))
    assert many <= few + 2
    assert Series.objects.count() == SearchText.objects.count() == 104
    assert SeriesTag.objects.count() == TaskTag.objects.count() == Reminder.objects.count() == 208
    assert nothing_is_wrong(user)


def test_what_was_refused_leaves_nothing_and_the_others_are_as_alone(client: APIClient, user: User) -> None:
    made = bulk(client, [*create(3, **RICH), *create(3)])
    before = head_of(user.pk)
    past = {"tags": ["never"], "reminders": [{"at": "2001-01-01T00:00:00Z"}]}
    operations = [
        *on_each(made[:1], "complete"),
        *on_each(made[3:4], "update", past),
        *on_each(made[1:2], "update", {"recurrence": "daily", "tags": ["kept"]}),
        *on_each(made[:1], "reopen"),
        *on_each(made[3:4], "update", {"title": "after all"}),
        *on_each(made[3:4], "delete"),
        *on_each(made[3:4], "complete"),
        {"op": "create", "fields": {"title": "lost", **past}},
        *on_each(made[4:], "update", {"recurrence": "daily", "due_at": "2030-01-01T09:00"}),
    ]
    results = bulk(client, operations, atomic=False)
    assert [each["status"] for each in results] == [200, 400, 200, 200, 200, 204, 404, 400, 200, 200]
    # Splitting a series is told of both of its tasks; the rest is one event each, in order.
    told = [kind for kind in kinds(user, before) if kind.startswith("task.")]
    assert told[0] == "task.completed"
    assert "task.deleted" in told
    assert set(Tag.objects.values_list("name", flat=True)) == {"home", "garden", "kept"}
    assert nothing_is_wrong(user)


def test_an_occurrence_and_what_follows_it_in_one_call(client: APIClient, user: User) -> None:
    made = bulk(client, create(2, **RICH))
    first = made[0]["task"]["id"]
    verbs = ("complete", "complete", "reopen", "complete")
    results = bulk(client, [{"op": verb, "id": first} for verb in verbs])
    assert [each["task"]["version"] for each in results] == [2, 2, 3, 4]
    consume(user)
    [follower] = [task for task in live(user) if task.pk not in {each["task"]["id"] for each in made}]
    results = bulk(client, [{"op": "complete", "id": follower.pk}, *on_each(made[1:], "complete")])
    assert [each["task"]["completed"] for each in results] == [True, True]
    assert nothing_is_wrong(user)


@pytest.mark.django_db
def test_removing_rows_takes_along_all_that_refers_to_them(user: User) -> None:
    tasks = [make_task(user, due="2030-05-04T09:00", tags=("home",), reminders=["1h"]) for _ in range(3)]
    with write_transaction():
        remove_rows([task.pk for task in tasks[:2]])
    for model in (Task, TaskTag, Reminder, SearchText):
        assert model.objects.count() == 1


def test_every_relation_to_a_task_is_known_to_who_removes_rows() -> None:
    relations = {
        (model.__name__, field.name)
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, ForeignKey) and field.related_model is Task
    }
    assert relations == {
        ("TaskTag", "task"),
        ("Reminder", "task"),
        ("SearchText", "task"),
        ("SeriesChange", "task"),
        ("MissedSlots", "after"),
        ("Task", "follows"),
    }
