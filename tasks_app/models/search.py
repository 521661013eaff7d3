"""The search words of tasks."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from tasks_app.models.tasks import Task
from tasks_app.search.backends import backend_for
from tasks_app.search.tokens import TOKENIZER_VERSION
from tasks_app.search.words import Words

if TYPE_CHECKING:
    _Text = models.TextField[Words, str]
else:
    _Text = models.TextField


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

    class Meta:
        # Empty when all is well, so that asking costs nothing; a new tokenizer brings a new condition.
        indexes = [
            models.Index(
                fields=["task"],
                name="searchtext_outdated",
                condition=models.Q(version__lt=TOKENIZER_VERSION),
            )
        ]

    def __str__(self) -> str:
        return f"words of task {self.task_id}"
