"""Quotas of token families, browser sessions and tickets of one user: beyond them the oldest ends. 0: no quota.

Call these functions in the transaction that inserts one, after `lock_user`: two transactions then count each other.
"""

from typing import Final

from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts_app.models import BrowserSession, RefreshFamily, SocketTicket, User
from foundation.counters import count

ENDED: Final = "too many"


def lock_user(user_id: int) -> None:
    """Lock a user's row until the transaction ends; on SQLite one transaction writes at a time anyway."""
    if connection.vendor != "sqlite":
        list(User.objects.select_for_update(no_key=True).filter(pk=user_id).values_list("pk"))


def end_oldest_families(user_id: int) -> None:
    """Revoke the open families beyond the quota, those used longest ago; keep as many ended ones as the quota."""
    quota = settings.SIGNINS_PER_USER
    if not quota:
        return
    now = timezone.now()
    rows = RefreshFamily.objects.filter(user_id=user_id).order_by("-expires_at", "-created_at")
    found = list(rows.values_list("pk", "revoked_at", "expires_at"))
    is_open = {pk: revoked_at is None and expires_at > now for pk, revoked_at, expires_at in found}
    surplus = [pk for pk in is_open if is_open[pk]][quota:]
    ended = [pk for pk in is_open if not is_open[pk]][quota:]
    if surplus:
        count("sign_ins.ended", len(surplus))
        RefreshFamily.objects.filter(pk__in=surplus).update(revoked_at=now, revoked_reason=ENDED)
    if ended:
        RefreshFamily.objects.filter(pk__in=ended).delete()


def end_oldest_sessions(user_id: int) -> None:
    """Delete the browser sessions that began longest ago, so that one more is within the quota."""
    if settings.SIGNINS_PER_USER:
        rows = BrowserSession.objects.filter(user_id=user_id).order_by("-expire_date", "pk")
        surplus = list(rows.values_list("pk", flat=True)[settings.SIGNINS_PER_USER - 1 :])
        if surplus:
            count("sign_ins.ended", len(surplus))
            BrowserSession.objects.filter(pk__in=surplus).delete()


def drop_oldest_tickets(user_id: int) -> None:
    """Delete the socket tickets beyond the quota that were issued first; expired ones count, too."""
    if settings.SOCKET_TICKETS_PER_USER:
        rows = SocketTicket.objects.filter(user_id=user_id).order_by("-expires_at", "-pk")
        surplus = list(rows.values_list("pk", flat=True)[settings.SOCKET_TICKETS_PER_USER :])
        if surplus:
            count("tickets.dropped", len(surplus))
            SocketTicket.objects.filter(pk__in=surplus).delete()
