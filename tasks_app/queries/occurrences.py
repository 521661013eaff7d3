"""The occurrences of a series: what was, what is open, what is to come."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from zoneinfo import ZoneInfo

from tasks_app import recurrence as rec
from tasks_app.models import ExcludedSlot, MissedSlots, Series, Task
from tasks_app.queries.explain.due import is_moved
from tasks_app.values.rows import Row, instant_text
from tasks_app.values.schedules import (
    number_in_series,
    own_slot,
    recurrence_of,
    remaining_schedule,
    slot_in_series,
    zone_of_series,
)

OPEN, UPCOMING, DONE = "open", "upcoming", "done"
SKIPPED, EXCLUDED, _MISSED = "skipped", "excluded", "missed"
STATUSES = (OPEN, UPCOMING, DONE, SKIPPED, EXCLUDED, _MISSED)


@dataclass(frozen=True, slots=True)
class SlotStatus:
    """What became of a slot. `task_id` is the task that stands for it, in the trash for skipped ones.

    Many missed slots in a row are one: `count` of them, from `slot` to `last`.
    """

    slot: str
    status: str
    task_id: int | None = None
    is_moved: bool = False
    count: int = 1
    last: str = ""


def slot_statuses(
    series: Series, *, user_zone: ZoneInfo, now: datetime, count: int, with_past: bool
) -> list[SlotStatus]:
    """Return the slots of a series in order: the open one and upcoming ones, `count` in all.

    With past also everything that was: done, skipped, excluded and missed. Cost follows the series' own
    history. Nothing is written: a successor that its consumer has yet to make is upcoming.
    """
    tasks = Task.objects.filter(series=series, withdrawn=False)
    if not with_past:
        tasks = tasks.filter(deleted_at__isnull=True, completed_at__isnull=True)
    known, runs = _past(series) if with_past else ({}, [])
    for task in tasks.order_by("id"):
        known[task.occurrence or ""] = _slot_status(task, known.get(task.occurrence or ""))
    open_ones = sum(each.status == OPEN for each in known.values())
    coming = islice(upcoming_slots(series, user_zone=user_zone, now=now), max(0, count - open_ones))
    rows = {slot: SlotStatus(slot, UPCOMING) for slot in map(rec.slot_text, coming)} | known
    return sorted([*rows.values(), *runs], key=lambda each: each.slot)


def upcoming_slots(series: Series, *, user_zone: ZoneInfo, now: datetime) -> Iterator[rec.Slot]:
    """Return the slots that follow, as if each occurrence were done when it is due, the open one by `now`."""
    if not series.is_running:
        return iter(())
    live = Task.objects.filter(series=series, deleted_at__isnull=True)
    task = live.filter(completed_at__isnull=True).order_by("-occurrence").first()
    if task is None:
        task = live.order_by("-id").first()
    return iter(()) if task is None else _after(series, task, user_zone=user_zone, now=now)


def next_after(
    series: Series, task: Task, *, user_zone: ZoneInfo, moment: datetime
) -> tuple[rec.Schedule, rec.Successor]:
    """Return what completing an occurrence at `moment` leads to, and the schedule that says so."""
    schedule = remaining_schedule(series, task, user_zone)
    number = number_in_series(series, task)
    return schedule, rec.successor(schedule, slot_in_series(series, task), moment, number=number)


def occurrence_row(slot_status: SlotStatus, zone: ZoneInfo) -> Row:
    """Return a slot as the API shows it: where the rule puts it, even when its task was moved."""
    resolved, local = _resolve(slot_status.slot, zone)
    run = (
        {"count": slot_status.count, "last": _resolve(slot_status.last, zone)[1]}
        if slot_status.count > 1
        else {}
    )
    return {
        "local": local,
        "utc": instant_text(resolved.instant),
        "note": "moved" if slot_status.is_moved else resolved.note,
        "status": slot_status.status,
        "task_id": slot_status.task_id,
        **run,
    }


def _resolve(text: str, zone: ZoneInfo) -> tuple[rec.Resolved, str]:
    slot = rec.parse_slot(text)
    resolved = rec.resolve_within(slot, zone)
    return resolved, rec.slot_text(resolved.local if isinstance(slot, datetime) else slot)


def _after(series: Series, task: Task, *, user_zone: ZoneInfo, now: datetime) -> Iterator[rec.Slot]:
    own_instant = rec.resolve_within(own_slot(task), zone_of_series(series, user_zone)).instant
    moment = task.completed_at or max(now, own_instant)
    schedule, step = next_after(series, task, user_zone=user_zone, moment=moment)
    if step.slot is None:
        return iter(())
    if recurrence_of(series).anchor is rec.Anchor.COMPLETION:
        number = number_in_series(series, task)
        schedule = rec.continue_from(schedule, step.slot, number=None if number is None else number + 1)
    return chain([step.slot], rec.iterate_after(schedule, step.slot))


def _past(series: Series) -> tuple[dict[str, SlotStatus], list[SlotStatus]]:
    """Return what became of slots without a live task, and the missed ones that were too many to keep each."""
    missed = list(MissedSlots.objects.filter(series=series))
    known = {slot: SlotStatus(slot, _MISSED) for row in missed for slot in row.slots}
    runs = [SlotStatus(row.first, _MISSED, count=row.count, last=row.last) for row in missed if not row.slots]
    for slot, reason in ExcludedSlot.objects.filter(series=series).values_list("slot", "reason"):
        known[slot] = SlotStatus(slot, SKIPPED if reason == ExcludedSlot.Reason.SKIPPED else EXCLUDED)
    return known, runs


def _slot_status(task: Task, known: SlotStatus | None) -> SlotStatus:
    slot, moved = task.occurrence or "", is_moved(task)
    if task.is_missed:
        return SlotStatus(slot, _MISSED, task.pk, moved)
    if task.deleted_at is not None:
        status = known.status if known is not None else EXCLUDED
        return SlotStatus(slot, status, task.pk, moved)
    return SlotStatus(slot, OPEN if task.completed_at is None else DONE, task.pk, moved)
