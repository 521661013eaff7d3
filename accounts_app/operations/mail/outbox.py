"""The outbox of mails about accounts: a sender claims a letter, sends it, and stores the outcome.

A lease covers the time of sending. When a sender dies, another one claims the letter after the lease, with a new token.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings

from accounts_app.credentials.hashes import hash_text
from accounts_app.mail.letters import (
    LetterText,
    change_requested_text,
    link_text,
    password_changed_text,
    removed_text,
    reset_text,
    second_factor_changed_text,
    set_password_text,
)
from accounts_app.models import AccountMail
from accounts_app.operations.mail.links import LINK_LIFETIME
from accounts_app.operations.passwords.resetting import make_link
from events_app.runtime.identity import ending_of, new_holder
from foundation.database.transactions import database_now, write_transaction

_LEASE_SECONDS: Final = 60
TOKEN_BYTES: Final = 32
_Kind = AccountMail.Kind
NOTICES: Final[Mapping[str, Callable[..., LetterText]]] = {
    _Kind.CHANGE_REQUESTED: change_requested_text,
    _Kind.REMOVED: removed_text,
    _Kind.PASSWORD_CHANGED: password_changed_text,
    _Kind.SECOND_FACTOR_CHANGED: second_factor_changed_text,
}
PASSWORD_LINKS: Final[Mapping[str, Callable[..., LetterText]]] = {
    _Kind.RESET: reset_text,
    _Kind.SET_PASSWORD: set_password_text,
}


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A mail that only one sender may send until its lease ends. `key` is for the Message-ID, another per attempt."""

    mail_id: int
    holder: str
    key: str
    attempts: int
    email: str
    text: LetterText


def claim_letter() -> Letter | None:
    """Lease the mail that has been due longest and return it, or None. A mail that is not wanted any more is closed.

    The token of a link is made here: the database stores its hash, only the mail has the token.
    """
    while AccountMail.objects.filter(next_attempt_at__lte=database_now()).exists():
        with write_transaction():
            mail = _lease_first(database_now())
            if mail is None:  # other senders have leased what is due
                return None
            text = _write_text(mail)
            if text is not None:
                return _make_letter(mail, text)
            _drop(mail)
    return None


def close_letter(letter: Letter, *, sent: bool, detail: str = "") -> bool:
    """Store that a letter was sent, or never will be; return False when its lease was lost meanwhile."""
    now = database_now()
    return _store_outcome(letter, next_attempt_at=None, sent_at=now if sent else None, detail=detail)


def retry_letter(letter: Letter, *, at: datetime, detail: str) -> bool:
    """Store that a letter is to be sent again at `at`, with another token; return False when its lease was lost."""
    return _store_outcome(letter, next_attempt_at=at, detail=detail)


def release_letters(place: str) -> int:
    """Make due the letters that dead processes of this data folder were sending; return how many.

    As `release_deliveries`: only for the process that holds that folder now.
    """
    with write_transaction():
        sending = AccountMail.objects.filter(
            next_attempt_at__isnull=False, lease_holder__endswith=ending_of(place)
        )
        return sending.update(next_attempt_at=database_now())


def _drop(mail: AccountMail) -> None:
    """Close a mail that goes to nobody. What somebody typed to reset a password is no account's address: it goes."""
    mail.next_attempt_at, mail.lease_holder, mail.detail = None, "", "no longer wanted"
    mail.email = "" if mail.kind == _Kind.RESET else mail.email
    mail.save()


def _lease_first(now: datetime) -> AccountMail | None:
    due = AccountMail.objects.filter(next_attempt_at__lte=now).order_by("next_attempt_at", "pk")
    mail = due.select_for_update(skip_locked=True, no_key=True).first()
    if mail is not None:
        mail.attempts += 1
        mail.lease_holder = new_holder()
        mail.next_attempt_at = now + timedelta(seconds=_LEASE_SECONDS)
        mail.save()
    return mail


def _write_text(mail: AccountMail) -> LetterText | None:
    """Return what the mail says now, or None when it is no longer wanted."""
    notice = NOTICES.get(mail.kind)
    if notice is not None:
        return notice(base_url=settings.BASE_URL)
    if mail.kind in PASSWORD_LINKS:
        token = make_link(mail)
        return None if token is None else PASSWORD_LINKS[mail.kind](token, base_url=settings.BASE_URL)
    return _write_link(mail)


def _write_link(mail: AccountMail) -> LetterText | None:
    """Return the mail with a new token for the address that it confirms."""
    request = mail.request
    if request is None or not request.user.accepts_mark(request.mark):
        return None
    token = secrets.token_urlsafe(TOKEN_BYTES)
    request.digest, request.expires_at = hash_text(token), database_now() + LINK_LIFETIME
    request.save(update_fields=["digest", "expires_at"])
    return link_text(token, base_url=settings.BASE_URL)


def _make_letter(mail: AccountMail, text: LetterText) -> Letter:
    return Letter(
        mail_id=mail.pk,
        holder=mail.lease_holder,
        # Of repeated links only the newest is valid: mail programs must not show it as the same mail.
        key=f"account-{mail.pk}-{mail.attempts}",
        attempts=mail.attempts,
        email=mail.email,
        text=text,
    )


def _store_outcome(letter: Letter, **values: object) -> bool:
    with write_transaction():
        mine = AccountMail.objects.filter(pk=letter.mail_id, lease_holder=letter.holder)
        return mine.update(lease_holder="", **values) > 0
