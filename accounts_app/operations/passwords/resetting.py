"""Setting a password by a link in a mail: for people who have forgotten theirs, and for accounts that an operator made.

OWASP: https://cheatsheetseries.owasp.org/cheatsheets/Forgot_Password_Cheat_Sheet.html
"""

import secrets
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.db import IntegrityError

from accounts_app.credentials.hashes import hash_text
from accounts_app.errors import LinkInvalid
from accounts_app.mail.addresses import canonical_address
from accounts_app.models import AccountMail, PasswordLink, User
from accounts_app.operations.mail.links import HOUR, WITHHELD, is_withheld, plan_mail
from accounts_app.operations.passwords.changing import save_password
from accounts_app.operations.passwords.strength import check_strength
from accounts_app.operations.sign_ins.limits import Limit, count_attempt
from events_app.log.write import writing
from foundation.context import Actor, set_actor
from foundation.database.transactions import database_now, write_transaction

RESET_LIFETIME: Final = HOUR
SET_PASSWORD_LIFETIME: Final = timedelta(days=3)
_TOKEN_BYTES: Final = 32
_Kind = AccountMail.Kind


def request_reset(email: str, *, address: str) -> None:
    """Plan a mail with a link that sets a new password, if `email` is the confirmed address of an active account.

    Which it is is looked up when the mail is sent, so neither the answer nor its time shows whether there is an
    account. At most TODO_EMAIL_LINKS_PER_HOUR such mails go to one address. `email` is valid; `address` is the network
    address of the client. Raises TooManyAttempts.
    """
    count_attempt(Limit(("password reset", address), settings.FAILED_SIGNINS_PER_ADDRESS))
    wanted = canonical_address(email)
    with write_transaction():
        if is_withheld(_Kind.RESET, wanted):
            plan_mail(_Kind.RESET, None, wanted, next_attempt_at=None, detail=WITHHELD, email="")
        else:
            plan_mail(_Kind.RESET, None, wanted)


def send_password_link(user: User) -> None:
    """Plan a mail with a link that sets the password of an account, to its address; an operator asks for it.

    It is good for three days. Whoever uses it has also confirmed the address.
    """
    with write_transaction():
        plan_mail(_Kind.SET_PASSWORD, user, user.email)


def make_link(mail: AccountMail) -> str | None:
    """Return the token for a mail that is about to be sent; None when there is nobody to send it to.

    Its SHA-256 is stored; it replaces the user's link before. The mail becomes one of that user. Call it within a
    transaction.
    """
    user = _owner_of(mail)
    if user is None:
        return None
    AccountMail.objects.filter(pk=mail.pk).update(user=user)
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    lifetime = RESET_LIFETIME if mail.kind == _Kind.RESET else SET_PASSWORD_LIFETIME
    PasswordLink.objects.update_or_create(
        user=user,
        defaults={
            "email": user.email,
            "mark": user.credentials_mark,
            "digest": hash_text(token),
            "expires_at": database_now() + lifetime,
        },
    )
    return token


def _owner_of(mail: AccountMail) -> User | None:
    """Return the active user who may be mailed a link: for a reset the one who has confirmed the address."""
    if mail.kind == _Kind.RESET:
        owners = User.objects.filter(
            email__iexact=mail.email, email_verified_at__isnull=False, is_active=True
        )
    else:
        owners = User.objects.filter(pk__in=[mail.user_id], email=mail.email, is_active=True)
    return owners.first()


def reset_password(token: str, new_password: str) -> User:
    """Set the password of a link's user, end all sign-ins, and return the user.

    A token works once; one with a password that is too weak works again. The address that it was mailed to is
    confirmed by it, unless another account has confirmed it. Raises LinkInvalid, PasswordRefused or HashingBusy.
    """
    link = PasswordLink.objects.select_related("user").filter(digest=hash_text(token)).first()
    if link is None or not _is_good(link):
        raise LinkInvalid
    check_strength(new_password, link.user, field="new_password")
    link.user.set_password(new_password)  # slow: before the lock
    with writing(link.user_id):
        return _use_link(link, encoded=link.user.password)


def _is_good(link: PasswordLink) -> bool:
    return link.expires_at > database_now() and _is_still_for(link, link.user)


def _is_still_for(link: PasswordLink, user: User) -> bool:
    """Say whether the account has the password and the address that it had when the link was mailed.

    Who has lost a mailbox to somebody else writes down another address: from then on links in the old one are void.
    """
    return user.email == link.email and user.accepts_mark(link.mark)


def _use_link(link: PasswordLink, *, encoded: str) -> User:
    user = User.objects.get(pk=link.user_id)
    used, _ = PasswordLink.objects.filter(
        pk=link.pk, digest=link.digest, expires_at__gt=database_now()
    ).delete()
    if not used or not _is_still_for(link, user):
        raise LinkInvalid
    if not user.is_email_verified:
        _confirm_address(user)
    user.password = encoded
    set_actor(Actor(type="user", id=str(user.pk)))
    return save_password(user, how="reset")


def _confirm_address(user: User) -> None:
    try:
        with write_transaction():
            user.email_verified_at = database_now()
            user.save(update_fields=["email_verified_at"])
    except IntegrityError:  # another account has confirmed it: this one may have a password, but no mail
        user.email_verified_at = None
