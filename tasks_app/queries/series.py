"""Series of one user, as the API answers them, what follows in them, and series that a sweep has to advance."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Q, QuerySet

from foundation.database import sql
from foundation.database.row_reads import row_from, rows_in, values_in
from tasks_app import recurrence as rec
from tasks_app.errors import SeriesNotFound
from tasks_app.models import Series, Tag, Task
from tasks_app.queries.statements import select_progress, select_surroundings
from tasks_app.queries.tags import template_tags
from tasks_app.values.rows import PRIORITY_NAMES, Row, instant_text
from tasks_app.values.schedules import recurrence_of, shown_recurrence

_SERIES_PER_SWEEP: Final = 500


def series_of_user(user_id: int, series_id: int) -> Series:
    """Return one series of the user, running or ended. Raises SeriesNotFound."""
    series = Series.objects.filter(owner_id=user_id, pk=series_id).first()
    if series is None:
        raise SeriesNotFound
    return series


def open_occurrences(series: Series | int | None) -> QuerySet[Task]:
    """Return the open occurrences of a series: at most one, or two if one was reopened after the other was edited."""
    return Task.objects.filter(series=series, deleted_at__isnull=True, completed_at__isnull=True)


def open_occurrence(series: Series | int | None) -> Task | None:
    """Return the open occurrence of a series, of two the later one; None if there is none."""
    return open_occurrences(series).order_by("-occurrence", "-id").first()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What stands around an occurrence in its series, as the one that follows it is made from it."""

    is_followed: bool
    """Whether a row follows it, live or not."""
    has_missed: bool
    """Whether it is stored which slots after it were missed."""
    gone: frozenset[str]
    """The slots that no occurrence may take: those that are excluded, and later ones that have a task."""
    withdrawn: frozenset[str]
    """The slots of rows that were withdrawn."""
    tags: list[Tag]
    """The tags of the template, in order."""


@dataclass(frozen=True, slots=True)
class SeriesProgress:
    """How far a series has come: its last closed occurrence that nothing follows, and what stands around that one."""

    series: Series
    has_open: bool
    last: Task | None
    surroundings: Surroundings


def progress_of(series_id: int) -> SeriesProgress:
    """Return how far a series has come, in one query."""
    found = progress_in(sql.fetch(*select_progress(series_id))[0])
    assert found is not None  # noqa: S101 - the caller has seen a task of it, or itself
    return found


def progress_in(row: sql.SqlRow) -> SeriesProgress | None:
    """Return the progress in a row that `select_progress` selected; None if the row has none."""
    if row[0] is None:
        return None
    end = len(Series._meta.concrete_fields)
    series, has_open, task = row_from(Series, row[:end]), row[end], row[end + 1 : -5]
    last = None if task[0] is None else row_from(Task, task)
    return SeriesProgress(series, bool(has_open), last, _surroundings_in(series, row[-5:]))


def surroundings_of(series: Series, task: Task) -> Surroundings:
    """Return what stands around an occurrence, which may have no row, in its series, in one query."""
    [row] = sql.fetch(*select_surroundings(series.pk, task.pk, task.occurrence))
    return _surroundings_in(series, row)


def _surroundings_in(series: Series, row: sql.SqlRow) -> Surroundings:
    is_followed, has_missed, gone, withdrawn, listed = row
    tags = rows_in(Tag, listed)
    if any(tag.retired_at for tag in tags):
        tags = template_tags(series)
    return Surroundings(
        bool(is_followed), bool(has_missed), frozenset(values_in(gone)), frozenset(values_in(withdrawn)), tags
    )


def _stuck_row(series: Series) -> Row | None:
    """Return since when and why a series is stuck, and when it is retried; None if it is not stuck."""
    if series.stuck_since is None:
        return None
    return {
        "since": instant_text(series.stuck_since),
        "reason": series.stuck_reason,
        "retry_at": instant_text(series.stuck_retry_at),
    }


def series_to_advance(now: datetime) -> list[tuple[int, int]]:
    """Return (series id, owner id) of series whose next slot has begun, longest waiting first, no stuck ones."""
    begun = Series.objects.filter(advance_at__lte=now).order_by("advance_at")
    is_time = Q(stuck_retry_at__isnull=True) | Q(stuck_retry_at__lte=now)
    return list(begun.filter(is_time).values_list("id", "owner_id")[:_SERIES_PER_SWEEP])


def coming_slots(until: datetime, limit: int) -> list[datetime]:
    """Return the first `limit` distinct instants up to `until` at which an open occurrence is missed, ascending."""
    coming = Series.objects.filter(advance_at__lte=until).order_by("advance_at")
    return list(coming.values_list("advance_at", flat=True).distinct()[:limit])  # type: ignore[arg-type]


def series_row(series: Series) -> Row:
    """Return a series as `GET /api/series/{id}/` answers it, in two queries."""
    task = open_occurrence(series)
    return {
        "id": series.pk,
        "user_id": str(series.owner_id),
        "status": "running" if series.is_running else "ended",
        "state": series.state,
        "stuck": _stuck_row(series),
        "end_reason": series.end_reason or None,
        "created_at": instant_text(series.created_at),
        "ended_at": instant_text(series.ended_at),
        "recurrence": shown_recurrence(recurrence_of(series), rec.parse_slot(series.start)),
        "advance": series.advance,
        "start": series.start,
        "time_zone": series.time_zone or None,
        "floating": series.floating,
        "title": series.title,
        "description": series.description,
        "priority": PRIORITY_NAMES[series.priority],
        "tags": [tag.name for tag in template_tags(series)],
        "reminders": [{"offset": offset} for offset in series.offsets],
        "task_id": task.pk if task is not None else None,
    }
