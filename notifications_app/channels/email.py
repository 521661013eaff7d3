"""E-mail through Django's configured backend."""

import smtplib
from email.utils import parseaddr
from typing import ClassVar

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from notifications_app.channels.base import Channel, Message, Outcome, Refused, Sent, TryLater

TIMEOUT_SECONDS = 10
_SUBJECT_LENGTH = 150


class EmailChannel(Channel):
    """One plain-text mail per message; its Message-ID comes from the key, so mail programs see a repeat."""

    name: ClassVar[str] = "email"
    leaves_database: ClassVar[bool] = True
    idempotent: ClassVar[bool] = False

    def send(self, message: Message) -> Outcome:
        if not message.email:
            return Refused("no_address")
        message_id = f"<{message.key}@{_domain()}>"
        try:
            _mail(message, message_id).send()
        except smtplib.SMTPRecipientsRefused as error:
            return _refused_by(error)
        except smtplib.SMTPResponseException as error:
            return _after_answer(error)
        except (smtplib.SMTPException, OSError) as error:
            return TryLater(_reason(error))
        return Sent(provider_id=message_id)


def _mail(message: Message, message_id: str) -> EmailMessage:
    return EmailMessage(
        subject=_subject(message),
        body="\n\n".join(item.body for item in message.items),
        to=[message.email],
        headers={"Message-ID": message_id, "Auto-Submitted": "auto-generated"},
        connection=get_connection(timeout=TIMEOUT_SECONDS),
    )


def _subject(message: Message) -> str:
    if len(message.items) > 1:
        return f"{len(message.items)} reminders"
    # A header has one line, whatever the task's title has.
    return " ".join(message.items[0].title.split())[:_SUBJECT_LENGTH] or "Reminder"


def _domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"


def _refused_by(error: smtplib.SMTPRecipientsRefused) -> Outcome:
    code, _ = next(iter(error.recipients.values()))
    return Refused("address_refused") if code >= 500 else TryLater(f"smtp {code}")


def _after_answer(error: smtplib.SMTPResponseException) -> Outcome:
    # Sign-in trouble is the operator's to mend: the mail itself is all right.
    if error.smtp_code >= 500 and not isinstance(error, smtplib.SMTPAuthenticationError):
        return Refused(f"smtp {error.smtp_code}")
    return TryLater(f"smtp {error.smtp_code}")


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200]
