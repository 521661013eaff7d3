"""Two senders at once, as only PostgreSQL lets them be: SQLite has one writer at a time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier

import pytest
from django.conf import LazySettings
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from accounts_app.models import User
from events_app.tests.payloads import make_reminder_due
from notifications_app.models import Delivery
from notifications_app.operations.deliveries import send_due_deliveries
from notifications_app.tests.channels import RecordingChannel
from notifications_app.tests.events import record_and_notify

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def other() -> Iterator[BaseDatabaseWrapper]:
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL")
    with closing(connection.copy()) as second:
        second.set_autocommit(False)
        yield second
        second.rollback()


def lock(other: BaseDatabaseWrapper, delivery: Delivery) -> None:
    with other.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM notifications_app_delivery WHERE id = %s FOR NO KEY UPDATE", [delivery.pk]
        )


def test_what_another_sender_is_taking_is_passed_over(
    user: User, other: BaseDatabaseWrapper, channel: RecordingChannel
) -> None:
    record_and_notify(user.pk, make_reminder_due(1), make_reminder_due(2))
    taken, free = Delivery.objects.filter(channel="email").order_by("pk")
    lock(other, taken)
    assert send_due_deliveries() == 1
    assert channel.keys == [free.key]


def test_a_digest_is_never_split_between_two(
    user: User, other: BaseDatabaseWrapper, channel: RecordingChannel
) -> None:
    record_and_notify(user.pk, *[make_reminder_due(number) for number in range(3)])
    mails = Delivery.objects.filter(channel="email").order_by("pk")
    mails.update(digest="digest-1")
    lock(other, mails[0])
    assert send_due_deliveries() == 0
    other.rollback()
    assert send_due_deliveries() == 3
    assert len(channel.sent) == 1


SENDERS = 4


def test_several_senders_count_together(
    user: User, channel: RecordingChannel, settings: LazySettings
) -> None:
    settings.MAILS_PER_HOUR = 5
    record_and_notify(user.pk, *[make_reminder_due(number) for number in range(60)])
    barrier = Barrier(SENDERS)

    def run(_: int) -> None:
        barrier.wait(timeout=30)
        try:
            while send_due_deliveries(budget_seconds=20.0):
                pass
        finally:
            connection.close()

    with ThreadPoolExecutor(SENDERS) as pool:
        list(pool.map(run, range(SENDERS)))
    assert [len(message.items) for message in channel.sent] == [1] * 5
    mails = Delivery.objects.filter(channel="email")
    assert mails.filter(status="sent").count() == 5
    assert mails.filter(status="planned", reason="hourly_limit").exclude(digest="").count() == 55
