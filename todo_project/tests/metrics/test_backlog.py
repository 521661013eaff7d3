"""Numbers by which others watch and scale: they say what is there, from the log."""

import json
from datetime import UTC, datetime, timedelta
from threading import Thread
from uuid import uuid4

import httpx
import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from devstack.ports import LOOPBACK
from devstack.waiting import wait_until
from events_app.consumers.registration import pause, register_consumers
from events_app.models import Cursor, DeadLetter, Stream
from events_app.operating.lag import consumer_lags
from events_app.runtime.heartbeats import beat, record_run
from events_app.runtime.side_port import SidePort
from foundation.database.sessions import database_vendor
from todo_project.metrics import reader
from todo_project.metrics.backlog import LogBacklog, read_backlog, scaling_numbers
from todo_project.metrics.exposition import backlog_samples, render_samples
from todo_project.metrics.figures import BACKUP
from todo_project.metrics.names import GAUGES
from todo_project.metrics.reader import BacklogReader

PATIENCE = 60.0
MOVED = timedelta(seconds=90)


@pytest.fixture
def log(db: None) -> list[Stream]:
    """Three streams that nobody has been told of: one waits for `audit`, one is blocked there, one is behind."""
    register_consumers()
    at = timezone.now() - MOVED
    streams = [Stream.objects.create(key=f"user:{-n}", head=n * 10, moved_at=at) for n in (1, 2, 3)]
    Cursor.objects.create(consumer="audit", stream=streams[0], seq=4, retry_at=timezone.now())
    Cursor.objects.create(consumer="audit", stream=streams[1], seq=4, blocked_at=timezone.now())
    Cursor.objects.create(consumer="audit", stream=streams[2], seq=4)
    return streams


def numbers(path: str) -> object:
    """What is found at a path of `/lag.json`, as KEDA's `valueLocation` names it."""
    found: object = json.loads(json.dumps(scaling_numbers(read_backlog())))
    for name in path.split("."):
        assert isinstance(found, dict)
        found = found[name]
    return found


def test_what_more_processes_would_not_serve_sooner_is_not_counted(log: list[Stream]) -> None:
    assert numbers("consumers.audit.events") == 26
    assert numbers("consumers.audit.streams") == 1
    assert (numbers("consumers.audit.waiting"), numbers("consumers.audit.blocked")) == (1, 1)
    assert numbers("consumers.notifications.events") == 60
    assert numbers("relay.events") == 60
    Stream.objects.filter(pk=log[2].pk).update(relay_retry_at=timezone.now())
    assert numbers("relay.events") == 30


def test_the_oldest_is_since_the_first_stream_moved_last(log: list[Stream]) -> None:
    for path in ("relay.oldest_seconds", "consumers.audit.oldest_seconds"):
        seconds = numbers(path)
        assert isinstance(seconds, float)
        assert MOVED.total_seconds() <= seconds < MOVED.total_seconds() + PATIENCE
    at = numbers("at")
    assert abs(datetime.fromisoformat(str(at)) - datetime.now(UTC)) < timedelta(seconds=PATIENCE)


def test_a_paused_consumer_asks_for_no_processes(log: list[Stream]) -> None:
    pause(["audit"])
    assert (numbers("consumers.audit.events"), numbers("consumers.audit.blocked")) == (0, 1)


@pytest.mark.django_db
def test_without_backlog_there_is_nothing() -> None:
    register_consumers()
    assert numbers("relay") == {"events": 0, "oldest_seconds": 0.0}
    assert numbers("consumers.audit") == {
        "events": 0,
        "streams": 0,
        "oldest_seconds": 0.0,
        "oldest_hint_seconds": 0.0,
        "waiting": 0,
        "blocked": 0,
    }
    assert numbers("queues") == {}


def test_metrics_are_those_of_the_table_and_count_everything(log: list[Stream]) -> None:
    letter = {"event_id": uuid4(), "type": "task.created", "error": "", "attempts": 1}
    DeadLetter.objects.create(consumer="realtime", stream=log[0], seq=1, **letter)
    record_run(BACKUP, {"rows": 1})
    beat("relay")
    text = render_samples(backlog_samples(read_backlog()))
    lines = text.splitlines()
    assert "todo_log_unpublished_events 60.0" in lines
    assert 'todo_consumer_behind_events{consumer="audit"} 48.0' in lines
    assert 'todo_consumer_dead_letters{consumer="realtime"} 1.0' in lines
    assert 'todo_consumer_paused{consumer="audit"} 0.0' in lines
    typed = [line.split()[2] for line in lines if line.startswith("# TYPE ")]
    elsewhere = {
        "todo_queue_waiting_jobs",
        *(["todo_database_connections"] if database_vendor() == "sqlite" else []),
    }
    assert set(typed) == set(GAUGES) - elsewhere
    assert len(typed) == len(set(typed)), "a name is described once"
    assert text.endswith("\n")


def test_jobs_are_counted_where_celery_has_redis(settings: Settings, db: None) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert numbers("queues") == {}, "a Redis that is away hides nothing else"


def test_a_name_that_is_in_no_table_is_refused() -> None:
    with pytest.raises(KeyError):
        render_samples(iter([("todo_made_up", (), 1.0)]))


def test_the_number_of_statements_does_not_depend_on_who_asks(
    log: list[Stream], django_assert_num_queries: DjangoAssertNumQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings: list[LogBacklog] = []

    def read() -> LogBacklog:
        readings.append(read_backlog())
        return readings[-1]

    monkeypatch.setattr(reader, "read_backlog", read)
    served = BacklogReader()
    answers = served.answers()
    assert answers["/lag.json"]()[0] == 503, "nothing was read yet"
    served._read()
    with django_assert_num_queries(0):
        for _ in range(50):
            assert answers["/metrics"]()[0] == answers["/lag.json"]()[0] == 200
    assert len(readings) == 1


def test_numbers_that_are_old_are_not_shown(log: list[Stream], monkeypatch: pytest.MonkeyPatch) -> None:
    served = BacklogReader()
    served._read()
    monkeypatch.setattr(reader, "monotonic", lambda: float("inf"))
    assert served.answers()["/lag.json"]()[0] == 503
    assert served.answers()["/metrics"]()[0] == 503


def test_a_database_that_is_away_ends_nothing(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    def fail() -> None:
        raise OSError("away")

    monkeypatch.setattr(reader, "read_backlog", fail)
    served = BacklogReader()
    served._read()
    assert served.answers()["/lag.json"]()[0] == 503


def test_the_side_port_serves_text_and_json(log: list[Stream]) -> None:
    served = BacklogReader()
    served._read()
    side = SidePort(LOOPBACK, 0, served.answers())
    side.start()
    try:
        metrics, lag = (
            httpx.get(f"http://{LOOPBACK}:{side.server_port}{path}", timeout=PATIENCE)
            for path in ("/metrics", "/lag.json")
        )
    finally:
        side.stop()
    assert metrics.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "# TYPE todo_log_unpublished_events gauge" in metrics.text
    assert lag.headers["content-type"] == "application/json"
    assert lag.json()["consumers"].keys() == {each.name for each in consumer_lags()}


@pytest.mark.django_db(transaction=True)
def test_it_reads_until_it_is_stopped() -> None:
    served = BacklogReader()
    reading = Thread(target=served.run, daemon=True)
    reading.start()
    try:
        assert wait_until(lambda: served.answers()["/lag.json"]()[0] == 200, seconds=PATIENCE)
    finally:
        served.stop()
        reading.join(PATIENCE)
    assert not reading.is_alive()
