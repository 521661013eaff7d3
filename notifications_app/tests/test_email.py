import smtplib
from datetime import UTC, datetime
from typing import ClassVar

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend

from notifications_app.channels import CHANNELS, Item, Message, Refused, Sent, TryLater

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)


def message(*items: Item, email: str = "someone@example.org") -> Message:
    told = items or (Item("Buy milk", "Task 'Buy milk' is due now", AT),)
    return Message(key="reminder-9-1-email", email=email, time_zone="UTC", items=told)


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
    assert CHANNELS["email"].send(message(email="")) == Refused("no_address")
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (smtplib.SMTPRecipientsRefused({"x": (550, b"no such user")}), Refused("address_refused")),
        (smtplib.SMTPRecipientsRefused({"x": (451, b"later")}), TryLater("smtp 451")),
        (smtplib.SMTPDataError(554, b"spam"), Refused("smtp 554")),
        (smtplib.SMTPDataError(452, b"full"), TryLater("smtp 452")),
        (smtplib.SMTPAuthenticationError(535, b"wrong"), TryLater("smtp 535")),
        (smtplib.SMTPServerDisconnected("gone"), TryLater("SMTPServerDisconnected: gone")),
        (ConnectionRefusedError("refused"), TryLater("ConnectionRefusedError: refused")),
        (TimeoutError("slow"), TryLater("TimeoutError: slow")),
    ],
)
def test_an_error_of_the_mail_server_is_an_outcome(
    error: Exception, outcome: object, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FailingBackend, "error", error, raising=False)
    settings.EMAIL_BACKEND = f"{__name__}.FailingBackend"  # type: ignore[attr-defined]
    assert CHANNELS["email"].send(message()) == outcome
