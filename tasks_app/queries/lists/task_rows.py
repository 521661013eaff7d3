"""Pages of tasks as SQL that is written out: for building it the ORM takes longer than databases for running it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from foundation.database import sql
from foundation.database.prepared import PreparedSql
from foundation.database.sessions import database_vendor
from foundation.http.keyset import Comparison, KeyRange, Keyset, KeysetRows, SortKey
from tasks_app.models import DOCUMENT_FORMAT
from tasks_app.queries.lists.criteria import found_user_condition, user_condition, user_conditions
from tasks_app.queries.lists.search import CREATED_AT, Found, Hits
from tasks_app.search.backends import SqlFragment, backend_for

# The document stands for itself only if it is this release's, and of this version of the task; see `models.tasks`.
_SHOWN: Final = (
    f"t.id, CASE WHEN t.document_format = {DOCUMENT_FORMAT} AND t.document_version = t.version THEN t.document END,"
    " t.completed_at IS NULL AND t.overdue_at <= %s, CAST(t.deleted_at AS text)"
)
SHOWN_LENGTH: Final = 4
_OF_TASKS: Final = "tasks_app_task t"
_OF_LINKS: Final = "tasks_app_tasktag l JOIN tasks_app_task t ON t.id = l.task_id"
# Keys of an order that are columns; what is missing here is the number of a group.
_COLUMNS: Final[Mapping[str, str]] = {
    **{
        name: f"t.{name}"
        for name in (
            "id", "priority", "title_key", "created_at", "updated_at", "completed_at", "due_sort", "due_instant"
        )
    },
    "link_due": "l.due_sort",
    "link_priority": "l.priority",
    "link_task": "l.task_id",
}  # fmt: skip
# An order that rows `s` of words have as well, and its keys where these are the rows `f` of hits.
_OF_WORDS: Final[Mapping[str, str]] = {"created_at": CREATED_AT, "id": "s.task_id"}
_OF_HITS: Final[Mapping[str, str]] = {"created_at": "f.created_at", "id": "f.task_id"}
_TIMES: Final = ("created_at", "updated_at", "completed_at", "due_sort", "due_instant", "link_due")


@dataclass(frozen=True)
class TaskRows(KeysetRows[sql.SqlRow]):
    """Rows of a user's tasks `t` that meet all conditions; with `along_links`, of links `l` of tags and their tasks.

    `found` is what a search finds, and `counted` how that is counted. Where the first key of the order has groups of
    what is found, each is read in its own way.

    A row has the id, the document if it is current, whether the task is overdue at `now`, since when it is in the
    trash, and then the keys of the order, times as the database writes them; `pages.page_text` makes text of it.
    """

    keyset: Keyset
    user_id: int
    where: Sequence[SqlFragment]
    now: datetime
    along_links: bool = False
    found: Found | None = None
    counted: Found | None = None
    is_filtered: bool = False
    """Whether there are conditions beside the user, the search, and that the task is live."""
    is_empty: bool = False

    def read(self, ranges: Sequence[KeyRange], limit: int) -> list[sql.SqlRow]:
        """Read all ranges in one statement.

        Both databases take the parts of UNION ALL in turn and stop at the limit; PostgreSQL would take them at once
        only in parallel workers, which it never does with parts that have limits of their own.
        """
        if self.is_empty or not ranges:
            return []
        parts = [self._part(each, limit) for each in ranges]
        [text, *others] = [part.sql for part in parts]
        if others:
            numbered = (f"SELECT * FROM ({each}) p{number}" for number, each in enumerate((text, *others)))
            text = f"{' UNION ALL '.join(numbered)} LIMIT {limit:d}"
        return self._fetch(text, _params(parts))

    def count(self, at_most: int) -> int:
        if self.is_empty:
            return 0
        counted, source = self.counted, self._source(self.counted)
        if isinstance(counted, Hits) and not self.is_filtered:
            source = counted.rows
        text = f"SELECT 1 FROM {source.sql} LIMIT {at_most:d}"
        [[count]] = self._fetch(f"SELECT count(*) FROM ({text}) counted", source.params)
        return int(count)

    def value(self, row: sql.SqlRow, name: str) -> Any:
        return row[SHOWN_LENGTH + [key.name for key in self.keyset.keys].index(name)]

    def _fetch(self, text: str, params: sql.Params) -> list[sql.SqlRow]:
        if self.found is None:
            return sql.fetch(PreparedSql(text), params)
        return sql.fetch(f"{backend_for(database_vendor()).prelude}{text}", params)

    def _part(self, part: KeyRange, limit: int) -> SqlFragment:
        names = [key.name for key in self.keyset.keys]
        selected = ", ".join((_SHOWN, *map(_column_text, names)))
        group = (part.group for name in names if name not in _COLUMNS)
        compared = [each for each in part.conditions if isinstance(each, Comparison)]
        [found] = [each for each in part.conditions if isinstance(each, Hits | SqlFragment)] or (self.found,)
        if isinstance(found, Hits) and _OF_WORDS.keys() >= _COLUMNS.keys() & set(names):
            rest = self._newest(found, compared, part, limit)
        else:
            source = self._source(found, compared)
            rest = SqlFragment(f"{source.sql} ORDER BY {_order(part, _COLUMNS)}", source.params)
        return SqlFragment(
            f"SELECT {selected} FROM {rest.sql} LIMIT {limit:d}",
            (sql.to_database(self.now), *group, *rest.params),
        )

    def _source(self, found: Found | None, compared: Sequence[Comparison] = ()) -> SqlFragment:
        """Return what follows FROM: tables and conditions."""
        where = [*self.where, *(_condition(each, _COLUMNS) for each in compared)]
        if isinstance(found, Hits):
            return self._join(
                SqlFragment(f"SELECT s.task_id FROM {found.rows.sql}", found.rows.params), where
            )
        tables = _OF_LINKS if self.along_links else _OF_TASKS
        where = [user_condition(self.user_id), *where, *([found] if found else [])]
        return SqlFragment(f"{tables} WHERE {_all(where)}", _params(where))

    def _newest(self, hits: Hits, compared: Sequence[Comparison], part: KeyRange, limit: int) -> SqlFragment:
        """Return what follows FROM, with its order: hits in the order of their own rows, of which a page needs few."""
        where = [hits.rows, *(_condition(each, _OF_WORDS) for each in compared)]
        text = f"SELECT s.task_id, {CREATED_AT} AS created_at FROM {_all(where)} ORDER BY {_order(part, _OF_WORDS)}"
        # Of hits that are filtered nobody knows beforehand how many a page needs.
        text += "" if self.is_filtered else f" LIMIT {limit:d}"
        source = self._join(SqlFragment(text, _params(where)), self.where)
        return SqlFragment(f"{source.sql} ORDER BY {_order(part, _OF_HITS)}", source.params)

    def _join(self, hits: SqlFragment, where: Sequence[SqlFragment]) -> SqlFragment:
        where = [found_user_condition(self.user_id), *where]
        links = " JOIN tasks_app_tasktag l ON l.task_id = t.id" if self.along_links else ""
        text = f"({hits.sql}) f JOIN {_OF_TASKS} ON t.id = f.task_id{links} WHERE {_all(where)}"
        return SqlFragment(text, (*hits.params, *_params(where)))


def select_task(user_id: int, task_id: int, *, trashed: bool, now: datetime) -> sql.Statement:
    """Return the SELECT of one task of a user, live or in the trash: as a row of TaskRows begins, and its version."""
    where = [*user_conditions(user_id, trashed=trashed), SqlFragment("t.id = %s", (task_id,))]
    text = f"SELECT {_SHOWN}, t.version FROM {_OF_TASKS} WHERE {_all(where)}"
    return PreparedSql(text), [sql.to_database(now), *_params(where)]


def _all(conditions: Sequence[SqlFragment]) -> str:
    return " AND ".join(each.sql for each in conditions)


def _params(statements: Sequence[SqlFragment]) -> tuple[object, ...]:
    return tuple(param for each in statements for param in each.params)


def _condition(condition: Comparison, columns: Mapping[str, str]) -> SqlFragment:
    text = f"{columns[condition.name]} {condition.operator}"
    if condition.operator in ("is null", "is not null"):
        return SqlFragment(text)
    value = condition.value
    return SqlFragment(f"{text} %s", (sql.to_database(value) if isinstance(value, datetime) else value,))


def _order(part: KeyRange, columns: Mapping[str, str]) -> str:
    return ", ".join(_order_term(key, columns[key.name], backward=part.backward) for key in part.keys)


def _order_term(key: SortKey, column: str, *, backward: bool) -> str:
    direction = " DESC" if key.descending != backward else ""
    nulls = (" NULLS FIRST" if backward else " NULLS LAST") if key.nullable else ""
    return f"{column}{direction}{nulls}"


def _column_text(name: str) -> str:
    column = _COLUMNS.get(name, "CAST(%s AS integer)")
    return f"CAST({column} AS text)" if name in _TIMES else column
