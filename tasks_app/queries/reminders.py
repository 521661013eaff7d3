"""Reminders of one user, and due firings of all."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet

from foundation.database import sql
from tasks_app.errors import ReminderNotFound
from tasks_app.models import Reminder
from tasks_app.queries.statements import select_firings, select_pending


class Firing(NamedTuple):
    """A planned firing, with the columns that its instant and its events need, and its owner's zone.

    A tuple, since thousands may be due at one instant.
    """

    id: int
    owner_id: int
    task_id: int
    offset: str | None
    at: datetime | None
    snoozed_until: datetime | None
    firing: int
    fire_at: datetime
    title: str
    priority: int
    due_date: date | None
    due_time: time | None
    due_fold: int
    floating: bool
    time_zone: str
    due_instant: datetime | None
    completed_at: datetime | None
    deleted_at: datetime | None
    zone_name: str
    has_fired_twin: bool = False
    """Whether another reminder of the task has fired at the same instant."""


def reminders_of(user_id: int) -> QuerySet[Reminder]:
    """Return the reminders on the user's live tasks, with their tasks."""
    mine = Reminder.objects.filter(owner_id=user_id, removed=False, task__deleted_at__isnull=True)
    return mine.select_related("task")


def reminder_of(user_id: int, reminder_id: int) -> Reminder:
    """Return one reminder of the user with its task. Raises ReminderNotFound."""
    reminder = reminders_of(user_id).filter(pk=reminder_id).first()
    if reminder is None:
        raise ReminderNotFound
    return reminder


def due_firings(reminder_ids: Sequence[int], now: datetime) -> list[Firing]:
    """Return the firings of these reminders that are planned for `now` or before, earliest first."""
    found = sql.fetch(*select_firings(reminder_ids, now))
    if connection.vendor == "sqlite":
        return [Firing._make(_aware(row)) for row in found]
    return [Firing._make(row) for row in found]


def pending_until(now: datetime) -> list[tuple[int, int]]:
    """Return (owner id, reminder id) of reminders to fire at `now`, longest waiting first."""
    found = sql.fetch(*select_pending(now))
    return [(owner_id, reminder_id) for owner_id, reminder_id in found]


def due_reminders(at: datetime) -> QuerySet[Reminder]:
    """Return the planned reminders that should have fired by `at`, of all owners, unordered."""
    return Reminder.objects.filter(status="pending", fire_at__lte=at)


def upcoming_instants(until: datetime, limit: int) -> list[datetime]:
    """Return the first `limit` distinct instants up to `until` for which a reminder is planned, ascending."""
    pending = Reminder.objects.filter(status="pending", fire_at__lte=until).order_by("fire_at")
    return list(pending.values_list("fire_at", flat=True).distinct()[:limit])  # type: ignore[arg-type]


def _aware(row: sql.SqlRow) -> list[Any]:
    """Return a row of SQLite with its times as aware UTC."""
    return [value.replace(tzinfo=UTC) if type(value) is datetime else value for value in row]
