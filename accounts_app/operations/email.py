"""The mail address of an account: wanted first, confirmed by a link that was mailed there, only then used.

OWASP: https://cheatsheetseries.owasp.org/cheatsheets/Authentication_Cheat_Sheet.html (change of an address).
"""

import logging
from datetime import datetime, timedelta
from hashlib import sha256
from math import ceil
from typing import Final

from django.conf import settings
from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils.crypto import constant_time_compare

from accounts_app.errors import AddressInUse, LinkInvalid, PasswordWrong, SignInRefused, TooManyAttempts
from accounts_app.mail_addresses import canonical_address, comparable, mailbox_key
from accounts_app.models import AccountMail, AddressRequest, User
from accounts_app.operations.sign_in import verify_password
from foundation.counters import count
from foundation.database import sql
from foundation.database.transactions import database_now, write_transaction

LINK_LIFETIME: Final = timedelta(hours=1)
_HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
WITHHELD: Final = "too many links to this address"
_Kind = AccountMail.Kind

logger = logging.getLogger(__name__)


def request_email(user: User, email: str, password: str, *, address: str) -> None:
    """Ask for another mail address, or with "" for none at all.

    `email` is valid; `address` is the client's. A link goes to the new address, a notice to the verified one that
    the account has; both are sent later. A request replaces the one before. Without an address nothing has to be
    confirmed: the account's is removed at once. Asking for the verified address that the account has ends a request.
    The answer does not show whether the address is another account's. Raises PasswordWrong, or TooManyAttempts.
    """
    _check_password(user, password, address=address)
    with write_transaction():
        owner = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if not email:
            _remove(owner)
            return
        wanted = canonical_address(email)
        if owner.is_email_verified and comparable(owner.email) == comparable(wanted):
            end_request(owner.pk)
            return
        _refuse_beyond(owner, wanted, now=database_now())
        if owner.is_email_verified:
            _plan(_Kind.CHANGE_REQUESTED, owner, owner.email)
        plan_link(owner, wanted)


def plan_link(user: User, email: str) -> None:
    """Have a link mailed to a canonical address, within a transaction; it replaces the one before.

    At most TODO_EMAIL_LINKS_PER_HOUR go to one address, whoever asks. What is beyond is not sent, and not refused
    either: that would say that others know the address.
    """
    now = database_now()
    end_request(user.pk)
    request = AddressRequest.objects.create(
        user=user, email=email, mark=user.credentials_mark, expires_at=now + LINK_LIFETIME
    )
    _lock_address(mailbox_key(email))
    if _is_full(_mailed_to(email, since=now - _HOUR), settings.EMAIL_LINKS_PER_HOUR):
        count("mail.links_withheld")
        _plan(_Kind.LINK, user, email, next_attempt_at=None, detail=WITHHELD)
    else:
        _plan(_Kind.LINK, user, email, request=request)


def confirm_email(token: str) -> User:
    """Make the address of a request its user's, verified from now on; return the user.

    Of two at once with the same token one succeeds; repeating raises. Raises LinkInvalid, or AddressInUse when
    another account has verified the address.
    """
    digest = digest_of(token)
    request = AddressRequest.objects.filter(digest=digest).first()
    if request is None:
        raise LinkInvalid
    try:
        with write_transaction():
            return _use(request)
    except IntegrityError:  # another account was faster
        raise AddressInUse from None


def end_request(user_id: int) -> None:
    """End what a user has not confirmed; its link leads nowhere from now on."""
    AddressRequest.objects.filter(user=user_id).delete()


def replace_address(user: User, *, before: str) -> None:
    """Make the address unverified that an operator wrote, and end their request; the user is not saved.

    The one `before`, if it was verified, gets a notice: whoever may edit accounts could else take over what mail opens.
    """
    with write_transaction():
        if user.is_email_verified and user.pk:
            _plan(_Kind.REMOVED, user, before)
        _withdraw_verification(user)


def _withdraw_verification(user: User) -> None:
    user.email_verified_at = None
    end_request(user.pk)


def is_request_valid(request: AddressRequest, user: User) -> bool:
    """Say whether the user is still who asked: active, with the same password."""
    marks = user.credentials_marks if user.is_active else ()
    return any(constant_time_compare(request.mark, mark) for mark in marks)


def pending_email(user: User) -> str | None:
    """Return the address that the user has asked for and not confirmed, if there is one."""
    request = AddressRequest.objects.filter(user=user.pk).first()
    if request is None or request.expires_at <= database_now() or not is_request_valid(request, user):
        return None
    return request.email


def digest_of(token: str) -> str:
    """Return the SHA-256 by which a token is kept."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _check_password(user: User, password: str, *, address: str) -> None:
    try:
        verify_password(user.username, password, address=address)
    except SignInRefused:
        raise PasswordWrong from None


def _remove(owner: User) -> None:
    if owner.is_email_verified:
        _plan(_Kind.REMOVED, owner, owner.email)
    _withdraw_verification(owner)
    owner.email = ""
    owner.save(update_fields=["email", "email_verified_at"])
    logger.info("user %s removed their address", owner.pk)


def _use(request: AddressRequest) -> User:
    # The user first: a change of the password locks it, too.
    user = User.objects.select_for_update(no_key=True).filter(pk=request.user_id).first()
    now = database_now()
    used, _ = AddressRequest.objects.filter(pk=request.pk, digest=request.digest, expires_at__gt=now).delete()
    if user is None or not used or not is_request_valid(request, user):
        raise LinkInvalid
    user.email, user.email_verified_at = request.email, now
    user.save(update_fields=["email", "email_verified_at"])
    logger.info("user %s confirmed an address", user.pk)
    return user


def _refuse_beyond(owner: User, wanted: str, *, now: datetime) -> None:
    """Raise TooManyAttempts beyond what one account may have mailed in a day, and to one address in an hour."""
    own = AccountMail.objects.filter(user=owner, kind=_Kind.LINK)
    for rows, window, limit in (
        (own.filter(created_at__gt=now - DAY), DAY, settings.EMAIL_LINKS_PER_DAY),
        (
            own.filter(created_at__gt=now - _HOUR, address_key=mailbox_key(wanted)),
            _HOUR,
            settings.EMAIL_LINKS_PER_HOUR,
        ),
    ):
        if _is_full(rows, limit):
            count("mail.links_refused")
            # The one that leaves the window next makes room.
            oldest = rows.order_by("-created_at").values_list("created_at", flat=True)[limit - 1]
            raise TooManyAttempts(retry_after_seconds=max(1, ceil((oldest + window - now).total_seconds())))


def _is_full(rows: QuerySet[AccountMail], limit: int) -> bool:
    return limit > 0 and rows.count() >= limit


def _mailed_to(email: str, *, since: datetime) -> QuerySet[AccountMail]:
    return AccountMail.objects.filter(
        kind=_Kind.LINK, address_key=mailbox_key(email), created_at__gt=since
    ).exclude(detail=WITHHELD)


def _lock_address(address: str) -> None:
    """Have those who ask for the same address wait for each other until the transaction ends, so that all are counted.

    SQLite has one writer at a time anyway.
    """
    sql.wait_for_name(f"mail {address}")


def _plan(kind: AccountMail.Kind, user: User, email: str, **values: object) -> None:
    now = database_now()
    planned = {"created_at": now, "next_attempt_at": now, **values}
    AccountMail.objects.create(kind=kind, user=user, email=email, address_key=mailbox_key(email), **planned)
