"""Jobs: resumable work over more rows than one transaction may write."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class ReplanJob(models.Model):
    """Derives a user's floating dues, days and their reminders again after a change of zone.

    There is one job per event that requested it. `position` is the id of the last task that is done. Tasks that could
    not follow are in `failed` and are retried at `retry_at`, after all others.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    event_seq = models.BigIntegerField()
    position = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    failed = models.JSONField(default=list, blank=True, help_text="Ids of tasks.")
    attempts = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "event_seq"], name="replan_once_per_event")]
        indexes = [
            models.Index(fields=["id"], name="replan_unfinished", condition=Q(finished_at__isnull=True))
        ]

    def __str__(self) -> str:
        return f"user {self.owner_id}, event {self.event_seq}"


class TagJob(models.Model):
    """Applies a change of a tag to more tasks than one transaction may write.

    What is left to do is read from the rows each time, so a job continues wherever it stopped. `tag_id` and `into_id`
    are no foreign keys: the job can still be read when the tag is deleted.
    """

    class Kind(models.TextChoices):
        RENAME = "rename"
        MERGE = "merge"
        DELETE = "delete"

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=8, choices=Kind)
    tag_id = models.BigIntegerField()
    into_id = models.BigIntegerField(null=True, blank=True)
    total = models.PositiveIntegerField(help_text="Tasks that carried the tag when it began.")
    done = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "tag_id"], name="one_job_per_tag", condition=Q(finished_at__isnull=True)
            )
        ]
        indexes = [
            models.Index(fields=["owner", "id"], name="tag_job_of_owner"),
            models.Index(fields=["id"], name="tag_job_unfinished", condition=Q(finished_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} tag {self.tag_id}"

    @property
    def status(self) -> str:
        return "running" if self.finished_at is None else "done"


class TrashJob(models.Model):
    """Remove a user's tasks from the trash for good that were there when they asked, more than one transaction takes.

    What is left to do is read from the rows each time, so a job goes on wherever it stopped.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    total = models.PositiveIntegerField(help_text="Tasks in the trash when it began.")
    done = models.PositiveIntegerField(default=0)
    upto = models.DateTimeField(help_text="What was deleted later stays.")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner"], name="one_trash_job_per_owner", condition=Q(finished_at__isnull=True)
            )
        ]
        indexes = [
            models.Index(fields=["owner", "id"], name="trash_job_of_owner"),
            models.Index(fields=["id"], name="trash_job_unfinished", condition=Q(finished_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"empty the trash of user {self.owner_id}"

    @property
    def status(self) -> str:
        return "running" if self.finished_at is None else "done"
