"""Putting series back as they were before a change of a task. Called inside `changing`."""

from datetime import datetime

from tasks_app.editing.change import Change
from tasks_app.editing.draft import Draft
from tasks_app.errors import SeriesChanged
from tasks_app.models import ExcludedSlot, Series, SeriesChange, Tag, Task
from tasks_app.operations.series.succession import withdraw_successor
from tasks_app.operations.tags.links import put_template_tags
from tasks_app.operations.undo.series_states import SERIES_COLUMNS, series_state_of
from tasks_app.values.rows import Row


def revert_series(change: Change, draft: Draft, kept: SeriesChange) -> None:
    """Put series, and the place of the task in them, back as they were before a change. The task is not saved.

    What completing the task led to is withdrawn; settle the series afterwards. Raises SeriesChanged where other
    occurrences changed as well, or the series or what follows has changed since.
    """
    task, before, after = draft.task, kept.before, kept.after
    if kept.is_shared:
        raise SeriesChanged("Other open occurrences changed with it; change the series instead.")
    if series_state_of(task, also=after["series"]).series != after["series"]:
        raise SeriesChanged("The series has changed again since.")
    if task.completed_at is not None and task.series_id is not None and not withdraw_successor(change, task):
        raise SeriesChanged("What came of it, the next occurrence, has been changed or done.")
    for key, row in before["series"].items():
        if row != after["series"][key]:
            _put(int(key), row, at=change.at)
    _put_place(task, before["place"])


def _put(series_id: int, row: Row, *, at: datetime) -> None:
    series = Series.objects.get(pk=series_id)
    for name in SERIES_COLUMNS:
        if name in row:  # what was kept by an earlier release knows no columns that came later
            setattr(series, name, row[name])
    series.ended_at = (series.ended_at or at) if row["end_reason"] else None
    series.save()
    known = Tag.objects.in_bulk(row["tags"])
    put_template_tags(series, [known[pk] for pk in row["tags"] if pk in known])


def _put_place(task: Task, place: Row) -> None:
    taken = Task.objects.filter(series=place["series_id"], occurrence=place["occurrence"]).exclude(pk=task.pk)
    if place["series_id"] is not None and taken.exists():
        raise SeriesChanged("Its place in the series is taken.")
    task.series_id, task.occurrence, task.recurrence = (
        place[name] for name in ("series_id", "occurrence", "recurrence")
    )
    put_follows(task, place)


def put_follows(task: Task, place: Row) -> None:
    """Have a task follow what it followed in a place that was kept; earlier releases kept no such thing."""
    before = place.get("follows_id", task.follows_id)
    others = Task.objects.filter(follows=before).exclude(pk=task.pk)
    if before is None or (Task.objects.filter(pk=before).exists() and not others.exists()):
        task.follows_id = before


def put_exclusion(place: Row) -> None:
    """Have the series leave out the slot of a place for the reason that was kept: as skipped, say, not as deleted."""
    if place.get("excluded"):
        slot = ExcludedSlot.objects.filter(series=place["series_id"], slot=place["occurrence"])
        slot.update(reason=place["excluded"])
