"""Changing a series by its own number: what is to come, from the open occurrence on."""

from datetime import datetime

from accounts_app.models import User
from tasks_app.errors import SeriesEnded
from tasks_app.fields import Scope, TaskFields
from tasks_app.models import Series
from tasks_app.operations.changes import changing, draft_of
from tasks_app.operations.occurrences import settle_series
from tasks_app.operations.tasks import change_task
from tasks_app.queries.series import open_occurrence, series_of_user


def change_series(series_id: int, fields: TaskFields, *, by: User, at: datetime) -> Series:
    """Change rule and template of a series from its open occurrence on, which changes along.

    `fields.recurrence` None ends the series. Repeating changes nothing. Raises SeriesNotFound, SeriesEnded,
    InvalidInput.
    """
    with changing(by, at=at) as change:
        settle_series(change, series_of_user(change.owner_id, series_id))
        series = series_of_user(change.owner_id, series_id)
        task = open_occurrence(series)
        if task is None or not series.is_running:
            raise SeriesEnded
        change_task(change, draft_of(task), fields, scope=Scope.ALL)
        return series_of_user(change.owner_id, series_id)
