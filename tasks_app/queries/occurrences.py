"""The slots of a series with their status: past ones, the open one, upcoming ones."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from zoneinfo import ZoneInfo

from tasks_app import recurrence as rec
from tasks_app.models import ExcludedSlot, MissedSlots, Series, Task
from tasks_app.values.rows import Row
from tasks_app.values.schedules import (
    is_moved,
    next_after,
    number_in_series,
    own_slot,
    recurrence_of,
    slot_row,
    zone_of_series,
)

OPEN, UPCOMING, DONE = "open", "upcoming", "done"
SKIPPED, EXCLUDED, _MISSED = "skipped", "excluded", "missed"
STATUSES = (OPEN, UPCOMING, DONE, SKIPPED, EXCLUDED, _MISSED)


@dataclass(frozen=True, slots=True)
class SlotStatus:
    """The status of a slot. `task_id` is the task of the slot, if it has one; that of a skipped slot is in the trash.

    More than a thousand missed slots in a row are one: `count` of them, from `slot` to `last`.
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
    """Return the slots of a series in order: the open one and upcoming ones, `count` together.

    `with_past` adds all past ones: done, skipped, excluded and missed; the cost grows with the history of the series.
    Nothing is written: a successor that the consumer has not created yet is upcoming.
    """
    tasks = Task.objects.filter(series=series, withdrawn=False)
    if not with_past:
        tasks = tasks.filter(deleted_at__isnull=True, completed_at__isnull=True)
    known, runs = _past_slots(series) if with_past else ({}, [])
    for task in tasks.order_by("id"):
        known[task.occurrence or ""] = _slot_status(task, known.get(task.occurrence or ""))
    open_ones = sum(each.status == OPEN for each in known.values())
    coming = islice(upcoming_slots(series, user_zone=user_zone, now=now), max(0, count - open_ones))
    rows = {slot: SlotStatus(slot, UPCOMING) for slot in map(rec.slot_text, coming)} | known
    return sorted([*rows.values(), *runs], key=lambda each: each.slot)


def upcoming_slots(series: Series, *, user_zone: ZoneInfo, now: datetime) -> Iterator[rec.Slot]:
    """Return the upcoming slots, as if each occurrence were completed when it is due, the open one not before `now`."""
    if not series.is_running:
        return iter(())
    live = Task.objects.filter(series=series, deleted_at__isnull=True)
    task = live.filter(completed_at__isnull=True).order_by("-occurrence").first()
    if task is None:
        task = live.order_by("-id").first()
    return iter(()) if task is None else _slots_after(series, task, user_zone=user_zone, now=now)


def occurrence_row(slot_status: SlotStatus, zone: ZoneInfo) -> Row:
    """Return a slot as the API answers it: at the time of the rule, even if its task was moved."""
    row = slot_row(rec.parse_slot(slot_status.slot), zone)
    if slot_status.is_moved:
        row["note"] = "moved"
    row |= {"status": slot_status.status, "task_id": slot_status.task_id}
    if slot_status.count > 1:
        last = slot_row(rec.parse_slot(slot_status.last), zone)
        row |= {"count": slot_status.count, "last": last["local"]}
    return row


def _slots_after(series: Series, task: Task, *, user_zone: ZoneInfo, now: datetime) -> Iterator[rec.Slot]:
    own_instant = rec.resolve_within(own_slot(task), zone_of_series(series, user_zone)).instant
    moment = task.completed_at or max(now, own_instant)
    schedule, step = next_after(series, task, user_zone=user_zone, moment=moment)
    if step.slot is None:
        return iter(())
    if recurrence_of(series).anchor is rec.Anchor.COMPLETION:
        number = number_in_series(series, task)
        schedule = rec.continue_from(schedule, step.slot, number=None if number is None else number + 1)
    return chain([step.slot], rec.iterate_after(schedule, step.slot))


def _past_slots(series: Series) -> tuple[dict[str, SlotStatus], list[SlotStatus]]:
    """Return the status of slots without a live task, by slot, and the runs of missed slots too long to be listed."""
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
