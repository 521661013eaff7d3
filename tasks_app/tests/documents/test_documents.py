"""The document of a task is what its rows hold, whoever changes how the task looks."""

import orjson
import pytest
from django.core.management import call_command
from django.db.models import F
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.operations.preferences import change_preferences
from tasks_app.invariants import find_old_documents, find_wrong_documents
from tasks_app.models import Task
from tasks_app.operations import owner_walk
from tasks_app.operations.documents import rewrite_documents
from tasks_app.operations.reminders.fire import fire_due_reminders
from tasks_app.operations.reminders.replan import run_replan_jobs
from tasks_app.operations.tags import steps
from tasks_app.operations.tags.edit import change_tag, delete_tag, merge_tag, run_tag_jobs
from tasks_app.operations.tasks import delete_task
from tasks_app.queries.tasks import has_old_documents
from tasks_app.tests.conftest import SetClock
from tasks_app.tests.helpers import NEW_YEAR, consume, history, make_task


@pytest.fixture(autouse=True)
def every_document_is_right(user: User) -> object:
    """After each test, all documents are those of this release, byte for byte."""
    yield
    assert [*find_wrong_documents(), *find_old_documents()] == []


def shown(task: Task) -> dict[str, object]:
    document: dict[str, object] = orjson.loads(Task.objects.get(pk=task.pk).document)
    return document


def test_a_document_is_the_event_without_the_id(user: User) -> None:
    task = make_task(user, "Say “é” \\ \"'\t\U0001f34f", tags=("home",), recurrence="daily", due="2030-05-01")
    [event] = history(user)
    assert {"id": task.pk, **shown(task)} == event.data["task"]


def test_reminders_stay_outside_so_that_firing_writes_no_document(
    client: APIClient, user: User, database_clock: SetClock
) -> None:
    task = make_task(user, due="2026-05-04T09:00", reminders=["30m"])
    before = Task.objects.get(pk=task.pk).document
    assert not {"reminders", "reminder_at"} & shown(task).keys()
    database_clock.set("2026-05-04T08:30:00+00:00")
    assert fire_due_reminders() == 1
    assert Task.objects.get(pk=task.pk).document == before
    [row] = client.get("/api/tasks/").json()["results"]
    assert [each["status"] for each in row["reminders"]] == ["fired"]


def test_the_last_reminder_takes_the_empty_list_back_into_the_document(client: APIClient, user: User) -> None:
    task = make_task(user, due="2030-05-04T09:00", reminders=["30m"])
    client.patch(f"/api/tasks/{task.pk}/", {"reminders": []})
    assert (shown(task)["reminders"], shown(task)["reminder_at"]) == ([], None)


@pytest.mark.parametrize("kind", ["rename", "merge", "delete"])
@pytest.mark.parametrize("at_once", [True, False])
def test_a_change_of_a_tag_reaches_tasks_in_the_trash(
    client: APIClient, user: User, monkeypatch: pytest.MonkeyPatch, kind: str, at_once: bool
) -> None:
    trashed = make_task(user, "gone", tags=("home", "now"))
    alive = make_task(user, "here", tags=("home", "now"))
    delete_task(trashed.pk, by=user, at=NEW_YEAR)
    tags = {each["name"]: each["id"] for each in client.get("/api/tags/").json()["results"]}
    if not at_once:
        monkeypatch.setattr(steps, "TASKS_PER_TRANSACTION", 1)
        monkeypatch.setattr("tasks_app.operations.tags.edit.TASKS_PER_TRANSACTION", 1)
    if kind == "rename":
        change_tag(tags["home"], name="house", by=user, at=NEW_YEAR)
    elif kind == "merge":
        merge_tag(tags["home"], into=tags["now"], by=user, at=NEW_YEAR)
    else:
        delete_tag(tags["home"], by=user, at=NEW_YEAR)
    assert list(find_wrong_documents()) == []
    for _ in range(4):
        run_tag_jobs(seconds=5)
    expected = ["house", "now"] if kind == "rename" else ["now"]
    assert [shown(each)["tags"] for each in (trashed, alive)] == [expected, expected]


def test_a_new_zone_reaches_tasks_in_the_trash(user: User) -> None:
    floating = make_task(user, "gone", due="2030-05-04T09:00", floating=True)
    delete_task(floating.pk, by=user, at=NEW_YEAR)
    change_preferences(user.pk, {"time_zone": "Asia/Tokyo"})
    consume(user, "replan")
    run_replan_jobs()
    assert shown(floating)["due_at"] == "2030-05-04T00:00:00Z"


def test_the_audit_finds_a_document_that_differs_by_a_byte(user: User) -> None:
    task = make_task(user)
    Task.objects.filter(pk=task.pk).update(document=Task.objects.get(pk=task.pk).document + " ")
    assert [(each.subject, each.kind) for each in find_wrong_documents()] == [(f"task {task.pk}", "broken")]
    call_command("rewrite_documents", "--all")


class TestOldDocuments:
    """What a release without documents, or with others, has written."""

    def test_they_are_told_and_made_anew(self, user: User) -> None:
        task = make_task(user, tags=("home",))
        before = Task.objects.get(pk=task.pk).document
        assert not has_old_documents()
        Task.objects.update(document="", document_format=0, document_version=0)
        assert [each.kind for each in find_old_documents()] == ["operator"]
        assert list(find_wrong_documents()) == []
        call_command("rewrite_documents")
        assert Task.objects.get(pk=task.pk).document == before

    def test_a_task_that_a_release_beside_this_one_changed_has_an_old_one(self, user: User) -> None:
        make_task(user)
        Task.objects.update(title="by another release", version=F("version") + 1)
        assert [each.kind for each in find_old_documents()] == ["operator"]
        call_command("rewrite_documents")

    def test_an_interrupted_run_goes_on_where_it_stopped(
        self, user: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(owner_walk, "_TASKS_PER_TRANSACTION", 2)
        other = User.objects.create_user("other", password="a fine long passphrase")
        for each in (user, user, user, other):
            make_task(each)
        Task.objects.update(document_format=0)
        walk = rewrite_documents()
        assert next(walk) == (user.pk, 3)
        assert list(rewrite_documents()) == [(other.pk, 1)]
        assert list(rewrite_documents()) == []
        assert list(rewrite_documents(again=True, after_owner=user.pk)) == [(other.pk, 1)]

    def test_a_change_makes_the_document_of_a_task_that_had_none(self, client: APIClient, user: User) -> None:
        task = make_task(user)
        Task.objects.update(document="", document_format=0, document_version=0)
        client.patch(f"/api/tasks/{task.pk}/", {"title": "another"})
        assert shown(task)["title"] == "another"
