"""Series of recurring tasks, and the slots of a series without an open or done task."""

from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import Q

from tasks_app.models.tags import Tag
from tasks_app.models.tasks import Priority

# A series that goes on by its schedule alone is paused after this many missed occurrences in a row.
MISSED_UNTIL_PAUSED: Final = 100


class Series(models.Model):
    """What occurrences are created from: rule, start and zone, and a template."""

    class Anchor(models.TextChoices):
        FUTURE = "future"
        DUE = "due"
        COMPLETION = "completion"

    class Overflow(models.TextChoices):
        CLAMP = "clamp"
        OMIT = "omit"

    class Advance(models.TextChoices):
        COMPLETED = "completed"
        SCHEDULED = "scheduled"

    class EndReason(models.TextChoices):
        FINISHED = "finished", "the rule has no further occurrence"
        CANCELLED = "cancelled", "cancelled"
        REMOVED = "removed", "the recurrence was removed from its task"
        SPLIT = "split", "another series goes on"
        DELETED = "deleted", "deleted"

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    rule = models.CharField(max_length=1000, help_text="At most 500 as given; what it inherits comes on top.")
    anchor = models.CharField(max_length=16, choices=Anchor, default=Anchor.FUTURE)
    overflow = models.CharField(max_length=8, choices=Overflow, default=Overflow.CLAMP)
    advance = models.CharField(max_length=16, choices=Advance, default=Advance.COMPLETED)
    start = models.CharField(max_length=19, help_text="First slot, local: YYYY-MM-DD[THH:MM:SS].")
    time_zone = models.CharField(max_length=64, default="", blank=True, help_text="Empty: the owner's.")
    floating = models.BooleanField(default=False)

    title = models.CharField(max_length=200)
    description = models.TextField(default="", blank=True)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.MEDIUM)
    offsets = models.JSONField(default=list, blank=True, help_text="Reminder offsets, ISO 8601.")

    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=16, choices=EndReason, default="", blank=True)

    advance_at = models.DateTimeField(
        null=True, blank=True, help_text="When the open occurrence is missed: the next slot begins."
    )
    missed_in_a_row = models.PositiveIntegerField(default=0)

    stuck_since = models.DateTimeField(
        null=True, blank=True, help_text="Since when its next occurrence cannot be made."
    )
    stuck_reason = models.CharField(max_length=500, default="", blank=True)
    stuck_attempts = models.PositiveIntegerField(default=0)
    stuck_retry_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "series"
        indexes = [
            models.Index(
                fields=["stuck_retry_at"], name="series_stuck", condition=Q(stuck_retry_at__isnull=False)
            ),
            models.Index(
                fields=["advance_at"], name="series_to_advance", condition=Q(advance_at__isnull=False)
            ),
        ]
        constraints = [
            models.CheckConstraint(name="series_has_rule", condition=~Q(rule="") & ~Q(start="")),
            models.CheckConstraint(
                name="series_end_has_reason",
                condition=Q(ended_at__isnull=True, end_reason="")
                | (Q(ended_at__isnull=False) & ~Q(end_reason="")),
            ),
            models.CheckConstraint(
                name="series_stuck_is_retried",
                condition=Q(stuck_since__isnull=True, stuck_retry_at__isnull=True, stuck_reason="")
                | (Q(stuck_since__isnull=False, stuck_retry_at__isnull=False) & ~Q(stuck_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}: {self.rule}"

    @property
    def is_running(self) -> bool:
        return self.ended_at is None

    @property
    def state(self) -> str:
        """`running`, `stuck` (its next occurrence cannot be created), `paused` (missed too often) or `ended`."""
        if not self.is_running:
            return "ended"
        if self.stuck_since is not None:
            return "stuck"
        return "paused" if self.missed_in_a_row >= MISSED_UNTIL_PAUSED else "running"


class SeriesTag(models.Model):
    """A tag of the template of a series, at its position."""

    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="tag_links", db_index=False)
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="series_links")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "tag"], name="series_tag_once")]

    def __str__(self) -> str:
        return f"{self.series_id} {self.tag_id}"


class ExcludedSlot(models.Model):
    """A slot that counts as an occurrence, but has no task (any more), and why."""

    class Reason(models.TextChoices):
        SKIPPED = "skipped", "skipped by its owner"
        DELETED = "deleted", "its task was deleted"
        DETACHED = "detached", "its task left the series"

    series = models.ForeignKey(
        Series, on_delete=models.CASCADE, related_name="excluded_slots", db_index=False
    )
    slot = models.CharField(max_length=19)
    reason = models.CharField(max_length=16, choices=Reason)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "slot"], name="excluded_slot_once")]

    def __str__(self) -> str:
        return f"{self.slot} {self.reason}"


class MissedSlots(models.Model):
    """The slots that were missed because `after` was completed late: one row, however many they are.

    `slots` lists them if they are at most a thousand. Rows of the first release have `slots` alone.
    """

    series = models.ForeignKey(Series, on_delete=models.CASCADE, related_name="missed_slots")
    after = models.OneToOneField(
        "tasks_app.Task", null=True, on_delete=models.SET_NULL, related_name="missed_slots"
    )
    slots = models.JSONField(default=list, help_text="Local starts, in order; empty of more than a thousand.")
    count = models.PositiveIntegerField(db_default=0)
    first = models.CharField(max_length=19, db_default="")
    last = models.CharField(max_length=19, db_default="")

    class Meta:
        verbose_name_plural = "missed slots"

    def __str__(self) -> str:
        return f"{self.number} after {self.after_id}"

    @property
    def number(self) -> int:
        """The number of missed slots."""
        return self.count or len(self.slots)


class SeriesChange(models.Model):
    """What the change that made a version of a task also changed in series: their state before and after it.

    Undo needs it, since events describe tasks only. Kept for as many versions as undo looks back.
    """

    task = models.ForeignKey(
        "tasks_app.Task", on_delete=models.CASCADE, related_name="series_changes", db_index=False
    )
    version = models.PositiveIntegerField(help_text="Of the task.")
    is_shared = models.BooleanField(help_text="Other open occurrences changed with it.")
    before = models.JSONField()
    after = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "version"], name="series_change_of_version")]

    def __str__(self) -> str:
        return f"version {self.version} of {self.task_id}"
