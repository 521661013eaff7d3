"""The first screen of the admin says what doctor says, to those who may know it, for the same few queries always."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.contrib.staticfiles import finders
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from events_app.models import Cursor, ParkedMessage, Stream
from events_app.operating.lag import consumer_lags, log_lag
from events_app.runtime.heartbeats import record_run
from todo_project.doctor import Level, examine
from todo_project.doctor.overview import read_overview
from todo_project.doctor.reading import MOST_STREAMS
from todo_project.metrics.figures import BACKUP
from todo_project.web import admin_site

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("well")]


@pytest.fixture
def operator() -> Client:
    """A browser of somebody who may see everything."""
    user = make_user()
    User.objects.filter(pk=user.pk).update(is_staff=True, is_superuser=True)
    browser = Client()
    browser.force_login(user)
    return browser


def streams(number: int, *, head: int = 3) -> list[Stream]:
    """Streams that nobody has been told of."""
    now = timezone.now()
    made = [Stream(key=f"user:{-n}", head=head, moved_at=now) for n in range(1, number + 1)]
    return Stream.objects.bulk_create(made)


def block(consumer: str) -> None:
    [stream] = streams(1)
    Cursor.objects.create(consumer=consumer, stream=stream, seq=1, blocked_at=timezone.now())


def test_a_healthy_platform_needs_nobody(operator: Client) -> None:
    page = operator.get("/admin/").content.decode()
    assert "<strong>OK</strong> Everything works." in page
    assert "What needs somebody" not in page


def test_what_is_worst_comes_first_with_the_page_that_mends_it(operator: Client) -> None:
    block("audit")
    ParkedMessage.objects.create(stream=Stream.objects.get(), seq=1, topic="task-events", reason="too large")
    shown = read_overview()
    assert [(each.level, each.name) for each in shown.needing] == [
        (Level.FAIL, "audit"),
        (Level.WARN, "publishing"),
    ]
    page = operator.get("/admin/").content.decode()
    assert "<strong>FAIL</strong> Something does not work" in page
    for link in ("/admin/events_app/cursor/", "/admin/events_app/parkedmessage/"):
        assert f'<a href="{link}">' in page
        assert operator.get(link).status_code == 200


def test_doctor_says_the_same() -> None:
    block("audit")
    shown = read_overview()
    said = {(each.level, each.name, each.mend) for each in examine()}
    assert {(each.level, each.name, each.mend) for each in (*shown.needing, *shown.well)} <= said


def test_it_is_readable_without_colour_and_without_a_script(operator: Client) -> None:
    block("audit")
    page = operator.get("/admin/overview/").content.decode()
    assert re.findall(r"<td>(OK|WARN|FAIL)</td>", page) == ["FAIL"]
    assert "style=" not in page
    assert "<script" not in page
    whole = operator.get("/admin/")
    assert "unsafe" not in whole.headers["Content-Security-Policy"]
    assert re.search(r'<script src="[^"]*overview[^"]*\.js" defer></script>', whole.content.decode())


def test_staff_see_it_only_with_the_right_to_see_heartbeats() -> None:
    user = make_user()
    User.objects.filter(pk=user.pk).update(is_staff=True)
    browser = Client()
    browser.force_login(user)
    assert 'id="overview"' not in browser.get("/admin/").content.decode()
    assert browser.get("/admin/overview/").status_code == 403
    user.user_permissions.add(Permission.objects.get(codename="view_heartbeat"))
    assert 'id="overview"' in browser.get("/admin/").content.decode()
    assert Client().get("/admin/overview/").status_code == 302, "others are asked to sign in"


def test_a_database_that_fails_is_said(operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> Iterator[None]:
        raise OperationalError("away")

    monkeypatch.setattr(admin_site, "read_overview", fail)
    assert "run <code>manage.py doctor</code>" in operator.get("/admin/").content.decode()
    assert operator.get("/admin/overview/").status_code == 503


def test_the_number_of_queries_does_not_follow_what_waits() -> None:
    read_overview()
    with CaptureQueriesContext(connection) as few:
        read_overview()
    streams(60)
    with CaptureQueriesContext(connection) as many:
        read_overview()
    assert len(many) == len(few)


def test_nothing_is_read_twice_for_the_checks_and_for_the_stations() -> None:
    read_overview()
    with CaptureQueriesContext(connection) as seen:
        read_overview()
    # The moment of the question is another one each time.
    asked = Counter(re.sub(r"'\d{4}-[^']*'", "?", each["sql"]) for each in seen if " FROM " in each["sql"])
    assert {statement: times for statement, times in asked.items() if times > 1} == {}


def test_every_page_of_the_admin_names_its_icon(operator: Client) -> None:
    """A browser that is told of none asks for /favicon.ico, which no server here has."""
    for page in (operator.get("/admin/"), Client().get("/admin/login/")):
        [icon] = re.findall(r'<link rel="icon" href="([^"]+)"', page.content.decode())
        assert finders.find(icon.removeprefix("/static/"))


def test_no_more_than_a_bounded_number_of_streams_is_looked_at() -> None:
    streams(5)
    assert log_lag(most_streams=2).unpublished_streams == log_lag(most_streams=2).unsettled_streams == 2
    assert {lag.streams for lag in consumer_lags(most_streams=2)} == {2}
    assert {lag.streams for lag in consumer_lags(most_streams=MOST_STREAMS)} == {5}


def test_the_last_backup_is_shown_and_an_old_one_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    record_run(BACKUP, {"rows": 7, "file": "/backups/one.tar.gz"})
    [found] = [each for each in read_overview().well if each.name == "backup"]
    assert found.detail.endswith("UTC, 7 rows, /backups/one.tar.gz")
    monkeypatch.setattr("todo_project.doctor.work.BACKUP_IS_OLD", timedelta(seconds=-1))
    assert [each.name for each in read_overview().needing] == ["backup"]
