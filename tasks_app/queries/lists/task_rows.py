"""Pages of tasks as SQL that is written out: for building it the ORM takes longer than databases for running it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from foundation.database import sql
from foundation.database.prepared import PreparedSql
from foundation.http.keyset import Comparison, KeyRange, Keyset, KeysetRows, SortKey
from tasks_app.models import DOCUMENT_FORMAT
from tasks_app.queries.lists.criteria import user_conditions
from tasks_app.search.backends import SqlFragment

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
_TIMES: Final = ("created_at", "updated_at", "completed_at", "due_sort", "due_instant", "link_due")


@dataclass(frozen=True)
class TaskRows(KeysetRows[sql.SqlRow]):
    """Rows of tasks `t` that meet all conditions; with `along_links`, of links `l` of tags and their tasks.

    A row has the id, the document if it is current, whether the task is overdue at `now`, since when it is in the
    trash, and then the keys of the order, times as the database writes them; `pages.page_text` makes text of it.
    """

    keyset: Keyset
    where: Sequence[SqlFragment]
    now: datetime
    along_links: bool = False
    is_search: bool = False
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
        return sql.fetch(self._prepared(text), _params(parts))

    def count(self, at_most: int) -> int:
        if self.is_empty:
            return 0
        groups = [_condition(each) for each in self.keyset.conditions]
        listed = (
            [SqlFragment(f"({' OR '.join(each.sql for each in groups)})", _params(groups))] if groups else []
        )
        where = [*self.where, *listed]
        text = f"SELECT 1 FROM {self._tables} WHERE {_all(where)} LIMIT {at_most:d}"
        counted = f"SELECT count(*) FROM ({text}) counted"
        [[found]] = sql.fetch(self._prepared(counted), _params(where))
        return int(found)

    def value(self, row: sql.SqlRow, name: str) -> Any:
        return row[SHOWN_LENGTH + [key.name for key in self.keyset.keys].index(name)]

    def _prepared(self, text: str) -> str:
        return text if self.is_search else PreparedSql(text)

    @property
    def _tables(self) -> str:
        return _OF_LINKS if self.along_links else _OF_TASKS

    def _part(self, part: KeyRange, limit: int) -> SqlFragment:
        names = [key.name for key in self.keyset.keys]
        selected = ", ".join((_SHOWN, *map(_column_text, names)))
        group = (part.group for name in names if name not in _COLUMNS)
        where = [*self.where, *(_condition(each) for each in part.conditions)]
        order = ", ".join(_order_term(key, backward=part.backward) for key in part.keys)
        return SqlFragment(
            f"SELECT {selected} FROM {self._tables} WHERE {_all(where)} ORDER BY {order} LIMIT {limit:d}",
            (sql.to_database(self.now), *group, *_params(where)),
        )


def select_task(user_id: int, task_id: int, *, trashed: bool, now: datetime) -> sql.Statement:
    """Return the SELECT of one task of a user, live or in the trash: as a row of TaskRows begins, and its version."""
    where = [*user_conditions(user_id, trashed=trashed), SqlFragment("t.id = %s", (task_id,))]
    text = f"SELECT {_SHOWN}, t.version FROM {_OF_TASKS} WHERE {_all(where)}"
    return PreparedSql(text), [sql.to_database(now), *_params(where)]


def _all(conditions: Sequence[SqlFragment]) -> str:
    return " AND ".join(each.sql for each in conditions)


def _params(statements: Sequence[SqlFragment]) -> tuple[object, ...]:
    return tuple(param for each in statements for param in each.params)


def _condition(condition: object) -> SqlFragment:
    if isinstance(condition, SqlFragment):
        return condition
    assert isinstance(condition, Comparison)  # noqa: S101 - the two that orders of tasks are made of
    text = f"{_COLUMNS[condition.name]} {condition.operator}"
    if condition.operator in ("is null", "is not null"):
        return SqlFragment(text)
    value = condition.value
    return SqlFragment(f"{text} %s", (sql.to_database(value) if isinstance(value, datetime) else value,))


def _order_term(key: SortKey, *, backward: bool) -> str:
    direction = " DESC" if key.descending != backward else ""
    nulls = (" NULLS FIRST" if backward else " NULLS LAST") if key.nullable else ""
    return f"{_COLUMNS[key.name]}{direction}{nulls}"


def _column_text(name: str) -> str:
    column = _COLUMNS.get(name, "CAST(%s AS integer)")
    return f"CAST({column} AS text)" if name in _TIMES else column
