"""A mail server that accepts and never answers: everything else goes on, and every role ends in time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack.testing import require_services
from devstack.waiting import wait_until
from notifications_app.tests.mail_servers import SILENCE, MailServer, mail_server
from todo_project.tests.platform.databases import new_postgresql, new_sqlite
from todo_project.tests.platform.platforms import Platform, Web, platform
from todo_project.tests.platform.redis import redis_url
from todo_project.tests.platform.roles import PATIENCE, Stopwatch

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

IN_TIME = 15.0
EVENTS = 8
ADDRESS = {"email": "someone@example.org", "channels": ["in_app", "email"]}
BEHIND = (
    "SELECT 2 * s.head - s.published - c.seq FROM events_app_stream s"
    " JOIN events_app_cursor c ON c.stream_id = s.id AND c.consumer = 'audit' WHERE s.key = %s"
)
MAIL = "SELECT d.status, d.attempts FROM notifications_app_delivery d WHERE d.channel = 'email'"


@pytest.fixture
def silent() -> Iterator[MailServer]:
    with mail_server(GREETING=SILENCE) as server:
        yield server


def test_in_one_process_events_go_on_and_it_ends_in_time(
    tmp_path: Path, templates: Path, silent: MailServer
) -> None:
    with platform(tmp_path, new_sqlite(tmp_path, templates), {"TODO_EMAIL_URL": silent.url}) as made:
        web = made.up().answers()
        web.becomes("ok")
        _events_go_on_while_a_mail_hangs(made, web, silent)
        assert web.role.stop(seconds=IN_TIME) == 0
        _nothing_is_stuck(made)


def test_apart_the_relay_publishes_and_the_sender_ends_in_time(
    tmp_path: Path, templates: Path, silent: MailServer
) -> None:
    with platform(tmp_path, new_sqlite(tmp_path, templates), {"TODO_EMAIL_URL": silent.url}) as made:
        relay, sender = made.relay(), made.deliver()
        web = made.web().answers()
        _events_go_on_while_a_mail_hangs(made, web, silent)
        assert sender.stop(seconds=IN_TIME) == 0, sender.tail
        assert relay.stop(seconds=IN_TIME) == 0, relay.tail
        _nothing_is_stuck(made)


@pytest.mark.services
def test_a_worker_that_waits_for_a_mail_server_ends_in_time(tmp_path: Path, silent: MailServer) -> None:
    stack = require_services("postgresql", "redis")
    environment = {"TODO_EMAIL_URL": silent.url, "TODO_REDIS_URL": redis_url(stack)}
    with platform(tmp_path, new_postgresql(stack), environment) as made:
        made.relay()
        made.start("beat")
        worker = made.start("worker", "deliveries", "--processes", "1")
        made.start("worker", "sweeps", "jobs", "--processes", "1")
        made.sockets()
        web = made.web().answers()
        web.becomes("ok")
        _events_go_on_while_a_mail_hangs(made, web, silent)
        assert worker.stop(seconds=IN_TIME) == 0, worker.tail
        _nothing_is_stuck(made)


def _events_go_on_while_a_mail_hangs(made: Platform, web: Web, silent: MailServer) -> None:
    """Each event is published and applied before the one attempt at the mail is over."""
    [person] = made.people(1, web, **ADDRESS)
    made.hands.do("remind", user_id=person.id, seconds=1)
    assert wait_until(lambda: made.database.rows(MAIL) == [("sending", 1)], seconds=PATIENCE)
    watch = Stopwatch()
    for number in range(EVENTS):
        person.call("POST", "/api/tasks/", {"title": f"Number {number}"}, expect=201)
        made.reaches(BEHIND, f"user:{person.id}")
    assert made.database.rows(MAIL) == [("sending", 1)], f"the mail was over after {watch.seconds:.1f} s"
    assert silent.is_called.is_set()


def _nothing_is_stuck(made: Platform) -> None:
    """The mail waits for its next attempt, or for the end of a lease."""
    [(status, attempts)] = made.database.rows(MAIL)
    assert (status in ("planned", "sending"), attempts) == (True, 1)
    made.hands.do("finish")
    made.finds_nothing()
