"""Tags, and their links to tasks."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Q

from tasks_app.models.tasks import NO_DUE, Priority, Task, bytewise_collation

if TYPE_CHECKING:
    _Char = models.CharField[str, str]
else:
    _Char = models.CharField


class TagKeyField(_Char):
    """A key by which tags are listed in the same order on every database: byte by byte."""

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        return {**super().db_parameters(connection), "collation": bytewise_collation(connection)}


class Tag(models.Model):
    """A tag of a user. `key` is the name after NFKC and casefold; the first spelling of a name is kept.

    A change that reaches more tasks than one transaction may write is applied in order of their ids. During a renaming,
    tasks up to the id `told_to` show the new name, the others `former_name`. A tag that was deleted or merged `into`
    another is retired: it is in no list and its name is free, but tasks that the change has not reached yet still have
    it. The row is deleted with the last of these.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    name = models.CharField(max_length=50)
    key = TagKeyField(max_length=200)
    color = models.CharField(max_length=7, default="", blank=True)
    former_name = models.CharField(max_length=50, default="", blank=True)
    former_key = models.CharField(max_length=200, default="", blank=True)
    told_to = models.BigIntegerField(null=True, blank=True, help_text="Last task that says the new name.")
    retired_at = models.DateTimeField(null=True, blank=True)
    into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.RESTRICT, related_name="+", help_text="Merged into."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(name="tag_has_name", condition=~Q(name="") & ~Q(key="")),
            models.CheckConstraint(
                name="tag_renaming_is_whole",
                condition=Q(told_to__isnull=True, former_name="", former_key="")
                | (Q(told_to__isnull=False) & ~Q(former_name="") & ~Q(former_key="")),
            ),
            models.CheckConstraint(
                name="tag_merged_is_retired", condition=Q(into__isnull=True) | Q(retired_at__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["owner", "key"], name="tag_once_per_owner", condition=Q(retired_at__isnull=True)
            ),
        ]
        indexes = [
            models.Index(
                fields=["owner", "former_key"],
                name="tag_former_key",
                condition=Q(told_to__isnull=False),
            ),
            models.Index(fields=["owner", "key"], name="tag_retired", condition=Q(retired_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name

    def name_on(self, task_id: int | None) -> str:
        """Return the name that a task shows; None: a new one, whose id will be beyond all others."""
        is_told = self.told_to is None or (task_id is not None and task_id <= self.told_to)
        return self.name if is_told else self.former_name


class TaskTag(models.Model):
    """A tag of a task, at its position.

    The columns of the task that lists filter and sort by are repeated here, so that "tagged, in due order" is one index
    range instead of a join over all tasks of a user. `save_all` in `tasks_app/editing/draft.py` keeps them equal.
    """

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="tag_links", db_index=False)
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="task_links", db_index=False)
    position = models.PositiveSmallIntegerField(default=0)
    priority = models.PositiveSmallIntegerField(choices=Priority)
    due_sort = models.DateTimeField(default=NO_DUE)
    completed = models.BooleanField(default=False)
    live = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "tag"], name="task_tag_once")]
        indexes = [
            models.Index(fields=["tag", "task"], name="task_tag_of_tag"),
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
