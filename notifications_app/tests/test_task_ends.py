"""Tasks that end, and come back, while something is to be notified about them."""

from datetime import UTC, datetime, time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from events_app.consumers.kernel import replay
from events_app.contracts import Payload, TaskUpdated
from events_app.log.write import writing
from events_app.runtime import crash
from events_app.tests.payloads import make_reminder_due, make_task_snapshot
from notifications_app.channels import Sent, TryLater
from notifications_app.models import Delivery, Notification
from notifications_app.operations.deliveries import _LEASE_SECONDS, send_due_deliveries
from notifications_app.operations.quiet import release_held_notifications
from notifications_app.reasons import Reason
from notifications_app.tests.channels import RecordingChannel
from notifications_app.tests.conftest import SetClock
from notifications_app.tests.events import (
    notify,
    record_and_notify,
    task_completed,
    task_deleted,
    task_reopened,
    task_restored,
)

pytestmark = pytest.mark.django_db

NIGHT = "2026-10-24T21:15:00+00:00"
MORNING = "2026-10-25T06:00:00+00:00"
TAKEN_BACK = pytest.mark.parametrize(
    ("end", "back"), [(task_completed(), task_reopened()), (task_deleted(), task_restored())]
)


@pytest.fixture
def sleeper(at: SetClock) -> User:
    at.set(NIGHT)
    return make_user(
        email="sleeper@example.org",
        channels=["in_app", "email"],
        time_zone="Europe/Paris",
        quiet_from=time(22),
        quiet_until=time(7),
    )


def states() -> set[tuple[str, str]]:
    return set(Delivery.objects.values_list("status", "reason"))


@TAKEN_BACK
def test_what_was_held_is_held_again_when_the_end_is_taken_back_in_the_same_night(
    sleeper: User, at: SetClock, channel: RecordingChannel, end: Payload, back: Payload
) -> None:
    record_and_notify(sleeper.pk, make_reminder_due())
    record_and_notify(sleeper.pk, end)
    at.advance(minutes=20)
    record_and_notify(sleeper.pk, back)
    held = Notification.objects.get()
    assert (held.held_until, held.suppressed_reason) == (datetime(2026, 10, 25, 6, tzinfo=UTC), "")
    assert states() == {("held", "quiet_hours")}
    at.set(MORNING)
    assert release_held_notifications() == 1
    assert send_due_deliveries() == 1
    assert len(channel.sent) == 1


@TAKEN_BACK
def test_all_of_it_in_one_batch_or_replayed_ends_the_same(sleeper: User, end: Payload, back: Payload) -> None:
    record_and_notify(sleeper.pk, make_reminder_due(), end, back)
    for _ in range(2):
        assert Notification.objects.get().held_until is not None
        assert states() == {("held", "quiet_hours")}
        list(replay("notifications", user_id=sleeper.pk))


@TAKEN_BACK
def test_a_task_that_returns_and_ends_again_at_once_stays_without_a_notification(
    sleeper: User, end: Payload, back: Payload
) -> None:
    record_and_notify(sleeper.pk, make_reminder_due(), end)
    record_and_notify(sleeper.pk, back, end)
    assert Notification.objects.get().held_until is None
    assert {status for status, _ in states()} == {"suppressed"}


def test_what_was_held_in_a_night_that_is_over_stays_suppressed(sleeper: User, at: SetClock) -> None:
    record_and_notify(sleeper.pk, make_reminder_due(), task_completed())
    at.set(MORNING)
    record_and_notify(sleeper.pk, task_reopened())
    assert Notification.objects.get().suppressed_reason == "task_completed"
    assert states() == {("suppressed", "task_completed")}


def test_only_what_that_end_suppressed_comes_back(sleeper: User) -> None:
    record_and_notify(sleeper.pk, make_reminder_due(), make_reminder_due(10, task_id=6))
    record_and_notify(sleeper.pk, task_completed(5), task_completed(6), task_restored(5), task_reopened(6))
    assert Notification.objects.get(task_id=5).suppressed_reason == "task_completed"
    assert Notification.objects.get(task_id=6).held_until is not None


def test_an_address_that_was_not_verified_stays_without_mail(sleeper: User) -> None:
    User.objects.filter(pk=sleeper.pk).update(email_verified_at=None)
    record_and_notify(sleeper.pk, make_reminder_due(), task_completed(), task_reopened())
    assert states() == {("held", "quiet_hours"), ("suppressed", "address_not_verified")}


def test_other_changes_of_tasks_ask_and_lock_nothing(sleeper: User) -> None:
    renamed = TaskUpdated(task=make_task_snapshot(version=2), changed_fields=["title"], previous={})
    record_and_notify(sleeper.pk, make_reminder_due(), task_completed())
    with writing(sleeper.pk) as log:
        log.record(renamed)
    with CaptureQueriesContext(connection) as queries:
        notify(sleeper.pk)
    assert not [query["sql"] for query in queries if "notifications_app_" in query["sql"]]


@pytest.fixture
def mail(user: User, at: SetClock) -> Delivery:
    record_and_notify(user.pk, make_reminder_due())
    return Delivery.objects.get(channel="email")


def send_while(user: User, *events: Payload, ends_with: type[BaseException] | None = None) -> None:
    """Send what is due; once it is leased these events are recorded, and the sender may die of an exception."""

    def record(step: str) -> None:
        if step == "delivery.after_lease":
            record_and_notify(user.pk, *events)
            if ends_with is not None:
                raise ends_with

    with crash.intercept(record):
        send_due_deliveries()


@pytest.mark.parametrize("case", [(task_completed(), "task_completed"), (task_deleted(), "task_deleted")])
def test_a_mail_under_way_when_its_task_ends_is_not_tried_again(
    user: User, mail: Delivery, channel: RecordingChannel, at: SetClock, case: tuple[Payload, str]
) -> None:
    channel.answer = lambda message: TryLater(Reason.SERVER_UNAVAILABLE, "smtp 451")
    end, reason = case
    send_while(user, end)
    mail.refresh_from_db()
    assert (mail.status, mail.reason, mail.next_attempt_at) == ("suppressed", reason, None)
    assert (mail.lease_holder, mail.lease_until) == ("", None)
    at.advance(hours=2)
    assert send_due_deliveries() == 0
    assert len(channel.sent) == 1


def test_a_mail_under_way_that_arrives_is_sent_although_its_task_has_ended(
    user: User, mail: Delivery, channel: RecordingChannel
) -> None:
    send_while(user, task_completed())
    mail.refresh_from_db()
    assert (mail.status, mail.reason) == ("sent", "")


def test_a_mail_whose_sender_died_is_not_sent_once_its_task_has_ended(
    user: User, mail: Delivery, channel: RecordingChannel, at: SetClock
) -> None:
    with pytest.raises(KeyboardInterrupt):
        send_while(user, task_completed(), ends_with=KeyboardInterrupt)
    at.advance(seconds=_LEASE_SECONDS)
    assert send_due_deliveries() == 0
    mail.refresh_from_db()
    assert (mail.status, mail.reason, channel.sent) == ("suppressed", "task_completed", [])


def test_of_a_digest_only_the_mail_of_the_task_that_ended_is_left_out(
    user: User, mail: Delivery, channel: RecordingChannel, at: SetClock
) -> None:
    record_and_notify(user.pk, make_reminder_due(10, task_id=6), make_reminder_due(11, task_id=7))
    Delivery.objects.filter(channel="email").update(digest="digest-1")
    channel.answer = lambda message: TryLater(Reason.SERVER_UNAVAILABLE, "smtp 451")
    send_while(user, task_completed(6))
    channel.answer = lambda message: Sent()
    at.advance(hours=2)
    assert send_due_deliveries() == 2
    titles = [[item.task_id for item in message.items] for message in channel.sent]
    assert titles == [[5, 6, 7], [5, 7]]
    assert Delivery.objects.get(channel="email", notification__task_id=6).status == "suppressed"


def test_of_a_digest_whose_sender_died_as_well(
    user: User, mail: Delivery, channel: RecordingChannel, at: SetClock
) -> None:
    record_and_notify(user.pk, make_reminder_due(10, task_id=6), make_reminder_due(11, task_id=7))
    Delivery.objects.filter(channel="email").update(digest="digest-1")
    with pytest.raises(KeyboardInterrupt):
        send_while(user, task_completed(5), task_completed(7), ends_with=KeyboardInterrupt)
    at.advance(seconds=_LEASE_SECONDS)
    assert send_due_deliveries() == 1
    assert [[item.task_id for item in message.items] for message in channel.sent] == [[6]]
    states_of = Delivery.objects.filter(channel="email").order_by("pk").values_list("status", flat=True)
    assert list(states_of) == ["suppressed", "sent", "suppressed"]


@TAKEN_BACK
def test_a_mail_under_way_whose_task_ends_and_returns_is_tried_again(
    user: User, mail: Delivery, channel: RecordingChannel, end: Payload, back: Payload
) -> None:
    channel.answer = lambda message: TryLater(Reason.SERVER_UNAVAILABLE, "smtp 451")
    send_while(user, end, back)
    mail.refresh_from_db()
    assert (mail.status, mail.reason) == (Delivery.Status.PLANNED, Reason.SERVER_UNAVAILABLE)
