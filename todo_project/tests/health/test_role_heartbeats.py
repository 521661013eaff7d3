"""Heartbeats that roles without a loop of ours write: at most every few seconds, and whatever the database does."""

import threading

import pytest
from django.db import OperationalError

from events_app.runtime.heartbeats import BEAT_SECONDS
from todo_project.health import role_heartbeats


def test_a_throttled_heartbeat_is_written_at_most_every_few_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [0.0]
    reports: list[str] = []
    monkeypatch.setattr("time.monotonic", lambda: seconds[0])
    monkeypatch.setattr(role_heartbeats, "beat", lambda role, detail: reports.append(role))
    heartbeat = role_heartbeats.ThrottledHeartbeat("worker")
    for moment in (0.0, 1.0, BEAT_SECONDS - 0.1, BEAT_SECONDS):
        seconds[0] = moment
        heartbeat.report_if_due()
    assert len(reports) == 2


def refuse_heartbeats(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def refuse(role: str, detail: role_heartbeats.Detail | None) -> None:
        raise error

    monkeypatch.setattr(role_heartbeats, "beat", refuse)


@pytest.mark.parametrize("error", [OperationalError("connection refused"), ValueError("a bug")])
def test_a_heartbeat_that_cannot_be_written_does_not_stop_the_loop(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_heartbeats(monkeypatch, error)
    role_heartbeats.report_role("worker")


def test_a_signal_during_a_heartbeat_ends_the_role(monkeypatch: pytest.MonkeyPatch) -> None:
    """Celery's handlers raise SystemExit wherever the main thread is; Celery beat once ran on for ever."""
    refuse_heartbeats(monkeypatch, SystemExit())
    with pytest.raises(SystemExit):
        role_heartbeats.report_role("beat")


def test_a_heartbeat_thread_survives_whatever_writing_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    refusals, written = iter([SystemExit(), OperationalError("away")]), threading.Event()

    def beat(role: str, detail: role_heartbeats.Detail | None) -> None:
        for error in refusals:
            raise error
        written.set()

    monkeypatch.setattr(role_heartbeats, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(role_heartbeats, "wait_for_essentials", lambda _: True)
    monkeypatch.setattr(role_heartbeats, "beat", beat)
    monkeypatch.setattr(role_heartbeats, "retire", lambda role: None)
    thread = role_heartbeats.HeartbeatThread("web")
    thread.start()
    assert written.wait(30)
    thread.stop()
    assert not thread.is_alive()
