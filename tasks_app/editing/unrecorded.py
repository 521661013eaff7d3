"""Writes without an event: clients read the same row of a live task as before, or the task is in the trash.

Called inside `changing`.
"""

from collections.abc import Sequence
from typing import Final

from foundation.database import sql
from foundation.database.row_writes import update_statements
from tasks_app.editing.draft import Draft, mirrored_values
from tasks_app.queries.statements import mirror_tasks_in_links
from tasks_app.queries.tasks import FullTask
from tasks_app.values.rows import DOCUMENT_COLUMNS, set_document

_INSTANTS: Final = ("due_instant", "overdue_at", "due_sort")


def write_derived(draft: Draft) -> None:
    """Write the instants of a draft that were derived again, and its document; do nothing where they are the same."""
    task = draft.task
    if all(draft.columns[name] == getattr(task, name) for name in _INSTANTS):
        return
    set_document(task, draft.lasting_row())
    mirror = [mirror_tasks_in_links([task.pk])] if draft.tags else []
    sql.run_together([*update_statements([task], (*_INSTANTS, *DOCUMENT_COLUMNS)), *mirror])
    draft.mirrored, draft.columns = mirrored_values(task), task.__dict__.copy()


def write_documents(tasks: Sequence[FullTask]) -> list[sql.Work]:
    """Return the work that writes the documents of tasks, which show other tags, or whose documents are old."""
    for full in tasks:
        set_document(full.task, full.lasting_row())
    return update_statements([full.task for full in tasks], DOCUMENT_COLUMNS)
