"""The hourly limit of mails, then digests; nothing is lost, nothing is sent twice."""

import itertools
from datetime import timedelta

import pytest
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts_app.models import User
from accounts_app.tests.factories import make_user, signed_in_client
from events_app.runtime import crash
from events_app.tests.payloads import make_reminder_due
from notifications_app.channels import ChannelMessage, Refused, SendOutcome, Sent, TryLater
from notifications_app.models import Delivery, Mailing
from notifications_app.operations import hourly
from notifications_app.operations.deliveries import _LEASE_SECONDS, resend, send_due_deliveries
from notifications_app.reasons import Reason
from notifications_app.tests.channels import RecordingChannel
from notifications_app.tests.conftest import SetClock
from notifications_app.tests.events import record_and_notify, task_completed

pytestmark = pytest.mark.django_db
LIMIT = 3


class Killed(BaseException):
    """What a simulated crash raises."""


@pytest.fixture(autouse=True)
def limit(settings: Settings) -> None:
    settings.MAILS_PER_HOUR = LIMIT


def record_burst(user: User, numbers: range) -> None:
    record_and_notify(
        user.pk, *[make_reminder_due(number, message=f"Number {number}.") for number in numbers]
    )


def send() -> None:
    while send_due_deliveries(budget_seconds=60.0):
        pass


def sizes(channel: RecordingChannel) -> list[int]:
    return [len(message.items) + message.more for message in channel.sent]


def states() -> set[tuple[str, str]]:
    return set(Delivery.objects.filter(channel="email").values_list("status", "reason"))


def listed_keys(client: APIClient) -> list[dict[str, object]]:
    rows = client.get("/api/notifications/?limit=200").json()["results"]
    return [each for row in rows for each in row["deliveries"] if each["channel"] == "email"]


def test_a_thousand_at_one_instant_are_a_few_mails_and_one_digest(
    user: User, channel: RecordingChannel, at: SetClock
) -> None:
    record_burst(user, range(1000))
    send()
    assert sizes(channel) == [1] * LIMIT
    at.advance(seconds=10)
    send()
    at.advance(hours=5)
    send()
    assert sizes(channel) == [1] * LIMIT + [1000 - LIMIT]
    assert (len(channel.sent[-1].items), channel.sent[-1].more) == (50, 1000 - LIMIT - 50)
    assert states() == {("sent", ""), ("sent", "in_digest")}


def test_each_of_them_says_which_digest_it_is_in(user: User, channel: RecordingChannel, at: SetClock) -> None:
    client = signed_in_client(user)
    record_burst(user, range(LIMIT + 2))
    send()
    waiting = [each for each in listed_keys(client) if each["status"] == "planned"]
    assert [each["reason"] for each in waiting] == ["hourly_limit"] * 2
    at.advance(seconds=10)
    send()
    digests = [each["digest"] for each in listed_keys(client) if each["reason"] == "in_digest"]
    assert digests == [channel.keys[-1]] * 2
    assert {each["digest"] for each in listed_keys(client)} == {"", channel.keys[-1]}


def test_what_comes_in_batches_shares_the_digest(user: User, channel: RecordingChannel, at: SetClock) -> None:
    for start in range(0, 12, 4):
        record_burst(user, range(start, start + 4))
        send()
        at.advance(seconds=2)
    at.advance(seconds=10)
    send()
    assert sizes(channel) == [1] * LIMIT + [12 - LIMIT]


def test_there_is_one_digest_an_hour(user: User, channel: RecordingChannel, at: SetClock) -> None:
    began = at.now
    times: list[timedelta] = []

    def note(message: ChannelMessage) -> SendOutcome:
        times.append(at.now - began)
        return Sent()

    channel.answer = note
    for minute in range(0, 180, 5):
        record_burst(user, range(minute * 2, minute * 2 + 10))
        send()
        at.advance(seconds=10)
        send()
        at.advance(seconds=290)
    at.advance(hours=2)
    send()
    digests = [when for when, size in zip(times, sizes(channel), strict=True) if size > 1]
    singles = [when for when, size in zip(times, sizes(channel), strict=True) if size == 1]
    assert all(b - a >= timedelta(hours=1) for a, b in itertools.pairwise(digests))
    for start in singles:
        assert len([each for each in singles if start <= each < start + timedelta(hours=1)]) <= LIMIT
    assert sum(sizes(channel)) == 36 * 10
    assert {status for status, _ in states()} == {"sent"}


def test_after_an_hour_there_is_room_again(user: User, channel: RecordingChannel, at: SetClock) -> None:
    record_burst(user, range(LIMIT))
    send()
    at.advance(hours=1)
    record_burst(user, range(LIMIT, 2 * LIMIT))
    send()
    assert sizes(channel) == [1] * 2 * LIMIT


def test_without_a_limit_each_is_a_mail(
    user: User, channel: RecordingChannel, at: SetClock, settings: Settings
) -> None:
    settings.MAILS_PER_HOUR = 0
    record_burst(user, range(30))
    send()
    assert sizes(channel) == [1] * 30
    assert not Mailing.objects.exists()


def test_one_user_takes_no_room_of_another(user: User, channel: RecordingChannel, at: SetClock) -> None:
    other = make_user(email="other@example.org", channels=["email"])
    record_burst(user, range(LIMIT + 1))
    record_burst(other, range(100, 100 + LIMIT))
    send()
    assert sizes(channel) == [1] * 2 * LIMIT


def test_an_address_that_moves_to_another_account_takes_its_count_along(
    user: User, channel: RecordingChannel, at: SetClock
) -> None:
    record_burst(user, range(LIMIT))
    send()
    User.objects.filter(pk=user.pk).update(email="", email_verified_at=None)
    other = make_user(email="SomeOne@example.org", channels=["email"])
    record_burst(other, range(100, 102))
    send()
    assert sizes(channel) == [1] * LIMIT
    at.advance(seconds=10)
    send()
    assert sizes(channel) == [1] * LIMIT + [2]


def test_an_account_that_changes_its_address_takes_its_count_along(
    user: User, channel: RecordingChannel, at: SetClock
) -> None:
    record_burst(user, range(LIMIT))
    send()
    User.objects.filter(pk=user.pk).update(email="new@example.org")
    record_burst(user, range(100, 102))
    send()
    assert sizes(channel) == [1] * LIMIT


def test_a_server_that_is_away_uses_up_no_room_twice(
    user: User, channel: RecordingChannel, at: SetClock
) -> None:
    channel.answer = lambda message: TryLater(Reason.SERVER_UNAVAILABLE)
    record_burst(user, range(LIMIT + 2))
    for _ in range(4):
        send()
        at.advance(minutes=4)
    assert len(set(channel.keys)) == LIMIT + 1
    channel.sent.clear()
    channel.answer = lambda message: Sent()
    at.advance(hours=1)
    send()
    at.advance(hours=1)
    send()
    assert sorted(sizes(channel)) == [1] * LIMIT + [2]
    assert {status for status, _ in states()} == {"sent"}


@pytest.mark.parametrize(("step", "messages"), [("delivery.after_lease", 1), ("delivery.after_send", 2)])
def test_a_digest_whose_sender_dies_goes_again_as_it_was(
    user: User, channel: RecordingChannel, at: SetClock, step: str, messages: int
) -> None:
    record_burst(user, range(LIMIT + 4))
    send()
    channel.sent.clear()
    at.advance(seconds=10)

    def kill(name: str) -> None:
        if name == step:
            raise Killed

    with crash.intercept(kill), pytest.raises(Killed):
        send()
    record_burst(user, range(100, 102))  # what comes meanwhile waits for the next
    send()
    at.advance(seconds=_LEASE_SECONDS)
    send()
    assert sizes(channel) == [4] * messages
    assert len(set(channel.keys)) == 1
    at.advance(hours=1)
    send()
    assert sizes(channel)[messages:] == [2]


def test_a_digest_that_fails_in_the_end_says_so_on_each(
    user: User, channel: RecordingChannel, at: SetClock
) -> None:
    record_burst(user, range(LIMIT + 2))
    send()
    at.advance(seconds=10)
    channel.answer = lambda message: Refused(Reason.ADDRESS_REFUSED)
    send()
    assert states() == {("sent", ""), ("failed", "address_refused")}


def test_digests_that_were_late_still_have_an_hour_between_them(
    user: User, channel: RecordingChannel, at: SetClock
) -> None:
    sent: list[tuple[object, int]] = []

    def answer(message: ChannelMessage) -> SendOutcome:
        size = len(message.items) + message.more
        if size > 1 and at.now < recovered:
            return TryLater(Reason.SERVER_UNAVAILABLE)
        if size > 1:
            sent.append((at.now, size))
        return Sent()

    recovered = at.now + timedelta(minutes=50)
    channel.answer = answer
    record_burst(user, range(LIMIT + 5))
    for number in range(40):
        send()
        at.advance(minutes=5)
        record_burst(user, range(1000 + 10 * number, 1002 + 10 * number))
    at.advance(hours=2)
    send()
    at.advance(hours=2)
    send()
    times = [when for when, _ in sent]
    assert all(b - a >= timedelta(hours=1) for a, b in itertools.pairwise(times))  # type: ignore[operator]
    assert {status for status, _ in states()} == {"sent"}


def test_what_is_done_before_its_digest_goes_leaves_it(
    user: User, channel: RecordingChannel, at: SetClock
) -> None:
    record_burst(user, range(LIMIT))
    record_and_notify(user.pk, make_reminder_due(50, task_id=7), make_reminder_due(51), make_reminder_due(52))
    send()
    record_and_notify(user.pk, task_completed(7))
    at.advance(seconds=10)
    send()
    assert sizes(channel) == [1] * LIMIT + [2]
    assert Delivery.objects.get(notification__task_id=7, channel="email").reason == "task_completed"


def test_a_digest_goes_nowhere_once_mail_is_turned_off(
    user: User, channel: RecordingChannel, at: SetClock
) -> None:
    record_burst(user, range(LIMIT + 2))
    send()
    User.objects.filter(pk=user.pk).update(channels=["in_app"])
    at.advance(seconds=10)
    send()
    assert sizes(channel) == [1] * LIMIT
    assert states() == {("sent", ""), ("suppressed", "channel_off")}


def test_a_digest_has_an_end_and_the_rest_waits_for_the_next(
    user: User, channel: RecordingChannel, at: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hourly, "MOST_IN_DIGEST", 4)
    monkeypatch.setattr(hourly, "ROWS_PER_CLAIM", 2)
    record_burst(user, range(LIMIT + 6))
    send()
    at.advance(seconds=10)
    send()
    assert sizes(channel) == [1] * LIMIT + [4]
    at.advance(hours=1)
    send()
    assert sizes(channel) == [1] * LIMIT + [4, 2]


def test_what_an_operator_sends_again_counts_as_well(
    user: User, channel: RecordingChannel, at: SetClock
) -> None:
    record_burst(user, range(LIMIT))
    send()
    resend(Delivery.objects.filter(channel="email").first().pk)  # type: ignore[union-attr]
    send()
    assert sizes(channel) == [1] * LIMIT
    at.advance(seconds=10)
    send()
    assert sizes(channel) == [1] * (LIMIT + 1)


def test_rows_do_not_pile_up(user: User, channel: RecordingChannel, at: SetClock) -> None:
    for hour in range(5):
        record_burst(user, range(hour * 100, hour * 100 + LIMIT + 1))
        send()
        at.advance(hours=1)
        send()
    assert Mailing.objects.count() <= 3 * (LIMIT + 1)
