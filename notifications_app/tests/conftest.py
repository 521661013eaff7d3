from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from foundation.database.transactions import clock
from notifications_app.channels import CHANNELS
from notifications_app.tests.channels import RecordingChannel


class SetClock:
    """The database's clock, set by the test."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 31, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def set(self, text: str) -> None:
        self.now = datetime.fromisoformat(text)

    def advance(self, **parts: float) -> None:
        self.now += timedelta(**parts)


@pytest.fixture
def at() -> Iterator[SetClock]:
    source = SetClock()
    with clock(source):
        yield source


@pytest.fixture
def user() -> User:
    return make_user(email="someone@example.org", channels=["in_app", "email"])


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> RecordingChannel:
    """Takes the place of the e-mail channel."""
    recording = RecordingChannel()
    monkeypatch.setitem(CHANNELS, "email", recording)
    return recording
