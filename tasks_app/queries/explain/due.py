"""When a task is due, and why at that time."""

from datetime import datetime
from zoneinfo import ZoneInfo

from tasks_app import recurrence as rec
from tasks_app.models import ExcludedSlot, Task
from tasks_app.values.dues import due_of, overdue_from, resolved_due
from tasks_app.values.rows import Row, instant_text
from tasks_app.values.schedules import is_moved

ANCHORS = {
    "future": "the first slot later than both its own and the moment of completion",
    "due": "the next slot after its own, even if past",
    "completion": "the interval of the rule, counted from the day of completion",
}
_KINDS = {rec.Day: "day", rec.Floating: "floating", rec.Timed: "timed"}


def due_reasons(task: Task, user_zone: ZoneInfo) -> Row:
    """Return the due of a task, read with its series, as `{kind, local, utc, time_zone, note, overdue_at, why}`."""
    due = due_of(task)
    if due is None:
        nothing = dict.fromkeys(("kind", "local", "utc", "time_zone", "note", "overdue_at"))
        return {**nothing, "why": ["It has no due.", *_place_sentences(task)]}
    zone, resolved = rec.zone_of_due(due, user_zone), resolved_due(due, user_zone)
    local = due.day if isinstance(due, rec.Day) else resolved.local
    return {
        "kind": _KINDS[type(due)],
        "local": rec.slot_text(local),
        "utc": instant_text(resolved.instant),
        "time_zone": zone.key,
        "note": resolved.note,
        "overdue_at": instant_text(overdue_from(due, user_zone)),
        "why": [*_time_sentences(due, zone), *_place_sentences(task)],
    }


def origin_sentence(before: Task) -> str:
    """Return the sentence that says why an occurrence follows `before`, which has its series read."""
    series = before.series
    if series is None:
        return f"It follows task {before.pk}, which left the series."
    if before.completed_at is not None:
        done = instant_text(before.completed_at)
        return f"It follows task {before.pk}, completed at {done}: {ANCHORS[series.anchor]}."
    if before.missed_at is not None:
        return f"It follows task {before.pk}, which was still open when this slot began."
    excluded = ExcludedSlot.objects.filter(series=series, slot=before.occurrence or "").first()
    reason = excluded.get_reason_display() if excluded is not None else "open again"
    return f"It follows task {before.pk}: {reason}."


def _time_sentences(due: rec.Due, zone: ZoneInfo) -> list[str]:
    if isinstance(due, rec.Day):
        return _day_sentences(due, zone)
    where = f"on the clocks of {zone.key}"
    if isinstance(due, rec.Floating):
        where = f"wherever you are; your zone is {zone.key} now"
    sentences = [f"It is due at {_wall_text(due.wall)} {where}."]
    if resolved_due(due, zone).note == "gap":
        sentences.append("The clocks skip that time: it moves forward by the gap.")
    return sentences


def _day_sentences(due: rec.Day, zone: ZoneInfo) -> list[str]:
    where = zone.key if due.zone is not None else f"your zone, {zone.key}"
    sentences = [
        f"It is due on {due.day}, the whole day in {where}; it is overdue when the next day starts there."
    ]
    if rec.day_start(due.day, zone) == rec.day_end(due.day, zone):
        sentences.append("The zone skipped this day altogether.")
    return sentences


def _place_sentences(task: Task) -> list[str]:
    """Return sentences on which occurrence of its series a task is, whether it was moved, and what it follows."""
    if task.series is None:
        return []
    sentences = [f"It is the occurrence {task.occurrence} of series {task.series_id}."]
    if task.recurrence is not None:
        sentences.append(f"It recurs {task.recurrence['text']}.")
    if is_moved(task):
        sentences.append("It was moved; the schedule stays as it is.")
    before = Task.objects.filter(successor=task).select_related("series").first()
    return sentences if before is None else [*sentences, origin_sentence(before)]


def _wall_text(wall: datetime) -> str:
    return f"{wall:%Y-%m-%d %H:%M:%S}" if wall.second else f"{wall:%Y-%m-%d %H:%M}"
