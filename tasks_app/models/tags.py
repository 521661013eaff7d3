"""Tags, and which tasks carry them."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from tasks_app.models.tasks import NO_DUE, Priority, Task


class Tag(models.Model):
    """A user's word for tasks. `key` is the name after NFKC and casefold; the first spelling stays."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    name = models.CharField(max_length=50)
    key = models.CharField(max_length=200)
    color = models.CharField(max_length=7, default="", blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="tag_has_name", condition=~Q(name="") & ~Q(key="")),
            models.UniqueConstraint(fields=["owner", "key"], name="tag_once_per_owner"),
        ]

    def __str__(self) -> str:
        return self.name


class TaskTag(models.Model):
    """A task carries a tag, in the order its owner gave.

    What lists filter and sort by is repeated here, so that "tagged, in due order" is one index range
    instead of a join over all tasks of a user. Operations keep it equal to the task.
    """

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="tag_links", db_index=False)
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="task_links")
    position = models.PositiveSmallIntegerField(default=0)
    priority = models.PositiveSmallIntegerField(choices=Priority)
    due_sort = models.DateTimeField(default=NO_DUE)
    completed = models.BooleanField(default=False)
    live = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "tag"], name="task_tag_once")]
        indexes = [
            models.Index(fields=["tag", "due_sort", "task"], name="task_tag_live", condition=Q(live=True)),
            models.Index(
                fields=["tag", "priority", "due_sort", "task"],
                name="task_tag_by_priority",
                condition=Q(live=True),
            ),
            models.Index(
                fields=["tag", "due_sort", "task"],
                name="task_tag_pending",
                condition=Q(live=True, completed=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.tag_id}"
