"""Operators' pages answer, and cost the same however many rows and users there are."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from tasks_app.models import Reminder, Series, Tag, Task
from tasks_app.tests.helpers import make_task

PAGES = ("task", "series", "reminder", "tag", "replanjob")


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
