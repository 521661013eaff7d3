"""What follows a task, and why that."""

from datetime import datetime
from zoneinfo import ZoneInfo

from tasks_app import recurrence as rec
from tasks_app.models import LIVE_OR_ONCE_MISSED, MissedSlots, Series, Task
from tasks_app.queries.explain.due import ANCHORS, made_by
from tasks_app.queries.occurrences import next_after
from tasks_app.queries.series import open_occurrences
from tasks_app.values.rows import Row, instant_text
from tasks_app.values.schedules import zone_of_series

_ENDS = {
    Series.EndReason.FINISHED: "The rule has no further occurrence.",
    Series.EndReason.CANCELLED: "The series was cancelled; this is its last occurrence.",
    Series.EndReason.REMOVED: "The recurrence was removed.",
    Series.EndReason.SPLIT: "Another series goes on in place of this one.",
    Series.EndReason.DELETED: "The series was deleted.",
}


def next_reasons(task: Task, user_zone: ZoneInfo, *, now: datetime) -> Row:
    """Return `{local, utc, note, task_id, missed, why}`: what a task led to, or would if it were done `now`.

    `local` is None when nothing follows; `missed` counts the slots that are passed over.
    """
    series = task.series
    if series is None:
        return _nothing("It does not recur.")
    successor = Task.objects.filter(LIVE_OR_ONCE_MISSED, follows=task, series=series).first()
    if successor is not None:
        missed = MissedSlots.objects.filter(after=task).first()
        return {
            **_slot(series, successor.occurrence or "", user_zone),
            "task_id": successor.pk,
            "missed": missed.number if missed is not None else 0,
            "why": _other_is_open(successor) if task.is_open and successor.is_open else made_by(task),
        }
    if series.state == "stuck" and task.deleted_at is None:
        return _nothing(_why_stuck(series))
    reason = _reason_for_none(task, series)
    return _nothing(reason) if reason else _to_come(task, series, user_zone, now=now)


def _reason_for_none(task: Task, series: Series) -> str:
    if not series.is_running:
        return _ENDS[Series.EndReason(series.end_reason)]
    if task.deleted_at is not None:
        return "It is in the trash; the series goes on without it."
    other = open_occurrences(series).exclude(pk=task.pk).first()
    if other is not None:
        return _other_is_open(other)
    return ""


def _other_is_open(other: Task) -> str:
    """Say why completing an occurrence leads to nothing: one was reopened after the other had been edited."""
    return f"Task {other.pk} of the series is open: completing this one makes no other."


def _why_stuck(series: Series) -> str:
    since, again = instant_text(_whole(series.stuck_since)), instant_text(_whole(series.stuck_retry_at))
    return (
        f"The next occurrence cannot be made since {since}: {series.stuck_reason}."
        f" It is tried again at {again}; until then change the series, or cancel it."
    )


def _whole(instant: datetime | None) -> datetime | None:
    return instant.replace(microsecond=0) if instant is not None else None


def _to_come(task: Task, series: Series, user_zone: ZoneInfo, *, now: datetime) -> Row:
    _, step = next_after(series, task, user_zone=user_zone, moment=task.completed_at or now)
    if step.slot is None:
        return {**_nothing(_ENDS[Series.EndReason.FINISHED]), "missed": step.missed.count}
    when = "It is being made" if task.completed_at else "What completing it now leads to"
    return {
        **_slot(series, rec.slot_text(step.slot), user_zone),
        "task_id": None,
        "missed": step.missed.count,
        "why": f"{when}: {ANCHORS[series.anchor]}.{_why_missed(task, series)}",
    }


def _why_missed(task: Task, series: Series) -> str:
    """Say what becomes of an open occurrence whose series goes on by its schedule alone."""
    if not task.is_open or series.advance != Series.Advance.SCHEDULED:
        return ""
    if series.state == "paused":
        return (
            f" The series is paused: {series.missed_in_a_row} occurrences in a row were missed."
            " It goes on once this one is done or changed."
        )
    if series.advance_at is None:
        return ""
    at = instant_text(series.advance_at)
    return f" Still open at {at}, when the next slot begins, it is missed, and the next one is made then."


def _slot(series: Series, text: str, user_zone: ZoneInfo) -> Row:
    slot = rec.parse_slot(text)
    resolved = rec.resolve_within(slot, zone_of_series(series, user_zone))
    local = resolved.local if isinstance(slot, datetime) else slot
    return {"local": rec.slot_text(local), "utc": instant_text(resolved.instant), "note": resolved.note}


def _nothing(why: str) -> Row:
    return {"local": None, "utc": None, "note": None, "task_id": None, "missed": 0, "why": why}
