"""Tasks. A due is stored as wall time or date and zone; its instant is derived from them."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Q

# Sorts after every due, so that a plain index puts tasks without due last.
NO_DUE: Final = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)


# Occurrences that were missed and have not been done since; `Task.is_missed` is the same for one task.
MISSED: Final = Q(missed_at__isnull=False, deleted_at__isnull=False, completed_at__isnull=True)

DOCUMENT_FORMAT: Final = 1
"""The number of what documents hold: a new one, of a release whose API shows tasks otherwise, makes all of them old."""
# Another release, which does not know documents, raises the version alone.
CURRENT_DOCUMENT: Final = Q(document_format=DOCUMENT_FORMAT, document_version=F("version"))

# Tasks that count as the successor of another: live ones, and those that were missed at some time.
LIVE_OR_ONCE_MISSED: Final = Q(deleted_at__isnull=True) | Q(missed_at__isnull=False)


if TYPE_CHECKING:
    _Text = models.TextField[str, str]
else:
    _Text = models.TextField


def bytewise_collation(connection: BaseDatabaseWrapper) -> str | None:
    """Return the collation that compares bytes; None where every column does."""
    return "C" if connection.vendor == "postgresql" else None


class SortKeyField(_Text):
    """A text that every database compares byte by byte; see `search.sort_keys`."""

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        return {**super().db_parameters(connection), "collation": bytewise_collation(connection)}


class Priority(models.IntegerChoices):
    """A priority, stored as its rank, so that the database can sort by it."""

    LOW = 1, "low"
    MEDIUM = 2, "medium"
    HIGH = 3, "high"
    URGENT = 4, "urgent"


class Task(models.Model):
    """One task, or one occurrence of a series. It is live while `deleted_at` is null.

    A withdrawn row is neither live nor in the trash: the occurrence before it was reopened, and completing that one
    brings the row back. A missed occurrence is neither, too, until somebody completes it.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    title = models.CharField(max_length=200)
    title_key = SortKeyField(default="", blank=True, editable=False, help_text="Lists sort titles by it.")
    description = models.TextField(default="", blank=True)
    priority = models.PositiveSmallIntegerField(choices=Priority, default=Priority.MEDIUM)

    due_date = models.DateField(null=True, blank=True)
    due_time = models.TimeField(null=True, blank=True, help_text="Empty: the whole day.")
    time_zone = models.CharField(max_length=64, default="", blank=True, help_text="Empty: the owner's.")
    floating = models.BooleanField(default=False)
    due_fold = models.PositiveSmallIntegerField(default=0)
    due_instant = models.DateTimeField(null=True, blank=True, editable=False)
    overdue_at = models.DateTimeField(null=True, blank=True, editable=False)
    due_sort = models.DateTimeField(default=NO_DUE, editable=False)

    completed_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    withdrawn = models.BooleanField(default=False)
    missed_at = models.DateTimeField(
        null=True, blank=True, help_text="When the next slot began and this occurrence was open still."
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)

    series = models.ForeignKey(
        "tasks_app.Series",
        null=True,
        blank=True,
        on_delete=models.RESTRICT,
        related_name="tasks",
        db_index=False,
    )
    occurrence = models.CharField(max_length=19, null=True, blank=True, help_text="Original local start.")
    follows = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="successor"
    )
    recurrence = models.JSONField(null=True, blank=True, help_text="What it recurs by, as clients see it.")
    rule_version = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="Version as the rule left it; nobody touched the row while it is equal.",
    )
    document = models.TextField(
        default="", blank=True, editable=False, help_text="What clients read, as JSON."
    )
    document_format = models.SmallIntegerField(default=0, editable=False)
    document_version = models.IntegerField(
        default=0, editable=False, help_text="Of the task, as the document shows it."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(name="task_has_title", condition=~Q(title="")),
            models.CheckConstraint(name="task_priority_is_known", condition=Q(priority__in=Priority.values)),
            models.CheckConstraint(name="task_version_counts", condition=Q(version__gte=1)),
            models.CheckConstraint(
                name="task_due_has_instant",
                condition=Q(due_date__isnull=True, due_instant__isnull=True, overdue_at__isnull=True)
                | Q(due_date__isnull=False, due_instant__isnull=False, overdue_at__isnull=False),
            ),
            models.CheckConstraint(
                name="task_due_time_has_date", condition=Q(due_time__isnull=True) | Q(due_date__isnull=False)
            ),
            models.CheckConstraint(
                name="task_floats_or_has_zone",
                condition=Q(floating=False) & (Q(due_time__isnull=True) | ~Q(time_zone=""))
                | Q(floating=True, due_time__isnull=False, time_zone=""),
            ),
            models.CheckConstraint(
                name="task_fold_of_wall_time",
                condition=Q(due_fold=0) | Q(due_fold=1, due_time__isnull=False, floating=False),
            ),
            models.CheckConstraint(
                name="task_occurrence_of_series",
                condition=Q(series__isnull=True, occurrence__isnull=True)
                | Q(series__isnull=False, occurrence__isnull=False),
            ),
            models.CheckConstraint(
                name="task_withdrawn_is_not_live",
                condition=Q(withdrawn=False) | Q(deleted_at__isnull=False, series__isnull=False),
            ),
            models.CheckConstraint(
                name="task_missed_is_not_open",
                condition=Q(missed_at__isnull=True)
                | Q(deleted_at__isnull=False)
                | Q(completed_at__isnull=False),
            ),
            models.UniqueConstraint(fields=["series", "occurrence"], name="task_once_per_occurrence"),
        ]
        indexes = [
            models.Index(fields=["owner", "id"], name="task_of_owner"),
            # Each serves a list in its order from the first row on, whatever else the table holds.
            models.Index(
                fields=["owner", "due_sort", "id"], name="task_live", condition=Q(deleted_at__isnull=True)
            ),
            models.Index(
                fields=["owner", "due_sort", "id"],
                name="task_pending",
                condition=Q(deleted_at__isnull=True, completed_at__isnull=True),
            ),
            models.Index(
                fields=["owner", "priority", "due_sort", "id"],
                name="task_live_by_priority",
                condition=Q(deleted_at__isnull=True),
            ),
            models.Index(
                fields=["owner", "id"],
                name="task_trashed",
                condition=Q(deleted_at__isnull=False, withdrawn=False),
            ),
            *(
                models.Index(
                    fields=["owner", name, "id"],
                    name=f"task_live_{name}",
                    condition=Q(deleted_at__isnull=True),
                )
                for name in ("priority", "created_at", "updated_at", "title_key")
            ),
            models.Index(
                fields=["owner", "completed_at", "id"],
                name="task_done",
                condition=Q(deleted_at__isnull=True, completed_at__isnull=False),
            ),
            models.Index(fields=["deleted_at"], name="task_to_purge", condition=Q(deleted_at__isnull=False)),
            # Empty when all is well, so that asking costs nothing.
            models.Index(fields=["owner", "id"], name="task_old_document", condition=~CURRENT_DOCUMENT),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_live(self) -> bool:
        return self.deleted_at is None

    @property
    def is_open(self) -> bool:
        return self.deleted_at is None and self.completed_at is None

    @property
    def is_missed(self) -> bool:
        """Whether the occurrence was missed and has not been done since."""
        return self.missed_at is not None and self.deleted_at is not None and self.completed_at is None

    @property
    def is_untouched(self) -> bool:
        """Whether no person has changed the row since its series created it."""
        return self.rule_version == self.version
