"""The first occurrences of a recurrence, before any task exists."""

from datetime import datetime
from zoneinfo import ZoneInfo

from tasks_app import recurrence as rec
from tasks_app.errors import refusals
from tasks_app.models import Task
from tasks_app.values.dues import first_due, wanted_due
from tasks_app.values.fields import TaskFields
from tasks_app.values.rows import Row, instant_text


def preview_occurrences(fields: TaskFields, count: int, *, zone: ZoneInfo, now: datetime) -> list[Row]:
    """Return the first `count` occurrences, as `{local, utc, note}`, of a task with these fields; the due is the first.

    `zone` is the user's. Raises InvalidInput for a rule or due that a task cannot have.
    """
    due, zone_name = wanted_due(Task(), fields, user_zone=zone)
    due = due or first_due(fields, zone_name=zone_name, user_zone=zone, now=now)
    if due is None or not isinstance(fields.recurrence, rec.Recurrence):
        return []
    schedule = rec.Schedule(fields.recurrence, rec.slot_of(due), rec.zone_of_due(due, zone))
    with refusals():
        rec.check_schedule(schedule)
        return [_preview_row(each) for each in rec.preview(schedule, count)]


def _preview_row(row: rec.SlotRow) -> Row:
    local = row.local if isinstance(row.slot, datetime) else row.slot
    return {"local": rec.slot_text(local), "utc": instant_text(row.instant), "note": row.note}
