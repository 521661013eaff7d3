"""Templates of series: the only module that writes them, and that fills occurrences from them.

The offsets of a template count from the slots of its series. An occurrence may be due at another kind of time than its
slot (a time instead of a day), so offsets are translated when they are copied to a template. Stored values are not
checked again as if a person had sent them. Called inside `changing`.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from tasks_app import recurrence as rec
from tasks_app.editing.change import Change
from tasks_app.editing.draft import Draft
from tasks_app.errors import InvalidInput, refusals
from tasks_app.models import Reminder, Series, Task
from tasks_app.operations.reminders.assignment import set_offsets
from tasks_app.operations.reminders.plan import MAX_REMINDERS, plan_all
from tasks_app.operations.tags.links import ensure_tags, put_template_tags
from tasks_app.values.dues import due_of, place_due
from tasks_app.values.fields import UNSET, ReminderInput, TaskFields
from tasks_app.values.schedules import due_at, own_slot, recurrence_of, shown_recurrence

_COPIED: Final = ("title", "description", "priority")
ALL_NAMES: Final = frozenset({*_COPIED, "reminders"})


def write_template(draft: Draft, series: Series, *, names: Collection[str]) -> None:
    """Copy the fields in `names` from a draft to the template of its series.

    Neither the series nor the draft is saved. The tags of the template are written, so the series must have a row then.
    """
    for name in _COPIED:
        if name in names:
            setattr(series, name, getattr(draft.task, name))
    if "reminders" in names:
        series.offsets = _distinct(_offsets_from_slot(draft.task, draft.reminders))
    if "tags" in names:
        put_template_tags(series, draft.tags)


def add_to_template(draft: Draft, series: Series, reminder: Reminder) -> bool:
    """Add the offset of a reminder to a template; return whether the template changed. The series is not saved.

    A reminder with an instant of its own belongs to its occurrence alone; so does one beyond the 20 of a template.
    """
    offsets = _distinct([*series.offsets, *_offsets_from_slot(draft.task, [reminder])])
    if len(offsets) == len(series.offsets) or len(offsets) > MAX_REMINDERS:
        return False
    series.offsets = offsets
    return True


def change_template(change: Change, series: Series, fields: TaskFields) -> None:
    """Copy the given fields to a template. The series is not saved, its tags are written. Raises InvalidInput."""
    for name in _COPIED:
        if getattr(fields, name) is not UNSET:
            setattr(series, name, getattr(fields, name))
    if fields.tags is not UNSET:
        put_template_tags(series, ensure_tags(change, fields.tags))
    if fields.reminders is not UNSET:
        series.offsets = _checked_offsets(series, fields.reminders)


def translate_template(series: Series, *, old: rec.Slot, new: rec.Slot) -> None:
    """Translate the offsets of a template when its slots become days or times: reminders keep their time of day.

    The series is not saved.
    """
    translated = (rec.translate_offset(rec.load_offset(text), old, new) for text in series.offsets)
    series.offsets = _distinct(offset.text for offset in translated)


def fill_occurrence(
    change: Change, series: Series, draft: Draft, *, slot: rec.Slot, since: datetime | None = None
) -> None:
    """Fill a new or returning draft from the template, due at `slot`; its tags are set, and it is not saved.

    Nothing is refused. Reminders before now are past and do not fire. `since` takes the place of now when a sweep comes
    late: it is the moment at which the occurrence should have been created.
    """
    task = draft.task
    task.series, task.occurrence = series, rec.slot_text(slot)
    for name in _COPIED:
        setattr(task, name, getattr(series, name))
    task.recurrence = shown_recurrence(recurrence_of(series), rec.parse_slot(series.start))
    place_due(task, due_at(series, slot), user_zone=change.zone)
    planning = change if since is None else replace(change, at=since)
    set_offsets(planning, draft, series.offsets)
    # Also the reminders that a returning row kept: their due has moved.
    plan_all(planning, draft, catches_up=False)


def _offsets_from_slot(task: Task, reminders: Iterable[Reminder]) -> list[str]:
    """Return the offsets of relative reminders, translated to count from the slot of their task."""
    due, slot = due_of(task), own_slot(task)
    counted_from = slot if due is None else rec.slot_of(due)
    return [
        rec.translate_offset(rec.load_offset(each.offset), counted_from, slot).text
        for each in reminders
        if each.offset is not None
    ]


def _checked_offsets(series: Series, given: Iterable[ReminderInput]) -> list[str]:
    due = due_at(series, rec.parse_slot(series.start))
    wanted = [(each, each.offset) for each in given if each.offset is not None]
    for each, offset in wanted:
        with refusals(each.field("offset")):
            rec.check_offset(offset, due)
    offsets = _distinct(offset.text for _, offset in wanted)
    if len(offsets) > MAX_REMINDERS:
        raise InvalidInput.of("reminders", "too_many", f"A task has at most {MAX_REMINDERS} reminders.")
    return offsets


def _distinct(offsets: Iterable[str]) -> list[str]:
    """Return the offsets in order, without repetitions; `PT60M` and `PT1H` are the same offset."""
    first: dict[tuple[int, int], str] = {}
    for text in offsets:
        offset = rec.load_offset(text)
        first.setdefault((offset.days, offset.seconds), text)
    return list(first.values())
