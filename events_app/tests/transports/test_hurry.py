"""Hurrying a sweep: whom it wakes, that it waits for the commit, and that it costs nobody anything."""

import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import process_time
from typing import Any

import pytest
from celery import current_app
from django.db import transaction
from django.test import Client
from kombu.exceptions import OperationalError
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from devstack.ports import LOOPBACK, pick
from events_app.consumers import registry
from events_app.transports import hurry as hurrying
from events_app.transports.hurry import hurry
from events_app.transports.options import DaprOptions
from foundation.counters import snapshot

APP_TOKEN = "a token that only the sidecar knows"
API_TOKEN = "what the sidecar demands"


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """What Celery is told to send."""
    messages: list[tuple[str, Any]] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, **given: messages.append((name, given)))
    return messages


class SidecarServer(ThreadingHTTPServer):
    """Notes what is invoked."""

    def __init__(self) -> None:
        super().__init__((LOOPBACK, 0), SidecarHandler)
        self.invoked: list[tuple[str, str | None]] = []


class SidecarHandler(BaseHTTPRequestHandler):
    server: SidecarServer

    def do_POST(self) -> None:
        self.server.invoked.append((self.path, self.headers["dapr-api-token"]))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


def with_dapr(settings: Settings, port: int) -> None:
    settings.REDIS_URL, settings.EVENT_TRANSPORT = "", "dapr"
    settings.DAPR = DaprOptions(http_port=port, api_token=API_TOKEN, app_token=APP_TOKEN, app_prefix="shop")


@pytest.mark.django_db(transaction=True)
def test_with_redis_a_worker_is_woken(settings: Settings, sent: list[tuple[str, Any]]) -> None:
    with_dapr(settings, 1)
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    hurry("tags")
    assert sent == [("tasks_app.jobs.run_tag_jobs", {"queue": "jobs", "expires": 60})]


@pytest.mark.django_db(transaction=True)
def test_without_redis_the_receiver_of_sweeps_is_called(
    settings: Settings, sent: list[tuple[str, Any]]
) -> None:
    with SidecarServer() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        with_dapr(settings, server.server_port)
        hurry("trash_jobs")
        server.shutdown()
        thread.join()
        assert server.invoked == [("/v1.0/invoke/shop-sweeps/method/wake/trash_jobs", API_TOKEN)]
    assert sent == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("transport", ["embedded", "kafka"])
def test_without_both_nobody_is_woken(
    settings: Settings, sent: list[tuple[str, Any]], transport: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hurrying, "_wake_receiver", lambda name: pytest.fail("there is no sidecar"))
    settings.REDIS_URL, settings.EVENT_TRANSPORT = "", transport
    hurry("tags")
    assert sent == []


@pytest.mark.django_db
def test_inside_a_transaction_it_waits_for_the_commit(
    settings: Settings,
    sent: list[tuple[str, Any]],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        hurry("tags")
        assert sent == []
    assert len(sent) == 1


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_is_counted_and_not_raised(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(name: str, **given: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(current_app, "send_task", refuse)
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    before = snapshot().get("hurry.failed", 0)
    hurry("tags")
    assert snapshot()["hurry.failed"] == before + 1


@pytest.mark.django_db(transaction=True)
def test_a_sidecar_that_is_away_or_hangs_is_counted_and_not_raised(settings: Settings) -> None:
    [nobody] = pick(1)
    with socket.create_server((LOOPBACK, 0)) as hanging:  # accepts, and never answers
        for port in (nobody, hanging.getsockname()[1]):
            with_dapr(settings, port)
            before, spent = snapshot().get("hurry.failed", 0), process_time()
            hurry("tags")
            assert snapshot()["hurry.failed"] == before + 1
            assert process_time() - spent < 3


def test_a_sweep_that_there_is_not_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(KeyError):
        hurry("nothing")


@pytest.mark.parametrize(
    ("sweep", "is_run"), [("tags", True), ("trash_jobs", True), ("deliveries", False), ("no", False)]
)
def test_a_call_runs_the_sweeps_that_requests_hurry_and_no_other(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, sweep: str, is_run: bool
) -> None:
    run: list[tuple[str, str]] = []

    def note(name: str, *, waker: str) -> None:
        run.append((name, waker))

    monkeypatch.setattr(registry, "run_sweep", note)
    with_dapr(settings, 1)
    client = Client(headers={"dapr-api-token": APP_TOKEN})
    assert client.post(f"/wake/{sweep}").status_code == 200
    assert run == ([(sweep, "wake")] if is_run else [])
    assert client.get(f"/wake/{sweep}").status_code == 405
    assert Client().post(f"/wake/{sweep}").status_code == 401
