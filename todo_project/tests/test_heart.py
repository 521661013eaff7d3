"""Heartbeats written from the loops of others."""

import pytest
from django.db import OperationalError

from todo_project import heart


def test_a_database_that_is_away_ends_no_loop_that_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    def beat(*_: object) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(heart, "beat", beat)
    heart.report("beat")


def test_a_signal_that_comes_amid_a_heartbeat_ends_the_role(monkeypatch: pytest.MonkeyPatch) -> None:
    """Celery's handlers raise SystemExit wherever the main thread is; beat once went on for ever."""

    def beat(*_: object) -> None:
        raise SystemExit

    monkeypatch.setattr(heart, "beat", beat)
    with pytest.raises(SystemExit):
        heart.report("beat")
