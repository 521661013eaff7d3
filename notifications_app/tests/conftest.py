from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from accounts_app.models import User
from accounts_app.queries.browser_sessions import session_credential
from accounts_app.tests.factories import browser_of, make_user, session_key_of
from foundation.database.transactions import clock
from notifications_app.channels import CHANNELS
from notifications_app.operations.push_subscriptions import BrowserKeys, subscribe_browser
from notifications_app.push import requests
from notifications_app.tests.channels import RecordingChannel
from notifications_app.tests.push_services import VAPID_KEY, Browser, PushService, push_service
from notifications_app.tests.pushes import Subscribe


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


@pytest.fixture
def service(tmp_path: Path, settings: Settings) -> Iterator[PushService]:
    with push_service(tmp_path) as running:
        settings.VAPID_PRIVATE_KEY = VAPID_KEY
        settings.PUSH_TRUSTED_HOSTS = frozenset({"localhost"})
        settings.PUSH_CA_FILE = running.authority
        requests._tls_context.cache_clear()
        yield running
    requests._tls_context.cache_clear()


@pytest.fixture
def subscribe(user: User, service: PushService) -> Subscribe:
    def make(name: str, *, owner: User = user) -> Browser:
        browser = Browser()
        credential = session_credential(owner, session_key_of(browser_of(owner)))
        keys = BrowserKeys(endpoint=service.endpoint(name), name=name, **browser.keys())
        subscribe_browser(owner, credential, keys)
        return browser

    return make
