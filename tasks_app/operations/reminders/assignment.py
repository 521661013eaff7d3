"""Setting the reminders of a task, from a person's input or from the template of a series. Called inside `changing`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from foundation.database.row_writes import new_row
from tasks_app import recurrence as rec
from tasks_app.editing.change import Change
from tasks_app.editing.draft import Draft
from tasks_app.errors import InvalidInput, refusals
from tasks_app.models import Reminder
from tasks_app.operations.reminders.plan import MAX_REMINDERS, plan, take_off
from tasks_app.values.dues import due_of
from tasks_app.values.fields import AtInstant, ReminderInput
from tasks_app.values.rows import Row, reminder_row


@dataclass(frozen=True, slots=True)
class Wanted:
    """A wanted reminder: an offset, or an instant if it was given as a time. `given` is what the caller sent."""

    offset: rec.Offset | None
    at: datetime | None
    given: ReminderInput

    @property
    def identity(self) -> tuple[int, int] | datetime | None:
        """See `identity_of`."""
        return (self.offset.days, self.offset.seconds) if self.offset else self.at


def set_reminders(
    change: Change, draft: Draft, inputs: Sequence[ReminderInput], *, catches_up: bool = True
) -> None:
    """Replace the reminders of a task by those that a person sent; equal ones are kept, the others are removed.

    Raises InvalidInput for an offset without a due, for an instant that has passed or lies outside the calendar, and
    for more than 20 reminders unless the task has all of them already.
    """
    wanted = _distinct([_translate_echo(draft, resolve_wanted(change, draft, given)) for given in inputs])
    kept = _match_present(draft, wanted)
    if len(wanted) > MAX_REMINDERS and len(kept) < len(wanted):
        raise InvalidInput.of("reminders", "too_many", f"A task has at most {MAX_REMINDERS} reminders.")
    for index, each in enumerate(wanted):
        if index not in kept:
            check_wanted(change, draft, each)
    _replace_reminders(change, draft, wanted, kept, catches_up=catches_up)


def set_offsets(change: Change, draft: Draft, offsets: Sequence[str]) -> None:
    """Replace the reminders of a task by those at the `offsets` of a template; equal ones are kept.

    Stored offsets were accepted once, so nothing is refused: a reminder that cannot be planned is cancelled with its
    reason.
    """
    wanted = _distinct([Wanted(rec.load_offset(text), None, ReminderInput()) for text in offsets])
    present = {identity_of(reminder): reminder for reminder in draft.reminders}
    kept = {index: present[each.identity] for index, each in enumerate(wanted) if each.identity in present}
    _replace_reminders(change, draft, wanted, kept, catches_up=False)


def _distinct(wanted: Sequence[Wanted]) -> list[Wanted]:
    """Return the wanted reminders in order, without repetitions."""
    first = {each.identity: each for each in reversed(wanted)}
    return [each for each in wanted if first[each.identity] is each]


def _replace_reminders(
    change: Change, draft: Draft, wanted: Sequence[Wanted], kept: Mapping[int, Reminder], *, catches_up: bool
) -> None:
    for reminder in draft.reminders:
        if reminder not in kept.values():
            take_off(draft, reminder)
    for index, each in enumerate(wanted):
        if index not in kept:
            insert_reminder(change, draft, each, catches_up=catches_up)


def add_reminder_row(change: Change, draft: Draft, wanted: Wanted) -> Reminder:
    """Add a reminder that a person wants to a task, plan it and return it. Raises InvalidInput."""
    check_wanted(change, draft, wanted)
    return insert_reminder(change, draft, wanted, catches_up=True)


def insert_reminder(change: Change, draft: Draft, wanted: Wanted, *, catches_up: bool) -> Reminder:
    """Add a reminder to a task, plan it and return it; nothing is refused. Saving the draft inserts it."""
    reminder = new_row(
        Reminder,
        owner_id=change.owner_id,
        offset=wanted.offset.text if wanted.offset else None,
        at=wanted.at,
        status=Reminder.Status.CANCELLED,
        reason=Reminder.Reason.NO_DUE,
    )
    reminder.task = draft.task
    draft.reminders.append(reminder)
    draft.touch(reminder)
    plan(change, draft, reminder, catches_up=catches_up)
    return reminder


def translate_reminders(change: Change, draft: Draft, *, old: rec.Due, new: rec.Due, recurs: bool) -> None:
    """Translate the offsets of a task whose due became a day or a time: reminders keep their time of day.

    Those of a recurring task are translated on the wall clock, since coming occurrences have them too. Of two that
    become equal one is removed. The caller plans them afterwards.
    """
    if isinstance(old, rec.Day) == isinstance(new, rec.Day):
        return
    seen: set[object] = set()
    for reminder in list(draft.reminders):
        if reminder.offset is not None:
            offset = rec.load_offset(reminder.offset)
            draft.translated[reminder.pk] = reminder.offset
            reminder.offset = (
                rec.translate_offset(offset, rec.slot_of(old), rec.slot_of(new))
                if recurs
                else rec.translate_offset_once(offset, old, new, change.zone)
            ).text
            draft.touch(reminder)
        if identity_of(reminder) in seen:
            take_off(draft, reminder)
        seen.add(identity_of(reminder))


def identity_of(reminder: Reminder) -> tuple[int, int] | datetime | None:
    """Return what identifies a reminder within its task, its offset or instant: no two reminders may share it."""
    if reminder.offset is None:
        return reminder.at
    offset = rec.load_offset(reminder.offset)
    return offset.days, offset.seconds


def resolve_wanted(change: Change, draft: Draft, given: ReminderInput) -> Wanted:
    """Return a wanted reminder; a wall time becomes an instant in the zone of the task, in whole seconds."""
    if given.at is None:
        return Wanted(given.offset, None, given)
    due = due_of(draft.task)
    zone = rec.zone_of_due(due, change.zone) if due else change.zone
    with refusals(given.field("at")):
        instant = (
            given.at.instant
            if isinstance(given.at, AtInstant)
            else rec.resolve_slot(given.at.wall, zone, fold=0).instant
        )
    return Wanted(None, instant.astimezone(UTC).replace(microsecond=0), given)


def _match_present(draft: Draft, wanted: Sequence[Wanted]) -> dict[int, Reminder]:
    """Return the reminders on the task that are wanted again, by index in `wanted`."""
    present = {identity_of(reminder): reminder for reminder in draft.reminders}
    by_id = {reminder.pk: reminder for reminder in draft.reminders}
    found = {}
    for index, each in enumerate(wanted):
        reminder = present.get(each.identity)
        check_echo(each.given, by_id, reminder, before=draft.stored)
        if reminder is not None:
            found[index] = reminder
    return found


def _translate_echo(draft: Draft, wanted: Wanted) -> Wanted:
    """Return a reminder that a client sends back with its old offset, with the offset that this change gave it."""
    reminder_id = wanted.given.echoed.get("id")
    if not isinstance(reminder_id, int) or wanted.offset is None or reminder_id not in draft.translated:
        return wanted
    old = rec.load_offset(draft.translated[reminder_id])
    new = next((each.offset for each in draft.reminders if each.pk == reminder_id), None)
    if new is None or (old.days, old.seconds) != wanted.identity:
        return wanted
    return replace(wanted, offset=rec.load_offset(new))


def check_echo(
    given: ReminderInput, by_id: dict[int, Reminder], reminder: Reminder | None, *, before: Row | None = None
) -> None:
    """Raise InvalidInput if a client sends read-only fields with other values than it was given.

    `reminder` is the reminder on the task that is equal to the given one. `before` is the row of the task that clients
    read before this change.
    """
    if not given.echoed:
        return
    reminder_id = given.echoed.get("id")
    source = by_id.get(reminder_id) if isinstance(reminder_id, int) else reminder
    rows = [] if source is None else [reminder_row(source)]
    rows += [each for each in (before or {}).get("reminders", ()) if source and each["id"] == source.pk]
    # Firing does not raise the version of the task, so a client may have read the reminder before it fired.
    rows += [{**row, "status": Reminder.Status.PENDING.value, "reason": None, "late": False} for row in rows]
    for name, value in given.echoed.items():
        if all(name not in row or row[name] != value for row in rows):
            raise InvalidInput.of(given.field(name), "read_only", "This field can not be set.")


def check_wanted(change: Change, draft: Draft, wanted: Wanted) -> None:
    """Raise InvalidInput for an instant that has passed, or an offset that the due does not allow."""
    given = wanted.given
    if wanted.at is not None:
        if wanted.at <= change.at - timedelta(seconds=1):
            raise InvalidInput.of(given.field("at"), "past", "This instant has passed.")
        return
    due = due_of(draft.task)
    if due is None:
        raise InvalidInput.of(given.field("offset"), "no_due", "An offset needs a due to count from.")
    if wanted.offset is not None:
        with refusals(given.field("offset")):
            rec.check_offset(wanted.offset, due)
            rec.fire_at(due, wanted.offset, change.zone)
