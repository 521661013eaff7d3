"""The rows of tasks that are saved for the first time, and of series that begin with a task."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from foundation.database import sql
from foundation.database.row_writes import insert_all, insert_of, insert_statements
from tasks_app.models import SeriesTag
from tasks_app.values.rows import set_document

if TYPE_CHECKING:
    from tasks_app.editing.change import Change
    from tasks_app.editing.draft import Draft


def insert_series(drafts: Sequence["Draft"]) -> None:
    """Insert the `new_series` of these drafts, with the tags of their templates, and make the tasks part of them."""
    begun = [(draft, draft.new_series) for draft in drafts if draft.new_series is not None]
    insert_all([series for _, series in begun])
    links = [(series.pk, tag.pk, place) for draft, series in begun for place, tag in enumerate(draft.tags)]
    sql.run_together(insert_statements(SeriesTag, ("series_id", "tag_id", "position"), links))
    for draft, series in begun:
        draft.task.series, draft.new_series = series, None


def insert_tasks(change: "Change", new: Sequence["Draft"]) -> list[sql.Work]:
    """Insert new tasks, whose ids others need; of one whose id is known already, only return the statement."""
    for draft in new:
        draft.row_to_insert = draft.lasting_row()
        set_document(draft.task, draft.row_to_insert)
    # Its reminders would be inserted at once, before it.
    if len(new) == 1 and change.task_ids and not new[0].changed_reminders:
        new[0].task.pk = change.task_ids.pop()
        return [insert_of(new[0].task)]
    insert_all([draft.task for draft in new])
    return []
