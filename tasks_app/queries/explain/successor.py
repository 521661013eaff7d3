"""Which occurrence follows a task, and why."""

from datetime import datetime
from zoneinfo import ZoneInfo

from tasks_app import recurrence as rec
from tasks_app.models import LIVE_OR_ONCE_MISSED, MissedSlots, Series, Task
from tasks_app.queries.explain.due import ANCHORS, origin_sentence
from tasks_app.queries.series import open_occurrences
from tasks_app.values.rows import Row, instant_text, second_text
from tasks_app.values.schedules import next_after, slot_row, zone_of_series

_ENDS = {
    Series.EndReason.FINISHED: "The rule has no further occurrence.",
    Series.EndReason.CANCELLED: "The series was cancelled; this is its last occurrence.",
    Series.EndReason.REMOVED: "The recurrence was removed.",
    Series.EndReason.SPLIT: "Another series goes on in place of this one.",
    Series.EndReason.DELETED: "The series was deleted.",
}


def next_reasons(task: Task, user_zone: ZoneInfo, *, now: datetime) -> Row:
    """Return the occurrence that follows a task, or would if it were completed `now`.

    The row is `{local, utc, note, task_id, missed, why}`. `local` is None if nothing follows; `missed` is the number of
    slots that are missed in between.
    """
    series = task.series
    if series is None:
        return _row_of_none("It does not recur.")
    successor = Task.objects.filter(LIVE_OR_ONCE_MISSED, follows=task, series=series).first()
    if successor is not None:
        missed = MissedSlots.objects.filter(after=task).first()
        return {
            **_row_at(series, successor.occurrence or "", user_zone),
            "task_id": successor.pk,
            "missed": missed.number if missed is not None else 0,
            "why": (
                _other_open_sentence(successor)
                if task.is_open and successor.is_open
                else origin_sentence(task)
            ),
        }
    if series.state == "stuck" and task.deleted_at is None:
        return _row_of_none(_stuck_sentences(series))
    reason = _reason_for_none(task, series)
    return _row_of_none(reason) if reason else _row_to_come(task, series, user_zone, now=now)


def _reason_for_none(task: Task, series: Series) -> str:
    """Return why no occurrence follows a task; an empty text if one does."""
    if not series.is_running:
        return _ENDS[Series.EndReason(series.end_reason)]
    if task.deleted_at is not None:
        return "It is in the trash; the series goes on without it."
    other = open_occurrences(series).exclude(pk=task.pk).first()
    if other is not None:
        return _other_open_sentence(other)
    return ""


def _other_open_sentence(other: Task) -> str:
    """Return why completing an occurrence makes no other: `other` was edited before this one was reopened."""
    return f"Task {other.pk} of the series is open: completing this one makes no other."


def _stuck_sentences(series: Series) -> str:
    since, again = second_text(series.stuck_since), second_text(series.stuck_retry_at)
    return (
        f"The next occurrence cannot be made since {since}: {series.stuck_reason}."
        f" It is tried again at {again}; until then change the series, or cancel it."
    )


def _row_to_come(task: Task, series: Series, user_zone: ZoneInfo, *, now: datetime) -> Row:
    _, step = next_after(series, task, user_zone=user_zone, moment=task.completed_at or now)
    if step.slot is None:
        return {**_row_of_none(_ENDS[Series.EndReason.FINISHED]), "missed": step.missed.count}
    when = "It is being made" if task.completed_at else "What completing it now leads to"
    return {
        **_row_at(series, rec.slot_text(step.slot), user_zone),
        "task_id": None,
        "missed": step.missed.count,
        "why": f"{when}: {ANCHORS[series.anchor]}.{_missed_sentences(task, series)}",
    }


def _missed_sentences(task: Task, series: Series) -> str:
    """Return what happens to an open occurrence if its series goes on by its schedule alone; else an empty text."""
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


def _row_at(series: Series, text: str, user_zone: ZoneInfo) -> Row:
    return slot_row(rec.parse_slot(text), zone_of_series(series, user_zone))


def _row_of_none(why: str) -> Row:
    return {"local": None, "utc": None, "note": None, "task_id": None, "missed": 0, "why": why}
