"""Which of a user's tasks fit a search, without reading all that fit.

The newest tasks are looked at first. If many of them fit, so do many of the others: then whoever lists tasks reads
them in the order of the list and asks each, and a page is soon full. If few fit, the index names them all.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from foundation.database import sql
from tasks_app.models import SearchText
from tasks_app.search.backends import SqlFragment, backend_for
from tasks_app.search.query import SearchQuery
from tasks_app.search.tokens import TOKENIZER_VERSION
from tasks_app.search.words import ANYWHERE, IN_TITLE, mark

# So many of the newest tasks are looked at; so many of them are "many".
SAMPLE: Final = 200
MANY: Final = 10
# So many tasks the index names at most.
LISTED: Final = 2000


@dataclass(frozen=True, slots=True)
class Matches:
    """The tasks `t` that fit: by id as far as they are few, else (None) by a condition to ask each row."""

    ids: tuple[int, ...] | None
    condition: SqlFragment

    @property
    def rows(self) -> SqlFragment:
        """Return what selects them."""
        if self.ids is None:
            return self.condition
        listed = backend_for(connection.vendor).select_ids(self.ids)
        return SqlFragment(f"(t.id IN ({listed.sql}))", listed.params)


def find_matches(user_id: int, query: SearchQuery) -> Matches:
    """Return which tasks fit, by title or description; at most one query."""
    return _find_matches(user_id, query, (ANYWHERE,))[0]


def find_ranked_matches(user_id: int, query: SearchQuery) -> tuple[Matches, Matches]:
    """Return which tasks fit by their title alone, and which fit at all; at most one query."""
    in_title, anywhere = _find_matches(user_id, query, (IN_TITLE, ANYWHERE))
    return in_title, anywhere


def has_outdated_words() -> bool:
    """Return whether words of some task are those of an older release: a look at an index that is empty if not."""
    return SearchText.objects.filter(version__lt=TOKENIZER_VERSION).exists()


def _find_matches(user_id: int, query: SearchQuery, places: Sequence[str]) -> list[Matches]:
    marks = [mark(user_id, place) for place in places]
    conditions = [_condition(query, each) for each in marks]
    # What is only excluded fits nearly everywhere.
    found = _look_up(user_id, query, marks) if query.wanted else [None] * len(marks)
    return [Matches(*each) for each in zip(found, conditions, strict=True)]


def _look_up(user_id: int, query: SearchQuery, marks: Sequence[str]) -> list[tuple[int, ...] | None]:
    """Return for each mark the ids of what fits, None where many do; the index is asked only if needed."""
    backend = backend_for(connection.vendor)
    sample = _sample(user_id, [backend.condition("s.words", query, each) for each in marks])
    lookups = [backend.lookup(query, each) for each in marks]
    lists = (backend.list_type.format(subquery=f"{each.sql} LIMIT {LISTED + 1}") for each in lookups)
    columns = ", ".join(
        f"CASE WHEN fit{n} >= {MANY} THEN NULL ELSE {listed} END" for n, listed in enumerate(lists)
    )
    params = [param for each in (*lookups, sample) for param in each.params]
    [row] = sql.fetch(f"{backend.prelude}SELECT {columns} FROM ({sample.sql}) sample", params)
    return [_few(value) for value in row]


def _sample(user_id: int, conditions: Sequence[SqlFragment]) -> SqlFragment:
    """Return a SELECT of how many of the newest tasks fit each condition: `fit0`, `fit1`."""
    counts = ", ".join(f"count(*) FILTER (WHERE {each.sql}) AS fit{n}" for n, each in enumerate(conditions))
    newest = (
        "SELECT t.id FROM tasks_app_task t WHERE t.owner_id = %s AND t.deleted_at IS NULL"
        f" ORDER BY t.created_at DESC LIMIT {SAMPLE}"
    )
    text = f"SELECT {counts} FROM ({newest}) n JOIN tasks_app_searchtext s ON s.task_id = n.id"
    return SqlFragment(text, (*(param for each in conditions for param in each.params), user_id))


def _few(value: Any) -> tuple[int, ...] | None:
    ids = json.loads(value) if isinstance(value, str) else value
    return None if ids is None or len(ids) > LISTED else tuple(ids)


def _condition(query: SearchQuery, mark: str) -> SqlFragment:
    """Return the SQL condition for a task that fits: a subquery that no planner turns into a join over all tasks."""
    fits = backend_for(connection.vendor).condition("s.words", query, mark)
    words = f"SELECT {fits.sql} FROM tasks_app_searchtext s WHERE s.task_id = t.id"
    return SqlFragment(f"COALESCE(({words}), FALSE)", fits.params)
