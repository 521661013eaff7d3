"""A change of a tag that many tasks carry: a job, some tasks per transaction, well defined at every moment."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts_app.models import User
from events_app.log.history import head_of
from tasks_app.invariants import find_open_tag_jobs, find_tasks_unlike_log, find_wrong_tag_links
from tasks_app.models import Series, Tag, TagJob, TaskTag
from tasks_app.operations.tags import edit, steps
from tasks_app.operations.tags.edit import run_tag_jobs
from tasks_app.tests.helpers import history, kinds, live, make_task

TASKS = 7


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (edit, steps):
        monkeypatch.setattr(module, "TASKS_PER_TRANSACTION", 3)


@pytest.fixture
def home(user: User) -> Tag:
    for _ in range(TASKS):
        make_task(user, tags=("home", "now"))
    return Tag.objects.get(name="home")


def rename(client: APIClient, tag: Tag) -> Any:
    return client.patch(f"/api/tags/{tag.pk}/", {"name": "House"})


def merge(client: APIClient, tag: Tag) -> Any:
    return client.post(f"/api/tags/{tag.pk}/merge/", {"into": Tag.objects.get(name="now").pk})


def delete(client: APIClient, tag: Tag) -> Any:
    return client.delete(f"/api/tags/{tag.pk}/")


BEGIN = {"rename": rename, "merge": merge, "delete": delete}
AFTER = {"rename": ["House", "now"], "merge": ["now"], "delete": ["now"]}
Begin = Callable[[APIClient, Tag], Any]


def rows(client: APIClient) -> list[list[str]]:
    listed = client.get("/api/tasks/?sort=created_at").json()["results"]
    return [row["tags"] for row in sorted(listed, key=lambda row: int(row["id"]))]


def finish() -> None:
    for _ in range(20 * TASKS):
        run_tag_jobs(seconds=5)
    assert not TagJob.objects.filter(finished_at=None).exists()


def begin_one_step(client: APIClient, home: Tag, kind: str) -> None:
    assert BEGIN[kind](client, home).status_code == 202
    [job] = TagJob.objects.all()
    edit._continue_job(job.pk, job.owner_id)


@pytest.mark.parametrize("kind", BEGIN)
def test_a_big_change_is_accepted_and_can_be_followed(
    client: APIClient, user: User, home: Tag, kind: str
) -> None:
    before = head_of(user.pk)
    answer = BEGIN[kind](client, home)
    job = answer.json()["job"]
    assert (answer.status_code, answer["Location"]) == (202, job["url"])
    assert (job["status"], job["kind"], job["total"], job["done"]) == ("running", kind, TASKS, 0)
    told = kinds(user, before)
    assert set(told) == {"tag.changed"}
    assert [each.kind for each in find_open_tag_jobs()] == ["lag"]
    finish()
    job = client.get(job["url"]).json()["job"]
    assert (job["status"], job["done"]) == ("done", TASKS)
    assert kinds(user, before) == [*told, *["task.updated"] * TASKS]
    assert rows(client) == [AFTER[kind]] * TASKS
    assert [*find_tasks_unlike_log(), *find_wrong_tag_links(), *find_open_tag_jobs()] == []


@pytest.mark.parametrize("kind", BEGIN)
def test_between_two_steps_tasks_are_as_their_events_say(
    client: APIClient, user: User, home: Tag, kind: str
) -> None:
    begin_one_step(client, home, kind)
    assert rows(client) == [AFTER[kind]] * 3 + [["home", "now"]] * (TASKS - 3)
    assert [*find_tasks_unlike_log(), *find_wrong_tag_links()] == []


@pytest.mark.parametrize("kind", BEGIN)
def test_a_step_that_is_cut_off_leaves_nothing_and_is_taken_again(
    client: APIClient, user: User, home: Tag, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_one_step(client, home, kind)
    before = head_of(user.pk)

    def cut_off(name: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(edit, "crash_point", cut_off)
        with pytest.raises(KeyboardInterrupt):
            run_tag_jobs()
    assert head_of(user.pk) == before
    finish()
    assert kinds(user, before) == ["task.updated"] * (TASKS - 3)
    assert rows(client) == [AFTER[kind]] * TASKS


@pytest.mark.parametrize("kind", BEGIN)
def test_asking_again_gives_the_same_job(client: APIClient, home: Tag, kind: str) -> None:
    first, second = BEGIN[kind](client, home), BEGIN[kind](client, home)
    assert (second.status_code, second.json()) == (202, first.json())
    assert TagJob.objects.count() == 1


@pytest.mark.parametrize("kind", BEGIN)
@pytest.mark.parametrize("other", ["rename", "merge", "delete"])
def test_another_change_of_the_tag_waits_for_the_first(
    client: APIClient, home: Tag, kind: str, other: str
) -> None:
    BEGIN[kind](client, home)
    if other == kind:
        return
    answer = BEGIN[other](client, home)
    # A tag that is going is not there to be renamed.
    assert answer.status_code == (404 if other == "rename" else 409), answer.json()


def test_a_tag_that_another_is_merged_into_stays_until_then(client: APIClient, home: Tag) -> None:
    merge(client, home)
    now = Tag.objects.get(name="now")
    assert client.delete(f"/api/tags/{now.pk}/").status_code == 409
    finish()
    assert client.delete(f"/api/tags/{now.pk}/").status_code == 202


@pytest.mark.parametrize("kind", ["rename", "merge"])
def test_the_former_name_stands_for_the_new_tag_meanwhile(
    client: APIClient, user: User, home: Tag, kind: str
) -> None:
    begin_one_step(client, home, kind)
    last = live(user)[-1]
    assert client.put(f"/api/tasks/{last.pk}/", {"title": "x", "tags": ["home", "now"]}).status_code == 200
    new = make_task(user, tags=("home",))
    finish()
    assert client.get(f"/api/tasks/{last.pk}/").json()["tags"] == AFTER[kind]
    assert client.get(f"/api/tasks/{new.pk}/").json()["tags"] == AFTER[kind][:1]
    assert not Tag.objects.filter(name="home").exists()
    assert [*find_tasks_unlike_log(), *find_wrong_tag_links()] == []


def test_a_name_that_is_being_deleted_is_free_for_a_new_tag(client: APIClient, user: User, home: Tag) -> None:
    begin_one_step(client, home, "delete")
    new = make_task(user, tags=("home",))
    listed = client.get("/api/tags/").json()["results"]
    assert [(row["name"], row["task_count"]) for row in listed] == [("home", 1), ("now", TASKS)]
    finish()
    assert client.get(f"/api/tasks/{new.pk}/").json()["tags"] == ["home"]
    assert TaskTag.objects.filter(tag__name="home").count() == 1
    assert list(find_tasks_unlike_log()) == []


def test_a_name_that_is_being_left_can_not_be_taken_yet(client: APIClient, home: Tag) -> None:
    rename(client, home)
    assert client.post("/api/tags/", {"name": "HOME"}).status_code == 409
    finish()
    assert client.post("/api/tags/", {"name": "HOME"}).status_code == 201


def test_tasks_are_found_by_either_name_meanwhile(client: APIClient, user: User, home: Tag) -> None:
    begin_one_step(client, home, "rename")
    for name in ("home", "House"):
        assert len(client.get("/api/tasks/", {"tag": name}).json()["results"]) == TASKS
    finish()
    assert client.get("/api/tasks/", {"tag": "home"}).json()["results"] == []


@pytest.mark.parametrize("kind", BEGIN)
def test_templates_of_many_series_follow_in_steps(client: APIClient, user: User, kind: str) -> None:
    for _ in range(TASKS):
        make_task(user, due="2026-05-01", recurrence="daily", tags=("home", "now"))
    BEGIN[kind](client, Tag.objects.get(name="home"))
    finish()
    for series in Series.objects.all():
        names = [link.tag.name for link in series.tag_links.select_related("tag").order_by("position")]
        assert names == AFTER[kind]
    assert list(find_tasks_unlike_log()) == []


def test_one_failing_job_holds_up_no_other(
    client: APIClient, user: User, home: Tag, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = TagJob.objects.create(
        owner=user,
        kind="unknown",
        tag_id=home.pk,
        total=1,
        created_at=home.task_links.get_queryset()[0].task.created_at,
    )
    merged = client.post(f"/api/tags/{Tag.objects.get(name='now').pk}/merge/", {"into": home.pk}).json()[
        "job"
    ]
    for _ in range(TASKS):
        run_tag_jobs()
    assert client.get(merged["url"]).json()["job"]["status"] == "done"
    broken.refresh_from_db()
    assert broken.finished_at is None


def test_changes_say_who_made_them_and_that_only_tags_changed(
    client: APIClient, user: User, home: Tag
) -> None:
    rename(client, home)
    before = head_of(user.pk)
    finish()
    told = {(event.actor.id, str(event.data["changed_fields"])) for event in history(user, before)}
    assert told == {("tags", "['tags']")}
