"""Removing from the trash for good because somebody wants it: one task, or all that are there."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.tests.factories import make_user, signed_in_client
from events_app.log.history import head_of
from events_app.operating.invariants import find_all
from tasks_app.models import ExcludedSlot, Reminder, Series, Tag, Task, TaskTag, TrashJob
from tasks_app.operations.completion import complete_task
from tasks_app.operations.tasks import delete_task
from tasks_app.operations.trash import purge
from tasks_app.operations.trash.purge import run_trash_jobs
from tasks_app.operations.trash.trash import purge_trash
from tasks_app.tests.conftest import SetClock
from tasks_app.tests.helpers import NEW_YEAR, consume, history, kinds, live, make_task
from tasks_app.tests.undoing import create, found

TRASH = "/api/tasks/trash/"
WHOLE: dict[str, Any] = {
    "due_at": "2030-05-04T09:00Z",
    "tags": ["home"],
    "reminders": [{"offset": "30m"}],
}


def trashed(client: APIClient, **fields: Any) -> dict[str, Any]:
    row = create(client, **fields)
    assert client.delete(f"/api/tasks/{row['id']}/").status_code == 204
    return row


def listed(client: APIClient, query: str = "") -> list[int]:
    response = client.get(f"{TRASH}{query}")
    assert response.status_code == 200, response.content
    return [row["id"] for row in response.json()["results"]]


@pytest.mark.parametrize("url", ["/api/tasks/?trashed=true", TRASH, "/api/tasks/trash/{id}/"])
def test_what_is_in_the_trash_says_since_when_and_until_when(
    client: APIClient, url: str, database_clock: SetClock
) -> None:
    row = trashed(client, **WHOLE)
    answer = client.get(url.format(**row)).json()
    shown = answer["results"][0] if "results" in answer else answer
    deleted_at, purge_at = (datetime.fromisoformat(shown[name]) for name in ("deleted_at", "purge_at"))
    assert purge_at - deleted_at == timedelta(days=30)
    assert {**shown, "deleted_at": ""}.keys() == {*row, "deleted_at", "purge_at"}
    assert (shown["title"], shown["version"], shown["tags"]) == ("Milk", 2, ["home"])
    database_clock.now = purge_at
    assert purge_trash() == 0
    database_clock.advance(microseconds=1)
    assert purge_trash() == 1


def test_what_is_not_in_the_trash_says_nothing_of_it(client: APIClient, user: User) -> None:
    row = create(client)
    client.delete(f"/api/tasks/{row['id']}/")
    client.post(f"/api/tasks/{row['id']}/restore/")
    for url in ("/api/tasks/", f"/api/tasks/{row['id']}/"):
        answer = client.get(url).json()
        assert not {"deleted_at", "purge_at"} & (answer.get("results") or [answer])[0].keys()
    client.delete(f"/api/tasks/{row['id']}/")
    assert not {"deleted_at", "purge_at"} & history(user)[-1].data["task"].keys()  # type: ignore[union-attr]


def test_the_trash_is_listed_as_tasks_are(client: APIClient) -> None:
    first, second = trashed(client, title="A", priority="high"), trashed(client, title="B")
    create(client)
    assert listed(client) == listed(client, "?trashed=true") == [first["id"], second["id"]]
    assert listed(client, "?priority=high") == [first["id"]]
    assert listed(client, "?sort=-title&limit=1") == [second["id"]]
    assert client.get(f"{TRASH}?trashed=false").status_code == 400
    assert client.get(f"{TRASH}?nonsense=1").status_code == 400
    assert client.post(TRASH, {"title": "x"}).status_code == 405


def test_one_is_purged_with_all_that_belongs_to_it_and_one_event(client: APIClient, user: User) -> None:
    row, stays = trashed(client, **WHOLE), trashed(client, tags=["home"])
    head = head_of(user.pk)
    response = client.delete(f"{TRASH}{row['id']}/")
    assert (response.status_code, response.json()["purged"]) == (200, 1)
    assert "audit trail" in response.json()["detail"]
    assert listed(client) == [stays["id"]]
    assert (Reminder.objects.count(), TaskTag.objects.count(), Tag.objects.count()) == (0, 1, 1)
    [event] = history(user, head)
    assert (event.type, event.data["reason"], event.task_id) == ("task.deleted", "purged", row["id"])
    assert (event.actor.type, event.actor.id) == ("user", str(user.pk))
    for method, url in (
        ("get", f"{TRASH}{row['id']}/"),
        ("delete", f"{TRASH}{row['id']}/"),
        ("post", f"/api/tasks/{row['id']}/restore/"),
        ("post", f"/api/tasks/{row['id']}/undo/"),
    ):
        assert getattr(client, method)(url).status_code == 404, url
    assert found() == []


def test_log_and_trail_keep_what_happened(client: APIClient, user: User) -> None:
    row = trashed(client, title="Secret")
    client.delete(f"{TRASH}{row['id']}/")
    consume(user, "audit")
    entries = client.get(f"/api/tasks/{row['id']}/history/").json()["results"]
    assert [each["type"] for each in entries] == ["task.deleted", "task.deleted", "task.created"]
    assert client.get("/api/audit/verify/").json()["ok"] is True


def test_sockets_and_topics_are_told_that_it_is_gone(client: APIClient, user: User) -> None:
    row = trashed(client)
    after = head_of(user.pk)
    client.delete(f"{TRASH}{row['id']}/")
    [frame] = client.get(f"/api/changes/?after={after}").json()["results"]
    assert (frame["operation"], frame["task_id"], frame["reason"]) == ("delete", row["id"], "purged")


@pytest.mark.parametrize("state", ["live", "withdrawn", "missed", "foreign", "absent"])
def test_what_is_not_in_the_callers_trash_is_404(client: APIClient, user: User, state: str) -> None:
    owner = make_user() if state == "foreign" else user
    task = make_task(owner, due="2030-05-01", recurrence="daily")
    if state == "foreign":
        delete_task(task.pk, by=owner, at=NEW_YEAR)
    elif state == "withdrawn":
        complete_task(task.pk, by=user, at=NEW_YEAR)
        consume(user)
        task = live(user)[1]
        client.delete(f"/api/tasks/{live(user)[0].pk}/completion/")
    elif state == "missed":
        Task.objects.filter(pk=task.pk).update(deleted_at=NEW_YEAR, missed_at=NEW_YEAR)
    number = 987_654 if state == "absent" else task.pk
    before = Task.objects.count()
    for method in ("get", "delete"):
        assert getattr(client, method)(f"{TRASH}{number}/").status_code == 404
    assert client.delete(TRASH).json()["purged"] == 0
    assert Task.objects.count() == before


def test_a_version_that_is_not_the_one_is_412(client: APIClient) -> None:
    row = trashed(client)
    url = f"{TRASH}{row['id']}/"
    assert client.get(url)["ETag"] == '"2"'
    assert client.delete(url, headers={"If-Match": '"1"'}).status_code == 412
    assert client.delete(url, headers={"If-Match": '"2"'}).status_code == 200


def test_a_key_makes_purging_safe_to_repeat(client: APIClient, user: User) -> None:
    row = trashed(client)
    for url in (f"{TRASH}{row['id']}/", TRASH):
        first = client.delete(url, headers={"Idempotency-Key": "k"})
        head = head_of(user.pk)
        again = client.delete(url, headers={"Idempotency-Key": "k"})
        assert (again.status_code, again.json(), again["Idempotent-Replayed"]) == (200, first.json(), "true")
        assert head_of(user.pk) == head


def test_all_are_purged_at_once_and_nobody_elses(client: APIClient, user: User) -> None:
    stranger = signed_in_client(make_user())
    theirs, lives = trashed(stranger), create(client)
    for number in range(3):
        trashed(client, title=f"{number}", **WHOLE)
    head = head_of(user.pk)
    assert client.delete(TRASH).json()["purged"] == 3
    assert client.delete(TRASH).json()["purged"] == 0
    assert kinds(user, head) == ["task.deleted"] * 3
    assert (listed(client), listed(stranger)) == ([], [theirs["id"]])
    assert [task.pk for task in live(user)] == [lives["id"]]
    assert found() == []


def test_a_series_goes_on_without_what_was_purged(client: APIClient, user: User) -> None:
    row = create(client, due_on="2030-05-01", recurrence="FREQ=DAILY;COUNT=3")
    client.delete(f"/api/tasks/{row['id']}/")
    client.delete(f"{TRASH}{row['id']}/")
    assert [each.slot for each in ExcludedSlot.objects.all()] == ["2030-05-01"]
    for _ in range(2):
        client.put(f"/api/tasks/{live(user)[-1].pk}/completion/")
        consume(user)
    assert [task.occurrence for task in live(user)] == ["2030-05-02", "2030-05-03"]
    assert Series.objects.get().end_reason == "finished"
    assert found() == []


def test_what_came_of_a_purged_one_stays(client: APIClient, user: User) -> None:
    row = create(client, due_on="2030-05-01", recurrence="daily")
    client.put(f"/api/tasks/{row['id']}/completion/")
    consume(user)
    client.delete(f"/api/tasks/{row['id']}/")
    client.delete(TRASH)
    [following] = live(user)
    assert (following.follows_id, following.occurrence) == (None, "2030-05-02")
    client.put(f"/api/tasks/{following.pk}/completion/")
    consume(user)
    assert [task.occurrence for task in live(user)] == ["2030-05-02", "2030-05-03"]
    assert found() == []


def test_more_than_one_transaction_holds_is_a_job(
    client: APIClient, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purge, "TASKS_PER_STEP", 3)
    for _ in range(7):
        delete_task(make_task(user).pk, by=user, at=NEW_YEAR)
    response = client.delete(TRASH)
    job = response.json()["job"]
    assert (response.status_code, response["Location"], job["total"]) == (202, job["url"], 7)
    assert "audit trail" in response.json()["detail"]
    assert client.delete(TRASH).json()["job"]["id"] == job["id"]
    later = trashed(client)
    assert any(finding.check == "trash jobs" and finding.kind == "lag" for finding in find_all())
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(purge, "remove_rows", lambda ids: 1 / 0)
        assert run_trash_jobs(seconds=60) == 0  # it is logged, and nothing of the step stays
    assert (len(listed(client)), TrashJob.objects.get().done) == (8, 0)
    assert purge._carry_on(job["id"], user.pk) == 3
    restored = listed(client)[0]
    assert client.post(f"/api/tasks/{restored}/restore/").status_code == 200
    assert run_trash_jobs(seconds=60) == 3
    assert run_trash_jobs(seconds=60) == 0
    assert listed(client) == [later["id"]]
    shown = client.get(job["url"]).json()["job"]
    assert (shown["status"], shown["done"], shown["finished_at"] is None) == ("done", 6, False)
    assert signed_in_client(make_user()).get(job["url"]).status_code == 404
    purged = [event for event in history(user) if event.data.get("reason") == "purged"]
    assert {event.actor.id for event in purged[3:]} == {"trash"}
    assert found() == []


def test_an_audit_of_everything_finds_nothing_wrong(client: APIClient, user: User) -> None:
    trashed(client, **WHOLE)
    client.delete(TRASH)
    for consumer in ("audit", "notifications", "realtime", "recurrence", "replan"):
        consume(user, consumer)
    assert [finding for finding in find_all() if finding.kind != "lag"] == []
    assert client.get("/api/audit/verify/").json()["ok"] is True


@pytest.mark.parametrize("root", ["/todos", "/api/todos"])
def test_older_roots_know_it_too(client: APIClient, root: str) -> None:
    row = trashed(client)
    assert [each["id"] for each in client.get(f"{root}/trash/").json()] == [row["id"]]
    assert client.delete(f"{root}/trash/{row['id']}/").json()["purged"] == 1
    assert client.delete(f"{root}/trash/").json()["purged"] == 0


def test_a_client_sends_back_what_it_read(client: APIClient) -> None:
    row = create(client)
    url = f"/api/tasks/{row['id']}/"
    assert client.patch(url, {"title": "B", "deleted_at": None, "purge_at": None}).status_code == 200
    refused = client.patch(url, {"deleted_at": "2030-01-01T00:00:00Z"})
    assert refused.json()["errors"][0]["code"] == "read_only"


def test_a_call_that_says_something_purges_nothing(client: APIClient) -> None:
    row = trashed(client)
    for url in (TRASH, f"{TRASH}{row['id']}/"):
        assert client.delete(url, {"ids": [1]}).status_code == 400
    assert listed(client) == [row["id"]]
