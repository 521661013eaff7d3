"""From the columns of series and occurrences to schedules and slots, as `tasks_app/recurrence` has them, and dues."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from tasks_app import recurrence as rec
from tasks_app.models import ExcludedSlot, Series, Task
from tasks_app.values.dues import due_of
from tasks_app.values.rows import Row, instant_text


def recurrence_of(series: Series) -> rec.Recurrence:
    """Return the recurrence of a series: rule, anchor, overflow and advance."""
    return rec.load_recurrence(series.rule, series.anchor, series.overflow, series.advance)


def zone_of_series(series: Series, user_zone: ZoneInfo) -> ZoneInfo:
    """Return the zone of a series: its own, or the user's current one."""
    return rec.load_zone(series.time_zone) if series.time_zone else user_zone


def schedule_of(
    series: Series, user_zone: ZoneInfo, *, excluded: Iterable[str] | None = None
) -> rec.Schedule:
    """Return the schedule of a series, with its excluded slots; they are read if they are not given."""
    if excluded is None:
        excluded = ExcludedSlot.objects.filter(series=series).values_list("slot", flat=True)
    return rec.Schedule(
        recurrence_of(series),
        rec.parse_slot(series.start),
        zone_of_series(series, user_zone),
        frozenset(rec.parse_slot(slot) for slot in excluded),
    )


def remaining_schedule(
    series: Series, task: Task, user_zone: ZoneInfo, *, gone: Iterable[str] | None = None
) -> rec.Schedule:
    """Return the schedule of a series that also excludes the slots after `task` for which a task exists already.

    These slots and the excluded ones, `gone`, are read if they are not given.
    """
    if gone is not None:
        return schedule_of(series, user_zone, excluded=gone)
    schedule = schedule_of(series, user_zone)
    later = Task.objects.filter(series=series, withdrawn=False, occurrence__gt=task.occurrence)
    taken = frozenset(rec.parse_slot(slot) for slot in later.values_list("occurrence", flat=True) if slot)
    return replace(schedule, excluded=schedule.excluded | taken)


def next_after(
    series: Series, task: Task, *, user_zone: ZoneInfo, moment: datetime
) -> tuple[rec.Schedule, rec.Successor]:
    """Return the schedule of a series after `task`, and what follows there if `task` is completed at `moment`."""
    schedule = remaining_schedule(series, task, user_zone)
    return schedule, successor_in(schedule, series, task, moment=moment)


def successor_in(schedule: rec.Schedule, series: Series, task: Task, *, moment: datetime) -> rec.Successor:
    """Return what follows on the remaining schedule of a series if `task` is completed at `moment`."""
    number = number_in_series(series, task)
    return rec.successor(schedule, slot_in_series(series, task), moment, number=number)


def due_at(series: Series, slot: rec.Slot) -> rec.Due:
    """Return the due of the occurrence at a slot."""
    zone = rec.load_zone(series.time_zone) if series.time_zone else None
    if not isinstance(slot, datetime):
        return rec.Day(slot, zone)
    wall = slot.replace(fold=0)
    return rec.Floating(wall) if zone is None else rec.Timed(wall, zone)


def shown_recurrence(recurrence: rec.Recurrence, start: rec.Slot) -> Row:
    """Return a recurrence as clients read it, with its description in words."""
    return {
        "rule": str(recurrence.rule),
        "anchor": recurrence.anchor.value,
        "overflow": recurrence.overflow.value,
        "advance": recurrence.advance.value,
        "text": rec.describe(recurrence, start),
    }


def slot_row(slot: rec.Slot, zone: ZoneInfo) -> Row:
    """Return a slot as `{local, utc, note}`; `note` is `gap` where the clocks skip its wall time."""
    resolved = rec.resolve_within(slot, zone)
    local = resolved.local if isinstance(slot, datetime) else slot
    return {"local": rec.slot_text(local), "utc": instant_text(resolved.instant), "note": resolved.note}


def stored_recurrence(task: Task) -> rec.Recurrence | None:
    """Return the recurrence that is stored on a task; None if the task does not recur."""
    if task.recurrence is None:
        return None
    names = ("rule", "anchor", "overflow", "advance")  # rows of the first release have no advance
    return rec.load_recurrence(*(task.recurrence[name] for name in names if name in task.recurrence))


def series_of(task: Task) -> Series:
    """Return the series of an occurrence, read from the database. The task must have a series."""
    assert task.series_id is not None  # noqa: S101 - the caller has looked
    return Series.objects.get(pk=task.series_id)


def own_slot(task: Task) -> rec.Slot:
    """Return the slot of an occurrence: its original local start, wherever it was moved to."""
    return rec.parse_slot(task.occurrence or "")


def is_moved(task: Task) -> bool:
    """Whether an occurrence is due at another time than its slot."""
    due = due_of(task)
    return due is None or rec.slot_text(rec.slot_of(due)) != task.occurrence


def slot_in_series(series: Series, task: Task) -> rec.Slot:
    """Return the slot of an occurrence as a time or as a day, whichever the series has now: it may have changed."""
    slot, start = own_slot(task), rec.parse_slot(series.start)
    if isinstance(start, datetime) == isinstance(slot, datetime):
        return slot
    return datetime.combine(slot, start.time()) if isinstance(start, datetime) else rec.day_of(slot)


def number_in_series(series: Series, task: Task) -> int | None:
    """Return the number of an occurrence in its series, from 1, for COUNT with the anchor `completion`; else None.

    Such a series has no grid of slots to count on, so its rows are counted.
    """
    recurrence = recurrence_of(series)
    if recurrence.anchor is not rec.Anchor.COMPLETION or recurrence.rule.count is None:
        return None
    span = {"gte": series.start, "lte": task.occurrence}
    rows = Task.objects.filter(series=series, withdrawn=False)
    rows = rows.filter(**{f"occurrence__{name}": slot for name, slot in span.items()})
    gone = ExcludedSlot.objects.filter(series=series)
    gone = gone.filter(**{f"slot__{name}": slot for name, slot in span.items()})
    return len({*rows.values_list("occurrence", flat=True), *gone.values_list("slot", flat=True)})
