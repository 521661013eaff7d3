"""Reads of notifications. A user's notifications are reached only through `shown_notifications`."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from notifications_app.models import Delivery, Notification


def shown_notifications(user_id: int) -> QuerySet[Notification]:
    """Return the notifications that the user can see, unordered: neither held nor suppressed ones."""
    return Notification.objects.filter(user_id=user_id, shown_at__isnull=False)


def tasks_with_waiting_notices(task_ids: Collection[int]) -> set[int]:
    """Return those of the tasks, of any users, about which a notification is held or a delivery is not sent yet."""
    if not task_ids:
        return set()
    waiting = Delivery.objects.filter(
        notification=OuterRef("pk"),
        status__in=[Delivery.Status.HELD, Delivery.Status.PLANNED, Delivery.Status.SENDING],
    )
    about = Notification.objects.filter(task_id__in=task_ids)
    found = about.filter(Q(held_until__isnull=False) | Exists(waiting))
    return {task_id for task_id in found.values_list("task_id", flat=True) if task_id is not None}


def tasks_with_suppressed_notices(task_ids: Collection[int]) -> set[int]:
    """Return those of the tasks, of any users, about which a notification was suppressed before it was shown."""
    if not task_ids:
        return set()
    suppressed = Notification.objects.filter(task_id__in=task_ids).exclude(suppressed_reason="")
    return {task_id for task_id in suppressed.values_list("task_id", flat=True) if task_id is not None}


def due_deliveries(at: datetime) -> QuerySet[Delivery]:
    """Return the deliveries that should have been sent by `at`, of all users, unordered."""
    return Delivery.objects.filter(next_attempt_at__lte=at)


def failed_deliveries() -> QuerySet[Delivery]:
    """Return the deliveries that were given up, of all users, unordered."""
    return Delivery.objects.filter(status=Delivery.Status.FAILED)
