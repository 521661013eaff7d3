"""What else a bulk call can do: restore, skip, detach, undo, scopes, versions, single tags."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from events_app.log.history import head_of
from tasks_app.models import Series, Tag
from tasks_app.tests.helpers import consume, kinds, live, make_task
from tasks_app.tests.undoing import create, found, read, same

DAILY: dict[str, Any] = {"due_on": "2030-05-01", "recurrence": "daily"}


def bulk(client: APIClient, *operations: Any, atomic: bool = True) -> Any:
    return client.post("/api/tasks/bulk/", {"operations": list(operations), "atomic": atomic})


def results(client: APIClient, *operations: Any, atomic: bool = True) -> list[dict[str, Any]]:
    response = bulk(client, *operations, atomic=atomic)
    assert response.status_code == (200 if atomic else 207), response.content
    return list(response.json()["results"])


def statuses(client: APIClient, *operations: Any, atomic: bool = True) -> list[int]:
    return [each["status"] for each in results(client, *operations, atomic=atomic)]


@pytest.mark.parametrize("atomic", [True, False])
def test_each_operation_sees_what_those_before_it_did(client: APIClient, user: User, atomic: bool) -> None:
    row = create(client, title="A", tags=["home"])
    one = {"id": row["id"]}
    found_rows = results(
        client,
        {"op": "update", **one, "fields": {"title": "B"}},
        {"op": "update", **one, "fields": {"title": "C", "add_tags": ["work"]}, "if_match": 2},
        {"op": "undo", **one, "version": 3},
        {"op": "undo", **one},
        {"op": "delete", **one, "if_match": '"5"'},
        {"op": "restore", **one},
        {"op": "complete", **one},
        {"op": "undo", **one, "if_match": "*"},
        {"op": "undo", **one},
        {"op": "undo", **one},
        {"op": "undo", **one},
        atomic=atomic,
    )
    assert [each["status"] for each in found_rows] == [200, 200, 200, 200, 204, 200, 200, 200, 204, 200, 204]
    assert [each["task"]["title"] for each in found_rows if "task" in each] == [*"BCBAAAAA"]
    assert [each["task"]["tags"] for each in found_rows if "task" in each][1:3] == [
        ["home", "work"],
        ["home"],
    ]
    assert (live(user), found()) == ([], [])


@pytest.mark.parametrize("atomic", [True, False])
def test_bulk_does_to_series_what_single_calls_do(client: APIClient, user: User, atomic: bool) -> None:
    first, second, third, fourth = (create(client, **DAILY) for _ in range(4))
    found_rows = results(
        client,
        {"op": "skip", "id": first["id"]},
        {"op": "detach", "id": second["id"]},
        {"op": "delete", "id": third["id"], "scope": "all"},
        {"op": "update", "id": fourth["id"], "fields": {"title": "All", "add_tags": ["x"]}, "scope": "all"},
        {"op": "restore", "id": third["id"]},
        {"op": "undo", "id": fourth["id"]},
        {"op": "undo", "id": first["id"]},
        atomic=atomic,
    )
    skipped, detached, _, all_of_it, back, undone, first_again = found_rows
    assert (skipped["task"]["occurrence"], skipped["task"]["series_id"]) == ("2030-05-02", first["series_id"])
    assert (detached["task"]["id"], detached["task"]["series_id"]) == (second["id"], None)
    assert (all_of_it["task"]["title"], all_of_it["task"]["tags"]) == ("All", ["x"])
    assert same(back["task"], third)
    assert same(undone["task"], fourth)
    assert same(first_again["task"], first)
    assert Series.objects.filter(ended_at=None).count() == 4
    consume(user)
    assert found() == []


def test_the_last_occurrence_is_skipped_without_another(client: APIClient, user: User) -> None:
    row = create(client, due_on="2030-05-01", recurrence="FREQ=DAILY;COUNT=1")
    [skipped] = results(client, {"op": "skip", "id": row["id"]})
    assert (skipped["status"], "task" in skipped) == (204, False)


def test_what_each_verb_refuses_is_answered_as_alone_and_leaves_the_others(
    client: APIClient, user: User
) -> None:
    plain, theirs = create(client, title="plain"), make_task(make_user())
    recurring = create(client, **DAILY)
    one, head = {"id": plain["id"]}, head_of(user.pk)
    found_rows = results(
        client,
        {"op": "skip", **one},
        {"op": "detach", **one},
        {"op": "update", **one, "fields": {"title": "x"}, "scope": "all"},
        {"op": "delete", **one, "scope": "future"},
        {"op": "undo", **one, "version": 7},
        {"op": "complete", **one, "if_match": 9},
        {"op": "update", **one, "fields": {"title": "x"}, "if_match": '"8", "9"'},
        {"op": "restore", "id": theirs.pk},
        {"op": "undo", "id": theirs.pk},
        {"op": "skip", "id": theirs.pk},
        {"op": "restore", **one},
        {"op": "skip", "id": recurring["id"]},
        atomic=False,
    )
    assert [each["status"] for each in found_rows] == [
        400,
        400,
        400,
        400,
        409,
        412,
        412,
        404,
        404,
        404,
        200,
        200,
    ]
    assert [each["problem"]["code"] for each in found_rows[:7]] == [
        *["not_recurring"] * 4,
        "nothing_to_undo",
        *["version_mismatch"] * 2,
    ]
    assert kinds(user, head) == ["task.deleted", "task.created"]
    assert found() == []


@pytest.mark.parametrize(
    ("last", "field", "code"),
    [
        ({"op": "complete", "if_match": 1}, "operations[1].if_match", "version_mismatch"),
        ({"op": "undo", "version": 9}, "operations[1]", "nothing_to_undo"),
        ({"op": "skip"}, "operations[1]", "not_recurring"),
        ({"op": "update", "fields": {"add_tags": ["x"]}, "scope": "all"}, "operations[1]", "not_recurring"),
    ],
)
def test_all_or_nothing_says_which_part_of_which_operation(
    client: APIClient, user: User, last: dict[str, Any], field: str, code: str
) -> None:
    row = create(client)
    head = head_of(user.pk)
    first = {"op": "update", "id": row["id"], "fields": {"title": "B"}}
    response = bulk(client, first, {**last, "id": row["id"]})
    assert response.status_code == 400
    assert [(each["field"], each["code"]) for each in response.json()["errors"]] == [(field, code)]
    assert (head_of(user.pk), read(client, row)["title"], Tag.objects.count()) == (head, "Milk", 0)


def test_what_came_back_in_the_same_call_can_be_changed_in_it(client: APIClient, user: User) -> None:
    row = create(client, title="A")
    client.delete(f"/api/tasks/{row['id']}/")
    update = {"op": "update", "id": row["id"], "fields": {"title": "B"}}
    assert bulk(client, update).status_code == 400
    assert statuses(client, {"op": "restore", "id": row["id"]}, update) == [200, 200]
    assert [task.title for task in live(user)] == ["B"]


def test_tags_are_added_and_removed_beside_those_that_are_there(client: APIClient, user: User) -> None:
    row = create(client, tags=["Home", "work", "old"])

    def tags(**fields: Any) -> list[str]:
        operation = {"op": "update", "id": row["id"], "fields": fields}
        return list(results(client, operation)[0]["task"]["tags"])

    assert tags(add_tags=["new", "HOME"]) == ["Home", "work", "old", "new"]
    assert tags(remove_tags=["OLD", "never there"]) == ["Home", "work", "new"]
    head = head_of(user.pk)
    assert tags(add_tags=["work"], remove_tags=["old"]) == ["Home", "work", "new"]
    assert tags(add_tags=[], remove_tags=[]) == ["Home", "work", "new"]
    assert head_of(user.pk) == head
    assert tags(add_tags=["more"], remove_tags=["home", "work", "new"], title="B") == ["more"]
    assert "never there" not in {tag.name for tag in Tag.objects.all()}
    assert found() == []


def test_no_task_comes_to_more_than_fifty_tags(client: APIClient, user: User) -> None:
    row = create(client, tags=[f"tag {number}" for number in range(49)])
    one = {"op": "update", "id": row["id"]}
    assert statuses(client, {**one, "fields": {"add_tags": ["a"]}}) == [200]
    response = bulk(client, {**one, "fields": {"add_tags": ["b"]}})
    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "operations[0].fields.add_tags"
    assert statuses(client, {**one, "fields": {"add_tags": ["b"], "remove_tags": ["a"]}}) == [200]
    assert not Tag.objects.filter(name="c").exists()


def test_tags_of_refused_operations_do_not_stay_unless_an_undo_wants_them(
    client: APIClient, user: User
) -> None:
    row, other = create(client, tags=["x"]), create(client)
    tag = Tag.objects.get()
    client.patch(f"/api/tasks/{row['id']}/", {"tags": []})
    client.delete(f"/api/tags/{tag.pk}/")
    assert statuses(
        client,
        {"op": "update", "id": other["id"], "fields": {"add_tags": ["x", "y"]}, "if_match": 9},
        {"op": "undo", "id": row["id"]},
        atomic=False,
    ) == [412, 200]
    assert [each.name for each in Tag.objects.all()] == ["x"]
    assert read(client, row)["tags"] == ["x"]
    assert found() == []


def test_many_undos_are_one_call(client: APIClient, user: User) -> None:
    rows = [create(client, title=f"{number}") for number in range(20)]
    on_all = [{"id": row["id"]} for row in rows]
    statuses(client, *({"op": "update", **one, "fields": {"title": "x"}} for one in on_all))
    statuses(client, *({"op": "complete", **one} for one in on_all))
    assert set(statuses(client, *({"op": "undo", **one} for _ in range(2) for one in on_all))) == {200}
    assert [task.title for task in live(user)] == [f"{number}" for number in range(20)]
    assert found() == []
