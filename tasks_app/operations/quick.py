"""Quick add: a line of everyday language becomes a task, through the same operation as every other."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from accounts_app.models import User
from foundation.http.errors import FieldProblem
from tasks_app import recurrence as rec
from tasks_app.errors import InvalidInput
from tasks_app.language import MAX_TITLE, Alternative, Clock, Fields, Reading, read
from tasks_app.models import Priority
from tasks_app.operations.tasks import create_task
from tasks_app.queries.tasks import FullTask
from tasks_app.values.fields import UNSET, AtWall, OnDay, ReminderInput, TaskFields, Unset, When
from tasks_app.values.texts import clean_line

_PRIORITIES: Final = {str(each.label): each for each in Priority}


def read_line(
    text: str,
    *,
    of: User,
    typed_at: datetime,
    zone: ZoneInfo | None = None,
    without: Sequence[tuple[int, int]] = (),
) -> Reading:
    """Return a line as it is read for a user who typed it at an instant.

    `zone` is where they typed it, if that is not their own: times of the reading then name it. `without` are spans of
    chips, in UTF-16 code units, that stay text. Nothing is written. Raises TextTooLong.
    """
    reading = read(text, Clock(typed_at, zone or of.zone, of.week_start), without)
    return reading if zone is None or zone == of.zone else _in_zone(reading, zone.key)


def _in_zone(reading: Reading, name: str) -> Reading:
    """The reading with a zone for the times that were read without one, in alternatives as well."""
    chips = tuple(
        replace(
            chip,
            alternatives=tuple(
                Alternative(each.means, _fields_in_zone(each.fields, name)) for each in chip.alternatives
            ),
        )
        for chip in reading.chips
    )
    return replace(reading, chips=chips, fields=_fields_in_zone(reading.fields, name))


def _fields_in_zone(fields: Fields, name: str) -> Fields:
    if "due_at" not in fields or "time_zone" in fields:
        return fields
    return {**fields, "time_zone": name}


def add_line(reading: Reading, *, by: User, at: datetime, strict: bool = False) -> FullTask:
    """Create the task that a line was read as, record `task.created` and return the task.

    `at` is aware UTC, the moment of creation. `strict` refuses a line with problems. Raises InvalidInput, also for a
    title that is missing or too long, and QuotaExceeded.
    """
    if strict and reading.problems:
        raise InvalidInput(errors=[FieldProblem("text", each.code, each.detail) for each in reading.problems])
    title = clean_line(reading.title)
    if not title:
        raise InvalidInput.of("title", "required", "Nothing of the line is left for a title.")
    if len(title) > MAX_TITLE:
        raise InvalidInput.of("title", "max_length", f"A title has at most {MAX_TITLE} characters.")
    return create_task(task_fields_of(reading.fields), by=by, at=at)


def task_fields_of(fields: Fields) -> TaskFields:
    """Return what `POST /api/tasks/` makes of the same fields."""
    plain: dict[str, Any] = {
        name: fields[name]  # type: ignore[literal-required]
        for name in ("title", "description", "time_zone")
        if name in fields
    }
    if "title" in plain:
        plain["title"] = clean_line(plain["title"])
    if "priority" in fields:
        plain["priority"] = _PRIORITIES[fields["priority"]]
    if "tags" in fields:
        plain["tags"] = tuple(map(clean_line, fields["tags"]))
    if "reminders" in fields:
        offsets = [rec.parse_offset(each["offset"]) for each in fields["reminders"]]
        plain["reminders"] = tuple(ReminderInput(offset=offset) for offset in offsets)
    if "recurrence" in fields:
        plain["recurrence"] = rec.parse_recurrence(fields["recurrence"])
    return TaskFields(due=_due_of(fields), **plain)


def _due_of(fields: Fields) -> When | Unset:
    if "due_on" in fields:
        return OnDay(date.fromisoformat(fields["due_on"]))
    return AtWall(datetime.fromisoformat(fields["due_at"])) if "due_at" in fields else UNSET
