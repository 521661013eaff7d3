"""Roles that start before the tables wait, and say so rarely."""

import logging

import pytest
from django.db import OperationalError

from events_app.runtime import essentials
from events_app.runtime.essentials import EssentialsLook, missing_essentials, wait_for_essentials


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(essentials, "LOOK_EVERY_SECONDS", 0.0)


def answer_in_turn(monkeypatch: pytest.MonkeyPatch, *answers: dict[str, str]) -> None:
    remaining = list(answers)
    monkeypatch.setattr(essentials, "_find_missing", lambda: remaining.pop(0))


@pytest.mark.django_db(transaction=True)
def test_it_returns_once_the_database_has_the_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    answer_in_turn(monkeypatch, {"database": "away"}, {"migrations": "migrate"}, {})
    assert wait_for_essentials(lambda: False) is True


@pytest.mark.django_db(transaction=True)
def test_it_ends_when_it_is_asked_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    stopping = iter([False, False, True])
    monkeypatch.setattr(essentials, "_find_missing", lambda: {"database": "away"})
    assert wait_for_essentials(lambda: next(stopping)) is False


@pytest.mark.django_db
def test_a_table_that_is_missing_and_a_database_that_is_away_are_told_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Pending(essentials.MigrationsProbe):
        def pending(self) -> bool:
            return True

    assert missing_essentials() == []
    monkeypatch.setattr(essentials, "migrations_probe", Pending())
    assert missing_essentials() == ["migrations"]

    def refuse() -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(essentials, "check_connection", refuse)
    assert missing_essentials() == ["database"]


def test_it_says_so_once_a_minute(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    now = [1000.0]
    monkeypatch.setattr(essentials, "monotonic", lambda: now[0])
    monkeypatch.setattr(essentials, "_find_missing", lambda: {"migrations": "run it"})
    look = EssentialsLook()
    with caplog.at_level(logging.WARNING, logger=essentials.__name__):
        for _ in range(130):
            assert look.is_prepared() is False
            now[0] += 1
    assert caplog.messages == ["Waiting for the tables of this release: run it"] * 3
