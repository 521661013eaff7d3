"""Saved views: a named query of the task list, with how the page groups and sorts what it finds."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class SavedView(models.Model):
    """A list that a user has made: `query` is a query string of `GET /api/tasks/`, without its order.

    `position` counts from 0 without gaps. `version` grows with every change, also with one of the position that another
    view has caused.
    """

    class Group(models.TextChoices):
        NONE = "none"
        DUE = "due"
        PRIORITY = "priority"
        TAG = "tag"
        CREATED = "created"

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    name = models.CharField(max_length=100)
    query = models.TextField(blank=True)
    group = models.CharField(max_length=8, choices=Group, default=Group.NONE)
    sort = models.CharField(max_length=100, blank=True, default="")
    position = models.PositiveSmallIntegerField()
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="saved_view_has_name", condition=~Q(name="")),
            models.CheckConstraint(
                name="saved_view_group", condition=Q(group__in=["none", "due", "priority", "tag", "created"])
            ),
        ]
        indexes = [models.Index(fields=["owner", "position", "id"], name="saved_view_in_order")]

    def __str__(self) -> str:
        return self.name
