"""Orders of task lists: each name becomes keys that an index gives in that order, where there is one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from foundation.http.keyset import Comparison, SortKey
from tasks_app.models import NO_DUE, Priority
from tasks_app.queries.lists.search import Found

BY_DUE: Final = "due_date"
BY_PRIORITY: Final = "priority"
BY_RELEVANCE: Final = "relevance"
PLAIN_NAMES: Final = (BY_DUE, BY_PRIORITY, "created_at", "updated_at", "title", "completed_at")
SORT_NAMES: Final = (*PLAIN_NAMES, BY_RELEVANCE)
_NULLABLE: Final = ("completed_at",)
# Where the column has another name than the order.
_COLUMN_NAMES: Final[Mapping[str, str]] = {"title": "title_key"}

Sort = Sequence[tuple[str, bool]]
"""Pairs of a name and whether it is descending."""

Keys = tuple[SortKey, ...]


@dataclass(frozen=True, slots=True)
class Ranks:
    """The tasks that a search finds by their titles, and those that it finds otherwise."""

    in_title: Found
    elsewhere: Found


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where the list runs: along the tasks, or along the links of a tag."""

    due: str
    priority: str
    id: str


_OF_TASKS = _Columns("due_sort", "priority", "id")
_OF_LINKS = _Columns("link_due", "link_priority", "link_task")


def order_of(sort: Sort, *, along_links: bool) -> Keys:
    """Return the keys for names other than relevance; ties go by id, and without any name it is by due."""
    columns = _OF_LINKS if along_links else _OF_TASKS
    (name, descending), *others = sort or ((BY_DUE, False),)
    first = _first_keys(name, descending, columns)
    rest = (_plain_key(name, descending, columns) for name, descending in others)
    return (*first, *rest, SortKey(columns.id, nullable=False))


def order_by_relevance(ranks: Ranks | None, *, descending: bool) -> Keys:
    """Return the order of search: title hits first, then the newest. Without a search all are alike."""
    newest = (SortKey("created_at", descending=not descending, nullable=False), SortKey("id", nullable=False))
    if ranks is None:
        return newest
    groups = ((1, ranks.in_title), (0, ranks.elsewhere))
    hit = SortKey(
        "title_hit", descending=not descending, nullable=False, groups=groups[::-1] if descending else groups
    )
    return (hit, *newest)


def _first_keys(name: str, descending: bool, columns: _Columns) -> Keys:
    if name == BY_PRIORITY:
        return (_priority_groups(columns.priority, descending=descending),)
    if name == BY_DUE and descending:
        return _due_groups(columns.due), SortKey(columns.due, descending=True, nullable=False)
    return (_plain_key(name, descending, columns),)


def _priority_groups(column: str, *, descending: bool) -> SortKey:
    ranks = sorted(Priority.values, reverse=descending)
    groups = tuple((rank, Comparison(column, "=", rank)) for rank in ranks)
    return SortKey(column, descending=descending, nullable=False, groups=groups)


def _due_groups(column: str) -> SortKey:
    """No due comes last although it sorts as the latest."""
    groups = ((1, Comparison(column, "<", NO_DUE)), (0, Comparison(column, "=", NO_DUE)))
    return SortKey("has_due", descending=True, nullable=False, groups=groups)


def _plain_key(name: str, descending: bool, columns: _Columns) -> SortKey:
    if name != BY_DUE:
        column = _COLUMN_NAMES.get(name, name)
        return SortKey(column, descending=descending, nullable=name in _NULLABLE)
    if descending:
        return SortKey("due_instant", descending=True, nullable=True)
    return SortKey(columns.due, nullable=False)
