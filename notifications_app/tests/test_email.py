import smtplib
from datetime import UTC, datetime
from typing import ClassVar

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend

from notifications_app.channels import CHANNELS, ChannelMessage, Item, Refused, Sent, TryLater
from notifications_app.reasons import Reason

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)


def message(*items: Item, email: str = "someone@example.org") -> ChannelMessage:
    listed = items or (Item("Buy milk", "Task 'Buy milk' is due now", AT),)
    return ChannelMessage(key="reminder-9-1-email", email=email, time_zone="UTC", items=listed)


class FailingBackend(BaseEmailBackend):
    """A mail server that answers with an error."""

    error: ClassVar[Exception]

    def send_messages(self, email_messages: object) -> int:
        raise self.error


@pytest.fixture
def sender(settings: object) -> None:
    settings.DEFAULT_FROM_EMAIL = "Todo <todo@tasks.example.org>"  # type: ignore[attr-defined]


@pytest.mark.usefixtures("sender")
def test_one_mail_with_an_id_made_from_the_key() -> None:
    assert CHANNELS["email"].send(message()) == Sent("<reminder-9-1-email@tasks.example.org>")
    [sent] = mail.outbox
    assert (sent.subject, sent.to, sent.body) == (
        "Buy milk",
        ["someone@example.org"],
        "Task 'Buy milk' is due now",
    )
    assert sent.message()["Message-ID"] == "<reminder-9-1-email@tasks.example.org>"


def test_a_digest_lists_all_in_one_mail() -> None:
    CHANNELS["email"].send(message(Item("a", "First", AT), Item("b", "Second", AT)))
    [sent] = mail.outbox
    assert (sent.subject, sent.body) == ("2 reminders", "First\n\nSecond")


def test_a_title_can_not_add_headers() -> None:
    CHANNELS["email"].send(message(Item("Buy\r\nBcc: other@example.org\nmilk", "", AT)))
    assert mail.outbox[0].subject == "Buy Bcc: other@example.org milk"
    assert mail.outbox[0].message()["Bcc"] is None


def test_without_an_address_it_is_refused() -> None:
    assert CHANNELS["email"].send(message(email="")) == Refused(Reason.NO_ADDRESS)
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (smtplib.SMTPRecipientsRefused({"x": (550, b"no such user")}), Reason.ADDRESS_REFUSED),
        (smtplib.SMTPRecipientsRefused({"x": (451, b"later")}), Reason.SERVER_UNAVAILABLE),
        (smtplib.SMTPDataError(554, b"spam"), Reason.MAIL_REFUSED),
        (smtplib.SMTPDataError(452, b"full"), Reason.SERVER_UNAVAILABLE),
        (smtplib.SMTPAuthenticationError(535, b"wrong"), Reason.SERVER_UNAVAILABLE),
        (smtplib.SMTPServerDisconnected("gone"), Reason.SERVER_UNAVAILABLE),
        (ConnectionRefusedError("refused"), Reason.SERVER_UNAVAILABLE),
        (TimeoutError("slow"), Reason.SERVER_UNAVAILABLE),
    ],
)
def test_an_error_of_the_mail_server_is_an_outcome(
    error: Exception, reason: Reason, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FailingBackend, "error", error, raising=False)
    settings.EMAIL_BACKEND = f"{__name__}.FailingBackend"  # type: ignore[attr-defined]
    outcome = CHANNELS["email"].send(message())
    assert isinstance(outcome, TryLater if reason is Reason.SERVER_UNAVAILABLE else Refused)
    assert outcome.reason is reason
    assert type(error).__name__ in outcome.detail
