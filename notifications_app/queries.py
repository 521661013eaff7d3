"""Reads of notifications. A user's notifications are reached only through `shown_notifications`."""

from django.db.models import QuerySet

from notifications_app.models import Notification


def shown_notifications(user_id: int) -> QuerySet[Notification]:
    """Return the notifications that the user can see, unordered: neither held nor suppressed ones."""
    return Notification.objects.filter(user_id=user_id, shown_at__isnull=False)
