"""Wake-ups that a process has been handed and cannot apply are seen by `doctor`, `/lag.json` and `/metrics`."""

from collections.abc import Iterator, Mapping
from threading import Event

import orjson
import pytest
from django.test import Client
from pytest_django import Settings

from devstack.waiting import wait_until
from events_app.consumers.registration import register_consumers
from events_app.runtime.heartbeats import beat, role_statuses
from events_app.tests.transports.harness import message
from events_app.transports import inbox as inboxes
from events_app.transports.inbox import Inbox
from events_app.transports.kafka_subscriber import Progress
from events_app.transports.options import DaprOptions
from todo_project.doctor import platform
from todo_project.doctor.findings import Finding, Level
from todo_project.health.role_heartbeats import describe_receiver
from todo_project.metrics.reader import BacklogReader

TOKEN = "a token that only the sidecar knows"
PATIENCE = 30.0

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def dapr(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.EVENT_TRANSPORT, settings.DAPR = "dapr", DaprOptions(app_token=TOKEN)
    monkeypatch.setattr(platform, "OLD_HINT_SECONDS", 0.01)
    register_consumers()


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Event]:
    """The inbox of this process applies what it is handed once this is set."""
    released = Event()

    def wait(hints: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
        assert released.wait(PATIENCE)
        return {}

    box = Inbox(["audit"], wait)
    monkeypatch.setattr(inboxes, "_inbox", box)
    yield released
    released.set()
    assert box.close(PATIENCE)


def found(role: str) -> Finding:
    return next(finding for finding in platform.check_roles(role_statuses()) if finding.name == role)


def answers() -> tuple[float, str]:
    """The age of the oldest wake-up for `audit`, in `/lag.json` and as a line of `/metrics`."""
    reader = BacklogReader()
    reader._read()
    _, lag = reader.answers()["/lag.json"]()
    _, text = reader.answers()["/metrics"]()
    assert isinstance(text, str)
    [line] = [
        line
        for line in text.splitlines()
        if line.startswith('todo_consumer_oldest_hint_seconds{consumer="audit"}')
    ]
    return orjson.loads(orjson.dumps(lag))["consumers"]["audit"]["oldest_hint_seconds"], line


def test_what_the_sidecar_posts_and_nobody_applies_grows_old_in_sight(held: Event) -> None:
    posted = Client(headers={"dapr-api-token": TOKEN}).post(
        "/dapr/events/task-updates",
        message("42", 17).body,
        content_type="application/cloudevents+json",
    )
    assert posted.json() == {"status": "SUCCESS"}
    assert wait_until(lambda: inboxes.inbox().oldest_seconds > 0.05, seconds=PATIENCE)
    beat("receiver:audit", describe_receiver("receiver:audit"))

    finding, (seconds, line) = found("receiver:audit"), answers()
    assert finding.level is Level.WARN
    assert "its oldest wake-up has waited 0 s" in finding.detail
    assert finding.mend == "manage.py receive audit"
    assert seconds >= 0.05
    assert float(line.split()[-1]) == pytest.approx(seconds)

    held.set()
    assert wait_until(lambda: inboxes.inbox().waiting == 0, seconds=PATIENCE)
    beat("receiver:audit", describe_receiver("receiver:audit"))
    assert found("receiver:audit").level is Level.OK
    assert answers()[0] == 0


def test_a_message_of_kafka_is_as_old_as_its_publishing(settings: Settings) -> None:
    settings.EVENT_TRANSPORT = "kafka"
    progress = Progress(state="consuming", hint_from=1.0)
    beat("consumer:audit", progress.describe())
    assert found("consumer:audit").level is Level.WARN
    assert answers()[0] > 1e9
    progress.hint_from = 0.0
    beat("consumer:audit", progress.describe())
    assert found("consumer:audit").level is Level.OK


def test_one_that_takes_no_wakeups_says_nothing_of_them(held: Event) -> None:
    assert describe_receiver("web") == describe_receiver("sweeps") == {}
    assert describe_receiver("receiver:audit") == {"hints": 0, "oldest_hint_seconds": 0.0}
