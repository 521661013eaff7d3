"""E-mail through Django's configured backend."""

import smtplib
from collections.abc import Mapping
from contextlib import suppress
from email.utils import parseaddr
from typing import ClassVar

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend

from events_app.errors import describe_error
from notifications_app.channels.attempt import TOO_SLOW
from notifications_app.channels.base import Channel, ChannelMessage, Refused, SendOutcome, Sent, TryLater
from notifications_app.channels.smtp import TimeIsUp
from notifications_app.reasons import Reason

TIMEOUT_SECONDS = 8  # for each answer; the whole attempt has a limit of its own, see attempt.py
QUIT_SECONDS = 1
_DETAIL_CHARACTERS = 200
_SUBJECT_LENGTH = 150
_LINE_LENGTH = 400


class EmailChannel(Channel):
    """One plain-text mail per message. Its Message-ID is made from the key, so mail programs recognise a repeat."""

    name: ClassVar[str] = "email"
    leaves_database: ClassVar[bool] = True
    needs_address: ClassVar[bool] = True
    is_bounded: ClassVar[bool] = True
    idempotent: ClassVar[bool] = False

    def send(self, message: ChannelMessage) -> SendOutcome:
        if not message.email:
            return Refused(Reason.NO_ADDRESS)
        if "@" not in message.email:
            return Refused(Reason.ADDRESS_INVALID)
        headers = _unsubscribe_headers(message.unsubscribe_url)
        return send_mail(message.email, _subject(message), _body(message), key=message.key, headers=headers)


def send_mail(
    email: str, subject: str, body: str, *, key: str, headers: Mapping[str, str] | None = None
) -> SendOutcome:
    """Hand one plain mail over to the mail server, under a Message-ID made from `key`; return the outcome."""
    message_id = f"<{key}@{_domain()}>"
    mail = EmailMessage(
        subject=subject,
        body=body,
        to=[email],
        # RFC 3834: no automatic replies to us.
        headers={"Message-ID": message_id, "Auto-Submitted": "auto-generated", **(headers or {})},
    )
    server = get_connection(timeout=TIMEOUT_SECONDS)
    refused = _connect(server) or _submit(server, mail)
    _disconnect(server, send_quit=refused is None)
    return refused or Sent(provider_id=message_id)


def _connect(server: BaseEmailBackend) -> SendOutcome | None:
    """Connect and return None, or TryLater: an error before the mail is sent is for the operator to mend."""
    try:
        server.open()
    except (smtplib.SMTPException, OSError, ValueError) as error:  # ValueError: an invalid host name
        return _unavailable(error)
    return None


def _submit(server: BaseEmailBackend, mail: EmailMessage) -> SendOutcome | None:
    """Return None when the server has accepted the mail, otherwise the outcome."""
    try:
        mail.message()
        taken = server.send_messages([mail])
    except smtplib.SMTPRecipientsRefused as error:
        return _recipient_outcome(error)
    except smtplib.SMTPResponseException as error:
        return _response_outcome(error)
    except (smtplib.SMTPException, OSError) as error:
        return _unavailable(error)
    except ValueError as error:  # BadHeaderError, UnicodeError, an address that is none
        return Refused(Reason.NOT_SENDABLE, _describe(error))
    return None if taken else TryLater(Reason.SERVER_UNAVAILABLE, "the mail server took nothing")


def _disconnect(server: BaseEmailBackend, *, send_quit: bool) -> None:
    """Close the connection. The outcome is known: an error here does not change it.

    After a failure no QUIT is sent: waiting for its answer could take as long again.
    """
    smtp = getattr(server, "connection", None) or getattr(server, "_partial_connection", None)
    with suppress(smtplib.SMTPException, OSError):
        if isinstance(smtp, smtplib.SMTP):
            if send_quit and smtp.sock is not None:
                smtp.sock.settimeout(QUIT_SECONDS)
                smtp.quit()
            smtp.close()
        else:
            server.close()


def _body(message: ChannelMessage) -> str:
    text = "\n\n".join(_lines(message))
    if not message.unsubscribe_url:
        return text
    return f"{text}\n\n-- \nNo more reminders by mail: {message.unsubscribe_url}\n"


def _lines(message: ChannelMessage) -> list[str]:
    if len(message.items) == 1 and not message.more:
        return [message.items[0].body]
    lines = [" ".join(item.body.split())[:_LINE_LENGTH] for item in message.items]
    return [*lines, f"and {message.more} more"] if message.more else lines


def _unsubscribe_headers(url: str) -> dict[str, str]:
    """Return the headers of which mail programs make a button (RFC 2369), one that needs no page (RFC 8058)."""
    if not url:
        return {}
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _subject(message: ChannelMessage) -> str:
    if len(message.items) + message.more > 1:
        return f"{len(message.items) + message.more} reminders"
    # A header has one line; a title may have several.
    return " ".join(message.items[0].title.split())[:_SUBJECT_LENGTH] or "Reminder"


def _domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"


def _recipient_outcome(error: smtplib.SMTPRecipientsRefused) -> SendOutcome:
    code = next((code for code, _ in error.recipients.values()), 0)
    if code >= 500:
        return Refused(Reason.ADDRESS_REFUSED, _describe(error))
    return TryLater(Reason.SERVER_UNAVAILABLE, _describe(error))


def _response_outcome(error: smtplib.SMTPResponseException) -> SendOutcome:
    # A failed authentication is for the operator to mend: the mail itself is not refused.
    if error.smtp_code >= 500 and not isinstance(error, smtplib.SMTPAuthenticationError):
        return Refused(Reason.MAIL_REFUSED, _describe(error))
    return _unavailable(error)


def _unavailable(error: Exception) -> TryLater:
    if isinstance(error, TimeIsUp):
        return TOO_SLOW
    return TryLater(Reason.SERVER_UNAVAILABLE, _describe(error))


def _describe(error: Exception) -> str:
    return describe_error(error, characters=_DETAIL_CHARACTERS)
