"""What `manage.py demo` created, so that exactly that can be removed."""

from django.conf import settings
from django.db import models


class DemoRun(models.Model):
    """The demonstration data of one user and seed; `made` is the number of tasks so far."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    seed = models.BigIntegerField()
    made = models.PositiveIntegerField(default=0)
    made_owner = models.BooleanField(default=False, help_text="The account was made along with it.")
    tag_ids = models.JSONField(default=list, help_text="Tags that came to be with it.")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "seed"], name="demo_once_per_seed")]

    def __str__(self) -> str:
        return f"user {self.owner_id}, seed {self.seed}"


class DemoChunk(models.Model):
    """The tasks of a run that one transaction created."""

    run = models.ForeignKey(DemoRun, on_delete=models.CASCADE, related_name="chunks", db_index=False)
    first = models.PositiveIntegerField(help_text="Number of the first of them in its run.")
    task_ids = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "first"], name="demo_chunk_once")]

    def __str__(self) -> str:
        return f"{len(self.task_ids)} from {self.first}"
