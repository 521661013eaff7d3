from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.tests.factories import make_user, signed_in_client
from foundation.database.transactions import clock


class SetClock:
    """The database's clock, where a test wants it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def set(self, text: str) -> None:
        self.now = datetime.fromisoformat(text)

    def advance(self, **parts: float) -> None:
        self.now += timedelta(**parts)


@pytest.fixture
def database_clock(db: None) -> Iterator[SetClock]:
    source = SetClock()
    with clock(source):
        yield source


@pytest.fixture
def user(db: None) -> User:
    return make_user(time_zone="Europe/Madrid")


@pytest.fixture
def client(user: User) -> APIClient:
    return signed_in_client(user)
