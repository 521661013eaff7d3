"""Taking back the change that made a version; without a version each undo goes a step further back."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts_app.models import User
from events_app.log.history import head_of
from foundation.context import Actor, Provenance, use_provenance
from tasks_app.operations.completion import complete_task
from tasks_app.operations.tasks import delete_task, update_task
from tasks_app.tests.helpers import NEW_YEAR, consume, history, kinds, live, make_task
from tasks_app.tests.undoing import create, found, read, redo, same, undo
from tasks_app.values.fields import TaskFields

DAILY: dict[str, Any] = {"due_on": "2030-05-01", "recurrence": "daily"}


def change(client: APIClient, row: dict[str, Any], **fields: Any) -> dict[str, Any]:
    response = client.patch(f"/api/tasks/{row['id']}/", fields)
    assert response.status_code == 200, response.content
    return dict(response.json())


def refusal(client: APIClient, user: User, row: dict[str, Any], version: int | None = None) -> dict[str, Any]:
    """The problem of a 409 that changed nothing."""
    head = head_of(user.pk)
    problem = undo(client, row, expect=409, version=version)
    assert head_of(user.pk) == head
    return dict(problem)


def test_undo_pressed_three_times_goes_three_steps_back(client: APIClient, user: User) -> None:
    row = create(client, title="A")
    for title in ("B", "C", "D"):
        change(client, row, title=title)
    assert [undo(client, row)["title"] for _ in range(3)] == ["C", "B", "A"]
    undo(client, row, expect=204)
    assert refusal(client, user, row)["code"] == "nothing_to_undo"
    assert [event.data.get("undoes") for event in history(user)] == [None] * 4 + [4, 3, 2, 1]
    assert found() == []


def test_each_undo_is_taken_back_by_its_version(client: APIClient) -> None:
    row = create(client, title="A")
    for title in ("B", "C", "D"):
        change(client, row, title=title)
    undone = [undo(client, row)["version"] for _ in range(3)]
    assert [undo(client, row, version=each)["title"] for each in reversed(undone)] == ["B", "C", "D"]
    assert undo(client, row)["title"] == "C"
    assert found() == []


def test_undo_goes_on_behind_what_was_done_again_and_a_new_change(client: APIClient) -> None:
    row = create(client, title="A")
    change(client, row, title="B")
    undo(client, row)
    redo(client, row)
    change(client, row, priority="high")
    assert undo(client, row)["priority"] == "medium"
    assert undo(client, row)["title"] == "A"


def test_a_version_in_the_middle_goes_back_where_nothing_stands_on_it(client: APIClient) -> None:
    row = create(client, title="A", priority="low")
    change(client, row, title="B")
    change(client, row, priority="high")
    undone = undo(client, row, version=2)
    assert (undone["title"], undone["priority"], undone["version"]) == ("A", "high", 4)


def test_what_later_work_stands_on_is_409_and_says_what_stands_there(client: APIClient, user: User) -> None:
    row = create(client, title="A")
    change(client, row, title="B", tags=["x"])
    change(client, row, title="C")
    problem = refusal(client, user, row, 2)
    assert (problem["code"], "title" in problem["detail"]) == ("changed_since", True)
    problem = refusal(client, user, row, 1)
    assert (problem["code"], "2, 3" in problem["detail"]) == ("changed_since", True)
    undo(client, row, version=3)
    undo(client, row, version=2)
    undo(client, row, version=1, expect=204)
    assert live(user) == []


def test_what_was_taken_back_is_not_taken_back_again(client: APIClient, user: User) -> None:
    row = create(client, title="A")
    change(client, row, title="B")
    undo(client, row, version=2)
    change(client, row, title="B")
    assert "already" in refusal(client, user, row, 2)["detail"]


@pytest.mark.parametrize("verb", ["delete", "restore"])
def test_the_way_into_the_trash_and_out_is_409_where_the_task_has_gone_on(
    client: APIClient, user: User, verb: str
) -> None:
    row = create(client)
    client.delete(f"/api/tasks/{row['id']}/")
    client.post(f"/api/tasks/{row['id']}/restore/")
    if verb == "delete":
        assert refusal(client, user, row, 2)["code"] == "changed_since"
    change(client, row, title="B")
    assert refusal(client, user, row, 3)["code"] == "changed_since"
    undo(client, row)
    undo(client, row, version=3, expect=204)
    assert same(undo(client, row, version=2), row)


def test_a_change_of_a_task_in_the_trash_waits_for_its_return(client: APIClient, user: User) -> None:
    row = create(client, title="A")
    change(client, row, title="B")
    client.delete(f"/api/tasks/{row['id']}/")
    assert "trash" in refusal(client, user, row, 2)["detail"]
    undo(client, row, version=3)
    assert undo(client, row, version=2)["title"] == "A"


@pytest.mark.parametrize("version", [2, 99, 2**31 - 1])
def test_a_version_that_is_not_there_is_409(client: APIClient, user: User, version: int) -> None:
    assert "at version 1" in refusal(client, user, create(client), version)["detail"]


NO_VERSIONS: tuple[object, ...] = (0, -1, "x", 1.5, True, None, [1], {}, 2**31, 2**70)


@pytest.mark.parametrize("body", [*({"version": each} for each in NO_VERSIONS), {"versions": 1}, [], "1"])
def test_a_body_that_can_not_be_is_400_and_changes_nothing(client: APIClient, user: User, body: Any) -> None:
    row = create(client)
    assert client.post(f"/api/tasks/{row['id']}/undo/", body).status_code == 400
    assert head_of(user.pk) == 1


def test_a_task_that_is_not_there_comes_before_what_is_wrong_with_the_body(client: APIClient) -> None:
    assert client.post("/api/tasks/987654/undo/", {"version": 0}).status_code == 404


def test_what_the_platform_did_is_nobodys_to_undo(client: APIClient, user: User) -> None:
    row = create(client)
    complete_task(row["id"], by=user, at=NEW_YEAR)  # outside a request: by the platform itself
    assert "platform" in refusal(client, user, row, 2)["detail"]


def act_as_agent(user: User, row: dict[str, Any], verb: str) -> None:
    """What a tool of an agent does: the same verbs, with another actor."""
    with use_provenance(Provenance(actor=Actor(type="agent", id="assistant"))):
        if verb == "delete":
            delete_task(row["id"], by=user, at=NEW_YEAR)
        elif verb == "complete":
            complete_task(row["id"], by=user, at=NEW_YEAR)
        else:
            update_task(row["id"], TaskFields(title="By an agent", tags=("new",)), by=user, at=NEW_YEAR)


@pytest.mark.parametrize("version", [None, 2])
@pytest.mark.parametrize("verb", ["change", "complete", "delete"])
def test_an_agents_change_is_undone_as_a_persons(
    client: APIClient, user: User, verb: str, version: int | None
) -> None:
    row = create(client, tags=["home"])
    act_as_agent(user, row, verb)
    assert same(undo(client, row, version=version), row)
    assert found() == []


def test_an_undo_of_a_person_and_of_an_agent_are_both_steps(client: APIClient, user: User) -> None:
    row = create(client, title="A")
    act_as_agent(user, row, "change")
    change(client, row, title="C")
    assert [undo(client, row)["title"] for _ in range(2)] == ["By an agent", "A"]


def test_a_task_that_an_agent_made_goes_to_the_trash(client: APIClient, user: User) -> None:
    with use_provenance(Provenance(actor=Actor(type="agent", id="assistant"))):
        task = make_task(user)
    undo(client, {"id": task.pk}, expect=204)
    assert live(user) == []


def test_a_successor_that_was_worked_on_keeps_its_predecessor_done(client: APIClient, user: User) -> None:
    row = create(client, **DAILY)
    client.put(f"/api/tasks/{row['id']}/completion/")
    consume(user)
    following = {"id": live(user)[1].pk}
    change(client, following, title="worked on")
    assert refusal(client, user, row, 2)["code"] == "series_changed"


def test_once_its_work_is_taken_back_a_successor_is_as_the_rule_made_it(
    client: APIClient, user: User
) -> None:
    row = create(client, **DAILY)
    client.put(f"/api/tasks/{row['id']}/completion/")
    consume(user)
    following = {"id": live(user)[1].pk}
    change(client, following, title="worked on")
    client.put(f"/api/tasks/{following['id']}/completion/")
    consume(user)
    assert [undo(client, following)["title"] for _ in range(2)] == ["worked on", "Milk"]
    assert refusal(client, user, following)["code"] == "nothing_to_undo"
    assert same(undo(client, row), row)
    assert [task.pk for task in live(user)] == [row["id"]]
    assert found() == []


def test_a_successor_whose_work_was_done_again_is_touched(client: APIClient, user: User) -> None:
    row = create(client, **DAILY)
    client.put(f"/api/tasks/{row['id']}/completion/")
    consume(user)
    following = {"id": live(user)[1].pk}
    change(client, following, title="worked on")
    undo(client, following)
    assert redo(client, following)["title"] == "worked on"
    assert refusal(client, user, row, 2)["code"] == "series_changed"
    assert undo(client, following)["title"] == "Milk"
    assert same(undo(client, row), row)


@pytest.mark.parametrize("leave", ["detach", "skip"])
def test_a_place_in_the_series_comes_back_with_what_is_before_it(
    client: APIClient, user: User, leave: str
) -> None:
    row = create(client, **DAILY)
    client.put(f"/api/tasks/{row['id']}/completion/")
    consume(user)
    following = read(client, {"id": live(user)[1].pk})
    client.post(f"/api/tasks/{following['id']}/{leave}/")
    assert same(undo(client, following), following)
    assert same(undo(client, row), row)
    assert [task.pk for task in live(user)] == [row["id"]]
    assert found() == []


def test_what_was_skipped_is_skipped_again(client: APIClient, user: User) -> None:
    row = create(client, **DAILY)
    client.post(f"/api/tasks/{row['id']}/skip/")
    occurrences = f"/api/series/{row['series_id']}/occurrences/?past=true&n=3"
    before = client.get(occurrences).json()
    undo(client, row)
    redo(client, row, expect=204)
    assert client.get(occurrences).json() == before


def test_a_second_snooze_stands_on_the_first(client: APIClient, user: User) -> None:
    row = create(client, due_at="2030-05-04T09:00Z", reminders=[{"offset": "30m"}])
    url = f"/api/reminders/{row['reminders'][0]['id']}/snooze/"
    for until in ("2030-05-04T12:00:00Z", "2030-05-04T13:00:00Z"):
        assert client.post(url, {"until": until}).status_code == 200
    assert refusal(client, user, row, 2)["code"] == "changed_since"
    assert [undo(client, row)["reminders"][0]["fire_at"] for _ in range(2)] == [
        "2030-05-04T12:00:00Z",
        "2030-05-04T08:30:00Z",
    ]


def test_a_long_walk_goes_all_the_way(client: APIClient, user: User) -> None:
    row = create(client, title="0")
    for number in range(1, 31):
        change(client, row, title=str(number))
    assert [undo(client, row)["title"] for _ in range(30)] == [str(number) for number in range(29, -1, -1)]
    assert len(kinds(user)) == 61
