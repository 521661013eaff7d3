"""Links that confirm a mail address, and limits of how many are mailed."""

from datetime import datetime, timedelta
from math import ceil
from typing import Final

from django.conf import settings
from django.db.models import QuerySet
from django.utils.crypto import salted_hmac

from accounts_app.errors import TooManyAttempts
from accounts_app.mail.addresses import mailbox_key
from accounts_app.models import AccountMail, AddressRequest, PasswordLink, User
from foundation.counters import count
from foundation.database import sql
from foundation.database.transactions import database_now

LINK_LIFETIME: Final = timedelta(hours=1)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
WITHHELD: Final = "too many links to this address"
_COUNT_SALT: Final = "accounts_app.mailbox"  # a part of what is stored, whatever this module is called
_Kind = AccountMail.Kind


def plan_link(user: User, email: str) -> None:
    """Request a canonical address for a user and plan the mail with its link; call it within a transaction.

    The request replaces the one before. At most TODO_EMAIL_LINKS_PER_HOUR go to one address, from all users together.
    A further one is stored and not sent. It is not refused, since a refusal would show that others use the address.
    """
    now = database_now()
    end_request(user.pk)
    request = AddressRequest.objects.create(
        user=user, email=email, mark=user.credentials_mark, expires_at=now + LINK_LIFETIME
    )
    if is_withheld(_Kind.LINK, email):
        plan_mail(_Kind.LINK, user, email, next_attempt_at=None, detail=WITHHELD)
    else:
        plan_mail(_Kind.LINK, user, email, request=request)


def end_request(user_id: int) -> None:
    """Delete the user's open request; its link is invalid from now on."""
    AddressRequest.objects.filter(user=user_id).delete()


def end_links(user_id: int) -> None:
    """Make all links invalid that were mailed for an account: of its address, and of its password."""
    end_request(user_id)
    PasswordLink.objects.filter(user=user_id).delete()


def check_link_limits(owner: User, wanted: str, *, now: datetime) -> None:
    """Raise TooManyAttempts when the account has used up its links of a day, or of an hour to this address."""
    own = AccountMail.objects.filter(user=owner, kind=_Kind.LINK)
    for rows, window, limit in (
        (own.filter(created_at__gt=now - DAY), DAY, settings.EMAIL_LINKS_PER_DAY),
        (
            own.filter(created_at__gt=now - HOUR, address_key=count_key(wanted)),
            HOUR,
            settings.EMAIL_LINKS_PER_HOUR,
        ),
    ):
        if _is_limit_reached(rows, limit):
            count("mail.links_refused")
            # There is room again when the oldest of the last `limit` links leaves the window.
            oldest = rows.order_by("-created_at").values_list("created_at", flat=True)[limit - 1]
            raise TooManyAttempts(retry_after_seconds=max(1, ceil((oldest + window - now).total_seconds())))


def is_withheld(kind: AccountMail.Kind, email: str) -> bool:
    """Say whether no further link of this kind may be mailed to an address now; call it within a transaction.

    It locks the address: the caller stores the mail before another caller counts.
    """
    sql.wait_for_name(f"mail {mailbox_key(email)}")  # SQLite has one writer at a time anyway
    sent = AccountMail.objects.filter(
        kind=kind, address_key=count_key(email), created_at__gt=database_now() - HOUR
    ).exclude(detail=WITHHELD)
    reached = _is_limit_reached(sent, settings.EMAIL_LINKS_PER_HOUR)
    if reached:
        count("mail.links_withheld")
    return reached


def plan_mail(kind: AccountMail.Kind, user: User | None, email: str, /, **values: object) -> None:
    """Insert a mail for the outbox, due now unless `values` differ."""
    now = database_now()
    planned = {"email": email, "created_at": now, "next_attempt_at": now, **values}
    AccountMail.objects.create(kind=kind, user=user, address_key=count_key(email), **planned)


def count_key(email: str) -> str:
    """Return what mails to one mailbox are counted by: nobody without SECRET_KEY can tell which mailbox it is."""
    return salted_hmac(_COUNT_SALT, mailbox_key(email), algorithm="sha256").hexdigest()


def _is_limit_reached(rows: QuerySet[AccountMail], limit: int) -> bool:
    return limit > 0 and rows.count() >= limit
