"""Whatever a channel does, its message has an outcome, and soon."""

import smtplib
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import cast

import pytest
from django.conf import LazySettings

from devstack.waiting import wait_until
from events_app.runtime.watchdog import describe_hangs
from foundation.database.transactions import write_transaction
from notifications_app.channels import ChannelMessage, Item, Refused, SendOutcome, Sent, TryLater, attempt
from notifications_app.channels.attempt import _TOO_MANY, STOPPED, TOO_SLOW, send_in_time
from notifications_app.reasons import Reason
from notifications_app.tests.channels import RecordingChannel

MESSAGE = ChannelMessage(key="k", email="a@b", time_zone="UTC", items=[Item("t", "b", datetime.now(UTC))])
PATIENCE = 20.0


def channel_that(answers: Callable[[ChannelMessage], SendOutcome]) -> RecordingChannel:
    channel = RecordingChannel()
    channel.answer = answers
    return channel


def raising(error: BaseException) -> RecordingChannel:
    def fail(message: ChannelMessage) -> SendOutcome:
        raise error

    return channel_that(fail)


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What a hanging channel waits for."""
    opened = threading.Event()
    yield opened
    opened.set()


@pytest.mark.parametrize(
    "outcome", [Sent("id"), TryLater(Reason.SERVER_UNAVAILABLE, "busy"), Refused(Reason.MAIL_REFUSED)]
)
def test_an_outcome_is_handed_on(outcome: SendOutcome) -> None:
    assert send_in_time(channel_that(lambda message: outcome), MESSAGE) == outcome


@pytest.mark.django_db
def test_nothing_is_sent_inside_a_transaction() -> None:
    channel = channel_that(lambda message: Sent())
    assert send_in_time(channel, MESSAGE) == Sent()
    with write_transaction(), pytest.raises(RuntimeError, match="inside a transaction"):
        send_in_time(channel, MESSAGE)
    assert len(channel.sent) == 1


@pytest.mark.parametrize(
    "error",
    [
        UnicodeEncodeError("ascii", "é", 0, 1, "no"),
        smtplib.SMTPRecipientsRefused({}),
        AttributeError("a mistake"),
        RecursionError(),
        MemoryError(),
        SystemExit(3),
        KeyboardInterrupt(),
    ],
)
def test_an_exception_is_tried_again(error: BaseException) -> None:
    outcome = send_in_time(raising(error), MESSAGE)
    assert outcome == TryLater(Reason.INTERNAL_ERROR, f"{type(error).__name__}: {error}")


class Unreadable(Exception):
    """An error whose own text fails."""

    def __str__(self) -> str:
        raise ValueError("no text")


@pytest.mark.parametrize(
    "error", [Unreadable(), ValueError("a\0b\udcff" + "x" * 5000)], ids=["unreadable", "unstorable"]
)
def test_an_error_that_can_not_be_printed_or_stored_is_tried_again(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt.logger, "disabled", True)  # pytest could not print it either
    outcome = send_in_time(raising(error), MESSAGE)
    assert isinstance(outcome, TryLater)
    assert len(outcome.detail.encode()) <= 1000
    assert "\0" not in outcome.detail


@pytest.mark.parametrize("answer", [None, True, "sent", Sent])
def test_an_answer_that_is_no_outcome_is_tried_again(answer: object) -> None:
    outcome = send_in_time(channel_that(lambda message: cast(SendOutcome, answer)), MESSAGE)
    assert outcome == TryLater(Reason.INTERNAL_ERROR, f"the channel answered with a {type(answer).__name__}")


def test_a_channel_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch, gate: threading.Event) -> None:
    monkeypatch.setattr(attempt, "SEND_SECONDS", 0.2)

    def hang(message: ChannelMessage) -> SendOutcome:
        gate.wait(PATIENCE)
        return Sent()

    assert send_in_time(channel_that(hang), MESSAGE) == TOO_SLOW


def test_a_channel_that_hangs_on_is_seen_by_the_watchdog(
    monkeypatch: pytest.MonkeyPatch, settings: LazySettings, gate: threading.Event
) -> None:
    monkeypatch.setattr(attempt, "SEND_SECONDS", 0.2)
    settings.HANG_IS_UNHEALTHY_SECONDS = 0.5

    def hang(message: ChannelMessage) -> SendOutcome:
        gate.wait(PATIENCE)
        return Sent()

    assert send_in_time(channel_that(hang), MESSAGE) == TOO_SLOW
    assert wait_until(lambda: describe_hangs() == ["an attempt at send-email"], seconds=PATIENCE), (
        describe_hangs()
    )
    gate.set()
    assert wait_until(lambda: describe_hangs() == [], seconds=PATIENCE)


def test_who_is_stopped_waits_no_longer_than_that(
    monkeypatch: pytest.MonkeyPatch, gate: threading.Event
) -> None:
    monkeypatch.setattr(attempt, "_STOP_SECONDS", 0.2)
    stop = threading.Event()

    def hang(message: ChannelMessage) -> SendOutcome:
        stop.set()
        gate.wait(PATIENCE)
        return Sent()

    assert send_in_time(channel_that(hang), MESSAGE, is_stopping=stop.is_set) == STOPPED


def test_what_hangs_does_not_pile_up(monkeypatch: pytest.MonkeyPatch, gate: threading.Event) -> None:
    monkeypatch.setattr(attempt, "SEND_SECONDS", 0.05)
    monkeypatch.setattr(attempt, "_free", threading.BoundedSemaphore(2))

    def hang(message: ChannelMessage) -> SendOutcome:
        gate.wait(PATIENCE)
        return Sent()

    outcomes = [send_in_time(channel_that(hang), MESSAGE) for _ in range(4)]
    assert outcomes == [TOO_SLOW, TOO_SLOW, _TOO_MANY, _TOO_MANY]
    gate.set()
    assert wait_until(
        lambda: send_in_time(channel_that(lambda m: Sent()), MESSAGE) == Sent(), seconds=PATIENCE
    )
