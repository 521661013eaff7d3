"""Reminders: rows with the instant at which they fire. The rows decide; whatever wakes the sweep is only a hint."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from tasks_app.models.tasks import Task


class Reminder(models.Model):
    """One reminder of a task: relative to its due (`offset`) or absolute (`at`).

    `firing` numbers the planned firings: each (reminder, firing) notifies at most once. A reminder that was removed
    from its task stays as a row with `removed`, so that "why was I not notified?" has an answer.
    """

    class Status(models.TextChoices):
        PENDING = "pending"
        FIRED = "fired"
        CANCELLED = "cancelled"

    class Reason(models.TextChoices):
        COMPLETED = "completed", "the task was completed"
        DELETED = "deleted", "the task was deleted"
        PAST = "past", "its instant had passed when it was planned"
        NO_DUE = "no_due", "the task has no due to count from"
        REMOVED = "removed", "it was taken off the task"
        MISSED = "missed", "its occurrence was missed"
        SAME_INSTANT = "same_instant", "another reminder of the task fired at the same instant"
        OUT_OF_RANGE = "out_of_range", "its instant lies outside the calendar"
        TOO_MANY = "too_many", "the task has as many reminders as a task can have"

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="reminders")
    offset = models.CharField(
        max_length=40, null=True, blank=True, help_text="ISO 8601 duration from the due."
    )
    at = models.DateTimeField(null=True, blank=True)
    snoozed_until = models.DateTimeField(null=True, blank=True)
    firing = models.PositiveIntegerField(default=1)
    fire_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(max_length=16, choices=Status, default=Status.PENDING)
    reason = models.CharField(max_length=16, choices=Reason, default="", blank=True)
    fired_at = models.DateTimeField(null=True, blank=True)
    late = models.BooleanField(default=False)
    removed = models.BooleanField(default=False, help_text="No longer on its task.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="reminder_is_relative_or_absolute",
                condition=Q(offset__isnull=True, at__isnull=False) | Q(offset__isnull=False, at__isnull=True),
            ),
            models.CheckConstraint(name="reminder_firing_counts", condition=Q(firing__gte=1)),
            models.CheckConstraint(
                name="reminder_status_is_whole",
                condition=Q(status="pending", fire_at__isnull=False, reason="", removed=False)
                | Q(status="fired", fire_at__isnull=False, fired_at__isnull=False, reason="")
                | (Q(status="cancelled") & ~Q(reason="")),
            ),
        ]
        indexes = [
            models.Index(fields=["fire_at", "owner"], name="reminder_pending", condition=Q(status="pending")),
            models.Index(fields=["owner", "status", "fire_at", "id"], name="reminder_of_owner"),
        ]

    def __str__(self) -> str:
        return self.offset or str(self.at)

    @property
    def is_pending(self) -> bool:
        return self.status == self.Status.PENDING
