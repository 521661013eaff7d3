"""The search words of tasks."""

from typing import TYPE_CHECKING, Any, Final

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Q

from tasks_app.models.tasks import Task
from tasks_app.search.backends import backend_for
from tasks_app.search.tokens import TOKENIZER_VERSION
from tasks_app.search.words import Words

if TYPE_CHECKING:
    _Text = models.TextField[Words, str]
else:
    _Text = models.TextField


OLD_SEARCH_ROW: Final = Q(version__lt=TOKENIZER_VERSION) | Q(created_at__isnull=True)
"""Rows that an older release wrote; `reindex_search` writes them again."""
SAME_AS_TASK: Final = Q(created_at=F("task__created_at")) & (
    Q(live=True, task__deleted_at__isnull=True) | Q(live=False, task__deleted_at__isnull=False)
)
"""Rows that repeat what their tasks have."""


class WordsField(_Text):
    """Words with their positions, in the form of the database; never read back. A text has that form already."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return backend_for(connection.vendor).column_type

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        return value if isinstance(value, str) else backend_for(connection.vendor).encode_words(value)


class SearchText(models.Model):
    """The search words of one task, in a table of their own, since most changes of tasks do not touch them."""

    task = models.OneToOneField(Task, primary_key=True, on_delete=models.CASCADE, related_name="+")
    words = WordsField()
    version = models.SmallIntegerField(help_text="Of the tokenizer that made the words.")
    # Both repeat what the task has, so that a search reads the tasks of one page alone. Null in a row of a release that
    # did not know them.
    created_at = models.DateTimeField(null=True, editable=False)
    live = models.BooleanField(null=True, editable=False, help_text="Whether the task is not in the trash.")

    class Meta:
        # Empty when all is well, so that asking costs nothing; a new tokenizer brings a new condition.
        indexes = [models.Index(fields=["task"], name="searchtext_old", condition=OLD_SEARCH_ROW)]

    def __str__(self) -> str:
        return f"words of task {self.task_id}"
