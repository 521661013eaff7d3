"""Operators' pages answer, and cost the same however many rows and users there are."""

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from events_app.log.history import head_of
from tasks_app.models import Reminder, Series, Tag, Task
from tasks_app.operations.completion import complete_task
from tasks_app.operations.tasks import delete_task
from tasks_app.tests.helpers import NEW_YEAR, history, make_task

PAGES = ("task", "series", "reminder", "tag", "replanjob", "tagjob", "demorun")


@pytest.fixture
def operator(db: None) -> Client:
    admin = User.objects.create_superuser("operator", password="x")
    client = Client()
    client.force_login(admin)
    return client


def queries(operator: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert operator.get(url).status_code == 200
    return len(captured)


@pytest.mark.parametrize("page", PAGES)
def test_a_list_takes_as_many_queries_for_many_rows_as_for_one(operator: Client, page: str) -> None:
    url = f"/admin/tasks_app/{page}/"
    make_task(make_user(), due="2030-05-01T09:00", recurrence="daily", tags=("home",), reminders=["1h"])
    few = queries(operator, url)
    for _ in range(5):
        make_task(make_user(), due="2030-05-01T09:00", recurrence="daily", tags=("home",), reminders=["1h"])
    assert queries(operator, url) == few


@pytest.mark.parametrize("model", [Task, Series, Reminder, Tag])
def test_a_row_can_be_read_and_not_changed(operator: Client, model: type[Task]) -> None:
    user = make_user("the owner")
    for number in range(3):
        make_user(f"bystander {number}")
    make_task(user, due="2030-05-01T09:00", recurrence="daily", tags=("home",), reminders=["1h"])
    row = model.objects.get()
    url = f"/admin/tasks_app/{model._meta.model_name}/{row.pk}/change/"
    page = operator.get(url).content.decode()
    assert "the owner" in page
    assert "bystander" not in page
    assert operator.post(url, {"title": "y"}).status_code == 403
    assert operator.post(url.replace("change", "delete"), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("page", PAGES)
def test_rows_are_found_by_their_owner(operator: Client, page: str) -> None:
    make_task(make_user("somebody"), due="2030-05-01T09:00", recurrence="daily", tags=("home",))
    assert operator.get(f"/admin/tasks_app/{page}/?q=somebody").status_code == 200


def test_a_search_joins_no_tables_and_needs_exact_words(operator: Client) -> None:
    task = make_task(make_user("somebody"), due="2030-05-01T09:00", recurrence="daily", reminders=["1h"])
    reminder = Reminder.objects.get()
    for page, term, found in (
        ("task", "somebody", True),
        ("task", str(task.pk), True),
        ("task", "some", False),
        ("task", "9" * 30, False),
        ("reminder", str(task.pk), True),
        ("reminder", str(reminder.pk), True),
    ):
        with CaptureQueriesContext(connection) as captured:
            answer = operator.get(f"/admin/tasks_app/{page}/", {"q": term})
        assert bool(answer.context["cl"].result_count) == found, (page, term)
        counted = [query["sql"] for query in captured if "COUNT" in query["sql"]]
        assert not any("accounts_app_user" in sql for sql in counted)


@pytest.mark.parametrize("state", ["pending", "overdue", "completed", "in_the_trash"])
def test_tasks_are_listed_by_what_they_are(operator: Client, state: str) -> None:
    user = make_user()
    tasks = {
        "pending": make_task(user, "is pending", due="2030-05-01"),
        "overdue": make_task(user, "is overdue", due="2020-05-01"),
        "completed": make_task(user, "is completed", due="2020-05-01"),
        "in_the_trash": make_task(user, "is in the trash"),
    }
    complete_task(tasks["completed"].pk, by=user, at=NEW_YEAR)
    delete_task(tasks["in_the_trash"].pk, by=user, at=NEW_YEAR)
    page = operator.get(f"/admin/tasks_app/task/?state={state}").content.decode()
    shown = {name for name, task in tasks.items() if task.title in page}
    assert shown == ({"pending", "overdue"} if state == "pending" else {state})


def test_restoring_asks_first_and_is_audited(operator: Client) -> None:
    user = make_user()
    gone, live = make_task(user, "gone"), make_task(user, "live")
    delete_task(gone.pk, by=user, at=NEW_YEAR)
    before = head_of(user.pk)
    chosen = {"action": "restore", "_selected_action": [gone.pk, live.pk]}
    asked = operator.post("/admin/tasks_app/task/", chosen)
    assert "Restore these tasks?" in asked.content.decode()
    assert head_of(user.pk) == before
    operator.post("/admin/tasks_app/task/", {**chosen, "confirmed": "yes"})
    assert Task.objects.get(pk=gone.pk).deleted_at is None
    assert [(event.type, event.actor.type) for event in history(user, before)] == [("task.created", "user")]
    assert history(user, before)[0].actor.id == str(User.objects.get(username="operator").pk)
    assert LogEntry.objects.filter(object_id=str(gone.pk)).exists()


def test_no_page_offers_a_whole_table_to_choose_from(operator: Client) -> None:
    task = make_task(make_user(), due="2030-05-01T09:00", recurrence="daily", tags=("home",))
    for number in range(5):
        make_user(f"bystander {number}")
        make_task(make_user(), f"other task {number}")
    user = make_user("the one")
    for url in (f"/admin/tasks_app/task/{task.pk}/change/", f"/admin/accounts_app/user/{user.pk}/change/"):
        page = operator.get(url).content.decode()
        assert "bystander" not in page
        assert "other task" not in page
