"""Which of a user's tasks fit a search, and how to read them: newest first, without reading all that fit.

The newest tasks are looked at first. If many of them fit, so do many of the others: then whoever lists tasks reads
them in the order of the list and asks each, and a page is soon full. If few fit, the index finds them all, and its
rows tell which ones are the newest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from foundation.database import sql
from foundation.database.sessions import database_vendor
from tasks_app.models import OLD_SEARCH_ROW, SearchText
from tasks_app.search.backends import SqlFragment, backend_for
from tasks_app.search.query import SearchQuery
from tasks_app.search.words import ANYWHERE, IN_TITLE

# So many of the newest tasks are looked at; so many of them are "many". Among 10⁵ tasks either way takes about the same
# then: to read some thousand rows of words, or to ask some thousand tasks.
SAMPLE: Final = 200
MANY: Final = 5

_TASK: Final = "FROM tasks_app_task o WHERE o.id = s.task_id"
CREATED_AT: Final = f"COALESCE(s.created_at, (SELECT o.created_at {_TASK}))"
"""When the task of a row `s` was made; an older release's row does not say so itself."""
_IS_LIVE: Final = f"COALESCE(s.live, (SELECT o.deleted_at IS NULL {_TASK}))"


@dataclass(frozen=True, slots=True)
class Hits:
    """Tasks that the index of words finds."""

    rows: SqlFragment
    """What follows FROM to read their rows `s`; it ends in a condition."""

    def without(self, condition: SqlFragment) -> "Hits":
        """Return those whose rows do not meet a condition."""
        rows = self.rows
        return Hits(SqlFragment(f"{rows.sql} AND NOT {condition.sql}", (*rows.params, *condition.params)))


Found = Hits | SqlFragment
"""Tasks `t` that fit, or the condition to ask each of them."""


@dataclass(frozen=True, slots=True)
class Matches:
    """The tasks that fit."""

    words_fit: SqlFragment
    """The condition for a row `s` of words."""
    hits: Hits | None
    """None where nothing is wanted: what is only excluded fits nearly everywhere."""
    are_many: bool

    @property
    def condition(self) -> SqlFragment:
        """Return the condition for a task `t`: a subquery that no planner turns into a join over all tasks."""
        words = f"SELECT {self.words_fit.sql} FROM tasks_app_searchtext s WHERE s.task_id = t.id"
        return SqlFragment(f"COALESCE(({words}), FALSE)", self.words_fit.params)

    @property
    def found(self) -> Found:
        """Return how to read some of them in the order of a list."""
        return self.condition if self.hits is None or self.are_many else self.hits

    @property
    def counted(self) -> Found:
        """Return how to count them: by the index, however many they are."""
        return self.hits or self.condition

    def found_without(self, others: "Matches") -> Found:
        """Return how to read those that are not among others."""
        mine, theirs = self.found, others.condition
        if isinstance(mine, Hits):
            return mine.without(others.words_fit)
        return SqlFragment(f"{mine.sql} AND NOT {theirs.sql}", (*mine.params, *theirs.params))


def find_matches(user_id: int, query: SearchQuery, *, trashed: bool = False) -> Matches:
    """Return which tasks fit, live or in the trash, by title or description; at most one query."""
    return _find_matches(user_id, query, (ANYWHERE,), trashed=trashed)[0]


def find_ranked_matches(
    user_id: int, query: SearchQuery, *, trashed: bool = False
) -> tuple[Matches, Matches]:
    """Return which tasks have what is wanted in their title, and which fit at all; at most one query."""
    in_title, anywhere = _find_matches(user_id, query, (IN_TITLE, ANYWHERE), trashed=trashed)
    return in_title, anywhere


def has_old_search_rows() -> bool:
    """Return whether an older release wrote the words of some task: a look at an index that is empty if not."""
    return SearchText.objects.filter(OLD_SEARCH_ROW).exists()


def _find_matches(user_id: int, query: SearchQuery, places: Sequence[str], *, trashed: bool) -> list[Matches]:
    """Return which tasks have what is wanted in each of these places, and whether many do."""
    backend = backend_for(database_vendor())
    conditions = [backend.condition("s.words", query, user_id, place) for place in places]
    if not query.wanted:
        return [Matches(each, None, are_many=True) for each in conditions]
    found = zip(places, conditions, _count_newest(user_id, conditions), strict=True)
    return [
        Matches(
            condition, _hits(backend.lookup(query, user_id, place), trashed=trashed), are_many=count >= MANY
        )
        for place, condition, count in found
    ]


def _hits(rows: SqlFragment, *, trashed: bool) -> Hits:
    return Hits(rows if trashed else SqlFragment(f"{rows.sql} AND {_IS_LIVE}", rows.params))


def _count_newest(user_id: int, conditions: Sequence[SqlFragment]) -> sql.SqlRow:
    """Return how many of the newest tasks fit each condition."""
    counts = ", ".join(f"count(*) FILTER (WHERE {each.sql})" for each in conditions)
    newest = (
        "SELECT t.id FROM tasks_app_task t WHERE t.owner_id = %s AND t.deleted_at IS NULL"
        f" ORDER BY t.created_at DESC LIMIT {SAMPLE}"
    )
    text = f"SELECT {counts} FROM ({newest}) n JOIN tasks_app_searchtext s ON s.task_id = n.id"
    [row] = sql.fetch(text, [*(param for each in conditions for param in each.params), user_id])
    return row
