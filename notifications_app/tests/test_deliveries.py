from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from functools import partial

import pytest
from django.db import OperationalError

from accounts_app.models import User
from accounts_app.tests.factories import make_user
from events_app.runtime import crash
from events_app.tests.payloads import make_reminder_due
from notifications_app.channels import ChannelMessage, Refused, SendOutcome, Sent, TryLater
from notifications_app.errors import DeliveryBusy
from notifications_app.models import Delivery
from notifications_app.operations import deliveries
from notifications_app.operations.deliveries import (
    _LEASE_SECONDS,
    resend,
    send_due_deliveries,
)
from notifications_app.reasons import Reason
from notifications_app.retries import MAX_ATTEMPTS, retry_delay
from notifications_app.sender import send_all_due
from notifications_app.tests.channels import RecordingChannel
from notifications_app.tests.conftest import SetClock
from notifications_app.tests.events import record_and_notify, task_completed

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """What a simulated crash raises."""


@pytest.fixture
def mail(user: User, at: SetClock) -> Delivery:
    record_and_notify(user.pk, make_reminder_due())
    return Delivery.objects.get(channel="email")


def test_a_due_delivery_is_sent_once(mail: Delivery, channel: RecordingChannel, at: SetClock) -> None:
    assert send_due_deliveries() == 1
    assert send_due_deliveries() == 0
    mail.refresh_from_db()
    assert (mail.status, mail.attempts, mail.sent_at) == ("sent", 1, at.now)
    assert (mail.provider_id, mail.lease_holder, mail.next_attempt_at) == (mail.key, "", None)
    [message] = channel.sent
    assert (message.key, message.email) == ("reminder-9-1-email", "someone@example.org")
    assert [item.body for item in message.items] == ["Task 'Buy milk' is due now"]


def test_the_job_sends_too(mail: Delivery, channel: RecordingChannel) -> None:
    assert send_all_due() == 1
    assert channel.keys == [mail.key]


def test_what_can_not_be_sent_now_is_tried_again_under_the_same_key(
    mail: Delivery, channel: RecordingChannel, at: SetClock
) -> None:
    channel.answer = lambda message: TryLater(Reason.SERVER_UNAVAILABLE, "smtp 451")
    send_due_deliveries()
    mail.refresh_from_db()
    assert (mail.status, mail.reason, mail.attempts) == ("planned", "mail_server_unavailable", 1)
    assert mail.detail == "smtp 451"
    assert mail.next_attempt_at is not None
    assert timedelta(seconds=24) <= mail.next_attempt_at - at.now <= timedelta(seconds=36)
    assert send_due_deliveries() == 0
    at.advance(seconds=36)
    channel.answer = lambda message: Sent()
    assert send_due_deliveries() == 1
    mail.refresh_from_db()
    assert (mail.status, mail.reason, mail.attempts) == ("sent", "", 2)
    assert channel.keys == [mail.key] * 2


def rest(user: User) -> None:
    User.objects.filter(pk=user.pk).update(quiet_from=time(22), quiet_until=time(7), time_zone="UTC")


def test_a_late_attempt_waits_for_the_end_of_quiet_hours(
    user: User, channel: RecordingChannel, at: SetClock
) -> None:
    rest(user)
    at.set("2026-01-31T21:50+00:00")
    record_and_notify(user.pk, make_reminder_due())
    channel.answer = lambda message: TryLater(Reason.SERVER_UNAVAILABLE, "smtp 451")
    send_due_deliveries()
    at.set("2026-01-31T22:05+00:00")
    channel.answer = lambda message: Sent()
    send_due_deliveries()
    mail = Delivery.objects.get(channel="email")
    assert (mail.status, mail.attempts) == ("planned", 1)
    assert mail.next_attempt_at == datetime(2026, 2, 1, 7, tzinfo=UTC)
    assert len(channel.sent) == 1
    at.set("2026-02-01T07:00+00:00")
    assert send_due_deliveries() == 1
    mail.refresh_from_db()
    assert (mail.status, mail.attempts, len(channel.sent)) == ("sent", 2, 2)


def test_what_is_urgent_is_sent_in_quiet_hours(user: User, channel: RecordingChannel, at: SetClock) -> None:
    rest(user)
    at.set("2026-01-31T23:00+00:00")
    record_and_notify(user.pk, make_reminder_due(priority="urgent"))
    assert send_due_deliveries() == 1
    assert len(channel.sent) == 1


def test_after_the_last_attempt_it_has_failed_with_the_reason(
    mail: Delivery, channel: RecordingChannel, at: SetClock
) -> None:
    channel.answer = lambda message: TryLater(Reason.SERVER_UNAVAILABLE, "smtp 451")
    for _ in range(MAX_ATTEMPTS + 2):
        send_due_deliveries()
        at.advance(hours=2)
    mail.refresh_from_db()
    assert (mail.status, mail.attempts) == ("failed", MAX_ATTEMPTS)
    assert mail.reason == "mail_server_unavailable"
    assert mail.detail == f"gave up after {MAX_ATTEMPTS} attempts: smtp 451"
    assert len(channel.sent) == MAX_ATTEMPTS


def test_what_is_refused_is_not_tried_again(mail: Delivery, channel: RecordingChannel, at: SetClock) -> None:
    channel.answer = lambda message: Refused(Reason.ADDRESS_REFUSED)
    send_due_deliveries()
    at.advance(days=1)
    assert send_due_deliveries() == 0
    mail.refresh_from_db()
    assert (mail.status, mail.reason) == ("failed", "address_refused")


def test_nothing_goes_to_a_user_who_was_deactivated(
    user: User, mail: Delivery, channel: RecordingChannel
) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)
    send_due_deliveries()
    mail.refresh_from_db()
    assert (mail.status, mail.reason) == ("failed", "user_inactive")
    assert channel.sent == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"email_verified_at": None}, "address_not_verified"),
        ({"email": "", "email_verified_at": None}, "address_not_verified"),
        ({"channels": ["in_app"]}, "channel_off"),
    ],
)
def test_what_was_planned_goes_nowhere_once_its_user_cannot_or_will_not_get_it(
    user: User, mail: Delivery, channel: RecordingChannel, changes: dict[str, object], reason: str
) -> None:
    User.objects.filter(pk=user.pk).update(**changes)
    assert send_due_deliveries() == 1
    mail.refresh_from_db()
    assert (mail.status, mail.reason) == ("suppressed", reason)
    assert channel.sent == []


@pytest.mark.parametrize(("step", "messages"), [("delivery.after_lease", 1), ("delivery.after_send", 2)])
def test_a_sender_that_dies_is_followed_by_another_when_its_lease_ends(
    mail: Delivery, channel: RecordingChannel, at: SetClock, step: str, messages: int
) -> None:
    def kill(name: str) -> None:
        if name == step:
            raise Killed

    with crash.intercept(kill), pytest.raises(Killed):
        send_due_deliveries()
    mail.refresh_from_db()
    assert mail.status == "sending"
    assert send_due_deliveries() == 0
    at.advance(seconds=_LEASE_SECONDS)
    assert send_due_deliveries() == 1
    mail.refresh_from_db()
    assert (mail.status, mail.attempts) == ("sent", 2)
    assert channel.keys == [mail.key] * messages


def test_an_outcome_that_comes_after_the_lease_was_lost_changes_nothing(
    mail: Delivery, channel: RecordingChannel, at: SetClock
) -> None:
    def be_overtaken(step: str) -> None:
        if step == "delivery.after_send" and len(channel.sent) == 1:
            at.advance(seconds=_LEASE_SECONDS)
            channel.answer = lambda message: Sent("by the other")
            send_due_deliveries()

    channel.answer = lambda message: Refused(Reason.MAIL_REFUSED)
    with crash.intercept(be_overtaken):
        send_due_deliveries()
    mail.refresh_from_db()
    assert (mail.status, mail.provider_id) == ("sent", "by the other")


def test_a_channel_that_raises_leaves_a_reason_and_holds_up_nobody(
    user: User, mail: Delivery, channel: RecordingChannel
) -> None:
    record_and_notify(user.pk, make_reminder_due(10))

    def fail_first(message: ChannelMessage) -> SendOutcome:
        if message.key == mail.key:
            raise AttributeError("a mistake")
        return Sent()

    channel.answer = fail_first
    assert send_due_deliveries() == 2
    mail.refresh_from_db()
    assert (mail.status, mail.reason, mail.attempts) == ("planned", "internal_error", 1)
    assert sorted(Delivery.objects.filter(channel="email").values_list("status", flat=True)) == [
        "planned",
        "sent",
    ]


def test_a_channel_that_raises_each_time_has_failed_in_the_end(
    mail: Delivery, channel: RecordingChannel, at: SetClock
) -> None:
    def fail(message: ChannelMessage) -> SendOutcome:
        raise UnicodeError("no")

    channel.answer = fail
    for _ in range(MAX_ATTEMPTS + 2):
        send_due_deliveries()
        at.advance(hours=2)
    mail.refresh_from_db()
    assert (mail.status, mail.attempts) == ("failed", MAX_ATTEMPTS)
    assert mail.detail == f"gave up after {MAX_ATTEMPTS} attempts: UnicodeError: no"


@pytest.mark.parametrize("text", ["x" * 5000, "a\0b", "\udcff", ""])
@pytest.mark.parametrize(
    "outcome", [partial(TryLater, Reason.SERVER_UNAVAILABLE), partial(Refused, Reason.MAIL_REFUSED), Sent]
)
def test_whatever_a_channel_says_can_be_stored(
    mail: Delivery, channel: RecordingChannel, outcome: Callable[[str], SendOutcome], text: str
) -> None:
    channel.answer = lambda message: outcome(text)
    assert send_due_deliveries() == 1
    mail.refresh_from_db()
    assert mail.status in ("planned", "failed", "sent")
    assert "\0" not in mail.detail + mail.provider_id


def test_a_delivery_whose_channel_is_gone_has_failed_and_holds_up_nobody(
    user: User, mail: Delivery, channel: RecordingChannel
) -> None:
    Delivery.objects.filter(pk=mail.pk).update(channel="pigeon")
    record_and_notify(user.pk, make_reminder_due(10))
    assert send_due_deliveries() == 2
    mail.refresh_from_db()
    assert (mail.status, mail.reason) == ("failed", "unknown_channel")
    assert len(channel.sent) == 1


def test_a_message_that_kills_its_sender_each_time_is_given_up(
    mail: Delivery, channel: RecordingChannel, at: SetClock
) -> None:
    def kill(name: str) -> None:
        if name == "delivery.after_send" and len(channel.sent) <= MAX_ATTEMPTS:
            raise Killed

    with crash.intercept(kill):
        for _ in range(MAX_ATTEMPTS):
            with pytest.raises(Killed):
                send_due_deliveries()
            at.advance(seconds=_LEASE_SECONDS)
    assert send_due_deliveries() == 1
    mail.refresh_from_db()
    assert (mail.status, mail.reason) == ("failed", "outcome_unknown")
    assert len(channel.sent) == MAX_ATTEMPTS


class Outage:
    """The database's failure to store what was sent, so many times."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
        store = deliveries._store
        self.left = times

        def fail_first(claim: deliveries.Claim, outcome: SendOutcome) -> int:
            if self.left:
                self.left -= 1
                raise OperationalError("server closed the connection unexpectedly")
            return store(claim, outcome)

        monkeypatch.setattr(deliveries, "_store", fail_first)
        monkeypatch.setattr(deliveries, "drop_broken_connection", lambda: None)  # the test's own one
        monkeypatch.setattr(deliveries, "STORE_RETRY_SECONDS", 0.01)


def test_a_short_outage_after_sending_sends_nothing_twice(
    mail: Delivery, channel: RecordingChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    Outage(monkeypatch, 3)
    assert send_due_deliveries() == 1
    mail.refresh_from_db()
    assert (mail.status, mail.attempts) == ("sent", 1)
    assert channel.keys == [mail.key]


def test_after_a_long_outage_it_is_sent_again_under_the_same_key(
    mail: Delivery, channel: RecordingChannel, at: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "STORE_SECONDS", 0.0)
    Outage(monkeypatch, 1)
    with pytest.raises(OperationalError):
        send_due_deliveries()
    assert send_due_deliveries() == 0
    at.advance(seconds=_LEASE_SECONDS)
    assert send_due_deliveries() == 1
    mail.refresh_from_db()
    assert mail.status == "sent"
    assert channel.keys == [mail.key] * 2


def test_who_is_asked_to_stop_begins_no_other_message(user: User, channel: RecordingChannel) -> None:
    record_and_notify(user.pk, *[make_reminder_due(number) for number in range(3)])
    assert send_due_deliveries(is_stopping=lambda: bool(channel.sent)) == 1


def test_a_task_that_is_completed_while_its_mail_waits_is_not_notified(
    user: User, mail: Delivery, channel: RecordingChannel
) -> None:
    record_and_notify(user.pk, task_completed())
    assert send_due_deliveries() == 0
    assert channel.sent == []


def test_sending_stops_when_the_time_is_used_up(user: User, channel: RecordingChannel) -> None:
    record_and_notify(user.pk, *[make_reminder_due(number) for number in range(3)])
    assert send_due_deliveries(budget_seconds=0) == 0
    assert send_due_deliveries() == 3


def test_the_waits_double_up_to_an_hour() -> None:
    waits = [retry_delay(attempts, jitter=0.5).total_seconds() for attempts in (1, 2, 3, 8, 1000)]
    assert waits == [30, 60, 120, 3600, 3600]
    assert [retry_delay(1, jitter=jitter).total_seconds() for jitter in (0, 1)] == [24, 36]


def test_an_operator_can_send_again_under_another_key(mail: Delivery, channel: RecordingChannel) -> None:
    send_due_deliveries()
    for _ in range(2):
        resend(mail.pk)
        send_due_deliveries()
    assert channel.keys == [mail.key, f"{mail.key}-again-1", f"{mail.key}-again-2"]


def test_what_is_on_its_way_is_not_sent_again(mail: Delivery) -> None:
    with pytest.raises(DeliveryBusy):
        resend(mail.pk)


def test_deliveries_of_many_users_are_sent_by_one_sweep(channel: RecordingChannel) -> None:
    users = [make_user(email=f"{name}@example.org", channels=["email"]) for name in "abc"]
    for number, user in enumerate(users):
        record_and_notify(user.pk, make_reminder_due(number))
    assert send_due_deliveries() == 3
    assert sorted(message.email for message in channel.sent) == [user.email for user in users]
