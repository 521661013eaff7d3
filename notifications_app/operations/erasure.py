"""Removing all notifications of a deleted user, their deliveries, what is known of mails, and the browsers."""

from typing import Final

from events_app.runtime.crash import crash_point
from foundation.database.transactions import write_transaction
from notifications_app.models import Mailing, Notification, PushSubscription

_ROWS_PER_STEP: Final = 500


def erase_notifications(user_id: int) -> int:
    """Remove up to 500 notifications, at last the rest; return how many rows went, 0 when none is left."""
    owned = Notification.objects.filter(user=user_id).order_by("pk").values_list("pk", flat=True)
    with write_transaction():
        ids = list(owned[:_ROWS_PER_STEP])
        gone, _ = Notification.objects.filter(pk__in=ids).delete()
        if not ids:
            mailings, _ = Mailing.objects.filter(user=user_id).delete()
            browsers, _ = PushSubscription.objects.filter(user=user_id).delete()
            gone = mailings + browsers
        if gone:
            crash_point("sweep.before_commit")
    return gone
