"""Pages of tasks as the API answers them: two statements for any number of rows, and no model instances."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, Final

import orjson

from foundation.database import sql
from foundation.database.sql import rfc3339_text
from tasks_app.models import shown_name
from tasks_app.queries.lists.task_rows import ROW_LENGTH
from tasks_app.queries.statements import select_belongings
from tasks_app.values.rows import ReminderColumns, Row, TaskColumns, lasting_row
from tasks_app.values.trash import trash_fields

_INSTANTS: Final = [
    TaskColumns._fields.index(name)
    for name in ("created_at", "updated_at", "completed_at", "due_at", "deleted_at")
]
_RECURRENCE: Final = TaskColumns._fields.index("recurrence")
_STATUS: Final = 3
_IN_ORDER: Final = itemgetter(0, 1)


def rows_of(page: Sequence[sql.SqlRow]) -> list[Row]:
    """Return the rows of a page of TaskRows as the API answers them."""
    if not page:
        return []
    tags, reminders = _belongings([values[0] for values in page])
    return [
        {
            **lasting_row(task, tags=tags[task.id], reminders=reminders[task.id]),
            "overdue": bool(is_overdue),
            **(trash_fields(datetime.fromisoformat(task.deleted_at)) if task.deleted_at else {}),
        }
        for task, is_overdue in map(_read, page)
    ]


def _read(values: sql.SqlRow) -> tuple[TaskColumns, bool | None]:
    """Return what TaskRows selects as it is shown."""
    columns = list(values[:ROW_LENGTH])
    for at in _INSTANTS:
        if columns[at] is not None:
            columns[at] = rfc3339_text(columns[at])
    if columns[_RECURRENCE] is not None:
        columns[_RECURRENCE] = orjson.loads(columns[_RECURRENCE])
    return TaskColumns._make(columns), values[ROW_LENGTH]


def _belongings(ids: Sequence[int]) -> tuple[Mapping[int, list[str]], Mapping[int, list[Row]]]:
    """Return the names of tags in order, and reminders by id, of each task."""
    tags: dict[int, list[str]] = defaultdict(list)
    reminders: dict[int, list[Row]] = defaultdict(list)
    # In order here: databases would sort what both branches give, which takes longer.
    for task_id, number, *rest in sorted(sql.fetch(*select_belongings(ids)), key=_IN_ORDER):
        if rest[_STATUS] is None:
            name, former, told_to = rest[:3]
            last = None if told_to is None else int(told_to)
            tags[task_id].append(shown_name(name, former, last, task_id=task_id))
        else:
            reminders[task_id].append(_reminder(number, rest))
    return tags, reminders


def _reminder(number: int, values: Sequence[Any]) -> Row:
    """Return a reminder as `reminder_row` does, from what was selected."""
    offset, at, fire_at, status, reason, late = values
    return ReminderColumns(
        id=number,
        offset=offset,
        at=rfc3339_text(at) if at else None,
        fire_at=rfc3339_text(fire_at) if fire_at else None,
        status=status,
        reason=reason or None,
        late=bool(late),
    )._asdict()
