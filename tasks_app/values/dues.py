"""Converting the columns of a task to its due and back, and the fields of a change to a due."""

from datetime import date, datetime, time
from functools import lru_cache
from typing import Protocol, assert_never
from zoneinfo import ZoneInfo

from tasks_app import recurrence as rec
from tasks_app.errors import InvalidInput, refusals
from tasks_app.models import NO_DUE, Task
from tasks_app.values.fields import UNSET, AtInstant, AtWall, OnDay, TaskFields, When


class HasDue(Protocol):
    """The columns of a due."""

    @property
    def due_date(self) -> date | None: ...
    @property
    def due_time(self) -> time | None: ...
    @property
    def due_fold(self) -> int: ...
    @property
    def floating(self) -> bool: ...
    @property
    def time_zone(self) -> str: ...


def due_of(task: HasDue) -> rec.Due | None:
    """Return the due in the columns of a task; None without due."""
    if task.due_date is None:
        return None
    return _due(task.due_date, task.due_time, task.due_fold, task.floating, task.time_zone)


@lru_cache(maxsize=1024)
def _due(day: date, at: time | None, fold: int, floating: bool, zone_name: str) -> rec.Due:
    """Build a due once for all tasks that share it, as those do whose reminders fire together."""
    if at is None:
        return rec.Day(day, rec.load_zone(zone_name) if zone_name else None)
    wall = datetime.combine(day, at)
    return rec.Floating(wall) if floating else rec.Timed(wall, rec.load_zone(zone_name), fold)


def place_due(task: Task, due: rec.Due | None, *, user_zone: ZoneInfo) -> None:
    """Set the columns of a task from a due, with everything that is derived from it; the row is not saved."""
    task.due_date, task.due_time, task.due_fold, task.floating = None, None, 0, False
    if isinstance(due, rec.Day):
        task.due_date = due.day
        task.time_zone = due.zone.key if due.zone else ""
    elif due is not None:
        task.due_date, task.due_time = due.wall.date(), due.wall.time()
        task.floating = isinstance(due, rec.Floating)
        task.time_zone = due.zone.key if isinstance(due, rec.Timed) else ""
        task.due_fold = due.fold if isinstance(due, rec.Timed) else 0
    _set_derived(task, due, user_zone=user_zone)


def derive_instants(task: Task, *, user_zone: ZoneInfo) -> None:
    """Derive the instants of a task from its wall time and zone as they are now; the row is not saved."""
    _set_derived(task, due_of(task), user_zone=user_zone)


def _set_derived(task: Task, due: rec.Due | None, *, user_zone: ZoneInfo) -> None:
    if due is None:
        task.due_instant = task.overdue_at = None
        task.due_sort = NO_DUE
        return
    task.due_instant = resolved_due(due, user_zone).instant
    task.overdue_at = overdue_from(due, user_zone)
    task.due_sort = task.due_instant


def resolved_due(due: rec.Due, user_zone: ZoneInfo) -> rec.Resolved:
    """Return the instant of a stored due; if the owner's zone moves it out of the calendar, the end of the calendar."""
    try:
        return rec.resolve(due, user_zone)
    except rec.DueRefused:
        return rec.resolve_within(rec.slot_of(due), rec.zone_of_due(due, user_zone))


def overdue_from(due: rec.Due, user_zone: ZoneInfo) -> datetime:
    """Return the instant from which an open task with a stored due is overdue."""
    if isinstance(due, rec.Day):
        return rec.overdue_at(due, user_zone)
    return resolved_due(due, user_zone).instant


def wanted_due(task: Task, fields: TaskFields, *, user_zone: ZoneInfo) -> tuple[rec.Due | None, str]:
    """Return the due that a task has after a change by `fields`; without due, None and the name of its zone.

    Raises InvalidInput for fields that contradict each other, or a due outside the calendar.
    """
    current = due_of(task)
    when = _when_of(current) if fields.due is UNSET else fields.due
    if when is None:
        return None, _zone_without_due(task, fields)
    with refusals():
        due: rec.Due = (
            _on_day(when, current, fields=fields, stored=task.time_zone)
            if isinstance(when, OnDay)
            else _at_time(when, current, fields=fields, zones=(task.time_zone, user_zone))
        )
    return (current if _is_same(when, due, current, user_zone=user_zone) else due), ""


def first_due(fields: TaskFields, *, zone_name: str, user_zone: ZoneInfo, now: datetime) -> rec.Day | None:
    """Return the due of a recurring task without one: the first day from today that is on its rule. Else None."""
    if not isinstance(fields.recurrence, rec.Recurrence):
        return None
    zone = rec.load_zone(zone_name) if zone_name else user_zone
    with refusals("recurrence"):
        day = rec.first_on_or_after(fields.recurrence, rec.local_day(now, zone), zone)
    return rec.Day(day, zone if zone_name else None)


def _when_of(due: rec.Due | None) -> When | None:
    if due is None:
        return None
    return OnDay(due.day) if isinstance(due, rec.Day) else AtWall(due.wall)


def _zone_without_due(task: Task, fields: TaskFields) -> str:
    if fields.floating is True:
        raise InvalidInput.of("floating", "conflict", "Only a due with a time can float.")
    if fields.time_zone is UNSET:
        return task.time_zone if task.due_date is None else ""
    return fields.time_zone or ""


def _on_day(when: OnDay, current: rec.Due | None, *, fields: TaskFields, stored: str) -> rec.Day:
    if fields.floating is True:
        raise InvalidInput.of("floating", "conflict", "A day has no time that could float.")
    name = fields.time_zone
    if name is UNSET:
        name = stored if current is None or isinstance(current, rec.Day) else None
    return rec.day_from_date(when.day, rec.load_zone(name) if name else None)


def _at_time(
    when: AtInstant | AtWall,
    current: rec.Due | None,
    *,
    fields: TaskFields,
    zones: tuple[str, ZoneInfo],
) -> rec.Timed | rec.Floating:
    stored, user_zone = zones
    name = stored or None if fields.time_zone is UNSET else fields.time_zone
    floats = isinstance(current, rec.Floating) if fields.floating is UNSET else fields.floating
    if floats and fields.time_zone not in (UNSET, None):
        if fields.floating is True:
            raise InvalidInput.of("floating", "conflict", "A due floats or has a time zone of its own.")
        floats = False
    zone = rec.load_zone(name) if name else user_zone
    if floats:
        return rec.floating_from_wall(_wall(when, user_zone))
    if isinstance(when, AtInstant):
        return rec.timed_from_instant(when.instant, zone)
    return rec.timed_from_wall(when.wall, zone)


def _wall(when: AtInstant | AtWall, zone: ZoneInfo) -> datetime:
    match when:
        case AtInstant(instant):
            return rec.timed_from_instant(instant, zone).wall
        case AtWall(wall):
            return wall
    assert_never(when)


def _is_same(when: When, due: rec.Due | None, current: rec.Due | None, *, user_zone: ZoneInfo) -> bool:
    """Whether a client sent back the due that it had read.

    A wall time that the clocks skip comes back as the instant an hour later, and a wall time that happens twice comes
    back without saying which of the two it is.
    """
    if isinstance(due, rec.Timed) and isinstance(current, rec.Timed) and due.zone == current.zone:
        if isinstance(when, AtWall):
            return due.wall == current.wall
        return resolved_due(due, user_zone).instant == resolved_due(current, user_zone).instant
    if isinstance(due, rec.Floating) and isinstance(current, rec.Floating):
        return resolved_due(due, user_zone).instant == resolved_due(current, user_zone).instant
    return due == current
