"""Handlers that never return: their process ends and names them, their event counts an attempt, all others go on."""

import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from devstack.testing import require_services
from devstack.waiting import wait_until
from todo_project.tests.platform.databases import new_postgresql, new_sqlite
from todo_project.tests.platform.platforms import Platform, Web, platform
from todo_project.tests.platform.redis import redis_url
from todo_project.tests.platform.roles import PATIENCE, Role

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

IMPATIENT = {"TODO_FAULT_MODULE": "todo_project.tests.platform.impatient"}
MAX_ATTEMPTS = 4
STORED = (
    "FROM events_app_cursor c JOIN events_app_stream s ON s.id = c.stream_id"
    " WHERE c.consumer = 'probe' AND s.key = %s AND c.last_error LIKE %s"
)
ATTEMPTS = f"SELECT COALESCE(MAX(c.attempts), 0) {STORED}"
WAITS = f"SELECT COUNT(*) {STORED}"
BLOCKED = "SELECT COUNT(*) FROM events_app_cursor WHERE consumer = 'probe' AND blocked_at IS NOT NULL"
SKIPPED = "SELECT consumer, seq FROM events_app_deadletter WHERE resolved_at IS NULL"
HUNG = "HandlerHung: consumer probe (todo_project.tests.platform.probe.take_one)%"


@pytest.fixture
def on_sqlite(tmp_path: Path, templates: Path) -> Iterator[Platform]:
    with platform(tmp_path, new_sqlite(tmp_path, templates), IMPATIENT) as made:
        yield made


def test_one_that_hangs_for_ever_is_blocked_after_its_attempts_and_ends_no_process_more(
    on_sqlite: Platform,
) -> None:
    hanging, healthy = on_sqlite.users(2)
    _order(on_sqlite, hanging, 2, "hang in probe")
    on_sqlite.hands.do("create", user_ids=[hanging, healthy], count=3)
    for attempt in range(MAX_ATTEMPTS):
        relay = on_sqlite.relay().may_end()
        if attempt:
            on_sqlite.reaches(ATTEMPTS, f"user:{hanging}", HUNG, value=attempt)
        assert relay.ended() == 1, relay.tail
        _names_handler_and_event(relay, hanging)
    relay = on_sqlite.relay().says("relay started")
    on_sqlite.reaches(BLOCKED, value=1)
    on_sqlite.hands.do("create", user_ids=[hanging, healthy], count=3)
    on_sqlite.settles()
    on_sqlite.applied_everything_once(healthy)
    assert on_sqlite.applied("probe", hanging) == [1]
    assert relay.stop() == 0


def test_one_of_many_events_at_once_is_found_and_skipped_alone(on_sqlite: Platform) -> None:
    [hanging] = on_sqlite.users(1)
    _order(on_sqlite, hanging, 3, "hang in probe_many")
    on_sqlite.hands.do("create", user_ids=[hanging], count=5)
    # Once with all of them, then once for each attempt at the one.
    for _ in range(1 + MAX_ATTEMPTS):
        assert on_sqlite.relay().ended() == 1
    on_sqlite.relay().says("relay started")
    on_sqlite.reaches(f"SELECT COUNT(*) FROM ({SKIPPED}) x", value=1)
    on_sqlite.settles()
    assert on_sqlite.database.rows(SKIPPED) == [("probe_many", 3)]
    assert sorted(on_sqlite.applied("probe_many", hanging)) == [1, 2, 4, 5]


@pytest.mark.parametrize("does", ["hang in probe", "spin"])
def test_up_is_unhealthy_and_then_back_by_itself(on_sqlite: Platform, does: str) -> None:
    web = on_sqlite.up().answers()
    web.becomes("ok")
    hanging, healthy = on_sqlite.people(2, web)
    _order(on_sqlite, hanging.id, 2, does)
    for number in range(2):
        hanging.call("POST", "/api/tasks/", {"title": f"Number {number}"}, expect=201)
    assert wait_until(lambda: _livez(web) == 503, seconds=PATIENCE), web.role.tail
    web.role.says("Starting anew on port")
    on_sqlite.database.rows("DELETE FROM probe_order")
    _names_handler_and_event(web.role, hanging.id)
    web.role.says("attempt 1: HandlerHung: consumer probe (todo_project.tests.platform.probe.take_one)")
    assert wait_until(lambda: _livez(web) == 200, seconds=PATIENCE), web.role.tail
    assert web.role.output.count("with the password in") == 1

    assert wait_until(lambda: web.ready()["status"] == "ok", seconds=PATIENCE)
    healthy.call("POST", "/api/tasks/", {"title": "Meanwhile"}, expect=201)
    on_sqlite.settles()
    on_sqlite.applied_everything_once(hanging.id, healthy.id)
    web.role.may_end().signal(signal.SIGINT)
    assert web.role.ended() == 0, web.role.tail


def test_a_web_process_that_dapr_calls_ends_and_is_replaced(on_sqlite: Platform) -> None:
    [hanging] = on_sqlite.users(1)
    _order(on_sqlite, hanging, 1, "hang in probe")
    on_sqlite.hands.do("create", user_ids=[hanging], count=1)
    web = on_sqlite.web(TODO_EVENT_TRANSPORT="dapr", APP_API_TOKEN="app-token").answers()
    _deliver(web, hanging)
    web.role.says("has not turned for")
    _names_handler_and_event(web.role, hanging, seq=1)
    web.answers()
    on_sqlite.database.rows("DELETE FROM probe_order")
    on_sqlite.relay().says("relay started")
    on_sqlite.settles()
    on_sqlite.applied_everything_once(hanging)


@pytest.mark.services
class TestOnPostgreSQL:
    def test_another_process_notes_the_attempt_and_others_go_on(self, tmp_path: Path) -> None:
        with platform(tmp_path, new_postgresql(require_services("postgresql")), IMPATIENT) as made:
            hanging, healthy = made.users(2)
            _order(made, hanging, 2, "hang in probe")
            first, second = made.relay().may_end(), made.relay().may_end()
            made.hands.do("create", user_ids=[hanging], count=3)
            assert wait_until(lambda: not (first.is_running and second.is_running), seconds=PATIENCE)
            ended = second if first.is_running else first
            assert ended.ended() == 1, ended.tail
            _names_handler_and_event(ended, hanging)
            made.relay().may_end()
            made.reaches(WAITS, f"user:{hanging}", HUNG, value=1)
            made.database.rows("DELETE FROM probe_order")
            made.hands.do("create", user_ids=[healthy], count=3)
            made.relay().may_end()
            made.settles()
            made.applied_everything_once(hanging, healthy)

    def test_in_the_database_it_is_an_ordinary_failure(self, tmp_path: Path) -> None:
        patient = {"TODO_FAULT_MODULE": "todo_project.tests.platform.probe"}
        with platform(tmp_path, new_postgresql(require_services("postgresql")), patient) as made:
            hanging, healthy = made.users(2)
            _order(made, hanging, 2, "sleep in the database")
            relay = made.relay().says("relay started")
            made.hands.do("create", user_ids=[hanging, healthy], count=3)
            found = (f"user:{hanging}", "%statement timeout%")
            made.reaches(WAITS, *found, value=1)
            made.database.rows("DELETE FROM probe_order")
            made.settles()
            made.applied_everything_once(hanging, healthy)
            assert relay.stop() == 0

    def test_a_celery_worker_replaces_the_process_of_a_job_that_hangs(self, tmp_path: Path) -> None:
        stack = require_services("postgresql", "redis")
        environment = {**IMPATIENT, "TODO_REDIS_URL": redis_url(stack)}
        with platform(tmp_path, new_postgresql(stack), environment) as made:
            [hanging] = made.users(1)
            made.hands.do("create", user_ids=[hanging], count=1)
            relay = made.relay()  # which also makes the consumers known
            made.reaches("SELECT COUNT(*) FROM events_app_consumer WHERE state <> 'live'")
            made.settles()
            assert relay.stop() == 0
            _order(made, hanging, 2, "hang in probe")
            made.hands.do("create", user_ids=[hanging], count=2)
            made.start("beat")
            worker = made.start("worker", "sweeps", "--processes", "1")
            worker.says("has not turned for")
            _names_handler_and_event(worker, hanging)
            made.reaches(WAITS, f"user:{hanging}", HUNG, value=1)
            made.database.rows("DELETE FROM probe_order")
            made.reaches(WAITS, f"user:{hanging}", HUNG, value=0)
            assert worker.stop() == 0


def _order(made: Platform, user: int, seq: int, does: str) -> None:
    made.database.rows("INSERT INTO probe_order VALUES (%s, %s, %s)", f"user:{user}", seq, does)


def _livez(web: Web) -> int:
    try:
        return httpx.get(f"{web.url}/livez", timeout=PATIENCE).status_code
    except httpx.TransportError:
        return 0


def _names_handler_and_event(role: Role, user: int, *, seq: int = 2) -> None:
    """The log does, with the place in the code; it also names a loop that waits for the lock of the handler."""
    handler = "in consumer probe (todo_project.tests.platform.probe.take_one)"
    lines = [line for line in role.output.splitlines() if "has not turned for" in line]
    line = next((line for line in lines if handler in line), None)
    assert line is not None, lines
    assert f"user:{user}/{seq}" in line
    assert "platform/probe.py" in line


def _deliver(web: Web, user: int) -> None:
    """Hand the event 1 of a user over, as Dapr's sidecar does."""
    envelope = {
        "specversion": "1.0",
        "source": "/todo",
        "id": "1",
        "type": "TaskCreated",
        "sequence": "1",
        "partitionkey": str(user),
    }
    url = f"{web.url}/dapr/events/task-updates"
    answer = httpx.post(url, json=envelope, headers={"dapr-api-token": "app-token"}, timeout=PATIENCE)
    assert answer.json() == {"status": "SUCCESS"}
