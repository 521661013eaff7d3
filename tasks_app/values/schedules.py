"""From a series' columns to the schedule of the pure package, and from slots to dues."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from tasks_app import recurrence as rec
from tasks_app.models import ExcludedSlot, Series, Task
from tasks_app.values.rows import Row


def recurrence_of(series: Series) -> rec.Recurrence:
    """Return the rule of a series with its anchor and overflow."""
    return rec.load_recurrence(series.rule, series.anchor, series.overflow, series.advance)


def zone_of_series(series: Series, user_zone: ZoneInfo) -> ZoneInfo:
    """Return the zone in which a series is read."""
    return rec.load_zone(series.time_zone) if series.time_zone else user_zone


def schedule_of(series: Series, user_zone: ZoneInfo) -> rec.Schedule:
    """Return the schedule of a series without the slots that it leaves out."""
    excluded = ExcludedSlot.objects.filter(series=series).values_list("slot", flat=True)
    return rec.Schedule(
        recurrence_of(series),
        rec.parse_slot(series.start),
        zone_of_series(series, user_zone),
        frozenset(rec.parse_slot(slot) for slot in excluded),
    )


def remaining_schedule(series: Series, task: Task, user_zone: ZoneInfo) -> rec.Schedule:
    """Return the schedule without the slots behind `task` whose occurrences were done or deleted already."""
    schedule = schedule_of(series, user_zone)
    later = Task.objects.filter(series=series, withdrawn=False, occurrence__gt=task.occurrence)
    taken = frozenset(rec.parse_slot(slot) for slot in later.values_list("occurrence", flat=True) if slot)
    return replace(schedule, excluded=schedule.excluded | taken)


def due_at(series: Series, slot: rec.Slot) -> rec.Due:
    """Return the due of the occurrence at a slot."""
    zone = rec.load_zone(series.time_zone) if series.time_zone else None
    if not isinstance(slot, datetime):
        return rec.Day(slot, zone)
    wall = slot.replace(fold=0)
    return rec.Floating(wall) if zone is None else rec.Timed(wall, zone)


def shown_recurrence(recurrence: rec.Recurrence, start: rec.Slot) -> Row:
    """Return a recurrence as clients see it."""
    return {
        "rule": str(recurrence.rule),
        "anchor": recurrence.anchor.value,
        "overflow": recurrence.overflow.value,
        "advance": recurrence.advance.value,
        "text": rec.describe(recurrence, start),
    }


def stored_recurrence(task: Task) -> rec.Recurrence | None:
    """Return what a task recurs by, None if it does not recur."""
    if task.recurrence is None:
        return None
    names = ("rule", "anchor", "overflow", "advance")  # rows of the first release have no advance
    return rec.load_recurrence(*(task.recurrence[name] for name in names if name in task.recurrence))


def series_of(task: Task) -> Series:
    """Return the series of an occurrence as it is now."""
    assert task.series_id is not None  # noqa: S101 - the caller has looked
    return Series.objects.get(pk=task.series_id)


def own_slot(task: Task) -> rec.Slot:
    """Return the original local start of an occurrence."""
    return rec.parse_slot(task.occurrence or "")


def slot_in_series(series: Series, task: Task) -> rec.Slot:
    """Return the slot of an occurrence as the series counts now: it may have been one of times, or of days, then."""
    slot, start = own_slot(task), rec.parse_slot(series.start)
    if isinstance(start, datetime) == isinstance(slot, datetime):
        return slot
    return datetime.combine(slot, start.time()) if isinstance(start, datetime) else rec.day_of(slot)


def number_in_series(series: Series, task: Task) -> int | None:
    """Return which occurrence of its series a task is, where only the rows tell (COUNT from completions)."""
    recurrence = recurrence_of(series)
    if recurrence.anchor is not rec.Anchor.COMPLETION or recurrence.rule.count is None:
        return None
    span = {"gte": series.start, "lte": task.occurrence}
    rows = Task.objects.filter(series=series, withdrawn=False)
    rows = rows.filter(**{f"occurrence__{name}": slot for name, slot in span.items()})
    gone = ExcludedSlot.objects.filter(series=series)
    gone = gone.filter(**{f"slot__{name}": slot for name, slot in span.items()})
    return len({*rows.values_list("occurrence", flat=True), *gone.values_list("slot", flat=True)})
