"""The rows of series that begin with a task that is being saved."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from foundation.database import sql
from foundation.database.row_writes import insert_all, insert_statements
from tasks_app.models import SeriesTag

if TYPE_CHECKING:
    from tasks_app.editing.draft import Draft


def insert_series(drafts: Sequence["Draft"]) -> None:
    """Insert the `new_series` of these drafts, with the tags of their templates, and make the tasks part of them."""
    begun = [(draft, draft.new_series) for draft in drafts if draft.new_series is not None]
    insert_all([series for _, series in begun])
    links = [(series.pk, tag.pk, place) for draft, series in begun for place, tag in enumerate(draft.tags)]
    sql.run_together(insert_statements(SeriesTag, ("series_id", "tag_id", "position"), links))
    for draft, series in begun:
        draft.task.series, draft.new_series = series, None
