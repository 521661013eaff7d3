"""Operations of bulk calls that their client has named: done once, answered the same again."""

from copy import copy
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts_app.models import KeyedAnswer, User
from accounts_app.tests.factories import make_user, signed_in_client
from events_app.log.history import head_of
from foundation.database.transactions import clock
from tasks_app.operations.bulk import execution, once
from tasks_app.tests.helpers import history, live
from tasks_app.tests.test_bulk_verbs import bulk, results
from tasks_app.tests.undoing import create, found, read


def named(name: str, operation: dict[str, Any]) -> dict[str, Any]:
    return {**operation, "client_request_id": name}


def milk(name: str, title: str = "Milk") -> dict[str, Any]:
    return named(name, {"op": "create", "fields": {"title": title}})


def without_mark(found_rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: value for name, value in each.items() if name != "replayed"} for each in found_rows]


@pytest.mark.parametrize("atomic", [True, False])
def test_the_same_name_again_is_answered_the_same_and_done_once(
    client: APIClient, user: User, atomic: bool
) -> None:
    row = create(client)
    operations = [
        milk("a"),
        named("b", {"op": "update", "id": row["id"], "fields": {"title": "B", "version": 1}}),
        named("c", {"op": "complete", "id": row["id"], "if_match": 2}),
        named("d", {"op": "undo", "id": row["id"]}),
        named("e", {"op": "delete", "id": row["id"]}),
    ]
    first = results(client, *operations, atomic=atomic)
    head = head_of(user.pk)
    again = results(client, *operations, atomic=not atomic)
    assert without_mark(again) == first
    assert [each["replayed"] for each in again] == [True] * 5
    assert "replayed" not in first[0]
    assert head_of(user.pk) == head
    assert found() == []


def test_a_call_that_is_done_in_part_goes_on_where_it_was(client: APIClient, user: User) -> None:
    first = results(client, milk("a"), milk("b"))
    again = results(client, milk("b"), milk("c", "Bread"), milk("a"))
    assert [each["index"] for each in again] == [0, 1, 2]
    assert [each["task"]["id"] for each in again] == [
        first[1]["task"]["id"],
        live(user)[2].pk,
        first[0]["task"]["id"],
    ]
    assert [each.get("replayed", False) for each in again] == [True, False, True]
    assert [task.title for task in live(user)] == ["Milk", "Milk", "Bread"]


@pytest.mark.parametrize("atomic", [True, False])
def test_a_name_that_comes_twice_in_a_call_is_done_once(client: APIClient, user: User, atomic: bool) -> None:
    found_rows = results(client, milk("a"), milk("b"), milk("a"), atomic=atomic)
    assert found_rows[2]["task"] == found_rows[0]["task"]
    assert [each.get("replayed", False) for each in found_rows] == [False, False, True]
    assert len(live(user)) == 2


def test_the_same_name_for_something_else_is_a_conflict(client: APIClient, user: User) -> None:
    results(client, milk("a"))
    head = head_of(user.pk)
    other = milk("a", "Bread")
    response = bulk(client, milk("b"), other)
    assert response.status_code == 400
    assert [(each["field"], each["code"]) for each in response.json()["errors"]] == [
        ("operations[1].client_request_id", "key_reused")
    ]
    assert head_of(user.pk) == head
    statuses = [each["status"] for each in results(client, other, milk("c"), milk("c", "x"), atomic=False)]
    assert statuses == [422, 201, 422]
    assert len(live(user)) == 2


def test_the_order_of_names_in_an_object_is_no_difference(client: APIClient, user: User) -> None:
    results(client, milk("a"))
    turned = {"client_request_id": "a", "fields": {"title": "Milk"}, "op": "create"}
    assert results(client, turned)[0]["replayed"] is True
    assert len(live(user)) == 1


def test_what_was_refused_may_be_sent_again_under_its_name(client: APIClient, user: User) -> None:
    row = create(client)
    refused = named("a", {"op": "complete", "id": row["id"], "if_match": 7})
    statuses = [each["status"] for each in results(client, refused, refused, atomic=False)]
    assert statuses == [412, 412]
    done = named("a", {"op": "complete", "id": row["id"], "if_match": 1})
    assert results(client, done)[0]["task"]["completed"] is True


def test_nothing_is_kept_of_a_call_that_did_nothing(client: APIClient, user: User) -> None:
    assert bulk(client, milk("a"), {"op": "complete", "id": 987_654}).status_code == 400
    late = {"op": "update", "id": create(client)["id"], "fields": {"title": "x"}, "if_match": 9}
    assert bulk(client, milk("a"), late).status_code == 400
    assert not KeyedAnswer.objects.exists()
    assert "replayed" not in results(client, milk("a"))[0]


def test_names_are_those_of_one_user_alone(client: APIClient, user: User) -> None:
    results(client, milk("a"))
    other = signed_in_client(make_user())
    assert "replayed" not in results(other, milk("a"))[0]


def test_a_name_is_free_again_after_a_day(client: APIClient, user: User) -> None:
    results(client, milk("a"))
    KeyedAnswer.objects.update(created_at="2020-01-01T00:00:00Z")
    assert "replayed" not in results(client, milk("a", "Bread"))[0]
    assert [task.title for task in live(user)] == ["Milk", "Bread"]


def test_a_long_answer_is_given_again_with_the_task_as_it_is_now(
    client: APIClient, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(once, "MAX_ANSWER_BYTES", 100)
    [made] = results(client, milk("a"))
    client.patch(f"/api/tasks/{made['task']['id']}/", {"title": "Bread"})
    [again] = results(client, milk("a"))
    assert (again["replayed"], again["status"], again["task"]["title"]) == (True, 201, "Bread")
    client.delete(f"/api/tasks/{made['task']['id']}/")
    [gone] = results(client, milk("a"))
    assert (gone["status"], gone["id"], gone["version"]) == (201, made["task"]["id"], 1)


def test_names_count_as_keys_do(client: APIClient, user: User, settings: Any) -> None:
    settings.KEYED_ANSWERS_PER_DAY = 2
    results(client, milk("a"), milk("b"))
    head = head_of(user.pk)
    refused = bulk(client, milk("c"))
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_keys")
    assert head_of(user.pk) == head
    assert [each["replayed"] for each in results(client, milk("a"), milk("b"))] == [True, True]


def test_events_say_which_operation_they_come_from(client: APIClient, user: User) -> None:
    row = create(client, due_on="2030-05-01", recurrence="daily")
    head = head_of(user.pk)
    results(
        client,
        milk("made"),
        {"op": "create", "fields": {"title": "no name"}},
        named("done", {"op": "complete", "id": row["id"]}),
        named("again", {"op": "reopen", "id": row["id"]}),
        named("gone", {"op": "skip", "id": row["id"]}),
        named("back", {"op": "undo", "id": row["id"]}),
    )
    told = [event.client_request_id for event in history(user, head)]
    assert told[:3] == ["made", None, "done"]
    assert set(told[3:]) == {"again", "gone", "back"}
    assert list(dict.fromkeys(told[3:])) == ["again", "gone", "back"]
    assert told[3:] == sorted(told[3:], key=lambda name: ["again", "gone", "back"].index(str(name)))


def test_a_whole_call_with_a_key_and_names_is_answered_the_same(client: APIClient, user: User) -> None:
    body, key = {"operations": [milk("a"), milk("b")]}, {"Idempotency-Key": "k"}
    first = client.post("/api/tasks/bulk/", body, headers=key)
    again = client.post("/api/tasks/bulk/", body, headers=key)
    assert (again.json(), again["Idempotent-Replayed"]) == (first.json(), "true")
    assert len(live(user)) == 2


def test_a_name_outlives_the_task(client: APIClient, user: User) -> None:
    [made] = results(client, milk("a"))
    client.delete(f"/api/tasks/{made['task']['id']}/")
    assert results(client, milk("a"))[0]["task"] == made["task"]
    assert read(client, made["task"])["code"] == "not_found"


def test_a_call_in_several_parts_does_nothing_when_its_names_are_too_many(
    client: APIClient, user: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "_ROWS_PER_TRANSACTION", 2)
    settings.KEYED_ANSWERS_PER_DAY = 3
    results(client, milk("z"), atomic=False)
    refused = bulk(client, *[milk(name) for name in "abc"], atomic=False)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_keys")
    assert len(live(user)) == 1
    assert len(results(client, *[milk(name) for name in "abza"], atomic=False)) == 4
    assert len(live(user)) == 3


def test_the_refusal_says_when_there_is_room_for_all_of_it(client: APIClient, settings: Any) -> None:
    settings.KEYED_ANSWERS_PER_DAY = 3
    hours = [timezone.now() + timedelta(hours=number) for number in range(4)]
    for hour, name in zip(hours, "abc", strict=False):
        with clock(partial(copy, hour)):
            results(client, milk(name))
    with clock(partial(copy, hours[3])):
        refused = bulk(client, milk("d"), milk("e"))
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) == 22 * 3600


def test_more_names_than_a_day_has_fit_at_once_while_none_is_kept(
    client: APIClient, user: User, settings: Any
) -> None:
    settings.KEYED_ANSWERS_PER_DAY = 2
    assert [row["status"] for row in results(client, *[milk(name) for name in "abc"], atomic=False)] == [
        201
    ] * 3
    assert bulk(client, milk("d"), atomic=False).status_code == 429
    assert len(live(user)) == 3


def test_a_later_part_that_is_refused_leaves_the_answers_of_the_first(
    client: APIClient, user: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "_ROWS_PER_TRANSACTION", 2)
    monkeypatch.setattr(execution, "check_room_for_answers", lambda *_, **__: None)  # others were quicker
    settings.KEYED_ANSWERS_PER_DAY = 3
    rows = results(client, *[milk(name) for name in "abcde"], atomic=False)
    assert [row["status"] for row in rows] == [201, 201, 429, 429, 429]
    assert {row["problem"]["code"] for row in rows[2:]} == {"too_many_keys"}
    assert len(live(user)) == 2
