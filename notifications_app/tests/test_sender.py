"""The sender's loop: it sends, it reports, it outlives what goes wrong, it stops."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import OperationalError, connection

from accounts_app.tests.factories import make_user
from devstack.waiting import wait_until
from events_app.runtime.heartbeats import role_statuses
from events_app.tests.payloads import make_reminder_due
from notifications_app.channels import ChannelMessage, SendOutcome, Sent
from notifications_app.models import Delivery
from notifications_app.operations.deliveries import send_due_deliveries
from notifications_app.sender import ROLE, Sender
from notifications_app.tests.channels import RecordingChannel
from notifications_app.tests.events import record_and_notify

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 20.0


@contextmanager
def running() -> Iterator[threading.Event]:
    """A sender in a thread; it has ended afterwards."""
    stop = threading.Event()

    def run() -> None:
        Sender().run(stop)
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(PATIENCE)
    assert not thread.is_alive()


def is_sent() -> bool:
    return Delivery.objects.filter(channel="email", status="sent").exists()


def test_it_sends_what_becomes_due_reports_itself_and_leaves(channel: RecordingChannel) -> None:
    user = make_user(email="someone@example.org", channels=["email"])
    with running():
        assert wait_until(lambda: ROLE in {role.role for role in role_statuses()}, seconds=PATIENCE)
        record_and_notify(user.pk, make_reminder_due())
        assert wait_until(is_sent, seconds=PATIENCE)
    assert ROLE not in {role.role for role in role_statuses()}


def test_it_outlives_a_database_that_is_away(
    channel: RecordingChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = iter(range(3))

    def fail_first(**options: object) -> int:
        if next(failures, None) is not None:
            raise OperationalError("server closed the connection unexpectedly")
        return send_due_deliveries()

    monkeypatch.setattr("notifications_app.sender.send_due_deliveries", fail_first)
    record_and_notify(make_user(email="someone@example.org", channels=["email"]).pk, make_reminder_due())
    with running():
        assert wait_until(is_sent, seconds=PATIENCE)


def test_it_stops_although_a_channel_hangs(
    channel: RecordingChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifications_app.channels.attempt._STOP_SECONDS", 0.2)
    hangs, gate = threading.Event(), threading.Event()

    def hang(message: ChannelMessage) -> SendOutcome:
        hangs.set()
        gate.wait(PATIENCE)
        return Sent()

    channel.answer = hang
    record_and_notify(make_user(email="someone@example.org", channels=["email"]).pk, make_reminder_due())
    with running():
        assert hangs.wait(PATIENCE)
    gate.set()
    assert Delivery.objects.get(channel="email").reason == "sender_stopped"
