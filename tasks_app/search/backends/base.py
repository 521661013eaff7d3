"""The port: how a database keeps words and finds tasks by them. Text in, text out; the caller runs it."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from tasks_app.search.query import SearchQuery
from tasks_app.search.words import Words


@dataclass(frozen=True, slots=True)
class SqlFragment:
    """A piece of SQL with `%s` and what stands there."""

    sql: str
    params: tuple[object, ...] = ()


class SearchBackend(ABC):
    """Words of tasks in one database.

    All backends find the same: the words of a query come with the mark of their owner, exactly as they are kept. What a
    query wants is `wanted_at`, in the title or anywhere; what it excludes is nowhere.
    """

    vendor: ClassVar[str]
    """Django's name of the database."""

    column_type: ClassVar[str]
    """The type of the column that keeps words."""

    prelude: ClassVar[str] = ""
    """What stands before a statement with a `lookup`, in the same round trip."""

    retagged: ClassVar[str]
    """An expression for the words of `{column}` with `{tags}`, encoded, in place of those of its tags."""

    @abstractmethod
    def encode_words(self, words: Words) -> str:
        """Return the words of texts as the column keeps them; those of tags are put behind."""

    @abstractmethod
    def encode_tags(self, words: Words) -> str:
        """Return the words of tags as the column keeps them, behind those of texts."""

    @abstractmethod
    def condition(self, column: str, query: SearchQuery, owner_id: int, wanted_at: str) -> SqlFragment:
        """Return the SQL condition for a row that fits the query; evaluated for the row at hand, no index."""

    @abstractmethod
    def lookup(self, query: SearchQuery, owner_id: int, wanted_at: str) -> SqlFragment:
        """Return what follows FROM to read the rows `s` of all tasks that fit, by the index; it ends in a condition.

        The query wants at least one term.
        """
