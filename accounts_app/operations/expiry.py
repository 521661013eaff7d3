"""The sweep that deletes expired rows of accounts."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from accounts_app.models import (
    AccountMail,
    AddressRequest,
    Attempt,
    BrowserSession,
    KeyedAnswer,
    PasswordLink,
    PersonalToken,
    RefreshFamily,
    SocketTicket,
)
from accounts_app.operations.keyed_calls.answers import KEPT
from accounts_app.operations.mail.links import DAY, HOUR, LINK_LIFETIME
from accounts_app.operations.sign_ins.limits import WINDOW
from events_app.runtime.time_slices import is_time_up
from foundation.database.transactions import database_now, write_transaction

TOKENS_KEPT = timedelta(days=30)
_ROWS_PER_TRANSACTION = 1000
_Row = TypeVar("_Row", bound=Model)


def remove_expired() -> int:
    """Delete expired tickets, sign-ins, tokens, counted attempts, stored answers, links and mails; return how many.

    Deletes up to 1,000 of each kind in turn, until none is left or the sweep's time is up. Two at once are harmless.
    """
    now = database_now()
    kinds: list[Callable[[], int]] = [
        partial(_remove, SocketTicket.objects.filter(expires_at__lt=now)),
        partial(_remove, RefreshFamily.objects.filter(expires_at__lt=now)),
        partial(_remove, BrowserSession.objects.filter(expire_date__lt=now)),
        partial(_remove, Attempt.objects.filter(at__lt=now - WINDOW, user=None)),
        partial(_remove, Attempt.objects.filter(at__lt=now - DAY)),
        partial(
            _remove,
            PersonalToken.objects.filter(
                Q(revoked_at__lt=now - TOKENS_KEPT) | Q(expires_at__lt=now - TOKENS_KEPT)
            ),
        ),
        partial(_remove, KeyedAnswer.objects.filter(created_at__lt=now - KEPT)),
        partial(_remove, AddressRequest.objects.filter(expires_at__lt=now - LINK_LIFETIME)),
        partial(_remove, PasswordLink.objects.filter(expires_at__lt=now)),
        partial(_remove, AccountMail.objects.filter(created_at__lt=now - DAY, next_attempt_at__isnull=True)),
        partial(_remove, _resets_of_nobody().filter(created_at__lt=now - HOUR)),
    ]
    total = 0
    while kinds and not is_time_up():
        removed = {remove: remove() for remove in kinds}
        total += sum(removed.values())
        kinds = [remove for remove, rows in removed.items() if rows >= _ROWS_PER_TRANSACTION]
    return total


def _resets_of_nobody() -> QuerySet[AccountMail]:
    return AccountMail.objects.filter(
        kind=AccountMail.Kind.RESET, user__isnull=True, next_attempt_at__isnull=True
    )


def _remove(rows: QuerySet[_Row]) -> int:
    """Delete up to 1,000 rows, and the rows that cascade; return how many of all kinds."""
    with write_transaction():
        locked = rows.order_by("pk").select_for_update(skip_locked=True)
        ids = list(locked.values_list("pk", flat=True)[:_ROWS_PER_TRANSACTION])
        deleted, _ = rows.model._default_manager.filter(pk__in=ids).delete()
    return deleted
