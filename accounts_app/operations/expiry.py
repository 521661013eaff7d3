"""Removing what time has made worthless."""

from typing import TypeVar

from django.db.models import Model, QuerySet

from accounts_app.models import Attempt, BrowserSession, KeyedAnswer, RefreshFamily, SocketTicket
from accounts_app.operations.answers import KEPT
from accounts_app.operations.limits import WINDOW
from events_app.transactions import database_now, write_transaction

ROWS_PER_CALL = 1000
Row = TypeVar("Row", bound=Model)


def remove_expired() -> int:
    """Delete expired tickets, token families, browser sessions, counted attempts and stored answers; return how many.

    At most ROWS_PER_CALL of each kind, so a call is short; two at once are harmless.
    """
    now = database_now()
    return (
        _remove(SocketTicket.objects.filter(expires_at__lt=now))
        + _remove(RefreshFamily.objects.filter(expires_at__lt=now))
        + _remove(BrowserSession.objects.filter(expire_date__lt=now))
        + _remove(Attempt.objects.filter(at__lt=now - WINDOW))
        + _remove(KeyedAnswer.objects.filter(created_at__lt=now - KEPT))
    )


def _remove(rows: QuerySet[Row]) -> int:
    with write_transaction():
        locked = rows.order_by("pk").select_for_update(skip_locked=True)
        ids = list(locked.values_list("pk", flat=True)[:ROWS_PER_CALL])
        deleted, _ = rows.model._default_manager.filter(pk__in=ids).delete()
    return deleted
