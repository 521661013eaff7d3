"""Reminders of one user."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any, Final, NamedTuple

from django.db import connection
from django.db.models import QuerySet

from foundation.database import sql
from tasks_app.errors import ReminderNotFound
from tasks_app.models import Reminder


class Firing(NamedTuple):
    """A planned firing: what its instant is derived from, what is told of it, and its owner's zone.

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
    is_told: bool = False
    """Whether another reminder of the task has fired at the same instant."""


_PENDING: Final = (
    "SELECT owner_id, id FROM tasks_app_reminder WHERE status = 'pending' AND fire_at <= %s ORDER BY fire_at"
)
_FIRINGS: Final = (
    'SELECT r.id, r.owner_id, r.task_id, r."offset", r.at, r.snoozed_until, r.firing, r.fire_at, t.title,'
    " t.priority, t.due_date, t.due_time, t.due_fold, t.floating, t.time_zone, t.due_instant, t.completed_at,"
    " t.deleted_at, u.time_zone, EXISTS (SELECT 1 FROM tasks_app_reminder o WHERE o.task_id = r.task_id"
    " AND o.id <> r.id AND o.fire_at = r.fire_at AND o.status = 'fired')"
    " FROM tasks_app_reminder r JOIN tasks_app_task t ON t.id = r.task_id JOIN accounts_app_user u ON u.id = r.owner_id"
    " WHERE r.id IN {} AND r.status = 'pending' AND r.fire_at <= %s ORDER BY r.fire_at, r.id"
)


def reminders_of(user_id: int) -> QuerySet[Reminder]:
    """Return the user's reminders that are on live tasks, with their tasks."""
    mine = Reminder.objects.filter(owner_id=user_id, removed=False, task__deleted_at__isnull=True)
    return mine.select_related("task")


def reminder_of(user_id: int, reminder_id: int) -> Reminder:
    """Return one reminder of the user with its task. Raises ReminderNotFound."""
    reminder = reminders_of(user_id).filter(pk=reminder_id).first()
    if reminder is None:
        raise ReminderNotFound
    return reminder


def due_firings(reminder_ids: Sequence[int], now: datetime) -> list[Firing]:
    """Return those of these reminders that are planned for `now` or before, earliest first."""
    found = sql.fetch(_FIRINGS.format(sql.in_list(reminder_ids)), [*reminder_ids, sql.to_database(now)])
    if connection.vendor == "sqlite":
        return [Firing._make(map(_aware, row)) for row in found]
    return [Firing._make(row) for row in found]


def pending_until(now: datetime) -> list[tuple[int, int]]:
    """Return (owner, reminder) of what is to fire at `now`, what waits longest first.

    Cost follows the due, not the pending: the order keeps SQLite on the index of what is pending.
    """
    found = sql.fetch(_PENDING, [sql.to_database(now)])
    return [(owner_id, reminder_id) for owner_id, reminder_id in found]


def upcoming_instants(until: datetime, limit: int) -> list[datetime]:
    """Return the first `limit` distinct instants up to `until` at which a reminder waits to fire, in order."""
    pending = Reminder.objects.filter(status="pending", fire_at__lte=until).order_by("fire_at")
    return list(pending.values_list("fire_at", flat=True).distinct()[:limit])  # type: ignore[arg-type]


def _aware(value: Any) -> Any:
    """SQLite's times come without a zone: they are UTC."""
    return value.replace(tzinfo=UTC) if type(value) is datetime else value
