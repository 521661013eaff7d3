"""What mail servers do to those who call: each is an outcome, in time."""

import gc
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import pytest
from django.conf import LazySettings

from devstack.waiting import wait_until
from notifications_app.channels import (
    CHANNELS,
    ChannelMessage,
    Item,
    Refused,
    SendOutcome,
    Sent,
    TryLater,
    attempt,
    email,
)
from notifications_app.channels.attempt import TOO_SLOW, send_in_time
from notifications_app.reasons import Reason
from notifications_app.tests.mail_servers import HOST, SILENCE, mail_server, trickling_server

away = partial(TryLater, Reason.SERVER_UNAVAILABLE)
AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
PATIENCE = 20.0
Call = Callable[..., SendOutcome]


@pytest.fixture
def call(settings: LazySettings) -> Call:
    """Send one mail to the server at a port."""

    def send(port: int, address: str = "someone@example.org", title: str = "Buy milk") -> SendOutcome:
        settings.EMAIL_BACKEND = "notifications_app.channels.smtp.Backend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = HOST, port
        message = ChannelMessage(key="k", email=address, time_zone="UTC", items=[Item(title, "Now", AT)])
        return send_in_time(CHANNELS["email"], message)

    return send


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait less long than in earnest."""
    monkeypatch.setattr(email, "TIMEOUT_SECONDS", 0.3)
    monkeypatch.setattr(attempt, "SEND_SECONDS", 1.0)


@pytest.mark.parametrize(
    ("step", "answer", "outcome"),
    [
        ("GREETING", "554 no service", away("SMTPConnectError: (554, b'no service')")),
        ("GREETING", "421 busy", away("SMTPConnectError: (421, b'busy')")),
        ("MAIL", "451 later", away("SMTPSenderRefused: (451, b'later', 'todo@localhost')")),
        (
            "MAIL",
            "550 not you",
            Refused(Reason.MAIL_REFUSED, "SMTPSenderRefused: (550, b'not you', 'todo@localhost')"),
        ),
        (
            "RCPT",
            "450 greylisted",
            away("SMTPRecipientsRefused: {'someone@example.org': (450, b'greylisted')}"),
        ),
        (
            "RCPT",
            "550 unknown",
            Refused(
                Reason.ADDRESS_REFUSED, "SMTPRecipientsRefused: {'someone@example.org': (550, b'unknown')}"
            ),
        ),
        ("DATA", "452 full", away("SMTPDataError: (452, b'full')")),
        ("DATA", "554 no", Refused(Reason.MAIL_REFUSED, "SMTPDataError: (554, b'no')")),
        ("DOT", "451 later", away("SMTPDataError: (451, b'later')")),
        ("DOT", "554 spam", Refused(Reason.MAIL_REFUSED, "SMTPDataError: (554, b'spam')")),
        ("DOT", "nonsense", away("SMTPDataError: (-1, b'ense')")),
        ("QUIT", "500 what?", Sent("<k@localhost>")),
        ("QUIT", "421 gone", Sent("<k@localhost>")),
    ],
)
def test_a_refusal_at_any_step_is_an_outcome(
    call: Call, step: str, answer: str, outcome: SendOutcome
) -> None:
    with mail_server(**{step: answer}) as server:
        assert call(server.port) == outcome


@pytest.mark.usefixtures("hurry")
@pytest.mark.parametrize("step", ["GREETING", "EHLO", "MAIL", "RCPT", "DATA", "DOT"])
def test_silence_at_any_step_is_tried_again(call: Call, step: str) -> None:
    with mail_server(**{step: SILENCE}) as server:
        assert isinstance(call(server.port), TryLater)


@pytest.mark.usefixtures("hurry")
def test_silence_after_the_mail_was_taken_does_not_send_it_again(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(email, "QUIT_SECONDS", 0.1)
    with mail_server(QUIT=SILENCE) as server:
        assert call(server.port) == Sent("<k@localhost>")


# smtplib leaves a socket that never greeted to the collector, which closes it and says so.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_trickle_ends_with_the_time_of_an_attempt_and_so_does_its_thread(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Only the attempt is in a hurry: between two characters a busy machine may let any time pass.
    monkeypatch.setattr(attempt, "SEND_SECONDS", 1.0)
    with trickling_server() as port:
        assert call(port) == TOO_SLOW
        assert wait_until(lambda: not _senders(), seconds=PATIENCE)
    gc.collect()


def test_what_came_of_an_answer_until_the_time_was_over_is_none(
    settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt, "SEND_SECONDS", 0.5)
    settings.EMAIL_BACKEND = "notifications_app.channels.smtp.Backend"
    with trickling_server() as port:
        settings.EMAIL_HOST, settings.EMAIL_PORT = HOST, port
        message = ChannelMessage(key="k", email="a@example.org", time_zone="UTC", items=[Item("t", "b", AT)])
        # Without the thread that waits as long: it may come second.
        assert CHANNELS["email"].send(message) == TOO_SLOW


def test_a_server_that_is_not_there_or_speaks_no_tls_is_tried_again(
    call: Call, settings: LazySettings
) -> None:
    with mail_server() as server:
        port = server.port
        settings.EMAIL_USE_SSL = True
        outcome = call(port)
    assert isinstance(outcome, TryLater)
    assert "SSL" in outcome.detail
    assert isinstance(call(port), TryLater)


def test_a_server_without_starttls_is_tried_again(call: Call, settings: LazySettings) -> None:
    settings.EMAIL_USE_TLS = True
    with mail_server() as server:
        assert isinstance(call(server.port), TryLater)


def test_a_host_name_that_can_not_be_is_tried_again(call: Call, settings: LazySettings) -> None:
    settings.EMAIL_BACKEND = "notifications_app.channels.smtp.Backend"
    settings.EMAIL_HOST = f"{'x' * 70}.example"
    message = ChannelMessage(key="k", email="a@example.org", time_zone="UTC", items=[Item("t", "b", AT)])
    assert isinstance(send_in_time(CHANNELS["email"], message), TryLater)


@pytest.mark.parametrize(
    "address",
    ["nobody", "a@b\nBcc: c@example.org", "a@b@c", "@", f"x@{'y' * 70}.example", "\udcff@x"],
)
def test_an_address_that_is_none_has_failed(call: Call, address: str) -> None:
    with mail_server() as server:
        assert isinstance(call(server.port, address=address), Refused)


@pytest.mark.parametrize("title", ["a\r\nBcc: c@example.org", "Ünïcode ✓", "\0", "\udcff", "x" * 10_000])
def test_any_title_is_sent_or_has_failed(call: Call, title: str) -> None:
    with mail_server() as server:
        assert isinstance(call(server.port, title=title), Sent | Refused)


def _senders() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("send-")]
