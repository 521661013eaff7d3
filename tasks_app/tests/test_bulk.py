"""Many changes in one call: in order, all or none, or each for itself."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from events_app.log.history import head_of
from tasks_app.invariants import find_tasks_unlike_log, find_wrong_tag_links
from tasks_app.models import Tag, Task
from tasks_app.tests.helpers import history, kinds, live, make_task

PATH = "/api/tasks/bulk/"


def bulk(client: APIClient, *operations: Any, **more: Any) -> Any:
    return client.post(PATH, {"operations": list(operations), **more})


def create(title: str = "Milk", **fields: Any) -> dict[str, Any]:
    return {"op": "create", "fields": {"title": title, **fields}}


def refused(response: Any) -> list[tuple[str, str]]:
    assert response.status_code == 400, response.content
    return [(each["field"], each["code"]) for each in response.json()["errors"]]


def test_operations_take_effect_in_order_with_one_event_each(client: APIClient, user: User) -> None:
    first, second, third = (make_task(user, title) for title in ("first", "second", "third"))
    before = head_of(user.pk)
    response = bulk(
        client,
        create(tags=["home"], priority="high"),
        {"op": "update", "id": first.pk, "fields": {"title": "changed", "tags": ["home"]}},
        {"op": "complete", "id": first.pk},
        {"op": "complete", "id": second.pk},
        {"op": "reopen", "id": second.pk},
        {"op": "delete", "id": third.pk},
    )
    assert response.status_code == 200
    results = response.json()["results"]
    assert [(each["index"], each["status"]) for each in results] == list(
        enumerate([201, 200, 200, 200, 200, 204])
    )
    assert [each["task"]["completed"] for each in results[:5]] == [False, False, True, True, False]
    assert [each["task"]["version"] for each in results[:5]] == [1, 2, 3, 2, 3]
    assert "task" not in results[5]
    assert kinds(user, before) == [
        "task.created",
        "task.updated",
        "task.completed",
        "task.completed",
        "task.updated",
        "task.deleted",
    ]
    assert [task.title for task in live(user)] == ["changed", "second", "Milk"]
    assert client.get(f"/api/tasks/{results[0]['task']['id']}/").json() == results[0]["task"]
    assert [*find_tasks_unlike_log(), *find_wrong_tag_links()] == []


# What is sent (TASK: the number of a task), the field that is named, and why; None: nothing is wrong.
TASK = object()
WRONG: tuple[tuple[Any, str, str] | tuple[Any, None, None], ...] = (
    ({"op": "create", "fields": {"title": "new"}}, None, None),
    ({"op": "create", "fields": {"title": ""}}, ".fields.title", "blank"),
    ({"op": "create", "fields": {"title": "new", "nonsense": 1}}, ".fields.nonsense", "unknown_field"),
    ({"op": "create", "fields": {"title": "new", "priority": "huge"}}, ".fields.priority", "invalid_choice"),
    (
        {"op": "update", "id": TASK, "fields": {"reminders": [{"offset": "never"}]}},
        ".fields.reminders[0].offset",
        "malformed",
    ),
    ({"op": "update", "id": TASK, "fields": {"version": 7}}, ".fields.version", "read_only"),
    ({"op": "explode", "id": TASK}, ".op", "invalid_choice"),
    ({"op": "complete", "id": 987_654}, ".id", "not_found"),
    ({"op": "complete", "id": "1"}, ".id", "invalid"),
    ({"op": "complete", "id": True}, ".id", "invalid"),
    ({"op": "complete"}, ".id", "required"),
    ({"op": "complete", "id": TASK, "fields": {}}, ".fields", "unknown_field"),
    ({"op": "create", "id": 7, "fields": {"title": "x"}}, ".id", "unknown_field"),
    ({"op": "create"}, ".fields", "required"),
    ({"op": "create", "fields": []}, ".fields", "invalid_type"),
    ({"op": ["create"]}, ".op", "invalid_choice"),
    ({"id": TASK}, ".op", "required"),
    ({"op": "delete", "id": TASK, "scope": "both"}, ".scope", "invalid_choice"),
    ({"op": "delete", "id": TASK, "scope": ["all"]}, ".scope", "invalid_choice"),
    ({"op": "delete", "id": TASK, "scope": None}, ".scope", "invalid_choice"),
    ({"op": "complete", "id": TASK, "scope": "all"}, ".scope", "unknown_field"),
    ({"op": "undo", "id": TASK, "fields": {}}, ".fields", "unknown_field"),
    ({"op": "skip", "id": TASK, "version": 1}, ".version", "unknown_field"),
    ({"op": "undo", "id": TASK, "version": 0}, ".version", "invalid"),
    ({"op": "undo", "id": TASK, "version": True}, ".version", "invalid"),
    ({"op": "undo", "id": TASK, "version": "2"}, ".version", "invalid"),
    ({"op": "undo", "id": TASK, "version": 2**40}, ".version", "invalid"),
    ({"op": "detach", "id": TASK, "if_match": "x"}, ".if_match", "invalid"),
    ({"op": "detach", "id": TASK, "if_match": True}, ".if_match", "invalid"),
    ({"op": "detach", "id": TASK, "if_match": None}, ".if_match", "invalid"),
    ({"op": "detach", "id": TASK, "if_match": [1]}, ".if_match", "invalid"),
    ({"op": "create", "fields": {"title": "x"}, "if_match": 1}, ".if_match", "unknown_field"),
    ({"op": "create", "fields": {"title": "x", "add_tags": ["a"]}}, ".fields.add_tags", "unknown_field"),
    ({"op": "update", "id": TASK, "fields": {"add_tags": "a"}}, ".fields.add_tags", "not_a_list"),
    ({"op": "update", "id": TASK, "fields": {"tags": [], "add_tags": ["a"]}}, ".fields.tags", "conflict"),
    (
        {"op": "update", "id": TASK, "fields": {"add_tags": ["Ä"], "remove_tags": ["ä"]}},
        ".fields.remove_tags",
        "conflict",
    ),
    *(
        ({"op": "complete", "id": TASK, "client_request_id": name}, ".client_request_id", "invalid")
        for name in ("", "a b", "x" * 65, 7, None, ["a"], "ü", "a\n")
    ),
    ("create", "", "invalid_type"),
    (None, "", "invalid_type"),
    ([[]], "", "invalid_type"),
)


def test_all_that_is_wrong_is_named_and_nothing_is_done(client: APIClient, user: User) -> None:
    task, before = make_task(user), head_of(user.pk)
    sent = [_about(task, operation) for operation, _, _ in WRONG]
    named = [(index, field, code) for index, (_, field, code) in enumerate(WRONG) if field is not None]
    assert refused(bulk(client, *sent)) == [
        (f"operations[{index}]{field}", code) for index, field, code in named
    ]
    assert (head_of(user.pk), Task.objects.count()) == (before, 1)


def _about(task: Task, operation: Any) -> Any:
    if not isinstance(operation, dict):
        return operation
    return {name: task.pk if value is TASK else value for name, value in operation.items()}


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (create(reminders=[{"offset": "1h"}]), ("operations[2].fields.reminders[0].offset", "no_due")),
        ({"op": "complete", "id": 0}, ("operations[2].id", "not_found")),
    ],
)
def test_what_only_carrying_out_shows_undoes_all(
    client: APIClient, user: User, last: dict[str, Any], expected: tuple[str, str]
) -> None:
    task = make_task(user)
    before = head_of(user.pk)
    if "id" in last:
        last = {**last, "id": task.pk}  # it is gone by then
    operations = [create(tags=["new"]), {"op": "delete", "id": task.pk}, last]
    assert refused(bulk(client, *operations)) == [expected]
    assert (head_of(user.pk), [each.pk for each in live(user)]) == (before, [task.pk])
    assert not Tag.objects.exists()


def test_not_atomic_each_operation_stands_for_itself(client: APIClient, user: User) -> None:
    task = make_task(user)
    before = head_of(user.pk)
    response = bulk(
        client,
        create(tags=["home"]),
        create(reminders=[{"offset": "1h"}], tags=["lost"]),
        create(""),
        {"op": "complete", "id": 987_654},
        {"op": "delete", "id": task.pk},
        {"op": "complete", "id": task.pk},
        {"op": "explode"},
        create("Bread"),
        atomic=False,
    )
    assert response.status_code == 207
    results = response.json()["results"]
    assert [each["status"] for each in results] == [201, 400, 400, 404, 204, 404, 400, 201]
    assert [each["index"] for each in results] == list(range(8))
    assert results[1]["problem"]["errors"][0]["field"] == "reminders[0].offset"
    assert results[2]["problem"]["errors"][0]["field"] == "fields.title"
    assert results[3]["problem"]["code"] == "not_found"
    assert kinds(user, before) == ["task.created", "task.deleted", "task.created"]
    assert sorted(each.title for each in live(user)) == ["Bread", "Milk"]
    assert [tag.name for tag in Tag.objects.all()] == ["home"]
    assert [*find_tasks_unlike_log(), *find_wrong_tag_links()] == []


def test_one_task_may_be_named_again_and_again(client: APIClient, user: User) -> None:
    task = make_task(user)
    operations = [{"op": verb, "id": task.pk} for verb in ("complete", "complete", "reopen", "complete")]
    results = bulk(client, *operations).json()["results"]
    assert [each["task"]["version"] for each in results] == [2, 2, 3, 4]
    assert [*find_tasks_unlike_log()] == []


def test_occurrences_follow_the_rules_of_their_series(client: APIClient, user: User) -> None:
    task = make_task(user, due="2030-05-01T09:00", recurrence="daily")
    done, again = (
        bulk(
            client,
            {"op": "complete", "id": task.pk},
            {"op": "update", "id": task.pk, "fields": {"title": "x"}},
        ),
        bulk(client, {"op": "reopen", "id": task.pk}),
    )
    assert (done.status_code, again.status_code) == (200, 200)
    assert [each.pk for each in live(user)] == [task.pk]  # the successor was made, then withdrawn
    made, done, gone = ["task.created"] * 2, "task.completed", "task.deleted"
    assert sorted(kinds(user)) == [done, *made, gone, "task.updated", "task.updated"]
    assert [*find_tasks_unlike_log()] == []


def test_somebody_elses_tasks_look_absent(client: APIClient, user: User) -> None:
    stranger = make_user()
    theirs = make_task(stranger)
    before = head_of(stranger.pk)
    for verb, more in (
        ("update", {"fields": {"title": "mine"}}),
        ("complete", {}),
        ("reopen", {}),
        ("delete", {}),
    ):
        operation = {"op": verb, "id": theirs.pk, **more}
        assert refused(bulk(client, create(), operation)) == [("operations[1].id", "not_found")]
        absent = bulk(client, {**operation, "id": 987_654}, atomic=False).json()["results"][0]
        foreign = bulk(client, operation, atomic=False).json()["results"][0]
        assert {**absent["problem"], "request_id": ""} == {**foreign["problem"], "request_id": ""}
    assert (head_of(stranger.pk), head_of(user.pk)) == (before, 0)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, ("operations", "required")),
        ({"operations": None}, ("operations", "null")),
        ({"operations": {}}, ("operations", "not_a_list")),
        ({"operations": "[]"}, ("operations", "not_a_list")),
        ({"operations": [{}] * 1001}, ("operations", "too_many")),
        ({"operations": [], "atomic": "yes"}, ("atomic", "invalid")),
        ({"operations": [], "dry_run": True}, ("dry_run", "unknown_field")),
    ],
)
def test_a_body_that_can_not_be_is_400(client: APIClient, body: Any, expected: tuple[str, str]) -> None:
    assert refused(client.post(PATH, body)) == [expected]


def test_bodies_may_be_larger_than_elsewhere_but_not_endless(client: APIClient, user: User) -> None:
    large = [create(description="🦄" * 9_000)] * 100
    assert bulk(client, *large).status_code == 200
    assert bulk(client, *large * 2).status_code == 413
    assert len(live(user)) == 100


def test_a_thousand_tasks_are_made_with_a_bounded_number_of_statements(client: APIClient, user: User) -> None:
    def statements(count: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert bulk(client, *[create(f"{number}") for number in range(count)]).status_code == 200
        return len(queries)

    few = statements(10)
    assert statements(990) <= few + 20  # a thousand in all: no more may be written at once
    assert len(history(user)) == 1000


def test_the_older_roots_know_it_too(client: APIClient, user: User) -> None:
    for root in ("/todos", "/api/todos", f"/api/{user.pk}/tasks"):
        assert client.post(f"{root}/bulk/", {"operations": [create()]}).status_code == 200
