"""Every read of notifications. A user's are reached only through `shown_to`."""

from django.db.models import QuerySet

from notifications_app.models import Notification


def shown_notifications(user_id: int) -> QuerySet[Notification]:
    """Return what the user can see, in no order yet: neither held nor suppressed ones."""
    return Notification.objects.filter(user_id=user_id, shown_at__isnull=False)
