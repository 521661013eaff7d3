"""The search rows of all tasks at once, where nobody else writes: after a restore.

`search_index` writes them owner by owner, each under the lock of a history, and costs several times as much for a task.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from foundation.database import sql
from foundation.database.row_writes import insert_statements, new_row, update_statements
from foundation.database.sessions import database_vendor, lift_limits
from foundation.database.transactions import write_transaction
from foundation.database.whole_tables import without_indexes
from tasks_app.models import SearchText, Task, TaskTag
from tasks_app.operations.search_index import SEARCH_COLUMNS, encode_tag_names
from tasks_app.queries.shown import read_tag_names
from tasks_app.search.backends import backend_for
from tasks_app.search.sort_keys import title_key
from tasks_app.search.tokens import TOKENIZER_VERSION
from tasks_app.search.words import words_for

_TASKS_AT_ONCE: Final = 500


class _Texts(NamedTuple):
    """What the search row of a task is made from."""

    id: int
    owner_id: int
    title: str
    description: str
    title_key: str
    created_at: datetime
    deleted_at: datetime | None


def _always(_done: int) -> bool:
    return True


def fill_search_rows(go_on: Callable[[int], bool] = _always) -> int:
    """Write the search rows of all tasks, of which none may have one, and return of how many.

    Keys of titles that an older release made are made anew, too. `go_on` is told after every 500 tasks how many are
    done; once it returns False, what is done stays, and `index_missing` writes the others. One transaction: after a
    kill or an error it writes all of them.
    """
    done = 0
    with write_transaction():
        lift_limits()
        with without_indexes([SearchText]):
            for tasks in _read_texts():
                sql.run_together(_row_statements(tasks))
                done += len(tasks)
                if not go_on(done):
                    break
    return done


def _read_texts() -> Iterator[list[_Texts]]:
    # By id: SQLite's index writes what it holds in memory whenever a row comes before the one that it had last.
    rows, after = Task.objects.order_by("pk").values_list(*_Texts._fields), 0
    while some := [_Texts(*row) for row in rows.filter(pk__gt=after)[:_TASKS_AT_ONCE]]:
        after = some[-1].id
        yield some


def _row_statements(tasks: Sequence[_Texts]) -> list[sql.Work]:
    backend = backend_for(database_vendor())
    names = read_tag_names(TaskTag.objects.filter(task__gte=tasks[0].id, task__lte=tasks[-1].id))
    rows: list[tuple[object, ...]] = []
    outdated: list[Task] = []
    for task in tasks:
        words = backend.encode_words(words_for(task.owner_id, task.title, task.description))
        words += encode_tag_names(task.owner_id, names.get(task.id, ()))
        rows.append((task.id, words, TOKENIZER_VERSION, task.created_at, task.deleted_at is None))
        if (key := title_key(task.title)) != task.title_key:
            outdated.append(new_row(Task, id=task.id, title_key=key))
    return [
        *update_statements(outdated, ("title_key",)),
        *insert_statements(SearchText, SEARCH_COLUMNS, rows),
    ]
