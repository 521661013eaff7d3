"""Reminders of one user."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet

from tasks_app.errors import ReminderNotFound
from tasks_app.models import Reminder

_OF_REMINDERS = (
    "owner_id",
    "task_id",
    "offset",
    "at",
    "snoozed_until",
    "firing",
    "fire_at",
    "status",
    "late",
)
_TOLD_OF_TASKS = (
    "owner_id", "title", "priority", "due_date", "due_time", "time_zone", "floating", "due_fold", "due_instant",
    "completed_at", "deleted_at",
)  # fmt: skip


def reminders_of(user_id: int) -> QuerySet[Reminder]:
    """Return the user's reminders that are on live tasks, with their tasks."""
    mine = Reminder.objects.filter(owner_id=user_id, removed=False, task__deleted_at__isnull=True)
    return mine.select_related("task")


def reminder_of(user_id: int, reminder_id: int) -> Reminder:
    """Return one reminder of the user with its task. Raises ReminderNotFound."""
    reminder = reminders_of(user_id).filter(pk=reminder_id).first()
    if reminder is None:
        raise ReminderNotFound
    return reminder


def due_reminders(owner_ids: Collection[int], now: datetime) -> QuerySet[Reminder]:
    """Return what these users have to be reminded of by `now`, earliest first, with what is told of the tasks."""
    due = _due(now).filter(owner_id__in=owner_ids).select_related("task").order_by("fire_at", "id")
    return due.only(*_OF_REMINDERS, *(f"task__{name}" for name in _TOLD_OF_TASKS))


def owners_with_due_reminders(now: datetime) -> list[int]:
    """Return who has a reminder to fire at `now`, who waits longest first; cost follows the due, not the pending."""
    # The order keeps SQLite on the index of what is pending, where it would else look at every owner.
    return list(dict.fromkeys(_due(now).order_by("fire_at").values_list("owner_id", flat=True)))


def upcoming_instants(until: datetime, limit: int) -> list[datetime]:
    """Return the first `limit` distinct instants up to `until` at which a reminder waits to fire, in order."""
    pending = Reminder.objects.filter(status="pending", fire_at__lte=until).order_by("fire_at")
    return list(pending.values_list("fire_at", flat=True).distinct()[:limit])  # type: ignore[arg-type]


def _due(now: datetime) -> QuerySet[Reminder]:
    return Reminder.objects.filter(status="pending", fire_at__lte=now)
