"""When a task is due, and why then."""

from datetime import datetime
from zoneinfo import ZoneInfo

from tasks_app import recurrence as rec
from tasks_app.models import ExcludedSlot, Task
from tasks_app.values.dues import due_of, overdue_from, resolved_due
from tasks_app.values.rows import Row, instant_text

ANCHORS = {
    "future": "the first slot later than both its own and the moment of completion",
    "due": "the next slot after its own, even if past",
    "completion": "the interval of the rule, counted from the day of completion",
}
_KINDS = {rec.Day: "day", rec.Floating: "floating", rec.Timed: "timed"}


def due_reasons(task: Task, user_zone: ZoneInfo) -> Row:
    """Return the due `{kind, local, utc, time_zone, note, overdue_at, why}` of a task read with its series."""
    due = due_of(task)
    if due is None:
        nothing = dict.fromkeys(("kind", "local", "utc", "time_zone", "note", "overdue_at"))
        return {**nothing, "why": ["It has no due.", *_place(task)]}
    zone, resolved = rec.zone_of_due(due, user_zone), resolved_due(due, user_zone)
    local = due.day if isinstance(due, rec.Day) else resolved.local
    return {
        "kind": _KINDS[type(due)],
        "local": rec.slot_text(local),
        "utc": instant_text(resolved.instant),
        "time_zone": zone.key,
        "note": resolved.note,
        "overdue_at": instant_text(overdue_from(due, user_zone)),
        "why": [*_clock(due, zone), *_place(task)],
    }


def made_by(before: Task) -> str:
    """Say how the occurrence that follows `before` (read with its series) came to be where it is."""
    series = before.series
    if series is None:
        return f"It follows task {before.pk}, which left the series."
    if before.completed_at is not None:
        done = instant_text(before.completed_at)
        return f"It follows task {before.pk}, completed at {done}: {ANCHORS[series.anchor]}."
    if before.missed_at is not None:
        return f"It follows task {before.pk}, which was still open when this slot began."
    excluded = ExcludedSlot.objects.filter(series=series, slot=before.occurrence or "").first()
    how = excluded.get_reason_display() if excluded is not None else "open again"
    return f"It follows task {before.pk}: {how}."


def is_moved(task: Task) -> bool:
    """Whether an occurrence is due at another time than its rule says."""
    due = due_of(task)
    return due is None or rec.slot_text(rec.slot_of(due)) != task.occurrence


def _clock(due: rec.Due, zone: ZoneInfo) -> list[str]:
    if isinstance(due, rec.Day):
        return _day(due, zone)
    where = f"on the clocks of {zone.key}"
    if isinstance(due, rec.Floating):
        where = f"wherever you are; your zone is {zone.key} now"
    said = [f"It is due at {_wall(due.wall)} {where}."]
    if resolved_due(due, zone).note == "gap":
        said.append("The clocks skip that time: it moves forward by the gap.")
    return said


def _day(due: rec.Day, zone: ZoneInfo) -> list[str]:
    whose = zone.key if due.zone is not None else f"your zone, {zone.key}"
    said = [
        f"It is due on {due.day}, the whole day in {whose}; it is overdue when the next day starts there."
    ]
    if rec.day_start(due.day, zone) == rec.day_end(due.day, zone):
        said.append("The zone skipped this day altogether.")
    return said


def _place(task: Task) -> list[str]:
    """Say which occurrence it is, whether it was moved, and what it follows."""
    if task.series is None:
        return []
    said = [f"It is the occurrence {task.occurrence} of series {task.series_id}."]
    if task.recurrence is not None:
        said.append(f"It recurs {task.recurrence['text']}.")
    if is_moved(task):
        said.append("It was moved; the schedule stays as it is.")
    before = Task.objects.filter(successor=task).select_related("series").first()
    return said if before is None else [*said, made_by(before)]


def _wall(wall: datetime) -> str:
    return f"{wall:%Y-%m-%d %H:%M:%S}" if wall.second else f"{wall:%Y-%m-%d %H:%M}"
