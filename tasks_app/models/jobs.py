"""Resumable work over more rows than one transaction takes."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class ReplanJob(models.Model):
    """Derive a user's floating dues, days and their reminders again after a change of zone.

    One per event that asked for it; `position` is the last task done.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    event_seq = models.BigIntegerField()
    position = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "event_seq"], name="replan_once_per_event")]
        indexes = [
            models.Index(fields=["id"], name="replan_unfinished", condition=Q(finished_at__isnull=True))
        ]

    def __str__(self) -> str:
        return f"user {self.owner_id}, event {self.event_seq}"
