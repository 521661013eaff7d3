"""The port: how a database keeps words and finds tasks by them. Text in, text out; the caller runs it."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
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

    All backends find the same: the words of a query come with the mark of their owner, exactly as they are kept.
    """

    vendor: ClassVar[str]
    """Django's name of the database."""

    column_type: ClassVar[str]
    """The type of the column that keeps words."""

    prelude: ClassVar[str] = ""
    """What stands before a statement with a `lookup`, in the same round trip."""

    list_type: ClassVar[str]
    """How a list of ids is made of a subquery: a template with `{subquery}`."""

    retagged: ClassVar[str]
    """An expression for the words of `{column}` with `{tags}`, encoded, in place of those of its tags."""

    @abstractmethod
    def encode_words(self, words: Words) -> str:
        """Return the words of texts as the column keeps them; those of tags are put behind."""

    @abstractmethod
    def encode_tags(self, words: Words) -> str:
        """Return the words of tags as the column keeps them, behind those of texts."""

    @abstractmethod
    def condition(self, column: str, query: SearchQuery, mark: str) -> SqlFragment:
        """Return the SQL condition for a row that fits the query; evaluated for the row at hand, no index."""

    @abstractmethod
    def lookup(self, query: SearchQuery, mark: str) -> SqlFragment:
        """Return a SELECT of the ids of all tasks that fit, by the index; the query wants at least one term."""

    @abstractmethod
    def select_ids(self, ids: Iterable[int]) -> SqlFragment:
        """Return a SELECT of these ids: one parameter, since a long list of them takes long to plan."""
