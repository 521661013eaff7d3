from datetime import time

import pytest

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from events_app.contracts import NotificationCreated
from events_app.log.history import events_between, head_of
from events_app.tests.payloads import make_reminder_due
from notifications_app.channels import Sent, TryLater
from notifications_app.models import Delivery, Notification
from notifications_app.operations.deliveries import send_due_deliveries
from notifications_app.operations.quiet import release_held_notifications
from notifications_app.reasons import Reason
from notifications_app.tests.channels import RecordingChannel
from notifications_app.tests.conftest import SetClock
from notifications_app.tests.events import record_and_notify, task_completed

pytestmark = pytest.mark.django_db


@pytest.fixture
def sleeper(at: SetClock) -> User:
    at.set("2026-10-24T21:15:00+00:00")
    return make_user(
        email="sleeper@example.org",
        channels=["in_app", "email"],
        time_zone="Europe/Paris",
        quiet_from=time(22),
        quiet_until=time(7),
    )


def shown_events(user: User) -> list[NotificationCreated]:
    payloads = [event.payload for event in events_between(user.pk, after=0, to=100)]
    return [payload for payload in payloads if isinstance(payload, NotificationCreated)]


def test_what_was_held_is_shown_when_the_quiet_hours_end(sleeper: User, at: SetClock) -> None:
    record_and_notify(sleeper.pk, make_reminder_due())
    made = at.now
    at.set("2026-10-25T05:59:59+00:00")
    assert release_held_notifications() == 0
    at.set("2026-10-25T06:00:00+00:00")
    assert release_held_notifications() == 1
    notification = Notification.objects.get()
    assert (notification.created_at, notification.shown_at, notification.held_until) == (made, at.now, None)
    [event] = shown_events(sleeper)
    assert event.notification == notification.snapshot()


def test_releasing_twice_shows_once(sleeper: User, at: SetClock) -> None:
    record_and_notify(sleeper.pk, make_reminder_due())
    at.set("2026-10-25T06:00:00+00:00")
    release_held_notifications()
    head = head_of(sleeper.pk)
    assert release_held_notifications() == 0
    assert head_of(sleeper.pk) == head


def test_one_held_mail_goes_out_as_itself(sleeper: User, at: SetClock, channel: RecordingChannel) -> None:
    record_and_notify(sleeper.pk, make_reminder_due())
    at.set("2026-10-25T06:00:00+00:00")
    release_held_notifications()
    assert send_due_deliveries() == 1
    assert channel.keys == ["reminder-9-1-email"]


def test_several_held_mails_become_one_digest(sleeper: User, at: SetClock, channel: RecordingChannel) -> None:
    record_and_notify(
        sleeper.pk, *[make_reminder_due(number, message=f"Task {number}") for number in range(3)]
    )
    at.set("2026-10-25T06:00:00+00:00")
    release_held_notifications()
    assert send_due_deliveries() == 3
    [message] = channel.sent
    assert [item.body for item in message.items] == ["Task 0", "Task 1", "Task 2"]
    assert set(Delivery.objects.values_list("status", flat=True)) == {"sent"}
    assert len(shown_events(sleeper)) == 3


def test_a_digest_that_fails_is_tried_again_as_one(
    sleeper: User, at: SetClock, channel: RecordingChannel
) -> None:
    record_and_notify(sleeper.pk, *[make_reminder_due(number) for number in range(3)])
    at.set("2026-10-25T06:00:00+00:00")
    release_held_notifications()
    channel.answer = lambda message: TryLater(Reason.SERVER_UNAVAILABLE)
    send_due_deliveries()
    channel.answer = lambda message: Sent()
    at.advance(minutes=1)
    send_due_deliveries()
    assert [len(message.items) for message in channel.sent] == [3, 3]
    assert len(set(channel.keys)) == 1


def test_a_task_done_before_the_digest_goes_is_left_out(
    sleeper: User, at: SetClock, channel: RecordingChannel
) -> None:
    record_and_notify(sleeper.pk, *[make_reminder_due(number, task_id=number) for number in (5, 6, 7)])
    at.set("2026-10-25T06:00:00+00:00")
    release_held_notifications()
    record_and_notify(sleeper.pk, task_completed(5))
    send_due_deliveries()
    [message] = channel.sent
    assert len(message.items) == 2
    assert Delivery.objects.get(notification__task_id=5, channel="email").status == "suppressed"


def test_a_held_mail_whose_channel_is_gone_has_failed_and_the_others_are_shown(
    sleeper: User, at: SetClock
) -> None:
    record_and_notify(sleeper.pk, make_reminder_due())
    Delivery.objects.filter(channel="email").update(channel="pigeon")
    at.set("2026-10-25T06:00:00+00:00")
    assert release_held_notifications() == 1
    states = dict(Delivery.objects.values_list("channel", "status"))
    assert states == {"in_app": "sent", "pigeon": "failed"}


def test_a_zone_that_is_no_more_holds_up_nobody(sleeper: User, at: SetClock) -> None:
    other = make_user(quiet_from=time(20), quiet_until=time(6))
    for number, user in enumerate([sleeper, other]):
        record_and_notify(user.pk, make_reminder_due(number))
    User.objects.filter(pk=sleeper.pk).update(time_zone="Mars/Olympus")
    at.set("2026-10-25T06:00:00+00:00")
    assert release_held_notifications() == 2


def test_when_it_is_quiet_again_by_new_preferences_it_is_held_on(sleeper: User, at: SetClock) -> None:
    record_and_notify(sleeper.pk, make_reminder_due())
    User.objects.filter(pk=sleeper.pk).update(time_zone="America/New_York")  # 02:00 there at 06:00Z
    at.set("2026-10-25T06:00:00+00:00")
    assert release_held_notifications() == 0
    held_until = Notification.objects.get().held_until
    assert held_until is not None
    assert held_until.isoformat() == "2026-10-25T11:00:00+00:00"
    at.now = held_until
    assert release_held_notifications() == 1


def test_many_users_are_released_in_one_pass(sleeper: User, at: SetClock) -> None:
    others = [make_user(quiet_from=time(20), quiet_until=time(6)) for _ in range(3)]
    for number, user in enumerate([sleeper, *others]):
        record_and_notify(user.pk, make_reminder_due(number))
    at.set("2026-10-25T06:00:00+00:00")
    assert release_held_notifications() == 4
    assert [len(shown_events(user)) for user in [sleeper, *others]] == [1, 1, 1, 1]
