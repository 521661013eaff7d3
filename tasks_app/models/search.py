"""What search knows of a task."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from tasks_app.models.tasks import Task
from tasks_app.search.backends import backend_for
from tasks_app.search.words import Words

if TYPE_CHECKING:
    _Text = models.TextField[Words, str]
else:
    _Text = models.TextField


class WordsField(_Text):
    """Words in their places, written as the database keeps them and never read back; a text is in that form."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return backend_for(connection.vendor).column_type

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        return value if isinstance(value, str) else backend_for(connection.vendor).encode_words(value)


class SearchText(models.Model):
    """The words of one task, in a row of its own: most changes of tasks leave them alone."""

    task = models.OneToOneField(Task, primary_key=True, on_delete=models.CASCADE, related_name="+")
    words = WordsField()

    def __str__(self) -> str:
        return f"words of task {self.task_id}"
