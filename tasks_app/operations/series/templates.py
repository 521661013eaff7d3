"""What a series makes its occurrences from. The only writer of templates, and of occurrences from them.

A template holds offsets as they count from the slots of its series. An occurrence may be due at another kind of time
than its slot, so offsets are translated on their way into a template. Nothing that is stored is checked as if a
person had just sent it. Called inside `changing`.
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
from tasks_app.operations.tags.links import ensure_tags, put_tags, put_template_tags
from tasks_app.queries.tags import template_tags
from tasks_app.values.dues import due_of, place_due
from tasks_app.values.fields import UNSET, ReminderInput, TaskFields
from tasks_app.values.schedules import due_at, own_slot, recurrence_of, shown_recurrence

PLAIN: Final = ("title", "description", "priority")
ALL_NAMES: Final = frozenset({*PLAIN, "reminders"})


def write_template(draft: Draft, series: Series, *, names: Collection[str]) -> None:
    """Have coming occurrences be like the draft in what `names` say. Neither is saved; tags are (of a saved series)."""
    for name in PLAIN:
        if name in names:
            setattr(series, name, getattr(draft.task, name))
    if "reminders" in names:
        series.offsets = _distinct(_offsets_from_slot(draft.task, draft.reminders))
    if "tags" in names:
        put_template_tags(series, draft.tags)


def add_to_template(draft: Draft, series: Series, reminder: Reminder) -> bool:
    """Have coming occurrences remind like `reminder` too; return whether the template changed. It is not saved.

    One with an instant of its own belongs to its occurrence alone, and so does one beyond the 20 that a template
    holds.
    """
    offsets = _distinct([*series.offsets, *_offsets_from_slot(draft.task, [reminder])])
    if len(offsets) == len(series.offsets) or len(offsets) > MAX_REMINDERS:
        return False
    series.offsets = offsets
    return True


def change_template(change: Change, series: Series, fields: TaskFields) -> None:
    """Have coming occurrences be as a person wants them. It is not saved, its tags are. Raises InvalidInput."""
    for name in PLAIN:
        if getattr(fields, name) is not UNSET:
            setattr(series, name, getattr(fields, name))
    if fields.tags is not UNSET:
        put_template_tags(series, ensure_tags(change, fields.tags))
    if fields.reminders is not UNSET:
        series.offsets = _checked_offsets(series, fields.reminders)


def translate_template(series: Series, *, old: rec.Slot, new: rec.Slot) -> None:
    """Have coming occurrences remind at the same time of day when slots become of another kind. Not saved."""
    translated = (rec.translate_offset(rec.load_offset(text), old, new) for text in series.offsets)
    series.offsets = _distinct(offset.text for offset in translated)


def fill_occurrence(
    change: Change, series: Series, draft: Draft, *, slot: rec.Slot, since: datetime | None = None
) -> None:
    """Make a draft, new or returning, what the template says, due at `slot`. Nothing is refused; it is not saved.

    What its reminders had for before now is past, or before `since`, when the occurrence should have been there.
    """
    task = draft.task
    task.series, task.occurrence = series, rec.slot_text(slot)
    for name in PLAIN:
        setattr(task, name, getattr(series, name))
    task.recurrence = shown_recurrence(recurrence_of(series), rec.parse_slot(series.start))
    place_due(task, due_at(series, slot), user_zone=change.zone)
    put_tags(draft, template_tags(series))
    planning = change if since is None else replace(change, at=since)
    set_offsets(planning, draft, series.offsets)
    plan_all(planning, draft, catches_up=False)


def _offsets_from_slot(task: Task, reminders: Iterable[Reminder]) -> list[str]:
    """Return the offsets of relative reminders, counted from the slot of their task."""
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
    """Return offsets in order, each once however it is written."""
    first: dict[tuple[int, int], str] = {}
    for text in offsets:
        offset = rec.load_offset(text)
        first.setdefault((offset.days, offset.seconds), text)
    return list(first.values())
